/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/event/tcp.h"

static struct twt_event sample(void)
{
	return (struct twt_event){
		.size = sizeof(struct twt_event), .version = TWT_VERSION, .kind = TWT_STATE, .cpu = 3, .ts_ns = 12345,
		.cookie = 77, .netns = 4026531840U, .family = 2, .old_state = ST_SYN_SENT, .new_state = ST_ESTABLISHED,
		.lport = 40000, .rport = 80, .flags = TWT_F_TASK, .aux = 999, .arg0 = 1, .arg1 = 2,
		.tgid = 812, .tid = 813, .cgroup = 5, .comm = "curl",
	};
}

/* In memory of exactly @len bytes, one byte off any alignment: a sanitizer sees every read beyond. */
static int decode(const struct twt_event *ev, size_t len, struct twt_event *ret)
{
	unsigned char *p = malloc(len + 1);
	int err;

	assert_non_null(p);
	memset(p, 0xee, len + 1);
	memcpy(p + 1, ev, len < sizeof(*ev) ? len : sizeof(*ev));
	err = event_decode(p + 1, len, ret);
	free(p);
	return err;
}

static void decodes_what_was_written(void **state)
{
	struct twt_event ev = sample(), got;

	(void)state;
	assert_int_equal(decode(&ev, sizeof(ev), &got), 0);
	assert_memory_equal(&got, &ev, sizeof(ev));
}

static void fills_up_a_shorter_event(void **state)
{
	struct twt_event ev = sample(), want, got;
	__u16 size;

	(void)state;
	ev.flags = 0;
	for (size = 16; size < sizeof(ev); size++) {
		ev.size = size;
		memset(&want, 0, sizeof(want));
		memcpy(&want, &ev, size);
		memset(&got, 0xff, sizeof(got));
		/* What follows in the buffer is the next event's. */
		assert_int_equal(decode(&ev, sizeof(ev), &got), 0);
		assert_memory_equal(&got, &want, sizeof(want));
	}
}

static void drops_the_tail_of_a_longer_event(void **state)
{
	struct twt_event ev = sample(), got;

	(void)state;
	ev.size = sizeof(ev) + 40;
	assert_int_equal(decode(&ev, sizeof(ev) + 40, &got), 0);
	ev.size = sizeof(ev);
	assert_memory_equal(&got, &ev, sizeof(ev));
}

static void refuses_bad_sizes(void **state)
{
	struct twt_event ev = sample(), got;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(ev); len++)
		assert_int_equal(decode(&ev, len, &got), -EBADMSG);
	for (ev.size = 0; ev.size < 16; ev.size++)
		assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
	ev.size = sizeof(ev) + 1;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
	ev.size = UINT16_MAX;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
}

static void tells_unknown_kinds_from_damage(void **state)
{
	struct twt_event ev = sample(), got;
	/* Others have a struct of their own, or are of the future. */
	static const char events[] = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22" "\24\26\27\30\31\32\33\34\37";
	int kind;

	(void)state;
	for (kind = 0; kind <= 255; kind++) {
		ev.kind = (__u8)kind;
		assert_int_equal(decode(&ev, sizeof(ev), &got),
				 kind == 0 ? -EBADMSG : strchr(events, kind) ? 0 : -ENOMSG);
	}
	/* A kind of the future promises nothing but its size. */
	ev.kind = TWT_KIND_MAX;
	ev.old_state = 255;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -ENOMSG);
	ev.size = sizeof(ev) + 1;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
}

static void refuses_what_would_index_out_of_range(void **state)
{
	struct twt_event ev, got;
	unsigned int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		ev = sample();
		ev.old_state = (__u8)i;
		assert_int_equal(decode(&ev, sizeof(ev), &got), i < ST_MAX ? 0 : -EBADMSG);
		ev = sample();
		ev.new_state = (__u8)i;
		assert_int_equal(decode(&ev, sizeof(ev), &got), i < ST_MAX ? 0 : -EBADMSG);
		ev = sample();
		ev.substate = (__u8)i;
		assert_int_equal(decode(&ev, sizeof(ev), &got), i < ST_MAX ? 0 : -EBADMSG);
		ev = sample();
		ev.family = (__u8)i;
		assert_int_equal(decode(&ev, sizeof(ev), &got), i == 0 || i == 2 || i == 10 ? 0 : -EBADMSG);
	}
}

static void a_newer_reset_reason_is_other(void **state)
{
	struct twt_event ev = sample(), got;

	(void)state;
	ev.kind = TWT_RST_SENT;
	ev.reason = TWT_RST_REASON_MAX - 1;
	assert_int_equal(decode(&ev, sizeof(ev), &got), 0);
	assert_int_equal(got.reason, TWT_RST_REASON_MAX - 1);
	ev.reason = TWT_RST_REASON_MAX;
	assert_int_equal(decode(&ev, sizeof(ev), &got), 0);
	assert_int_equal(got.reason, TWT_RST_OTHER);
	ev.reason = UINT16_MAX;
	assert_int_equal(decode(&ev, sizeof(ev), &got), 0);
	assert_int_equal(got.reason, TWT_RST_OTHER);
}

static void refuses_a_promised_task_that_is_missing(void **state)
{
	struct twt_event ev = sample(), got;

	(void)state;
	ev.size = TWT_EVENT_SHORT;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
	ev.flags = TWT_F_INTENT;
	assert_int_equal(decode(&ev, sizeof(ev), &got), 0);
	assert_int_equal(got.tgid, 0);
}

static void leaves_the_result_alone_on_failure(void **state)
{
	struct twt_event ev = sample(), got, before;

	(void)state;
	memset(&got, 0x5a, sizeof(got));
	before = got;
	ev.kind = 0;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
	ev.kind = TWT_KIND_MAX;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -ENOMSG);
	ev = sample();
	ev.new_state = ST_MAX;
	assert_int_equal(decode(&ev, sizeof(ev), &got), -EBADMSG);
	assert_memory_equal(&got, &before, sizeof(got));
}

static void signed_arg0(void **state)
{
	struct twt_event ev = { .arg0 = (__u64)-5 };

	(void)state;
	assert_true(event_sarg0(&ev) == -5);
}

static void knows_v4_mapped_addresses(void **state)
{
	static const __u8 mapped[16] = { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 };
	__u8 a[16];
	int i;

	(void)state;
	assert_true(addr_is_v4(mapped));
	for (i = 0; i < 12; i++) {
		memcpy(a, mapped, sizeof(a));
		a[i] ^= 1;
		assert_false(addr_is_v4(a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_was_written),
		cmocka_unit_test(fills_up_a_shorter_event),
		cmocka_unit_test(drops_the_tail_of_a_longer_event),
		cmocka_unit_test(refuses_bad_sizes),
		cmocka_unit_test(tells_unknown_kinds_from_damage),
		cmocka_unit_test(refuses_what_would_index_out_of_range),
		cmocka_unit_test(a_newer_reset_reason_is_other),
		cmocka_unit_test(refuses_a_promised_task_that_is_missing),
		cmocka_unit_test(leaves_the_result_alone_on_failure),
		cmocka_unit_test(signed_arg0),
		cmocka_unit_test(knows_v4_mapped_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
