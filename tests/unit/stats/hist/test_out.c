/* SPDX-License-Identifier: GPL-2.0-only */
/* Text, bars, JSON, CSV and HdrHistogram's percentile text of histograms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/stats/hist/out.h"

#define US 1000ULL
#define MS 1000000ULL
#define S 1000000000ULL

static void test_units(void **state)
{
	static const struct { __u64 ns; enum hist_unit unit; const char *text; } t[] = {
		{ 0, HIST_AUTO, "0ns" },
		{ 999, HIST_AUTO, "999ns" },
		{ 1000, HIST_AUTO, "1.000us" },
		{ 9999, HIST_AUTO, "9.999us" },
		{ 45213, HIST_AUTO, "45.21us" },
		{ 99994, HIST_AUTO, "99.99us" },
		{ 99995, HIST_AUTO, "100.0us" },
		{ 999949, HIST_AUTO, "999.9us" },
		{ 999950, HIST_AUTO, "1.000ms" },
		{ 61519 * MS, HIST_AUTO, "61.52s" },
		{ 999949 * MS, HIST_AUTO, "999.9s" },
		{ 3900 * S, HIST_AUTO, "1h05m" },
		{ 5, HIST_US, "0.005us" },
		{ 61519 * MS, HIST_MS, "61519.000ms" },
		{ 61519 * MS, HIST_NS, "61519000000ns" },
		{ 1500 * MS, HIST_S, "1.500s" },
		{ UINT64_MAX, HIST_NS, "18446744073709551615ns" },
	};
	struct strbuf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		strbuf_reset(&b);
		hist_fmt(&b, t[i].ns, t[i].unit);
		assert_string_equal(b.s, t[i].text);
	}
	strbuf_free(&b);
}

/* 30 us x 60, 3 ms x 39, 1 s x 1 */
static void fill(struct hist *h)
{
	hist_init(h, 12, NULL);
	assert_int_equal(hist_add(h, 30 * US, 60), 0);
	assert_int_equal(hist_add(h, 3 * MS, 39), 0);
	assert_int_equal(hist_add(h, 1 * S, 1), 0);
}

static void test_table(void **state)
{
	struct strbuf b = { 0 };
	struct hist h, none;

	(void)state;
	fill(&h);
	hist_init(&none, 7, NULL);
	hist_table_head(&b, "PHASE", 12);
	hist_table_row(&b, "connect", 12, &h, HIST_AUTO);
	hist_table_row(&b, "close", 12, &none, HIST_AUTO);
	hist_table_row(&b, "connect", 12, &h, HIST_MS);
	assert_string_equal(b.s,
		"PHASE            COUNT      P50      P75      P90      P99    P99.9      MAX\n"
		"connect            100  30.00us  3.000ms  3.000ms  3.000ms   1.000s   1.000s\n"
		"close                0        -        -        -        -        -        -\n"
		"connect            100  0.030ms  3.000ms  3.000ms  3.000ms 1000.000ms 1000.000ms\n");
	strbuf_free(&b);
	hist_free(&h);
}

static void test_bars(void **state)
{
	struct hist_style style = { .width = 60 };
	struct strbuf b = { 0 };
	struct hist h;
	__u64 v;

	(void)state;
	fill(&h);
	hist_bars(&b, &h, &style);
	assert_string_equal(b.s,
		"     20us -     50us  60 |██████████████████████████████████\n"
		"        ...\n"
		"      2ms -      5ms  39 |██████████████████████▏\n"
		"        ...\n"
		"       1s -       2s   1 |▋\n");
	strbuf_reset(&b);
	style.ascii = true;
	style.unit = HIST_MS;
	hist_bars(&b, &h, &style);
	assert_string_equal(b.s,
		"   0.02ms -   0.05ms  60 |##################################\n"
		"        ...\n"
		"      2ms -      5ms  39 |######################\n"
		"        ...\n"
		"   1000ms -   2000ms   1 |#\n");
	/* TIME_WAIT: equal steps, with the decimals that the steps need. */
	hist_reset(&h);
	for (v = 0; v < 6; v++)
		assert_int_equal(hist_add(&h, 60 * S + (100 + v * 400) * MS, 3 + v), 0);
	strbuf_reset(&b);
	style.unit = HIST_AUTO;
	hist_bars(&b, &h, &style);
	assert_string_equal(b.s,
		"    60.0s -    60.5s  3 :############\n"
		"    60.5s -    61.0s  9 :###################################\n"
		"    61.0s -    61.5s  6 :#######################\n"
		"    61.5s -    62.0s  7 :###########################\n"
		"    62.0s -    62.5s  8 :###############################\n");
	strbuf_free(&b);
	hist_free(&h);
}

