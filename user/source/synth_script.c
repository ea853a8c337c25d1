/* SPDX-License-Identifier: GPL-2.0-only */
#include "source/synth_script.h"
#include <errno.h>
#include <stddef.h>
#include "core/event/tcp.h"
#include "twtrace.h"

#define ASKED	(TWT_F_TASK | TWT_F_INTENT | TWT_F_OWNED)	/* by a process */
#define BYTASK	(TWT_F_TASK | TWT_F_OWNED)
#define BOTH	(TWT_F_SHUT_RD | TWT_F_SHUT_WR)
#define ORPHAN	(TWT_F_ORPHAN | TWT_F_UNACCEPTED | BOTH)
#define SOFT	(TWT_F_CTX | TWT_F_SOFTIRQ)

static const struct synth_step connects[] = {
	{ 0, CLI, OP_STATE, ST_CLOSE, ST_SYN_SENT, ASKED, 0 },
	{ 30, CLI, OP_STATE, ST_SYN_SENT, ST_ESTABLISHED, 0, 0 },
	{ 6, SRV, OP_STATE, ST_LISTEN, ST_SYN_RECV, TWT_F_UNACCEPTED, 0 },
	{ 3, SRV, OP_STATE, ST_SYN_RECV, ST_ESTABLISHED, TWT_F_UNACCEPTED, 0 },
	{ 60, SRV, OP_TOUCH, 0, ST_ESTABLISHED, BYTASK, 0 },
	{ 0 }
};

/* The other end is another machine. */
static const struct synth_step connects_out[] = {
	{ 0, CLI, OP_STATE, ST_CLOSE, ST_SYN_SENT, ASKED, 0 },
	{ 8000, CLI, OP_STATE, ST_SYN_SENT, ST_ESTABLISHED, 0, 0 },
	{ 0 }
};

