/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts by rule and subject: a hash table that has a limit. */
#ifndef CORE_DOCTOR_TALLY_H
#define CORE_DOCTOR_TALLY_H
#include "core/doctor/rule.h"

#define TALLIES_MAX 16384
#define TALLIES_RECENT 64	/* a power of two */

struct tallies {
	struct tally *t;
	size_t n, cap;
	__u32 *slots;
	size_t n_slots;
	__u32 recent[TALLIES_RECENT];	/* asked for lately: index plus 1 */
	__u64 left_out;			/* what came for subjects beyond TALLIES_MAX */
};

/* The tally of @r and @s, made if there is none. Returns 0 or -ENOMEM; *ret NULL: there are too many, which is counted. All bytes of @s are set. */
int tallies_get(struct tallies *ts, const struct rule *r, const struct subject *s, struct tally **ret);
/* Drop those that counted nothing in the window. */
void tallies_compact(struct tallies *ts);
void tallies_free(struct tallies *ts);
#endif