static void test_notes(void **state)
{
	struct hist_item it = {
		.phase = "time-wait", .began_before = 3, .lost = 1, .reconstructed = 12345, .open = 7
	};
	struct strbuf b = { 0 };

	(void)state;
	hist_notes(&b, &it);
	assert_string_equal(b.s,
		"time-wait: 7 not over yet\n"
		"time-wait: 3 began before the tracer: left out\n"
		"time-wait: 1 left out: some of their events were lost\n"
		"time-wait: 12,345 with a time computed from the kernel's timer, right to a jiffy\n");
	strbuf_reset(&b);
	it = (struct hist_item){ .phase = "life", .key = "812", .comm = "a\x1b[2Jb", .open = 1 };
	hist_notes(&b, &it);
	assert_string_equal(b.s, "life of 812 a?[2Jb: 1 not over yet\n");
	strbuf_reset(&b);
	it = (struct hist_item){ .phase = "life" };
	hist_notes(&b, &it);
	assert_int_equal(b.len, 0);
	strbuf_free(&b);
}

static void test_json(void **state)
{
	struct hist_stamp at = { .wall_ns = 1000000000123456789LL, .ts_ns = 42, .window_ns = 1000 };
	struct hist_item it = { .phase = "connect", .began_before = 2 };
	struct strbuf b = { 0 };
	struct hist h;

	(void)state;
	hist_init(&h, 12, NULL);
	it.h = &h;
	hist_json(&b, &it, &at);
	assert_string_equal(b.s, "{\"event\":\"hist\",\"time\":\"2001-09-09T01:46:40.123456789Z\",\"ts_ns\":"
				 "42,\"window_ns\":1000,"
				 "\"phase\":\"connect\",\"ages\":false,\"count\":0,\"began_before\":2,"
				 "\"lost\":0,\"reconstructed\":0,\"open\":0,"
				 "\"min_ns\":null,\"max_ns\":null,\"mean_ns\":null,\"sum_ns\":0,"
				 "\"percentiles_ns\":{\"p50\":null,\"p75\":null,"
				 "\"p90\":null,\"p99\":null,\"p99.9\":null},\"precision\":0.00390625,"
				 "\"buckets\":[]}\n");

	/* Neighbouring buckets of 2^12 come out as those of 2^8; the ends of the walk too. */
	strbuf_reset(&b);
	assert_int_equal(hist_add(&h, 5000, 1), 0);
	assert_int_equal(hist_add(&h, 5001, 2), 0);
	assert_int_equal(hist_add(&h, 5004, 4), 0);
	assert_int_equal(hist_add(&h, 5008, 8), 0);
	at.by = "pid";
	it.key = "812";
	it.number = true;
	it.comm = "nginx";
	hist_json(&b, &it, &at);
	assert_non_null(strstr(b.s, "\"by\":\"pid\",\"key\":812,\"comm\":\"nginx\",\"count\":15,"));
	assert_non_null(strstr(b.s, "\"min_ns\":5000,\"max_ns\":5008,"));
	assert_non_null(strstr(b.s, "\"sum_ns\":75082,\"percentiles_ns\":{\"p50\":5008,"));
	assert_non_null(strstr(b.s, "\"buckets\":[{\"from\":4992,\"to\":5007,\"count\":7},{\"from\":5008,"
				    "\"to\":5023,\"count\":8}]}\n"));
	strbuf_free(&b);
	hist_free(&h);
}

