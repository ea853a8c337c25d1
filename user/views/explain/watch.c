// SPDX-License-Identifier: GPL-2.0-only
/* explain --watch: the answer to each call that fails, the moment it does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/addr.h"
#include "run/opts.h"
#include "views/call.h"
#include "views/explain/explain.h"

struct watch {
	const struct view_env *env;
	struct explainer explainer;
	struct out out;
};

static int watch_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	w->env = env;
	if (explainer_open(env->opts, &w->explainer)) {
		free(w);
		(void)snprintf(err, errlen, "without a look at ports no call can be explained");
		return -EIO;
	}
	*ret_state = w;
	return 0;
}

static void endpoint_of(const struct twt_event *ev, const __u8 addr[16], __u16 port, struct endpoint *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->family = ev->family;
	ret->port = port;
	memcpy(ret->addr, addr, sizeof(ret->addr));
}

/* What the call asked, as a question. False: ports have nothing to do with it, or it says all itself. */
static bool question_of(const struct twt_event *ev, struct question *q)
{
	memset(q, 0, sizeof(*q));
	q->netns = ev->netns;
	q->reuseaddr = ev->arg0 & TWT_CALL_REUSEADDR;
	q->reuseport = ev->arg0 & TWT_CALL_REUSEPORT;
	q->v6only = ev->arg0 & TWT_CALL_V6ONLY;
	q->uid = (__u32)ev->arg1;
	switch (ev->arg0 & TWT_CALL_WHICH) {
	case TWT_CALL_BIND:
		q->what = EXPLAIN_BIND;
		endpoint_of(ev, ev->laddr, ev->lport, &q->addr);
		return ev->lport && (ev->err == EADDRINUSE || ev->err == EADDRNOTAVAIL || ev->err == EACCES);
	case TWT_CALL_LISTEN:
		q->what = EXPLAIN_LISTEN;
		q->inode = ev->arg0 >> 32;
		endpoint_of(ev, ev->laddr, ev->lport, &q->addr);
		return ev->lport && ev->err == EADDRINUSE;
	default:
		q->what = EXPLAIN_CONNECT;
		q->is_bound = true;
		endpoint_of(ev, ev->raddr, ev->rport, &q->addr);
		endpoint_of(ev, ev->laddr, ev->lport, &q->from);
		if (!ev->lport && addr_is_any(ev->laddr))
			q->from.family = 0;
		return ev->rport && (ev->err == EADDRNOTAVAIL || ev->err == ENETUNREACH || ev->err == EHOSTUNREACH);
	}
}

/* A call without a port of its own that finds none: the sentence that no look can give. */
static const char *without_port(const struct twt_event *ev)
{
	if ((ev->arg0 & TWT_CALL_WHICH) == TWT_CALL_CONNECT || ev->lport || ev->err != EADDRINUSE)
		return NULL;
	return "With port 0 the kernel chooses one for all destinations together: each port of net.ipv4.ip_local_port_range is held at this address. A client "
	       "that sets IP_BIND_ADDRESS_NO_PORT before bind() has that range for each destination.";
}

static int explain_it(struct watch *w, const struct twt_event *ev)
{
	const char *sentence = without_port(ev);
	struct question q;
	struct answer a;
	char err[256];

	if (sentence && !w->env->opts->json)
		strbuf_addf(&w->out.b, "  %s\n", sentence);
	else if (question_of(ev, &q)) {
		q.dev = (__u32)(ev->arg1 >> 32);
		if (explain_ask(&w->explainer, &q, &a, err, sizeof(err)))
			return 0;	/* the namespace is gone, or closed to us: the call itself was told */
		if (w->env->opts->json)
			explain_json(&a, &w->explainer, &w->out.b);
		else
			explain_text(&a, &w->explainer, &w->out.b);
		explain_free(&a);
	}
	return w->out.b.len ? out_line(&w->out, w->env) : 0;
}

static int watch_event(void *state, const struct twt_event *ev)
{
	struct watch *w = state;
	int shown;

	if (ev->kind != TWT_CALL)
		return 0;
	shown = call_line(&w->out, w->env, ev);
	return shown > 0 ? explain_it(w, ev) : shown;
}

static int watch_end(void *state, __u64 now_ns)
{
	struct watch *w = state;
	int err = out_losses(&w->out, w->env, now_ns);

	return err ? err : out_flush(w->env);
}

static void watch_close(void *state)
{
	struct watch *w = state;

	if (!w)
		return;
	explainer_close(&w->explainer);
	out_free(&w->out);
	free(w);
}

const struct view_ops view_explain = {
	.name = "explain",
	.summary = "would this bind() or connect() succeed now",
	.open = watch_open,
	.event = watch_event,
	.end = watch_end,
	.close = watch_close,
};
