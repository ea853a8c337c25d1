/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, times and addresses as people read them. No locale: '.' is the decimal point. */
#ifndef CORE_TEXT_FMT_H
#define CORE_TEXT_FMT_H
#include "core/text/strbuf.h"
#include "twtrace.h"

#define FMT_ADDR_LEN 46	/* INET6_ADDRSTRLEN */

/* Text of a 16-byte address (v4-mapped prints as IPv4, except for a @family 10 socket: "::ffff:1.2.3.4"; RFC 5952). */
void fmt_addr(const __u8 addr[16], unsigned int family, char ret[FMT_ADDR_LEN]);
/* RFC 3339 in UTC with nanoseconds: "2026-11-21T09:15:02.123456789Z". @wall_ns since 1970. */
void fmt_rfc3339(struct strbuf *b, long long wall_ns);
/* "09:15:02.123456" in the local time given by @utc_offset seconds. */
void fmt_clock(struct strbuf *b, long long wall_ns, long utc_offset);
/*
 * A duration in a unit that suits it, rounded to what is shown: "17us", "1.234ms", "61.519s" up to ten minutes, then
 * "59m07s", "2h05m" up to two days, "3d04h". The unit is chosen after rounding: 999,500 ns are "1.000ms".
 */
void fmt_duration(struct strbuf *b, unsigned long long ns);
/* Printable form of a comm or other text: control characters and bytes that are not UTF-8 as '?'. */
void fmt_comm(struct strbuf *b, const char *comm);
/* Characters that fmt_comm() makes of @comm. */
size_t fmt_columns(const char *comm);
/* "1,234,567" */
void fmt_count(struct strbuf *b, unsigned long long n);
#endif
