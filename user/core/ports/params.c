/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/params.h"
#include <string.h>
#include "core/text/addr.h"

void port_params_learn(struct port_params *pp, const struct twt_event *ev)
{
	if (!ev->aux || ev->aux >= TWT_SC_MAX || ev->lport > ev->rport)
		return;
	switch (ev->aux) {
	case TWT_SC_PORT_RANGE:
		if (!ev->lport)
			return;
		pp->lo = ev->lport;
		pp->hi = ev->rport;
		break;
	case TWT_SC_RESERVED_PORTS:
		if (!ev->arg0)
			memset(&pp->reserved, 0, sizeof(pp->reserved));
		if (ev->lport)
			portset_add_range(&pp->reserved, ev->lport, ev->rport);
		break;
	default:
		pp->value[ev->aux] = ev->arg0;
	}
	pp->known |= 1U << ev->aux;
}

struct tell { struct twt_event ev; int (*fn)(void *ctx, const struct twt_event *ev); void *ctx; };

static int tell(struct tell *t, __u16 lo, __u16 hi, __u64 arg0)
{
	t->ev.lport = lo;
	t->ev.rport = hi;
	t->ev.arg0 = arg0;
	return t->fn(t->ctx, &t->ev);
}

/* A record that begins the list anew, then its ranges. */
static int tell_list(struct tell *t, const struct portset *set)
{
	int err = tell(t, 0, 0, 0);
	__u32 lo, hi;

	for (lo = 1; lo <= 65535 && !err; lo = hi + 1) {
		hi = lo;
		if (!portset_has(set, (__u16)lo))
			continue;
		while (hi < 65535 && portset_has(set, (__u16)(hi + 1)))
			hi++;
		err = tell(t, (__u16)lo, (__u16)hi, t->ev.arg0 + 1);
	}
	return err;
}

int port_params_tell(const struct port_params *pp, __u32 netns, __u64 ts_ns, int (*fn)(void *ctx, const struct twt_event *ev), void *ctx)
{
	struct tell t = {
		.ev = { .size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = TWT_SYSCTL, .ts_ns = ts_ns, .netns = netns },
		.fn = fn, .ctx = ctx,
	};
	int err = 0;

	for (t.ev.aux = 1; t.ev.aux < TWT_SC_MAX && !err; t.ev.aux++) {
		if (!(pp->known >> t.ev.aux & 1))
			continue;
		if (t.ev.aux == TWT_SC_PORT_RANGE)
			err = tell(&t, pp->lo, pp->hi, 0);
		else if (t.ev.aux == TWT_SC_RESERVED_PORTS)
			err = tell_list(&t, &pp->reserved);
		else
			err = tell(&t, 0, 0, pp->value[t.ev.aux]);
	}
	return err;
}

__u16 port_params_hi(const struct port_params *pp)
{
	return pp->hi - pp->lo == 2 ? (__u16)(pp->hi - 1) : pp->hi;
}

__u32 port_params_count(const struct port_params *pp, const struct portset *closed)
{
	__u16 hi = port_params_hi(pp);

	if (!port_params_usable(pp))
		return 0;
	return hi - pp->lo + 1U - portset_count(&pp->reserved, closed, pp->lo, hi);
}

struct wait_facts wait_facts_of(const struct conn *c)
{
	return (struct wait_facts){
		.began_ns = c->flags & CONN_SINCE_UNKNOWN && c->tw_armed_ns ? c->tw_armed_ns : c->tw_start_ns,
		.no_tstamp = (c->flags & CONN_NO_TSTAMP) != 0,
		.loopback = addr_is_loopback(c->laddr) || addr_is_loopback(c->raddr),
	};
}

__u64 port_params_reuse_ns(const struct port_params *pp, const struct conn *c)
{
	const struct wait_facts w = wait_facts_of(c);

	return wait_reuse_ns(pp, &w);
}

bool port_params_reusable(const struct port_params *pp, const struct conn *c, __u64 now_ns)
{
	const struct wait_facts w = wait_facts_of(c);

	return c->state == ST_TIME_WAIT && wait_is_over(pp, &w, now_ns);
}