static const struct synth_step closes_begin[] = {
	{ T_LIFE, FST, OP_STATE, ST_ESTABLISHED, ST_FIN_WAIT1, ASKED | BOTH, 0 },
	{ 5, OTH, OP_STATE, ST_ESTABLISHED, ST_CLOSE_WAIT, TWT_F_SHUT_RD, 0 },
	{ 4, FST, OP_STATE, ST_FIN_WAIT1, ST_FIN_WAIT2, ORPHAN, 0 },
	{ 2, FST, OP_TW_START, 0, ST_FIN_WAIT2, 0, 0 },
	{ 3, FST, OP_STATE, ST_FIN_WAIT2, ST_CLOSE, ORPHAN, 0 },
	{ 2, FST, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

static const struct synth_step closes_end[] = {
	{ T_THINK, OTH, OP_STATE, ST_CLOSE_WAIT, ST_LAST_ACK, ASKED | BOTH, 0 },
	{ 6, FST, OP_SEGMENT, 0, ST_TIME_WAIT, TWT_F_SEG_FIN, 0 },
	{ 3, OTH, OP_STATE, ST_LAST_ACK, ST_CLOSE, ORPHAN, 0 },
	{ 2, OTH, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

/* FIN and ACK come in one segment: no FIN_WAIT2 minisock. */
static const struct synth_step half_closes[] = {
	{ T_LIFE, FST, OP_STATE, ST_ESTABLISHED, ST_FIN_WAIT1, ASKED | TWT_F_SHUT_WR, 0 },
	{ 5, OTH, OP_STATE, ST_ESTABLISHED, ST_CLOSE_WAIT, TWT_F_SHUT_RD, 0 },
	{ 4, FST, OP_STATE, ST_FIN_WAIT1, ST_FIN_WAIT2, TWT_F_SHUT_WR, 0 },
	{ T_THINK, OTH, OP_STATE, ST_CLOSE_WAIT, ST_LAST_ACK, ASKED | BOTH, 0 },
	{ 5, FST, OP_TW_START, 0, ST_TIME_WAIT, 0, 0 },
	{ 2, FST, OP_STATE, ST_FIN_WAIT2, ST_CLOSE, BOTH, 0 },
	{ 4, OTH, OP_STATE, ST_LAST_ACK, ST_CLOSE, ORPHAN, 0 },
	{ 2, OTH, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 150, FST, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

static const struct synth_step both_close[] = {
	{ T_LIFE, CLI, OP_STATE, ST_ESTABLISHED, ST_FIN_WAIT1, ASKED | BOTH, 0 },
	{ 1, SRV, OP_STATE, ST_ESTABLISHED, ST_FIN_WAIT1, ASKED | BOTH, 0 },
	{ 5, CLI, OP_STATE, ST_FIN_WAIT1, ST_CLOSING, ORPHAN, 0 },
	{ 2, SRV, OP_STATE, ST_FIN_WAIT1, ST_CLOSING, ORPHAN, 0 },
	{ 4, CLI, OP_TW_START, 0, ST_TIME_WAIT, 0, 0 },
	{ 2, CLI, OP_STATE, ST_CLOSING, ST_CLOSE, ORPHAN, 0 },
	{ 2, CLI, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 3, SRV, OP_TW_START, 0, ST_TIME_WAIT, 0, 0 },
	{ 2, SRV, OP_STATE, ST_CLOSING, ST_CLOSE, ORPHAN, 0 },
	{ 2, SRV, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ T_TW_END, CLI, OP_TW_CANCEL, 0, ST_TIME_WAIT, SOFT, 4 },
	{ 8, CLI, OP_TW_EXPIRE, 0, ST_TIME_WAIT, 0, 0 },
	{ T_TW_END, SRV, OP_TW_CANCEL, 0, ST_TIME_WAIT, SOFT, 4 },
	{ 8, SRV, OP_TW_EXPIRE, 0, ST_TIME_WAIT, 0, 0 },
	{ 0 }
};

static const struct synth_step aborts_linger[] = {
	{ T_LIFE, FST, OP_STATE, ST_ESTABLISHED, ST_CLOSE, BYTASK | BOTH | TWT_F_LINGER0, 0 },
	{ 3, FST, OP_RST_SENT, 0, ST_CLOSE, 0, TWT_RST_TCP_STATE },
	{ 2, FST, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 4, OTH, OP_RST_RCVD, 0, ST_ESTABLISHED, 0, 0 },
	{ 2, OTH, OP_STATE, ST_ESTABLISHED, ST_CLOSE, BOTH, ECONNRESET },
	{ T_THINK, OTH, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

static const struct synth_step aborts_unread[] = {
	{ T_LIFE, FST, OP_STATE, ST_ESTABLISHED, ST_CLOSE, BYTASK | BOTH, 0 },
	{ 3, FST, OP_RST_SENT, 0, ST_CLOSE, 0, TWT_RST_ABORT_ON_CLOSE },
	{ 2, FST, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 4, OTH, OP_RST_RCVD, 0, ST_ESTABLISHED, 0, 0 },
	{ 2, OTH, OP_STATE, ST_ESTABLISHED, ST_CLOSE, BOTH, ECONNRESET },
	{ T_THINK, OTH, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

static const struct synth_step refused[] = {
	{ 0, CLI, OP_STATE, ST_CLOSE, ST_SYN_SENT, ASKED, 0 },
	{ 20, CLI, OP_RST_RCVD, 0, ST_SYN_SENT, 0, 0 },
	{ 2, CLI, OP_STATE, ST_SYN_SENT, ST_CLOSE, BOTH, ECONNREFUSED },
	{ 9, CLI, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

static const struct synth_step times_out[] = {
	{ 0, CLI, OP_STATE, ST_CLOSE, ST_SYN_SENT, ASKED, 0 },
	{ T_LATER, CLI, OP_STATE, ST_SYN_SENT, ST_CLOSE, BOTH, ETIMEDOUT },
	{ 9, CLI, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

/* The other machine closes first. */
static const struct synth_step closed_by_peer[] = {
	{ T_LIFE, CLI, OP_STATE, ST_ESTABLISHED, ST_CLOSE_WAIT, TWT_F_SHUT_RD, 0 },
	{ T_THINK, CLI, OP_STATE, ST_CLOSE_WAIT, ST_LAST_ACK, ASKED | BOTH, 0 },
	{ 8000, CLI, OP_STATE, ST_LAST_ACK, ST_CLOSE, ORPHAN, 0 },
	{ 2, CLI, OP_DESTROY, 0, ST_CLOSE, ORPHAN, 0 },
	{ 0 }
};

static const struct synth_step expires[] = {
	{ T_TW_END, FST, OP_TW_CANCEL, 0, ST_TIME_WAIT, SOFT, 4 },
	{ 8, FST, OP_TW_EXPIRE, 0, ST_TIME_WAIT, 0, 0 },
	{ 0 }
};

/* The peer never closes: FIN_WAIT2 runs out, and its end stays in CLOSE_WAIT. */
static const struct synth_step fin_wait2_expires[] = {
	{ T_TW_END, FST, OP_TW_CANCEL, 0, ST_FIN_WAIT2, SOFT, 4 },
	{ 8, FST, OP_TW_EXPIRE, 0, ST_FIN_WAIT2, 0, 0 },
	{ 0 }
};

static const struct synth_step assassinated[] = {
	{ T_LATER, FST, OP_TW_CANCEL, 0, ST_TIME_WAIT, SOFT, 4 },
	{ 2, FST, OP_SEGMENT, 0, ST_TIME_WAIT, TWT_F_SEG_RST, 0 },
	{ 0 }
};

/* connect() takes the client's TIME_WAIT over. */
static const struct synth_step reuses[] = {
	{ T_LATER, CLI, OP_REBORN, 0, 0, 0, 0 },
	{ 0, CLI, OP_STATE, ST_CLOSE, ST_SYN_SENT, ASKED, 0 },
	{ 4, CLI, OP_TW_CANCEL, 0, ST_TIME_WAIT, TWT_F_TASK | TWT_F_UNHASHED | TWT_F_CTX, 2 },
	{ 30, CLI, OP_STATE, ST_SYN_SENT, ST_ESTABLISHED, 0, 0 },
	{ 6, SRV, OP_STATE, ST_LISTEN, ST_SYN_RECV, TWT_F_UNACCEPTED, 0 },
	{ 3, SRV, OP_STATE, ST_SYN_RECV, ST_ESTABLISHED, TWT_F_UNACCEPTED, 0 },
	{ 60, SRV, OP_TOUCH, 0, ST_ESTABLISHED, BYTASK, 0 },
	{ 0 }
};

/* The client's SYN ends the server's TIME_WAIT. */
static const struct synth_step reopens[] = {
	{ T_LATER, CLI, OP_REBORN, 0, 0, 0, 0 },
	{ 0, CLI, OP_STATE, ST_CLOSE, ST_SYN_SENT, ASKED, 0 },
	{ 8, SRV, OP_TW_CANCEL, 0, ST_TIME_WAIT, SOFT, 4 },
	{ 20, CLI, OP_STATE, ST_SYN_SENT, ST_ESTABLISHED, 0, 0 },
	{ 6, SRV, OP_STATE, ST_LISTEN, ST_SYN_RECV, TWT_F_UNACCEPTED, 0 },
	{ 3, SRV, OP_STATE, ST_SYN_RECV, ST_ESTABLISHED, TWT_F_UNACCEPTED, 0 },
	{ 60, SRV, OP_TOUCH, 0, ST_ESTABLISHED, BYTASK, 0 },
	{ 0 }
};

const struct synth_script synth_scripts[] = {
	{ 24, CLI, { connects, closes_begin, closes_end, expires } },
	{ 24, SRV, { connects, closes_begin, closes_end, expires } },
	{ 8, CLI, { connects, half_closes, expires } },
	{ 6, CLI, { connects, both_close } },
	{ 6, CLI, { connects, aborts_linger } },
	{ 4, SRV, { connects, aborts_unread } },
	{ 6, CLI, { refused } },
	{ 2, CLI, { times_out } },
	{ 8, CLI, { connects_out, closed_by_peer } },
	{ 3, CLI, { connects, closes_begin, fin_wait2_expires } },
	{ 3, CLI, { connects, closes_begin, closes_end, assassinated } },
	{ 2, CLI, { connects } },
	{ 2, CLI, { connects, closes_begin, closes_end, reuses, closes_begin, closes_end, expires } },
	{ 2, SRV, { connects, closes_begin, closes_end, reopens, closes_begin, closes_end, expires } },
};
const unsigned int synth_n_scripts = sizeof(synth_scripts) / sizeof(synth_scripts[0]);
