/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>
#include "core/stats/fields/field.h"
#include "unit/actors_fixture.h"

/* 2026-11-21T09:15:02.123456789Z, 1000.5 s after boot */
#define TS 1000500000000ULL
#define OFFSET (1795252502123456789LL - (long long)TS)

static struct conn c;
static struct transition tr;
static struct field_src src;
static struct strbuf b;

static int setup(void **state)
{
	(void)state;
	as = actors_new(16);
	c = (struct conn){
		.cookie = 4711, .netns = 4026531840U, .family = 2, .lport = 40000, .rport = 443, .state = ST_FIN_WAIT1,
		.role = ROLE_CLIENT, .owner = actor(812, "curl"), .since_ns = TS,
	};
	inet_pton(AF_INET6, "::ffff:127.0.0.1", c.laddr);
	inet_pton(AF_INET6, "::ffff:192.168.100.200", c.raddr);
	tr = (struct transition){
		.conn = &c, .old_state = ST_ESTABLISHED, .new_state = ST_FIN_WAIT1, .in_state_known = true,
		.ts_ns = TS, .in_state_ns = 61518499500ULL, .actor = c.owner,
	};
	src = (struct field_src){
		.tr = &tr, .conn = &c, .actors = as, .clock_offset = OFFSET, .utc_offset = 3600,
		.now_ns = TS + 2000000, .start_ns = TS - 1500000000,
	};
	return as ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	actors_free(as);
	strbuf_free(&b);
	return 0;
}

static void json(void)
{
	struct json j;

	strbuf_reset(&b);
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	fields_json(&j, fields_stream_json, &src);
	json_close(&j, '}');
}

static void text(const char *const *keys)
{
	strbuf_reset(&b);
	fields_text(&b, keys, &src);
}

static void expect_one(const char *key, const char *want)
{
	const char *const keys[] = { key, NULL };

	text(keys);
	assert_string_equal(b.s + strspn(b.s, " "), want);
}

#define NO_NAMES ",\"container\":null,\"container_name\":null,\"image\":null,\"runtime\":null,\"pod\":null,\"pod_namespace\":null," \
	"\"unit\":null,\"netns_name\":null}"

static void json_of_a_transition(void **state)
{
	(void)state;
	json();
	assert_string_equal(b.s,
		"{\"time\":\"2026-11-21T09:15:02.123456789Z\",\"ts_ns\":1000500000000,\"event\":\"transition\","
		"\"netns\":4026531840,\"cookie\":4711,\"family\":4,\"laddr\":\"127.0.0.1\",\"lport\":40000,"
		"\"raddr\":\"192.168.100.200\",\"rport\":443,\"oldstate\":\"ESTABLISHED\",\"newstate\":\"FIN_WAIT1\","
		"\"in_state_ns\":61518499500,\"pid\":812,\"comm\":\"curl\",\"role\":\"client\",\"actor_pid\":812,"
		"\"actor_comm\":\"curl\",\"actor_tid\":null,\"actor_thread\":null,\"rst\":null,\"reconstructed\":false,\"tw_end\":null,\"close\":null,"
		"\"close_reason\":null,\"tw_ender_pid\":null,\"tw_ender_comm\":null,\"healed\":false" NO_NAMES);
}

/* Every unknown is null: nothing is guessed, and no key is left out. */
static void json_of_what_is_unknown(void **state)
{
	(void)state;
	c = (struct conn){ .netns = 1, .state = ST_CLOSE };
	tr = (struct transition){ .conn = &c, .new_state = ST_CLOSE, .marks = TR_HEALED, .ts_ns = TS };
	json();
	assert_string_equal(b.s,
		"{\"time\":\"2026-11-21T09:15:02.123456789Z\",\"ts_ns\":1000500000000,\"event\":\"transition\","
		"\"netns\":1,\"cookie\":null,\"family\":null,\"laddr\":\"::\",\"lport\":0,\"raddr\":\"::\",\"rport\":0,"
		"\"oldstate\":null,\"newstate\":\"CLOSE\",\"in_state_ns\":null,\"pid\":null,\"comm\":null,\"role\":null,"
		"\"actor_pid\":null,\"actor_comm\":null,\"actor_tid\":null,\"actor_thread\":null,\"rst\":null,\"reconstructed\":false,\"tw_end\":null,"
		"\"close\":null,\"close_reason\":null,\"tw_ender_pid\":null,\"tw_ender_comm\":null,\"healed\":true" NO_NAMES);
}

