// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live source: loads and attaches the programs, drains the ring, and puts in order with the events what else a replay needs: snapshots'
 * borders, half-open counts, losses, the kernel's counters, the clock and ticks.
 */
#include "source/bpf/bpf.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "core/event/event.h"
#include "core/text/strbuf.h"
#include "twtrace.skel.h"

#define DRAIN_MAX 65536			/* events in one pump: between two looks at signals and keys */
#define LOSS_CHECK_NS 200000000ULL
#define HEAL_QUIET_NS 100000000ULL	/* after the last loss */
#define BINDS_NS 1000000000ULL
#define BINDS_SHARE 50
#define CLOCK_STEP_NS 1000000LL
#define STACKS_COUNT_NS 1000000000ULL
#define UNTOLD_NS 250000000ULL		/* the longest between two ticks, however much there is to read */

/* --- the ring --- */

static void on_slot(void *ctx, const struct twt_event *slot)
{
	struct source *s = ctx;
	union twt_record rec;
	struct twt_event *ev = &rec.event;

	if (slot->kind == TWT_SLOT_WIRE) {
		source_bpf_wires_keep(s, (const struct twt_wire_slot *)slot);
		return;
	}
	if (event_decode(slot, sizeof(*slot), ev)) {
		s->undecodable++;
		return;
	}
	ev->cpu &= (1U << TWT_LAP_SHIFT) - 1;
	s->told_ns = ev->ts_ns;
	if (ev->kind < TWT_SNAP || ev->kind >= TWT_CALL)	/* the others answer what we ask */
		s->heard_ns = ev->ts_ns;
	if (ev->kind == TWT_SNAP && ev->flags & TWT_F_REQSK) {
		halfopen_pass_found(&s->halfopen, ev->netns, ev->lport);
		return;
	}
	/* Where the moment of FIN_WAIT2 -> TIME_WAIT is not shown, looks are taken while such a minisock may live. */
	if (ev->kind == TWT_TW_START && ev->substate == 5 && !(s->plan.bits & TWT_PLAN_SEGMENT))
		s->refresh_until_ns = ev->ts_ns + 65000000000ULL;
	if (s->settings && ev->netns)
		source_bpf_settings_heard(s, ev->netns);
	if (slot->flags & TWT_F_WIRE)
		source_bpf_wires_join(s, &rec);
	source_bpf_tell(s, ev);
}

/*
 * All that happened until @ts, which is not to come. @all: else events that name a stack which is still to be unwound are left where they are. Returns 1 if
 * there may be more, or 0.
 */
static int drain_until(struct source *s, __u64 ts, bool all)
{
	__u64 until = ts;

	/* A stack is sent before the event that names it: those of all events until now are there. */
	if (s->stacks)
		until = source_bpf_stacks_read(s, ts, all);
	s->held = until != ts;
	return ring_read(s->ring, until, DRAIN_MAX, on_slot, s);
}

static int drain(struct source *s)
{
	return drain_until(s, source_bpf_now(), true);
}

/* All that happened before @ts, and no more: where events come faster than they are told, there is no end to what happened by now. */
static void drain_all(struct source *s, __u64 ts)
{
	while (drain_until(s, ts, true) > 0)
		;
}

/* --- snapshots --- */

static void tell_plan(struct source *s, __u64 ts)
{
	struct twt_event ev;

	source_bpf_make(&ev, TWT_PLAN, ts);
	ev.arg0 = s->plan.bits;
	source_bpf_tell(s, &ev);
}

static void tell_border(struct source *s, __u8 kind, __u32 netns)
{
	__u64 ts = source_bpf_now();
	struct twt_event ev;

	drain_all(s, ts);
	source_bpf_make(&ev, kind, ts);
	ev.netns = netns;
	ev.aux = s->pass_why;
	source_bpf_tell(s, &ev);
}

static void on_pass_begin(void *ctx, __u32 netns)
{
	struct source *s = ctx;

	tell_border(s, TWT_SNAP_BEGIN, netns);
	if (netns) {
		halfopen_read(&s->halfopen, true);
		halfopen_pass_begin(&s->halfopen, netns);
	}
}

/* Nobody tells when a socket is bound: all descriptors are looked at for that, for a fiftieth of the time at most. */
static void begin_binds(struct source *s, __u64 ts)
{
	s->skel->bss->only_bound = true;
	s->binds_ns = ts;
	s->pass_why = TWT_SNAP_BINDS;
	snapshot_start_files(&s->snap);
}

