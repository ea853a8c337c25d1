/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines that must not wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/stats/fields/field.h"

/* No terminal, and one that has room: as ever. */
static void all_fit(void **state)
{
	(void)state;
	assert_null(fields_fit(fields_stream_text, 0, 0));
	assert_null(fields_fit(fields_stream_text, 200, 0));
	assert_null(fields_fit(fields_stream_text, 138, 0));
	assert_non_null(fields_fit(fields_stream_text, 137, 0));
	assert_non_null(fields_fit(fields_stream_text, 200, 100));
}

static size_t n_columns(const struct fit_column *c)
{
	size_t n = 0;

	while (c[n].key)
		n++;
	return n;
}

static void fewer_columns(void **state)
{
	size_t cols, n, last = 0;

	(void)state;
	for (cols = 1; cols < 138; cols++) {
		n = n_columns(fields_fit(fields_stream_text, cols, 0));
		assert_true(n >= last);
		last = n;
	}
}

/* The longest of everything that a row of the table can hold. */
static void long_texts_are_cut(void **state)
{
	static const char comm[] = "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe2\x82\xac" "abcde";	/* 10 characters, 16 bytes with the NUL */
	struct actors *actors = actors_new(4);
	struct twt_event task = { .flags = TWT_F_TASK, .tgid = 4194304, .aux = 1 };
	struct conn c = { .family = 10, .lport = 65535, .rport = 65535, .close = CLOSE_CONNECT_CANCELLED, .state = ST_CLOSE };
	struct transition tr = { .conn = &c, .old_state = ST_ESTABLISHED, .new_state = ST_CLOSE, .in_state_known = true,
				 .in_state_ns = 1000000000000000ULL };
	struct field_src src = { .tr = &tr, .conn = &c, .actors = actors };
	struct strbuf b = { 0 };
	size_t cols, i, n;

	(void)state;
	memcpy(task.comm, comm, sizeof(task.comm));
	memset(c.laddr, 0xfe, 16);
	memset(c.raddr, 0xfd, 16);
	c.owner = actors_of_event(actors, &task);
	for (cols = 20; cols < 138; cols++) {
		const struct fit_column *columns = fields_fit(fields_stream_text, cols, 0);

		strbuf_adds(&b, "before");
		fields_fit_text(&b, columns, cols, &src);
		assert_memory_equal(b.s, "before", 6);
		for (i = 6, n = 0; i < b.len; i++)
			n += (b.s[i] & 0xc0) != 0x80;
		assert_true(n <= cols);
		assert_true(b.s[b.len - 1] != ' ');
		strbuf_reset(&b);
		fields_fit_header(&b, columns, cols);
		assert_true(b.len <= cols);
		strbuf_reset(&b);
	}
	fields_fit_text(&b, fields_fit(fields_stream_text, 100, 0), 100, &src);
	assert_non_null(strstr(b.s, " 4194304 \xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe2\x82\xac" "abc 65535 fdfd:f..fd:fdfd 65535 "));
	strbuf_free(&b);
	actors_unref(actors, c.owner);
	actors_free(actors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fit), cmocka_unit_test(fewer_columns), cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
