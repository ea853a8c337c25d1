/* SPDX-License-Identifier: GPL-2.0-only */
#include "host/privs.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define INIT_USER_NS 4026531837UL	/* PROC_USER_INIT_INO: the same on every kernel */

static bool has(cap_t caps, cap_value_t cap, cap_flag_t set)
{
	cap_flag_value_t v = CAP_CLEAR;

	/* A kernel without that capability (before 5.8) makes this fail: not there. */
	return !cap_get_flag(caps, cap, set, &v) && v == CAP_SET;
}

int privs_check(char *err, size_t errlen)
{
	char self[PATH_MAX] = "twtrace";
	bool bpf, perfmon;
	struct stat st;
	ssize_t n;
	cap_t caps;

	caps = cap_get_proc();
	if (!caps)
		return 0;	/* let the kernel decide */
	bpf = has(caps, CAP_BPF, CAP_EFFECTIVE) || has(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE);
	perfmon = has(caps, CAP_PERFMON, CAP_EFFECTIVE) || has(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE);
	cap_free(caps);
	if (bpf && perfmon) {
		/* Capabilities of a user namespace do not count for BPF. */
		if (!stat("/proc/self/ns/user", &st) && st.st_ino != INIT_USER_NS) {
			(void)snprintf(err, errlen, "capabilities of a user namespace are not enough to "
				       "trace the kernel: run twtrace outside of it, as root of the host");
			return -EPERM;
		}
		return 0;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0)
		self[n] = '\0';
	(void)snprintf(err, errlen, "tracing needs %s: run it with sudo, or grant it once with: "
		       "sudo setcap cap_bpf,cap_perfmon=ep %s",
		       bpf ? "the capability CAP_PERFMON" : perfmon ? "the capability CAP_BPF" :
		       "the capabilities CAP_BPF and CAP_PERFMON", self);
	return -EPERM;
}

bool privs_may_see_processes(void)
{
	cap_t caps = cap_get_proc();
	bool may = caps && has(caps, CAP_SYS_PTRACE, CAP_EFFECTIVE);

	cap_free(caps);
	return may;
}

static const struct { cap_value_t cap; const char *name; } for_files[] = {
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" }, { CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE" }, { CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH" },
};
#define N_FOR_FILES ((int)(sizeof(for_files) / sizeof(for_files[0])))

bool privs_may_read_files(char *ret, size_t len)
{
	cap_t caps = cap_get_proc();
	size_t used = 0;
	bool all = true;

	if (len)
		ret[0] = '\0';
	for (int i = 0; caps && i < N_FOR_FILES; i++) {
		if (has(caps, for_files[i].cap, CAP_EFFECTIVE))
			continue;
		all = false;
		if (used < len)
			used += (size_t)snprintf(ret + used, len - used, "%s%s", used ? ", " : "", for_files[i].name);
	}
	if (caps)
		cap_free(caps);
	return all;
}

/* Not twice: @keep may have it already. */
static int keep_one(const cap_value_t *keep, int n, cap_value_t cap)
{
	for (int i = 0; i < n; i++)
		if (keep[i] == cap)
			return 0;
	return 1;
}

int privs_drop(bool keep_netns, bool keep_files)
{
	cap_value_t keep[4 + N_FOR_FILES];
	cap_t now, want;
	int n = 0, err = 0;
	bool has_pair;

	/* A file capability or a setuid program could give back what is dropped below. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	now = cap_get_proc();
	if (!now)
		return -errno;
	want = cap_init();
	if (!want) {
		err = -errno;
		goto out;
	}
	has_pair = has(now, CAP_BPF, CAP_PERMITTED) && has(now, CAP_PERFMON, CAP_PERMITTED);
	if (has(now, CAP_BPF, CAP_PERMITTED))
		keep[n++] = CAP_BPF;
	if (has(now, CAP_PERFMON, CAP_PERMITTED))
		keep[n++] = CAP_PERFMON;
	if ((keep_netns || !has_pair) && has(now, CAP_SYS_ADMIN, CAP_PERMITTED))
		keep[n++] = CAP_SYS_ADMIN;
	if (keep_netns && has(now, CAP_SYS_PTRACE, CAP_PERMITTED))
		keep[n++] = CAP_SYS_PTRACE;
	for (int i = 0; keep_files && i < N_FOR_FILES; i++) {
		if (!has(now, for_files[i].cap, CAP_PERMITTED) || !keep_one(keep, n, for_files[i].cap))
			continue;
		keep[n++] = for_files[i].cap;
	}
	if ((n && (cap_set_flag(want, CAP_PERMITTED, n, keep, CAP_SET) ||
		   cap_set_flag(want, CAP_EFFECTIVE, n, keep, CAP_SET))) || cap_set_proc(want))
		err = -errno;
out:
	cap_free(want);
	cap_free(now);
	return err;
}

void privs_hurry(void)
{
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) == 0 && !errno)
		(void)setpriority(PRIO_PROCESS, 0, -10);	/* not allowed: then not */
}
