// SPDX-License-Identifier: GPL-2.0-only
#include "core/pairs/pairs.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE 0xffffffffU

/* An end that waits for its other one; oldest first in a list of all, so that there is one to give up. */
struct slot { struct pair_end end; __u32 next, older, newer; };

struct clock_pair { __u64 n[2]; long long least[2]; };	/* from the lower to the higher number, and back */

/* Which addresses and ports a recording has: some 1 % of all may be taken for one that it has not. */
#define SEEN_BITS 20

struct pairs {
	struct slot *slots;
	size_t n, cap, max;		/* in use or free; room; limit */
	__u32 free, oldest, newest;
	__u32 *heads;			/* @n_heads, a power of two */
	size_t n_heads;
	struct clock_pair clocks[PAIRS_HOSTS][PAIRS_HOSTS];
	struct pairs_counts counts;
	unsigned char *seen;
};

static __u64 mix(__u64 h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len; len--, p++)
		h = (h ^ *p) * 0x100000001b3ULL;
	return h;
}

static __u64 hash_point(const __u8 addr[16], __u16 port)
{
	__u64 h = mix(mix(0xcbf29ce484222325ULL, addr, 16), &port, sizeof(port));

	return (h ^ h >> 32) * 0x9e3779b97f4a7c15ULL;
}

/* The same for both ends. */
static __u64 hash_of(const struct pair_end *e)
{
	return hash_point(e->laddr, e->lport) + hash_point(e->raddr, e->rport);
}

struct pairs *pairs_new(size_t max_ends)
{
	struct pairs *ps = calloc(1, sizeof(*ps));

	if (!ps)
		return NULL;
	ps->max = max_ends ? max_ends : PAIRS_ENDS_MAX;
	for (ps->n_heads = 1; ps->n_heads < ps->max; ps->n_heads *= 2)
		;
	ps->heads = malloc(ps->n_heads * sizeof(*ps->heads));
	ps->seen = calloc(1, 1U << (SEEN_BITS - 3));
	if (!ps->heads || !ps->seen) {
		pairs_free(ps);
		return NULL;
	}
	memset(ps->heads, 0xff, ps->n_heads * sizeof(*ps->heads));
	ps->free = ps->oldest = ps->newest = NONE;
	return ps;
}

void pairs_free(struct pairs *ps)
{
	if (!ps)
		return;
	free(ps->slots);
	free(ps->heads);
	free(ps->seen);
	free(ps);
}

static __u32 *head_of(const struct pairs *ps, const struct pair_end *e)
{
	return &ps->heads[hash_of(e) >> 20 & (ps->n_heads - 1)];
}

static bool is_loopback(const __u8 addr[16])
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff }, one[16] = { [15] = 1 };

	return !memcmp(addr, one, 16) || (!memcmp(addr, mapped, 12) && addr[12] == 127);
}

static bool is_swapped(const struct pair_end *a, const struct pair_end *b)
{
	if (a->lport != b->rport || a->rport != b->lport || memcmp(a->laddr, b->raddr, 16) != 0 || memcmp(a->raddr, b->laddr, 16) != 0)
		return false;
	if (a->host == b->host && a->netns == b->netns && a->cookie == b->cookie)	/* a socket that talks with itself */
		return false;
	/* Every host has a loopback of its own, and so has every network namespace. */
	return (a->host == b->host && a->netns == b->netns) || (!is_loopback(a->laddr) && !is_loopback(a->raddr));
}

static unsigned long long distance(long long a, long long b)
{
	return a > b ? (unsigned long long)a - (unsigned long long)b : (unsigned long long)b - (unsigned long long)a;
}

/* 0: they lived at the same time. */
static unsigned long long apart(const struct pair_end *a, const struct pair_end *b)
{
	return a->end_ns < b->born_ns ? distance(a->end_ns, b->born_ns) : b->end_ns < a->born_ns ? distance(b->end_ns, a->born_ns) : 0;
}

/* The one that fits best: of those that lived at the same time the one that began at the same time. @ret_far: there are some, but none that is near. */
static __u32 find(const struct pairs *ps, const struct pair_end *e, bool *ret_far)
{
	unsigned long long best_apart = PAIRS_APART_NS, best_born = ~0ULL;
	__u32 best = NONE;

	*ret_far = false;
	for (__u32 i = *head_of(ps, e); i != NONE; i = ps->slots[i].next) {
		const struct pair_end *o = &ps->slots[i].end;
		unsigned long long far, born;

		if (!is_swapped(e, o))
			continue;
		far = apart(e, o);
		born = distance(e->born_ns, o->born_ns);
		*ret_far |= far > PAIRS_APART_NS;
		if (far > best_apart || (far == best_apart && born >= best_born))
			continue;
		best = i;
		best_apart = far;
		best_born = born;
	}
	if (best != NONE)
		*ret_far = false;
	return best;
}

/* Out of the lists, free. */
static void take_out(struct pairs *ps, __u32 i)
{
	struct slot *s = &ps->slots[i];
	__u32 *at = head_of(ps, &s->end);

	while (*at != i)
		at = &ps->slots[*at].next;
	*at = s->next;
	*(s->older == NONE ? &ps->oldest : &ps->slots[s->older].newer) = s->newer;
	*(s->newer == NONE ? &ps->newest : &ps->slots[s->newer].older) = s->older;
	s->next = ps->free;
	ps->free = i;
}

