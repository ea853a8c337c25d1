/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tables the page has, and which columns. */
#include <string.h>
#include "core/page/table.h"

#define KEYS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define COLUMNS(...) (const struct page_column[]){ __VA_ARGS__, { .key = NULL } }

const struct page_table page_tables[] = {
	{ "states", "States", "Connections by state, as ss counts them, and how many came and went.", NULL, KEYS("state"), COLUMNS(
		{ "state", "State", .help = "as ss and the kernel call it" },
		{ "now", "Now", AS_COUNT, .help = "connections in it" },
		{ "in_per_s", "In/s", AS_RATE, .help = "that came into it, per second" },
		{ "out_per_s", "Out/s", AS_RATE, .help = "that left it, per second" },
		{ "entered", "Entered", AS_COUNT, .help = "that came into it since the start", .wide = true }) },
	{ "findings", "Findings", "What is wrong, as doctor finds it.", "finding",
	  KEYS("id", "subject.pid", "subject.lport", "subject.raddr", "subject.rport", "subject.netns"), COLUMNS(
		{ "title", "Finding", .help = "what is wrong" },
		{ "severity", "Severity", .help = "info, warning or critical" },
		{ "subject.comm", "Whose", AS_PROCESS, "subject.pid", .help = "the process" },
		{ "cause", "Cause", .help = "with the numbers that were measured" },
		{ "fix", "What helps", AS_LINES, .help = "in the order of what is tried first", .wide = true }) },
	{ "processes", "Processes", "Who closes first, who holds TIME_WAITs and who is stuck, as closers counts, since the page was first asked for.", "closers",
	  KEYS("pid", "comm", "cgroup", "kernel", "rest"), COLUMNS(
		{ "comm", "Process", AS_PROCESS, "pid", .help = "that owns the connections" },
		{ "closed", "Closed", AS_COUNT, .help = "connections" },
		{ "active", "Active", AS_COUNT, .help = "closed by this host first" },
		{ "passive", "Passive", AS_COUNT, .help = "closed by the peer first" },
		{ "abort", "Abort", AS_COUNT, .help = "aborted by this host", .wide = true },
		{ "reset", "Reset", AS_COUNT, .help = "aborted by the peer", .wide = true },
		{ "time_wait", "TIME_WAIT", AS_COUNT, .help = "sockets in it now" },
		{ "time_wait_created_per_s", "TW/s", AS_RATE, .help = "TIME_WAITs begun per second", .wide = true },
		{ "stuck", "Stuck", AS_COUNT, .help = "sockets that are long in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK" },
		{ "container_name", "Container", .help = "that it is in", .wide = true },
		{ "unit", "Unit", .help = "of systemd", .wide = true }) },
	{ "connections", "Connections", "Each connection that exists, listeners left out; TIME_WAITs too.", NULL, KEYS("netns", "cookie", "laddr", "lport", "raddr", "rport"), COLUMNS(
		{ "laddr", "Local", AS_ENDPOINT, "lport", .help = "address and port", .sort = "local" },
		{ "raddr", "Remote", AS_ENDPOINT, "rport", .help = "address and port", .sort = "remote" },
		{ "state", "State", .help = "as ss calls it", .sort = "state" },
		{ "since_ns", "For", AS_AGE, .help = "time in this state", .sort = "in-state" },
		{ "born_ns", "Age", AS_AGE, .help = "since it began, or since it was first seen", .wide = true, .sort = "age" },
		{ "owner_comm", "Process", AS_PROCESS, "owner_pid", .help = "that owns it", .sort = "process" },
		{ "role", "Role", .help = "client: connect() made it; server: it came in", .wide = true },
		{ "close", "Close", .help = "who closed first, as far as it is known", .wide = true },
		{ "container_name", "Container", .help = "of its owner", .wide = true }) },
	{ "ended", "Ended", "The connections that ended last.", NULL, KEYS("netns", "cookie", "laddr", "lport", "raddr", "rport", "ts_ns"), COLUMNS(
		{ "laddr", "Local", AS_ENDPOINT, "lport", .help = "address and port" },
		{ "raddr", "Remote", AS_ENDPOINT, "rport", .help = "address and port" },
		{ "time", "Ended", AS_CLOCK, .help = "when its last trace was gone, UTC" },
		{ "owner_comm", "Process", AS_PROCESS, "owner_pid", .help = "that owned it" },
		{ "close", "Close", .help = "who closed first, or why it failed" },
		{ "close_reason", "Reason", .help = "of an abort", .wide = true },
		{ "tw_end", "TIME_WAIT end", .help = "how it ended", .wide = true },
		{ "life_ns", "Life", AS_NS, .help = "from its beginning to the end of its TIME_WAIT" },
		{ "bytes_acked", "Sent", AS_COUNT, .help = "bytes that the peer acknowledged", .wide = true },
		{ "bytes_received", "Received", AS_COUNT, .help = "bytes", .wide = true }) },
	{ "destinations", "Destinations", "Local ports that are used towards each destination, as ports counts them: nearest to their end first.", "ports",
	  KEYS("netns", "laddr", "raddr", "rport"), COLUMNS(
		{ "raddr", "Destination", AS_ENDPOINT, "rport", .help = "address and port" },
		{ "laddr", "Source", .help = "local address", .wide = true },
		{ "in_use", "In use", AS_COUNT, .help = "local ports" },
		{ "time_wait", "TIME_WAIT", AS_COUNT, .help = "of them" },
		{ "free", "Free", AS_COUNT, .help = "ports left" },
		{ "used_ratio", "Used", AS_SHARE, .help = "of what is usable" },
		{ "opened_per_s", "Opened/s", AS_RATE, .help = "connections per second", .wide = true },
		{ "hold_s", "Held", AS_SECONDS, .help = "how long a port is held", .wide = true },
		{ "exhausted_in_s", "Left", AS_SECONDS, .help = "until they run out, as it goes now" },
		{ "failed", "Failed", AS_COUNT, .help = "connect() without a free port", .wide = true },
		{ "top", "Held by", AS_NAMES, .help = "processes", .wide = true }) },
	{ "listeners", "Listeners", "Accept queues of listening sockets: those in trouble first.", "listener", KEYS("netns", "laddr", "lport", "cookie"), COLUMNS(
		{ "laddr", "Listener", AS_ENDPOINT, "lport", .help = "address and port" },
		{ "owners", "Process", AS_NAMES, .help = "that accepts" },
		{ "accept_queue", "Queue", AS_COUNT, .help = "connections that wait for accept()" },
		{ "accept_queue_peak", "Peak", AS_COUNT, .help = "most that were seen", .wide = true },
		{ "accept_queue_max", "Limit", AS_COUNT, .help = "of the queue" },
		{ "half_open", "Half-open", AS_COUNT, .help = "handshakes under way", .wide = true },
		{ "accepted_per_s", "Accepted/s", AS_RATE, .help = "connections per second" },
		{ "accept_wait_ns.p99", "Wait p99", AS_NS, .help = "from ESTABLISHED to accept()", .wide = true },
		{ "drops", "Drops", AS_COUNT, .help = "segments" }) },
	{ "latency", "Latency", "Time in each phase of a connection's life, as hist measures it, since the page was first asked for.", "hist", KEYS("phase"), COLUMNS(
		{ "phase", "Phase", .help = "as hist --help explains it" },
		{ "count", "Count", AS_COUNT, .help = "that ended" },
		{ "open", "Open", AS_COUNT, .help = "that are in it now", .wide = true },
		{ "percentiles_ns.p50", "p50", AS_NS, .help = "half took at most this" },
		{ "percentiles_ns.p90", "p90", AS_NS, .help = "nine of ten", .wide = true },
		{ "percentiles_ns.p99", "p99", AS_NS, .help = "99 of 100" },
		{ "max_ns", "Max", AS_NS, .help = "the longest" }) },
	{ .id = NULL },
};

const struct page_table *page_table_find(const char *id)
{
	for (const struct page_table *t = page_tables; t->id; t++)
		if (!strcmp(t->id, id))
			return t;
	return NULL;
}
