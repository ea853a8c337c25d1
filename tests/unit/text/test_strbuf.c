/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/text/strbuf.h"

static void adds_and_terminates(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	strbuf_adds(&b, "ab");
	strbuf_addc(&b, 'c');
	strbuf_add(&b, "defg", 2);
	strbuf_addf(&b, "-%d-%s", 42, "x");
	assert_string_equal(b.s, "abcde-42-x");
	assert_int_equal(b.len, 10);
	assert_false(b.failed);
	strbuf_free(&b);
	assert_null(b.s);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
	strbuf_free(&b);
}

static void empty_addition_makes_a_string(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	strbuf_add(&b, NULL, 0);
	assert_non_null(b.s);
	assert_string_equal(b.s, "");
	strbuf_addf(&b, "%s", "");
	assert_string_equal(b.s, "");
	strbuf_free(&b);
}

/* Every length around every growth step, by each way of adding. */
static void grows_without_losing_a_byte(void **state)
{
	char text[600];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(text); n++) {
		struct strbuf a = { 0 }, f = { 0 }, c = { 0 };
		size_t i;

		memset(text, 'x', sizeof(text));
		text[n] = '\0';
		strbuf_add(&a, text, n);
		strbuf_addf(&f, "%s", text);
		strbuf_adds(&c, "");
		for (i = 0; i < n; i++)
			strbuf_addc(&c, 'x');
		assert_int_equal(a.len, n);
		assert_string_equal(a.s, text);
		assert_int_equal(f.len, n);
		assert_string_equal(f.s, text);
		assert_string_equal(c.s, text);
		strbuf_free(&a);
		strbuf_free(&f);
		strbuf_free(&c);
	}
}

static void reset_keeps_the_memory(void **state)
{
	struct strbuf b = { 0 };
	size_t cap;
	char *s;

	(void)state;
	strbuf_reset(&b);
	assert_null(b.s);
	strbuf_adds(&b, "something");
	s = b.s;
	cap = b.cap;
	b.failed = true;
	strbuf_reset(&b);
	assert_ptr_equal(b.s, s);
	assert_int_equal(b.cap, cap);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.s, "");
	assert_false(b.failed);
	strbuf_free(&b);
}

static void adds_digits(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	strbuf_addu(&b, 0, 0);
	strbuf_addc(&b, ' ');
	strbuf_addu(&b, 7, 3);
	strbuf_addc(&b, ' ');
	strbuf_addu(&b, 1234, 3);
	strbuf_addc(&b, ' ');
	strbuf_addu(&b, UINT64_MAX, 0);
	strbuf_addc(&b, ' ');
	strbuf_addu(&b, 5, 100);	/* as wide as it goes */
	assert_string_equal(b.s, "0 007 1234 18446744073709551615 000000000000000000000005");
	strbuf_free(&b);
}

static void pads_to_a_column(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	strbuf_adds(&b, "ab");
	strbuf_pad_to(&b, 0, 5);
	assert_string_equal(b.s, "ab   ");
	strbuf_adds(&b, "cd");
	strbuf_pad_to(&b, 5, 3);
	assert_string_equal(b.s, "ab   cd ");
	strbuf_adds(&b, "long");
	strbuf_pad_to(&b, 8, 4);	/* full: at least one blank */
	assert_string_equal(b.s, "ab   cd long ");
	strbuf_pad_to(&b, 8, 2);	/* beyond */
	assert_string_equal(b.s, "ab   cd long  ");
	strbuf_free(&b);
}

/* More than the bound is refused before a byte of it is read, and nothing comes after the hole. */
static void refuses_what_is_too_long(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	strbuf_adds(&b, "kept");
	strbuf_add(&b, "short", (size_t)256 << 20);
	assert_true(b.failed);
	assert_string_equal(b.s, "kept");
	strbuf_adds(&b, "after");
	strbuf_addf(&b, "%d", 1);
	strbuf_addc(&b, 'c');
	strbuf_pad_to(&b, 0, 20);
	assert_string_equal(b.s, "kept");
	assert_int_equal(b.len, 4);
	strbuf_reset(&b);
	strbuf_add(&b, "short", SIZE_MAX);
	assert_true(b.failed);
	assert_string_equal(b.s, "");
	strbuf_reset(&b);
	strbuf_adds(&b, "again");
	assert_string_equal(b.s, "again");
	assert_false(b.failed);
	strbuf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_and_terminates),
		cmocka_unit_test(empty_addition_makes_a_string),
		cmocka_unit_test(grows_without_losing_a_byte),
		cmocka_unit_test(reset_keeps_the_memory),
		cmocka_unit_test(adds_digits),
		cmocka_unit_test(pads_to_a_column),
		cmocka_unit_test(refuses_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
