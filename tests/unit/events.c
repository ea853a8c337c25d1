/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "unit/check_tracker.h"
#include "unit/events.h"

#define CLIENT .cookie = 11, .rport = 80, .last = { 1, 2 }
const struct sk cli = { .name = "c", CLIENT, .lport = 40000 };
const struct sk cli_unbound = { .name = "c", CLIENT };
const struct sk srv = { .name = "s", .cookie = 22, .lport = 80, .rport = 40000, .last = { 2, 1 }, .cpu = 1 };
const struct sk lis = { .name = "l", .cookie = 33, .lport = 80, .last = { 0, 0 } };

static void __attribute__((format(printf, 2, 3))) say(struct world *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (w->mute)
		return;
	va_start(ap, fmt);
	n = vsnprintf(w->text + w->len, sizeof(w->text) - w->len, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(w->text) - w->len);
	w->len += (size_t)n;
}

/* By cookie and local port: two minisocks may share a cookie. */
static void say_name(struct world *w, const struct conn *c)
{
	size_t i;

	for (i = 0; i < w->n_names; i++) {
		const struct sk *s = &w->names[i];

		if (s->cookie == c->cookie && (!s->lport || !c->lport || s->lport == c->lport)) {
			say(w, "%s ", s->name);
			return;
		}
	}
	say(w, "? ");
}

static void say_actor(struct world *w, const char *what, __u32 actor)
{
	const struct actor *a = actors_get(tracker_actors(w->t), actor);

	if (a)
		say(w, " %s=%u", what, a->tgid);
}

static long long us(const struct world *w, __u64 ts_ns)
{
	return ((long long)ts_ns - (long long)w->begin_ns) / 1000;
}

static void on_transition(void *ctx, const struct transition *tr)
{
	static const char *const marks[] = { "rst-sent", "rst-rcvd", "reconstructed", "healed", "seeded" };
	struct world *w = ctx;
	size_t i;

	say_name(w, tr->conn);
	say(w, "%s>%s %lld", tcp_state_name(tr->old_state), tcp_state_name(tr->new_state), us(w, tr->ts_ns));
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (tr->marks & 1U << i)
			say(w, " %s", marks[i]);
	}
	if (tr->in_state_known)
		say(w, " for=%llu", (unsigned long long)tr->in_state_ns / 1000);
	say_actor(w, "by", tr->actor);
	say(w, "\n");
}

static void on_closed(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct world *w = ctx;

	say_name(w, c);
	say(w, "closed %lld %s\n", us(w, ts_ns), close_kind_name(c->close));
}

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct world *w = ctx;

	say_name(w, c);
	say(w, "gone %lld %s %s %s %s", us(w, ts_ns), conn_role_name(c->role), close_kind_name(c->close),
	    close_reason_name(c->reason), tw_end_name(c->tw_end));
	say_actor(w, "open", c->opener);
	say_actor(w, "own", c->owner);
	say_actor(w, "close", c->closer);
	say_actor(w, "end", c->tw_ender);
	say(w, "%s%s%s\n", c->flags & CONN_BEGAN_BEFORE ? " before" : "", c->flags & CONN_GAP ? " gap" : "",
	    c->flags & CONN_SHUTDOWN_FIRST ? " shutdown-first" : "");
}

static void on_snapshot(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed)
{
	(void)netns;
	say(ctx, "snapshot why=%u found=%llu changed=%llu\n", why, (unsigned long long)found,
	    (unsigned long long)changed);
}

static const struct tracker_ops ops = {
	.transition = on_transition, .closed = on_closed, .gone = on_gone, .snapshot = on_snapshot,
};

void world_new(struct world *w, const struct tracker_config *cfg)
{
	struct tracker_config few = { .max_actors = CHECK_ACTORS, .max_whole = 1 };

	memset(w, 0, sizeof(*w));
	w->begin_ns = WORLD_BEGIN_NS;
	assert_int_equal(tracker_new(cfg ? cfg : &few, &ops, w, &w->t), 0);
}

static void check(const struct world *w)
{
	const char *bad = check_tracker(w->t);

	if (bad)
		fail_msg("%s", bad);
}

void world_drop(struct world *w)
{
	tracker_finish(w->t);
	check(w);
	tracker_free(w->t);
}

void world_end(struct world *w)
{
	tracker_finish(w->t);
	check(w);
	assert_int_equal(table_size(w->t->table), 0);
	assert_int_equal(actors_count(w->t->actors), 0);
	tracker_free(w->t);
}

static void set_addr(__u8 addr[16], __u8 last)
{
	addr[10] = addr[11] = 0xff;
	if (last) {
		addr[12] = 10;
		addr[15] = last;
	}
}

