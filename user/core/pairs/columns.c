// SPDX-License-Identifier: GPL-2.0-only
#include "core/pairs/columns.h"
#include "core/stats/fields/parts.h"
#include "core/text/fmt.h"

static const struct pair *pair(const struct field_src *src)
{
	return ((const struct pair_src *)src->of)->pair;
}

/* --- of one end --- */

static void put_host(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	const char *name = e->host < PAIRS_HOSTS ? ((const struct pair_src *)src->of)->hosts[e->host] : NULL;

	if (name && *name)
		put_text(v, name);
}

static void put_netns(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	put_u64(v, e->netns);
}

static void put_cookie(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->cookie)
		put_u64(v, e->cookie);
}

static void put_addr_of(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	v->type = FT_STR;
	fmt_addr(e->laddr, e->family, v->s);
}

static void put_port(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	put_u64(v, e->lport);
}

static void put_owner_pid(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->owner.known)
		put_u64(v, e->owner.pid);
}

static void put_owner_comm(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->owner.known)
		put_text(v, e->owner.comm);
}

static void put_closer_pid(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->closer.known)
		put_u64(v, e->closer.pid);
}

static void put_closer_comm(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->closer.known)
		put_text(v, e->closer.comm);
}

static void put_state(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (!e->over)
		put_str(v, tcp_state_name(e->state));
}

/* In text what lives has its state there. */
static void put_close(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->over)
		put_str(v, close_kind_name(e->close ? e->close : CLOSE_UNKNOWN));
}

static void put_end(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	put_state(src, e, v);
	put_close(src, e, v);
}

static void put_reason(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (e->over)
		put_str(v, close_reason_name(e->reason));
}

static void put_began_before(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	put_bool(v, e->flags & CONN_BEGAN_BEFORE);
}

static void put_life(const struct field_src *src, const struct pair_end *e, struct field_value *v)
{
	(void)src;
	if (!(e->flags & CONN_BEGAN_BEFORE) && e->end_ns >= e->born_ns)
		put_ns(v, (__u64)e->end_ns - (__u64)e->born_ns);
}

#define BOTH(what) \
	static void client_##what(const struct field_src *src, struct field_value *v) { put_##what(src, &pair(src)->client, v); } \
	static void server_##what(const struct field_src *src, struct field_value *v) { put_##what(src, &pair(src)->server, v); }

BOTH(host)
BOTH(netns)
BOTH(cookie)
BOTH(addr_of)
BOTH(port)
BOTH(owner_pid)
BOTH(owner_comm)
BOTH(closer_pid)
BOTH(closer_comm)
BOTH(state)
BOTH(close)
BOTH(end)
BOTH(reason)
BOTH(began_before)
BOTH(life)

/* --- of both --- */

static void get_event_of(const struct field_src *src, struct field_value *v)
{
	(void)src;
	put_text(v, "pair");
}

static void get_opened_at(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	if (pair(src)->client.flags & CONN_BEGAN_BEFORE)
		return;
	fmt_rfc3339(&b, pair(src)->client.born_ns);
	put_strbuf(v, &b);
}

static void get_roles(const struct field_src *src, struct field_value *v) { put_bool(v, pair(src)->roles_known); }
static void get_first(const struct field_src *src, struct field_value *v) { put_str(v, pair_first_name(pair(src)->first)); }
static void get_agree(const struct field_src *src, struct field_value *v) { put_bool(v, pair(src)->agree); }

static void put_delay(struct field_value *v, const struct pair_delay *d)
{
	if (d->known)
		put_diff(v, d->ns);
}

static void get_fin(const struct field_src *src, struct field_value *v) { put_delay(v, &pair(src)->fin); }
static void get_fin_back(const struct field_src *src, struct field_value *v) { put_delay(v, &pair(src)->fin_back); }
static void get_ack(const struct field_src *src, struct field_value *v) { put_delay(v, &pair(src)->ack); }
static void get_syn(const struct field_src *src, struct field_value *v) { put_delay(v, &pair(src)->syn); }

static void add(struct strbuf *b, const char *who, const char *text)
{
	if (strcmp(text, "-") != 0)
		strbuf_addf(b, "%s%s%s", b->len ? ", " : "", who, text);
}

static void get_pair_note(const struct field_src *src, struct field_value *v)
{
	const struct pair *p = pair(src);
	struct strbuf b = { 0 };

	if (p->client.over)
		add(&b, "client: ", close_reason_name(p->client.reason));
	if (p->server.over)
		add(&b, "server: ", close_reason_name(p->server.reason));
	if (!p->agree)
		add(&b, "", "the ends contradict each other");
	if (!p->roles_known)
		add(&b, "", "who opened it is not known");
	if (b.len)
		put_strbuf(v, &b);
	else
		put_text(v, "");
}

