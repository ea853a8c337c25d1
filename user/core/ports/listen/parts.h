/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of struct listeners, shared by listeners.c (events) and rows.c (what is asked). */
#ifndef CORE_PORTS_LISTEN_PARTS_H
#define CORE_PORTS_LISTEN_PARTS_H
#include "core/ports/listen/listeners.h"

#define LISTENER_HASH 4096
#define LISTEN_NETNS_MAX 4096

struct listen_netns {
	__u32 netns;
	bool has_base, has_now;
	__u64 base[LISTEN_COUNTERS], now[LISTEN_COUNTERS], cleared[LISTEN_COUNTERS];
	__u64 settled;			/* ListenOverflows that are told of a socket, or never can be */
};

struct listeners {
	struct actors *actors;
	struct listener *sockets[LISTENER_HASH];
	struct listen_address *addresses[LISTENER_HASH];
	size_t n;
	__u64 left_out;
	struct hist_budget budget;
	struct listen_netns *netns;
	size_t n_netns, cap_netns;
	__u64 look_ns, look_before_ns;	/* newest; at the end of the last interval */
	const struct listener **rows;
	size_t cap_rows;
};
#endif
