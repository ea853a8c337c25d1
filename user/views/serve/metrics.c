// SPDX-License-Identifier: GPL-2.0-only
/* The exposition: what the core counted, and what only the program knows about itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/self.h"
#include "views/serve/serve.h"

void serve_about(const struct view_env *env, const char *key, char *ret, size_t size)
{
	size_t len = strlen(key);

	ret[0] = '\0';
	for (const char *s = env->about; *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (!strncmp(s, key, len) && s[len] == '=')
			(void)snprintf(ret, size, "%.*s", (int)strcspn(s + len + 1, "\n"), s + len + 1);
}

/* Of a recording that of who recorded it. */
static void write_build(const struct serve_view *v, struct expo *x)
{
	char version[64], kernel[96], name[48];
	struct expo_label l[2] = { { "version", version }, { "kernel", kernel } };

	serve_about(v->env, "twtrace", version, sizeof(version));
	serve_about(v->env, "kernel", kernel, sizeof(kernel));
	expo_family(x, M_BUILD);
	expo_u64(x, l, 2, 1);
	expo_family(x, M_HOOK_LOADED);
	for (const char *s = v->env->about; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		const char *is = strchr(s, '=');

		if (strncmp(s, "hook.", 5) != 0 || !is || is - s >= (long)sizeof(name))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)(is - s - 5), s + 5);
		expo_u64(x, &(struct expo_label){ "hook", name }, 1, !strncmp(is, "=yes", 4));
	}
}

static void write_server(const struct serve_view *v, struct expo *x)
{
	char code[8];

	expo_family(x, M_HTTP_REQUESTS);
	for (size_t i = 0;; i++) {
		const char *path = v->routes[i].path;

		for (size_t k = 0; k < HTTP_CODES; k++) {
			__u64 n = http_count(v->http, i, (unsigned int)k);

			/* What was never answered so stands there as 0 where it is the usual answer. */
			if (!n && http_codes[k] != (path ? 200 : 404))
				continue;
			(void)snprintf(code, sizeof(code), "%u", http_codes[k]);
			expo_u64(x, (struct expo_label[2]){ { "path", path ? path : "other" }, { "code", code } }, 2, n);
		}
		if (!path)
			break;
	}
	expo_family(x, M_HTTP_CLIENTS);
	expo_u64(x, NULL, 0, http_clients(v->http));
	expo_family(x, M_STREAM_CLIENTS);
	expo_u64(x, NULL, 0, http_streams(v->http));
	expo_family(x, M_STREAM_CLIENTS_DROPPED);
	expo_u64(x, NULL, 0, http_dropped(v->http));
}

static void write_process(struct expo *x)
{
	struct self self;

	self_look(&self);
	expo_family(x, M_CPU);
	expo_ns(x, NULL, 0, self.cpu_ns);
	expo_family(x, M_RSS);
	expo_u64(x, NULL, 0, self.rss_bytes);
	expo_family(x, M_FDS);
	expo_u64(x, NULL, 0, self.open_fds);
	expo_family(x, M_MAX_FDS);
	expo_u64(x, NULL, 0, self.max_fds);
	expo_family(x, M_START_TIME);
	expo_ns(x, NULL, 0, self.start_ns);
}

static int look(struct serve_view *v)
{
	__u64 now = tracker_now(v->env->tracker);
	struct metrics_beside beside = { 0 };
	struct ports_row **rows = NULL;
	int err;

	err = ports_look_all(v->ports, now, v->env->tracker, NULL);
	if (!err)
		err = ports_rows(v->ports, 0, tracker_actors(v->env->tracker), &rows, &beside.n_ports);
	if (!err)
		err = listeners_rows(v->listeners, LISTENERS_BY_PORT, &beside.listeners, &beside.n_listeners);
	beside.ports = rows;
	if (!err)
		metrics_look(v->metrics, now, &beside);
	return err;
}

int serve_expose(struct serve_view *v, bool openmetrics, struct strbuf *b)
{
	struct expo x = { .out = b, .openmetrics = openmetrics };
	int err = look(v);

	if (err)
		return err;
	write_build(v, &x);
	if (v->http)
		write_server(v, &x);
	if (v->env->live)
		write_process(&x);
	err = findings_write(v->findings, &x, tracker_now(v->env->tracker));
	if (err)
		return err;
	metrics_write(v->metrics, &x);
	expo_end(&x);
	return b->failed ? -ENOMEM : 0;
}