static void json_of_an_end(void **state)
{
	(void)state;
	c.family = 10;
	c.tw_end = TW_END_REUSED;
	c.tw_ender = actor(900, "wg\"et\xff");
	c.close = CLOSE_ABORT;
	c.reason = REASON_USER_TIMEOUT;
	tr.old_state = ST_TIME_WAIT;
	tr.new_state = ST_CLOSE;
	tr.marks = TR_RST_RCVD | TR_RECONSTRUCTED;
	tr.actor = 0;
	json();
	assert_non_null(strstr(b.s, "\"family\":6,\"laddr\":\"::ffff:127.0.0.1\""));
	assert_non_null(strstr(b.s, "\"actor_pid\":null,\"actor_comm\":null,\"actor_tid\":null,\"actor_thread\":null,\"rst\":\"received\",\"reconstructed\":true,"
		"\"tw_end\":\"reused\",\"close\":\"abort\",\"close_reason\":\"user-timeout\",\"tw_ender_pid\":900,"
		"\"tw_ender_comm\":\"wg\\\"et\xef\xbf\xbd\",\"healed\":false" NO_NAMES));
	tr.marks = TR_RST_SENT;
	json();
	assert_non_null(strstr(b.s, "\"rst\":\"sent\""));
	/* Verdicts belong to the end, not to a transition before it. */
	tr.new_state = ST_TIME_WAIT;
	json();
	assert_non_null(strstr(b.s, "\"tw_end\":null,\"close\":null,\"close_reason\":null,\"tw_ender_pid\":null"));
}

static void tell(struct names *ns, __u32 of, __u64 id, const enum twt_name_part *parts, const char *const *text, size_t n)
{
	struct twt_name rec;

	name_begin(&rec, (enum twt_name_of)of, id, 1);
	for (size_t i = 0; i < n; i++)
		name_add(&rec, parts[i], text[i]);
	assert_int_equal(names_add(ns, &rec), 0);
}

/* Names are foreign text: control characters, quotes, bytes that are no UTF-8, and longer than anything that is kept. */
static void names_are_shown_and_harmless(void **state)
{
	static const enum twt_name_part parts[] = {
		TWT_NP_CONTAINER, TWT_NP_CONTAINER_NAME, TWT_NP_IMAGE, TWT_NP_RUNTIME, TWT_NP_POD, TWT_NP_POD_NAMESPACE, TWT_NP_UNIT,
	};
	static const enum twt_name_part netns[] = { TWT_NP_NETNS };
	const char *good[] = { "0123", "app", "shop/cart:1", "containerd", "cart-0", "shop", "x.scope" }, *net = "pod:shop/cart-0";
	const char *bad[] = { "a\nb", "we\"b\x1b[31m", "<b>\\", "\xff", "p\tq", "n\x7f", NULL };
	struct names *ns = names_new();
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = 77, .aux = 7, .cgroup = 9, .comm = "srv" };
	char text_4k[4097];

	(void)state;
	memset(text_4k, 'u', sizeof(text_4k) - 1);
	text_4k[sizeof(text_4k) - 1] = '\0';
	bad[6] = text_4k;
	c.netns = 5;
	c.owner = actors_of_event(as, &ev);
	actors_set_names(as, ns);
	tell(ns, TWT_NAME_CGROUP, 9, parts, good, 7);
	tell(ns, TWT_NAME_NETNS, 5, netns, &net, 1);
	json();
	assert_non_null(strstr(b.s, "\"container\":\"0123\",\"container_name\":\"app\",\"image\":\"shop/cart:1\",\"runtime\":\"containerd\","
		"\"pod\":\"cart-0\",\"pod_namespace\":\"shop\",\"unit\":\"x.scope\",\"netns_name\":\"pod:shop/cart-0\"}"));
	expect_one("place", "shop/cart-0/app");
	expect_one("network", "pod:shop/cart-0");
	tell(ns, TWT_NAME_CGROUP, 9, parts, bad, 7);
	json();
	assert_non_null(strstr(b.s, "\"container\":\"a\\nb\",\"container_name\":\"we\\\"b\\u001b[31m\",\"image\":\"<b>\\\\\",\"runtime\":\"\xef\xbf\xbd\","
		"\"pod\":\"p\\tq\",\"pod_namespace\":\"n\\u007f\",\"unit\":\"uuu"));
	expect_one("place", "n?/p?q/we\"b?[31m");
	expect_one("container", "a?b");
	actors_set_names(as, NULL);
	names_free(ns);
}

