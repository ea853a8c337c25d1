/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Made-up events for tests and measurements: the same for the same number and seed, on every machine.
 * Connections play the scripts of synth_script.c, interleaved; the counters that a kernel would have counted
 * come at both ends. .synth_events counts what a kernel would send; ticks and counters come on top.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/tcp.h"
#include "core/text/strbuf.h"
#include "source/source.h"
#include "source/synth_script.h"

#define SEC 1000000000ULL
#define START_NS (1000 * SEC)
#define WALL_NS (1767225600LL * 1000000000LL)	/* wall clock at the start: 2026-01-01 */
#define TICK_NS (50 * SEC / 1000)
#define JIFFY_NS (SEC / 250)
#define WHEEL_NS (512 * JIFFY_NS)		/* a 60 s timer fires at a multiple of this, at HZ=250 */
#define TW_NS (60 * SEC)
#define BATCH 2048				/* events of one pump() */
#define EVENTS_PER_CONN 15			/* about: how many connections are needed */
#define SPAN_SEC 40				/* they begin within this time ... */
#define RATE_MAX 5000				/* ... unless that were more than this a second */
#define N_NETNS 2

struct task { __u32 tgid, start_ms; char comm[TWT_COMM_LEN]; };
struct service { __u8 netns; __u16 port; __u8 last; struct task task; };

static const __u32 netns_ino[N_NETNS] = { 4026531840U, 4026532318U };
static const struct service services[] = {
	{ 0, 80, 1, { 812, 4200, "nginx" } },
	{ 0, 5432, 2, { 901, 4700, "postgres" } },
	{ 1, 6379, 3, { 1204, 61000, "redis-server" } },
	{ 1, 8080, 4, { 1377, 75500, "java" } },
};
static const struct task clients[] = {
	{ 2101, 200100, "curl" }, { 2102, 200200, "wrk" }, { 2110, 201000, "python3" },
	{ 2115, 202000, "php-fpm" },
};
#define N_SERVICES (sizeof(services) / sizeof(services[0]))
#define N_CLIENTS (sizeof(clients) / sizeof(clients[0]))

struct pair {				/* a connection, both ends */
	const struct synth_script *script;
	__u8 part, step, service, client, family[2];
	__u16 port;			/* the client's */
	__u8 addr[2][16];
	__u64 cookie[2], tw_cookie[2];
	__u64 armed_ns[2];		/* newest arming of the minisock's timer */
	__u32 free_next;
};

struct due { __u64 ts_ns, seq; __u32 pair; };

struct tally { __u64 tw, recycled, active, passive, resets, failed, alive; };

struct source {
	__u64 rng, left, seq, cookies, conns, planned;
	__u64 now_ns, next_tick_ns, next_conn_ns, conn_gap_ns;
	struct pair *pairs;
	struct due *heap;
	size_t n_heap, cap;		/* of both arrays */
	__u32 n_pairs, free_pair;	/* free_pair: 1 + index, 0 = none */
	struct tally tally[N_NETNS];
	bool begun, ended;
};

static __u64 rnd(struct source *s)
{
	s->rng ^= s->rng << 13;
	s->rng ^= s->rng >> 7;
	s->rng ^= s->rng << 17;
	return s->rng;
}

static __u64 rnd_below(struct source *s, __u64 n)
{
	return rnd(s) % n;
}

/* --- who is next: a binary heap by time ---------------------------------------------------------------- */

static bool before(const struct due *a, const struct due *b)
{
	return a->ts_ns < b->ts_ns || (a->ts_ns == b->ts_ns && a->seq < b->seq);
}

