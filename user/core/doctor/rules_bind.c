/* SPDX-License-Identifier: GPL-2.0-only */
/* bind() to a port that is not to be had. Told where failed calls are (--calls). */
#include <errno.h>
#include "core/doctor/facts.h"

static bool in_use(const struct twt_event *ev)
{
	return (ev->arg0 & TWT_CALL_WHICH) != TWT_CALL_CONNECT && ev->err == EADDRINUSE && ev->lport;
}

/* Is a listener in the way, or do those that are in the way not share their port either? Then SO_REUSEADDR is no answer. */
static bool held_for_good(const struct tally *t, const struct bind_port *b)
{
	return !b || b->listeners || b->listeners_gone || t->also == t->n;
}

static void evidence(const struct facts *f, const struct tally *t, const struct bind_port *b, struct finding *ret)
{
	ret->severity = SEV_WARNING;
	finding_ev(ret, "calls", EV_COUNT, (double)t->n);
	finding_ev(ret, "with_reuseaddr", EV_COUNT, (double)t->also);
	finding_ev(ret, "rate", EV_PER_S, (double)t->n / facts_window_s(f));
	if (!b)
		return;
	finding_ev(ret, "listeners", EV_COUNT, (double)(b->listeners + b->listeners_gone));
	finding_ev(ret, "time_wait", EV_COUNT, (double)(b->time_waits + b->time_waits_gone));
	finding_ev(ret, "other_sockets", EV_COUNT, (double)b->others);
}

static void judge_no_reuseaddr(const struct facts *f, const struct tally *t, struct finding *ret)
{
	const struct bind_port *b = facts_bind(f, t->subject.netns, t->subject.port);

	if (!held_for_good(t, b) && (b->time_waits || b->time_waits_gone || b->others))
		evidence(f, t, b, ret);
}

static void judge_in_use(const struct facts *f, const struct tally *t, struct finding *ret)
{
	const struct bind_port *b = facts_bind(f, t->subject.netns, t->subject.port);

	if (held_for_good(t, b) || !(b->time_waits || b->time_waits_gone || b->others))
		evidence(f, t, b, ret);
}

static const char *const fix_no_reuseaddr[] = {
	"in the program: SO_REUSEADDR before bind(), at each start: old sockets need it as much as the new one, so it helps from the next start but one on", NULL
};
static const char *const dont_no_reuseaddr[] = {
	"do not wait a minute in the start script, nor lower tcp_max_tw_buckets: the option is what it is made for", NULL
};
static const char *const fix_in_use[] = {
	"twtrace explain bind [ADDRESS]:PORT says who holds it, and what would help; ss -tlnp shows listeners",
	"if several processes are to share the port: SO_REUSEPORT in all of them, of one user", NULL
};
static const char *const dont_in_use[] = { "SO_REUSEADDR does not get past a listener", NULL };

const struct rule rules_bind[] = {
	{ .id = "bind-without-reuseaddr", .title = "bind() fails for want of SO_REUSEADDR", .on = ON_CALL, .by = BY_PROCESS_LPORT, .sure = "inferred",
	  .calls = in_use, .judge = judge_no_reuseaddr,
	  .cause = "{calls} calls failed with EADDRINUSE, {with_reuseaddr} of them with SO_REUSEADDR: no listener was in the way, but {time_wait} "
	  "TIME_WAITs and {other_sockets} sockets of connections",
	  .outlook = "it cannot start until the last of them is gone, a minute for TIME_WAITs", .fix = fix_no_reuseaddr, .dont = dont_no_reuseaddr },
	{ .id = "bind-in-use", .title = "bind() to a port that is taken", .on = ON_CALL, .by = BY_PROCESS_LPORT, .sure = "measured",
	  .calls = in_use, .judge = judge_in_use,
	  .cause = "{calls} calls failed with EADDRINUSE ({rate}), {with_reuseaddr} of them with SO_REUSEADDR: somebody holds the port",
	  .outlook = "it cannot start as long as that goes on", .fix = fix_in_use, .dont = dont_in_use },
};
RULES(rules_bind);