static void text_lines_up_with_its_header(void **state)
{
	(void)state;
	strbuf_reset(&b);
	fields_header(&b, fields_stream_text);
	assert_string_equal(b.s,
		"TIME                PID COMM            LADDR           LPORT RADDR           RPORT OLDSTATE    -> NEWSTATE"
		"            MS NOTE");
	text(fields_stream_text);
	assert_string_equal(b.s,
		"10:15:02.123456     812 curl            127.0.0.1       40000 192.168.100.200   443 ESTABLISHED -> FIN_WAIT1"
		"    61518.500");
	strbuf_reset(&b);
	fields_header(&b, fields_stream_wide);
	assert_string_equal(b.s,
		"TIME                PID COMM            LADDR           LPORT RADDR           RPORT OLDSTATE    -> NEWSTATE"
		"            MS      NETNS   COOKIE IP ROLE        APID ACOMM           CONTAINER/UNIT  NOTE");
	text(fields_stream_wide);
	assert_string_equal(b.s,
		"10:15:02.123456     812 curl            127.0.0.1       40000 192.168.100.200   443 ESTABLISHED -> FIN_WAIT1"
		"    61518.500 4026531840     4711  4 client       812 curl            -");
}

static void text_of_what_is_unknown(void **state)
{
	(void)state;
	c.owner = 0;
	tr.in_state_known = false;
	text(fields_stream_text);
	assert_string_equal(b.s,
		"10:15:02.123456       - -               127.0.0.1       40000 192.168.100.200   443 ESTABLISHED -> FIN_WAIT1"
		"            -");
}

/* Text is never cut: what does not fit moves the rest to the right. */
static void text_is_never_cut(void **state)
{
	(void)state;
	inet_pton(AF_INET6, "fe80:aaaa:bbbb:cccc:dddd:eeee:ffff:1111", c.laddr);
	inet_pton(AF_INET6, "fe80:aaaa:bbbb:cccc:dddd:eeee:ffff:2222", c.raddr);
	c.family = 10;
	c.owner = actor(4194304, "fifteen_bytes_x");
	text(fields_stream_text);
	assert_string_equal(b.s,
		"10:15:02.123456 4194304 fifteen_bytes_x fe80:aaaa:bbbb:cccc:dddd:eeee:ffff:1111 40000 "
		"fe80:aaaa:bbbb:cccc:dddd:eeee:ffff:2222   443 ESTABLISHED -> FIN_WAIT1    61518.500");
}

/* A name is padded by characters, not bytes, and cannot move the cursor. */
static void names_cannot_break_a_line(void **state)
{
	const char *const keys[] = { "comm", "lport", NULL };

	(void)state;
	c.owner = actor(1, "gr\xc3\xbc\xc3\x9f");
	text(keys);
	assert_string_equal(b.s, "gr\xc3\xbc\xc3\x9f            40000");
	c.owner = actor(2, "a\x1b[2J\n\xff");
	text(keys);
	assert_string_equal(b.s, "a?[2J??         40000");
	c.owner = actor(3, "-");
	text(keys);
	assert_string_equal(b.s, "-               40000");
	json();
	assert_non_null(strstr(b.s, "\"comm\":\"-\""));
}

static void a_line_is_added_after_what_is_there(void **state)
{
	const char *const keys[] = { "oldstate", "note", NULL };

	(void)state;
	strbuf_reset(&b);
	strbuf_adds(&b, "x ");
	fields_text(&b, keys, &src);
	assert_string_equal(b.s, "x ESTABLISHED");
}

