// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live source: loads and attaches the programs, drains the ring, and puts in order with the events what else a replay needs: snapshots'
 * borders, half-open counts, losses, the kernel's counters, the clock and ticks.
 */
#include "source.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "core/event.h"
#include "core/strbuf.h"
#include "halfopen.h"
#include "kallsyms.h"
#include "kcounters.h"
#include "nslist.h"
#include "probes.h"
#include "snapshot.h"
#include "twtrace.skel.h"

#define DRAIN_MAX 65536			/* events in one pump: between two looks at signals and keys */
#define LOSS_CHECK_NS 200000000ULL
#define HEAL_QUIET_NS 100000000ULL	/* after the last loss */
#define HEAL_LATEST_NS 1000000000ULL	/* ... but while losses go on, as often as this */
#define CLOCK_STEP_NS 1000000LL
#define MAX_PROGRAMS 16

enum { BASE = 0, NOW = 1 };

struct base { __u32 netns; bool read; __u64 counters[TWT_C_KERNEL_MAX]; };

struct source {
	struct twtrace_bpf *skel;
	struct ring_buffer *ring;
	struct source_config cfg;
	struct plan plan;
	struct snapshot snap;
	struct halfopen halfopen;
	struct base *base;		/* namespaces at the start; by number only: an open descriptor would keep them alive */
	size_t n_base, base_refused;
	int programs[MAX_PROGRAMS];	/* those whose recursion misses are losses */
	size_t n_programs;
	source_sink sink;		/* during a pump */
	void *ctx;
	size_t drained;
	bool started, want_pass, asked;
	__u32 pass_why;
	__u64 losses[TWT_L_MAX - TWT_L_RING];
	__u64 loss_checked_ns, loss_seen_ns, pass_ended_ns, refresh_ns, refresh_until_ns, halfopen_moves;
	long long clock_offset;
	unsigned int halfopen_retries;
	char error[256];
};

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static __u64 boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

static void make(struct twt_event *ev, __u8 kind, __u64 ts)
{
	memset(ev, 0, sizeof(*ev));
	ev->size = TWT_EVENT_SHORT;
	ev->version = TWT_VERSION;
	ev->kind = kind;
	ev->ts_ns = ts;
}

static void tell(struct source *s, const struct twt_event *ev)
{
	s->sink(s->ctx, ev);
}

static void tell_counter(struct source *s, __u64 ts, __u32 netns, __u32 id, __u8 when, __u64 value)
{
	struct twt_event ev;

	make(&ev, TWT_COUNTER, ts);
	ev.netns = netns;
	ev.aux = id;
	ev.old_state = when;
	ev.arg0 = value;
	tell(s, &ev);
}

/* --- the ring --- */

static int on_sample(void *ctx, void *data, size_t len)
{
	struct source *s = ctx;
	struct twt_event ev;

	if (event_decode(data, len, &ev)) {
		s->losses[TWT_L_BAD - TWT_L_RING]++;
		return 0;
	}
	if (ev.kind == TWT_SNAP && ev.flags & TWT_F_REQSK) {
		halfopen_pass_found(&s->halfopen, ev.netns, ev.lport);
		return 0;
	}
	/* Where the moment of FIN_WAIT2 -> TIME_WAIT is not shown, looks are taken while such a minisock may live. */
	if (ev.kind == TWT_TW_START && ev.substate == 5 && !(s->plan.bits & TWT_PLAN_SEGMENT))
		s->refresh_until_ns = ev.ts_ns + 65000000000ULL;
	tell(s, &ev);
	return ++s->drained >= DRAIN_MAX ? -EAGAIN : 0;	/* stops the drain; what was taken is taken */
}

/* Returns 1 if there may be more at once, 0, or -errno. */
static int drain(struct source *s)
{
	int err;

	s->drained = 0;
	err = ring_buffer__consume(s->ring);
	if (err == -EAGAIN)
		return 1;
	return err < 0 ? err : 0;
}

/* --- losses --- */

static __u64 sum_counts(const struct source *s, size_t offset)
{
	size_t n = sizeof(s->skel->bss->counts) / sizeof(s->skel->bss->counts[0]), i;
	__u64 sum = 0;

	for (i = 0; i < n; i++)
		sum += *(const volatile __u64 *)((const char *)&s->skel->bss->counts[i] + offset);
	return sum;
}

