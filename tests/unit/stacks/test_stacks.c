/* SPDX-License-Identifier: GPL-2.0-only */
/* Code paths: records in, the same ones put together, trees and lines out; harmless and in bounds whatever a recording says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/event/event.h"
#include "core/stacks/tree.h"

static int add_frame(struct stacks *ss, __u32 id, const char *symbol, const char *module, const char *file, __u32 line)
{
	struct twt_frame rec;

	frame_begin(&rec, id, 0x1000 + id, 1);
	frame_add(&rec, TWT_FP_MODULE, module);
	frame_add(&rec, TWT_FP_BUILD_ID, "abcd");
	frame_add(&rec, TWT_FP_SYMBOL, symbol);
	frame_add(&rec, TWT_FP_FILE, file);
	rec.line = line;
	rec.in_symbol = 7;
	return stacks_add_frame(ss, &rec);
}

/* @frames: ids, innermost first, then 0. */
static int add_stack(struct stacks *ss, __u64 id, __u32 flags, ...)
{
	struct twt_stack rec = { .kind = TWT_STACK, .id = id, .flags = flags };
	va_list ap;
	__u32 f;

	va_start(ap, flags);
	while ((f = va_arg(ap, __u32)))
		rec.frames[rec.n++] = f;
	va_end(ap);
	rec.size = (__u16)(offsetof(struct twt_stack, frames) + rec.n * sizeof(rec.frames[0]));
	return stacks_add(ss, &rec);
}

static void assert_text(struct strbuf *b, const char *text)
{
	assert_string_equal(b->s ? b->s : "", text);
	strbuf_free(b);
}

static void paths_come_back(void **state)
{
	struct stacks *ss = stacks_new();
	const struct stack *s;
	struct strbuf b = { 0 };
	__u32 n;

	(void)state;
	/* Used before it is told. */
	n = stacks_number(ss, 1000);
	assert_int_equal(n, stacks_number(ss, 1000));
	assert_string_equal(stack_why(stacks_get(ss, n)), "unresolved");
	assert_int_equal(add_frame(ss, 1, "connect", "/lib/libc.so.6", NULL, 0), 0);
	assert_int_equal(add_frame(ss, 2, "open_one", "/bin/leak", "/src/leak.c", 31), 0);
	assert_int_equal(add_frame(ss, 3, NULL, "/bin/leak", NULL, 0), 0);
	assert_int_equal(add_frame(ss, 4, NULL, NULL, NULL, 0), 0);
	assert_int_equal(add_stack(ss, 1000, TWT_STACK_CUT, 1, 2, 3, 4, 77, 0), 0);
	s = stacks_get(ss, n);
	assert_null(stack_why(s));
	assert_int_equal(s->n, 5);
	assert_int_equal(s->frames[1]->in_symbol, 7);
	stack_lines(&b, s, 2, 99);
	assert_text(&b, "  connect (libc.so.6)\n  open_one leak.c:31 (leak)\n  leak+0x1003\n  ?\n  ?\n  ...\n");
	path_folded(&b, "my prog;1", s);
	assert_text(&b, "my_prog:1;...;?;?;leak+0x1003;open_one;connect");
	assert_null(stacks_get(ss, 0));
	assert_null(stacks_get(ss, 9));
	assert_null(stacks_get(NULL, 1));
	assert_string_equal(stack_why(NULL), "unknown");
	assert_string_equal(stack_why(stacks_get(ss, stacks_number(ss, TWT_STACK_NONE_EXIT))), "exit");
	stacks_free(ss);
	stacks_free(NULL);
}

static void same_frames_are_one_path(void **state)
{
	struct stacks *ss = stacks_new();
	__u32 a, b, c, d;

	(void)state;
	for (__u32 i = 1; i < 5; i++)
		assert_int_equal(add_frame(ss, i, "f", "m", NULL, 0), 0);
	a = stacks_number(ss, 101);
	b = stacks_number(ss, 102);
	c = stacks_number(ss, 103);
	d = stacks_number(ss, 104);
	assert_int_equal(stacks_same(ss, b), b);	/* not told yet */
	assert_int_equal(add_stack(ss, 101, 0, 1, 2, 3, 0), 0);
	assert_int_equal(add_stack(ss, 102, 0, 1, 2, 3, 0), 0);
	assert_int_equal(add_stack(ss, 103, 0, 1, 2, 4, 0), 0);
	assert_int_equal(add_stack(ss, 104, TWT_STACK_CUT, 1, 2, 3, 0), 0);
	assert_int_equal(stacks_same(ss, a), a);
	assert_int_equal(stacks_same(ss, b), a);
	assert_int_equal(stacks_same(ss, c), c);
	assert_int_equal(stacks_same(ss, d), d);
	assert_int_equal(stacks_same(ss, 0), 0);
	assert_int_equal(add_stack(ss, 102, 0, 4, 0), 0);	/* told anew */
	assert_int_equal(stacks_get(ss, b)->n, 1);
	assert_int_equal(stacks_same(ss, b), a);
	stacks_free(ss);
}

