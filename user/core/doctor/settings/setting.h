/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel settings that are said to help against TIME_WAITs and the like: what people think, what they do, by version of the kernel. One entry each in
 * table.c; versions as in struct facts (6 * 1000 + 12).
 */
#ifndef CORE_DOCTOR_SETTING_H
#define CORE_DOCTOR_SETTING_H
#include "core/doctor/facts.h"

enum advice {
	ADVICE_FINE, ADVICE_HELPS, ADVICE_NO_EFFECT, ADVICE_HARMFUL, ADVICE_REMOVED,
	ADVICE_NOT_YET,		/* this kernel is too old for it */
	ADVICE_BAD_VALUE,	/* out of range, or no number */
	ADVICE_UNKNOWN		/* no such setting, or none of ours */
};
const char *advice_name(enum advice a);		/* "fine", "helps here", ... */

/* A line of a sysctl.conf. */
struct setting_line { char name[96]; char value[256]; };
enum setting_read { SETTING_TAKEN, SETTING_BLANK, SETTING_BAD };
/*
 * Read one line: "net.ipv4.x = 1", "net/ipv4/x=1", "- net.ipv4.x = 1", "sysctl -w net.ipv4.x=1", "echo 1 > /proc/sys/net/ipv4/x"; blank, comments and a
 * table's or a list's marks around it are left out. Names come out with dots. SETTING_BAD: it looks like a setting and is none.
 */
enum setting_read setting_read(const char *line, size_t len, struct setting_line *ret);

/* @why gets a sentence, with numbers. */
struct asked { const struct facts *facts; long long value, high; struct strbuf *why; };	/* of a range from .value to .high */

struct setting {
	const char *name;
	const char *const *old_names;	/* end with NULL; or NULL */
	unsigned int since, removed;	/* 0: ever, never */
	long long min, max;		/* of the value; min > max: a range of ports */
	const char *scope;		/* "network namespace", "host" */
	const char *standard;		/* default */
	const char *myth;		/* what people think; NULL: the truth */
	const char *truth;		/* what it does */
	enum advice (*judge)(const struct asked *a);	/* by value and what was measured; NULL: fine */
};
extern const struct setting settings[];		/* ends with .name == NULL */
/* By any of its names; NULL if there is none. */
const struct setting *setting_find(const char *name);
/* What @line does on this host. @why: sentences for people, without a newline. *ret_s: its entry, or NULL. */
enum advice setting_judge(const struct facts *f, const struct setting_line *line, const struct setting **ret_s, struct strbuf *why);
#endif
