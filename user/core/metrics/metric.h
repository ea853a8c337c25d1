/* SPDX-License-Identifier: GPL-2.0-only */
/* The families of metrics that `serve` exposes, each described once: the exposition, --help, the man page and README read this table. */
#ifndef CORE_METRICS_METRIC_H
#define CORE_METRICS_METRIC_H

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_INFO };

/* In the order in which they are exposed. */
enum metric_id {
	M_BUILD, M_HOOK_LOADED, M_EVENTS, M_EVENTS_LOST, M_GAPS, M_HEALS, M_TABLE, M_TABLE_LIMIT, M_SLOTS_USED,
	M_HTTP_REQUESTS, M_HTTP_CLIENTS, M_STREAM_CLIENTS, M_STREAM_CLIENTS_DROPPED,
	M_CPU, M_RSS, M_FDS, M_MAX_FDS, M_START_TIME, M_FINDINGS,
	M_TCP_CONNECTIONS, M_TCP_TRANSITIONS, M_TCP_OPENED, M_TCP_CLOSED, M_TCP_ABORTS, M_TCP_RESETS,
	M_TW_BEGUN, M_TW_ENDED, M_TW_OVERFLOW, M_TW_SECONDS, M_PHASES, M_STUCK, M_STUCK_OLDEST,
	M_PROCESS_CONNECTIONS, M_PROCESS_CLOSED, M_PROCESS_FAILURES, M_PROCESS_TW_BEGUN, M_PROCESS_TW_SECONDS, M_PROCESS_STUCK,
	M_PROCESS_STUCK_OLDEST,
	M_PORT_RANGE, M_PORTS_USED, M_PORTS_LEFT,
	M_DEST_CONNECTIONS, M_DEST_PORTS, M_DEST_CLOSED, M_DEST_FAILURES,
	M_LISTENER_COMPLETED, M_LISTENER_CONNECTIONS, M_LISTENER_QUEUE, M_LISTENER_QUEUE_LIMIT, M_LISTENER_DROPS,
	M_SERIES,
	M_MAX
};

struct metric {
	const char *name;	/* of a counter without "_total", of an info without "_info" */
	enum metric_type type;
	const char *unit;	/* the name's last word, where it is a unit; NULL: it has none */
	const char *labels;	/* "comm, how"; "comm" stands for what --labels puts processes together by. "" */
	unsigned int series;	/* most there are with --top 20 */
	const char *help;	/* one line, without a full stop */
};

extern const struct metric metrics_table[M_MAX];
const char *metric_type_name(enum metric_type type);	/* "counter", ... */
#endif
