// SPDX-License-Identifier: GPL-2.0-only
#include "core/stats/closers/field.h"
#include <stddef.h>

const struct field_help closer_fields[] = {
	{ "PID", "pid", "process that owns the connections; none: unknown, mostly from before the start" },
	{ "COMM", "comm", "name of that process; \"kernel\" for the kernel's own sockets" },
	{ "STATUS", "exited", "true once the process has exited; its row stays" },
	{ "CONTAINER", "container", "with --by container, pod or unit which one; of a process .cgroup and .cgroup_path are its cgroup, .container the "
	  "id of its container, then .container_name, .image, .runtime, .pod, .pod_namespace and .unit" },
	{ NULL, "netns_name", "with --by netns its name" },
	{ NULL, "rest", "true for the row that sums up what --top or the limit of 65,536 rows left over" },
	{ "CLOSED", "closed", "connections whose socket is gone, since the start; the shares that follow are of these" },
	{ "ACTIVE", "active", "closed first by this end, which then has the TIME_WAIT" },
	{ "PASSIVE", "passive", "closed first by the peer" },
	{ "SIMULT", "simultaneous", "closed by both at once: each has a TIME_WAIT" },
	{ "ABORT", "abort", "ended by a reset of ours; why: .abort_reasons" },
	{ "RESET", "reset", "ended by a reset of the peer's" },
	{ "OTHER", "other", "refused, unreachable, connect-timeout, connect-cancelled, no-port, orphan-timeout, unknown" },
	{ NULL, "failed_calls", "bind(), listen() and connect() of this process that failed, since the start; with --calls" },
	{ NULL, "closed_by_others", "closed by another process than the owner, and by which" },
	{ "TW", "time_wait", "TIME_WAITs that exist now, as ss counts them" },
	{ NULL, "time_wait_created", "TIME_WAITs begun since the start" },
	{ "TW/s", "time_wait_created_per_s", "begun per second of this interval" },
	{ "TW-SEC", "time_wait_seconds", "how long all of them lasted together: what they cost in ports" },
	{ "TIME_WAIT ENDS", "tw_ends", "how they ended: expired, reused, reopened, reset, purged, killed, unknown; overflow: never "
	  "begun, table full" },
	{ "STUCK", "stuck", "sockets that are in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK for --stuck seconds or longer, now; by state: "
	  ".stuck_states" },
	{ "OLDEST", "stuck_oldest_ns", "how long the oldest of them is; \">\" or .stuck_oldest_at_least: it was before the start" },
	{ "RTX%", "retrans_share", "segments that were sent again, of all that were sent (0 to 1), by connections that ended; SYNs and SYN-ACKs too. "
	  "This, and what follows, with --wide, --by raddr:rport, --sort retrans or rtt, or from a recording that has it: to ask each connection for it at "
	  "its beginning and end costs some 0.3 us. Counts: .wire_connections, .segs_out, .retrans_segs, .retrans_connections" },
	{ "RTT", "rtt_p50_us", "median of their smoothed round trips, each as it was at the end; at most 3 % above the exact one" },
	{ "!", "stands_out", "with --by raddr:rport what is not as it is at the other destinations: retrans, rtt; null where less than 10 connections ended, "
	  "or less than 3 other destinations have as many. A round trip stands out above twice the others' median, 1 ms and five times the spread "
	  "above it; loss above three times theirs and five times the spread, from 1 % and 10 segments on" },
	{ "DESTINATION", "destinations", "remote ends by connections, in text the first and its share; a port only where we connected "
	  "to it; of more than 64 the rare ones are dropped, and .missed is how many of one's own may not be counted" },
	{ NULL, NULL, NULL },
};
