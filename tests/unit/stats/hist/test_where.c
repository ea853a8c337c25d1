/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a connection's time went: said as far as it is known, longest first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/stats/hist/where.h"

#define MS 1000000ULL

static void says(const struct conn *c, __u64 now_ms, const char *want)
{
	struct strbuf b = { 0 };

	assert_int_equal(where_time_went(&b, c, now_ms * MS), *want != '\0');
	assert_string_equal(b.s ? b.s : "", want);
	strbuf_free(&b);
}

/* It went through these and is over; times in ms, by state. */
#define SEEN(st, ms) .in_ns[ST_##st] = (ms) * MS

static void handshake(void **state)
{
	struct wire w = { .syn_known = true, .syn_retrans = 1, .retrans_segs = 1, .at_end = true };
	struct conn c = {
		.state = ST_CLOSE, .wire = &w, SEEN(SYN_SENT, 1030), SEEN(ESTABLISHED, 4), SEEN(CLOSE_WAIT, 1),
		.states_seen = 1U << ST_SYN_SENT | 1U << ST_ESTABLISHED | 1U << ST_CLOSE_WAIT | 1U << ST_CLOSE,
	};

	(void)state;
	says(&c, 5000, "of 1.035s, 1.030s for the handshake, whose SYN had to be sent again once");
	w.syn_retrans = 3;
	says(&c, 5000, "of 1.035s, 1.030s for the handshake, whose SYN had to be sent again 3 times");
	w.syn_retrans = 0;
	says(&c, 5000, "of 1.035s, 1.030s for the handshake, whose SYN was sent once");
	w.syn_known = false;
	says(&c, 5000, "of 1.035s, 1.030s for the handshake");
	c.wire = NULL;		/* the run did not look at the wire: states alone */
	says(&c, 5000, "of 1.035s, 1.030s for the handshake");
	c.states_unknown = 1U << ST_SYN_SENT;
	says(&c, 5000, "of 5.000ms, 1.000ms waiting for this side's application to close after the peer did");
}

static void the_wire(void **state)
{
	struct wire w = {
		.syn_known = true, .retrans_segs = 7, .busy_ns = 5000 * MS, .rwnd_limited_ns = 3000 * MS, .sndbuf_limited_ns = 500 * MS, .at_end = true,
	};
	struct conn c = {
		.state = ST_CLOSE, .wire = &w, SEEN(SYN_SENT, 20), SEEN(ESTABLISHED, 6000), SEEN(FIN_WAIT2, 2000),
		.states_seen = 1U << ST_SYN_SENT | 1U << ST_ESTABLISHED | 1U << ST_FIN_WAIT2 | 1U << ST_CLOSE,
	};

	(void)state;
	says(&c, 9000, "of 8.020s, 3.000s held up by the peer's window: the application there did not read; "
	     "2.000s waiting for the other side to close after this one did; 1.500s with data on the way or unacknowledged, segments sent again 7 times; "
	     "1.000s with nothing of this side's on the way: one of the applications took its time, or neither had anything to say; "
	     "500.0ms held up by this side's send buffer: a larger one would have sent more at once");
	/* From before the tracer: no whole, and what is left of it is known. */
	c.flags = CONN_BEGAN_BEFORE;
	c.states_unknown = 1U << ST_ESTABLISHED | 1U << ST_SYN_SENT;
	w.rwnd_limited_ns = w.sndbuf_limited_ns = 0;
	w.retrans_segs = 0;
	says(&c, 9000, "5.000s with data on the way or unacknowledged; 2.000s waiting for the other side to close after this one did");
}

static void of_what_lives(void **state)
{
	struct wire w = { .busy_ns = 100 * MS };
	struct conn c = {
		.state = ST_CLOSE_WAIT, .since_ns = 2000 * MS, SEEN(ESTABLISHED, 1000), .states_seen = 1U << ST_ESTABLISHED | 1U << ST_CLOSE_WAIT,
	};

	(void)state;
	says(&c, 5000, "of 4.000s, 3.000s waiting for this side's application to close after the peer did");
	c.flags = CONN_SINCE_UNKNOWN | CONN_BEGAN_BEFORE;
	says(&c, 5000, "");
	/* How much of the present state is idle is not known: the look at the wire is older than now. */
	c = (struct conn){ .state = ST_ESTABLISHED, .since_ns = 1000 * MS, .states_seen = 1U << ST_ESTABLISHED, .wire = &w };
	says(&c, 2000, "of 1.000s, 100.0ms with data on the way or unacknowledged");
	w.busy_ns = 0;
	says(&c, 2000, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(handshake), cmocka_unit_test(the_wire), cmocka_unit_test(of_what_lives) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
