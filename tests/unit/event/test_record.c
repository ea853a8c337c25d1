/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/event/names.h"
#include "core/event/record.h"

#define N_EVENTS 5

static struct twt_event sample(int n)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = TWT_STATE,
		.ts_ns = 1000 + (__u64)n, .cookie = (__u64)n,
		.family = 2, .old_state = 7, .new_state = 2, .lport = (__u16)(4000 + n),
	};

	if (n % 2) {		/* every second one has a task part */
		ev.size = sizeof(ev);
		ev.flags = TWT_F_TASK;
		ev.tgid = 812;
		memcpy(ev.comm, "nginx", 6);
	}
	return ev;
}

static void write_events(struct strbuf *b, int n)
{
	for (int i = 0; i < n; i++) {
		struct twt_event ev = sample(i);
		union twt_record out;
		size_t len = record_event(&ev, &out);

		strbuf_add(b, (const char *)&out, len);
	}
}

static struct strbuf recording(const char *text)
{
	struct record_header h = { .start_ns = 1000, .clock_offset = -5 };
	struct strbuf b = { 0 };

	record_header_write(&b, &h, text);
	write_events(&b, N_EVENTS);
	assert_false(b.failed);
	return b;
}

/* Feed @b in pieces of @piece bytes; returns how many events came, each checked against sample(). */
static int read_all(struct record_reader *r, const struct strbuf *b, size_t piece)
{
	union twt_record ev;
	struct twt_event want;
	int n = 0;

	for (size_t at = 0; at < b->len; at += piece) {
		size_t len = b->len - at < piece ? b->len - at : piece;

		assert_int_equal(record_reader_feed(r, b->s + at, len), 0);
		while (record_reader_next(r, &ev) == 1) {
			want = sample(n++);
			assert_memory_equal(&ev, &want, sizeof(want));
		}
	}
	return n;
}

static void gives_back_what_was_written(void **state)
{
	struct strbuf b = recording("kernel=6.18\nhost=x\n");
	static const size_t pieces[] = { 1, 7, 96, 100, 1000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct record_reader *r = record_reader_new();
		const struct record_header *h;
		const char *text;

		assert_null(record_reader_header(r, NULL));
		assert_int_equal(read_all(r, &b, pieces[i]), N_EVENTS);
		assert_int_equal(record_reader_left(r), 0);
		h = record_reader_header(r, &text);
		assert_non_null(h);
		assert_int_equal(h->format, RECORD_FORMAT);
		assert_true(h->start_ns == 1000);
		assert_true(h->clock_offset == -5);
		assert_string_equal(text, "kernel=6.18\nhost=x\n");
		record_reader_free(r);
	}
	strbuf_free(&b);
}

/* A record of its own kind, longer than any event, before an event; then one of a newer writer that is longer than we know. */
static void names_come_whole(void **state)
{
	struct twt_event a = sample(0);
	struct record_reader *r = record_reader_new();
	struct record_header h = { 0 };
	struct strbuf b = { 0 };
	union twt_record rec, out;
	struct twt_name name;
	__u16 longer = sizeof(name) + 100;
	static const char tail[sizeof(name) + 100];

	(void)state;
	record_header_write(&b, &h, "");
	name_begin(&name, TWT_NAME_CGROUP, 77, 5);
	for (int i = 0; i < 20; i++)
		name_add(&name, TWT_NP_IMAGE, "docker.io/library/some-image-with-a-long-name:and-a-tag");
	assert_int_equal(record_event((const struct twt_event *)&name, &out), name.size);
	strbuf_add(&b, (const char *)&out, name.size);
	strbuf_add(&b, (const char *)&out, record_event(&a, &out));
	strbuf_add(&b, (const char *)&longer, sizeof(longer));
	strbuf_add(&b, (const char *)&name + sizeof(longer), 30);
	strbuf_add(&b, tail, longer - 32U);
	assert_int_equal(record_reader_feed(r, b.s, b.len), 0);
	assert_int_equal(record_reader_next(r, &rec), 1);
	assert_int_equal(rec.event.kind, TWT_NAME);
	assert_memory_equal(event_name(&rec.event), &name, name.size);
	assert_int_equal(record_reader_next(r, &rec), 1);
	assert_memory_equal(&rec.event, &a, sizeof(a));
	assert_int_equal(record_reader_next(r, &rec), 1);
	assert_int_equal(rec.name.size, sizeof(name));
	assert_int_equal(rec.name.id, 77);
	assert_int_equal(record_reader_next(r, &rec), 0);
	assert_int_equal(record_reader_left(r), 0);
	record_reader_free(r);
	strbuf_free(&b);
}

