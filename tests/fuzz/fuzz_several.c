/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings whose headers, clocks and times are any bytes, read as one: each recording's events come all, and in its own order; none comes while another one
 * has an older head; nobody is told a time that is later than what it says next. Names of hosts differ, and end.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/several/hosts.h"
#include "core/several/weave.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

#define STREAMS 5
#define EVENTS 64

struct stream { struct twt_event ev[EVENTS]; size_t n, at; __u64 told_ns; char about[96], path[48]; };

struct input { const unsigned char *p; size_t left; };

static void take(struct input *in, void *ret, size_t n)
{
	size_t k = n < in->left ? n : in->left;

	memset(ret, 0, n);
	memcpy(ret, in->p, k);
	in->p += k;
	in->left -= k;
}

static void check_names(struct stream *s, size_t n)
{
	const char *about[STREAMS], *path[STREAMS];
	struct hosts h;

	for (size_t i = 0; i < n; i++) {
		about[i] = s[i].about;
		path[i] = s[i].path;
	}
	hosts_name(&h, n, about, path);
	for (size_t i = 0; i < n; i++) {
		if (strlen(h.name[i]) >= sizeof(h.name[i]))
			abort();
		for (size_t k = 0; k < i; k++)
			if (!strcmp(h.name[i], h.name[k]))
				abort();
	}
}

static void fill(struct weave *w, struct stream *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (w->s[i].state != WEAVE_EMPTY)
			continue;
		if (s[i].at < s[i].n)
			weave_head(w, i, &s[i].ev[s[i].at]);
		else
			weave_over(w, i);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static struct stream s[STREAMS];
	struct input in = { data, len };
	struct weave w;
	size_t n, total = 0, told = 0;
	unsigned char b;
	int next, k;
	__u64 ns;

	memset(s, 0, sizeof(s));
	take(&in, &b, 1);
	n = 1 + b % STREAMS;
	weave_init(&w, n);
	for (size_t i = 0; i < n; i++) {
		long long offset;

		take(&in, s[i].about, sizeof(s[i].about) - 1);
		take(&in, s[i].path, sizeof(s[i].path) - 1);
		take(&in, &offset, sizeof(offset));
		weave_clock(&w, i, offset);
	}
	check_names(s, n);
	while (in.left) {
		struct stream *to;
		struct twt_event *ev;

		take(&in, &b, 1);
		to = &s[b % n];
		if (to->n == EVENTS)
			break;
		ev = &to->ev[to->n++];
		ev->kind = b & 0x40 ? TWT_TICK : b & 0x20 ? TWT_CLOCK : TWT_STATE;
		take(&in, &ev->ts_ns, b & 0x80 ? 8 : 3);
		if (ev->kind == TWT_CLOCK)
			take(&in, &ev->arg0, b & 0x10 ? 8 : 3);
		total++;
	}
	for (fill(&w, s, n); (next = weave_next(&w)) >= 0; fill(&w, s, n)) {
		for (size_t i = 0; i < n; i++)
			if (w.s[i].state == WEAVE_HEAD && w.s[i].wall_ns < w.s[next].wall_ns)
				abort();
		while ((k = weave_lagging(&w, (size_t)next, &ns)) >= 0) {
			if (k == next || ns > s[k].ev[s[k].at].ts_ns || ns <= s[k].told_ns)
				abort();
			s[k].told_ns = ns;
		}
		if (s[next].ev[s[next].at].ts_ns > s[next].told_ns)
			s[next].told_ns = s[next].ev[s[next].at].ts_ns;
		weave_took(&w, (size_t)next, &s[next].ev[s[next].at++]);
		told++;
	}
	if (told != total)
		abort();
	return 0;
}
