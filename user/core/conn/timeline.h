/* SPDX-License-Identifier: GPL-2.0-only */
/* The states that a connection went through, in order, and when. */
#ifndef CORE_CONN_TIMELINE_H
#define CORE_CONN_TIMELINE_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"

struct step {
	__u8 state;
	bool entered_known, spent_known;
	bool present;		/* it is in this one now: .spent_ns runs */
	__u64 entered_ns, spent_ns;
};

/*
 * The steps of @c at @now_ns; no state is entered twice, and their order is that of the protocol. Returns how many were
 * written.
 */
size_t timeline_of(const struct conn *c, __u64 now_ns, struct step ret[ST_MAX]);
#endif
