// SPDX-License-Identifier: GPL-2.0-only
#include "core/metrics/metric.h"

const struct metric metrics_table[M_MAX] = {
	[M_BUILD] = { "twtrace_build", METRIC_INFO, 0, "version, kernel", 1, "versions of twtrace and the kernel" },
	[M_HOOK_LOADED] = { "twtrace_hook_loaded", METRIC_GAUGE, 0, "hook", 24, "1: this kernel hook is in use" },
	[M_EVENTS] = { "twtrace_events", METRIC_COUNTER, 0, "", 1, "events from the kernel" },
	[M_EVENTS_LOST] = { "twtrace_events_lost", METRIC_COUNTER, 0, "reason", 6, "events that were lost" },
	[M_GAPS] = { "twtrace_gaps", METRIC_COUNTER, 0, "", 1, "events that did not fit what came before: some before them are missing" },
	[M_HEALS] = { "twtrace_heals", METRIC_COUNTER, 0, "", 1, "looks at all sockets after a loss" },
	[M_TABLE] = { "twtrace_table_connections", METRIC_GAUGE, "connections", "", 1, "connections in the table of the tracer" },
	[M_TABLE_LIMIT] = { "twtrace_table_limit_connections", METRIC_GAUGE, "connections", "", 1, "connections that the table has room for" },
	[M_SERIES] = { "twtrace_series", METRIC_GAUGE, 0, "", 1, "series in this exposition" },
	[M_SLOTS_USED] = { "twtrace_slots_used", METRIC_GAUGE, 0, "slot", 3,
		"names that have series of their own; at --top the next ones are counted as other" },
	[M_HTTP_REQUESTS] = { "twtrace_http_requests", METRIC_COUNTER, 0, "path, code", 60, "requests answered" },
	[M_HTTP_CLIENTS] = { "twtrace_http_clients", METRIC_GAUGE, 0, "", 1, "connections of clients of this server" },
	[M_STREAM_CLIENTS] = { "twtrace_stream_clients", METRIC_GAUGE, 0, "", 1, "clients of /api/v1/stream" },
	[M_STREAM_CLIENTS_DROPPED] = { "twtrace_stream_clients_dropped", METRIC_COUNTER, 0, "", 1, "clients of /api/v1/stream that did not read and were dropped" },
	[M_CPU] = { "process_cpu_seconds", METRIC_COUNTER, "seconds", "", 1, "processor time of the tracer itself, user and system" },
	[M_RSS] = { "process_resident_memory_bytes", METRIC_GAUGE, "bytes", "", 1, "resident memory of the tracer itself" },
	[M_FDS] = { "process_open_fds", METRIC_GAUGE, 0, "", 1, "open file descriptors of the tracer itself" },
	[M_MAX_FDS] = { "process_max_fds", METRIC_GAUGE, 0, "", 1, "most file descriptors that the tracer may open" },
	[M_START_TIME] = { "process_start_time_seconds", METRIC_GAUGE, "seconds", "", 1, "start of the tracer, since 1970" },
	[M_FINDINGS] = { "twtrace_findings", METRIC_GAUGE, 0, "id, severity", 105, "what doctor finds: how many processes, ports or destinations each rule is about (--findings)" },

	[M_TCP_CONNECTIONS] = { "twtrace_tcp_connections", METRIC_GAUGE, "connections", "state", 11, "connections by state, minisocks and request sockets included" },
	[M_TCP_TRANSITIONS] = { "twtrace_tcp_transitions", METRIC_COUNTER, 0, "from, to", 28, "changes of state; a pair that TCP does not have is other" },
	[M_TCP_OPENED] = { "twtrace_tcp_opened_connections", METRIC_COUNTER, "connections", "role", 2, "connect() calls, and connections that a listener made" },
	[M_TCP_CLOSED] = { "twtrace_tcp_closed_connections", METRIC_COUNTER, "connections", "how", 12, "who closed first, or why it failed" },
	[M_TCP_ABORTS] = { "twtrace_tcp_aborts", METRIC_COUNTER, 0, "reason", 11, "connections that this host aborted" },
	[M_TCP_RESETS] = { "twtrace_tcp_resets", METRIC_COUNTER, 0, "direction", 2, "connections that ended by an RST: sent by us, or received" },
	[M_TW_BEGUN] = { "twtrace_tcp_time_wait_begun", METRIC_COUNTER, 0, "", 1, "TIME_WAITs that began" },
	[M_TW_ENDED] = { "twtrace_tcp_time_wait_ended", METRIC_COUNTER, 0, "end", 7, "TIME_WAITs that ended, and why" },
	[M_TW_OVERFLOW] = { "twtrace_tcp_time_wait_overflow", METRIC_COUNTER, 0, "", 1, "TIME_WAITs that never came to be: the kernel's table was full" },
	[M_TW_SECONDS] = { "twtrace_tcp_time_wait_seconds", METRIC_COUNTER, "seconds", "", 1, "time that sockets spent in TIME_WAIT, as far as it was watched" },
	[M_PHASES] = { "twtrace_tcp_phase_duration_seconds", METRIC_HISTOGRAM, "seconds", "phase", 242, "time that connections spent in each phase of their life" },
	[M_STUCK] = { "twtrace_tcp_stuck_connections", METRIC_GAUGE, "connections", "state", 3, "connections that are longer than --stuck in this state" },
	[M_STUCK_OLDEST] = { "twtrace_tcp_stuck_oldest_seconds", METRIC_GAUGE, "seconds", "state", 3, "how long the oldest of them is; 0: there is none" },

	[M_PROCESS_CONNECTIONS] = { "twtrace_process_connections", METRIC_GAUGE, "connections", "comm, state", 92, "connections by owner" },
	[M_PROCESS_CLOSED] = { "twtrace_process_closed_connections", METRIC_COUNTER, "connections", "comm, how", 138, "connections that ended, by owner: active is this side first" },
	[M_PROCESS_FAILURES] = { "twtrace_process_connect_failures", METRIC_COUNTER, 0, "comm, how", 115, "connect() calls that failed, by owner" },
	[M_PROCESS_TW_BEGUN] = { "twtrace_process_time_wait_begun", METRIC_COUNTER, 0, "comm", 23, "TIME_WAITs that began, by owner" },
	[M_PROCESS_TW_SECONDS] = { "twtrace_process_time_wait_seconds", METRIC_COUNTER, "seconds", "comm", 23, "time that sockets spent in TIME_WAIT, by owner" },
	[M_PROCESS_STUCK] = { "twtrace_process_stuck_connections", METRIC_GAUGE, "connections", "comm", 23,
		"connections that are longer than --stuck in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK, by owner" },
	[M_PROCESS_STUCK_OLDEST] = { "twtrace_process_stuck_oldest_seconds", METRIC_GAUGE, "seconds", "comm", 23, "how long the oldest of them is; 0: there is none" },

	[M_PORT_RANGE] = { "twtrace_local_port_range_ports", METRIC_GAUGE, "ports", "", 1, "size of ip_local_port_range, of the namespace heard of first" },
	[M_PORTS_USED] = { "twtrace_local_ports_used_ratio", METRIC_GAUGE, "ratio", "", 1,
		"of the destination whose local ports are nearest to their end: the share that is taken" },
	[M_PORTS_LEFT] = { "twtrace_local_ports_exhausted_seconds", METRIC_GAUGE, "seconds", "", 1,
		"until a destination has no local port left, at the rate of the last ten seconds; +Inf: never" },
	[M_DEST_CONNECTIONS] = { "twtrace_destination_connections", METRIC_GAUGE, "connections", "remote, state", 42, "connections that we opened, by remote end (--labels remote)" },
	[M_DEST_PORTS] = { "twtrace_destination_local_ports", METRIC_GAUGE, "ports", "remote", 21, "local ports in use towards it, TIME_WAIT too (--labels remote)" },
	[M_DEST_CLOSED] = { "twtrace_destination_closed_connections", METRIC_COUNTER, "connections", "remote, how", 126,
		"connections that we opened and that ended (--labels remote)" },
	[M_DEST_FAILURES] = { "twtrace_destination_connect_failures", METRIC_COUNTER, 0, "remote, how", 105, "connect() calls that failed (--labels remote)" },
	[M_LISTENER_COMPLETED] = { "twtrace_listener_completed_connections", METRIC_COUNTER, "connections", "lport", 21, "handshakes that were completed" },
	[M_LISTENER_CONNECTIONS] = { "twtrace_listener_connections", METRIC_GAUGE, "connections", "lport, state", 63, "connections that a listener made" },
	[M_LISTENER_QUEUE] = { "twtrace_listener_accept_queue_connections", METRIC_GAUGE, "connections", "lport", 21, "established and not accepted yet" },
	[M_LISTENER_QUEUE_LIMIT] = { "twtrace_listener_accept_queue_limit_connections", METRIC_GAUGE, "connections", "lport", 21,
		"the accept queue is full when it is above this; 0: nobody listens, or nobody looked" },
	[M_LISTENER_DROPS] = { "twtrace_listener_drops", METRIC_COUNTER, 0, "lport", 21, "what listening sockets dropped (ss -m shows it as d)" },
};

const char *metric_type_name(enum metric_type type)
{
	static const char *const names[] = { "counter", "gauge", "histogram", "info" };

	return names[type];
}
