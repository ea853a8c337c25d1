/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program behind "--": run as the user who called sudo, ended with us, its exit code handed through.
 *
 * A keeper stands between: a process of ours that starts the program, collects what it leaves behind (PR_SET_CHILD_SUBREAPER: a daemon's
 * orphans become the keeper's children) and ends all of it when we are gone, by SIGKILL too. It keeps the right to do that, which we give up
 * before we trace.
 */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H
#include <stdbool.h>
#include <sys/types.h>

struct program;

/* Exit codes as env(1), nice(1) and timeout(1) have them. */
#define PROGRAM_CANNOT_RUN 126
#define PROGRAM_NOT_FOUND 127

/*
 * Start the keeper, which waits. To be called before descriptors are open that are nobody's business, and before signals are blocked.
 * @quiet: what is a terminal of its standard streams becomes /dev/null, for a screen of ours. Returns 0, or an exit code having said why not.
 */
int program_prepare(char **argv, bool quiet, struct program **ret);
/* The keeper's pid, whose children and children's children the program is. */
pid_t program_keeper(const struct program *p);
/* Run it now. Once; later calls do nothing. */
void program_start(struct program *p);
/* Readable when there is something for program_read(). */
int program_fd(const struct program *p);
/* Take the keeper's news. Returns true when the program has ended, or could not be run (said on stderr). */
bool program_read(struct program *p);
bool program_has_ended(const struct program *p);
/* A signal for the program itself. */
void program_signal(struct program *p, int signo);
/*
 * Wait for the end of the keeper. @end_all: what is still there of the program and its children is ended before, by SIGTERM and a second later by
 * SIGKILL; else what the program left behind goes on. Returns the exit code: the program's own, 128 + N after signal N, 126 or 127.
 */
int program_finish(struct program *p, bool end_all);
void program_free(struct program *p);	/* NULL is fine; as program_finish() with @end_all if that was not called */
#endif
