/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/metrics/expo.h"

static struct strbuf out;

static struct expo begin(bool openmetrics)
{
	strbuf_reset(&out);
	return (struct expo){ .out = &out, .openmetrics = openmetrics };
}

static int teardown(void **state)
{
	(void)state;
	strbuf_free(&out);
	return 0;
}

static void both_formats_name_a_counter_as_they_should(void **state)
{
	struct expo x = begin(true);

	(void)state;
	expo_family(&x, M_TW_SECONDS);
	expo_ns(&x, NULL, 0, 1500000000);
	expo_end(&x);
	assert_string_equal(out.s, "# TYPE twtrace_tcp_time_wait_seconds counter\n# UNIT twtrace_tcp_time_wait_seconds seconds\n"
			    "# HELP twtrace_tcp_time_wait_seconds time that sockets spent in TIME_WAIT, as far as it was watched\n"
			    "twtrace_tcp_time_wait_seconds_total 1.5\n# EOF\n");
	x = begin(false);
	expo_family(&x, M_TW_SECONDS);
	expo_ns(&x, NULL, 0, 0);
	expo_end(&x);
	assert_string_equal(out.s, "# HELP twtrace_tcp_time_wait_seconds_total time that sockets spent in TIME_WAIT, as far as it was watched\n"
			    "# TYPE twtrace_tcp_time_wait_seconds_total counter\ntwtrace_tcp_time_wait_seconds_total 0.0\n");
}

static void an_info_is_a_gauge_where_there_is_no_info(void **state)
{
	struct expo x = begin(false);

	(void)state;
	expo_family(&x, M_BUILD);
	expo_u64(&x, &(struct expo_label){ "version", "1" }, 1, 1);
	assert_non_null(strstr(out.s, "# TYPE twtrace_build_info gauge\ntwtrace_build_info{version=\"1\"} 1\n"));
	x = begin(true);
	expo_family(&x, M_BUILD);
	expo_u64(&x, &(struct expo_label){ "version", "1" }, 1, 1);
	assert_non_null(strstr(out.s, "# TYPE twtrace_build info\n"));
	assert_non_null(strstr(out.s, "\ntwtrace_build_info{version=\"1\"} 1\n"));
}

static void foreign_text_cannot_break_out_of_a_label(void **state)
{
	struct expo x = begin(true);

	(void)state;
	expo_family(&x, M_STUCK);
	strbuf_reset(&out);
	expo_u64(&x, &(struct expo_label){ "state", "a\"} 1\nb\\\xff\xc3\xa4" }, 1, 7);
	assert_string_equal(out.s, "twtrace_tcp_stuck_connections{state=\"a\\\"} 1\\nb\\\\\xef\xbf\xbd\xc3\xa4\"} 7\n");
}

static void numbers_are_exact_or_what_the_format_calls_them(void **state)
{
	struct expo x = begin(true);

	(void)state;
	expo_family(&x, M_PORTS_LEFT);
	strbuf_reset(&out);
	expo_double(&x, NULL, 0, INFINITY);
	expo_double(&x, NULL, 0, 0.25);
	expo_u64(&x, NULL, 0, ~0ULL);
	expo_ns(&x, NULL, 0, (unsigned __int128)~0ULL * 1000);
	expo_ns(&x, NULL, 0, 1000000001);
	assert_string_equal(out.s, "twtrace_local_ports_exhausted_seconds +Inf\ntwtrace_local_ports_exhausted_seconds 0.25\n"
			    "twtrace_local_ports_exhausted_seconds 18446744073709551615\n"
			    "twtrace_local_ports_exhausted_seconds 18446744073709.551615\ntwtrace_local_ports_exhausted_seconds 1.000000001\n");
	assert_int_equal(x.series, 5);
}

static void buckets_add_up(void **state)
{
	static const char *const le[] = { "0.1", "1.0" };
	const __u64 counts[] = { 3, 0, 4 };
	struct expo x = begin(true);

	(void)state;
	expo_family(&x, M_PHASES);
	strbuf_reset(&out);
	expo_histogram(&x, &(struct expo_label){ "phase", "life" }, le, 2, counts, 9000000000ULL);
	assert_string_equal(out.s, "twtrace_tcp_phase_duration_seconds_bucket{phase=\"life\",le=\"0.1\"} 3\n"
			    "twtrace_tcp_phase_duration_seconds_bucket{phase=\"life\",le=\"1.0\"} 3\n"
			    "twtrace_tcp_phase_duration_seconds_bucket{phase=\"life\",le=\"+Inf\"} 7\n"
			    "twtrace_tcp_phase_duration_seconds_count{phase=\"life\"} 7\ntwtrace_tcp_phase_duration_seconds_sum{phase=\"life\"} 9.0\n");
	assert_int_equal(x.series, 5);
}

static void names_are_cleaned_and_cut_between_characters(void **state)
{
	(void)state;
	strbuf_reset(&out);
	expo_clean(&out, "a\xff" "b", 10);
	assert_string_equal(out.s, "a\xef\xbf\xbd" "b");
	strbuf_reset(&out);
	expo_clean(&out, "ab\xc3\xa4" "c", 3);
	assert_string_equal(out.s, "ab");
	strbuf_reset(&out);
	expo_clean(&out, "a\xff", 3);
	assert_string_equal(out.s, "a");
}

static void the_table_is_whole(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < M_MAX; i++) {
		const struct metric *m = &metrics_table[i];
		size_t len = strlen(m->name), unit = m->unit ? strlen(m->unit) : 0;

		assert_non_null(m->help);
		assert_true(m->series > 0);
		assert_int_not_equal(m->help[strlen(m->help) - 1], '.');
		assert_null(strstr(m->name, "_total"));
		if (m->unit) {
			assert_true(len > unit + 1);
			assert_string_equal(m->name + len - unit, m->unit);
			assert_int_equal(m->name[len - unit - 1], '_');
		}
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(metrics_table[k].name, m->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_formats_name_a_counter_as_they_should),
		cmocka_unit_test(an_info_is_a_gauge_where_there_is_no_info),
		cmocka_unit_test(foreign_text_cannot_break_out_of_a_label),
		cmocka_unit_test(numbers_are_exact_or_what_the_format_calls_them),
		cmocka_unit_test(buckets_add_up),
		cmocka_unit_test(names_are_cleaned_and_cut_between_characters),
		cmocka_unit_test(the_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