static void learn_name(struct world *w, const struct sk *sk)
{
	size_t i;

	for (i = 0; i < w->n_names; i++) {
		if (w->names[i].cookie == sk->cookie && !strcmp(w->names[i].name, sk->name))
			return;
	}
	assert_true(w->n_names < sizeof(w->names) / sizeof(w->names[0]));
	w->names[w->n_names++] = *sk;
}

void at(struct world *w, __u64 when, const struct sk *sk, struct twt_event ev)
{
	ev.size = ev.tgid ? sizeof(ev) : TWT_EVENT_SHORT;
	ev.version = TWT_VERSION;
	ev.ts_ns = w->begin_ns + when * 1000;
	if (sk) {
		learn_name(w, sk);
		ev.cpu = sk->cpu;
		ev.cookie = sk->cookie;
		ev.netns = sk->netns ? sk->netns : NETNS;
		ev.family = 2;
		ev.lport = sk->lport;
		ev.rport = sk->rport;
		set_addr(ev.laddr, sk->last[0]);
		set_addr(ev.raddr, sk->last[1]);
	}
	if (ev.kind >= TWT_TW_START && ev.kind <= TWT_TW_SEGMENT)
		ev.flags |= TWT_F_MINISOCK;
	if (ev.tgid) {
		ev.flags |= TWT_F_TASK;
		ev.tid = ev.tgid;
		ev.aux = ev.tgid;
		snprintf((char *)ev.comm, sizeof(ev.comm), "p%u", ev.tgid);
	}
	tracker_event(w->t, &ev);
	check(w);
}

void tick(struct world *w, __u64 when)
{
	at(w, when, NULL, (struct twt_event){ .kind = TWT_TICK });
}

void settle(struct world *w)
{
	tick(w, (tracker_now(w->t) - w->begin_ns + TRACKER_SETTLE_NS) / 1000 + 1);
}

void later(struct world *w)
{
	settle(w);
	forget(w);
	w->begin_ns = tracker_now(w->t) / 1000000000 * 1000000000 + 1000000000;
}

__u64 count_of(const struct world *w, unsigned int state)
{
	__u64 counts[ST_MAX];

	tracker_counts(w->t, counts);
	return counts[state];
}

const struct netns_totals *totals_at(const struct world *w, __u32 netns)
{
	const struct totals *ts = tracker_totals(w->t);
	size_t i;

	for (i = 0; i < ts->n; i++) {
		if (ts->netns[i].netns == netns)
			return &ts->netns[i];
	}
	fail_msg("no totals of namespace %u", netns);
	return NULL;
}

void check_told(struct world *w, const char *lines, const char *file, int line)
{
	bool same = !strcmp(w->text, lines);

	if (!same)
		print_error("%s:%d: told\n%s--- expected\n%s---\n", file, line, w->text, lines);
	forget(w);
	_assert_true(same, "told as expected", file, line);
}

void forget(struct world *w)
{
	w->len = 0;
	w->text[0] = '\0';
}

void listens(struct world *w, __u32 pid)
{
	at(w, 0, &lis, STATE(CLOSE, LISTEN, ASKED(pid, 0)));
}

void connects(struct world *w, __u64 when, __u32 pid)
{
	at(w, when, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(pid, 0)));
	at(w, when + 30, &cli, STATE(SYN_SENT, ESTABLISHED));
	at(w, when + 40, &srv, STATE(LISTEN, SYN_RECV, .flags = TWT_F_UNACCEPTED));
	at(w, when + 48, &srv, STATE(SYN_RECV, ESTABLISHED, .flags = TWT_F_UNACCEPTED));
}

void client_only(struct world *w)
{
	later(w);
	connects(w, 0, 60);
	at(w, 60, &srv, RST_RCVD(ESTABLISHED));
	at(w, 61, &srv, STATE(ESTABLISHED, CLOSE, .err = ECONNRESET));
	forget(w);
}

void client_alone(struct world *w)
{
	later(w);
	at(w, 0, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(w, 30, &cli, STATE(SYN_SENT, ESTABLISHED));
}

void fin_acked(struct world *w)
{
	client_alone(w);
	at(w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(w, 1010, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	forget(w);
}

void time_wait(struct world *w)
{
	fin_acked(w);
	at(w, 1012, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(w, 1020, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(w, 1021, &cli, DESTROY());
	forget(w);
}

void expires(struct world *w, __u64 when, struct twt_event cancel, struct twt_event expire)
{
	at(w, when, &cli, cancel);
	at(w, when + 8, &cli, expire);
}
