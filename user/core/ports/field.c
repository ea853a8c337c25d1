/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/field.h"
#include <stddef.h>

const struct field_help ports_fields[] = {
	{ "SOURCE", "laddr", "local address: it has all ports of the range for each destination" },
	{ "DESTINATION", "raddr", "remote address, and .rport; \"any\" (null): clients that bind() to the local address and port 0 without "
	  "IP_BIND_ADDRESS_NO_PORT, whose ports are taken for all destinations together" },
	{ "NETNS", "netns", "network namespace, by its inode number, in text and as .netns_name by its name where it has one; a column with --wide" },
	{ NULL, "range", "ip_local_port_range, first and last port; null: the namespace's settings are not known, nor is what follows "
	  "from them" },
	{ "USABLE", "usable", "ports of the range that are neither reserved nor closed" },
	{ "CLOSED", "closed", "ports of the range that somebody listens on or bound to by hand, whatever the address: connect() does not "
	  "choose them for any destination; a column with --wide" },
	{ "IN-USE", "in_use", "ports that no connect() to this destination can get now; TIME_WAITs that may be taken over are not among them" },
	{ "TW", "time_wait", "TIME_WAITs that exist now" },
	{ "REUSE", "reusable", "of these, what a connect() may take over now: by tcp_tw_reuse, its delay, timestamps and, where it is 2, "
	  "loopback" },
	{ "FREE", "free", "usable less in use: so many more connect() calls succeed" },
	{ "USED", "used_ratio", "share of the usable ports that are not free, 0 to 1" },
	{ "OPEN/s", "opened_per_s", "connections opened per second of this interval; since the start: .opened" },
	{ "HOLD", "hold_s", "how long a port was held, TIME_WAIT included, in the mean of those that came back; null: none did yet" },
	{ "LEFT", "exhausted_in_s", "seconds until no port is free, at the rate of the last ten seconds, with what is given back meanwhile; "
	  "null: never, then the text has the share that is in use at rest" },
	{ NULL, "steady_ratio", "that share; null: it runs out, or nothing is known" },
	{ "FAILED", "failed", "connect() calls that found no port (EADDRNOTAVAIL), since the start; of \"any\" bind() calls (EADDRINUSE), known only with --calls" },
	{ "PROCESSES", "top", "processes that hold most, how many ports each, and in JSON the container, pod and unit of each" },
	{ "CONTAINER", "container", "with --by container, pod or unit whose ports these are: .container, .container_name, .image, .runtime, .pod, "
	  ".pod_namespace, .unit; with --by pid those of the process" },
	{ NULL, "states", "sockets that hold ports, by state" },
	{ "DESTS", "destinations", "with --by: how many destinations the row holds ports for; from usable to free and exhausted_in_s, it "
	  "tells of the one that is nearest to its end, whose address it has" },
	{ NULL, NULL, NULL },
};
