// SPDX-License-Identifier: GPL-2.0-only
#include "core/metrics/slots.h"
#include <stdlib.h>
#include <string.h>

#define PLACES 512		/* a power of two, more than twice SLOTS_MAX */
_Static_assert(PLACES > 2 * SLOTS_MAX, "half of all places are empty");

struct slots {
	unsigned int max, used;
	struct slot *slot;
	__u16 place[PLACES];	/* open addressing: number of the slot plus 1 */
};

struct slots *slots_new(unsigned int max)
{
	struct slots *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->max = max < 1 ? 1 : max > SLOTS_MAX ? SLOTS_MAX : max;
	s->slot = calloc(s->max, sizeof(*s->slot));
	if (!s->slot) {
		free(s);
		return NULL;
	}
	return s;
}

void slots_free(struct slots *s)
{
	if (!s)
		return;
	free(s->slot);
	free(s);
}

static unsigned int hash(const unsigned char *p, size_t len)
{
	unsigned int h = 0x811c9dc5U;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x01000193U;
	return (h ^ h >> 15) % PLACES;
}

static __u16 *place_of(struct slots *s, const void *key, size_t len)
{
	unsigned int i = hash(key, len);

	for (; s->place[i]; i = (i + 1) % PLACES) {
		const struct slot *at = &s->slot[s->place[i] - 1];

		if (at->len == len && !memcmp(at->key, key, len))
			break;
	}
	return &s->place[i];
}

int slots_get(struct slots *s, const void *key, size_t len, __u64 now_ns)
{
	struct slot *to;
	__u16 *place;

	len = len > SLOT_KEY_MAX ? SLOT_KEY_MAX : len;
	place = place_of(s, key, len);
	if (*place) {
		to = &s->slot[*place - 1];
		goto found;
	}
	if (s->used == s->max)
		return -1;
	for (to = s->slot; to->used; to++)
		;
	memcpy(to->key, key, len);
	to->len = (__u8)len;
	to->used = true;
	s->used++;
	*place = (__u16)(to - s->slot + 1);
found:
	to->touched_ns = now_ns;
	return (int)(to - s->slot);
}

void slots_touch(struct slots *s, unsigned int i, __u64 now_ns)
{
	s->slot[i].touched_ns = now_ns;
}

const struct slot *slots_at(const struct slots *s, unsigned int i)
{
	return i < s->max && s->slot[i].used ? &s->slot[i] : NULL;
}

unsigned int slots_max(const struct slots *s)
{
	return s->max;
}

unsigned int slots_used(const struct slots *s)
{
	return s->used;
}

void slots_expire(struct slots *s, __u64 now_ns, void (*freed)(void *ctx, unsigned int i), void *ctx)
{
	unsigned int before = s->used;

	for (unsigned int i = 0; i < s->max; i++) {
		struct slot *at = &s->slot[i];

		if (!at->used || now_ns < at->touched_ns || now_ns - at->touched_ns < SLOT_IDLE_NS)
			continue;
		memset(at, 0, sizeof(*at));
		s->used--;
		freed(ctx, i);
	}
	if (s->used == before)
		return;
	memset(s->place, 0, sizeof(s->place));
	for (unsigned int i = 0; i < s->max; i++)
		if (s->slot[i].used)
			*place_of(s, s->slot[i].key, s->slot[i].len) = (__u16)(i + 1);
}
