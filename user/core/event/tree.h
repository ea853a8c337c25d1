/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processes that descend from one of ours, told by TWT_FORK in the order of their birth: a child is known before it can open a
 * socket, and stays known when it has exited. A process is (tgid, start time), so a pid that is used again is another's.
 */
#ifndef CORE_EVENT_TREE_H
#define CORE_EVENT_TREE_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

struct tree;

/*
 * @root: pid of the process whose children and children's children are meant, as its own pid namespace has it, and @start_ms its start in ms since
 * boot, to within a clock tick (10 ms): together they tell it from one of that number elsewhere. At most @limit processes are kept. NULL without memory.
 */
struct tree *tree_new(__u32 root, __u32 start_ms, size_t limit);
void tree_free(struct tree *t);			/* NULL is fine */
void tree_event(struct tree *t, const struct twt_event *ev);	/* all but TWT_FORK are ignored */
/* @tgid and @start_ms as in struct actor. */
bool tree_has(const struct tree *t, __u32 tgid, __u32 start_ms);
size_t tree_size(const struct tree *t);
__u64 tree_overflow(const struct tree *t);	/* processes that are not followed, since the tree was full */
#endif
