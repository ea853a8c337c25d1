/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/fmt.h"
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "core/text/addr.h"
#include "core/text/utf8.h"

#define NSEC_PER_SEC 1000000000LL
#define DAY_S 86400LL

void fmt_addr(const __u8 addr[16], unsigned int family, char ret[FMT_ADDR_LEN])
{
	if (!addr_is_v4(addr)) {
		inet_ntop(AF_INET6, addr, ret, FMT_ADDR_LEN);
		return;
	}
	/* By hand: nearly every line of a stream has two of them, and inet_ntop() goes through printf(). */
	if (family == AF_INET6) {
		memcpy(ret, "::ffff:", 7);
		ret += 7;
	}
	for (int i = 12; i < 16; i++) {
		if (addr[i] >= 100)
			*ret++ = (char)('0' + addr[i] / 100);
		if (addr[i] >= 10)
			*ret++ = (char)('0' + addr[i] / 10 % 10);
		*ret++ = (char)('0' + addr[i] % 10);
		*ret++ = i < 15 ? '.' : '\0';
	}
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

/* "09:15:02" from seconds since midnight. */
static void add_time_of_day(struct strbuf *b, int s)
{
	strbuf_addu(b, (unsigned int)s / 3600, 2);
	strbuf_addc(b, ':');
	strbuf_addu(b, (unsigned int)s / 60 % 60, 2);
	strbuf_addc(b, ':');
	strbuf_addu(b, (unsigned int)s % 60, 2);
}

void fmt_rfc3339(struct strbuf *b, long long wall_ns)
{
	long long rest, s = whole_seconds(wall_ns, &rest), days = s / DAY_S - (s % DAY_S < 0), y;
	unsigned int day_of_era, year_of_era, day_of_year, month;
	long long era;

	/*
	 * The Gregorian calendar in eras of 400 years of 146097 days, years that begin in March: each line of a stream has a date, and
	 * gmtime_r() takes a lock and looks for time zones.
	 */
	days += 719468;		/* from 1 March of the year 0 to 1970 */
	era = days / 146097 - (days % 146097 < 0);
	day_of_era = (unsigned int)(days - era * 146097);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;	/* 0: March */
	y = era * 400 + year_of_era + (month >= 10);

	strbuf_addu(b, (unsigned int)y, 4);
	strbuf_addc(b, '-');
	strbuf_addu(b, month < 10 ? month + 3 : month - 9, 2);
	strbuf_addc(b, '-');
	strbuf_addu(b, day_of_year - (153 * month + 2) / 5 + 1, 2);
	strbuf_addc(b, 'T');
	add_time_of_day(b, (int)((s % DAY_S + DAY_S) % DAY_S));
	strbuf_addc(b, '.');
	strbuf_addu(b, (unsigned long long)rest, 9);
	strbuf_addc(b, 'Z');
}

void fmt_clock(struct strbuf *b, long long wall_ns, long utc_offset)
{
	long long rest, s = whole_seconds(wall_ns, &rest) + utc_offset;

	s = (s % DAY_S + DAY_S) % DAY_S;
	add_time_of_day(b, (int)s);
	strbuf_addc(b, '.');
	strbuf_addu(b, (unsigned long long)rest / 1000, 6);
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

/* How many printable ASCII characters @s begins with: nearly always all there are. */
static size_t plain_part(const char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f)
		n++;
	return n;
}

void fmt_comm(struct strbuf *b, const char *comm)
{
	unsigned int cp;
	size_t n;

	for (; *comm; comm += n) {
		n = plain_part(comm);
		if (n) {
			strbuf_add(b, comm, n);
			continue;
		}
		n = utf8_next(comm, &cp);
		if (n == 0 || utf8_is_control(cp)) {
			strbuf_addc(b, '?');
			n = n ? n : 1;
		} else {
			strbuf_add(b, comm, n);
		}
	}
}

size_t fmt_columns(const char *comm)
{
	size_t n = plain_part(comm), columns = n;
	unsigned int cp;

	for (comm += n; *comm; comm += n, columns++) {
		n = utf8_next(comm, &cp);
		n = n ? n : 1;
	}
	return columns;
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
