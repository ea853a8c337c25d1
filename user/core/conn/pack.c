// SPDX-License-Identifier: GPL-2.0-only
/*
 * One function goes through the members of a row, both ways, so that the two cannot differ. Numbers come in
 * pairs: a byte that tells how long both are, then their bytes, lowest first.
 */
#include "core/conn/pack.h"
#include <endian.h>
#include <string.h>

_Static_assert(CLOSE_KIND_MAX <= 16 && CLOSE_REASON_MAX <= 16 && ROLE_MAX <= 16 && ST_MAX <= 16,
	       "four bits each");

#define NUMBERS_MAX (19 + ST_SHOWN)
#define BYTES_MAX (8 * NUMBERS_MAX + NUMBERS_MAX / 2 + 1)

struct coder {
	bool packing, second;		/* second number of a pair */
	__u8 *to, *lengths;		/* packing; lengths: of the pair in the making */
	const __u8 *from;		/* unpacking */
	__u8 left;			/* ... length of the pair's second */
};

/* Made twice, with .packing known. */
#define BOTH_WAYS static inline __attribute__((always_inline))

/* The bytes of @v that are not leading zeros. */
static unsigned int length(__u64 v)
{
	return v ? (unsigned int)(71 - __builtin_clzll(v)) / 8 : 0;
}

/* The next number: @v, or when unpacking what it was. Both go eight bytes, and step on by fewer. */
BOTH_WAYS __u64 num(struct coder *k, __u64 v)
{
	unsigned int n;
	__u64 le;

	if (k->packing) {
		n = length(v);
		if (!k->second) {
			k->lengths = k->to++;
			*k->lengths = 0;
		}
		*k->lengths |= (__u8)(n << (k->second ? 4 : 0));
		le = htole64(v);
		memcpy(k->to, &le, sizeof(le));
		k->to += n;
	} else {
		if (!k->second) {
			n = *k->from & 15;
			k->left = *k->from++ >> 4;
		} else {
			n = k->left;
		}
		memcpy(&le, k->from, sizeof(le));
		k->from += n;
		v = n ? le64toh(le) & (~0ULL >> (64 - 8 * n)) : 0;
	}
	k->second = !k->second;
	return v;
}

/* A small number for a small difference, whatever its sign. */
static inline __u64 fold(__u64 difference)
{
	return difference << 1 ^ (__u64)((long long)difference >> 63);
}

static inline __u64 unfold(__u64 v)
{
	return v >> 1 ^ -(v & 1);
}

/* A time near @base; 0, which means none, stays 0. */
BOTH_WAYS __u64 time_near(struct coder *k, __u64 v, __u64 base)
{
	v = num(k, v ? fold(v - base) + 1 : 0);
	return v ? unfold(v - 1) + base : 0;
}

BOTH_WAYS void addr(struct coder *k, __u8 a[16])
{
	__u64 half[2];

	memcpy(half, a, 16);
	half[0] = htobe64(num(k, be64toh(half[0])));
	half[1] = htobe64(num(k, be64toh(half[1])));
	memcpy(a, half, 16);
}

/* The longest time is nearly always what the others leave over of the whole. */
BOTH_WAYS void times_in(struct coder *k, struct conn *c)
{
	__u64 rest = c->since_ns - c->born_ns;
	unsigned int st;

	for (st = 1; st <= ST_SHOWN; st++) {
		if (st == ST_ESTABLISHED || !(c->states_seen & 1U << st))
			continue;
		c->in_ns[st] = num(k, c->in_ns[st]);
		rest -= c->in_ns[st];
	}
	if (c->states_seen & 1U << ST_ESTABLISHED)
		c->in_ns[ST_ESTABLISHED] = rest - unfold(num(k, fold(rest - c->in_ns[ST_ESTABLISHED])));
}

static inline __u64 small_members(const struct row *r)
{
	const struct conn *c = &r->c;

	return (__u64)c->family | (__u64)c->state << 4 | (__u64)c->role << 8 | (__u64)c->close << 12 |
	       (__u64)c->closed_as << 16 | (__u64)c->substate << 20 | (__u64)r->born_from << 24 |
	       (__u64)(r->key != c->cookie) << 28 | (__u64)c->reason << 32;
}

static inline void set_small_members(struct row *r, __u64 v)
{
	struct conn *c = &r->c;

	c->family = v & 15;
	c->state = v >> 4 & 15;
	c->role = v >> 8 & 15;
	c->close = v >> 12 & 15;
	c->closed_as = v >> 16 & 15;
	c->substate = v >> 20 & 15;
	r->born_from = v >> 24 & 15;
	c->reason = v >> 32 & 15;
}

