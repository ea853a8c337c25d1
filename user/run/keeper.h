/* SPDX-License-Identifier: GPL-2.0-only */
/* The process between us and the program that we run: see program.h. */
#ifndef RUN_KEEPER_H
#define RUN_KEEPER_H
#include <stdbool.h>
#include <sys/types.h>

enum keeper_order {
	/* to the keeper */
	KEEPER_START, KEEPER_SIGNAL,	/* @arg: its number */
	KEEPER_END_ALL, KEEPER_LET_GO,
	/* from it */
	KEEPER_EXEC_FAILED,		/* @arg: errno */
	KEEPER_EXITED			/* @arg: status of waitpid() */
};
struct keeper_word { int what, arg; };

/* Whom to run as, where that is not us. */
#define KEEPER_GROUPS 512
struct keeper_user {
	bool other;
	uid_t uid;
	gid_t gid, groups[KEEPER_GROUPS];
	int n_groups;
	char name[64], home[256], shell[256];	/* "": unknown */
};

/* The user who called sudo, if root was called that way. Returns 0, or -EINVAL where the environment names none that can be. */
int keeper_find_user(struct keeper_user *ret);
/* In the child of a fork: serve @fd until the other end says so, or is gone. */
void keeper_main(int fd, char **argv, const struct keeper_user *user, bool quiet) __attribute__((noreturn));
#endif
