/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Would bind() to a port succeed? The kernel's conflict check (inet_csk_get_port(), net/ipv4/inet_connection_sock.c), done over a look at the port's
 * sockets: whose options, addresses, devices and users differ enough; and what the port's bind bucket remembers of earlier binders, which no live
 * socket shows.
 */
#ifndef CORE_PORTS_BIND_H
#define CORE_PORTS_BIND_H
#include <stdbool.h>
#include "core/ports/looks.h"

/* Where kernels differ: user/host asks the running one. */
struct bind_rules {
	bool by_address;	/* specific addresses have lists of their own (inet_bind2_bucket, 6.1+) */
	bool mapped_any;	/* ... where ::ffff:0.0.0.0 is a wildcard for v4-mapped addresses, too (inet_bind2_bucket.addr_type, 6.8+) */
	bool uid_of_inode;	/* a socket without a file counts as root's (sock_i_uid(), up to 6.16) */
};

/* The socket that would call bind(), and what it would ask for. */
struct bind_call {
	__u32 netns;
	__u8 family;		/* 2 or 10 */
	__u8 addr[16];		/* network order, IPv4 as v4-mapped; of a family 10 socket "::ffff:1.2.3.4" is v4-mapped, too */
	__u16 port;		/* not 0 */
	bool reuseaddr, reuseport, v6only;
	__u32 uid;
	__u32 dev, l3mdev;	/* SO_BINDTODEVICE, and the VRF of that device; 0: none */
	bool listening;		/* the check of listen(), which comes after a bind() that succeeded */
	__u64 self;		/* inode of a socket that is no stranger (listen()), or 0 */
};

struct bind_answer {
	int err;		/* 0 or EADDRINUSE */
	bool by_bucket;		/* succeeds by what the bucket remembers, though sockets conflict */
	size_t *blockers;	/* places in looks->v of all sockets that conflict; owned by the answer */
	size_t n_blockers;
};

/* Returns 0 or -ENOMEM. Free with bind_answer_free(), also a zeroed one. */
int bind_ask(const struct bind_call *call, const struct looks *looks, const struct bind_rules *rules, struct bind_answer *ret);
void bind_answer_free(struct bind_answer *a);
#endif
