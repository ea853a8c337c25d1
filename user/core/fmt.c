/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/fmt.h"
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "core/event.h"
#include "core/utf8.h"

#define NSEC_PER_SEC 1000000000LL
#define DAY_S 86400LL

void fmt_addr(const __u8 addr[16], unsigned int family, char ret[FMT_ADDR_LEN])
{
	if (addr_is_v4(addr) && family != AF_INET6)
		inet_ntop(AF_INET, addr + 12, ret, FMT_ADDR_LEN);
	else
		inet_ntop(AF_INET6, addr, ret, FMT_ADDR_LEN);
}

/* Split towards the past, so that nanoseconds are never negative. */
static long long whole_seconds(long long ns, long long *ret_rest)
{
	long long s = ns / NSEC_PER_SEC, rest = ns % NSEC_PER_SEC;

	if (rest < 0) {
		rest += NSEC_PER_SEC;
		s--;
	}
	*ret_rest = rest;
	return s;
}

void fmt_rfc3339(struct strbuf *b, long long wall_ns)
{
	struct tm tm = { 0 };
	long long rest;
	time_t s = (time_t)whole_seconds(wall_ns, &rest);

	gmtime_r(&s, &tm);
	strbuf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%09lldZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		    tm.tm_hour, tm.tm_min, tm.tm_sec, rest);
}

void fmt_clock(struct strbuf *b, long long wall_ns, long utc_offset)
{
	long long rest, s = whole_seconds(wall_ns, &rest) + utc_offset;

	s = (s % DAY_S + DAY_S) % DAY_S;
	strbuf_addf(b, "%02lld:%02lld:%02lld.%06lld", s / 3600, s / 60 % 60, s % 60, rest / 1000);
}

/* @ns in @unit, rounded half up, without overflow. */
static unsigned long long in_units(unsigned long long ns, unsigned long long unit)
{
	return ns / unit + (ns % unit >= (unit + 1) / 2);
}

void fmt_duration(struct strbuf *b, unsigned long long ns)
{
	/* Each unit is chosen after rounding: never "1000us" or "60m60s". */
	unsigned long long us = in_units(ns, 1000), ms = in_units(ns, 1000000), s = in_units(ns, 1000000000);
	unsigned long long min = in_units(ns, 60000000000ULL), h = in_units(ns, 3600000000000ULL);

	if (ns < 1000)
		strbuf_addf(b, "%lluns", ns);
	else if (us < 1000)
		strbuf_addf(b, "%lluus", us);
	else if (us < 1000000)
		strbuf_addf(b, "%llu.%03llums", us / 1000, us % 1000);
	else if (ms < 600000)
		strbuf_addf(b, "%llu.%03llus", ms / 1000, ms % 1000);
	else if (s < 3600)
		strbuf_addf(b, "%llum%02llus", s / 60, s % 60);
	else if (min < 48 * 60)
		strbuf_addf(b, "%lluh%02llum", min / 60, min % 60);
	else
		strbuf_addf(b, "%llud%02lluh", h / 24, h % 24);
}

void fmt_comm(struct strbuf *b, const char *comm)
{
	unsigned int cp, n;

	for (; *comm; comm += n) {
		n = utf8_next(comm, &cp);
		if (n == 0 || utf8_is_control(cp)) {
			strbuf_addc(b, '?');
			n = n ? n : 1;
		} else {
			strbuf_add(b, comm, n);
		}
	}
}

void fmt_count(struct strbuf *b, unsigned long long n)
{
	char digits[24];
	int i, len = snprintf(digits, sizeof(digits), "%llu", n);

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			strbuf_addc(b, ',');
		strbuf_addc(b, digits[i]);
	}
}
