/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of struct metrics, shared by its files: metrics.c (counting), look.c (gauges), write.c (the text), labels.c (names). */
#ifndef CORE_METRICS_PARTS_H
#define CORE_METRICS_PARTS_H
#include "core/metrics/metrics.h"
#include "core/metrics/slots.h"
#include "core/ports/params.h"
#include "core/stats/hist/phase.h"

/* Upper ends of the buckets, the same on every host and in every version: 60 and 65 part TIME_WAITs that ended early from those that expired. */
#define N_LE 19
extern const char *const metrics_le[N_LE];

/* Ways to end that a process or a destination is counted by: the five usual ones, and the rest. */
enum { HOW_ACTIVE, HOW_PASSIVE, HOW_SIMULTANEOUS, HOW_ABORT, HOW_RESET, HOW_OTHER, HOW_MAX };
extern const char *const metrics_how[HOW_MAX];
/* connect() calls that failed. */
enum { FAIL_REFUSED, FAIL_UNREACHABLE, FAIL_TIMEOUT, FAIL_CANCELLED, FAIL_NO_PORT, FAIL_MAX };
__u8 metrics_fail_kind(unsigned int fail);	/* enum close_kind */
enum { IN_ESTABLISHED, IN_CLOSE_WAIT, IN_TIME_WAIT, IN_OTHER, IN_MAX };
extern const char *const metrics_in[IN_MAX];
#define N_STUCK 3
extern const __u8 metrics_stuck[N_STUCK];	/* enum tcp_state */

#define WHO_KNOWN 64	/* a power of two */

struct stuck { __u64 n, oldest_ns; };

/* Rows that are no slots come first. */
enum { ROW_OTHER, ROW_UNKNOWN, ROW_KERNEL, ROW_SLOTS };

struct who_row {
	__u64 closed[HOW_MAX], failed[FAIL_MAX], tw_begun;
	unsigned __int128 tw_ended_ns, tw_ns;	/* of those that ended; told last */
	/* now */
	__u64 in[IN_MAX];
	unsigned __int128 tw_now_ns;
	struct stuck stuck;
};

/* A remote end or a local port: row 0 is "other". */
struct dest_row { __u64 closed[HOW_MAX], failed[FAIL_MAX]; __u64 in[IN_MAX], ports; };
struct door_row { __u64 completed, drops; __u64 in[IN_MAX], queue, limit; };

struct metrics {
	struct metrics_config cfg;
	const struct tracker *tracker;
	__u64 events, heals;
	struct port_params settings;		/* of the namespace that was heard of first */
	__u32 settings_netns;
	__u64 transitions[ST_MAX][ST_MAX], opened_client, opened_server;
	__u64 closed[CLOSE_KIND_MAX], aborts[CLOSE_REASON_MAX], rst_sent, rst_rcvd;
	__u64 tw_begun, tw_ended[TW_END_MAX];
	unsigned __int128 tw_ended_ns, tw_ns;
	struct { __u64 n[N_LE + 1]; unsigned __int128 sum_ns; } phase[PHASE_MAX];
	struct slots *whos, *dests, *doors;	/* NULL: not asked for */
	struct { char comm[TWT_COMM_LEN + 1]; __u32 row; } known[WHO_KNOWN];	/* rows of names that were asked for lately; .comm "": none */
	struct who_row *who;			/* ROW_SLOTS and one for each slot */
	struct dest_row *dest;			/* one for "other", then one for each slot */
	struct door_row *door;
	/* now */
	__u64 counts[ST_MAX];
	unsigned __int128 tw_now_ns;
	struct stuck stuck[N_STUCK];
	double used_ratio, exhausted_s;
};

/* labels.c: the row that @c is counted in. NULL: not asked for. */
struct who_row *metrics_who_of(struct metrics *m, const struct conn *c, __u64 now_ns);
struct dest_row *metrics_dest_of(struct metrics *m, const struct conn *c, __u64 now_ns);
struct dest_row *metrics_dest_at(struct metrics *m, const __u8 addr[16], unsigned int family, __u16 port, __u64 now_ns);
struct door_row *metrics_door_at(struct metrics *m, __u16 lport, __u64 now_ns);
const char *metrics_who_name(enum metrics_who who);	/* "comm", ...: the name of the label */
/* The value of the label of row @i, in @b. False: the row is free. */
bool metrics_who_label(const struct metrics *m, unsigned int i, struct strbuf *b);
bool metrics_dest_label(const struct metrics *m, unsigned int i, struct strbuf *b);
bool metrics_door_label(const struct metrics *m, unsigned int i, struct strbuf *b);

#endif
