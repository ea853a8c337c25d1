/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passwords against their hashes (crypt(3): bcrypt takes 50 ms and more). A process of its own does that, so that nobody waits for it; it has no privileges
 * and no descriptor but the one it is asked by. What was right once is remembered.
 */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include "http/web_config.h"

struct auth;
enum auth_verdict { AUTH_NO, AUTH_YES, AUTH_LATER, AUTH_BUSY };	/* BUSY: too many are waiting, or nobody checks any more */

/* Starts the process. @users outlive it. Returns 0 or a negative errno. */
int auth_new(const struct web_user *users, size_t n, struct auth **ret);
void auth_free(struct auth *a);			/* NULL is fine; the process ends */
int auth_fd(const struct auth *a);		/* readable when a verdict is there */
/* @authorization: the header, or NULL. AUTH_LATER: auth_read() says it, under the number in @ret_ticket. */
enum auth_verdict auth_ask(struct auth *a, const char *authorization, __u64 *ret_ticket);
/* The next verdict. Returns 1, or 0: none is there. */
int auth_read(struct auth *a, __u64 *ret_ticket, bool *ret_ok);
bool auth_is_dead(const struct auth *a);
#endif
