/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of one connection: who, what, and when it was in which state. */
#include <string.h>
#include "core/conn/timeline.h"
#include "core/stats/hist/out.h"
#include "core/stats/hist/where.h"
#include "core/text/fmt.h"
#include "run/source_config.h"
#include "views/panes/conns.h"

#define STACK_LINES 32
#define WIDE 100	/* columns of an address that is not cut */

static void add_name(struct strbuf *b, const char *label, const struct actor *a, const char *none)
{
	strbuf_addf(b, "  %-13s ", label);
	if (a) {
		fmt_comm(b, a->comm);
		strbuf_addf(b, " (pid %u%s)", a->tgid, a->kernel ? ", kernel" : "");
	} else {
		strbuf_adds(b, none);
	}
	strbuf_addc(b, '\n');
}

static void add_head(struct strbuf *b, const struct conn *c, bool alive)
{
	say_endpoint(b, c->laddr, c->lport, c->family, WIDE);
	if (c->role != ROLE_LISTENER) {
		strbuf_adds(b, " \u2192 ");
		say_endpoint(b, c->raddr, c->rport, c->family, WIDE);
	}
	strbuf_addf(b, "  %s%s\n\n", c->role ? conn_role_name(c->role) : "", alive ? "" : "  (gone)");
}

/* A line for each that is known. */
static void add_place(struct strbuf *b, const struct name *n)
{
	static const struct { enum twt_name_part part; const char *label; } parts[] = {
		{ TWT_NP_CONTAINER_NAME, "container" }, { TWT_NP_CONTAINER, "container id" }, { TWT_NP_OUTER, "inside of" },
		{ TWT_NP_RUNTIME, "engine" }, { TWT_NP_IMAGE, "image" }, { TWT_NP_POD, "pod" }, { TWT_NP_POD_NAMESPACE, "pod's namespace" },
		{ TWT_NP_POD_UID, "pod's uid" }, { TWT_NP_UNIT, "unit" }, { TWT_NP_USER_UNIT, "user's unit" }, { TWT_NP_SESSION, "session" },
		{ TWT_NP_MACHINE, "machine" }, { TWT_NP_PATH, "cgroup" },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *s = name_part(n, parts[i].part);

		if (!s)
			continue;
		strbuf_addf(b, "  %-13s ", parts[i].label);
		fmt_comm(b, s);
		strbuf_addc(b, '\n');
	}
}

static void add_verdict(struct strbuf *b, const struct conn *c, const struct actors *as)
{
	const struct actor *ender = actors_get(as, c->tw_ender);

	strbuf_adds(b, "  verdict       ");
	strbuf_adds(b, c->close ? close_kind_name(c->close) : "not closing");
	if (c->reason)
		strbuf_addf(b, ": %s", close_reason_name(c->reason));
	if (c->tw_end)
		strbuf_addf(b, "; TIME_WAIT %s", tw_end_name(c->tw_end));
	if (ender) {
		strbuf_adds(b, " by ");
		fmt_comm(b, ender->comm);
		strbuf_addf(b, " (pid %u)", ender->tgid);
	}
	strbuf_addc(b, '\n');
}

static void add_notes(struct strbuf *b, const struct conn *c)
{
	static const struct { __u32 flag; const char *text; } notes[] = {
		{ CONN_BEGAN_BEFORE, "began before the tracer" }, { CONN_SHUTDOWN_FIRST, "half-closed by shutdown() first" },
		{ CONN_RST_SENT, "RST sent" }, { CONN_RST_RCVD, "RST received" },
		{ CONN_MINISOCK, "a minisock by now: the process has let go of it" }, { CONN_GAP, "some of its events were lost" },
		{ CONN_RECONSTRUCTED, "the beginning of its TIME_WAIT was computed from the kernel's timer" },
		{ CONN_KERNEL, "the kernel's own" },
	};
	const char *before = "  notes         ";

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (!(c->flags & notes[i].flag))
			continue;
		strbuf_addf(b, "%s%s", before, notes[i].text);
		before = "; ";
	}
	if (*before == ';')
		strbuf_addc(b, '\n');
}

static void add_bytes(struct strbuf *b, const struct conn *c)
{
	if (!c->bytes_acked && !c->bytes_received)	/* the kernel tells them when the socket closes */
		return;
	strbuf_adds(b, "  bytes         ");
	fmt_count(b, c->bytes_acked);
	strbuf_adds(b, " acknowledged, ");
	fmt_count(b, c->bytes_received);
	strbuf_adds(b, " received\n");
}

