/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit/model.h"
#include <errno.h>
#include <string.h>

#define TW_LEN 60000000000ULL
#define BOTH (TWT_F_SHUT_RD | TWT_F_SHUT_WR)

__u64 model_rnd(struct model *m, __u64 below)
{
	m->rng ^= m->rng << 13;
	m->rng ^= m->rng >> 7;
	m->rng ^= m->rng << 17;
	return m->rng % below;
}

void model_init(struct model *m, __u64 seed, void (*emit)(void *ctx, const struct twt_event *ev), void *ctx)
{
	*m = (struct model){ .now_ns = MODEL_BEGIN_NS, .emit = emit, .ctx = ctx };
	m->rng = seed * 0x9e3779b97f4a7c15ULL + 1;
}

static struct twt_event event(struct model *m, const struct model_sock *s, __u8 kind, bool mini)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT,
		.version = TWT_VERSION,
		.kind = kind,
		.family = 2,
		.netns = s->netns,
		.cookie = mini ? s->mini_cookie : s->cookie,
		.lport = mini ? s->mini_lport : s->lport,
		.rport = s->rport,
		.laddr = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
		.raddr = { [10] = 0xff, 0xff, 10, 0, 0, 2 },
	};

	m->now_ns += 1000 + model_rnd(m, 20000);
	ev.ts_ns = m->now_ns;
	ev.cpu = (__u32)model_rnd(m, 4);
	return ev;
}

static void add_task(struct model *m, struct twt_event *ev)
{
	ev->size = sizeof(*ev);
	ev->flags |= TWT_F_TASK;
	ev->tgid = ev->tid = ev->aux = (__u32)(100 + model_rnd(m, 8));
	if (model_rnd(m, 20) == 0)
		ev->flags |= TWT_F_KTHREAD;
}

static void state(struct model *m, struct model_sock *s, __u8 new, __u32 flags, __u16 err)
{
	struct twt_event ev = event(m, s, TWT_STATE, false);

	ev.old_state = s->full == ST_NONE ? ST_CLOSE : s->full;
	ev.new_state = new;
	ev.flags = flags;
	ev.err = err;
	if (new == ST_CLOSE && model_rnd(m, 2))
		ev.lport = 0;		/* older kernels gave the port back already */
	if (flags & TWT_F_OWNED)
		add_task(m, &ev);
	s->full = new;
	m->emit(m->ctx, &ev);
}

static void simple(struct model *m, struct model_sock *s, __u8 kind, __u16 reason)
{
	struct twt_event ev = event(m, s, kind, false);

	ev.new_state = s->full;
	ev.reason = reason;
	if (kind == TWT_TOUCH) {
		ev.flags |= TWT_F_OWNED;
		add_task(m, &ev);
	}
	m->emit(m->ctx, &ev);
}

static void mini(struct model *m, struct model_sock *s, __u8 kind, __u32 flags, __u64 refs)
{
	struct twt_event ev = event(m, s, kind, true);

	ev.new_state = ST_TIME_WAIT;
	ev.substate = s->mini;
	ev.flags = flags | TWT_F_MINISOCK;
	ev.arg0 = s->armed_ns + TW_LEN - m->now_ns;
	ev.arg1 = refs;
	if (kind == TWT_TW_CANCEL && !(flags & TWT_F_SOFTIRQ))
		add_task(m, &ev);
	m->emit(m->ctx, &ev);
}

static void destroy(struct model *m, struct model_sock *s)
{
	simple(m, s, TWT_DESTROY, 0);
	s->full = ST_NONE;
	s->listener = false;
}

/* The full socket is in CLOSE now: gone, or a process still has it. */
static void closed(struct model *m, struct model_sock *s)
{
	if (!m->reuse_sockets || model_rnd(m, 4))
		destroy(m, s);
}

