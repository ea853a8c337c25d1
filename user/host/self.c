// SPDX-License-Identifier: GPL-2.0-only
#include "host/self.h"
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "host/proc.h"

static __u64 rss(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long long size, resident = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	(void)fclose(f);
	return resident * (__u64)sysconf(_SC_PAGESIZE);
}

/* Without the one that is open to count them. */
static __u64 fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	const struct dirent *e;
	__u64 n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		(void)closedir(d);
	return n ? n - 1 : 0;
}

static __u64 ns_of(clockid_t clock)
{
	struct timespec ts;

	return clock_gettime(clock, &ts) ? 0 : (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

void self_look(struct self *ret)
{
	struct rlimit limit = { 0, 0 };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	*ret = (struct self){
		.cpu_ns = ns_of(CLOCK_PROCESS_CPUTIME_ID),
		.rss_bytes = rss(),
		.open_fds = fds(),
		.max_fds = limit.rlim_cur,
		/* Both clocks move together: to the millisecond it is the same each time. */
		.start_ns = (ns_of(CLOCK_REALTIME) - ns_of(CLOCK_BOOTTIME) + proc_start_ms((__u32)getpid()) * 1000000ULL) / 1000000 * 1000000,
	};
}
