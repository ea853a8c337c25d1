// SPDX-License-Identifier: GPL-2.0-only
#include "host/kcounters.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *group, *name; enum twt_counter id; } wanted[] = {
	{ "TcpExt:", "TW", TWT_C_TW },
	{ "TcpExt:", "TWKilled", TWT_C_TWKILLED },
	{ "TcpExt:", "TWRecycled", TWT_C_TWRECYCLED },
	{ "TcpExt:", "TCPTimeWaitOverflow", TWT_C_TW_OVERFLOW },
	{ "Tcp:", "ActiveOpens", TWT_C_ACTIVE_OPENS },
	{ "Tcp:", "PassiveOpens", TWT_C_PASSIVE_OPENS },
	{ "Tcp:", "EstabResets", TWT_C_ESTAB_RESETS },
	{ "Tcp:", "AttemptFails", TWT_C_ATTEMPT_FAILS },
	{ "TcpExt:", "ListenOverflows", TWT_C_LISTEN_OVERFLOWS },
	{ "TcpExt:", "ListenDrops", TWT_C_LISTEN_DROPS },
	{ "TcpExt:", "TCPReqQFullDrop", TWT_C_REQQ_DROPS },
	{ "TcpExt:", "TCPReqQFullDoCookies", TWT_C_REQQ_COOKIES },
	{ "TcpExt:", "SyncookiesSent", TWT_C_COOKIES_SENT },
	{ "TcpExt:", "SyncookiesRecv", TWT_C_COOKIES_RECV },
	{ "TcpExt:", "SyncookiesFailed", TWT_C_COOKIES_FAILED },
};

/* One pair of lines: names, then values, the same number of words. */
static void take_pair(char *names, char *values, __u64 *ret)
{
	char *n, *v, *ns = NULL, *vs = NULL;
	const char *group;
	size_t i;

	group = n = strtok_r(names, " \n", &ns);
	v = strtok_r(values, " \n", &vs);
	if (!n || !v || strcmp(n, v))
		return;
	while ((n = strtok_r(NULL, " \n", &ns)) && (v = strtok_r(NULL, " \n", &vs))) {
		for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			if (!strcmp(wanted[i].group, group) && !strcmp(wanted[i].name, n))
				ret[wanted[i].id] = strtoull(v, NULL, 10);
		}
	}
}

static int read_pairs(const char *path, __u64 *ret)
{
	char *names = NULL, *values = NULL;
	size_t nn = 0, nv = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	while (getline(&names, &nn, f) > 0 && getline(&values, &nv, f) > 0)
		take_pair(names, values, ret);
	free(names);
	free(values);
	fclose(f);
	return 0;
}

static int read_sockstat(__u64 *ret)
{
	FILE *f = fopen("/proc/thread-self/net/sockstat", "re");
	unsigned long long tw;
	char line[256];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		const char *at = strncmp(line, "TCP:", 4) ? NULL : strstr(line, " tw ");

		if (at && sscanf(at, " tw %llu", &tw) == 1)
			ret[TWT_C_SOCKSTAT_TW] = tw;
	}
	fclose(f);
	return 0;
}

int kcounters_read(__u64 ret[TWT_C_KERNEL_MAX])
{
	__u64 c[TWT_C_KERNEL_MAX] = { 0 };
	int err = read_pairs("/proc/thread-self/net/snmp", c);

	if (!err)
		err = read_pairs("/proc/thread-self/net/netstat", c);
	if (!err)
		err = read_sockstat(c);
	if (!err)
		memcpy(ret, c, sizeof(c));
	return err;
}
