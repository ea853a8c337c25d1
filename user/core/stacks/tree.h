/* SPDX-License-Identifier: GPL-2.0-only */
/* Code paths put together where they are the same from their beginning on: a tree, its root outermost, with sums. */
#ifndef CORE_STACKS_TREE_H
#define CORE_STACKS_TREE_H
#include "core/stacks/stacks.h"

#define TREE_COUNTS 4
#define TREE_NODES_MAX 262144	/* what comes beyond is counted in its parent */

struct path_tree;

struct path_tree *path_tree_new(void);		/* NULL without memory */
void path_tree_free(struct path_tree *t);	/* NULL is fine */
/* A path below @root (raw text, a process's name), behind which are so many. @s without frames is a leaf that says why. Returns 0 or -ENOMEM. */
int path_tree_add(struct path_tree *t, const char *root, const struct stack *s, const __u64 n[TREE_COUNTS]);
/*
 * Each node, parents first, siblings by falling first count and then by their text. @text is escaped already; @depth is 0 for roots. @fn returns 0 to go on.
 * Returns what @fn returned, or -ENOMEM.
 */
int path_tree_each(struct path_tree *t, int (*fn)(void *ctx, unsigned int depth, const char *text, const __u64 n[TREE_COUNTS]), void *ctx);
/* "ROOT;outermost;...;innermost" for flame-graph tools. */
void path_folded(struct strbuf *b, const char *root, const struct stack *s);
#endif