const struct field pair_columns[] = {
	{ "event", NULL, 0, "\"pair\"", get_event_of },
	{ "time", NULL, 0, "when the second end was over, by that host's wall clock, UTC, RFC 3339 with nanoseconds", get_time },
	{ "clock", "TIME", -15, "the same, local time", get_clock },
	{ "opened", NULL, 0, "when the client's end began, by its host's wall clock", get_opened_at },
	{ "roles_known", NULL, 0, "who opened it was seen; else the end with the lower port stands as the server", get_roles },
	{ "client_host", "CLIENT-HOST", -16, "host whose recording has the end that opened it", client_host },
	{ "client_comm", "CLIENT", -15, "process that owns the socket there", client_owner_comm },
	{ "client_pid", "CPID", 7, "its pid", client_owner_pid },
	{ "client_addr", "CADDR", -15, "its address", client_addr_of },
	{ "client_port", "CPORT", 5, "its port", client_port },
	{ "server_host", "SERVER-HOST", -16, "host whose recording has the end that accepted it", server_host },
	{ "server_comm", "SERVER", -15, "process that owns the socket there", server_owner_comm },
	{ "server_pid", "SPID", 7, "its pid", server_owner_pid },
	{ "server_addr", "SADDR", -15, "its address", server_addr_of },
	{ "server_port", "SPORT", 5, "its port", server_port },
	{ "first", "FIRST", -6, "who closed first, as both ends say: client, server or both; none: they do not say, or contradict each other", get_first },
	{ "agree", NULL, 0, "false: they contradict each other", get_agree },
	{ "client_close", NULL, 0, "how the client's end ended: active, passive, abort, reset, ...; none: it lives", client_close },
	{ "client_close_reason", NULL, 0, "why its host aborted it", client_reason },
	{ "client_closer_pid", NULL, 0, "process that closed it", client_closer_pid },
	{ "client_closer_comm", NULL, 0, "name of that process", client_closer_comm },
	{ "client_state", NULL, 0, "state that it is in when the run ends, if it is not over", client_state },
	{ "server_close", NULL, 0, "the same of the server's end", server_close },
	{ "server_close_reason", NULL, 0, "why its host aborted it", server_reason },
	{ "server_closer_pid", NULL, 0, "process that closed it", server_closer_pid },
	{ "server_closer_comm", NULL, 0, "name of that process", server_closer_comm },
	{ "server_state", NULL, 0, "state that it is in when the run ends, if it is not over", server_state },
	{ "client_end", "CLIENT-END", -12, "its close, or the state that it is in; text", client_end },
	{ "server_end", "SERVER-END", -12, "the same of the server's end", server_end },
	{ "fin_ns", "FINMS", 9, "from the first FIN (FIN_WAIT1) to the other end's CLOSE_WAIT, by both hosts' clocks: what lay in the send buffer before it "
	  "included; below 0 where the clocks are further apart than it took. ms in text, ns in JSON", get_fin },
	{ "fin_back_ns", "BACKMS", 9, "from the other end's FIN (LAST_ACK) to TIME_WAIT; none where that was reconstructed", get_fin_back },
	{ "ack_ns", "ACKMS", 9, "from ESTABLISHED at the client to ESTABLISHED at the server: the handshake's last ACK", get_ack },
	{ "syn_ns", NULL, 0, "from the client's SYN_SENT to the server's socket; with TCP Fast Open alone it is made by the SYN", get_syn },
	{ "client_life_ns", NULL, 0, "from the beginning of the client's socket to its end", client_life },
	{ "server_life_ns", NULL, 0, "the same of the server's", server_life },
	{ "client_began_before", NULL, 0, "the client's end existed before its recording", client_began_before },
	{ "server_began_before", NULL, 0, "the same of the server's", server_began_before },
	{ "client_netns", NULL, 0, "inode number of the client's network namespace", client_netns },
	{ "client_cookie", NULL, 0, "cookie of its socket", client_cookie },
	{ "server_netns", NULL, 0, "inode number of the server's network namespace", server_netns },
	{ "server_cookie", NULL, 0, "cookie of its socket", server_cookie },
	{ "note", "NOTE", -1, "why an end was aborted, what is not known", get_pair_note },
	{ NULL, NULL, 0, NULL, NULL },
};

const char *const pair_json[] = {
	"event", "time", "opened", "roles_known",
	"client_host", "client_comm", "client_pid", "client_addr", "client_port", "server_host", "server_comm", "server_pid", "server_addr", "server_port",
	"first", "agree", "client_close", "client_close_reason", "client_closer_pid", "client_closer_comm", "client_state",
	"server_close", "server_close_reason", "server_closer_pid", "server_closer_comm", "server_state",
	"fin_ns", "fin_back_ns", "ack_ns", "syn_ns", "client_life_ns", "server_life_ns", "client_began_before", "server_began_before",
	"client_netns", "client_cookie", "server_netns", "server_cookie", NULL,
};
const char *const pair_text[] = {
	"clock", "client_comm", "client_addr", "client_port", "server_comm", "server_addr", "server_port",
	"first", "client_end", "server_end", "fin_ns", "fin_back_ns", "ack_ns", "note", NULL,
};
const char *const pair_text_hosts[] = {
	"clock", "client_host", "client_comm", "client_addr", "client_port", "server_host", "server_comm", "server_addr", "server_port",
	"first", "client_end", "server_end", "fin_ns", "fin_back_ns", "ack_ns", "note", NULL,
};
