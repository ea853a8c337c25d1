/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any records about listeners, in any order, beside a tracker that sees them too: sums stay right, words are made of whatever was told, and a look that finds
 * nothing empties the table. Eight bytes of input are one record over few sockets, namespaces and processes, so that they meet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/ports/listen/listeners.h"
#include "core/text/strbuf.h"

#define RECORD 8

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static struct listeners *ls;
static struct tracker *tracker;

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static void on_transition(void *ctx, const struct transition *tr)
{
	(void)ctx;
	(void)listeners_transition(ls, tr, tracker_actors(tracker));
}

static void on_accepted(void *ctx, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	(void)ctx;
	(void)ts_ns;
	(void)listeners_accepted(ls, c, wait_ns, by_use);
}

static const struct tracker_ops ops = { .transition = on_transition, .accepted = on_accepted };

static void set_addr(__u8 addr[16], unsigned char last)
{
	memset(addr, 0, 16);
	addr[10] = addr[11] = 0xff;
	addr[15] = last;
}

static struct twt_event unpack(const unsigned char *d)
{
	static const __u8 kinds[] = {
		TWT_LISTENER, TWT_LISTENER, TWT_LISTENERS_END, TWT_SNAP_OWNER, TWT_SNAP, TWT_COUNTER, TWT_STATE, TWT_STATE, TWT_TOUCH,
	};
	struct twt_event ev = { .kind = kinds[d[0] % sizeof(kinds)] };
	__u32 queue = d[4], limit = d[5], drops = (__u32)d[6] << (d[3] & 24);

	ev.netns = 1 + (d[1] >> 7);
	ev.cookie = d[1] & 7;
	ev.lport = (__u16)(d[1] >> 3 & 3);
	ev.family = d[1] & 64 ? 10 : 2;
	set_addr(ev.laddr, d[2] & 1);
	ev.old_state = d[2] & 15;
	ev.new_state = d[2] & 128 ? ST_LISTEN : d[2] >> 4;
	if (ev.kind == TWT_LISTENER) {
		memcpy(ev.raddr, &queue, 4);
		memcpy(ev.raddr + 4, &limit, 4);
		memcpy(ev.raddr + 8, &d[6], 1);
		memcpy(ev.raddr + 12, &drops, 4);
		ev.arg0 = (__u64)d[7] << (d[3] & 63);
		ev.aux = d[5] ^ (d[3] & 1);
		return ev;
	}
	ev.flags = (d[3] & 1 ? TWT_F_TASK : 0) | (d[3] & 2 ? TWT_F_INTENT | TWT_F_OWNED : 0) | (d[3] & 4 ? TWT_F_ACCEPTED : 0);
	ev.tgid = 1 + (d[7] & 15);
	memset(ev.comm, d[6], 1 + (d[7] & 15));
	ev.aux = ev.kind == TWT_COUNTER ? d[4] % TWT_C_KERNEL_MAX : d[4] & 1;
	ev.arg0 = ev.kind == TWT_LISTENERS_END ? (__u64)d[5] * 1000 : d[5];
	return ev;
}

/* Everything that can be asked is, and agrees with itself. */
static void check(enum listeners_sort sort)
{
	const struct listener *const *rows;
	struct strbuf b = { 0 };
	struct listen_counters c;
	size_t n, i, k, at = 0;

	need(!listeners_rows(ls, sort, &rows, &n), "no rows");
	for (i = 0; i < n; i++) {
		const struct listener *l = rows[i];
		__u64 queued = 0;
		__u32 sockets = 0;

		for (k = 0; k < n; k++) {
			sockets += rows[k]->at == l->at;
			queued += rows[k]->at == l->at ? rows[k]->queue : 0;
		}
		need(sockets == l->at->sockets, "sockets of an address");
		need(queued == l->at->queued, "queues of an address");
		need(l->peak >= l->queue && l->half_open_peak >= l->half_open, "a peak below now");
		need(l->full_looks <= l->looks, "full more often than looked at");
		for (k = 1; k < l->n_owners; k++)
			need(actors_get(listeners_actors(ls), l->owners[k - 1].actor)->tgid <=
			     actors_get(listeners_actors(ls), l->owners[k].actor)->tgid, "owners are in order");
		listener_say_address(&b, l->at);
		listener_say_owners(&b, l, listeners_actors(ls));
		listener_say_trouble(&b, l);
		(void)listener_trouble(l);
	}
	while (listeners_counters(ls, &at, &c))
		need(c.netns, "a namespace without a number");
	strbuf_free(&b);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct listener *const *rows;
	struct twt_event ev, decoded;
	const struct tracker_config cfg = { .max_conns = 16, .max_actors = 16, .max_whole = 2 };
	__u64 now = 1000;
	size_t n;

	ls = listeners_new();
	if (!ls || tracker_new(&cfg, &ops, NULL, &tracker)) {
		listeners_free(ls);
		return 0;
	}
	for (; len >= RECORD; data += RECORD, len -= RECORD) {
		ev = unpack(data);
		ev.size = sizeof(ev);
		ev.version = TWT_VERSION;
		ev.ts_ns = now += data[7];
		if (event_decode(&ev, sizeof(ev), &decoded))
			continue;
		(void)listeners_event(ls, &decoded);
		tracker_event(tracker, &decoded);
		if (data[0] > 250)
			listeners_clear(ls);
		else if (data[0] > 240)
			listeners_interval(ls);
		if (!(data[0] & 7))
			check(data[7] % LISTENERS_SORT_MAX);
	}
	tracker_finish(tracker);
	check(LISTENERS_BY_TROUBLE);
	ev = (struct twt_event){ .kind = TWT_LISTENERS_END, .arg0 = ~0ULL, .ts_ns = now };
	(void)listeners_event(ls, &ev);
	need(!listeners_rows(ls, LISTENERS_BY_PORT, &rows, &n) && !n, "a listener that nobody found");
	listeners_free(ls);
	tracker_free(tracker);
	return 0;
}