static void test_csv(void **state)
{
	struct hist_stamp at = { .ts_ns = 42, .by = "comm" };
	struct hist_item it = { .phase = "connect", .key = "a,\"b\"" };
	struct strbuf b = { 0 };
	struct hist h;

	(void)state;
	fill(&h);
	it.h = &h;
	hist_csv_head(&b, HIST_AUTO);
	hist_csv(&b, &it, &at, HIST_AUTO);
	hist_csv_head(&b, HIST_MS);
	hist_csv(&b, &it, &at, HIST_MS);
	assert_string_equal(b.s,
		"time,ts_ns,phase,by,key,count,began_before,lost,reconstructed,open,min_ns,mean_ns,p50_ns,p75_ns,p90_ns,p99_ns,"
		"p99.9_ns,max_ns\n"
		"1970-01-01T00:00:00.000000000Z,42,connect,comm,\"a,\"\"b\"\"\",100,0,0,0,0,30000,11188000,30003,3000319,"
		"3000319,3000319,1000000000,1000000000\n"
		"time,ts_ns,phase,by,key,count,began_before,lost,reconstructed,open,min_ms,mean_ms,p50_ms,p75_ms,p90_ms,p99_ms,"
		"p99.9_ms,max_ms\n"
		"1970-01-01T00:00:00.000000000Z,42,connect,comm,\"a,\"\"b\"\"\",100,0,0,0,0,0.030,11.188,0.030,3.000,"
		"3.000,3.000,1000.000,1000.000\n");
	strbuf_free(&b);
	hist_free(&h);
}

/* The text is read back and compared with the samples it was made from. */
static void test_hgrm(void **state)
{
	struct hist_item it = { .phase = "connect" };
	const __u64 n = 100000;
	struct strbuf b = { 0 };
	double value, percentile, odds, last = -1, exact;
	unsigned long long total, lines = 0, last_total = 0;
	struct hist h;
	char *line, *save = NULL, text[32];
	__u64 i;

	(void)state;
	hist_init(&h, 10, NULL);
	for (i = 1; i <= n; i++)
		assert_int_equal(hist_add(&h, i * US, 1), 0);
	it.h = &h;
	hist_hgrm(&b, &it, HIST_US);
	line = strtok_r(b.s, "\n", &save);
	assert_string_equal(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
	for (line = strtok_r(NULL, "\n", &save); line && line[0] != '#';
	     line = strtok_r(NULL, "\n", &save), lines++) {
		assert_int_equal(sscanf(line, "%lf %lf %llu %31s", &value, &percentile, &total, text), 4);
		assert_true(percentile > last && percentile <= 1);
		/* The smallest value is exact; others are the upper edge of a bucket. */
		exact = percentile * (double)n < 1 ? 1 : percentile * (double)n;
		assert_true(value >= exact - 0.001 && value <= (exact + 1) * (1 + 1.0 / 1024) + 0.001);
		assert_true((double)total >= percentile * (double)n - 0.5);
		assert_true(total >= last_total && total <= n);
		if (percentile < 1) {
			odds = strtod(text, NULL);
			assert_true(odds > 0.99 / (1 - percentile) && odds < 1.01 / (1 - percentile));
		} else {
			assert_string_equal(text, "inf");
			assert_int_equal(total, n);
			assert_true(value == (double)n);
		}
		last = percentile;
		last_total = total;
	}
	assert_true(last == 1);
	assert_in_range(lines, 50, 100);	/* 5 for each half down to 1/1024 */
	assert_int_equal(sscanf(line, "#[Mean = %lf, StdDeviation = %lf]", &value, &odds), 2);
	assert_true(value == 50000.5 && odds > 28867 && odds < 28868);	/* exact: 28867.513 */
	line = strtok_r(NULL, "\n", &save);
	assert_string_equal(line, "#[Max     =   100000.000, Total count    =       100000]");
	line = strtok_r(NULL, "\n", &save);
	assert_string_equal(line, "#[Buckets =           55, SubBuckets     =         1024]");
	line = strtok_r(NULL, "\n", &save);
	assert_string_equal(line, "#[Unit    =           us, Phase          =      connect]");
	assert_null(strtok_r(NULL, "\n", &save));

	hist_reset(&h);
	strbuf_reset(&b);
	hist_hgrm(&b, &it, HIST_AUTO);
	assert_non_null(strstr(b.s, "\n\n#[Mean    =        0.000,"));
	strbuf_free(&b);
	hist_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units), cmocka_unit_test(test_table), cmocka_unit_test(test_bars),
		cmocka_unit_test(test_notes), cmocka_unit_test(test_json), cmocka_unit_test(test_csv),
		cmocka_unit_test(test_hgrm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