/* What whoever counts connections asks of each comes first. Returns true if it is named by its 4-tuple. */
BOTH_WAYS bool code_brief(struct coder *k, struct row *r)
{
	__u64 small = num(k, small_members(r)), v;
	struct conn *c = &r->c;

	set_small_members(r, small);
	v = num(k, (__u64)c->states_seen | (__u64)c->flags << 16 | (__u64)c->states_unknown << 48);
	c->states_seen = (__u16)v;
	c->flags = (__u32)(v >> 16);
	c->states_unknown = (__u16)(v >> 48);
	c->since_ns = num(k, c->since_ns);
	c->tw_start_ns = time_near(k, c->tw_start_ns, c->since_ns);
	c->owner = (__u32)num(k, c->owner);
	v = num(k, (__u64)c->lport | (__u64)c->rport << 16 | (__u64)c->netns << 32);
	c->lport = (__u16)v;
	c->rport = (__u16)(v >> 16);
	c->netns = (__u32)(v >> 32);
	return small >> 28 & 1;
}

/* ... and of each of its ends, and since when. */
BOTH_WAYS bool code_ends(struct coder *k, struct row *r)
{
	bool by_tuple = code_brief(k, r);
	struct conn *c = &r->c;

	c->born_ns = c->since_ns - unfold(num(k, fold(c->since_ns - c->born_ns)));
	c->tw_armed_ns = time_near(k, c->tw_armed_ns, c->since_ns);
	addr(k, c->laddr);
	addr(k, c->raddr);
	return by_tuple;
}

/* @wire: id of .c.wire. It takes no room where it is 0. */
BOTH_WAYS __u32 code(struct coder *k, struct row *r, __u32 wire)
{
	bool by_tuple = code_ends(k, r);
	struct conn *c = &r->c;
	__u64 v;

	c->cookie = num(k, c->cookie);
	r->key = by_tuple ? 0 : c->cookie;
	c->last_ns = time_near(k, c->last_ns, c->since_ns);
	c->bytes_acked = num(k, c->bytes_acked);
	c->bytes_received = num(k, c->bytes_received);
	v = num(k, (__u64)(c->opener ^ c->owner) | (__u64)(c->closer ^ c->owner) << 32);
	c->opener = (__u32)v ^ c->owner;
	c->closer = (__u32)(v >> 32) ^ c->owner;
	v = num(k, (__u64)r->pass | (__u64)wire << 32);
	r->pass = (__u32)v;
	wire = (__u32)(v >> 32);
	v = num(k, (__u64)c->open_stack | (__u64)c->close_stack << 32);
	c->open_stack = (__u32)v;
	c->close_stack = (__u32)(v >> 32);
	times_in(k, c);
	return wire;
}

/* What there is no place for: rows that something is about to happen to, and those that others point at. */
static bool has_more(const struct row *r)
{
	const struct conn *c = &r->c;

	return c->pending || c->role == ROLE_LISTENER || c->tw_end || c->tw_ender || r->rst_ns || r->seg_ns ||
	       r->rst_reason || r->seg_end || (r->key && r->key != c->cookie) || !(c->states_seen >> 1) ||
	       c->states_seen >> (ST_SHOWN + 1);
}

size_t row_pack(struct row *r, __u8 ret[PACK_MAX])
{
	__u8 bytes[BYTES_MAX + 8];
	struct coder k = { .packing = true, .to = bytes };
	size_t len;

	if (has_more(r))
		return 0;
	(void)code(&k, r, r->c.wire ? r->c.wire->id : 0);
	len = (size_t)(k.to - bytes);
	if (len > PACK_MAX)
		return 0;
	memcpy(ret, bytes, len);
	return len;
}

__u32 row_unpack(const __u8 packed[PACK_MAX], struct row *ret)
{
	__u8 bytes[PACK_MAX + 8];	/* the last number is read eight bytes at a time, too */
	struct coder k = { .from = bytes };

	memcpy(bytes, packed, PACK_MAX);
	memset(ret, 0, sizeof(*ret));
	return code(&k, ret, 0);
}

_Static_assert(PACK_ENDS * 8 + PACK_ENDS / 2 <= PACK_MAX, "the last number can be read eight bytes at a time where it lies");

void row_unpack_ends(const __u8 packed[PACK_MAX], struct row *ret)
{
	struct coder k = { .from = packed };

	(void)code_ends(&k, ret);
}

void row_unpack_brief(const __u8 packed[PACK_MAX], struct row *ret)
{
	struct coder k = { .from = packed };

	(void)code_brief(&k, ret);
}
