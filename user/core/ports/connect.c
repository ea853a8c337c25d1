/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/connect.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/addr.h"

#define SEC_NS 1000000000LL

static bool knows(const struct port_params *pp, unsigned int id)
{
	return pp->known >> id & 1;
}

static bool is_loopback(const __u8 a[16])
{
	static const __u8 loopback6[16] = { [15] = 1 };

	return addr_is_v4(a) ? a[12] == 127 : !memcmp(a, loopback6, 16);
}

/* tcp_twsk_unique(). A minisock in FIN_WAIT2 is left alone (not by 5.15 and 6.8: there it is taken, too). */
bool connect_may_reuse(const struct twt_look *o, const struct port_params *pp)
{
	__u64 mode = knows(pp, TWT_SC_TW_REUSE) ? pp->value[TWT_SC_TW_REUSE] : 0;

	if (!(o->flags & TWT_LOOK_MINISOCK) || o->substate != ST_TIME_WAIT || !(o->flags & TWT_LOOK_TIMESTAMPS))
		return false;
	if (mode != 1 && !(mode == 2 && (o->bound_dev == 1 || is_loopback(o->laddr) || is_loopback(o->raddr))))
		return false;
	if (o->tw_age_ms != ~0U)
		return o->tw_age_ms > (knows(pp, TWT_SC_TW_REUSE_DELAY) ? pp->value[TWT_SC_TW_REUSE_DELAY] : 1000);
	/* Up to 6.12: once the second of its last segment is over. The timer tells when that was. */
	return (long long)(TW_LEN_NS - o->left_ns) >= SEC_NS;
}

bool connect_is_closed(const struct twt_look *o)
{
	return o->flags & TWT_LOOK_BUCKET && (o->fastreuse >= 0 || o->fastreuseport >= 0);
}

/* Device as in INET_MATCH(): a socket without one matches all. */
static bool same_tuple(const struct connect_call *c, const struct twt_look *o)
{
	if (o->state == ST_LISTEN || o->state == ST_CLOSE || o->rport != c->dport || memcmp(o->raddr, c->daddr, 16) != 0)
		return false;
	if (!addr_is_any(c->saddr) && memcmp(o->laddr, c->saddr, 16) != 0)
		return false;
	return !o->bound_dev || o->bound_dev == c->dev || (c->l3mdev && o->bound_dev == c->l3mdev);
}

static int block(struct connect_answer *a, size_t at)
{
	size_t *grown;

	if (!(a->n_blockers & (a->n_blockers - 1))) {
		grown = realloc(a->blockers, (a->n_blockers ? a->n_blockers * 2 : 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		a->blockers = grown;
	}
	a->blockers[a->n_blockers++] = at;
	return 0;
}

static bool wanted(const struct connect_call *c, const struct twt_look *o)
{
	return (!c->netns || o->netns == c->netns) && (!(o->flags & TWT_LOOK_BUCKET) || o->l3mdev == c->l3mdev);
}

/* The socket has its port: only a minisock of the same tuple may go, and only if its connection had timestamps. */
static int ask_tuple(const struct connect_call *call, const struct looks *looks, struct connect_answer *a)
{
	for (size_t i = 0; i < looks->n; i++) {
		const struct twt_look *o = &looks->v[i].s;

		if (!wanted(call, o) || o->lport != call->sport || !same_tuple(call, o))
			continue;
		if (o->flags & TWT_LOOK_MINISOCK && o->flags & TWT_LOOK_TIMESTAMPS) {
			a->reusable++;
			continue;
		}
		a->in_use++;
		a->err = EADDRNOTAVAIL;
		if (block(a, i))
			return -ENOMEM;
	}
	return 0;
}

static int ask_range(const struct connect_call *call, const struct looks *looks, const struct port_params *pp, struct connect_answer *a,
		     struct portset *closed, struct portset *used)
{
	__u16 hi = port_params_hi(pp);

	for (size_t i = 0; i < looks->n; i++)
		if (wanted(call, &looks->v[i].s) && connect_is_closed(&looks->v[i].s))
			portset_add(closed, looks->v[i].s.lport);
	for (size_t i = 0; i < looks->n; i++) {
		const struct twt_look *o = &looks->v[i].s;

		if (!wanted(call, o) || !same_tuple(call, o) || o->lport < pp->lo || o->lport > hi ||
		    portset_has(&pp->reserved, o->lport) || portset_has(closed, o->lport) || portset_has(used, o->lport))
			continue;
		if (connect_may_reuse(o, pp)) {
			a->reusable++;
			continue;
		}
		portset_add(used, o->lport);
		a->in_use++;
		a->states[o->flags & TWT_LOOK_MINISOCK ? o->substate : o->state]++;
		if (block(a, i))
			return -ENOMEM;
	}
	a->reserved = portset_count(&pp->reserved, NULL, pp->lo, hi);
	a->usable = port_params_count(pp, closed);
	a->closed = hi - pp->lo + 1U - a->reserved - a->usable;
	a->free = a->usable > a->in_use ? a->usable - a->in_use : 0;
	a->err = a->free ? 0 : EADDRNOTAVAIL;
	return 0;
}

int connect_ask(const struct connect_call *call, const struct looks *looks, const struct port_params *pp, struct connect_answer *ret)
{
	struct connect_answer a = { 0 };
	struct portset *sets = NULL;
	int err = 0;

	if (call->sport) {
		err = ask_tuple(call, looks, &a);
	} else if (port_params_usable(pp)) {
		sets = calloc(2, sizeof(*sets));
		err = sets ? ask_range(call, looks, pp, &a, &sets[0], &sets[1]) : -ENOMEM;
		free(sets);
	}
	if (err) {
		connect_answer_free(&a);
		return err;
	}
	*ret = a;
	return 0;
}

void connect_answer_free(struct connect_answer *a)
{
	free(a->blockers);
	memset(a, 0, sizeof(*a));
}