static void notes(void **state)
{
	(void)state;
	expect_one("note", "");
	tr.marks = TR_RST_SENT | TR_RST_RCVD | TR_RECONSTRUCTED | TR_HEALED;
	expect_one("note", "RST sent, RST received, reconstructed, healed");
	tr.new_state = ST_CLOSE;
	tr.marks = 0;
	c.close = CLOSE_PASSIVE;
	expect_one("note", "passive");
	c.close = CLOSE_ABORT;
	c.reason = REASON_LINGER;
	tr.marks = TR_RST_SENT;
	expect_one("note", "abort: linger, RST sent");
	c.reason = REASON_RETRANSMIT_TIMEOUT;
	tr.marks = TR_RST_SENT | TR_RST_RCVD | TR_RECONSTRUCTED | TR_HEALED;
	expect_one("note", "abort: retransmit-timeout, RST sent, RST received, reconstructed, healed");
	tr.marks = TR_RECONSTRUCTED;
	c.tw_end = TW_END_EXPIRED;
	expect_one("note", "expired, reconstructed");
	c.tw_end = TW_END_REUSED;
	c.tw_ender = actor(900, "wget");
	expect_one("note", "reused by 900/wget, reconstructed");
	c.tw_ender = actor(4194304, "sixteen_bytes_xx");
	tr.marks = TR_RST_SENT | TR_RST_RCVD | TR_RECONSTRUCTED | TR_HEALED;
	expect_one("note", "reused by 4194304/sixteen_bytes_xx, RST sent, RST received, reconstructed, healed");
}

static void milliseconds_are_rounded_to_a_microsecond(void **state)
{
	static const struct { __u64 ns; const char *text; } cases[] = {
		{ 0, "0.000" }, { 499, "0.000" }, { 500, "0.001" }, { 999499, "0.999" }, { 999500, "1.000" },
		{ 60000000000ULL, "60000.000" }, { UINT64_MAX, "18446744073709.552" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tr.in_state_ns = cases[i].ns;
		expect_one("in_state_ns", cases[i].text);
	}
}

static void seconds_since_the_first_event(void **state)
{
	(void)state;
	expect_one("seconds", "1.500000");
	src.start_ns = TS;
	expect_one("seconds", "0.000000");
	src.start_ns = TS + 61000001999ULL;	/* reconstructed: it happened before we looked */
	expect_one("seconds", "-61.000001");
}

/* The same table serves a connection without a transition. */
static void a_connection_alone(void **state)
{
	(void)state;
	src.tr = NULL;
	c.close = CLOSE_ACTIVE;
	json();
	assert_non_null(strstr(b.s, "\"ts_ns\":1000502000000,\"event\":\"conn\""));
	assert_non_null(strstr(b.s, "\"oldstate\":null,\"newstate\":\"FIN_WAIT1\",\"in_state_ns\":2000000,\"pid\":812"));
	assert_non_null(strstr(b.s, "\"actor_pid\":null"));
	assert_non_null(strstr(b.s, "\"close\":\"active\""));
	c.flags = CONN_SINCE_UNKNOWN;
	expect_one("in_state_ns", "-");
	c.flags = 0;
	c.since_ns = src.now_ns + 1;
	expect_one("in_state_ns", "-");
	expect_one("reconstructed", "no");
}

static void the_table_is_sound(void **state)
{
	static const struct { const char *const *keys; bool titled; } lists[] = {
		{ fields_stream_json, false }, { fields_stream_text, true }, { fields_stream_wide, true },
		{ fields_conn_json, false }, { fields_conn_text, true }, { fields_conn_wide, true },
	};
	const struct field *f, *g;
	const char *const *k;
	size_t i;

	(void)state;
	for (f = field_table(); f->key; f++) {
		assert_non_null(f->help);
		assert_non_null(f->get);
		assert_true(f->title ? f->width != 0 : f->width == 0);
		for (g = field_table(); g != f; g++)
			assert_string_not_equal(f->key, g->key);
		assert_ptr_equal(field_by_key(f->key), f);
	}
	assert_null(field_by_key("nothing"));
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (k = lists[i].keys; *k; k++) {
			assert_non_null(field_by_key(*k));
			if (lists[i].titled)
				assert_non_null(field_by_key(*k)->title);
		}
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(json_of_a_transition),
		T(json_of_what_is_unknown),
		T(json_of_an_end),
		T(names_are_shown_and_harmless),
		T(text_lines_up_with_its_header),
		T(text_of_what_is_unknown),
		T(text_is_never_cut),
		T(names_cannot_break_a_line),
		T(a_line_is_added_after_what_is_there),
		T(notes),
		T(milliseconds_are_rounded_to_a_microsecond),
		T(seconds_since_the_first_event),
		T(a_connection_alone),
		T(the_table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
