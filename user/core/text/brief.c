/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/brief.h"
#include "core/text/fmt.h"
#include <stdio.h>

const char *brief_count(__u64 n, char ret[BRIEF_LEN])
{
	static const char units[] = "MGTPE";
	const char *unit = units;
	__u64 scale = 1000000;

	if (n < 1000) {
		(void)snprintf(ret, BRIEF_LEN, "%u", (unsigned int)n);
		return ret;
	}
	if (n < 1000000) {
		(void)snprintf(ret, BRIEF_LEN, "%u,%03u", (unsigned int)(n / 1000), (unsigned int)(n % 1000));
		return ret;
	}
	while (n / scale >= 1000) {
		scale *= 1000;
		unit++;
	}
	/* Three digits, by whole numbers: no rounding up to 1000. */
	if (n / scale >= 100)
		(void)snprintf(ret, BRIEF_LEN, "%u%c", (unsigned int)(n / scale), *unit);
	else if (n / scale >= 10)
		(void)snprintf(ret, BRIEF_LEN, "%u.%u%c", (unsigned int)(n / scale), (unsigned int)(n % scale / (scale / 10)),
			       *unit);
	else
		(void)snprintf(ret, BRIEF_LEN, "%u.%02u%c", (unsigned int)(n / scale),
			       (unsigned int)(n % scale / (scale / 100)), *unit);
	return ret;
}

const char *brief_rate(double r, char ret[BRIEF_LEN])
{
	static const char units[] = "kMGTP";
	const char *unit = units;

	if (!(r > 0)) {
		(void)snprintf(ret, BRIEF_LEN, "0");
	} else if (r < 0.1) {
		(void)snprintf(ret, BRIEF_LEN, "<0.1");
	} else if (r < 99.95) {
		(void)snprintf(ret, BRIEF_LEN, "%.1f", r);
	} else if (r < 999.5) {
		(void)snprintf(ret, BRIEF_LEN, "%.0f", r);
	} else {
		for (r /= 1000; r >= 999.5 && unit[1]; r /= 1000)
			unit++;
		(void)snprintf(ret, BRIEF_LEN, r < 99.95 ? "%.1f%c" : "%.0f%c", r < 999999 ? r : 999999, *unit);
	}
	return ret;
}

void brief_progress(struct strbuf *b, __u64 done, __u64 all, __u64 events, __u64 ns)
{
	char rate[BRIEF_LEN];
	double left;

	/* A file that is still written may grow. */
	if (done > all)
		done = all;
	strbuf_addf(b, "%u%%", all ? (unsigned int)((double)done * 100 / (double)all) : 0);
	if (!ns || !done)
		return;
	strbuf_addf(b, ", %s events/s, ", brief_rate((double)events * 1e9 / (double)ns, rate));
	left = (double)ns * (double)(all - done) / (double)done;
	if (left < 1e9)
		strbuf_adds(b, "less than 1s");
	else if (left < 600e9)
		strbuf_addf(b, "%.0fs", left / 1e9);
	else
		fmt_duration(b, left < 1e18 ? (unsigned long long)left : 1000000000000000000ULL);
	strbuf_adds(b, " left");
}
