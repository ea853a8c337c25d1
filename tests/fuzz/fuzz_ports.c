/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any events, and settings of namespaces: the sums of ports are right, whatever the rows are of, what is kept from look to look says what a look at
 * everything says, and a what-if opens no more than was called. Eight bytes of input are one event over few sockets, namespaces and processes, so that they meet.
 */
#include <stdlib.h>
#include "core/event/event.h"
#include "core/ports/whatif/whatif.h"
#include "unit/ports/same_rows.h"

#define RECORD 8

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

struct fuzz { struct tracker *t; struct ports *ps, *kept; int err; };

static void on_transition(void *ctx, const struct transition *tr)
{
	struct fuzz *f = ctx;

	f->err |= ports_transition(f->ps, tr, tracker_actors(f->t), tr->ts_ns & 1);
	f->err |= ports_transition(f->kept, tr, tracker_actors(f->t), tr->ts_ns & 1);
}

static void on_closed(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct fuzz *f = ctx;

	f->err |= ports_closed(f->ps, c, tracker_actors(f->t), ts_ns);
	f->err |= ports_closed(f->kept, c, tracker_actors(f->t), ts_ns);
}

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct fuzz *f = ctx;

	f->err |= ports_gone(f->ps, c, tracker_actors(f->t), ts_ns);
	f->err |= ports_gone(f->kept, c, tracker_actors(f->t), ts_ns);
}

static const struct tracker_ops ops = { .transition = on_transition, .closed = on_closed, .gone = on_gone };

static int look(void *ctx, const struct conn *c)
{
	struct fuzz *f = ctx;

	return ports_look(f->ps, c, tracker_actors(f->t), true);
}

static int still_there(void *ctx, const struct conn *c)
{
	struct fuzz *f = ctx;

	return ports_still_there(f->ps, c, tracker_actors(f->t));
}

static void check(const struct ports_row *r)
{
	__u32 sockets = 0, held = 0;

	for (unsigned int st = 0; st <= ST_SHOWN; st++)
		sockets += r->states[st];
	for (__u32 i = 0; i < r->n_top; i++)
		held += r->top[i].ports;
	if (sockets != r->in_use + r->reusable || r->reusable > r->time_wait || r->time_wait != r->states[ST_TIME_WAIT] ||
	    held > sockets || r->n_top > PORTS_TOP)
		abort();
	if (r->has_range && (r->free > r->usable || r->usable + r->closed > 65536 || !(r->used_ratio >= 0 && r->used_ratio <= 1) ||
			     !(r->exhausted_in_s >= 0) || (r->free && r->in_use + r->free != r->usable && !r->destinations)))
		abort();
}

static void report(struct fuzz *f)
{
	struct ports_row **rows, **kept;
	size_t n, n_kept, i;

	ports_look_begin(f->ps, tracker_now(f->t));
	if (tracker_foreach(f->t, look, f) || ports_rows(f->ps, 1000000000, tracker_actors(f->t), &rows, &n))
		abort();
	for (i = 0; i < n; i++)
		check(rows[i]);
	if (ports_look_all(f->kept, tracker_now(f->t), f->t, NULL) || ports_rows(f->kept, 1000000000, tracker_actors(f->t), &kept, &n_kept))
		abort();
	if (!same_rows(rows, n, kept, n_kept) || ports_left_out(f->ps) != ports_left_out(f->kept))
		abort();
	ports_next(f->ps);
	ports_next(f->kept);
}

static struct twt_event unpack(const unsigned char *d)
{
	struct twt_event ev = { .kind = d[0] % TWT_KIND_MAX, .cpu = d[0] >> 6 };

	ev.netns = 1 + (d[1] >> 7);
	ev.cookie = d[1] & 15;
	ev.lport = (__u16)(d[1] >> 2 & 15);
	ev.rport = (__u16)(ev.kind == TWT_SYSCTL ? ev.lport + (d[2] & 31) : d[1] >> 6);
	ev.family = 2;
	ev.laddr[10] = ev.laddr[11] = ev.raddr[10] = ev.raddr[11] = 0xff;
	ev.laddr[12] = d[5] & 1 ? 127 : 10;
	ev.raddr[15] = d[5] >> 1 & 3;
	ev.old_state = d[2] & 15;
	ev.new_state = d[2] >> 4;
	ev.substate = d[3] & 7;
	ev.flags = (__u32)d[6] << 24 | (__u32)d[4] << 16 | (__u32)d[5] << 8 | d[6];
	ev.tgid = 1 + (d[7] & 7);
	ev.aux = ev.kind == TWT_SYSCTL ? d[3] & 31 : d[7] >> 4;
	ev.arg0 = ev.kind == TWT_SYSCTL ? d[7] : (__u64)d[7] << (d[3] & 63);
	return ev;
}

static void ask(struct fuzz *f, const char *first, const char *second)
{
	struct what_if *w = calloc(1, sizeof(*w));
	struct what_if_row *rows;
	char err[256];
	size_t n;

	if (!w || what_if_parse(w, first, err, sizeof(err)) || what_if_parse(w, second, err, sizeof(err)))
		abort();
	if (!ports_what_if(f->ps, w, &rows, &n)) {
		for (size_t i = 0; i < n; i++) {
			if (rows[i].opened_then + rows[i].failed_then > rows[i].calls || rows[i].peak > rows[i].calls ||
			    rows[i].peak_then > rows[i].usable_then || rows[i].failed > rows[i].calls)
				abort();
		}
		free(rows);
	}
	free(w);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct tracker_config cfg = { .max_conns = 24, .max_actors = 6, .max_whole = 1 };
	__u64 now = 1000000000;
	struct fuzz f = { 0 };
	bool keeps = len && data[0] & 4;

	if (tracker_new(&cfg, &ops, &f, &f.t))
		return 0;
	f.ps = ports_new(len ? data[0] & 3 : PORTS_BY_DEST);
	f.kept = ports_new(len ? data[0] & 3 : PORTS_BY_DEST);
	if (!f.ps || !f.kept)
		abort();
	if (keeps)
		ports_keep_calls(f.ps);
	for (; len >= RECORD; data += RECORD, len -= RECORD) {
		struct twt_event ev = unpack(data), decoded;

		now += data[0] & 32 ? 1000000000ULL * (data[7] & 7) : data[7] * 1000ULL;
		ev.size = sizeof(ev);
		ev.version = TWT_VERSION;
		ev.ts_ns = data[7] == 255 ? now / 2 : now;
		if (event_decode(&ev, sizeof(ev), &decoded))
			continue;
		f.err |= ports_event(f.ps, &decoded) | ports_event(f.kept, &decoded);
		tracker_event(f.t, &decoded);
		if (data[0] & 16)
			report(&f);
	}
	tracker_finish(f.t);
	report(&f);
	if (keeps && tracker_foreach(f.t, still_there, &f))
		abort();
	ask(&f, "tcp_tw_reuse=1", "close=keepalive:3");
	ask(&f, "ip_local_port_range=1-9", "ip_local_reserved_ports=3,5-6");
	ask(&f, "tcp_timestamps=0", "close=peer");
	if (f.err)
		abort();
	ports_free(f.ps);
	ports_free(f.kept);
	tracker_free(f.t);
	return 0;
}
