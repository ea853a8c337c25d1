// SPDX-License-Identifier: GPL-2.0-only
#include "host/sysctl.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/sysctl.h"
#include "core/text/portlist.h"

struct sink { void (*tell)(void *ctx, const struct twt_event *ev); void *ctx; struct twt_event ev; };

static void send(struct sink *s, __u16 lo, __u16 hi, __u64 arg0)
{
	s->ev.lport = lo;
	s->ev.rport = hi;
	s->ev.arg0 = arg0;
	s->tell(s->ctx, &s->ev);
}

static int take_number(struct sink *s, const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || errno)
		return -EINVAL;
	send(s, 0, 0, (__u64)n);
	return 0;
}

static int take_range(struct sink *s, const char *text)
{
	__u16 lo, hi;

	if (port_range_parse(text, &lo, &hi))
		return -EINVAL;
	send(s, lo, hi, 0);
	return 0;
}

static int one_of_list(void *ctx, __u16 lo, __u16 hi)
{
	struct sink *s = ctx;

	send(s, lo, hi, s->ev.arg0 + 1);
	return 0;
}

static int take_list(struct sink *s, const char *text)
{
	send(s, 0, 0, 0);	/* begins the list anew, be it empty */
	return port_list_parse(text, one_of_list, s);
}

static const struct {
	enum twt_sysctl id;
	const char *dir;
	int (*take)(struct sink *s, const char *text);
} wanted[] = {
	{ TWT_SC_PORT_RANGE, "ipv4", take_range },
	{ TWT_SC_RESERVED_PORTS, "ipv4", take_list },
	{ TWT_SC_TW_REUSE, "ipv4", take_number },
	{ TWT_SC_TW_REUSE_DELAY, "ipv4", take_number },
	{ TWT_SC_TIMESTAMPS, "ipv4", take_number },
	{ TWT_SC_UNPRIVILEGED_PORT_START, "ipv4", take_number },
	{ TWT_SC_AUTOBIND_REUSE, "ipv4", take_number },
	{ TWT_SC_SOMAXCONN, "core", take_number },
	{ TWT_SC_SYNCOOKIES, "ipv4", take_number },
	{ TWT_SC_MAX_SYN_BACKLOG, "ipv4", take_number },
	{ TWT_SC_ABORT_ON_OVERFLOW, "ipv4", take_number },
	{ TWT_SC_FIN_TIMEOUT, "ipv4", take_number },
	{ TWT_SC_MAX_TW_BUCKETS, "ipv4", take_number },
	{ TWT_SC_SYN_RETRIES, "ipv4", take_number },
	{ TWT_SC_SYNACK_RETRIES, "ipv4", take_number },
	{ TWT_SC_RFC1337, "ipv4", take_number },
	{ TWT_SC_CONNTRACK_COUNT, "netfilter", take_number },
	{ TWT_SC_CONNTRACK_MAX, "netfilter", take_number },
	{ TWT_SC_CONNTRACK_TIME_WAIT, "netfilter", take_number },
};

int sysctl_read(void (*tell)(void *ctx, const struct twt_event *ev), void *ctx)
{
	struct sink s = { .tell = tell, .ctx = ctx };
	char path[128], *line = NULL;
	size_t cap = 0, i;
	int n = 0;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/sys/net/%s/%s", wanted[i].dir, sysctl_name(wanted[i].id));
		f = fopen(path, "re");
		if (!f)
			continue;
		memset(&s.ev, 0, sizeof(s.ev));
		s.ev.size = TWT_EVENT_SHORT;
		s.ev.version = TWT_VERSION;
		s.ev.kind = TWT_SYSCTL;
		s.ev.aux = wanted[i].id;
		if (getline(&line, &cap, f) > 0)
			n += !wanted[i].take(&s, line);
		fclose(f);
	}
	free(line);
	return n;
}
