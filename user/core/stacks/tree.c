/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stacks/tree.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/fmt.h"

struct node {
	char *text;
	__u64 n[TREE_COUNTS];
	struct node **below;
	size_t n_below, cap;
};

struct path_tree {
	struct node top;
	size_t nodes;
};

struct path_tree *path_tree_new(void)
{
	return calloc(1, sizeof(struct path_tree));
}

/* No deeper than TWT_STACK_FRAMES and a root. */
static void node_clear(struct node *n)
{
	for (size_t i = 0; i < n->n_below; i++) {
		node_clear(n->below[i]);
		free(n->below[i]);
	}
	free(n->below);
	free(n->text);
}

void path_tree_free(struct path_tree *t)
{
	if (!t)
		return;
	node_clear(&t->top);
	free(t);
}

static struct node *node_add(struct node *parent, const char *text)
{
	struct node *n = calloc(1, sizeof(*n)), **more;
	size_t cap = parent->cap ? parent->cap * 2 : 2;

	if (!n)
		return NULL;
	n->text = strdup(text);
	if (n->text && parent->n_below == parent->cap) {
		more = realloc(parent->below, cap * sizeof(*more));
		if (more) {
			parent->below = more;
			parent->cap = cap;
		}
	}
	if (!n->text || parent->n_below == parent->cap) {
		free(n->text);
		free(n);
		return NULL;
	}
	parent->below[parent->n_below++] = n;
	return n;
}

/* The child of that text, made if there is none. NULL: no memory; @parent itself: no room. */
static struct node *child(struct path_tree *t, struct node *parent, const char *text)
{
	for (size_t i = 0; i < parent->n_below; i++)
		if (!strcmp(parent->below[i]->text, text))
			return parent->below[i];
	if (t->nodes >= TREE_NODES_MAX)
		return parent;
	t->nodes++;
	return node_add(parent, text);
}

static struct node *step(struct path_tree *t, struct node *at, struct strbuf *b, const __u64 n[TREE_COUNTS])
{
	struct node *next = b->failed ? NULL : child(t, at, b->s ? b->s : "");

	strbuf_reset(b);
	if (next && next != at)
		for (int i = 0; i < TREE_COUNTS; i++)
			next->n[i] += n[i];
	return next;
}

int path_tree_add(struct path_tree *t, const char *root, const struct stack *s, const __u64 n[TREE_COUNTS])
{
	struct strbuf b = { 0 };
	struct node *at;

	fmt_comm(&b, *root ? root : "-");
	at = step(t, &t->top, &b, n);
	if (at && stack_why(s)) {
		strbuf_addf(&b, "(%s)", stack_why_text(s));
		at = step(t, at, &b, n);
	} else if (at) {
		if (s->cut) {
			strbuf_adds(&b, "...");
			at = step(t, at, &b, n);
		}
		for (__u32 i = s->n; at && i-- > 0;) {
			frame_text(&b, s->frames[i]);
			at = step(t, at, &b, n);
		}
	}
	strbuf_free(&b);
	return at ? 0 : -ENOMEM;
}

static int compare(const void *pa, const void *pb)
{
	const struct node *a = *(const struct node *const *)pa, *b = *(const struct node *const *)pb;

	for (int i = 0; i < TREE_COUNTS; i++)
		if (a->n[i] != b->n[i])
			return a->n[i] > b->n[i] ? -1 : 1;
	return strcmp(a->text, b->text);
}

static int each(struct node *n, unsigned int depth, int (*fn)(void *ctx, unsigned int depth, const char *text, const __u64 n[TREE_COUNTS]),
		void *ctx)
{
	int err = 0;

	if (n->n_below)
		qsort(n->below, n->n_below, sizeof(struct node *), compare);
	for (size_t i = 0; i < n->n_below && !err; i++) {
		err = fn(ctx, depth, n->below[i]->text, n->below[i]->n);
		if (!err)
			err = each(n->below[i], depth + 1, fn, ctx);
	}
	return err;
}

int path_tree_each(struct path_tree *t, int (*fn)(void *ctx, unsigned int depth, const char *text, const __u64 n[TREE_COUNTS]), void *ctx)
{
	return each(&t->top, 0, fn, ctx);
}

/* As frame_folded() treats a function's name. */
static void folded_root(struct strbuf *b, const char *root)
{
	size_t start = b->len;

	fmt_comm(b, *root ? root : "-");
	for (size_t i = start; i < b->len; i++) {
		if (b->s[i] == ';')
			b->s[i] = ':';
		else if (b->s[i] == ' ')
			b->s[i] = '_';
	}
}

void path_folded(struct strbuf *b, const char *root, const struct stack *s)
{
	folded_root(b, root);
	if (stack_why(s)) {
		strbuf_addf(b, ";[%s]", stack_why(s));
		return;
	}
	if (s->cut)
		strbuf_adds(b, ";...");
	for (__u32 i = s->n; i-- > 0;) {
		strbuf_addc(b, ';');
		frame_folded(b, s->frames[i]);
	}
}