static void end_binds(struct source *s)
{
	__u64 now = source_bpf_now(), rest = BINDS_SHARE * (now - s->binds_ns), least = source_bpf_at_least(s, BINDS_NS, DESCRIPTORS);

	s->skel->bss->only_bound = false;
	s->binds_ns = now + (rest > least ? rest : least);
}

static void on_pass_end(void *ctx, __u32 netns)
{
	struct source *s = ctx;
	unsigned int bits;

	tell_border(s, TWT_SNAP_END, netns);
	if (!netns && s->pass_why == TWT_SNAP_BINDS) {
		end_binds(s);
		return;
	}
	if (!netns && s->pass_why == TWT_SNAP_PART) {	/* what it left out is no better known */
		s->part_ended_ns = source_bpf_now();
		return;
	}
	if (!netns) {
		s->pass_ended_ns = source_bpf_now();
		/* What the iterator found out about this kernel while it ran. */
		bits = (s->skel->bss->tw_counted_at_expiry ? TWT_PLAN_TW_AT_EXPIRY : 0) |
		       (s->skel->bss->context_is_seen ? TWT_PLAN_CONTEXT : 0);
		if (bits & ~s->plan.bits) {
			s->plan.bits |= bits;
			tell_plan(s, s->pass_ended_ns);
		}
		return;
	}
	halfopen_read(&s->halfopen, true);
	if (halfopen_pass_end(&s->halfopen, netns)) {
		s->halfopen_retries = 0;
	} else if (s->halfopen_retries++ < 20) {	/* moving ports are settled by a later, quieter pass */
		s->want_pass = true;
		s->refresh_ns = source_bpf_now();
	}
}

/* Returns 1 (there is more to do) or -errno. */
static int begin_pass(struct source *s, __u32 why)
{
	int err;

	s->want_pass = s->asked = false;
	s->pass_why = why;
	s->pass_began_ns = source_bpf_now();
	err = snapshot_start(&s->snap, s->cfg.netns, s->cfg.n_netns);
	return err ? err : 1;
}

/* Who looks at a connection wants to know of it what no event tells. Returns as begin_pass(). */
static int begin_part(struct source *s)
{
	__u32 netns = s->cfg.wants->look_netns;
	int err;

	s->looks_done = s->cfg.wants->looks;
	s->pass_why = TWT_SNAP_PART;
	err = snapshot_start(&s->snap, &netns, 1);
	s->snap.files_done = true;
	return err ? err : 1;
}

static int pump_pass(struct source *s, __u64 ts)
{
	bool lost = s->loss_seen_ns > s->pass_ended_ns || (s->loss_seen_ns && !s->pass_ended_ns);

	if (s->snap.active)
		return snapshot_step(&s->snap);
	if (s->cfg.no_seed)
		return 0;
	if (lost && (ts - s->loss_seen_ns >= HEAL_QUIET_NS || ts - s->pass_ended_ns >= HEAL_LATEST_NS))
		return begin_pass(s, TWT_SNAP_HEAL);
	if (s->asked && ts - s->pass_ended_ns >= HEAL_LATEST_NS)
		return begin_pass(s, TWT_SNAP_ASKED);
	if (s->want_pass && ts - s->refresh_ns >= HEAL_QUIET_NS)
		return begin_pass(s, TWT_SNAP_REFRESH);
	if (ts < s->refresh_until_ns && source_bpf_is_due(ts, s->pass_ended_ns, HEAL_LATEST_NS))
		return begin_pass(s, TWT_SNAP_REFRESH);
	if (s->cfg.wants && s->cfg.wants->sockets && s->pass_ended_ns && source_bpf_is_due(ts, s->pass_ended_ns, source_bpf_again_ns(s)))
		return begin_pass(s, TWT_SNAP_REFRESH);
	if (s->cfg.wants && s->cfg.wants->looks != s->looks_done && ts - s->part_ended_ns >= HEAL_QUIET_NS)
		return begin_part(s);
	if ((s->cfg.binds || (s->cfg.wants && s->cfg.wants->binds)) && s->pass_ended_ns &&
	    source_bpf_is_due(ts, s->binds_ns - BINDS_NS, BINDS_NS)) {
		begin_binds(s, ts);
		return 1;
	}
	return 0;
}

/* --- looks at who holds a port --- */