static void aborts(struct model *m, struct model_sock *s)
{
	switch (model_rnd(m, 4)) {
	case 0:
		simple(m, s, TWT_RST_RCVD, 0);
		state(m, s, ST_CLOSE, BOTH, ECONNRESET);
		break;
	case 1:
		state(m, s, ST_CLOSE, BOTH, ETIMEDOUT);
		break;
	case 2:
		simple(m, s, TWT_RST_SENT, TWT_RST_TCP_STATE);
		state(m, s, ST_CLOSE, BOTH | TWT_F_OWNED, ECONNABORTED);
		break;
	default:
		state(m, s, ST_CLOSE, BOTH | TWT_F_OWNED, 0);
		simple(m, s, TWT_RST_SENT, TWT_RST_ABORT_ON_CLOSE);
	}
	closed(m, s);
}

static void hand_over(struct model *m, struct model_sock *s, __u8 substate)
{
	s->mini = substate;
	s->mini_cookie = s->cookie;
	s->mini_lport = s->lport;
	s->armed_ns = m->now_ns;
	m->made++;
	mini(m, s, TWT_TW_START, 0, 0);
	state(m, s, ST_CLOSE, BOTH, 0);
	closed(m, s);
}

static void open_one(struct model *m, struct model_sock *s)
{
	bool again = s->full == ST_CLOSE;

	if (!again)
		s->cookie = ++m->cookies;
	s->netns = 1 + (__u32)model_rnd(m, MODEL_NETNS);
	if (again && s->mini)		/* the minisock stays where it is */
		return;
	s->lport = (__u16)(1024 + m->ports++ % 60000);
	s->rport = 80;
	if (again || model_rnd(m, 2)) {
		m->active++;
		state(m, s, ST_SYN_SENT, TWT_F_INTENT | TWT_F_OWNED, 0);
	} else if (model_rnd(m, 6) == 0) {
		s->listener = true;
		s->rport = 0;
		state(m, s, ST_LISTEN, TWT_F_INTENT | TWT_F_OWNED, 0);
	} else {
		m->passive++;
		s->full = ST_LISTEN;
		state(m, s, ST_SYN_RECV, TWT_F_UNACCEPTED, 0);
	}
}

static void full_step(struct model *m, struct model_sock *s)
{
	const __u32 intent = TWT_F_INTENT | TWT_F_OWNED;
	const __u64 pick = model_rnd(m, 10);

	switch (s->full) {
	case ST_SYN_SENT:
	case ST_SYN_RECV:
		if (pick < 8)
			state(m, s, ST_ESTABLISHED, 0, 0);
		else
			aborts(m, s);
		break;
	case ST_ESTABLISHED:
		if (pick == 0)
			aborts(m, s);
		else if (pick == 1)
			simple(m, s, TWT_TOUCH, 0);
		else if (pick < 7)
			state(m, s, ST_FIN_WAIT1, intent | BOTH, 0);
		else
			state(m, s, ST_CLOSE_WAIT, TWT_F_SHUT_RD, 0);
		break;
	case ST_FIN_WAIT1:
		if (pick == 0)
			aborts(m, s);
		else
			state(m, s, pick < 8 ? ST_FIN_WAIT2 : ST_CLOSING, TWT_F_ORPHAN | BOTH, 0);
		break;
	case ST_FIN_WAIT2:
		if (pick == 0)
			state(m, s, ST_FIN_WAIT2, intent, 0);	/* close() after shutdown() */
		else if (pick == 1)
			aborts(m, s);
		else
			hand_over(m, s, pick < 6 ? ST_TIME_WAIT : ST_FIN_WAIT2);
		break;
	case ST_CLOSING:
		hand_over(m, s, ST_TIME_WAIT);
		break;
	case ST_CLOSE_WAIT:
		if (pick == 0)
			aborts(m, s);
		else
			state(m, s, ST_LAST_ACK, intent | BOTH, 0);
		break;
	case ST_LAST_ACK:
	case ST_LISTEN:
		state(m, s, ST_CLOSE, s->listener ? intent : 0, 0);
		closed(m, s);
		break;
	}
}

