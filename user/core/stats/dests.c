// SPDX-License-Identifier: GPL-2.0-only
#include "core/stats/dests.h"
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"

#define FIRST 4		/* most groups have few destinations, and there may be many groups */

struct dest_key dest_of(const struct conn *c)
{
	struct dest_key k;

	memset(&k, 0, sizeof(k));
	memcpy(k.addr, c->raddr, sizeof(k.addr));
	k.port = c->role == ROLE_CLIENT ? c->rport : 0;
	k.family = addr_is_v4(c->raddr) ? 2 : 10;	/* as AF_INET*: an IPv6 socket goes to the same host */
	return k;
}

static bool dest_same(const struct dest_key *a, const struct dest_key *b)
{
	return a->port == b->port && a->family == b->family && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

/* The entry of @key. Frequent ones move to the front, so that they are found soon. */
static struct dest *find(struct dests *ds, const struct dest_key *key)
{
	__u32 i;

	for (i = 0; i < ds->n; i++) {
		struct dest found = ds->d[i];

		if (!dest_same(&found.key, key))
			continue;
		if (i && found.closed > ds->d[i - 1].closed) {
			ds->d[i] = ds->d[i - 1];
			ds->d[--i] = found;
		}
		return &ds->d[i];
	}
	return NULL;
}

static bool grow(struct dests *ds, size_t *budget)
{
	__u32 cap = ds->cap ? ds->cap * 2 : FIRST;
	struct dest *d;

	if (cap > DESTS_MAX || cap - ds->cap > *budget)
		return false;
	d = realloc(ds->d, cap * sizeof(*d));
	if (!d)
		return false;
	*budget -= cap - ds->cap;
	ds->d = d;
	ds->cap = cap;
	return true;
}

static struct dest *least(struct dests *ds)
{
	struct dest *min = ds->d;
	__u32 i;

	for (i = 1; i < ds->n; i++) {
		if (ds->d[i].closed + ds->d[i].missed < min->closed + min->missed)
			min = &ds->d[i];
	}
	return min;
}

void dests_add(struct dests *ds, const struct dest_key *key, bool active, size_t *budget)
{
	struct dest *d = find(ds, key);

	if (!d && (ds->n < ds->cap || grow(ds, budget))) {
		d = &ds->d[ds->n++];
		*d = (struct dest){ .key = *key };
	} else if (!d) {
		if (!ds->n)	/* not even a first one: nothing can be said */
			return;
		d = least(ds);
		*d = (struct dest){ .key = *key, .missed = d->closed + d->missed };
	}
	d->closed++;
	d->active += active;
}

void dests_not_active(struct dests *ds, const struct dest_key *key)
{
	struct dest *d = find(ds, key);

	if (d && d->active)
		d->active--;
}

static int compare(const void *va, const void *vb)
{
	const struct dest *a = va, *b = vb;
	int order;

	if (a->closed != b->closed)
		return a->closed > b->closed ? -1 : 1;
	order = memcmp(a->key.addr, b->key.addr, sizeof(a->key.addr));
	if (order)
		return order;
	if (a->key.port != b->key.port)
		return a->key.port < b->key.port ? -1 : 1;
	return a->key.family - b->key.family;
}

void dests_sort(struct dests *ds)
{
	if (ds->n)
		qsort(ds->d, ds->n, sizeof(*ds->d), compare);
}

void dests_clear(struct dests *ds)
{
	free(ds->d);
	memset(ds, 0, sizeof(*ds));
}