static void heap_push(struct source *s, __u64 ts_ns, __u32 pair)
{
	struct due d = { ts_ns, s->seq++, pair };
	size_t i = s->n_heap++;

	for (; i && before(&d, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = d;
}

static struct due heap_pop(struct source *s)
{
	struct due top = s->heap[0], last = s->heap[--s->n_heap];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->n_heap) {
		if (child + 1 < s->n_heap && before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!before(&s->heap[child], &last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return top;
}

/* --- events -------------------------------------------------------------------------------------------- */

static struct twt_event event(const struct source *s, __u8 kind)
{
	return (struct twt_event){
		.size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = kind, .ts_ns = s->now_ns,
	};
}

static void set_task(struct twt_event *ev, const struct task *t)
{
	ev->size = sizeof(*ev);
	ev->flags |= TWT_F_TASK;
	ev->tgid = ev->tid = t->tgid;
	ev->aux = t->start_ms;
	ev->cgroup = 1000 + t->tgid;
	memcpy(ev->comm, t->comm, sizeof(ev->comm));
}

static void count_step(struct source *s, const struct pair *p, const struct synth_step *st)
{
	struct tally *t = &s->tally[services[p->service].netns];

	switch (st->op) {
	case OP_TW_START:
		t->tw++;
		t->alive++;
		break;
	case OP_TW_CANCEL:
		t->alive--;
		t->recycled += !!(st->flags & TWT_F_UNHASHED);
		break;
	case OP_STATE:
		t->active += st->from == ST_CLOSE && st->to == ST_SYN_SENT;
		t->passive += st->from == ST_LISTEN;
		t->resets += st->to == ST_CLOSE && (st->from == ST_ESTABLISHED || st->from == ST_CLOSE_WAIT);
		t->failed += st->to == ST_CLOSE && st->from == ST_SYN_SENT;
		break;
	}
}

static void send_step(struct source *s, struct pair *p, int side, const struct synth_step *st,
		      source_sink sink, void *ctx)
{
	static const __u8 kinds[] = {
		[OP_STATE] = TWT_STATE, [OP_TW_START] = TWT_TW_START, [OP_TW_CANCEL] = TWT_TW_CANCEL,
		[OP_TW_EXPIRE] = TWT_TW_EXPIRE, [OP_SEGMENT] = TWT_TW_SEGMENT, [OP_RST_SENT] = TWT_RST_SENT,
		[OP_RST_RCVD] = TWT_RST_RCVD, [OP_DESTROY] = TWT_DESTROY, [OP_TOUCH] = TWT_TOUCH,
	};
	const struct service *sv = &services[p->service];
	struct twt_event ev = event(s, kinds[st->op]);
	bool minisock = st->op >= OP_TW_START && st->op <= OP_SEGMENT;

	if (st->op == OP_TW_START)
		p->tw_cookie[side] = p->cookie[side];
	if (st->op == OP_TW_START || (st->op == OP_SEGMENT && st->flags & TWT_F_SEG_FIN))
		p->armed_ns[side] = s->now_ns;
	ev.cpu = (__u32)(p->port + side) % 2;
	ev.netns = netns_ino[sv->netns];
	ev.family = p->family[side];
	ev.flags = st->flags & ~TWT_F_TASK;
	ev.cookie = minisock ? p->tw_cookie[side] : p->cookie[side];
	memcpy(ev.laddr, p->addr[side], 16);
	memcpy(ev.raddr, p->addr[!side], 16);
	ev.lport = side == CLI ? p->port : sv->port;
	ev.rport = side == CLI ? sv->port : p->port;
	if (minisock) {
		ev.flags |= TWT_F_MINISOCK;
		ev.new_state = ST_TIME_WAIT;
		ev.substate = st->to;
		ev.arg0 = p->armed_ns[side] / JIFFY_NS * JIFFY_NS + TW_NS - s->now_ns;
		ev.arg1 = st->code;
	} else {
		ev.old_state = st->from;
		ev.new_state = st->to;
		if (st->op == OP_RST_SENT)
			ev.reason = st->code;
		else
			ev.err = st->code;
	}
	if (st->op == OP_STATE && st->from == ST_CLOSE)
		ev.lport = 0;		/* connect() has not chosen it yet */
	if (st->op == OP_STATE && st->to == ST_CLOSE) {
		ev.arg0 = rnd_below(s, 1 << 16);
		ev.arg1 = rnd_below(s, 1 << 16);
	}
	if (st->flags & TWT_F_TASK)
		set_task(&ev, side == CLI ? &clients[p->client] : &sv->task);
	count_step(s, p, st);
	s->left--;
	sink(ctx, &ev);
}

/* --- connections --------------------------------------------------------------------------------------- */

static __u64 delay(struct source *s, const struct pair *p, const struct synth_step *st, int side)
{
	__u64 fires;

	switch (st->after) {
	case T_LIFE:	/* skewed: most are short */
		return SEC / 1000 + rnd_below(s, SEC / 20) * (1 + rnd_below(s, 8) * rnd_below(s, 8));
	case T_THINK:
		return rnd_below(s, 4) ? 20000 + rnd_below(s, 200000) : rnd_below(s, 3 * SEC);
	case T_LATER:
		return SEC + rnd_below(s, 3 * SEC);
	case T_TW_END:
		fires = ((p->armed_ns[side] + TW_NS) / WHEEL_NS + 1) * WHEEL_NS + rnd_below(s, 20000);
		return fires > s->now_ns ? fires - s->now_ns : 0;
	}
	return st->after ? st->after * 1000ULL + rnd_below(s, st->after * 250ULL + 1) : 0;
}

static const struct synth_step *step_of(const struct pair *p)
{
	const struct synth_step *part = p->script->parts[p->part];

	return part ? &part[p->step] : NULL;
}

static int side_of(const struct pair *p, const struct synth_step *st)
{
	return st->side == FST ? p->script->first : st->side == OTH ? !p->script->first : st->side;
}

/* Put @p's next step on the heap; a pair that has none left is free again. */
static void schedule(struct source *s, __u32 id)
{
	struct pair *p = &s->pairs[id];
	const struct synth_step *st = step_of(p);

	while (st && st->op == OP_END) {
		p->part++;
		p->step = 0;
		st = step_of(p);
	}
	if (st) {
		heap_push(s, s->now_ns + delay(s, p, st, side_of(p, st)), id);
		return;
	}
	p->free_next = s->free_pair;
	s->free_pair = id + 1;
}

static void set_addr(__u8 a[16], bool v6, __u8 third, __u8 last)
{
	static const __u8 v6_net[8] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(a, 0, 16);
	if (v6) {
		memcpy(a, v6_net, 8);
		a[14] = third;
	} else {
		a[10] = a[11] = 0xff;
		a[12] = 10;
		a[14] = third;
	}
	a[15] = last;
}

static int new_pair(struct source *s)
{
	__u64 pick, kind;
	struct pair *p;
	unsigned int i;
	__u32 id;

	if (!s->free_pair && s->n_pairs == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 1024;
		struct pair *pairs = realloc(s->pairs, cap * sizeof(*pairs));
		struct due *heap;

		if (!pairs)
			return -ENOMEM;
		s->pairs = pairs;
		heap = realloc(s->heap, cap * sizeof(*heap));
		if (!heap)
			return -ENOMEM;
		s->heap = heap;
		s->cap = cap;
	}
	id = s->free_pair ? s->free_pair - 1 : s->n_pairs++;
	p = &s->pairs[id];
	if (s->free_pair)
		s->free_pair = p->free_next;
	memset(p, 0, sizeof(*p));

	for (i = 0, pick = 0; i < synth_n_scripts; i++)
		pick += synth_scripts[i].weight;
	pick = rnd_below(s, pick);
	for (i = 0; pick >= synth_scripts[i].weight; i++)
		pick -= synth_scripts[i].weight;
	p->script = &synth_scripts[i];
	p->service = (__u8)rnd_below(s, N_SERVICES);
	p->client = (__u8)rnd_below(s, N_CLIENTS);
	/* Ports in turn, then the next address: no two live connections share a 4-tuple. */
	p->port = (__u16)(32768 + s->conns % 28232);
	kind = rnd_below(s, 10);
	set_addr(p->addr[CLI], kind < 3, 1, (__u8)(1 + s->conns / 28232 % 250));
	set_addr(p->addr[SRV], kind < 3, 0, services[p->service].last);
	p->family[CLI] = kind < 3 ? 10 : 2;
	p->family[SRV] = kind < 5 ? 10 : 2;	/* 3 and 4: a v6 socket that takes v4 */
	p->cookie[CLI] = ++s->cookies;
	p->cookie[SRV] = ++s->cookies;
	s->conns++;
	schedule(s, id);
	return 0;
}

static void play(struct source *s, __u32 id, source_sink sink, void *ctx)
{
	struct pair *p = &s->pairs[id];
	const struct synth_step *st = step_of(p);

	if (st->op == OP_REBORN) {
		p->cookie[CLI] = ++s->cookies;
		p->cookie[SRV] = ++s->cookies;
	} else {
		send_step(s, p, side_of(p, st), st, sink, ctx);
	}
	p->step++;
	schedule(s, id);
}

/* --- the run ------------------------------------------------------------------------------------------- */

static void send_counters(struct source *s, __u8 when, source_sink sink, void *ctx)
{
	for (int n = 0; n < N_NETNS; n++) {
		const struct tally *t = &s->tally[n];
		const __u64 values[TWT_C_KERNEL_MAX] = {
			[TWT_C_TW] = t->tw, [TWT_C_TWRECYCLED] = t->recycled,
			[TWT_C_ACTIVE_OPENS] = t->active,
			[TWT_C_PASSIVE_OPENS] = t->passive, [TWT_C_ESTAB_RESETS] = t->resets,
			[TWT_C_SOCKSTAT_TW] = t->alive, [TWT_C_ATTEMPT_FAILS] = t->failed,
		};

		for (__u32 c = 1; c < TWT_C_KERNEL_MAX; c++) {
			struct twt_event ev = event(s, TWT_COUNTER);

			ev.netns = netns_ino[n];
			ev.aux = c;
			ev.old_state = when;
			/* As on a host that has been up for a while. */
			ev.arg0 = values[c] + (c == TWT_C_SOCKSTAT_TW ? 0 : 100 * c);
			sink(ctx, &ev);
		}
	}
}

static void send_tick(struct source *s, source_sink sink, void *ctx)
{
	struct twt_event ev = event(s, TWT_TICK);

	sink(ctx, &ev);
}

static void send_seed(struct source *s, source_sink sink, void *ctx)
{
	struct twt_event ev;

	for (int n = 0; n < N_NETNS; n++) {
		ev = event(s, TWT_SNAP_BEGIN);
		ev.netns = netns_ino[n];
		sink(ctx, &ev);
	}
	for (size_t i = 0; i < N_SERVICES && s->left > 1; i++) {
		const struct service *sv = &services[i];

		ev = event(s, TWT_SNAP);
		ev.netns = netns_ino[sv->netns];
		ev.family = 10;
		ev.lport = sv->port;
		ev.cookie = ++s->cookies;
		ev.new_state = ST_LISTEN;
		sink(ctx, &ev);
		ev.kind = TWT_SNAP_OWNER;
		set_task(&ev, &sv->task);
		sink(ctx, &ev);
		s->left -= 2;
	}
	ev = event(s, TWT_SNAP_END);
	sink(ctx, &ev);
}

static void begin(struct source *s, source_sink sink, void *ctx)
{
	struct twt_event ev = event(s, TWT_CLOCK);

	ev.arg0 = (__u64)(WALL_NS - (long long)START_NS);
	sink(ctx, &ev);
	ev = event(s, TWT_PLAN);
	ev.arg0 = TWT_PLAN_SEGMENT | TWT_PLAN_CONTEXT | TWT_PLAN_RST_REASON;
	sink(ctx, &ev);
	send_counters(s, 0, sink, ctx);
	send_seed(s, sink, ctx);
	send_tick(s, sink, ctx);
	s->begun = true;
}

static int synth_pump(struct source *s, source_sink sink, void *ctx)
{
	int budget = BATCH, err;

	if (s->ended)
		return -ENODATA;
	if (!s->begun)
		begin(s, sink, ctx);
	while (s->left && budget--) {
		__u64 next = s->n_heap ? s->heap[0].ts_ns : ~0ULL;

		if (s->next_tick_ns <= s->next_conn_ns && s->next_tick_ns <= next) {
			s->now_ns = s->next_tick_ns;
			s->next_tick_ns += TICK_NS;
			send_tick(s, sink, ctx);
		} else if (s->next_conn_ns <= next) {
			s->now_ns = s->next_conn_ns;
			s->next_conn_ns += 1 + rnd_below(s, 2 * s->conn_gap_ns);
			if (s->conns >= s->planned) {	/* another wave when their TIME_WAITs ran out */
				s->next_conn_ns += 70 * SEC;
				s->planned += s->left / EVENTS_PER_CONN + 1;
			}
			err = new_pair(s);
			if (err)
				return err;
		} else {
			struct due d = heap_pop(s);

			s->now_ns = d.ts_ns;
			play(s, d.pair, sink, ctx);
		}
	}
	if (s->left)
		return 1;
	send_counters(s, 1, sink, ctx);
	s->now_ns = s->next_tick_ns;
	send_tick(s, sink, ctx);
	s->ended = true;
	return 1;
}

static void synth_close(struct source *s)
{
	if (!s)
		return;
	free(s->pairs);
	free(s->heap);
	free(s);
}

static int synth_open(const struct source_config *cfg, struct source **ret, char *err, size_t errlen)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	s->rng = 0x9e3779b97f4a7c15ULL * (cfg->synth_seed + 1) | 1;
	s->left = cfg->synth_events;
	s->now_ns = START_NS;
	s->next_tick_ns = START_NS + TICK_NS;
	s->next_conn_ns = START_NS + TICK_NS / 2;
	s->planned = cfg->synth_events / EVENTS_PER_CONN + 1;
	s->conn_gap_ns = SPAN_SEC * SEC / s->planned;
	if (s->conn_gap_ns < SEC / RATE_MAX)
		s->conn_gap_ns = SEC / RATE_MAX;
	*ret = s;
	return 0;
}

static int synth_fd(const struct source *s)
{
	(void)s;
	return -1;
}

static void synth_finish(struct source *s, source_sink sink, void *ctx)
{
	(void)s;	/* pump() ends with the counters already */
	(void)sink;
	(void)ctx;
}

static void synth_describe(const struct source *s, struct strbuf *b)
{
	(void)s;
	strbuf_adds(b, "source=synth\n");
}

static const char *synth_error(const struct source *s)
{
	(void)s;
	return NULL;
}

const struct source_ops source_synth = {
	.name = "synth", .open = synth_open, .fd = synth_fd, .pump = synth_pump, .finish = synth_finish,
	.describe = synth_describe, .error = synth_error, .close = synth_close,
};
