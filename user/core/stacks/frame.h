/* SPDX-License-Identifier: GPL-2.0-only */
/* A place in a program: as a record, and in the words of each output. All text in it is foreign: escaped here. */
#ifndef CORE_STACKS_FRAME_H
#define CORE_STACKS_FRAME_H
#include <stdbool.h>
#include <stddef.h>
#include "core/text/json.h"
#include "core/text/strbuf.h"
#include "twtrace.h"

#define FRAME_PART_MAX 1000	/* bytes of a part that are kept */

struct frame {
	__u32 id, line;
	__u64 offset, in_symbol;
	const char *part[TWT_FP_MAX];	/* by enum twt_frame_part; NULL: not known */
};

/* Begin a record of nothing but its head; then add parts: text is cut to what is kept, NULL and "" leave the part away. */
void frame_begin(struct twt_frame *rec, __u32 id, __u64 offset, __u64 ts_ns);
void frame_add(struct twt_frame *rec, enum twt_frame_part part, const char *text);
/*
 * Read @rec of .size bytes, as it came from a recording, into @ret; its text, NUL-terminated, into @room of at least TWT_FRAME_TEXT bytes. Parts of a
 * newer writer are skipped; of one that comes twice the first counts. Returns how many bytes of @room are used.
 */
size_t frame_read(const struct twt_frame *rec, struct frame *ret, char *room);

/* "handle_request leak.c:31 (leak)", "connect (libc.so.6)", "leak+0x12fc", "?". Long names are cut. */
void frame_text(struct strbuf *b, const struct frame *f);
/* For flame-graph tools, which part frames by ';' and the count by a blank: neither is in it. */
void frame_folded(struct strbuf *b, const struct frame *f);
/* As an element of an array. */
void frame_json(struct json *j, const struct frame *f);
#endif
