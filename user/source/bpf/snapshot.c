// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpf/snapshot.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define STEP_RECORDS 512

int snapshot_start(struct snapshot *s, const __u32 *only, size_t n_only)
{
	int err = nslist_read(&s->list, only, n_only);

	if (err)
		return err;
	s->at = 0;
	s->iter_fd = -1;
	s->refused = s->list.refused;
	s->files_done = s->file_link < 0;
	s->active = true;
	s->begin(s->ctx, 0);
	return 0;
}

void snapshot_start_files(struct snapshot *s)
{
	memset(&s->list, 0, sizeof(s->list));
	s->at = 0;
	s->iter_fd = -1;
	s->files_done = s->file_link < 0;
	s->active = true;
	s->begin(s->ctx, 0);
}

void snapshot_stop(struct snapshot *s)
{
	if (!s->active)
		return;
	if (s->iter_fd >= 0)
		close(s->iter_fd);
	s->iter_fd = -1;
	nslist_free(&s->list);
	s->active = false;
}

/* The iterator looks into the namespace that its creator is in. */
static int create_here(void *ctx)
{
	struct snapshot *s = ctx;

	s->iter_fd = bpf_iter_create(s->tcp_link);
	return s->iter_fd < 0 ? -errno : 0;
}

static int next_iterator(struct snapshot *s)
{
	int err;

	for (; s->at < s->list.n; s->at++) {
		err = nslist_within(&s->list, s->at, create_here, s);
		if (!err) {
			s->begin(s->ctx, s->list.ns[s->at].inum);
			return 1;
		}
		s->refused++;
	}
	if (!s->files_done) {
		s->files_done = true;
		s->iter_fd = bpf_iter_create(s->file_link);
		return s->iter_fd < 0 ? -errno : 1;
	}
	s->end(s->ctx, 0);
	snapshot_stop(s);
	return 0;
}

int snapshot_step(struct snapshot *s)
{
	char tokens[STEP_RECORDS];
	ssize_t n;
	int err;

	if (s->iter_fd < 0) {
		err = next_iterator(s);
		if (err <= 0)
			return err;
	}
	n = read(s->iter_fd, tokens, sizeof(tokens));
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))	/* EAGAIN: the ring is full; drain it and go on */
		return 1;
	err = n < 0 ? -errno : 0;
	close(s->iter_fd);
	s->iter_fd = -1;
	if (s->at < s->list.n) {
		s->end(s->ctx, s->list.ns[s->at].inum);
		s->at++;
	}
	return err ? err : 1;
}
