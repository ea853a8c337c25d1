/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets that stay where none should stay. */
#include <stddef.h>
#include "core/doctor/rule.h"

#define STUCK_NS 1000000000ULL	/* nobody passes through these states for so long, unless somebody does not answer */

static bool close_wait(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	return c->state == ST_CLOSE_WAIT && age_ns >= STUCK_NS;
}

static bool last_ack(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	return c->state == ST_LAST_ACK && age_ns >= STUCK_NS;
}

static bool fin_wait1(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	return c->state == ST_FIN_WAIT1 && age_ns >= STUCK_NS;
}

static bool fin_wait2_orphan(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	return c->state == ST_FIN_WAIT2 && c->flags & CONN_MINISOCK && age_ns >= STUCK_NS;
}

static bool fin_wait2_open(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	return c->state == ST_FIN_WAIT2 && !(c->flags & CONN_MINISOCK) && age_ns >= STUCK_NS;
}

static bool syn_sent(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	return c->state == ST_SYN_SENT && age_ns >= STUCK_NS;
}

static const char *const fix_close_wait[] = {
	"in the program: close() the socket when read() returns 0 or an error, on every path, the error paths too",
	"find the path: twtrace conn -p PID, ss -tanp state close-wait; restarting the program frees them until it leaks again", NULL
};
static const char *const dont_close_wait[] = {
	"no sysctl ends a CLOSE_WAIT: keepalive, fin_timeout and tw_* do not touch it, since the kernel waits for the program", NULL
};
static const char *const fix_last_ack[] = {
	"look for the peer: it is gone, or a firewall between drops its ACKs (a stateful one forgets closed connections first)",
	"sysctl -w net.ipv4.tcp_orphan_retries=3 gives up sooner than the default of 8 tries, if they are so many that memory matters", NULL
};
static const char *const dont_last_ack[] = {
	"tcp_fin_timeout does nothing here: it is for FIN_WAIT2 of sockets that nobody holds", NULL
};
static const char *const fix_orphan[] = {
	"in the peer: it has our FIN and does not close; it has the CLOSE_WAITs",
	"sysctl -w net.ipv4.tcp_fin_timeout=15 ends these sooner: here, and only here, it matters", NULL
};
static const char *const dont_orphan[] = {
	"do not shorten it if the peer still sends data after our FIN: it would be answered by a reset", NULL
};
static const char *const fix_open[] = {
	"in the program: after shutdown(SHUT_WR), read until the end or set a time limit, then close()",
	"in the peer: it has our FIN and does not close", NULL
};
static const char *const dont_open[] = {
	"tcp_fin_timeout does nothing as long as the program holds the socket", NULL
};
static const char *const fix_hang[] = {
	"look for the peer: nothing answers the SYN, a firewall drops it, or its accept queue is full",
	"in the program: a time limit of its own for connect()", NULL
};
static const char *const dont_hang[] = {
	"do not raise tcp_syn_retries: it makes each attempt hold its port longer", NULL
};

const struct rule rules_stuck[] = {
	{ "close-wait-leak", "sockets that the peer closed and the program does not", ON_LIVE, BY_PROCESS, "measured", 0, 5, 500, 0, NULL,
	  close_wait, NULL, "{sockets} sockets have been in CLOSE_WAIT for up to {oldest}, {new} of them came in this run: the peer closed, this program did not",
	  "descriptors and memory run out; each also holds the peer in FIN_WAIT2", fix_close_wait, dont_close_wait, NULL },
	{ "last-ack-stuck", "the last ACK does not come", ON_LIVE, BY_DEST, "measured", 0, 5, 5000, 0, NULL, last_ack, NULL,
	  "{sockets} sockets have been in LAST_ACK for up to {oldest}: our FIN is sent again and again and nobody acknowledges it",
	  "each goes after tcp_orphan_retries, up to a few minutes", fix_last_ack, dont_last_ack, NULL },
	{ "fin-wait1-stuck", "our FIN is not acknowledged", ON_LIVE, BY_DEST, "measured", 0, 5, 5000, 0, NULL, fin_wait1, NULL,
	  "{sockets} sockets have been in FIN_WAIT1 for up to {oldest}: the peer is gone, or does not read what is still in front of the FIN",
	  "each holds its send buffer until tcp_orphan_retries are over", fix_last_ack, dont_last_ack, NULL },
	{ "fin-wait2-orphans", "the peer does not close", ON_LIVE, BY_PROCESS, "measured", 0, 50, 20000, 0, NULL, fin_wait2_orphan, NULL,
	  "{sockets} sockets that no program holds any more have been in FIN_WAIT2 for up to {oldest}: the peer does not send its FIN",
	  "each holds its port until tcp_fin_timeout is over, then goes", fix_orphan, dont_orphan, NULL },
	{ "fin-wait2-open", "half-closed sockets that the program still holds", ON_LIVE, BY_PROCESS, "measured", 0, 10, 5000, 0, NULL,
	  fin_wait2_open, NULL, "{sockets} sockets that the program still holds have been in FIN_WAIT2 for up to {oldest}: it has said that it sends no more, and waits",
	  "nothing ends these but the program or the peer", fix_open, dont_open, NULL },
	{ "connect-hangs", "connections that nobody answers", ON_LIVE, BY_DEST, "measured", 0, 3, 1000, 0, NULL, syn_sent, NULL,
	  "{sockets} connections have been in SYN_SENT for up to {oldest}: their SYN is not answered",
	  "each fails after tcp_syn_retries (two minutes), and holds a port until then", fix_hang, dont_hang, NULL },
};
RULES(rules_stuck);
