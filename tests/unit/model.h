/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel in miniature: sockets that open, close, abort and wait, chosen at random from what a kernel can
 * do, and the events that its hooks would send. Deterministic: the same seed gives the same stream.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H
#include <stdbool.h>
#include "core/conn/conn.h"
#include "core/event/tcp.h"
#include "twtrace.h"

#define MODEL_SOCKS 24
#define MODEL_NETNS 3
#define MODEL_BEGIN_NS 5000000000000ULL

struct model_sock {
	__u64 cookie, mini_cookie;
	__u32 netns;
	__u8 full;		/* state; ST_NONE: there is none, ST_CLOSE: it exists and can connect again */
	__u8 mini;		/* substate; ST_NONE: there is none */
	bool listener;
	__u16 lport, rport, mini_lport;
	__u64 armed_ns;
};

struct model {
	__u64 rng, now_ns, cookies;
	__u32 ports;
	struct model_sock s[MODEL_SOCKS];
	void (*emit)(void *ctx, const struct twt_event *ev);
	void *ctx;
	bool reuse_sockets;	/* connect again with the socket of a connection that ended */
	__u64 made, ended[TW_END_MAX], passive, active;
};

__u64 model_rnd(struct model *m, __u64 below);
void model_init(struct model *m, __u64 seed, void (*emit)(void *ctx, const struct twt_event *ev), void *ctx);
void model_step(struct model *m);			/* something happens to one socket */
void model_end_all(struct model *m);			/* every socket and minisock ends */
void model_snap(struct model *m, unsigned int i);	/* what iter/tcp shows of one of the sockets */
void model_border(struct model *m, __u8 kind, __u32 netns, __u32 why);	/* TWT_SNAP_BEGIN, TWT_SNAP_END */
void model_tick(struct model *m, __u64 ns);		/* nothing happens for so long */
void model_counts(const struct model *m, __u64 ret[ST_MAX]);
#endif
