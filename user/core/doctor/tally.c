/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/doctor/tally.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IDENTITY offsetof(struct subject, comm)

/* A word at a time: this is run some times for each connection. */
static size_t hash(const struct rule *r, const struct subject *s)
{
	__u32 words[IDENTITY / 4];
	__u64 h = (unsigned long)r;

	_Static_assert(IDENTITY % 4 == 0, "no byte is left out");
	memcpy(words, s, IDENTITY);
	for (size_t i = 0; i < IDENTITY / 4; i++)
		h = (h ^ words[i]) * 0x9e3779b97f4a7c15ULL;
	return (size_t)(h ^ h >> 32);
}

static __u32 *slot_of(struct tallies *ts, const struct rule *r, const struct subject *s)
{
	size_t at = hash(r, s) & (ts->n_slots - 1);

	for (; ts->slots[at]; at = (at + 1) & (ts->n_slots - 1)) {
		const struct tally *t = &ts->t[ts->slots[at] - 1];

		if (t->rule == r && !memcmp(&t->subject, s, IDENTITY))
			break;
	}
	return &ts->slots[at];
}

static void index_all(struct tallies *ts)
{
	memset(ts->recent, 0, sizeof(ts->recent));
	memset(ts->slots, 0, ts->n_slots * sizeof(*ts->slots));
	for (size_t i = 0; i < ts->n; i++)
		*slot_of(ts, ts->t[i].rule, &ts->t[i].subject) = (__u32)i + 1;
}

static int grow(struct tallies *ts)
{
	size_t cap = ts->cap ? ts->cap * 2 : 64;
	struct tally *t = realloc(ts->t, cap * sizeof(*t));
	__u32 *slots;

	if (!t)
		return -ENOMEM;
	ts->t = t;
	slots = realloc(ts->slots, cap * 2 * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	ts->slots = slots;
	ts->cap = cap;
	ts->n_slots = cap * 2;
	index_all(ts);
	return 0;
}

/* Where one that was asked for lately is: the same few come again and again. */
static __u32 *recent_of(struct tallies *ts, const struct rule *r, const struct subject *s)
{
	size_t h = (size_t)r / sizeof(*r) ^ (size_t)s->tgid * 5 ^ s->port ^ (size_t)s->addr[15] * 3;

	return &ts->recent[(h ^ h >> 6) & (TALLIES_RECENT - 1)];
}

int tallies_get(struct tallies *ts, const struct rule *r, const struct subject *s, struct tally **ret)
{
	__u32 *slot, *recent = recent_of(ts, r, s);
	int err;

	*ret = *recent ? &ts->t[*recent - 1] : NULL;
	if (*ret && (*ret)->rule == r && !memcmp(&(*ret)->subject, s, IDENTITY))
		goto found;
	*ret = NULL;
	if (ts->n == ts->cap && ts->n < TALLIES_MAX) {
		err = grow(ts);
		if (err)
			return err;
	}
	slot = slot_of(ts, r, s);
	if (!*slot) {
		if (ts->n >= TALLIES_MAX) {
			ts->left_out++;
			return 0;
		}
		ts->t[ts->n] = (struct tally){ .rule = r, .subject = *s };
		*slot = (__u32)++ts->n;
	}
	*recent = *slot;
	*ret = &ts->t[*slot - 1];
found:
	memcpy((*ret)->subject.comm, s->comm, sizeof(s->comm));
	(*ret)->subject.cgroup = s->cgroup;
	return 0;
}

void tallies_compact(struct tallies *ts)
{
	size_t n = 0;

	for (size_t i = 0; i < ts->n; i++)
		if (ts->t[i].now.of || ts->t[i].before.of)
			ts->t[n++] = ts->t[i];
	ts->n = n;
	if (ts->n_slots)
		index_all(ts);
}

void tallies_free(struct tallies *ts)
{
	free(ts->t);
	free(ts->slots);
	*ts = (struct tallies){ 0 };
}
