/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/listen/field.h"
#include <stddef.h>

const struct field_help listener_fields[] = {
	{ "LISTENER", "laddr", "local address, and .lport; .family is 4 or 6" },
	{ "NETNS", "netns", "network namespace, by its inode number; its name, in text and as .netns_name, where it has one; a column with --wide" },
	{ NULL, "group_sockets", "listening sockets of this address: more than one with SO_REUSEPORT; then what was accepted is in a listener_group of "
	  "their own, since the kernel does not tell which of them took a connection" },
	{ "QUEUE", "accept_queue", "connections that are established and wait for accept(); null: nobody looked" },
	{ "PEAK", "accept_queue_peak", "the most that a look met since the start, or that an overflow proves" },
	{ "LIMIT", "accept_queue_max", "full with one more than this: the program's backlog in listen(), or net.core.somaxconn at that time if that "
	  "is less (.somaxconn: now)" },
	{ "HALF", "half_open", "half-open connections, which have the same limit; the most since the start: .half_open_peak" },
	{ "ACC/s", "accepted_per_s", "connections that left the queue per second of this interval: established less queued; since the start: .accepted; "
	  "with * of all sockets of the address" },
	{ "WAIT-P50, -P99, -MAX", "accept_wait_ns", "from ESTABLISHED to accept() where the hook on it loads, else to the first read: "
	  ".count, .p50, .p99, .max since the start, and how many are of the second kind (.by_first_read)" },
	{ "OLDEST", "oldest_wait_ns", "since the SYN of the connection that waits longest now was answered; null: none waits, or it came by a SYN "
	  "cookie" },
	{ "DROPS", "drops", "what the socket dropped since it exists, as ss -m shows it: 1 for a SYN, on Linux 6.18 2 for a final ACK that found the "
	  "queue full, and stray segments; since the start: .drops_seen" },
	{ NULL, "overflows", "ListenOverflows of the namespace that can only be its own, since no other listener dropped anything at that time" },
	{ NULL, "looks", "how often it was looked at, and .full_looks" },
	{ "OWNERS", "owners", "all processes that hold the socket, as they were at most some seconds ago" },
	{ NULL, "says", "what is wrong, in sentences; null: nothing is" },
	{ NULL, NULL, NULL },
};
