/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames and stacks as a recording may have them: whatever they say, text has no control characters, folded lines have no blank and no semicolon but
 * between frames, JSON is JSON, and nothing is read or kept beyond its bounds.
 */
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/stacks/tree.h"
#include "core/text/json_pick.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void look(const struct stacks *ss, __u32 number, struct path_tree *t)
{
	static const __u64 one[TREE_COUNTS] = { 1 };
	const struct stack *s = stacks_get(ss, number);
	struct strbuf b = { 0 };
	size_t semicolons = 0;
	struct json j;

	if (!s)
		return;
	stack_lines(&b, s, 2, 40);
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.s[i] < 0x20 && b.s[i] != '\n')
			abort();
	strbuf_reset(&b);
	path_folded(&b, "a;b c", s);
	for (size_t i = 0; i < b.len; i++) {
		semicolons += b.s[i] == ';';
		if ((unsigned char)b.s[i] <= ' ')
			abort();
	}
	if (semicolons != (stack_why(s) ? 1 : s->n + s->cut))
		abort();
	strbuf_reset(&b);
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	stack_json(&j, "stack", "why", s);
	json_close(&j, '}');
	if (json_pick(b.s, b.len, NULL, 0))
		abort();
	strbuf_free(&b);
	(void)path_tree_add(t, "x", s, one);
}

static int line(void *ctx, unsigned int depth, const char *text, const __u64 n[TREE_COUNTS])
{
	(void)ctx;
	if (depth > TWT_STACK_FRAMES + 2 || !text || !n[0])
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct path_tree *t = path_tree_new();
	struct stacks *ss = stacks_new();
	union twt_record rec;
	__u16 size;

	for (size_t at = 0; ss && t && len - at >= 16; at += size) {
		memcpy(&size, data + at, sizeof(size));
		if (size < 16 || size > len - at || record_decode(data + at, size, &rec))
			break;
		if (rec.event.kind == TWT_FRAME)
			(void)stacks_add_frame(ss, &rec.frame);
		else if (rec.event.kind == TWT_STACK)
			(void)stacks_add(ss, &rec.stack);
		else if (rec.event.kind == TWT_STACK_USE)
			(void)stacks_number(ss, rec.event.arg0);
		else if (rec.event.kind == TWT_STACK_COUNT)
			stacks_count(ss, rec.event.aux, rec.event.arg0);
	}
	for (__u32 n = 1; ss && t && n < 64; n++) {
		look(ss, n, t);
		if (stacks_get(ss, n) && !stacks_get(ss, stacks_same(ss, n)))
			abort();
	}
	if (t && path_tree_each(t, line, NULL))
		abort();
	path_tree_free(t);
	stacks_free(ss);
	return 0;
}
