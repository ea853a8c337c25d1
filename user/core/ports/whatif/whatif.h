/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What if a setting had been another one? The connects of a recording, made again on a small model of the kernel's choice: the
 * same calls at the same times, as long open as they were; a port is given back when the socket is gone or its TIME_WAIT is over
 * or may be taken over. Of a call that failed it is supposed that it would have gone as the others of its destination did.
 */
#ifndef CORE_PORTS_WHATIF_WHATIF_H
#define CORE_PORTS_WHATIF_WHATIF_H
#include "core/ports/ports.h"

struct what_if {
	__u32 set;			/* mask of (1 << enum twt_sysctl): .params has these */
	struct port_params params;
	bool no_wait;			/* the peer closes first, or a reset ends it: no TIME_WAIT here */
	__u32 requests;			/* so many go over one connection; 0: each has its own */
};

/*
 * One setting more, as "tcp_tw_reuse=1": a sysctl, "close=peer", "close=reset" or "close=keepalive:N". Returns 0, or -EINVAL with
 * a sentence in @err.
 */
int what_if_parse(struct what_if *w, const char *text, char *err, size_t errlen);

struct what_if_row {
	const struct ports_row *of;	/* the destination */
	__u32 usable, usable_then;
	__u32 peak, peak_then;		/* most ports in use at once */
	__u64 calls;			/* connect() calls, those that failed included */
	__u64 opened_then;		/* connections that there would have been */
	__u64 failed, failed_then;
};

/*
 * Destinations that anything was opened to, highest peak first; to be freed by the caller. Returns 0, -ENOMEM, or -ENODATA where
 * the recording has no settings of any namespace.
 */
int ports_what_if(struct ports *ps, const struct what_if *w, struct what_if_row **ret, size_t *ret_n);
#endif
