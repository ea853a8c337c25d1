/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody demands of a run's histograms: "p99(connect) < 5ms", "count(time-wait) < 1000", "count(reset) == 0".
 *
 *	ASSERTION = WHAT "(" OF ")" COMPARISON VALUE
 *	WHAT = "p" 0 ... 100 | "min" | "mean" | "max" | "count" | "open"
 *	OF = a phase; for count also how connections closed: active ... unreachable
 *	COMPARISON = "<" | "<=" | ">" | ">=" | "==" | "!="
 *	VALUE = a number, with ns, us, ms, s or m for a duration, without a unit for count and open
 */
#ifndef CORE_STATS_HIST_ASSERT_H
#define CORE_STATS_HIST_ASSERT_H
#include "core/conn/conn.h"
#include "core/stats/hist/out.h"
#include "core/stats/hist/phase.h"

#define ASSERT_MAX 64		/* as many in one run */
#define ASSERT_TEXT 80

enum assert_what { ASSERT_PERCENTILE, ASSERT_MIN, ASSERT_MEAN, ASSERT_MAXIMUM, ASSERT_COUNT, ASSERT_OPEN };
enum assert_op { ASSERT_LT, ASSERT_LE, ASSERT_GT, ASSERT_GE, ASSERT_EQ, ASSERT_NE };

struct assertion {
	enum assert_what what;
	enum assert_op op;
	__u32 ppm;			/* ASSERT_PERCENTILE: millionths */
	bool of_kind;			/* @of is an enum close_kind; else an enum phase */
	__u8 of;
	__u64 value;			/* ns, or how many */
	char text[ASSERT_TEXT];		/* as it was given */
};

/* Returns 0, or -EINVAL with one sentence in @err that says what is wrong and what would be right. */
int assert_parse(const char *text, struct assertion *ret, char *err, size_t errlen);

/* What was measured, to hold against it. */
struct assert_found {
	bool any;		/* false: nothing to take a percentile, minimum, ... of */
	__u64 value;		/* as in struct assertion */
};
/* @kinds: connections closed, by enum close_kind. @item: the phase's histogram, of all connections; not looked at for a kind. */
struct assert_found assert_measure(const struct assertion *a, const struct hist_item *item,
				   const __u64 kinds[CLOSE_KIND_MAX]);
/* Without a value it does not hold: what was never measured proves nothing. */
bool assert_holds(const struct assertion *a, const struct assert_found *found);
/* "7.301ms", "1042", "nothing measured" */
void assert_fmt_found(struct strbuf *b, const struct assertion *a, const struct assert_found *found);
#endif
