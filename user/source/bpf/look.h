/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look at every socket that holds a port: iter/tcp in each network namespace, then iter/task_file for those that are in no hash table and for owners.
 * It needs no tracing and no ring: `explain` takes one look, a live source one each interval where a view asks for it.
 */
#ifndef SOURCE_BPF_LOOK_H
#define SOURCE_BPF_LOOK_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

struct look;

/*
 * Load the programs. Returns 0; or -EPERM, -EOPNOTSUPP or another negative errno, with one sentence in @err. Takes some 100 ms.
 */
int look_open(bool verbose, struct look **ret, char *err, size_t errlen);
void look_close(struct look *l);	/* NULL is fine */

/* Start a look: at @only (n_only > 0) or all namespaces, at sockets with local port @lport or, if 0, all. Returns 0 or -errno. */
int look_start(struct look *l, const __u32 *only, size_t n_only, __u16 lport);
/*
 * Read the next some hundred records into the buffer of @l. Returns how many, 0 if the look is over, or -errno. They are valid until the next call.
 */
int look_step(struct look *l, const struct twt_look **ret);
bool look_active(const struct look *l);
size_t look_refused(const struct look *l);	/* namespaces that could not be entered, in the look before or now */
#endif
