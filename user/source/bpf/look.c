// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpf/look.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "arch.h"
#include "host/nslist.h"
#include "twtrace.skel.h"

#define RECORDS 512		/* 80 KiB: more than the kernel's buffer of 32 KiB, so that no record is cut */

struct look {
	struct twtrace_bpf *skel;
	struct bpf_link *tcp, *files;
	struct nslist list;
	size_t at, refused;
	int iter_fd;		/* open iterator, or -1 */
	bool active, files_done;
	struct twt_look buf[RECORDS];
};

static int explain(int err, char *text, size_t len)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		(void)snprintf(text, len, "this kernel has no BTF (/sys/kernel/btf/vmlinux): it needs CONFIG_DEBUG_INFO_BTF=y");
		return -EOPNOTSUPP;
	}
	if (err == -EPERM || err == -EACCES) {
		(void)snprintf(text, len, "the kernel refuses BPF programs (%s): run as root, or grant CAP_BPF and CAP_PERFMON",
			       strerror(-err));
		return -EPERM;
	}
	(void)snprintf(text, len, "this kernel cannot load the programs that look at ports (%s): Linux " ARCH_LINUX " or later with BTF is required",
		       strerror(-err));
	return -EOPNOTSUPP;
}

static int load(struct look *l)
{
	struct timespec res = { .tv_nsec = 4000000 };
	struct bpf_program *prog;
	int err;

	l->skel = twtrace_bpf__open();
	if (!l->skel)
		return -errno;
	bpf_object__for_each_program(prog, l->skel->obj)
		bpf_program__set_autoload(prog, prog == l->skel->progs.look_tcp || prog == l->skel->progs.look_files);
	bpf_map__set_max_entries(l->skel->maps.ring, 1);		/* unused, but it must have a size */
	bpf_map__set_max_entries(l->skel->maps.halfopen, 1);
	clock_getres(CLOCK_MONOTONIC_COARSE, &res);		/* one jiffy */
	((struct twt_config *)&l->skel->rodata->config)->tick_ns = (__u64)res.tv_nsec;
	err = twtrace_bpf__load(l->skel);
	if (err)
		return err;
	l->tcp = bpf_program__attach_iter(l->skel->progs.look_tcp, NULL);
	l->files = l->tcp ? bpf_program__attach_iter(l->skel->progs.look_files, NULL) : NULL;
	return l->files ? 0 : -errno;
}

int look_open(bool verbose, struct look **ret, char *err, size_t errlen)
{
	struct look *l = calloc(1, sizeof(*l));
	int e;

	if (!l) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	if (!verbose)
		libbpf_set_print(NULL);
	l->iter_fd = -1;
	e = load(l);
	if (e) {
		look_close(l);
		return explain(e, err, errlen);
	}
	*ret = l;
	return 0;
}

static void stop(struct look *l)
{
	if (l->iter_fd >= 0)
		close(l->iter_fd);
	l->iter_fd = -1;
	if (l->active)
		nslist_free(&l->list);
	l->active = false;
}

void look_close(struct look *l)
{
	if (!l)
		return;
	stop(l);
	bpf_link__destroy(l->tcp);
	bpf_link__destroy(l->files);
	twtrace_bpf__destroy(l->skel);
	free(l);
}

int look_start(struct look *l, const __u32 *only, size_t n_only, __u16 lport)
{
	int err;

	stop(l);
	err = nslist_read(&l->list, only, n_only);
	if (err)
		return err;
	l->skel->bss->look_want.lport = lport;
	l->skel->bss->look_want.netns = n_only == 1 ? only[0] : 0;
	l->at = 0;
	l->refused = l->list.refused;
	l->files_done = false;
	l->active = true;
	return 0;
}

/* The iterator looks into the namespace that its creator is in. */
static int create_here(void *ctx)
{
	struct look *l = ctx;

	l->iter_fd = bpf_iter_create(bpf_link__fd(l->tcp));
	return l->iter_fd < 0 ? -errno : 0;
}

/* Returns 1 with an iterator, 0 at the end, -errno. */
static int next_iterator(struct look *l)
{
	while (l->at < l->list.n) {
		if (!nslist_within(&l->list, l->at++, create_here, l))
			return 1;
		l->refused++;
	}
	if (!l->files_done) {
		l->files_done = true;
		l->iter_fd = bpf_iter_create(bpf_link__fd(l->files));
		return l->iter_fd < 0 ? -errno : 1;
	}
	stop(l);
	return 0;
}

int look_step(struct look *l, const struct twt_look **ret)
{
	ssize_t n;
	int err;

	while (l->active) {
		if (l->iter_fd < 0) {
			err = next_iterator(l);
			if (err <= 0) {
				stop(l);
				return err;
			}
		}
		n = read(l->iter_fd, l->buf, sizeof(l->buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n > 0) {
			*ret = l->buf;
			return (int)((size_t)n / sizeof(l->buf[0]));
		}
		err = n < 0 ? -errno : 0;
		close(l->iter_fd);
		l->iter_fd = -1;
		if (err) {
			stop(l);
			return err;
		}
	}
	return 0;
}

bool look_active(const struct look *l)
{
	return l->active;
}

size_t look_refused(const struct look *l)
{
	return l->refused;
}

