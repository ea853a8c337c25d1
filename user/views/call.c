/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/call.h"
#include <stdio.h>
#include <string.h>
#include "core/event/actor.h"
#include "core/event/errname.h"
#include "core/text/fmt.h"
#include "run/opts.h"

const char *call_name(const struct twt_event *ev)
{
	static const char *const names[] = { [TWT_CALL_BIND] = "bind", [TWT_CALL_LISTEN] = "listen", [TWT_CALL_CONNECT] = "connect" };
	size_t which = ev->arg0 & TWT_CALL_WHICH;

	return ev->kind == TWT_CALL && which < sizeof(names) / sizeof(names[0]) ? names[which] : NULL;
}

/* What it was for: the local address of bind() and listen(), the remote one of connect(). */
static const __u8 *target_of(const struct twt_event *ev, __u16 *ret_port)
{
	bool remote = (ev->arg0 & TWT_CALL_WHICH) == TWT_CALL_CONNECT;

	*ret_port = remote ? ev->rport : ev->lport;
	return remote ? ev->raddr : ev->laddr;
}

/* What a filter asks of a connection, it asks of the call. */
static bool is_wanted(const struct view_env *env, const struct twt_event *ev)
{
	struct actors *as;
	struct conn c;
	bool yes;

	if (filter_is_empty(env->filter))
		return true;
	if (call_conn(ev, tracker_names(env->tracker), &c, &as))
		return true;
	yes = filter_match(env->filter, &c, as, 1U << ev->new_state);
	actors_free(as);
	return yes;
}

static void comm_of(const struct twt_event *ev, char comm[TWT_COMM_LEN + 1])
{
	memcpy(comm, ev->comm, TWT_COMM_LEN);
	comm[TWT_COMM_LEN] = '\0';
}

static void add_json(struct out *o, const struct view_env *env, const struct twt_event *ev)
{
	char comm[TWT_COMM_LEN + 1], addr[FMT_ADDR_LEN];
	const char *name = errname(ev->err);
	struct json j;

	comm_of(ev, comm);
	json_init(&j, &o->b);
	json_open(&j, NULL, '{');
	out_stamp(&j, env, "call", ev->ts_ns);
	json_str(&j, "call", call_name(ev));
	json_str(&j, "errno", name ? name : "unknown");
	json_u64(&j, "err", ev->err);
	json_u64(&j, "pid", ev->tgid);
	json_str(&j, "comm", comm);
	json_u64(&j, "netns", ev->netns);
	fmt_addr(ev->laddr, ev->family, addr);
	json_str(&j, "laddr", addr);
	json_u64(&j, "lport", ev->lport);
	fmt_addr(ev->raddr, ev->family, addr);
	json_str(&j, "raddr", addr);
	json_u64(&j, "rport", ev->rport);
	json_bool(&j, "reuseaddr", ev->arg0 & TWT_CALL_REUSEADDR);
	json_bool(&j, "reuseport", ev->arg0 & TWT_CALL_REUSEPORT);
	json_u64(&j, "uid", (__u32)ev->arg1);
	json_str(&j, "netns_name", out_netns_name(env, ev->netns));
	out_names(&j, names_cgroup(tracker_names(env->tracker), ev->cgroup));
	json_close(&j, '}');
}

void call_text(struct strbuf *b, const struct view_env *env, const struct twt_event *ev)
{
	const char *name = errname(ev->err), *text = errtext(ev->err);
	char comm[TWT_COMM_LEN + 1], addr[FMT_ADDR_LEN];
	__u16 port;

	comm_of(ev, comm);
	fmt_addr(target_of(ev, &port), ev->family, addr);
	fmt_clock(b, (long long)ev->ts_ns + tracker_clock_offset(env->tracker), env->utc_offset);
	strbuf_addc(b, ' ');
	if (env->host) {
		fmt_comm(b, env->host->name);
		strbuf_addc(b, ' ');
	}
	fmt_comm(b, comm);
	strbuf_addf(b, strchr(addr, ':') ? " (%u): %s() %s [%s]:%u failed: " : " (%u): %s() %s %s:%u failed: ", ev->tgid, call_name(ev),
		    (ev->arg0 & TWT_CALL_WHICH) == TWT_CALL_LISTEN ? "on" : "to", addr, port);
	if (name)
		strbuf_addf(b, "%s (%s)", name, text);
	else
		strbuf_addf(b, "error %u", ev->err);
}

int call_line(struct out *o, const struct view_env *env, const struct twt_event *ev)
{
	int err;

	if (!call_name(ev) || !is_wanted(env, ev))
		return 0;
	err = out_losses(o, env, ev->ts_ns);
	if (err)
		return err;
	if (env->opts->json)
		add_json(o, env, ev);
	else
		call_text(&o->b, env, ev);
	strbuf_addc(&o->b, '\n');
	err = out_line(o, env);
	return err ? err : 1;
}
