/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts, from each combination of what may be known. Whole stories are in test_states.c and
 * test_timewait.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/track/parts.h"

#define T0 1000000000000ULL
#define BOTH (TWT_F_SHUT_RD | TWT_F_SHUT_WR)
#define BY_TASK (TWT_F_OWNED | BOTH)
#define BEFORE (-3000)
#define AFTER 3000
#define LONG_AGO (-(long long)TRACKER_SETTLE_NS - 1)

struct close_case {
	__u8 state;
	__u32 flags;
	__u16 err;
	__u8 rst;		/* enum twt_rst_reason of an RST of ours ... */
	long long rst_at;	/* ... at T0 + this; 0: none */
	__u32 conn_flags;
	__u8 close, reason, end;
};

static void check_close(const struct close_case *c, size_t i, __u16 lport)
{
	static const __u8 so_far[ST_MAX] = {
		[ST_FIN_WAIT1] = CLOSE_ACTIVE, [ST_FIN_WAIT2] = CLOSE_ACTIVE,
		[ST_CLOSING] = CLOSE_SIMULTANEOUS,
		[ST_CLOSE_WAIT] = CLOSE_PASSIVE, [ST_LAST_ACK] = CLOSE_PASSIVE,
	};
	struct row r = { .c = { .state = c->state, .flags = c->conn_flags, .lport = lport } };
	struct pend p = { .ts_ns = T0, .kind = PENDING_CLOSE, .flags = c->flags, .err = c->err };

	r.c.close = so_far[c->state];
	if (c->rst_at) {
		r.rst_ns = T0 + (__u64)c->rst_at;
		r.rst_reason = c->rst;
	}
	judge_close(&r, &p);
	if (r.c.close != c->close || r.c.reason != c->reason || r.c.tw_end != c->end)
		fail_msg("case %zu (%s): %s, %s, %s", i, tcp_state_name(c->state), close_kind_name(r.c.close),
			 close_reason_name(r.c.reason), tw_end_name(r.c.tw_end));
	assert_int_equal(!!(r.c.flags & CONN_RST_SENT), c->rst_at && c->rst_at != LONG_AGO);
}

