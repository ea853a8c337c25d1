/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/ports/whatif/whatif.h"
#include "core/text/portlist.h"

struct setting;
typedef int (*taker)(struct what_if *w, const struct setting *s, const char *value);
struct setting { const char *name; taker take; __u32 id, max; const char *is; };

static int number(const char *text, __u32 max, __u32 *ret)
{
	__u64 n = 0;

	if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	for (; *text; text++)
		n = n * 10 + (__u64)(*text - '0');
	if (n > max)
		return -EINVAL;
	*ret = (__u32)n;
	return 0;
}

static int take_number(struct what_if *w, const struct setting *s, const char *value)
{
	__u32 n;

	if (number(value, s->max, &n))
		return -EINVAL;
	w->params.value[s->id] = n;
	return 0;
}

static int take_range(struct what_if *w, const struct setting *s, const char *value)
{
	(void)s;
	return port_range_parse(value, &w->params.lo, &w->params.hi);
}

static int add_range(void *ctx, __u16 lo, __u16 hi)
{
	portset_add_range(ctx, lo, hi);
	return 0;
}

static int take_list(struct what_if *w, const struct setting *s, const char *value)
{
	(void)s;
	memset(&w->params.reserved, 0, sizeof(w->params.reserved));
	return port_list_parse(value, add_range, &w->params.reserved);
}

static int take_close(struct what_if *w, const struct setting *s, const char *value)
{
	static const char keepalive[] = "keepalive:";

	(void)s;
	if (!strcmp(value, "peer") || !strcmp(value, "reset")) {
		w->no_wait = true;
	} else if (!strncmp(value, keepalive, strlen(keepalive))) {
		if (number(value + strlen(keepalive), 1000000000, &w->requests) || w->requests < 1)
			return -EINVAL;
	} else {
		return -EINVAL;
	}
	return 0;
}

static const struct setting settings[] = {
	{ "tcp_tw_reuse", take_number, TWT_SC_TW_REUSE, 2, "0, 1 or 2" },
	{ "tcp_tw_reuse_delay", take_number, TWT_SC_TW_REUSE_DELAY, 60000, "milliseconds, up to 60000" },
	{ "tcp_timestamps", take_number, TWT_SC_TIMESTAMPS, 2, "0, 1 or 2" },
	{ "ip_local_port_range", take_range, TWT_SC_PORT_RANGE, 0, "two ports, for example 1024-65535" },
	{ "ip_local_reserved_ports", take_list, TWT_SC_RESERVED_PORTS, 0, "a list of ports, for example 8080,9000-9010" },
	{ "close", take_close, 0, 0, "peer, reset or keepalive:N, N requests over each connection" },
};

int what_if_parse(struct what_if *w, const char *text, char *err, size_t errlen)
{
	size_t len = strcspn(text, "="), i;

	if (!strncmp(text, "net.ipv4.", 9) && len > 9) {	/* as sysctl writes it */
		text += 9;
		len -= 9;
	}
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];

		if (strlen(s->name) != len || strncmp(s->name, text, len) != 0)
			continue;
		if (!text[len] || s->take(w, s, text + len + 1)) {
			(void)snprintf(err, errlen, "bad setting '%s' of --what-if; %s is %s", text, s->name, s->is);
			return -EINVAL;
		}
		w->set |= s->id ? 1U << s->id : 0;
		w->params.known |= s->id ? 1U << s->id : 0;
		return 0;
	}
	(void)snprintf(err, errlen, "unknown setting '%s' of --what-if; there are: tcp_tw_reuse, tcp_tw_reuse_delay, tcp_timestamps, "
		       "ip_local_port_range, ip_local_reserved_ports, close", text);
	return -EINVAL;
}
