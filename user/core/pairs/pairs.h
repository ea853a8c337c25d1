/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two ends of one connection, joined: each is a socket of its own, of this host and of another one's recording, or both of the same. The name of one end
 * is that of the other the other way round, and both lived at the same time; no more is known, so where addresses are translated on the way (NAT), nothing is
 * joined. Times are those of the wall clocks of their hosts, which differ: nothing is corrected, and how far they seem to be apart is told.
 */
#ifndef CORE_PAIRS_PAIRS_H
#define CORE_PAIRS_PAIRS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"
#include "core/event/actor.h"

#define PAIRS_HOSTS 16			/* WEAVE_MAX (core/several/weave.h) */
#define PAIRS_ENDS_MAX 65536		/* that wait for their other end: 20 MiB */
#define PAIRS_APART_NS 10000000000LL	/* ends whose lives are further apart are two connections: clocks may differ by so much, ports come again */

enum pair_moment { PAIR_SYN_SENT, PAIR_SYN_RECV, PAIR_ESTABLISHED, PAIR_FIN_WAIT1, PAIR_CLOSE_WAIT, PAIR_LAST_ACK, PAIR_TIME_WAIT, PAIR_MOMENTS };

struct pair_who { bool known; __u32 pid; char comm[TWT_COMM_LEN + 1]; };

struct pair_end {
	size_t host;			/* number of its recording */
	__u64 cookie;
	__u32 netns, flags;		/* CONN_* */
	__u8 laddr[16], raddr[16];
	__u16 lport, rport;
	__u8 family, role, close, reason, state;
	bool over;			/* its full socket is gone; else .state is the one it is in */
	bool wanted;			/* it is one that was asked for */
	bool fastopen;			/* its SYN brought data */
	struct pair_who owner, closer;
	long long born_ns, end_ns;	/* wall; of what lives, now */
	__u32 known;			/* mask of (1 << moment) */
	long long at_ns[PAIR_MOMENTS];	/* when it entered these states, wall */
};

enum pair_first { PAIR_FIRST_UNKNOWN, PAIR_FIRST_CLIENT, PAIR_FIRST_SERVER, PAIR_FIRST_BOTH, PAIR_FIRST_MAX };
const char *pair_first_name(unsigned int first);	/* "client", "server", "both"; "-" */

struct pair_delay { bool known; long long ns; };	/* below 0: the clocks differ by more than it takes */

struct pair {
	struct pair_end client, server;
	bool roles_known;		/* else the server is whose port is lower */
	enum pair_first first;		/* who closed first, by what both ends say */
	bool agree;			/* ... and they do not contradict each other */
	struct pair_delay fin;		/* the first FIN: FIN_WAIT1 here, CLOSE_WAIT there */
	struct pair_delay fin_back;	/* the other's: LAST_ACK there, TIME_WAIT here */
	struct pair_delay ack;		/* the handshake's last ACK: ESTABLISHED at the client, and at the server */
	struct pair_delay syn;		/* the SYN: with Fast Open alone the server has a socket when it comes */
};

/* What the clocks of two recordings, a < b, seem to be apart, by the least delay each way. */
struct pair_clock {
	size_t a, b;
	__u64 n_there, n_back;		/* delays from a to b, and back */
	long long there_ns, back_ns;	/* the least; void where there is none */
	bool known;			/* both ways: */
	long long ahead_ns;		/* b's clock is ahead of a's by so much, if both ways take as long */
};

struct pairs_counts {
	__u64 joined;
	__u64 alone;			/* ends that are over and whose other end was not found */
	__u64 translated;		/* of these, that talk with an address and port that a recording has, where no end has theirs: NAT, most likely */
	__u64 far;			/* of these, whose other end is there, more than PAIRS_APART_NS away: are the clocks right? */
	__u64 dropped;			/* of these, that were given up: there were too many */
};

struct pairs;
struct pairs *pairs_new(size_t max_ends);	/* 0: PAIRS_ENDS_MAX. NULL without memory */
void pairs_free(struct pairs *ps);		/* NULL is fine */

/* @c of recording @host, at @now_ns, as an end. @over: its full socket is gone. @clock_offset: wall minus boot clock of its host. */
void pair_end_of(const struct conn *c, const struct actors *as, size_t host, long long clock_offset, __u64 now_ns, bool over, struct pair_end *ret);
/* One more end: 1 and @ret if its other end was there, and is joined with it; 0 if it waits for it; -ENOMEM. */
int pairs_add(struct pairs *ps, const struct pair_end *end, struct pair *ret);
/* What became of all so far; those that wait are alone. */
void pairs_counted(const struct pairs *ps, struct pairs_counts *ret);
/* The clocks of the @k-th two recordings that have a pair; false: there are no more. */
bool pairs_clock(const struct pairs *ps, size_t k, struct pair_clock *ret);

/* judge.c: all of @p but its ends, from these. */
void pair_judge(struct pair *p);
#endif