/* Events that no program took: all misses, less those that second copies took. */
static __u64 recursion_misses(const struct source *s)
{
	__u64 sum = 0, taken = 0;
	size_t i;

	for (i = 0; i < TWT_NEST_MAX; i++)
		taken += sum_counts(s, offsetof(struct twt_counts, nest) + i * sizeof(struct twt_nest) +
				    offsetof(struct twt_nest, taken));
	for (i = 0; i < s->n_programs; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(s->programs[i], &info, &len))
			sum += info.recursion_misses;
	}
	return sum > taken ? sum - taken : 0;
}

static void check_losses(struct source *s, __u64 ts)
{
	__u64 now[TWT_L_MAX - TWT_L_RING];
	size_t i;

	s->loss_checked_ns = ts;
	now[TWT_L_RING - TWT_L_RING] = sum_counts(s, offsetof(struct twt_counts, ring_full));
	now[TWT_L_RECURSION - TWT_L_RING] = recursion_misses(s);
	now[TWT_L_HALFOPEN - TWT_L_RING] = sum_counts(s, offsetof(struct twt_counts, halfopen_full));
	now[TWT_L_BAD - TWT_L_RING] = s->losses[TWT_L_BAD - TWT_L_RING];
	for (i = 0; i < sizeof(now) / sizeof(now[0]); i++) {
		if (now[i] == s->losses[i] && i != TWT_L_BAD - TWT_L_RING)
			continue;
		if (now[i] != s->losses[i])
			s->loss_seen_ns = ts;
		if (now[i])
			tell_counter(s, ts, 0, TWT_L_RING + i, NOW, now[i]);
		s->losses[i] = now[i];
	}
}

/* --- half-open sockets --- */

static void check_halfopen(struct source *s, __u64 ts)
{
	__u64 moves = sum_counts(s, offsetof(struct twt_counts, halfopen_moves));
	struct twt_event ev;
	size_t i;

	if (moves != s->halfopen_moves) {
		s->halfopen_moves = moves;
		halfopen_read(&s->halfopen, bpf_map__fd(s->skel->maps.halfopen));
	}
	for (i = 0; i < s->halfopen.n; i++) {
		struct halfopen_port *p = &s->halfopen.p[i];

		if (halfopen_count(p) == p->told)
			continue;
		p->told = halfopen_count(p);
		make(&ev, TWT_HALFOPEN, ts);
		ev.netns = p->key.netns;
		ev.lport = p->key.lport;
		ev.arg0 = p->told;
		tell(s, &ev);
	}
}

/* --- the kernel's counters --- */

static int read_counters(void *ctx)
{
	return kcounters_read(ctx);
}

static int read_base(struct source *s)
{
	struct nslist l;
	size_t i;
	int err;

	if (s->cfg.family)	/* the kernel's counters know no families: there is nothing to compare with */
		return 0;
	err = nslist_read(&l, s->cfg.netns, s->cfg.n_netns);
	if (err)
		return err;
	s->base = calloc(l.n ? l.n : 1, sizeof(*s->base));
	for (i = 0; s->base && i < l.n; i++) {
		s->base[i].netns = l.ns[i].inum;
		s->base[i].read = !nslist_within(&l, i, read_counters, s->base[i].counters);
	}
	s->n_base = l.n;
	s->base_refused = l.refused;
	nslist_free(&l);
	return s->base ? 0 : -ENOMEM;
}

static void tell_counters(struct source *s, __u64 ts, __u32 netns, __u8 when, const __u64 *values)
{
	__u32 i;

	for (i = 1; i < TWT_C_KERNEL_MAX; i++)
		tell_counter(s, ts, netns, i, when, values[i]);
}

static bool known_at_start(const struct source *s, __u32 inum)
{
	size_t i;

	for (i = 0; i < s->n_base; i++) {
		if (s->base[i].netns == inum)
			return true;
	}
	return false;
}

static void tell_final_counters(struct source *s, __u64 ts)
{
	static const __u64 zero[TWT_C_KERNEL_MAX];
	__u64 now[TWT_C_KERNEL_MAX];
	struct nslist l;
	size_t i;

	if (s->cfg.family || nslist_read(&l, s->cfg.netns, s->cfg.n_netns))
		return;
	for (i = 0; i < l.n; i++) {
		if (nslist_within(&l, i, read_counters, now))
			continue;
		/* A namespace younger than the tracer began at 0; one that we could not read then is left out. */
		if (!known_at_start(s, l.ns[i].inum)) {
			if (s->base_refused)
				continue;
			tell_counters(s, ts, l.ns[i].inum, BASE, zero);
		}
		tell_counters(s, ts, l.ns[i].inum, NOW, now);
	}
	nslist_free(&l);
}