static void short_events_stay_short(void **state)
{
	struct twt_event ev = sample(0);
	union twt_record out;

	(void)state;
	assert_int_equal(record_event(&ev, &out), TWT_EVENT_SHORT);
	ev = sample(1);
	assert_int_equal(record_event(&ev, &out), sizeof(ev));
}

static void gives_a_size_to_events_without(void **state)
{
	struct twt_event ev = { .kind = TWT_TICK };
	union twt_record out;

	(void)state;
	assert_int_equal(record_event(&ev, &out), TWT_EVENT_SHORT);
	assert_int_equal(out.event.size, TWT_EVENT_SHORT);
	assert_int_equal(out.event.version, TWT_VERSION);
	ev.flags = TWT_F_TASK;
	assert_int_equal(record_event(&ev, &out), sizeof(ev));
	ev.size = 60000;
	assert_int_equal(record_event(&ev, &out), sizeof(ev));
}

static void a_cut_event_is_left_over(void **state)
{
	struct strbuf b = recording("");
	struct record_reader *r = record_reader_new();

	(void)state;
	b.len -= 10;
	assert_int_equal(read_all(r, &b, 33), N_EVENTS - 1);
	assert_int_equal(record_reader_left(r), TWT_EVENT_SHORT - 10);
	record_reader_free(r);
	strbuf_free(&b);
}

static void refuses_what_is_no_recording(void **state)
{
	struct record_reader *r = record_reader_new();
	union twt_record ev;

	(void)state;
	/* At the first wrong byte, without waiting for a whole header. */
	assert_int_equal(record_reader_feed(r, "TWx", 3), 0);
	assert_int_equal(record_reader_next(r, &ev), -EBADMSG);
	assert_int_equal(record_reader_next(r, &ev), -EBADMSG);
	assert_null(record_reader_header(r, NULL));
	record_reader_free(r);
}

static int first_with(__u32 format, __u32 header_size, __u32 text_size)
{
	struct record_header h = { .format = format, .header_size = header_size, .text_size = text_size };
	struct record_reader *r = record_reader_new();
	union twt_record ev;
	int err;

	memcpy(h.magic, RECORD_MAGIC, sizeof(h.magic));
	assert_int_equal(record_reader_feed(r, &h, sizeof(h)), 0);
	err = record_reader_next(r, &ev);
	if (err == -EPROTONOSUPPORT)
		assert_int_equal(record_reader_header(r, NULL)->format, h.format);
	record_reader_free(r);
	return err;
}

static void checks_the_header(void **state)
{
	const __u32 size = sizeof(struct record_header);

	(void)state;
	assert_int_equal(first_with(1, size, 0), 0);
	assert_int_equal(first_with(2, size, 0), -EPROTONOSUPPORT);
	assert_int_equal(first_with(0, size, 0), -EBADMSG);
	assert_int_equal(first_with(1, size - 1, 0), -EBADMSG);
	assert_int_equal(first_with(1, size, 1), -EBADMSG);
	assert_int_equal(first_with(1, ~0U, 0), -EBADMSG);
	assert_int_equal(first_with(1, size + 1, ~0U), -EBADMSG);
}

static void a_longer_header_is_skipped(void **state)
{
	struct record_header h = { .format = 1, .header_size = sizeof(h) + 8 + 2, .text_size = 2 };
	struct strbuf b = { 0 };
	struct record_reader *r = record_reader_new();
	const char *text;

	(void)state;
	memcpy(h.magic, RECORD_MAGIC, sizeof(h.magic));
	strbuf_add(&b, (const char *)&h, sizeof(h));
	strbuf_add(&b, "newpartsa\n", 10);	/* 8 bytes that we do not know, then the text */
	write_events(&b, 2);
	assert_int_equal(read_all(r, &b, b.len), 2);
	assert_non_null(record_reader_header(r, &text));
	assert_string_equal(text, "a\n");
	record_reader_free(r);
	strbuf_free(&b);
}

