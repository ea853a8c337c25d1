// SPDX-License-Identifier: GPL-2.0-only
/* The answer in words. */
#include <errno.h>
#include <string.h>
#include "core/text/addr.h"
#include "core/event/errname.h"
#include "core/event/names.h"
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/explain/explain.h"
#include "views/out.h"

#define TEXT_ROWS 20	/* sockets in the way that people are shown */
#define NS 1e9

static const char *name_of(int err)
{
	const char *name = errname(err);

	return name ? name : "EIO";
}

static const struct twt_look *blocker(const struct answer *a, size_t i)
{
	return &a->looks.v[a->blockers[i]].s;
}

static const char *state_of(const struct twt_look *s)
{
	return tcp_state_name(s->flags & TWT_LOOK_MINISOCK && s->substate ? s->substate : s->state);
}

static double ends_in_s(const struct twt_look *s)
{
	long long left = (long long)s->left_ns;

	return left > 0 ? (double)left / NS : 0;
}

static void put_endpoint(struct strbuf *b, const __u8 addr[16], __u8 family, __u16 port)
{
	char text[FMT_ADDR_LEN];

	fmt_addr(addr, family, text);
	strbuf_addf(b, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
}

static void put_target(const struct answer *a, struct strbuf *b)
{
	const struct endpoint *from = &a->q.from, *to = &a->q.addr;

	if (a->q.what == EXPLAIN_CONNECT && from->port) {
		put_endpoint(b, a->saddr, from->family, from->port);
		strbuf_adds(b, " to ");
	}
	put_endpoint(b, to->addr, to->family, to->port);
}

/* --- sentences --- */

static const struct who *who_of(const struct answer *a, size_t i)
{
	static const struct who nobody;

	return i < EXPLAIN_ROWS ? &a->who[i] : &nobody;
}

/* "nginx (812)", "nginx (812, exited)" */
static void put_process(struct strbuf *b, const struct who *w, bool many)
{
	fmt_comm(b, w->comm);
	strbuf_addf(b, " (%u%s%s)", w->tgid, many ? ", ..." : "", !w->recalled ? "" : w->runs ? ", closed it" : ", exited");
}

/* ... "a socket in TIME_WAIT of nginx (812, exited)", "a socket in TIME_WAIT" */
static void put_who(struct strbuf *b, const struct answer *a, size_t i)
{
	const struct who *w = who_of(a, i);

	if (!w->known || w->recalled)
		strbuf_addf(b, "a socket in %s%s", state_of(blocker(a, i)), w->known ? " of " : "");
	if (w->known)
		put_process(b, w, false);
}

/* Does one option, on our side, fail for want of the same on theirs? The sentence that articles leave out. */
static void say_reuseaddr(const struct answer *a, struct strbuf *b)
{
	size_t n_without = 0, n_tw = 0, without = 0, n_listeners = 0, listener = 0;

	for (size_t i = 0; i < a->n_blockers; i++) {
		const struct twt_look *s = blocker(a, i);

		n_tw += s->flags & TWT_LOOK_MINISOCK && s->substate == ST_TIME_WAIT;
		if (!(s->flags & TWT_LOOK_REUSE)) {
			without = n_without++ ? without : i;
		} else if (s->state == ST_LISTEN) {
			listener = n_listeners++ ? listener : i;
		}
	}
	if (!a->with_reuseaddr.err) {
		strbuf_adds(b, a->with_reuseaddr.by_bucket ? " With SO_REUSEADDR it would succeed, by what the port remembers of the socket that bound it first." :
			    " With SO_REUSEADDR it would succeed: each socket in the way has it too, and none of them listens.");
	} else if (n_without) {
		strbuf_adds(b, n_tw == a->n_blockers ? " SO_REUSEADDR does not cure this TIME_WAIT: the socket that left it had to have the option too, and " :
			    " SO_REUSEADDR does not help: each socket in the way had to have it too, and ");
		if (n_without > 1)
			strbuf_addf(b, "%zu of %zu do not.", n_without, a->n_blockers);
		else if (blocker(a, without)->flags & TWT_LOOK_OWNER || a->n_blockers > 1) {
			put_who(b, a, without);
			strbuf_adds(b, " does not.");
		} else {
			strbuf_adds(b, "it did not.");
		}
	} else if (n_listeners) {
		strbuf_adds(b, " SO_REUSEADDR does not help: no socket shares a port with one that listens, and ");
		put_who(b, a, listener);
		strbuf_adds(b, " does.");
	}
}

static void say_reuseport(const struct answer *a, struct strbuf *b)
{
	size_t n_without = 0;

	for (size_t i = 0; i < a->n_blockers; i++)
		n_without += !(blocker(a, i)->flags & TWT_LOOK_REUSEPORT);
	if (!a->with_reuseport.err)
		strbuf_adds(b, a->with_reuseport.by_bucket ?
			    " With SO_REUSEPORT it would succeed, by what the port remembers of an earlier SO_REUSEPORT socket of this user." :
			    " With SO_REUSEPORT it would succeed: each socket in the way has it too, and is of the same user.");
	else if (!n_without)
		strbuf_addf(b, " SO_REUSEPORT does not help: they have it, but are not all of uid %u.", a->q.uid);
	if (a->with_reuseaddr.err && a->with_reuseport.err && !a->with_both.err)
		strbuf_adds(b, " With both options it would succeed.");
}

/* When does the last one go by itself? */
static void say_end(const struct answer *a, struct strbuf *b)
{
	size_t minisocks = 0;

	for (size_t i = 0; i < a->n_blockers; i++)
		minisocks += !!(blocker(a, i)->flags & TWT_LOOK_MINISOCK);
	if (minisocks && minisocks == a->n_blockers)
		strbuf_addf(b, " %s in %.0f s (the kernel's timers may be 2 s late).", minisocks == 1 ? "It ends" : "The last of them ends",
			    ends_in_s(blocker(a, 0)));
	else if (a->n_blockers)
		strbuf_adds(b, minisocks ? " What is not a TIME_WAIT stays until it is closed." : a->n_blockers == 1 ?
			    " It stays until it is closed." : " They stay until they are closed.");
}

static void say_bind(const struct answer *a, struct strbuf *b)
{
	if (a->now.by_bucket) {
		strbuf_addf(b, " %zu socket%s would conflict, but the port remembers an earlier socket that shared it, and lets this one pass.",
			    a->n_blockers, a->n_blockers == 1 ? "" : "s");
		return;
	}
	if (!a->now.err) {
		strbuf_adds(b, a->looks.n ? " Sockets have that port, but none that conflicts." : " Nobody has that port.");
		return;
	}
	strbuf_addf(b, " %zu socket%s in the way, first ", a->n_blockers, a->n_blockers == 1 ? " is" : "s are");
	put_who(b, a, 0);
	strbuf_adds(b, ".");
	say_end(a, b);
	if (!a->q.reuseaddr)
		say_reuseaddr(a, b);
	if (!a->q.reuseport)
		say_reuseport(a, b);
}

static void say_tuple(const struct answer *a, struct strbuf *b)
{
	if (!a->now.err) {
		strbuf_adds(b, a->connect.reusable ? " A TIME_WAIT of the same two ends is taken over: the port was bound by hand, and its connection had timestamps." :
			    " No connection has the same two ends.");
		return;
	}
	strbuf_adds(b, " A connection has the same two ends: ");
	put_who(b, a, 0);
	strbuf_adds(b, ".");
	say_end(a, b);
}

static void say_states(const struct answer *a, struct strbuf *b)
{
	const char *sep = " (";

	for (unsigned int s = 1; s < ST_MAX; s++) {
		if (!a->connect.states[s])
			continue;
		strbuf_addf(b, "%s%u %s", sep, a->connect.states[s], tcp_state_name(s));
		sep = ", ";
	}
	if (*sep == ',')
		strbuf_adds(b, ")");
}

static void say_range(const struct answer *a, struct strbuf *b)
{
	const struct connect_answer *c = &a->connect;
	char text[FMT_ADDR_LEN];

	if (!port_params_usable(&a->params)) {
		strbuf_adds(b, " The range of local ports (net.ipv4.ip_local_port_range) could not be read.");
		return;
	}
	fmt_addr(a->saddr, addr_is_v4(a->saddr) ? 2 : 10, text);
	strbuf_addf(b, " From %s, %u of the %u ports of %u-%u are free for this destination: %u are in use", text, c->free,
		    c->usable + c->reserved + c->closed, a->params.lo, a->params.hi, c->in_use);
	say_states(a, b);
	strbuf_addf(b, ", %u reserved, %u closed to connect() since a bind() or listener has them.", c->reserved, c->closed);
	if (c->reusable)
		strbuf_addf(b, " %u TIME_WAITs count as free: tcp_tw_reuse lets connect() take them over.", c->reusable);
	if (c->err && a->n_blockers && blocker(a, a->n_blockers - 1)->flags & TWT_LOOK_MINISOCK)
		strbuf_addf(b, " The next one is free in %.1f s.", ends_in_s(blocker(a, a->n_blockers - 1)));
	if (c->err && c->states[ST_TIME_WAIT] && !c->reusable && !(a->params.known >> TWT_SC_TW_REUSE & 1 && a->params.value[TWT_SC_TW_REUSE] == 1))
		strbuf_adds(b, " net.ipv4.tcp_tw_reuse=1 would let connect() take over TIME_WAITs older than a second.");
	if (a->q.from.family)
		strbuf_adds(b, " This holds with IP_BIND_ADDRESS_NO_PORT; without it bind() chooses the port, for all destinations together, and fails with EADDRINUSE.");
}

/* What may be otherwise than was said. */
static void say_doubts(const struct answer *a, const struct explainer *e, struct strbuf *b)
{
	bool v6only = false, in_flight = !a->now.err && !a->why, chooses = a->q.what == EXPLAIN_CONNECT && !a->q.from.port && !a->why;
	size_t ranges = 0;

	if (!e->sees_all)
		strbuf_adds(b, " Processes outside of this pid namespace cannot be seen: a socket that one of them has bound, and no more, would be missed.");
	if (a->refused)
		strbuf_adds(b, " The namespace could not be entered: what has no descriptor was not seen.");
	if (!e->rules_known)
		strbuf_adds(b, " The kernel's types could not be read: rules that changed in 6.1 and 6.17 may differ.");
	for (size_t i = 0; chooses && i < a->looks.n; i++)
		ranges += a->looks.v[i].s.port_range != 0;
	if (ranges)
		strbuf_addf(b, " %zu socket%s here ha%s a range of ports of %s own (IP_LOCAL_PORT_RANGE): for one that has it may differ.", ranges,
			    ranges == 1 ? "" : "s", ranges == 1 ? "s" : "ve", ranges == 1 ? "its" : "their");
	if (a->in_vrf)
		strbuf_adds(b, " The device is a VRF's (l3mdev): only ports of that VRF count; where its routes lead into another one it may differ.");
	if (!e->recall && a->now.err && a->n_blockers && !a->why && !who_of(a, 0)->known && blocker(a, 0)->flags & (TWT_LOOK_MINISOCK | TWT_LOOK_ORPHAN))
		strbuf_adds(b, " No process holds it any more; whose it was, explain -r FILE tells from a recording, also one that is still written.");
	for (size_t i = 0; in_flight && i < a->looks.n; i++)
		v6only |= a->looks.v[i].s.flags & TWT_LOOK_V6ONLY && addr_is_any(a->looks.v[i].s.laddr);
	if (v6only && e->rules.uid_of_inode && e->rules.by_address && addr_is_v4(a->q.addr.addr))
		strbuf_adds(b, " From 6.1 to 6.8 some kernels wrongly let an IPV6_V6ONLY wildcard conflict with IPv4: there it may differ.");
}

/* The sentences alone. */
static void say_answer(const struct answer *a, const struct explainer *e, struct strbuf *b)
{
	strbuf_adds(b, a->q.what == EXPLAIN_LISTEN ? "listen() on " : a->q.what == EXPLAIN_BIND ? "bind() to " : a->q.from.port ? "connect() from " :
		    "connect() to ");
	put_target(a, b);
	if (a->now.err)
		strbuf_addf(b, " would fail now with %s (%s).", name_of(a->now.err), errtext(a->now.err) ? errtext(a->now.err) : strerror(a->now.err));
	else
		strbuf_adds(b, " would succeed now.");
	if (a->why)
		strbuf_addf(b, " %c%s.", a->why[0] >= 'a' && a->why[0] <= 'z' ? a->why[0] - 32 : a->why[0], a->why + 1);
	else if (a->q.what != EXPLAIN_CONNECT)
		say_bind(a, b);
	else if (a->q.from.port && a->now.err == EADDRINUSE) {
		strbuf_adds(b, " It is bind() that fails.");
		say_bind(a, b);
	} else if (a->q.from.port)
		say_tuple(a, b);
	else
		say_range(a, b);
	say_doubts(a, e, b);
}

/* --- text --- */

static void text_row(const struct answer *a, size_t i, bool has_places, struct strbuf *b)
{
	const struct looked *l = &a->looks.v[a->blockers[i]];
	const struct who *w = who_of(a, i);
	const struct twt_look *s = &l->s;
	struct strbuf place = { 0 };
	size_t start = b->len;

	strbuf_addf(b, "  %s", s->state == ST_CLOSE ? "bound" : state_of(s));
	strbuf_pad_to(b, start, 14);
	put_endpoint(b, s->laddr, s->family, s->lport);
	if (s->rport) {
		strbuf_adds(b, " -> ");
		put_endpoint(b, s->raddr, s->family, s->rport);
	}
	strbuf_pad_to(b, start, 58);
	if (w->known)
		put_process(b, w, l->owners > 1);
	else
		strbuf_adds(b, s->flags & TWT_LOOK_UNACCEPTED ? "not accepted" : "-");
	strbuf_pad_to(b, start, 84);
	strbuf_adds(b, s->flags & TWT_LOOK_REUSE ? "yes" : "no");
	strbuf_pad_to(b, start, 94);
	strbuf_adds(b, s->flags & TWT_LOOK_REUSEPORT ? "yes" : "no");
	strbuf_pad_to(b, start, 104);
	if (s->flags & TWT_LOOK_MINISOCK)
		strbuf_addf(b, "%.1fs", ends_in_s(s));
	else
		strbuf_adds(b, "-");
	if (has_places) {
		strbuf_pad_to(b, start, 112);
		strbuf_addc(b, ' ');
		fmt_comm(b, name_label(w->name, &place) ? place.s : "-");
	}
	strbuf_adds(b, "\n");
	b->failed |= place.failed;
	strbuf_free(&place);
}

/* Is anybody in the way in a container, a pod or a unit? */
static bool has_places(const struct answer *a)
{
	struct strbuf b = { 0 };
	bool has = false;

	for (size_t i = 0; i < a->n_blockers && i < TEXT_ROWS && !has; i++)
		has = name_label(who_of(a, i)->name, &b);
	strbuf_free(&b);
	return has;
}

static void text_outcomes(const struct answer *a, struct strbuf *b)
{
	strbuf_addf(b, "  with SO_REUSEADDR: %s, with SO_REUSEPORT: %s, with both: %s\n", name_of(a->with_reuseaddr.err),
		    name_of(a->with_reuseport.err), name_of(a->with_both.err));
}

void explain_text(const struct answer *a, const struct explainer *e, struct strbuf *b)
{
	bool places = !a->why && has_places(a);

	say_answer(a, e, b);
	strbuf_adds(b, "\n");
	if (a->why)
		return;
	if (a->n_blockers && a->now.err)
		strbuf_addf(b, "  %-12s%-44s%-26s%-10s%-10s%-7s%s\n", "STATE", "ADDRESS", "PROCESS", "REUSEADDR", "REUSEPORT", "ENDS IN",
			    places ? "  CONTAINER, POD OR UNIT" : "");
	for (size_t i = 0; a->now.err && i < a->n_blockers && i < TEXT_ROWS; i++)
		text_row(a, i, places, b);
	if (a->now.err && a->n_blockers > TEXT_ROWS)
		strbuf_addf(b, "  and %zu more\n", a->n_blockers - TEXT_ROWS);
	if (a->q.what != EXPLAIN_CONNECT || a->q.from.port)
		text_outcomes(a, b);
}

/* --- JSON --- */

static void json_addr(struct json *j, const char *key, const __u8 addr[16], __u8 family)
{
	char text[FMT_ADDR_LEN];

	fmt_addr(addr, family, text);
	json_str(j, key, text);
}

static void json_blocker(struct json *j, const struct twt_look *s, const struct who *w)
{
	json_open(j, NULL, '{');
	json_str(j, "state", state_of(s));
	json_addr(j, "laddr", s->laddr, s->family);
	json_u64(j, "lport", s->lport);
	json_addr(j, "raddr", s->raddr, s->family);
	json_u64(j, "rport", s->rport);
	if (w->known) {
		json_u64(j, "pid", w->tgid);
		json_str(j, "comm", w->comm);
		json_bool(j, "exited", !w->runs);
	} else {
		json_null(j, "pid");
		json_null(j, "comm");
		json_null(j, "exited");
	}
	json_bool(j, "reuseaddr", s->flags & TWT_LOOK_REUSE);
	json_bool(j, "reuseport", s->flags & TWT_LOOK_REUSEPORT);
	if (s->flags & TWT_LOOK_MINISOCK)
		json_double(j, "ends_in_s", (double)(long long)(ends_in_s(s) * 1000) / 1000);
	else
		json_null(j, "ends_in_s");
	out_names(j, w->name);
	json_close(j, '}');
}

void explain_json(const struct answer *a, const struct explainer *e, struct strbuf *b)
{
	static const char *const calls[] = { "bind", "listen", "connect" };
	struct strbuf says = { 0 };
	struct json j;

	say_answer(a, e, &says);
	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "event", "explain");
	json_str(&j, "call", calls[a->q.what]);
	json_addr(&j, "addr", a->q.addr.addr, a->q.addr.family);
	json_u64(&j, "port", a->q.addr.port);
	json_u64(&j, "netns", a->q.netns);
	json_str(&j, "would", name_of(a->now.err));
	json_open(&j, "with", '{');
	json_str(&j, "reuseaddr", name_of(a->with_reuseaddr.err));
	json_str(&j, "reuseport", name_of(a->with_reuseport.err));
	json_str(&j, "both", name_of(a->with_both.err));
	json_close(&j, '}');
	json_open(&j, "blockers", '[');
	for (size_t i = 0; a->now.err && i < a->n_blockers && i < EXPLAIN_ROWS; i++)
		json_blocker(&j, blocker(a, i), who_of(a, i));
	json_close(&j, ']');
	json_str(&j, "says", says.s);
	json_close(&j, '}');
	strbuf_addc(b, '\n');
	b->failed |= says.failed;
	strbuf_free(&says);
}
