// SPDX-License-Identifier: GPL-2.0-only
/* Always on: what is counted, for whoever asks over HTTP. */
#include "views/serve/serve.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "run/log.h"
#include "run/notify.h"
#include "run/opts.h"
#include "source/source.h"

#define LOOKS_NS 2000000000ULL	/* at listeners: queues of a scrape are not older */

static void serve_close(void *state)
{
	struct serve_view *v = state;

	if (!v)
		return;
	for (size_t i = 0; i < 2; i++)
		http_body_unref(v->exposed[i].body);
	http_close(v->http);		/* pages go with their clients */
	moments_free(v->pages.moments);
	live_close(v->pages.live);
	metrics_free(v->metrics);
	ports_free(v->ports);
	listeners_free(v->listeners);
	findings_free(v->findings);
	out_free(&v->out);
	free(v);
}

static int listen_for(struct serve_view *v, char *err, size_t errlen)
{
	const struct options *o = v->env->opts;
	struct http_config cfg = {
		.listen = o->serve.listen, .n_listen = o->serve.n_listen, .insecure = o->serve.insecure,
		.hosts = o->serve.hosts, .n_hosts = o->serve.n_hosts, .web_config = o->serve.web_config,
	};
	struct strbuf b = { 0 };
	int e = http_open(&cfg, serve_routes, v, &v->http, err, errlen);

	if (e)
		return e;
	http_say(v->http, &b);
	if (!o->quiet)
		log_info("Listening at %s", b.s ? b.s : "");
	strbuf_free(&b);
	return 0;
}

static int serve_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	const struct options *o = env->opts;
	struct metrics_config cfg = {
		.labels = o->serve.labels,
		.top = o->top_given ? (unsigned int)o->top : 20,
		.stuck_ns = (__u64)(o->stuck_s * 1e9),
	};
	struct serve_view *v = calloc(1, sizeof(*v));
	char kernel[64];
	int e;

	if (cfg.top > SERVE_TOP_MAX) {
		(void)snprintf(err, errlen, "--top of serve is at most %d: each one is a dozen of series and more", SERVE_TOP_MAX);
		free(v);
		return -EINVAL;
	}
	if (v) {
		v->env = env;
		v->routes = serve_routes;
		v->watchdog_ns = notify_watchdog_ns();
		v->metrics = metrics_new(&cfg, env->tracker);
		v->ports = ports_new(PORTS_BY_DEST);
		v->listeners = listeners_new();
	}
	if (!v || !v->metrics || !v->ports || !v->listeners) {
		serve_close(v);
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	env->wants->listeners = o->serve.labels.lport;
	env->wants->every_ns = LOOKS_NS;
	if (o->serve.findings) {
		serve_about(env, "kernel", kernel, sizeof(kernel));
		v->findings = findings_new(env, kernel);
		if (!v->findings) {
			serve_close(v);
			(void)snprintf(err, errlen, "out of memory");
			return -ENOMEM;
		}
	}
	e = o->serve.once ? 0 : live_open(env, &v->pages.live, err, errlen);
	/* Without a filter both tell of the same destinations. */
	if (!e && v->pages.live && filter_is_empty(env->filter))
		live_lend_ports(v->pages.live, v->ports);
	if (!e && !o->serve.once)
		e = moments_new(env, &v->pages.moments);
	if (!e && v->pages.moments)
		live_set_span(v->pages.live, moments_span(v->pages.moments));
	if (!e && !o->serve.once)
		e = listen_for(v, err, errlen);
	if (e) {
		serve_close(v);
		return e;
	}
	*ret_state = v;
	return 0;
}

static int serve_event(void *state, const struct twt_event *ev)
{
	struct serve_view *v = state;
	int err;

	metrics_event(v->metrics, ev);
	if (v->pages.moments)
		moments_event(v->pages.moments, ev);
	err = v->pages.live ? live_event(v->pages.live, ev) : 0;
	if (ev->kind < TWT_SNAP)	/* what happens to a connection is told by the tracker */
		return err;
	if (!err)
		err = listeners_event(v->listeners, ev);
	if (!err)
		err = findings_event(v->findings, ev);
	return err || ev->kind == TWT_CALL ? err : ports_event(v->ports, ev);
}

