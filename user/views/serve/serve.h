/* SPDX-License-Identifier: GPL-2.0-only */
/* The view serve, shared by its files: serve.c (when), routes.c (paths), metrics.c (the exposition), ask.c (--check and the table of metrics). */
#ifndef VIEWS_SERVE_SERVE_H
#define VIEWS_SERVE_SERVE_H
#include "core/metrics/metrics.h"
#include "core/ports/listen/listeners.h"
#include "core/ports/ports.h"
#include "http/server.h"
#include "views/out.h"
#include "views/serve/findings.h"
#include "views/serve/pages.h"
#include "views/view.h"

#define BODY_AGE_NS 200000000ULL	/* who asks more often gets the same answer again */

struct serve_view {
	const struct view_env *env;
	struct out out;
	struct metrics *metrics;
	struct ports *ports;
	struct listeners *listeners;
	struct findings *findings;	/* NULL: nobody asked for them */
	struct pages pages;		/* .live is NULL: --once */
	struct http *http;		/* NULL: --once */
	const struct http_route *routes;
	__u64 mono_ns, base_ns;
	__u64 watchdog_ns, watched_ns;	/* how often a service manager wants to hear of us; when it did */
	struct { struct http_body *body; __u64 made_ns; } exposed[2];	/* text, OpenMetrics */
	/* Losses, looked at once in an interval. */
	__u64 lost, lost_at_ns;		/* at the last interval; when it last grew, by the loop's clock; 0: never */
};

/* The routes, in the order in which they are counted. */
extern const struct http_route serve_routes[];

/* "key=value" of the source's description; "" where it has none. */
void serve_about(const struct view_env *env, const char *key, char *ret, size_t size);
/* All metrics as they are now, added to @b. Returns 0 or -ENOMEM. */
int serve_expose(struct serve_view *v, bool openmetrics, struct strbuf *b);
struct options;
/* serve --check URL, serve --metrics-list. Returns an exit code. */
int cmd_serve(const struct options *o);
#endif