static void bad_records_are_refused(void **state)
{
	struct twt_stack s = { .size = sizeof(s), .kind = TWT_STACK, .id = 99, .n = TWT_STACK_FRAMES + 1 };
	struct stacks *ss = stacks_new();
	struct twt_frame f;

	(void)state;
	assert_int_equal(stacks_add(ss, &s), -EBADMSG);
	s.n = 2;
	s.size = offsetof(struct twt_stack, frames) + 4;	/* less than it says */
	assert_int_equal(stacks_add(ss, &s), -EBADMSG);
	s.size = sizeof(s);
	s.id = TWT_STACK_NONE_EXIT;				/* no path */
	assert_int_equal(stacks_add(ss, &s), -EBADMSG);
	s.id = 0;
	assert_int_equal(stacks_add(ss, &s), -EBADMSG);
	frame_begin(&f, 0, 1, 1);
	assert_int_equal(stacks_add_frame(ss, &f), -EBADMSG);
	frame_begin(&f, FRAMES_MAX + 1, 1, 1);
	assert_int_equal(stacks_add_frame(ss, &f), -ENOSPC);
	frame_begin(&f, 0xffffffff, 1, 1);
	assert_int_equal(stacks_add_frame(ss, &f), -ENOSPC);
	assert_int_equal(stacks_dropped(ss), 2);
	/* A part that is longer than its record ends the parts. */
	frame_begin(&f, 1, 1, 1);
	f.text[0] = TWT_FP_SYMBOL;
	f.text[1] = 200;
	f.text[3] = 'x';
	f.size = offsetof(struct twt_frame, text) + 5;
	assert_int_equal(stacks_add_frame(ss, &f), 0);
	assert_int_equal(add_stack(ss, 1000, 0, 1, 0), 0);
	assert_null(stacks_get(ss, stacks_number(ss, 1000))->frames[0]->part[TWT_FP_SYMBOL]);
	stacks_free(ss);
}

static void tables_are_bounded(void **state)
{
	struct stacks *ss = stacks_new();
	__u32 last = 0;

	(void)state;
	for (__u64 id = 100; id < 100 + STACKS_MAX; id++)
		last = stacks_number(ss, id);
	assert_int_equal(last, STACKS_MAX);
	assert_int_equal(stacks_number(ss, 50), 0);
	assert_int_equal(stacks_dropped(ss), 1);
	assert_int_equal(stacks_number(ss, 100), 1);
	assert_int_equal(add_stack(ss, 51, 0, 1, 0), -ENOSPC);
	stacks_free(ss);
}