/* The next piece of a look, or the start of one that is due. Returns 1 (there is more to do), 0 or -errno. */
static int pump_look(struct source *s, __u64 ts)
{
	const struct twt_look *looks;
	struct twt_event end;
	int n, i;

	if (!s->look || s->snap.active)
		return 0;
	if (!look_active(s->look)) {
		if (s->look_ns && !source_bpf_is_due(ts, s->look_ns, s->cfg.look_every_ns))
			return 0;
		s->look_ns = ts;
		s->looks_told = 0;
		n = look_start(s->look, s->cfg.netns, s->cfg.n_netns, 0);
		return n ? n : 1;
	}
	n = look_step(s->look, &looks);
	if (n < 0)
		return n;
	drain_all(s, source_bpf_now());	/* what happened before the look is told before it */
	for (i = 0; i < n; i++)
		if (!s->cfg.family || looks[i].family == s->cfg.family)
			source_bpf_tell(s, (const struct twt_event *)&looks[i]);
	s->looks_told += n;
	if (n)
		return 1;
	source_bpf_make(&end, TWT_LOOK_END, source_bpf_now());
	end.arg0 = s->looks_told;
	source_bpf_tell(s, &end);
	return 0;
}

/* --- the source's operations --- */

/*
 * A tick says that everything before it was told, so there is none while there is more to read. Where there always is, events would be all that time goes by: then
 * it is told as far as they go.
 */
static void tell_time(struct source *s, __u64 ts)
{
	struct twt_event tick;

	if (ts - s->ticked_ns < UNTOLD_NS || s->snap.active || s->told_ns <= s->ticked_ns)
		return;
	s->ticked_ns = s->told_ns;
	source_bpf_make(&tick, TWT_TICK, s->told_ns);
	source_bpf_tell(s, &tick);
}

static void tell_clock(struct source *s, __u64 ts)
{
	long long offset = source_bpf_clock_offset();
	struct twt_event ev;

	if (s->started && llabs(offset - s->clock_offset) < CLOCK_STEP_NS)
		return;
	s->clock_offset = offset;
	source_bpf_make(&ev, TWT_CLOCK, ts);
	ev.arg0 = (__u64)offset;
	source_bpf_tell(s, &ev);
}

static int start(struct source *s, __u64 ts)
{
	int err;

	tell_clock(s, ts);
	tell_plan(s, ts);
	if (s->stacks)
		source_bpf_stacks_count(s, ts);
	source_bpf_tell_base(s, ts);
	if (s->settings)
		source_bpf_settings_tell(s, ts);
	s->started = true;
	err = drain(s);		/* what came since the programs were attached: the ring must not fill while namespaces are looked for */
	if (err < 0)
		return err;
	return s->cfg.no_seed ? 0 : begin_pass(s, TWT_SNAP_START);
}

static int bpf_pump(struct source *s, source_sink sink, void *ctx)
{
	__u64 ts = source_bpf_now();
	struct twt_event tick;
	int err = 0, more;

	s->sink = sink;
	s->ctx = ctx;
	if (!s->started)
		err = start(s, ts);
	if (err >= 0)
		err = pump_pass(s, ts);
	if (err < 0)
		goto out;
	more = err;
	err = pump_look(s, ts);
	if (err < 0)
		goto out;
	more |= err;
	err = drain_until(s, source_bpf_now(), false);
	if (err < 0)
		goto out;
	more |= s->held;
	if (!err && ring_is_filling(s->ring))	/* while we read: nothing wakes us for that any more */
		err = 1;
	if (ts - s->loss_checked_ns >= LOSS_CHECK_NS)
		source_bpf_losses(s, ts);
	if (!err && !more) {
		err = source_bpf_listeners(s, ts);
		if (err < 0)
			goto out;
	}
	if (err || more) {
		tell_time(s, ts);
		return 1;
	}
	s->ticked_ns = ts;
	source_bpf_halfopen(s, ts);
	if (s->settings)
		source_bpf_settings_tell(s, ts);
	if (s->stacks && ts - s->stacks_counted_ns >= STACKS_COUNT_NS) {
		s->stacks_counted_ns = ts;
		source_bpf_stacks_count(s, ts);
	}
	tell_clock(s, ts);
	source_bpf_make(&tick, TWT_TICK, ts);
	source_bpf_tell(s, &tick);
	return 0;
out:
	snprintf(s->error, sizeof(s->error), "reading from the kernel failed: %s", strerror(-err));
	return err;
}

