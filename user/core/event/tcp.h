/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and numbers of TCP states (RFC 9293; the kernel's numbering, include/net/tcp_states.h), as ss and netstat say them. */
#ifndef CORE_EVENT_TCP_H
#define CORE_EVENT_TCP_H
#include <linux/types.h>

enum tcp_state {
	ST_NONE = 0,	/* before the first state, after the last */
	ST_ESTABLISHED = 1, ST_SYN_SENT, ST_SYN_RECV, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_TIME_WAIT, ST_CLOSE, ST_CLOSE_WAIT,
	ST_LAST_ACK, ST_LISTEN, ST_CLOSING,
	ST_NEW_SYN_RECV,	/* a request socket: shown as SYN_RECV */
	ST_MAX
};
#define TW_LEN_NS 60000000000ULL	/* TCP_TIMEWAIT_LEN, include/net/tcp.h: no sysctl moves it */
#define ST_SHOWN 11	/* ESTABLISHED .. CLOSING: the eleven states that people count */

/* "FIN_WAIT1": kernel spelling; "-" for ST_NONE and for numbers out of range. Never NULL. */
const char *tcp_state_name(unsigned int state);

/*
 * A state or group as ss or the kernel spell it, any case, '-' or '_' ("time-wait", "TIME_WAIT", "fin-wait-1", "FIN_WAIT1",
 * "established", "syn-recv", "closed", "connected", "synchronized", "bucket", "big", "all") -> mask of (1 << state) in @ret_mask.
 * Returns 0 or -EINVAL.
 */
int tcp_state_parse(const char *text, __u32 *ret_mask);
/* The words for states and groups as ss spells them, each once: word @i, or NULL past the last one. */
const char *tcp_state_word(unsigned int i);
#endif
