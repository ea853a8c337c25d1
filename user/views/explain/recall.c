/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/explain/recall.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "core/track/tracker.h"
#include "source/source.h"

#define SAME_BOOT_NS 300000000000LL	/* the wall clock may have been set meanwhile, a little */

struct known { __u64 cookie; __u32 netns, actor; __u16 lport, rport; __u8 laddr[16], raddr[16]; };

struct recall {
	struct tracker *t;
	struct known *v;		/* by cookie and namespace */
	size_t n, cap;
};

static void feed(void *ctx, const struct twt_event *ev)
{
	tracker_event(((struct recall *)ctx)->t, ev);
}

/* A recording that is still written ends in the middle of something: what came before is good. */
static int read_all(struct recall *r, const char *path, char *err, size_t errlen)
{
	struct source_config cfg = { .path = path };
	struct source *s;
	int e = source_file.open(&cfg, &s, err, errlen);

	if (e)
		return e;
	do {
		struct pollfd p = { .fd = source_file.fd(s), .events = POLLIN };

		if (!e && p.fd >= 0)
			(void)poll(&p, 1, -1);
		e = source_file.pump(s, feed, r);
	} while (e >= 0);
	if (e != -ENODATA && e != -EBADMSG)
		(void)snprintf(err, errlen, "%s", source_file.error(s) ? source_file.error(s) : strerror(-e));
	else
		e = 0;
	source_file.close(s);
	return e;
}

/* Cookies and inodes of namespaces begin anew with each boot. */
static bool is_of_this_boot(const struct recall *r)
{
	struct timespec wall, boot;
	long long now, off;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = (wall.tv_sec - boot.tv_sec) * 1000000000LL + wall.tv_nsec - boot.tv_nsec;
	off = now - tracker_clock_offset(r->t);
	return off < SAME_BOOT_NS && off > -SAME_BOOT_NS;
}

static int keep(void *ctx, const struct conn *c)
{
	struct recall *r = ctx;
	__u32 actor = c->owner ? c->owner : c->closer ? c->closer : c->opener;
	struct known *k;

	if (!actor || !c->cookie)
		return 0;
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 1024;

		k = realloc(r->v, cap * sizeof(*k));
		if (!k)
			return -ENOMEM;
		r->v = k;
		r->cap = cap;
	}
	k = &r->v[r->n++];
	*k = (struct known){ .cookie = c->cookie, .netns = c->netns, .actor = actor, .lport = c->lport, .rport = c->rport };
	memcpy(k->laddr, c->laddr, 16);
	memcpy(k->raddr, c->raddr, 16);
	return 0;
}

static int by_socket(const void *va, const void *vb)
{
	const struct known *a = va, *b = vb;

	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	return a->netns < b->netns ? -1 : a->netns > b->netns;
}

int recall_open(const char *path, struct recall **ret, char *err, size_t errlen)
{
	static const struct tracker_ops nothing;
	static const struct tracker_config cfg;
	struct recall *r = calloc(1, sizeof(*r));
	int e = r ? tracker_new(&cfg, &nothing, r, &r->t) : -ENOMEM;

	if (!e)
		e = read_all(r, path, err, errlen);
	else
		(void)snprintf(err, errlen, "out of memory");
	if (!e && !is_of_this_boot(r)) {
		(void)snprintf(err, errlen, "%s is not a recording of this host since it was booted: its sockets are others", path);
		e = -EINVAL;
	}
	if (!e && tracker_foreach(r->t, keep, r)) {
		(void)snprintf(err, errlen, "out of memory");
		e = -ENOMEM;
	}
	if (e) {
		recall_close(r);
		return e;
	}
	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), by_socket);
	*ret = r;
	return 0;
}

void recall_close(struct recall *r)
{
	if (!r)
		return;
	tracker_free(r->t);
	free(r->v);
	free(r);
}

/* The same cookie is the same socket; the rest must agree, or it is a recording of another machine whose clock is set like this one's. */
const struct actor *recall_owner(const struct recall *r, const struct twt_look *look, const struct name **ret_name)
{
	const struct known key = { .cookie = look->cookie, .netns = look->netns };
	const struct known *k = look->cookie && r->n ? bsearch(&key, r->v, r->n, sizeof(*r->v), by_socket) : NULL;
	const struct actors *as = tracker_actors(r->t);

	if (!k || k->lport != look->lport || k->rport != look->rport || memcmp(k->laddr, look->laddr, 16) != 0 ||
	    memcmp(k->raddr, look->raddr, 16) != 0)
		return NULL;
	*ret_name = actors_name(as, k->actor);
	return actors_get(as, k->actor);
}
