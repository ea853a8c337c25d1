/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/page/report.h"

#define KEYS(...) (const char *const[]){ __VA_ARGS__, NULL }
#define COLUMNS(...) (const struct page_column[]){ __VA_ARGS__, { .key = NULL } }
#define CONN_KEYS KEYS("netns", "cookie", "laddr", "lport", "raddr", "rport", "longest_in")

const struct page_table report_tables[REPORT_TABLES] = {
	[REPORT_DIFFERENCES] = { "differences", "Differences", "Both recordings' main numbers; B/A is how many times as much.", NULL, KEYS("what"), COLUMNS(
		{ "what", "What", .help = "as below" },
		{ "a", "A", AS_TEXT, .help = "the first recording" },
		{ "b", "B", AS_TEXT, .help = "the second recording" },
		{ "ratio", "B/A", AS_TEXT, .help = "B as a multiple of A" }) },
	[REPORT_TOTALS] = { "totals", "Main numbers", "Of the whole recording.", NULL, KEYS("what"), COLUMNS(
		{ "what", "What", .help = "that was counted" },
		{ "count", "Count", AS_COUNT, .help = "over the whole recording" },
		{ "per_s", "Per second", AS_RATE, .help = "on average" }) },
	[REPORT_FINDINGS] = { "findings", "Findings", "What is wrong, as doctor finds it over the whole recording.", "finding",
	  KEYS("id", "subject.pid", "subject.lport", "subject.raddr", "subject.rport", "subject.netns"), NULL },
	[REPORT_STATES] = { "states", "States", "TCP's states: connections that came into each of them, and there were at the end.", NULL, KEYS("state"), COLUMNS(
		{ "state", "State", .help = "as ss and the kernel call it" },
		{ "now", "At the end", AS_COUNT, .help = "connections in it, as count says" },
		{ "most", "Most", AS_COUNT, .help = "connections in it at any full second" },
		{ "entered", "Entered", AS_COUNT, .help = "that came into it" },
		{ "left", "Left", AS_COUNT, .help = "that left it" }) },
	[REPORT_COURSE] = { "course", "Over time", "Connections by state, and what began and ended.", NULL, KEYS("at_ns"), COLUMNS(
		{ "time", "Until", AS_CLOCK, .help = "end of the step, UTC" },
		{ "ESTABLISHED", "ESTABLISHED", AS_COUNT, .help = "connections at that moment" },
		{ "TIME_WAIT", "TIME_WAIT", AS_COUNT, .help = "connections at that moment" },
		{ "CLOSE_WAIT", "CLOSE_WAIT", AS_COUNT, .help = "connections at that moment" },
		{ "FIN_WAIT2", "FIN_WAIT2", AS_COUNT, .help = "connections at that moment", .wide = true },
		{ "opened_per_s", "Opened/s", AS_RATE, .help = "connections that began, per second" },
		{ "closed_per_s", "Closed/s", AS_RATE, .help = "connections that were closed, per second" },
		{ "active_per_s", "Closed here first/s", AS_RATE, .help = "active close, per second", .wide = true },
		{ "broken_per_s", "Broken off/s", AS_RATE, .help = "abort, reset, refused and other failures, per second", .wide = true }) },
	[REPORT_PROCESSES] = { "processes", "Who closes first", "Closes, TIME_WAITs and stuck sockets by process, as closers counts.", "closers",
	  KEYS("pid", "comm", "cgroup", "kernel", "rest"), NULL },
	[REPORT_TIME_WAIT] = { "timewait", "TIME_WAIT", "How TIME_WAITs ended and how long they lasted, as hist time-wait --by end.", "hist", KEYS("key", "other"), COLUMNS(
		{ "key", "End", .help = "expired, reused, reopened, reset, purged or killed" },
		{ "count", "Count", AS_COUNT, .help = "that ended so" },
		{ "percentiles_ns.p50", "p50", AS_NS, .help = "half lasted at most this long" },
		{ "percentiles_ns.p90", "p90", AS_NS, .help = "nine of ten", .wide = true },
		{ "percentiles_ns.p99", "p99", AS_NS, .help = "99 of 100" },
		{ "max_ns", "Max", AS_NS, .help = "the longest" }) },
	[REPORT_LATENCY] = { "latency", "Phases", "Time in each phase of a connection's life, as hist all measures it.", "hist", KEYS("phase"), NULL },
	[REPORT_DESTINATIONS] = { "destinations", "Destinations", "Local ports that are used towards each destination at the end, as ports counts them: nearest to their end first.",
	  "ports", KEYS("netns", "laddr", "raddr", "rport"), NULL },
	[REPORT_LISTENERS] = { "listeners", "Listeners", "Accept queues of listening sockets: those in trouble first.", "listener", KEYS("netns", "laddr", "lport", "cookie"), NULL },
	[REPORT_STUCK] = { "stuck", "Stuck sockets", "Longer than --stuck in a state that somebody else should end, at the end of the recording: the oldest first.",
	  NULL, CONN_KEYS, COLUMNS(
		{ "laddr", "Local", AS_ENDPOINT, "lport", .help = "address and port" },
		{ "raddr", "Remote", AS_ENDPOINT, "rport", .help = "address and port" },
		{ "longest_in", "State", .help = "that it is in" },
		{ "spent_ns", "For", AS_NS, .help = "time in that state" },
		{ "owner_comm", "Process", AS_PROCESS, "owner_pid", .help = "that owns it" },
		{ "container_name", "Container", .help = "of its owner", .wide = true }) },
	[REPORT_SLOWEST] = { "slowest", "Slowest connections", "Those that were longest in each state, of all that ended.", NULL, CONN_KEYS, COLUMNS(
		{ "longest_in", "Longest in", .help = "the state" },
		{ "spent_ns", "For", AS_NS, .help = "time in that state" },
		{ "laddr", "Local", AS_ENDPOINT, "lport", .help = "address and port" },
		{ "raddr", "Remote", AS_ENDPOINT, "rport", .help = "address and port" },
		{ "owner_comm", "Process", AS_PROCESS, "owner_pid", .help = "that owned it" },
		{ "close", "Close", .help = "who closed first, or why it failed", .wide = true },
		{ "tw_end", "TIME_WAIT end", .help = "how it ended", .wide = true },
		{ "life_ns", "Life", AS_NS, .help = "from its beginning to the end of its TIME_WAIT", .wide = true }) },
	[REPORT_COVERAGE] = { "coverage", "Coverage", "What was seen, beside what the kernel counted itself.", NULL, KEYS("name"), COLUMNS(
		{ "name", "Counter", .help = "as nstat calls it" },
		{ "ours", "twtrace", AS_COUNT, .help = "what was seen" },
		{ "kernel", "Kernel", AS_COUNT, .help = "what the kernel counted" }) },
};

struct page_table report_table_of(enum report_table which, const char *id)
{
	struct page_table t = report_tables[which];

	if (!t.columns)
		t.columns = page_table_find(t.id)->columns;
	t.id = id;
	return t;
}