static void bpf_finish(struct source *s, source_sink sink, void *ctx)
{
	struct twt_event tick;
	__u64 ts;

	s->sink = sink;
	s->ctx = ctx;
	if (!s->started && start(s, source_bpf_now()) < 0)
		return;
	/* The last look: for those whose moment of FIN_WAIT2 -> TIME_WAIT is not shown, and for who wants the newest, unless that is what there is. */
	ts = source_bpf_now();
	if (!s->snap.active && !s->cfg.no_seed && (ts < s->refresh_until_ns || (s->cfg.wants && s->cfg.wants->sockets) ||
						   (s->cfg.last_look && ts - s->pass_ended_ns >= HEAL_QUIET_NS)))
		begin_pass(s, TWT_SNAP_REFRESH);
	while (s->snap.active && snapshot_step(&s->snap) >= 0)
		drain_all(s, source_bpf_now());
	source_bpf_listeners_last(s);
	/*
	 * Totals and counters of the same moment. Programs end one after the other, which takes milliseconds: what came meanwhile is told by some of them only, and
	 * is left away.
	 */
	ts = source_bpf_now();
	(void)source_bpf_read_final(s);
	twtrace_bpf__detach(s->skel);
	drain_all(s, ts);
	source_bpf_losses(s, ts);
	if (s->stacks)
		source_bpf_stacks_count(s, ts);
	source_bpf_halfopen(s, ts);
	source_bpf_tell_final(s, ts);
	source_bpf_make(&tick, TWT_TICK, ts);
	source_bpf_tell(s, &tick);
}

static int bpf_fd(const struct source *s)
{
	return ring_fd(s->ring);
}

static int bpf_heal(struct source *s)
{
	s->asked = true;
	return 0;
}

static void bpf_describe(const struct source *s, struct strbuf *b)
{
	strbuf_addf(b, "ring=%zu\n", lanes_bytes(ring_size_of(s->cfg.ring_bytes)));
	plan_describe(&s->plan, b);
}

static const char *bpf_error(const struct source *s)
{
	return s->error[0] ? s->error : NULL;
}

static void bpf_close(struct source *s)
{
	if (!s)
		return;
	snapshot_stop(&s->snap);
	look_close(s->look);
	source_bpf_stacks_free(s);
	ring_close(s->ring);
	twtrace_bpf__destroy(s->skel);
	halfopen_free(&s->halfopen);
	source_bpf_settings_free(s);
	free(s->wires);
	free(s->base);
	free(s->final);
	free(s);
}

static int bpf_open(const struct source_config *cfg, struct source **ret, char *err, size_t errlen)
{
	struct source *s = calloc(1, sizeof(*s));
	int e;

	if (!s)
		return -ENOMEM;
	if (!cfg->verbose)
		libbpf_set_print(NULL);
	s->cfg = *cfg;
	s->snap.iter_fd = s->snap.file_link = -1;
	s->listen.iter_fd = s->listen.tcp_link = s->listen.file_link = -1;
	err[0] = 0;
	e = source_bpf_load(s, err, errlen);
	if (!e) {
		e = ring_open(s->skel, ring_size_of(cfg->ring_bytes), &s->ring);
	}
	if (!e)
		e = halfopen_open(&s->halfopen, bpf_map__fd(s->skel->maps.halfopen), bpf_map__fd(s->skel->maps.halfopen_near),
				  bpf_map__max_entries(s->skel->maps.halfopen_near));
	if (!e) {
		s->snap.tcp_link = bpf_link__fd(s->skel->links.iter_tcp);
		s->snap.file_link = s->skel->links.iter_task_file ? bpf_link__fd(s->skel->links.iter_task_file) : -1;
		s->listen.drain = drain;
		if (cfg->needs & TWT_NEED_LISTENERS) {
			s->listen.tcp_link = bpf_link__fd(s->skel->links.iter_listener);
			s->listen.file_link = bpf_link__fd(s->skel->links.iter_listener_file);
		}
		s->snap.begin = on_pass_begin;
		s->snap.end = on_pass_end;
		s->snap.ctx = s;
		e = source_bpf_read_base(s);
	}
	if (!e && cfg->needs & TWT_NEED_STACKS)
		e = source_bpf_stacks_new(s);
	if (!e && cfg->wire)
		e = source_bpf_wires_new(s);
	if (!e && cfg->sysctls)
		e = source_bpf_settings_new(s);
	if (!e && cfg->look_every_ns)
		e = look_open(cfg->verbose, &s->look, err, errlen);
	if (e) {
		if (!err[0])
			snprintf(err, errlen, "setting up the kernel side failed: %s", strerror(-e));
		bpf_close(s);
		return e;
	}
	*ret = s;
	return 0;
}

const struct source_ops source_bpf = {
	.name = "bpf", .open = bpf_open, .fd = bpf_fd, .pump = bpf_pump, .heal = bpf_heal, .rest = source_bpf_rest, .waits = source_bpf_waits, .finish = bpf_finish,
	.describe = bpf_describe, .error = bpf_error, .close = bpf_close,
};