/* Names that want to be something else: in JSON a string, in text no control character, in folded lines no ';' and no blank. */
static void hostile_names_are_harmless(void **state)
{
	static const char evil[] = "a\"b\\c\n\x1b[31m<script>alert('x;y')</script>\xff\xfe end";
	struct stacks *ss = stacks_new();
	struct strbuf b = { 0 };
	const struct stack *s;
	char long_name[5000];
	struct json j;

	(void)state;
	memset(long_name, 'L', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(add_frame(ss, 1, evil, evil, evil, 3), 0);
	assert_int_equal(add_frame(ss, 2, long_name, long_name, NULL, 0), 0);
	assert_int_equal(add_stack(ss, 1000, 0, 1, 2, 0), 0);
	s = stacks_get(ss, 1);
	assert_int_equal(strlen(s->frames[1]->part[TWT_FP_SYMBOL]), FRAME_PART_MAX);
	stack_lines(&b, s, 0, 9);
	for (size_t i = 0; i < b.len; i++)
		assert_true(b.s[i] == '\n' || (b.s[i] >= 0x20 && b.s[i] < 0x7f));
	assert_int_equal(strchr(b.s, '\n') - b.s < 600, 1);
	strbuf_reset(&b);
	path_folded(&b, evil, s);
	assert_null(strchr(b.s, ' '));
	assert_null(strchr(b.s, '\n'));
	assert_null(strchr(b.s, '\x1b'));
	/* root, and two frames */
	assert_int_equal(strchr(strchr(b.s, ';') + 1, ';') == strrchr(b.s, ';'), 1);
	strbuf_reset(&b);
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	stack_json(&j, "stack", "why", s);
	json_close(&j, '}');
	assert_non_null(strstr(b.s, "\"symbol\":\"a\\\"b\\\\c\\n\\u001b[31m<script>alert('x;y')</script>\xef\xbf\xbd\xef\xbf\xbd end\""));
	strbuf_free(&b);
	stacks_free(ss);
}

static int one_line(void *ctx, unsigned int depth, const char *text, const __u64 n[TREE_COUNTS])
{
	strbuf_addf(ctx, "%llu %llu %*s%s\n", (unsigned long long)n[0], (unsigned long long)n[1], (int)depth, "", text);
	return 0;
}

static void tree_sums_what_is_common(void **state)
{
	static const __u64 one[TREE_COUNTS] = { 1, 10 }, two[TREE_COUNTS] = { 2, 20 }, five[TREE_COUNTS] = { 5, 50 };
	struct path_tree *t = path_tree_new();
	struct stacks *ss = stacks_new();
	struct strbuf b = { 0 };

	(void)state;
	add_frame(ss, 1, "connect", "c", NULL, 0);
	add_frame(ss, 2, "a", "m", NULL, 0);
	add_frame(ss, 3, "b", "m", NULL, 0);
	add_frame(ss, 4, "main", "m", NULL, 0);
	add_frame(ss, 5, "main", "m", NULL, 0);		/* another place in it */
	add_stack(ss, 100, 0, 1, 2, 4, 0);
	add_stack(ss, 101, 0, 1, 3, 5, 0);
	assert_int_equal(path_tree_add(t, "prog", stacks_get(ss, 1), one), 0);
	assert_int_equal(path_tree_add(t, "prog", stacks_get(ss, 2), two), 0);
	assert_int_equal(path_tree_add(t, "other", stacks_get(ss, stacks_number(ss, TWT_STACK_NONE_EXIT)), five), 0);
	assert_int_equal(path_tree_add(t, "", NULL, one), 0);
	assert_int_equal(path_tree_each(t, one_line, &b), 0);
	assert_text(&b, "5 50 other\n5 50  (closed by the end of the process: no code of its own asked for it)\n"
			"3 30 prog\n3 30  main (m)\n2 20   b (m)\n2 20    connect (c)\n1 10   a (m)\n1 10    connect (c)\n"
			"1 10 -\n1 10  (not seen: it was before the tracer came, a packet did it, or nobody ever read from the socket)\n");
	path_tree_free(t);
	path_tree_free(NULL);
	stacks_free(ss);
}

/* As a source hands them on: longer ones of a newer writer lose their tail, shorter ones than their head are refused. */
static void records_are_decoded(void **state)
{
	char bytes[9000] = { 0 };
	union twt_record rec;
	struct twt_stack s = { .size = 40, .version = 1, .kind = TWT_STACK, .id = 100, .n = 2, .frames = { 1, 2 } };
	struct twt_frame f;

	(void)state;
	memcpy(bytes, &s, sizeof(s));
	assert_int_equal(record_decode(bytes, 40, &rec), 0);
	assert_int_equal(rec.stack.n, 2);
	assert_int_equal(record_decode(bytes, 39, &rec), -EBADMSG);
	s.size = 31;
	memcpy(bytes, &s, sizeof(s));
	assert_int_equal(record_decode(bytes, 31, &rec), -EBADMSG);
	s.size = 8000;
	memcpy(bytes, &s, sizeof(s));
	assert_int_equal(record_decode(bytes, 8000, &rec), 0);
	assert_int_equal(rec.stack.size, sizeof(struct twt_stack));
	frame_begin(&f, 3, 4, 5);
	frame_add(&f, TWT_FP_SYMBOL, "x");
	memcpy(bytes, &f, sizeof(f));
	assert_int_equal(record_decode(bytes, f.size, &rec), 0);
	assert_int_equal(rec.frame.size, f.size);
	f.size = 9000;
	memcpy(bytes, &f, sizeof(f));
	assert_int_equal(record_decode(bytes, 9000, &rec), 0);
	assert_int_equal(rec.frame.size, sizeof(struct twt_frame));
	/* No struct twt_event: who takes only those skips them. */
	assert_int_equal(event_decode(bytes, 9000, &rec.event), -ENOMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_come_back), cmocka_unit_test(same_frames_are_one_path), cmocka_unit_test(bad_records_are_refused),
		cmocka_unit_test(tables_are_bounded), cmocka_unit_test(hostile_names_are_harmless), cmocka_unit_test(tree_sums_what_is_common),
		cmocka_unit_test(records_are_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
