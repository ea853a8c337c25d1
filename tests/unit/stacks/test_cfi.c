/* SPDX-License-Identifier: GPL-2.0-only */
/* Unwind tables put right: instructions without operands are found, operands that look like one are not, and nothing is written elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/stacks/cfi.h"

#define OP CFI_NEGATE_RA_STATE

struct table { unsigned char b[512]; size_t len, entry; };

static void put(struct table *t, const void *bytes, size_t n)
{
	memcpy(t->b + t->len, bytes, n);
	t->len += n;
}

static void put4(struct table *t, uint32_t w)
{
	put(t, &w, sizeof(w));
}

static void begin(struct table *t, uint32_t id)
{
	t->entry = t->len;
	put4(t, 0);
	put4(t, id);
}

static void end(struct table *t)
{
	uint32_t size;

	while (t->len % 4)
		put(t, "", 1);
	size = (uint32_t)(t->len - t->entry - 4);
	memcpy(t->b + t->entry, &size, sizeof(size));
}

#define PUT(t, ...) do { static const unsigned char bytes_[] = { __VA_ARGS__ }; put(t, bytes_, sizeof(bytes_)); } while (0)

/* As gcc writes it: version 1, "zR", code by 4, data by -8, register 30, pcrel | sdata4; DW_CFA_def_cfa sp 0. */
static void put_cie(struct table *t)
{
	begin(t, 0);
	PUT(t, 1, 'z', 'R', 0, 4, 0x78, 30, 1, 0x1b, 0x0c, 31, 0);
	end(t);
}

static void begin_fde(struct table *t, size_t cie)
{
	begin(t, (uint32_t)(t->len + 4 - cie));
	put4(t, 0x2d2d2d2d);			/* where from, how far: no instructions */
	put4(t, 0x2d2d2d2d);
	PUT(t, 0);
}

/* What is in @was is in @t but for the bytes at @at. */
static void only(const struct table *t, const struct table *was, const size_t *at, size_t n)
{
	for (size_t i = 0, k = 0; i < sizeof(t->b); i++) {
		if (k < n && at[k] == i) {
			assert_int_equal(was->b[i], OP);
			assert_int_equal(t->b[i], 0);
			k++;
		} else {
			assert_int_equal(t->b[i], was->b[i]);
		}
	}
}

static void prologue_and_epilogue(void **state)
{
	struct table t = { .len = 0 }, was;
	size_t at[2];

	(void)state;
	put_cie(&t);
	for (int i = 0; i < 2; i++) {
		begin_fde(&t, 0);
		PUT(&t, 0x41);				/* advance_loc */
		if (i)
			at[0] = t.len;
		else
			PUT(&t, 0x0e, 0x2d);		/* def_cfa_offset 45: an operand */
		if (i)
			PUT(&t, OP);
		PUT(&t, 0x42, 0x0e, 0x20, 0x9d, 4, 0x9e, 3, 0x02, 0x2d, 0x03, 0x2d, 0x2d, 0x04, 0x2d, 0x2d, 0x2d, 0x2d, 0x0a, 0xde, 0xdd);
		at[1] = t.len;
		if (i)
			PUT(&t, OP);
		PUT(&t, 0x0b);
		end(&t);
	}
	put4(&t, 0);
	was = t;
	assert_int_equal(cfi_blank(t.b, t.len, OP), 2);
	only(&t, &was, at, 2);
	assert_int_equal(cfi_blank(t.b, t.len, OP), 0);
}

static void every_operand(void **state)
{
	struct table t = { .len = 0 }, was;
	size_t at[2];

	(void)state;
	put_cie(&t);
	begin_fde(&t, 0);
	PUT(&t, 0x01, 0x2d, 0x2d, 0x2d, 0x2d);			/* set_loc, as wide as the encoding says */
	PUT(&t, 0x05, 0x2d, 0x2d, 0x06, 0x2d, 0x07, 0x2d, 0x08, 0x2d, 0x09, 0x2d, 0x2d, 0x0c, 0x2d, 0x2d, 0x0d, 0x2d);
	PUT(&t, 0x0f, 3, 0x2d, 0x2d, 0x2d, 0x10, 0x2d, 2, 0x2d, 0x2d, 0x16, 0x2d, 1, 0x2d);	/* expressions */
	at[0] = t.len;
	PUT(&t, OP, 0x11, 0x2d, 0xad, 0xad, 0x2d, 0x12, 0x2d, 0x2d, 0x13, 0x2d, 0x14, 0x2d, 0x2d, 0x15, 0x2d, 0x2d);
	PUT(&t, 0x1d, 0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x2e, 0x2d, 0x2f, 0x2d, 0x2d);
	at[1] = t.len;
	PUT(&t, OP, 0x3f, OP);					/* behind what is not known, nothing is */
	end(&t);
	was = t;
	assert_int_equal(cfi_blank(t.b, t.len, OP), 2);
	only(&t, &was, at, 2);
}

static void other_letters(void **state)
{
	struct table t = { .len = 0 }, was;
	size_t cie, at[2];

	(void)state;
	put_cie(&t);
	cie = t.len;
	begin(&t, 0);	/* "zPLRB": a personality of 4 bytes, addresses of 8; signed by the other key */
	PUT(&t, 1, 'z', 'P', 'L', 'R', 'B', 0, 4, 0x78, 30, 7, 0x9b, 0x2d, 0x2d, 0x2d, 0x2d, 0x1b, 0x04);
	at[0] = t.len;
	PUT(&t, OP, 0x0c, 31, 0);
	end(&t);
	begin(&t, (uint32_t)(t.len + 4 - cie));
	put(&t, "--------========", 16);			/* '-' is 0x2d */
	PUT(&t, 2, 0x2d, 0x2d);
	at[1] = t.len;
	PUT(&t, OP);
	end(&t);
	was = t;
	assert_int_equal(cfi_blank(t.b, t.len, OP), 2);
	only(&t, &was, at, 2);
}

static void what_is_no_table(void **state)
{
	struct table t = { .len = 0 }, whole;

	(void)state;
	assert_int_equal(cfi_blank(t.b, 0, OP), 0);
	put_cie(&t);
	begin_fde(&t, 0);
	PUT(&t, 0x41, OP);
	end(&t);
	whole = t;
	for (size_t cut = 0; cut < whole.len; cut++) {
		t = whole;
		assert_int_equal(cfi_blank(t.b, cut, OP), 0);
		assert_memory_equal(t.b, whole.b, sizeof(t.b));
	}
	t = whole;
	t.b[t.entry + 4] = 0xff;				/* its CIE lies before the beginning */
	assert_int_equal(cfi_blank(t.b, t.len, OP), 0);
	t = whole;
	t.b[t.entry + 4] = 4;					/* it is its own CIE */
	assert_int_equal(cfi_blank(t.b, t.len, OP), 0);
	memset(t.b, 0xff, sizeof(t.b));
	assert_int_equal(cfi_blank(t.b, sizeof(t.b), OP), 0);
	memset(t.b, 0x2d, sizeof(t.b));
	assert_int_equal(cfi_blank(t.b, sizeof(t.b), OP), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prologue_and_epilogue),
		cmocka_unit_test(every_operand),
		cmocka_unit_test(other_letters),
		cmocka_unit_test(what_is_no_table),
	};

	return cmocka_run_group_tests_name("stacks/cfi", tests, NULL, NULL);
}
