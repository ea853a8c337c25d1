/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tracer may do: checked before the kernel says a bare "no", given up once all is attached. */
#ifndef HOST_PRIVS_H
#define HOST_PRIVS_H
#include <stdbool.h>
#include <stddef.h>

/* Returns 0, or -EPERM with one sentence in @err: what is missing and a command that grants it. */
int privs_check(char *err, size_t errlen);
/*
 * Keep CAP_BPF and CAP_PERFMON of what we have (CAP_SYS_ADMIN where it stands in for them), with @keep_netns
 * also what is needed to enter other network namespaces for a new snapshot (CAP_SYS_ADMIN, CAP_SYS_PTRACE);
 * gain nothing ever again (no_new_privs). With @keep_files also what is needed to read which files processes have mapped, and those files (CAP_SYS_PTRACE,
 * CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH). Returns 0 or a negative errno.
 */
int privs_drop(bool keep_netns, bool keep_files);
/* May we look at every process (CAP_SYS_PTRACE)? */
bool privs_may_see_processes(void);
/* Do we have what @keep_files keeps? In @ret, if not NULL, a word for each that is missing, with commas. */
bool privs_may_read_files(char *ret, size_t len);
/*
 * Come before others (nice -10), where we may and nobody asked for another niceness: on processors that are all busy a reader with a fair
 * share falls behind what the kernel sends. What it takes, it would take anyhow, later.
 */
void privs_hurry(void);
#endif
