/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/bind.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/tcp.h"
#include "core/text/addr.h"

#define V4 2
#define V6 10
#define FAST_ANY 1		/* FASTREUSEPORT_ANY; 2 is FASTREUSEPORT_STRICT */

/* An address as the kernel compares it: both forms, which every socket has. */
struct side {
	__u8 family;
	bool any6, mapped;	/* of family 10; IPv4's addresses count as mapped */
	bool v6only;
	const __u8 *a6;
	__u8 a4[4];
};

static const __u8 zero[16];

static struct side side_of(__u8 family, const __u8 addr[16], bool v6only)
{
	static const __u8 loopback4_ipv6[4] = { 127, 0, 0, 6 };	/* LOOPBACK4_IPV6: the IPv4 address of a native IPv6 socket */
	struct side s = { .family = family, .v6only = v6only, .a6 = addr };

	s.mapped = addr_is_v4(addr);
	s.any6 = !memcmp(addr, zero, 16);
	memcpy(s.a4, s.mapped ? addr + 12 : s.any6 ? zero : loopback4_ipv6, 4);
	return s;
}

static struct side side_of_look(const struct twt_look *o)
{
	return side_of(o->family, o->laddr, o->flags & TWT_LOOK_V6ONLY);
}

static bool any4(const struct side *s)
{
	return !memcmp(s->a4, zero, 4);
}

/* ipv4_rcv_saddr_equal() */
static bool equal4(const struct side *a, const struct side *b, bool wild_a, bool wild_b)
{
	return !b->v6only && (!memcmp(a->a4, b->a4, 4) || (wild_a && any4(a)) || (wild_b && any4(b)));
}

/* inet_rcv_saddr_equal(): does @a's address take in @b's? @wild_x: a wildcard of x takes in everything. */
static bool saddr_equal(const struct side *a, const struct side *b, bool wild_a, bool wild_b)
{
	if (a->family != V6)
		return equal4(a, b, wild_a, wild_b);
	if (a->mapped && b->mapped)
		return equal4(a, b, wild_a, wild_b);
	if (a->any6 && b->any6)
		return true;
	if (b->any6 && wild_b && !(b->v6only && a->mapped))
		return true;
	if (a->any6 && wild_a && !(a->v6only && b->mapped))
		return true;
	return b->family == V6 && !memcmp(a->a6, b->a6, 16);
}

static bool is_specific(const struct side *s)
{
	return s->family == V4 || s->mapped ? !any4(s) : !s->any6;
}

/* By the lists of addresses: its own one, and that of the wildcards (inet_bhash2_conflict(), inet_bhash2_addr_any_conflict()). */
static bool specific_conflict(const struct side *n, const struct side *o, const struct bind_rules *rules)
{
	bool v4ish = n->family == V4 || n->mapped, sees_any4 = n->family == V4 || (n->mapped && (o->family == V4 || rules->mapped_any));
	bool hit = !memcmp(n->a6, o->a6, 16) || (o->family == V6 && o->any6) || (o->mapped && any4(o) && sees_any4);

	return hit && !(o->v6only && v4ish);
}

static bool addr_conflict(const struct side *n, const struct side *o, const struct bind_rules *rules)
{
	return rules->by_address && is_specific(n) ? specific_conflict(n, o, rules) : saddr_equal(n, o, true, true);
}

/* Minisocks have no user; FIN_WAIT2's count as TIME_WAIT, too. An orphan that is a full socket still is its user's. */
static bool same_user(const struct bind_call *n, const struct twt_look *o, const struct bind_rules *rules)
{
	bool fileless = o->flags & (TWT_LOOK_ORPHAN | TWT_LOOK_UNACCEPTED);

	if (o->state == ST_TIME_WAIT)
		return true;
	return n->uid == (rules->uid_of_inode && fileless ? 0 : o->uid);
}

/* inet_bind_conflict(): do the options let the two share a port and an address? */
static bool options_conflict(const struct bind_call *n, const struct twt_look *o, const struct bind_rules *rules)
{
	if (n->dev && o->bound_dev && n->dev != o->bound_dev)
		return false;
	if (n->reuseaddr && o->flags & TWT_LOOK_REUSE && o->state != ST_LISTEN)
		return false;
	return !(n->reuseport && o->flags & TWT_LOOK_REUSEPORT && same_user(n, o, rules));
}

/* The bucket lets it pass without asking the sockets: sk_reuseport_match() and .fastreuse. */
static bool fast(const struct bind_call *n, const struct side *ns, const struct twt_look *tb)
{
	struct side f;

	if (tb->fastreuse > 0 && n->reuseaddr && !n->listening)
		return true;
	if (tb->fastreuseport <= 0 || !n->reuseport || tb->fastuid != n->uid)
		return false;
	if (tb->fastreuseport == FAST_ANY)
		return true;
	f = side_of(tb->fast_family, tb->fast_addr, tb->flags & TWT_LOOK_FAST_V6ONLY);
	return saddr_equal(&f, ns, true, false);
}

/* In the same bucket: namespace, port and VRF. */
static bool same_bucket(const struct bind_call *n, const struct twt_look *o)
{
	return o->lport == n->port && (!n->netns || o->netns == n->netns) &&
	       (!(o->flags & TWT_LOOK_BUCKET) || o->l3mdev == n->l3mdev);
}

static int block(struct bind_answer *a, size_t at)
{
	size_t *grown;

	if (!(a->n_blockers & (a->n_blockers - 1))) {		/* full at each power of two */
		grown = realloc(a->blockers, (a->n_blockers ? a->n_blockers * 2 : 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		a->blockers = grown;
	}
	a->blockers[a->n_blockers++] = at;
	return 0;
}

int bind_ask(const struct bind_call *call, const struct looks *looks, const struct bind_rules *rules, struct bind_answer *ret)
{
	struct bind_answer a = { 0 };
	struct side n = side_of(call->family, call->addr, call->v6only), o;
	const struct twt_look *tb = NULL;

	/* __inet6_bind(): no address of IPv4's is meant where one of IPv6 is named. */
	if (call->family == V6 && !n.any6 && !n.mapped)
		n.v6only = true;
	for (size_t i = 0; i < looks->n; i++) {
		const struct twt_look *look = &looks->v[i].s;

		if (!same_bucket(call, look))
			continue;
		if (look->flags & TWT_LOOK_BUCKET)
			tb = look;
		if (call->self && look->inode == call->self)
			continue;
		o = side_of_look(look);
		if (options_conflict(call, look, rules) && addr_conflict(&n, &o, rules) && block(&a, i)) {
			bind_answer_free(&a);
			return -ENOMEM;
		}
	}
	a.by_bucket = a.n_blockers && tb && fast(call, &n, tb);
	a.err = a.n_blockers && !a.by_bucket ? EADDRINUSE : 0;
	*ret = a;
	return 0;
}

void bind_answer_free(struct bind_answer *a)
{
	free(a->blockers);
	memset(a, 0, sizeof(*a));
}
