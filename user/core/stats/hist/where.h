/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a connection's time went, in a sentence: by its states, and by what the kernel says of the wire. */
#ifndef CORE_STATS_HIST_WHERE_H
#define CORE_STATS_HIST_WHERE_H
#include "core/conn/conn.h"
#include "core/text/strbuf.h"

/*
 * Adds one sentence, as of @now_ns, to @b: what took long, longest first, as far as it is known. Only parts of at least WHERE_MIN_NS and a twentieth of the
 * time that the connection lasted, TIME_WAIT left out; they may overlap. Nothing and false where there is nothing to tell.
 */
#define WHERE_MIN_NS 1000000ULL
bool where_time_went(struct strbuf *b, const struct conn *c, __u64 now_ns);
#endif