static void a_bad_event_ends_it(void **state)
{
	struct strbuf b = recording("");
	struct record_reader *r = record_reader_new();
	struct twt_event ev = sample(0);
	union twt_record got;

	(void)state;
	ev.new_state = 200;
	strbuf_add(&b, (const char *)&ev, ev.size);
	write_events(&b, 1);
	assert_int_equal(read_all(r, &b, b.len), N_EVENTS);
	assert_int_equal(record_reader_next(r, &got), -EBADMSG);
	record_reader_free(r);
	strbuf_free(&b);

	b = recording("");
	r = record_reader_new();
	strbuf_add(&b, "\0\0\0\0", 4);		/* an event of no bytes would never end */
	assert_int_equal(read_all(r, &b, b.len), N_EVENTS);
	assert_int_equal(record_reader_next(r, &got), -EBADMSG);
	record_reader_free(r);
	strbuf_free(&b);
}

static void events_of_the_future_are_skipped_or_shortened(void **state)
{
	struct record_header h = { 0 };
	struct strbuf b = { 0 };
	struct record_reader *r = record_reader_new();
	struct twt_event ev = { .size = 20, .kind = 250 }, want = sample(1);
	union twt_record got;
	char longer[200];

	(void)state;
	record_header_write(&b, &h, "");
	strbuf_add(&b, (const char *)&ev, 20);
	memset(longer, 'x', sizeof(longer));
	memcpy(longer, &want, sizeof(want));
	memcpy(longer, &(__u16){ sizeof(longer) }, 2);
	strbuf_add(&b, longer, sizeof(longer));
	assert_int_equal(record_reader_feed(r, b.s, b.len), 0);
	assert_int_equal(record_reader_next(r, &got), 1);
	assert_memory_equal(&got, &want, sizeof(want));
	assert_int_equal(record_reader_next(r, &got), 0);
	assert_int_equal(record_reader_left(r), 0);
	record_reader_free(r);
	strbuf_free(&b);
}

/* A look has a struct of its own, longer than an event's: it comes back whole, from a newer or an older writer too. */
static void looks_are_records_of_their_own(void **state)
{
	struct twt_look look = { .kind = TWT_LOOK, .ts_ns = 7, .cookie = 3, .family = 10, .state = 7, .lport = 80, .comm = "nginx" };
	struct record_header h = { 0 };
	struct record_reader *r = record_reader_new();
	union twt_record out, got;
	struct strbuf b = { 0 };
	char longer[300] = { 0 };
	struct twt_event ev;

	(void)state;
	record_header_write(&b, &h, "");
	assert_int_equal(record_event((const struct twt_event *)&look, &out), sizeof(look));
	assert_int_equal(out.look.size, sizeof(look));
	assert_int_equal(event_decode(&out, sizeof(look), &ev), -ENOMSG);
	strbuf_add(&b, (const char *)&out, sizeof(look));
	memcpy(longer, &out, sizeof(look));
	memcpy(longer, &(__u16){ sizeof(longer) }, 2);
	strbuf_add(&b, longer, sizeof(longer));
	memcpy(longer, &(__u16){ 100 }, 2);		/* up to fastuid */
	strbuf_add(&b, longer, 100);
	memcpy(longer, &(__u16){ sizeof(look) }, 2);
	longer[29] = 99;				/* no such state */
	strbuf_add(&b, longer, sizeof(look));
	assert_int_equal(record_reader_feed(r, b.s, b.len), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(record_reader_next(r, &got), 1);
		assert_int_equal(got.look.size, sizeof(look));
		assert_int_equal(got.look.lport, 80);
		assert_string_equal((const char *)got.look.comm, i < 2 ? "nginx" : "");
		assert_ptr_equal(event_look(&got.event), &got.look);
	}
	assert_int_equal(record_reader_next(r, &got), -EBADMSG);
	record_reader_free(r);
	strbuf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_was_written),
		cmocka_unit_test(names_come_whole),
		cmocka_unit_test(short_events_stay_short),
		cmocka_unit_test(gives_a_size_to_events_without),
		cmocka_unit_test(a_cut_event_is_left_over),
		cmocka_unit_test(refuses_what_is_no_recording),
		cmocka_unit_test(checks_the_header),
		cmocka_unit_test(a_longer_header_is_skipped),
		cmocka_unit_test(a_bad_event_ends_it),
		cmocka_unit_test(events_of_the_future_are_skipped_or_shortened),
		cmocka_unit_test(looks_are_records_of_their_own),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