/* Of a live one as of the look that its page asked for. */
static void add_wire(struct strbuf *b, const struct conn *c, __u64 now_ns)
{
	const struct wire *w = c->wire;
	size_t start = b->len;

	if (w && w->srtt_us) {
		strbuf_adds(b, "  round trip    ");
		hist_fmt(b, w->srtt_us * 1000ULL, HIST_AUTO);
		if (w->min_rtt_us) {
			strbuf_adds(b, ", at least ");
			hist_fmt(b, w->min_rtt_us * 1000ULL, HIST_AUTO);
		}
		strbuf_addc(b, '\n');
	}
	if (w) {
		strbuf_adds(b, "  segments      ");
		fmt_count(b, w->segs_out);
		strbuf_adds(b, " sent, ");
		fmt_count(b, w->retrans_segs);
		strbuf_adds(b, " of them again, ");
		fmt_count(b, w->segs_in);
		strbuf_addf(b, " received; %u bytes in a full one%s\n", w->mss, w->flags & TWT_WIRE_KEEPALIVE ? "; keepalive" : "");
	}
	start = b->len;
	strbuf_adds(b, "  its time      ");
	if (where_time_went(b, c, now_ns))
		strbuf_addc(b, '\n');
	else if (!b->failed)
		b->s[b->len = start] = '\0';
}

static void add_timeline(struct top *t, struct strbuf *b, const struct conn *c, __u64 now_ns)
{
	struct step steps[ST_MAX];
	size_t n = timeline_of(c, now_ns, steps), i, start;

	strbuf_adds(b, "\n  STATE         SINCE            FOR\n");
	for (i = 0; i < n; i++) {
		start = b->len;
		strbuf_addf(b, "  %-13s ", tcp_state_name(steps[i].state));
		if (steps[i].entered_known)
			fmt_clock(b, (long long)steps[i].entered_ns + tracker_clock_offset(t->env->tracker), t->env->utc_offset);
		else
			strbuf_addc(b, '-');
		strbuf_pad_to(b, start, 33);
		if (steps[i].spent_known)
			fmt_duration(b, steps[i].spent_ns);
		else
			strbuf_adds(b, "unknown");
		strbuf_adds(b, steps[i].present && steps[i].state != ST_CLOSE ? "  and counting\n" : "\n");
	}
}

/* How it was opened and closed, where somebody asked for stacks. */
static void add_stacks(struct top *t, struct strbuf *b, const struct conn *c)
{
	const struct stacks *ss = tracker_stacks(t->env->tracker);
	const struct { const char *what; __u32 number; } paths[] = {
		{ c->role == ROLE_LISTENER ? "LISTENS BY" : c->role == ROLE_SERVER ? "ACCEPTED BY" : "OPENED BY", c->open_stack },
		{ "CLOSED BY", c->close_stack },
	};

	for (size_t i = 0; ss && i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct stack *s = stacks_get(ss, paths[i].number);

		if (!s)
			continue;
		strbuf_addf(b, "\n  %s\n", paths[i].what);
		if (stack_why(s))
			strbuf_addf(b, "  %s\n", stack_why_text(s));
		else
			stack_lines(b, s, 2, STACK_LINES);
	}
}

int conn_page(struct top *t, struct strbuf *b)
{
	struct top_conns *cs = t->conns;
	const struct actors *as = history_actors(cs->kept);
	const struct moment *m = history_at(cs->kept, 0);
	const struct conn *c = &m->conn, *live = cs->alive ? tracker_conn(t->env->tracker, cs->id) : NULL;
	struct transition now = { .conn = live };
	const char *netns;

	if (live && live->cookie == c->cookie && live->born_ns == c->born_ns)
		history_add(cs->kept, &now, tracker_actors(t->env->tracker));
	else
		cs->alive = false;
	c = &history_at(cs->kept, 0)->conn;
	add_head(b, c, cs->alive);
	add_name(b, "owner", actors_get(as, c->owner), c->flags & CONN_KERNEL ? "the kernel" : "unknown");
	if (c->role == ROLE_CLIENT)
		add_name(b, "opened by", actors_get(as, c->opener), "unknown");
	if (c->closer)
		add_name(b, "closed by", actors_get(as, c->closer), "unknown");
	add_place(b, actors_name(as, c->owner));
	strbuf_addf(b, "  socket        cookie %llu (ss -e: %llx), IPv%d, network namespace %u", (unsigned long long)c->cookie,
		    (unsigned long long)c->cookie, c->family == 2 ? 4 : 6, c->netns);
	netns = name_part(names_netns(tracker_names(t->env->tracker), c->netns), TWT_NP_NETNS);
	if (netns) {
		strbuf_adds(b, ", ");
		fmt_comm(b, netns);
	}
	strbuf_addc(b, '\n');
	if (c->role != ROLE_LISTENER)
		add_verdict(b, c, as);
	add_bytes(b, c);
	if (c->role != ROLE_LISTENER)
		add_wire(b, c, cs->alive ? t->live.now_ns : c->last_ns);
	add_notes(b, c);
	add_timeline(t, b, c, cs->alive ? t->live.now_ns : c->last_ns);
	add_stacks(t, b, c);
	return 0;
}

int conn_page_of(struct top *t, const struct conn *c, const struct actors *as)
{
	struct transition now = { .conn = c };

	history_add(t->conns->kept, &now, as);
	t->conns->alive = as == tracker_actors(t->env->tracker);
	t->conns->id = t->conns->alive ? tracker_id(c) : 0;
	if (t->conns->alive && !(c->flags & CONN_FULL_SOCK_GONE)) {	/* no event tells, while it lives */
		t->env->wants->look_netns = c->netns;
		t->env->wants->looks++;
	}
	return page_open(t, "CONNECTION", conn_page);
}
