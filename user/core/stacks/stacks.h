/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code paths by which sockets were opened and closed. Filled from TWT_FRAME and TWT_STACK records alone, so that a replay has the functions of the host and
 * the time that it was recorded on.
 *
 * Bounded: what comes beyond is dropped and counted. A path has a small number, from 1 on, as soon as anything names it; its frames may come later.
 */
#ifndef CORE_STACKS_STACKS_H
#define CORE_STACKS_STACKS_H
#include "core/stacks/frame.h"

#define STACKS_MAX 16384
#define FRAMES_MAX 65536
#define STACKS_BYTES (64UL << 20)	/* of frames' text and stacks' lists */

struct stack {
	__u64 id;			/* TWT_STACK_NONE_*: there is none, since ... */
	__u32 n;			/* frames; 0: not told, or none */
	__u32 same;			/* number of the first path of the same frames: its own, or an earlier one's */
	bool told, cut;			/* .cut: there are callers beyond */
	const struct frame **frames;	/* innermost first */
};

struct stacks;

struct stacks *stacks_new(void);		/* NULL without memory */
void stacks_free(struct stacks *ss);		/* NULL is fine */
/* Take a record of .size bytes, as it came from a recording. Return 0, -EBADMSG, or -ENOSPC: dropped, and counted. */
int stacks_add_frame(struct stacks *ss, const struct twt_frame *rec);
int stacks_add(struct stacks *ss, const struct twt_stack *rec);
/* What a TWT_STACK_COUNT said. */
void stacks_count(struct stacks *ss, __u32 which, __u64 value);
const char *stack_count_name(unsigned int which);	/* "taken", ... as in JSON */
__u64 stacks_counted(const struct stacks *ss, enum twt_stack_count which);
__u64 stacks_dropped(const struct stacks *ss);

/* A number for the path @id, made where it has none; 0: there is no room. */
__u32 stacks_number(struct stacks *ss, __u64 id);
/* NULL for 0, and for what is no number. Valid as long as @ss; filled when its record comes. @ss NULL: there are none. */
const struct stack *stacks_get(const struct stacks *ss, __u32 number);
/* One number for all paths of the same frames, as far as they were told. */
__u32 stacks_same(const struct stacks *ss, __u32 number);
/* Why it has no frames, in a word: "exit", "kernel", "unread", "unresolved"; NULL: it has. @s NULL: "unknown". */
const char *stack_why(const struct stack *s);
/* ... and in a sentence. */
const char *stack_why_text(const struct stack *s);

/* Members @key, an array of frames or null, and @key_why, a word of stack_why() or null. */
void stack_json(struct json *j, const char *key, const char *key_why, const struct stack *s);
/* A line for each of the first @max frames, innermost first, each after @indent blanks. */
void stack_lines(struct strbuf *b, const struct stack *s, unsigned int indent, unsigned int max);
#endif