static int serve_transition(void *state, const struct transition *tr)
{
	struct serve_view *v = state;
	const struct actors *as = tracker_actors(v->env->tracker);
	int err = listeners_transition(v->listeners, tr, as);

	metrics_transition(v->metrics, tr);
	if (!err && v->pages.live)
		err = live_transition(v->pages.live, tr);
	if (!err)
		err = findings_transition(v->findings, tr);
	return err ? err : ports_transition(v->ports, tr, as, true);
}

static int serve_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct serve_view *v = state;
	int err = v->pages.live ? live_closed(v->pages.live, c, ts_ns) : 0;

	metrics_closed(v->metrics, c, ts_ns);
	if (!err)
		err = findings_closed(v->findings, c, ts_ns);
	return err ? err : ports_closed(v->ports, c, tracker_actors(v->env->tracker), ts_ns);
}

static int serve_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	struct serve_view *v = state;
	int err = v->pages.live ? live_gone(v->pages.live, c, ts_ns) : 0;

	metrics_gone(v->metrics, c, ts_ns);
	if (!err)
		err = findings_gone(v->findings, c, ts_ns);
	return err ? err : ports_gone(v->ports, c, tracker_actors(v->env->tracker), ts_ns);
}

static int serve_accepted(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	struct serve_view *v = state;
	int err = v->pages.live ? live_accepted(v->pages.live, c, ts_ns, wait_ns, by_use) : 0;

	if (!err)
		err = findings_accepted(v->findings, c, wait_ns, by_use);
	return err ? err : listeners_accepted(v->listeners, c, wait_ns, by_use);
}

static void note_losses(struct serve_view *v)
{
	__u64 lost[LOSS_MAX], sum = 0;

	tracker_losses(v->env->tracker, lost);
	for (int i = 0; i < LOSS_MAX; i++)
		sum += lost[i];
	if (sum != v->lost)
		v->lost_at_ns = v->mono_ns;
	v->lost = sum;
}

static int serve_interval(void *state, __u64 boundary_ns)
{
	const struct listener *const *rows;
	struct serve_view *v = state;
	size_t n;
	int err;

	if (!v->base_ns && v->http)	/* all sockets that existed are in the table */
		notify_manager("READY=1");
	v->base_ns = boundary_ns;
	if (v->pages.moments)
		moments_base(v->pages.moments, boundary_ns);
	note_losses(v);
	if (!v->pages.live || !live_looks_at_ports(v->pages.live))
		ports_next(v->ports);
	listeners_interval(v->listeners);
	err = listeners_rows(v->listeners, LISTENERS_BY_PORT, &rows, &n);
	if (!err)
		metrics_listeners(v->metrics, rows, n);
	return err;
}

static int serve_settled(void *state, __u64 now_ns)
{
	struct serve_view *v = state;

	if (v->pages.moments)
		moments_whole(v->pages.moments, now_ns);
	return 0;
}

static int serve_end(void *state, __u64 now_ns)
{
	struct serve_view *v = state;
	int err = 0;

	(void)now_ns;
	if (!v->env->opts->serve.once)
		return 0;
	err = serve_expose(v, false, &v->out.b);
	if (!err)
		err = out_line(&v->out, v->env);
	return err ? err : out_flush(v->env);
}

static int serve_fd(const void *state)
{
	const struct serve_view *v = state;

	return v->http ? http_fd(v->http) : -1;
}

static int serve_clients(void *state, __u64 mono_ns)
{
	struct serve_view *v = state;
	int more, err;

	v->mono_ns = mono_ns;
	if (v->watchdog_ns && mono_ns >= v->watched_ns + v->watchdog_ns) {
		v->watched_ns = mono_ns;
		notify_manager("WATCHDOG=1");
	}
	more = pages_turn(&v->pages, mono_ns);
	err = more < 0 ? more : http_turn(v->http, mono_ns);
	return err ? err : more;
}

const struct view_ops view_serve = {
	.name = "serve",
	.summary = "a live page and metrics for Prometheus over HTTP, at 127.0.0.1:19293 and [::1]:19293 unless told: always on, bounded",
	.may_want_listeners = true,
	.unhurried = true,	/* who asks wakes us */
	.open = serve_open,
	.event = serve_event,
	.transition = serve_transition,
	.closed = serve_closed,
	.gone = serve_gone,
	.accepted = serve_accepted,
	.interval = serve_interval,
	.settled = serve_settled,
	.end = serve_end,
	.close = serve_close,
	.clients_fd = serve_fd,
	.clients = serve_clients,
};