static bool was_seen(const struct pairs *ps, __u64 h)
{
	__u32 bit = (__u32)(h >> (64 - SEEN_BITS));

	return ps->seen[bit / 8] & 1U << bit % 8;
}

static void note_seen(struct pairs *ps, __u64 h)
{
	__u32 bit = (__u32)(h >> (64 - SEEN_BITS));

	ps->seen[bit / 8] |= (unsigned char)(1U << bit % 8);
}

/* @e stays alone. */
static void count_alone(const struct pairs *ps, const struct pair_end *e, struct pairs_counts *n)
{
	if (!e->over || !e->wanted)
		return;
	n->alone++;
	n->translated += !is_loopback(e->raddr) && was_seen(ps, hash_point(e->raddr, e->rport));
}

static int room(struct pairs *ps)
{
	size_t cap = ps->cap ? ps->cap * 2 : 256;
	struct slot *slots;

	if (ps->free != NONE || ps->n < ps->cap)
		return 0;
	if (ps->n == ps->max) {
		if (ps->slots[ps->oldest].end.over && ps->slots[ps->oldest].end.wanted)
			ps->counts.dropped++;
		count_alone(ps, &ps->slots[ps->oldest].end, &ps->counts);
		take_out(ps, ps->oldest);
		return 0;
	}
	if (cap > ps->max)
		cap = ps->max;
	slots = realloc(ps->slots, cap * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	ps->slots = slots;
	ps->cap = cap;
	return 0;
}

static int put_in(struct pairs *ps, const struct pair_end *e)
{
	int err = room(ps);
	__u32 i, *head;

	if (err)
		return err;
	i = ps->free;
	if (i != NONE)
		ps->free = ps->slots[i].next;
	else
		i = (__u32)ps->n++;
	head = head_of(ps, e);
	ps->slots[i] = (struct slot){ .end = *e, .next = *head, .older = ps->newest, .newer = NONE };
	*head = i;
	*(ps->newest == NONE ? &ps->oldest : &ps->slots[ps->newest].newer) = i;
	ps->newest = i;
	return 0;
}

static void note_delay(struct pairs *ps, const struct pair_delay *d, size_t from, size_t to)
{
	struct clock_pair *c = &ps->clocks[from < to ? from : to][from < to ? to : from];
	int back = from > to;

	if (!d->known || from == to || from >= PAIRS_HOSTS || to >= PAIRS_HOSTS)
		return;
	if (!c->n[back]++ || d->ns < c->least[back])
		c->least[back] = d->ns;
}

static void note_clocks(struct pairs *ps, const struct pair *p)
{
	bool server_first = p->server.known & 1U << PAIR_FIN_WAIT1 && p->client.known & 1U << PAIR_CLOSE_WAIT;
	size_t one = server_first ? p->server.host : p->client.host, other = server_first ? p->client.host : p->server.host;

	note_delay(ps, &p->fin, one, other);
	note_delay(ps, &p->fin_back, other, one);
	note_delay(ps, &p->ack, p->client.host, p->server.host);
	note_delay(ps, &p->syn, p->client.host, p->server.host);
}

static void join(const struct pair_end *a, const struct pair_end *b, struct pair *p)
{
	bool a_first;

	p->roles_known = (a->role == ROLE_CLIENT) != (b->role == ROLE_CLIENT) || (a->role == ROLE_SERVER) != (b->role == ROLE_SERVER);
	if (p->roles_known)
		a_first = a->role == ROLE_CLIENT || b->role == ROLE_SERVER;
	else
		a_first = a->lport != b->lport ? a->lport > b->lport : a->host <= b->host;
	p->client = a_first ? *a : *b;
	p->server = a_first ? *b : *a;
	pair_judge(p);
}

int pairs_add(struct pairs *ps, const struct pair_end *end, struct pair *ret)
{
	bool far;
	__u32 i = find(ps, end, &far);

	note_seen(ps, hash_point(end->laddr, end->lport));
	if (i == NONE) {
		ps->counts.far += far && end->over && end->wanted;
		return put_in(ps, end);
	}
	join(&ps->slots[i].end, end, ret);
	take_out(ps, i);
	note_clocks(ps, ret);
	if (ret->client.wanted || ret->server.wanted)
		ps->counts.joined += ret->client.over || ret->server.over;
	return 1;
}

void pairs_counted(const struct pairs *ps, struct pairs_counts *ret)
{
	*ret = ps->counts;
	for (__u32 i = ps->oldest; i != NONE; i = ps->slots[i].newer)
		count_alone(ps, &ps->slots[i].end, ret);
}

bool pairs_clock(const struct pairs *ps, size_t k, struct pair_clock *ret)
{
	for (size_t a = 0; a < PAIRS_HOSTS; a++) {
		for (size_t b = a + 1; b < PAIRS_HOSTS; b++) {
			const struct clock_pair *c = &ps->clocks[a][b];

			if ((!c->n[0] && !c->n[1]) || k--)
				continue;
			*ret = (struct pair_clock){
				.a = a, .b = b, .n_there = c->n[0], .n_back = c->n[1], .there_ns = c->least[0], .back_ns = c->least[1],
				.known = c->n[0] && c->n[1],
			};
			/* There it takes d and the difference, back d without it. */
			if (ret->known)
				ret->ahead_ns = c->least[0] / 2 - c->least[1] / 2;
			return true;
		}
	}
	return false;
}