static void closes(void **state)
{
	static const struct close_case cases[] = {
		{ ST_LISTEN, BY_TASK, 0, 0, 0, 0, CLOSE_NOT_YET, 0, 0 },
		{ ST_SYN_SENT, 0, ECONNREFUSED, 0, 0, CONN_RST_RCVD, CLOSE_REFUSED, 0, 0 },
		{ ST_SYN_SENT, 0, ECONNREFUSED, 0, 0, 0, CLOSE_REFUSED, 0, 0 }, /* by ICMP */
		{ ST_SYN_SENT, 0, ETIMEDOUT, 0, 0, 0, CLOSE_CONNECT_TIMEOUT, 0, 0 },
		{ ST_SYN_SENT, BY_TASK, 0, 0, 0, 0, CLOSE_CONNECT_CANCELLED, 0, 0 },
		{ ST_SYN_SENT, 0, EHOSTUNREACH, 0, 0, 0, CLOSE_UNREACHABLE, 0, 0 },
		{ ST_SYN_SENT, 0, ENETUNREACH, 0, 0, 0, CLOSE_UNREACHABLE, 0, 0 },
		{ ST_SYN_SENT, 0, EACCES, 0, 0, 0, CLOSE_UNREACHABLE, 0, 0 },	/* forbidden by a router, IPv6 */
		{ ST_SYN_SENT, 0, ECONNABORTED, 0, 0, 0, CLOSE_ABORT, REASON_KILLED, 0 },
		{ ST_SYN_SENT, 0, EPIPE, 0, 0, 0, CLOSE_UNKNOWN, 0, 0 },
		{ ST_SYN_RECV, 0, ECONNRESET, 0, 0, CONN_RST_RCVD, CLOSE_RESET, 0, 0 },
		{ ST_SYN_RECV, 0, 0, 0, 0, 0, CLOSE_UNKNOWN, 0, 0 },

		{ ST_ESTABLISHED, 0, ECONNRESET, 0, 0, CONN_RST_RCVD, CLOSE_RESET, 0, 0 },
		{ ST_ESTABLISHED, 0, 0, 0, 0, 0, CLOSE_UNKNOWN, 0, 0 },
		{ ST_ESTABLISHED, BY_TASK, 0, 0, 0, 0, CLOSE_ABORT, REASON_UNKNOWN, 0 },
		{ ST_ESTABLISHED, BY_TASK, 0, TWT_RST_ABORT_ON_CLOSE, LONG_AGO, 0, CLOSE_ABORT,
		  REASON_UNKNOWN, 0 },
		{ ST_ESTABLISHED, BY_TASK, 0, TWT_RST_ABORT_ON_CLOSE, AFTER, 0, CLOSE_ABORT, REASON_UNREAD,
		  0 },
		{ ST_ESTABLISHED, BY_TASK, 0, TWT_RST_OTHER, AFTER, 0, CLOSE_ABORT, REASON_UNKNOWN, 0 },
		{ ST_CLOSE_WAIT, BY_TASK, 0, TWT_RST_ABORT_ON_CLOSE, AFTER, 0, CLOSE_ABORT, REASON_UNREAD,
		  0 },
		{ ST_CLOSE_WAIT, 0, EPIPE, 0, 0, CONN_RST_RCVD, CLOSE_RESET, 0, 0 },
		{ ST_CLOSE_WAIT, 0, ETIMEDOUT, 0, 0, 0, CLOSE_ABORT, REASON_RETRANSMIT_TIMEOUT, 0 },
		{ ST_ESTABLISHED, TWT_F_USER_TMO, ETIMEDOUT, TWT_RST_KEEPALIVE, BEFORE, 0, CLOSE_ABORT,
		  REASON_KEEPALIVE, 0 },
		{ ST_ESTABLISHED, BY_TASK, ECONNABORTED, 0, 0, 0, CLOSE_ABORT, REASON_KILLED, 0 },
		{ ST_ESTABLISHED, TWT_F_UNACCEPTED | TWT_F_ORPHAN | BOTH | TWT_F_LINGER0, 0,
		  TWT_RST_TCP_STATE, AFTER, 0, CLOSE_ABORT, REASON_LINGER, 0 },

		{ ST_LAST_ACK, TWT_F_ORPHAN, 0, 0, 0, 0, CLOSE_PASSIVE, 0, 0 },
		{ ST_LAST_ACK, TWT_F_ORPHAN, ECONNRESET, 0, 0, CONN_RST_RCVD, CLOSE_RESET, 0, 0 },
		{ ST_LAST_ACK, TWT_F_ORPHAN, ETIMEDOUT, 0, 0, 0, CLOSE_ORPHAN_TIMEOUT, 0, 0 },
		{ ST_LAST_ACK, BOTH, ETIMEDOUT, 0, 0, 0, CLOSE_ABORT, REASON_RETRANSMIT_TIMEOUT, 0 },
		{ ST_LAST_ACK, BY_TASK, ECONNABORTED, TWT_RST_TCP_STATE, BEFORE, 0, CLOSE_ABORT,
		  REASON_KILLED, 0 },

		{ ST_FIN_WAIT1, TWT_F_ORPHAN, EHOSTUNREACH, 0, 0, 0, CLOSE_ORPHAN_TIMEOUT, 0, 0 },
		{ ST_FIN_WAIT1, TWT_F_ORPHAN, ECONNRESET, 0, 0, CONN_RST_RCVD, CLOSE_RESET, 0, 0 },
		{ ST_FIN_WAIT1, BY_TASK, 0, TWT_RST_ABORT_ON_CLOSE, AFTER, 0, CLOSE_ABORT, REASON_UNREAD, 0 },
		{ ST_FIN_WAIT1, BY_TASK, 0, TWT_RST_UNKNOWN, AFTER, 0, CLOSE_ABORT, REASON_UNREAD, 0 },
		{ ST_FIN_WAIT1, BY_TASK | TWT_F_LINGER0, 0, TWT_RST_ABORT_ON_DATA, AFTER, 0, CLOSE_ABORT,
		  REASON_LINGER, 0 },
		{ ST_FIN_WAIT1, TWT_F_ORPHAN, 0, TWT_RST_ABORT_ON_DATA, AFTER, 0, CLOSE_ABORT,
		  REASON_DATA_AFTER_CLOSE, 0 },
		{ ST_FIN_WAIT2, TWT_F_ORPHAN, ECONNRESET, TWT_RST_ABORT_ON_DATA, AFTER, CONN_RST_RCVD,
		  CLOSE_ABORT, REASON_DATA_AFTER_CLOSE, 0 },
		{ ST_FIN_WAIT2, TWT_F_ORPHAN, 0, TWT_RST_UNKNOWN, AFTER, 0, CLOSE_ABORT,
		  REASON_DATA_AFTER_CLOSE, 0 },
		{ ST_FIN_WAIT2, TWT_F_ORPHAN, 0, TWT_RST_UNKNOWN, BEFORE, 0, CLOSE_ORPHAN_TIMEOUT, 0, 0 },
		{ ST_FIN_WAIT2, TWT_F_ORPHAN, 0, TWT_RST_TCP_STATE, BEFORE, 0, CLOSE_ORPHAN_TIMEOUT, 0, 0 },
		{ ST_FIN_WAIT2, BY_TASK, 0, TWT_RST_ABORT_ON_LINGER, AFTER, 0, CLOSE_ABORT, REASON_LINGER,
		  0 },
		{ ST_FIN_WAIT2, TWT_F_ORPHAN, 0, 0, 0, 0, CLOSE_ACTIVE, 0, TW_END_OVERFLOW },
		{ ST_FIN_WAIT2, TWT_F_ORPHAN, 0, TWT_RST_TCP_STATE, LONG_AGO, 0, CLOSE_ACTIVE, 0,
		  TW_END_OVERFLOW },
		{ ST_CLOSING, TWT_F_ORPHAN, 0, 0, 0, 0, CLOSE_SIMULTANEOUS, 0, TW_END_OVERFLOW },
		{ ST_CLOSING, TWT_F_ORPHAN, ETIMEDOUT, 0, 0, 0, CLOSE_ORPHAN_TIMEOUT, 0, 0 },
		{ ST_CLOSING, TWT_F_ORPHAN, ECONNRESET, 0, 0, CONN_RST_RCVD, CLOSE_RESET, 0, 0 },
	};
	static const struct close_case no_port = { ST_SYN_SENT, BY_TASK, 0, 0, 0, 0, CLOSE_NO_PORT, 0, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_close(&cases[i], i, 40000);
	check_close(&no_port, i, 0);
}

struct end_case {
	__u32 flags;		/* at the cancel */
	__u8 refs;
	bool rst_in, reopened, rst_of_ours;
	__u64 plan;
	__u8 end;
};

static void ends(void **state)
{
	static const struct end_case cases[] = {
		{ TWT_F_UNHASHED, 2, .end = TW_END_REUSED },
		{ TWT_F_UNHASHED | TWT_F_CTX, 3, .rst_in = true, .end = TW_END_REUSED },
		{ TWT_F_NETNS_DEAD | TWT_F_CTX | TWT_F_KTHREAD, 4, .end = TW_END_PURGED },
		{ TWT_F_NETNS_DEAD, 5, .end = TW_END_PURGED },
		{ TWT_F_CTX | TWT_F_SOFTIRQ, 4, .rst_in = true, .end = TW_END_RESET },
		{ TWT_F_CTX | TWT_F_SOFTIRQ, 4, .rst_of_ours = true, .end = TW_END_RESET },
		{ TWT_F_CTX | TWT_F_SOFTIRQ, 4, .reopened = true, .end = TW_END_REOPENED },
		{ TWT_F_CTX, 5, .end = TW_END_KILLED },
		{ TWT_F_CTX, 4, .end = TW_END_UNKNOWN },	/* a segment from a TUN device */
		{ TWT_F_CTX | TWT_F_KTHREAD, 5, .end = TW_END_UNKNOWN },
		{ 0, 5, .end = TW_END_KILLED },
		{ 0, 4, .end = TW_END_UNKNOWN },
		{ TWT_F_KTHREAD, 5, .end = TW_END_UNKNOWN },
		{ TWT_F_CTX | TWT_F_SOFTIRQ, 5, .end = TW_END_UNKNOWN },
		{ TWT_F_CTX | TWT_F_SOFTIRQ, 4, .plan = TWT_PLAN_SEGMENT, .end = TW_END_REOPENED },
		{ TWT_F_CTX | TWT_F_SOFTIRQ, 4, .plan = TWT_PLAN_CONTEXT | TWT_PLAN_RST_REASON,
		  .end = TW_END_UNKNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct end_case *c = &cases[i];
		const struct tracker t = { .plan = c->plan };
		const struct row r = { .c = { .state = ST_TIME_WAIT },
				       .rst_ns = c->rst_of_ours ? T0 - 5000 : 0 };
		const struct pend p = { .ts_ns = T0,
					.kind = PENDING_TW_END,
					.flags = c->flags,
					.refs = c->refs,
					.rst_in = c->rst_in,
					.reopened = c->reopened };
		enum tw_end end = judge_tw_end(&t, &r, &p);

		if (end != c->end)
			fail_msg("case %zu: %s, not %s", i, tw_end_name(end), tw_end_name(c->end));
	}
}

/* What was seen of the connection long before the timer stopped is not what stopped it. */
static void old_proof_is_none(void **state)
{
	const struct tracker t = { .plan = 0 };
	struct row r = { .rst_ns = T0 - TRACKER_SETTLE_NS - 1,
			 .seg_ns = T0 - TRACKER_SETTLE_NS - 1,
			 .seg_end = TW_END_RESET };
	const struct pend p = {
		.ts_ns = T0, .kind = PENDING_TW_END, .flags = TWT_F_CTX | TWT_F_SOFTIRQ, .refs = 4
	};

	(void)state;
	assert_int_equal(judge_tw_end(&t, &r, &p), TW_END_UNKNOWN);
	r.seg_ns++;
	assert_int_equal(judge_tw_end(&t, &r, &p), TW_END_RESET);
	r.seg_ns = 0;
	r.rst_ns++;
	assert_int_equal(judge_tw_end(&t, &r, &p), TW_END_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closes), cmocka_unit_test(ends), cmocka_unit_test(old_proof_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