/* --- snapshots --- */

static void tell_plan(struct source *s, __u64 ts)
{
	struct twt_event ev;

	make(&ev, TWT_PLAN, ts);
	ev.arg0 = s->plan.bits;
	tell(s, &ev);
}

static void tell_border(struct source *s, __u8 kind, __u32 netns)
{
	struct twt_event ev;

	while (drain(s) > 0)
		;
	make(&ev, kind, boot_ns());
	ev.netns = netns;
	ev.aux = s->pass_why;
	tell(s, &ev);
}

static void on_pass_begin(void *ctx, __u32 netns)
{
	struct source *s = ctx;

	tell_border(s, TWT_SNAP_BEGIN, netns);
	if (netns) {
		halfopen_read(&s->halfopen, bpf_map__fd(s->skel->maps.halfopen));
		halfopen_pass_begin(&s->halfopen, netns);
	}
}

static void on_pass_end(void *ctx, __u32 netns)
{
	struct source *s = ctx;
	unsigned int bits;

	tell_border(s, TWT_SNAP_END, netns);
	if (!netns) {
		s->pass_ended_ns = boot_ns();
		/* What the iterator found out about this kernel while it ran. */
		bits = (s->skel->bss->tw_counted_at_expiry ? TWT_PLAN_TW_AT_EXPIRY : 0) |
		       (s->skel->bss->context_is_seen ? TWT_PLAN_CONTEXT : 0);
		if (bits & ~s->plan.bits) {
			s->plan.bits |= bits;
			tell_plan(s, s->pass_ended_ns);
		}
		return;
	}
	halfopen_read(&s->halfopen, bpf_map__fd(s->skel->maps.halfopen));
	if (halfopen_pass_end(&s->halfopen, netns)) {
		s->halfopen_retries = 0;
	} else if (s->halfopen_retries++ < 20) {	/* moving ports are settled by a later, quieter pass */
		s->want_pass = true;
		s->refresh_ns = boot_ns();
	}
}

/* Returns 1 (there is more to do) or -errno. */
static int begin_pass(struct source *s, __u32 why)
{
	int err;

	s->want_pass = s->asked = false;
	s->pass_why = why;
	err = snapshot_start(&s->snap, s->cfg.netns, s->cfg.n_netns);
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
	if (s->asked)
		return begin_pass(s, TWT_SNAP_ASKED);
	if (s->want_pass && ts - s->refresh_ns >= HEAL_QUIET_NS)
		return begin_pass(s, TWT_SNAP_REFRESH);
	if (ts < s->refresh_until_ns && ts - s->pass_ended_ns >= HEAL_LATEST_NS)
		return begin_pass(s, TWT_SNAP_REFRESH);
	return 0;
}

/* --- the source's operations --- */

static void tell_clock(struct source *s, __u64 ts)
{
	long long offset = (long long)(clock_ns(CLOCK_REALTIME) - boot_ns());
	struct twt_event ev;

	if (s->started && llabs(offset - s->clock_offset) < CLOCK_STEP_NS)
		return;
	s->clock_offset = offset;
	make(&ev, TWT_CLOCK, ts);
	ev.arg0 = (__u64)offset;
	tell(s, &ev);
}

static int start(struct source *s, __u64 ts)
{
	size_t i;

	tell_clock(s, ts);
	tell_plan(s, ts);
	for (i = 0; i < s->n_base; i++) {
		if (s->base[i].read)
			tell_counters(s, ts, s->base[i].netns, BASE, s->base[i].counters);
	}
	s->started = true;
	return s->cfg.no_seed ? 0 : begin_pass(s, TWT_SNAP_START);
}

static int bpf_pump(struct source *s, source_sink sink, void *ctx)
{
	__u64 ts = boot_ns();
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
	err = drain(s);
	if (err < 0)
		goto out;
	if (ts - s->loss_checked_ns >= LOSS_CHECK_NS)
		check_losses(s, ts);
	if (err || more)	/* no tick yet: it says that everything before it was told */
		return 1;
	check_halfopen(s, ts);
	tell_clock(s, ts);
	make(&tick, TWT_TICK, ts);
	tell(s, &tick);
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
	if (!s->started && start(s, boot_ns()) < 0)
		return;
	/* The last look for those whose moment of FIN_WAIT2 -> TIME_WAIT is not shown. */
	if (!s->snap.active && !s->cfg.no_seed && boot_ns() < s->refresh_until_ns)
		begin_pass(s, TWT_SNAP_REFRESH);
	while (s->snap.active && snapshot_step(&s->snap) >= 0)
		while (drain(s) > 0)
			;
	/* Totals and counters of the same moment: stop, then read both. */
	twtrace_bpf__detach(s->skel);
	ts = boot_ns();
	while (drain(s) > 0)
		;
	check_losses(s, ts);
	check_halfopen(s, ts);
	tell_final_counters(s, ts);
	make(&tick, TWT_TICK, ts);
	tell(s, &tick);
}