static void mini_ends(struct model *m, struct model_sock *s, enum tw_end how)
{
	m->ended[how]++;
	switch (how) {
	case TW_END_REUSED:
		mini(m, s, TWT_TW_CANCEL, TWT_F_UNHASHED | TWT_F_CTX, 2);
		break;
	case TW_END_RESET:
		mini(m, s, TWT_TW_CANCEL, TWT_F_CTX | TWT_F_SOFTIRQ, 4);
		mini(m, s, TWT_TW_SEGMENT, TWT_F_SEG_RST | TWT_F_UNHASHED, 4);
		break;
	case TW_END_PURGED:
		mini(m, s, TWT_TW_CANCEL, TWT_F_CTX | TWT_F_NETNS_DEAD, 4);
		break;
	case TW_END_UNKNOWN:
		mini(m, s, TWT_TW_CANCEL, TWT_F_CTX | TWT_F_SOFTIRQ, 4);
		break;
	default:
		mini(m, s, TWT_TW_CANCEL, TWT_F_CTX | TWT_F_SOFTIRQ, 4);
		mini(m, s, TWT_TW_EXPIRE, 0, 4);
	}
	s->mini = ST_NONE;
}

static void mini_step(struct model *m, struct model_sock *s)
{
	static const __u8 ends[] = { TW_END_EXPIRED, TW_END_REUSED, TW_END_RESET, TW_END_PURGED,
				     TW_END_UNKNOWN };
	bool converts = s->mini == ST_FIN_WAIT2;

	switch (model_rnd(m, 8)) {
	case 0:
		s->mini = ST_TIME_WAIT;
		s->armed_ns = m->now_ns;
		mini(m, s, TWT_TW_SEGMENT, converts ? TWT_F_SEG_FIN : 0, 0);
		break;
	case 1:
		s->mini = ST_TIME_WAIT;
		s->armed_ns = m->now_ns;
		mini(m, s, TWT_TW_CANCEL, TWT_F_CTX | TWT_F_SOFTIRQ, 4);
		mini(m, s, TWT_TW_START, 0, 0);
		break;
	default:
		mini_ends(m, s, ends[model_rnd(m, sizeof(ends))]);
	}
}

static void step(struct model *m, struct model_sock *s, bool may_open)
{
	if (s->mini && (s->full <= ST_NONE || s->full == ST_CLOSE || model_rnd(m, 4) == 0))
		mini_step(m, s);
	else if (s->full == ST_CLOSE && model_rnd(m, 2))
		destroy(m, s);
	else if (s->full != ST_NONE && s->full != ST_CLOSE)
		full_step(m, s);
	else if (may_open)
		open_one(m, s);
	else if (s->full == ST_CLOSE)
		destroy(m, s);
}

void model_step(struct model *m)
{
	step(m, &m->s[model_rnd(m, MODEL_SOCKS)], true);
	if (model_rnd(m, 50) == 0)
		m->now_ns += model_rnd(m, 1000000000);
}

void model_end_all(struct model *m)
{
	unsigned int i;

	for (i = 0; i < MODEL_SOCKS; i++) {
		while (m->s[i].full || m->s[i].mini)
			step(m, &m->s[i], false);
	}
}

void model_snap(struct model *m, unsigned int i)
{
	const struct model_sock *s = &m->s[i];
	struct twt_event ev;

	if (s->full && s->full != ST_CLOSE) {
		ev = event(m, s, TWT_SNAP, false);
		ev.new_state = s->full;
		m->emit(m->ctx, &ev);
	}
	if (s->mini) {
		ev = event(m, s, TWT_SNAP, true);
		ev.new_state = ST_TIME_WAIT;
		ev.substate = s->mini;
		ev.flags = TWT_F_MINISOCK;
		ev.arg0 = s->armed_ns + TW_LEN - m->now_ns;
		m->emit(m->ctx, &ev);
	}
}

void model_border(struct model *m, __u8 kind, __u32 netns, __u32 why)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .kind = kind, .netns = netns, .aux = why, .ts_ns = ++m->now_ns
	};

	m->emit(m->ctx, &ev);
}

void model_tick(struct model *m, __u64 ns)
{
	m->now_ns += ns;
	model_border(m, TWT_TICK, 0, 0);
}

void model_counts(const struct model *m, __u64 ret[ST_MAX])
{
	unsigned int i;

	memset(ret, 0, ST_MAX * sizeof(ret[0]));
	for (i = 0; i < MODEL_SOCKS; i++) {
		const struct model_sock *s = &m->s[i];

		if (s->full && s->full != ST_CLOSE)
			ret[s->full]++;
		if (s->mini)
			ret[s->mini]++;
	}
}