static int bpf_fd(const struct source *s)
{
	return ring_buffer__epoll_fd(s->ring);
}

static int bpf_heal(struct source *s)
{
	s->asked = true;
	return 0;
}

static void bpf_describe(const struct source *s, struct strbuf *b)
{
	strbuf_addf(b, "ring=%zu\n", s->cfg.ring_bytes);
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
	ring_buffer__free(s->ring);
	twtrace_bpf__destroy(s->skel);
	halfopen_free(&s->halfopen);
	free(s->base);
	free(s);
}

/* Where these stay 0, the programs learn the handlers at first sight, and cannot tell softirq from process context. */
static void tell_addresses(struct source *s)
{
	struct ksym syms[SYM_MAX];

	kallsyms_read(syms);
	s->skel->bss->tw_timer_fn = syms[SYM_TW_TIMER].address;
	s->skel->bss->reqsk_timer_fn = syms[SYM_REQSK_TIMER].address;
	if (s->cfg.no_refine || !syms[SYM_PER_CPU_OFFSET].address)
		return;
	s->skel->bss->per_cpu_offset_at = syms[SYM_PER_CPU_OFFSET].address;
	s->skel->bss->preempt_count_at = syms[SYM_PREEMPT_COUNT].address ? syms[SYM_PREEMPT_COUNT].address :
		syms[SYM_PCPU_HOT].address ? syms[SYM_PCPU_HOT].address + probes_pcpu_hot_offset() : 0;
}

static void configure(struct twtrace_bpf *skel, const void *ctx)
{
	const struct source_config *cfg = ctx;
	struct twt_config *c = (struct twt_config *)&skel->rodata->config;
	struct timespec res = { .tv_nsec = 4000000 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &res);	/* one jiffy */
	c->tick_ns = res.tv_nsec;
	c->wakeup_bytes = cfg->ring_bytes / 8;
	c->n_netns = cfg->n_netns;
	memcpy(c->netns, cfg->netns, sizeof(c->netns));
	c->family = cfg->family;
	bpf_map__set_max_entries(skel->maps.ring, cfg->ring_bytes);
}

/*
 * A second copy has nothing to do where it is skipped. A missed end of a full socket is told by its state, too; a missed use comes again with the
 * next one.
 */
static bool misses_lose(const struct source *s, const struct bpf_program *prog)
{
	return prog != s->skel->progs.set_state_nested && prog != s->skel->progs.segment_nested &&
	       prog != s->skel->progs.destroy_sock && prog != s->skel->progs.touch && prog != s->skel->progs.accepted;
}

static int load(struct source *s, char *err, size_t errlen)
{
	struct bpf_program *prog;
	int ret;

	ret = plan_load(!s->cfg.no_refine, configure, &s->cfg, &s->plan, &s->skel, err, errlen);
	if (ret)
		return ret;
	tell_addresses(s);
	ret = twtrace_bpf__attach(s->skel);
	if (ret) {
		snprintf(err, errlen, "attaching to the kernel's tracepoints failed: %s", strerror(-ret));
		return ret;
	}
	bpf_object__for_each_program(prog, s->skel->obj) {
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && misses_lose(s, prog) && s->n_programs < MAX_PROGRAMS)
			s->programs[s->n_programs++] = fd;
	}
	s->ring = ring_buffer__new(bpf_map__fd(s->skel->maps.ring), on_sample, s, NULL);
	return s->ring ? 0 : -errno;
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
	err[0] = 0;
	e = load(s, err, errlen);
	if (!e) {
		s->snap.tcp_link = bpf_link__fd(s->skel->links.iter_tcp);
		s->snap.file_link = bpf_link__fd(s->skel->links.iter_task_file);
		s->snap.begin = on_pass_begin;
		s->snap.end = on_pass_end;
		s->snap.ctx = s;
		e = read_base(s);
	}
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
	.name = "bpf", .open = bpf_open, .fd = bpf_fd, .pump = bpf_pump, .heal = bpf_heal, .finish = bpf_finish,
	.describe = bpf_describe, .error = bpf_error, .close = bpf_close,
};
