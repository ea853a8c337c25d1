/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces, destinations and groups: found, made, and made room for. */
#include <stdlib.h>
#include <string.h>
#include "core/ports/parts.h"
#include "core/text/addr.h"

#define SPACES_MAX 4096
#define IDLE_NS 120000000000ULL

static __u64 hash(const void *id, size_t size)
{
	const char *p = id;
	__u64 h = 0, v;

	for (size_t i = 0; i < size; i += 8) {
		memcpy(&v, p + i, 8);
		h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	return h;
}

_Static_assert(sizeof(struct dest_id) % 8 == 0 && sizeof(struct group_id) % 8 == 0, "hashed eight bytes at a time");

static __u32 *slot_of(const struct entries *es, const void *id)
{
	size_t i = hash(id, es->id_size) & (es->n_slots - 1);

	while (es->slots[i] && memcmp(&es->e[es->slots[i] - 1]->id, id, es->id_size) != 0)
		i = (i + 1) & (es->n_slots - 1);
	return &es->slots[i];
}

static void index_all(struct entries *es)
{
	memset(es->slots, 0, es->n_slots * sizeof(*es->slots));
	for (size_t i = 0; i < es->n; i++)
		*slot_of(es, &es->e[i]->id) = (__u32)i + 1;
}

static bool grow(struct entries *es)
{
	size_t cap = es->cap ? es->cap * 2 : 64;
	struct entry **e = realloc(es->e, cap * sizeof(struct entry *));
	__u32 *slots;

	if (!e)
		return false;
	es->e = e;
	slots = realloc(es->slots, cap * 2 * sizeof(*slots));
	if (!slots)
		return false;
	es->slots = slots;
	es->cap = cap;
	es->n_slots = cap * 2;
	index_all(es);
	return true;
}

static struct entry *find(struct ports *ps, struct entries *es, const void *id)
{
	struct entry *e = es->last;
	__u32 *slot;

	if (e && !memcmp(&e->id, id, es->id_size))
		return e;
	slot = es->n_slots ? slot_of(es, id) : NULL;
	if (slot && *slot)
		return es->last = es->e[*slot - 1];
	if (es->n == PORTS_DESTS_MAX || (es->n == es->cap && !grow(es))) {
		ps->left_out++;
		return NULL;
	}
	e = calloc(1, sizeof(*e));
	if (!e) {
		ps->left_out++;
		return NULL;
	}
	memcpy(&e->id, id, es->id_size);
	*slot_of(es, id) = (__u32)es->n + 1;
	es->e[es->n++] = e;
	return es->last = e;
}

static bool add_any(struct ports *ps, struct entry *e)
{
	if (ps->n_any == ps->cap_any) {
		size_t cap = ps->cap_any ? ps->cap_any * 2 : 16;
		struct entry **more = realloc(ps->any, cap * sizeof(struct entry *));

		if (!more)
			return false;
		ps->any = more;
		ps->cap_any = cap;
	}
	ps->any[ps->n_any++] = e;
	return true;
}

struct entry *ports_dest(struct ports *ps, const struct conn *c, bool any)
{
	struct dest_id id;
	struct entry *e;

	memset(&id, 0, sizeof(id));
	memcpy(id.laddr, c->laddr, 16);
	id.netns = c->netns;
	id.any = any;
	if (!any) {
		memcpy(id.raddr, c->raddr, 16);
		id.rport = c->rport;
	}
	e = find(ps, &ps->dests, &id);
	if (e && !e->row.family) {
		e->row.netns = id.netns;
		memcpy(e->row.laddr, id.laddr, 16);
		memcpy(e->row.raddr, id.raddr, 16);
		e->row.rport = id.rport;
		/* IPv6 sockets that talk IPv4 take IPv4's ports: one destination, however its sockets write it. */
		e->row.family = addr_is_v4(c->laddr) ? 2 : c->family;
		e->row.any = any;
		if (any && !add_any(ps, e))
			return NULL;
	}
	return e;
}

struct entry *ports_group(struct ports *ps, const struct conn *c, const struct actors *as)
{
	const struct actor *a = actors_get(as, c->owner);
	__u32 group = 0;
	struct group_id id;
	enum name_by by;
	struct entry *e;

	memset(&id, 0, sizeof(id));
	if (ps->by == PORTS_BY_RADDR) {
		memcpy(id.raddr, c->raddr, 16);
		id.known = 1;
	} else if (ports_name_by(ps->by, &by)) {
		group = name_group(actors_name(as, c->owner), by);
		id.process = group;
		id.known = group != 0;
	} else if (a) {
		id.known = 1;
		if (ps->by == PORTS_BY_PID)
			id.process = (__u64)a->start_ms << 32 | a->tgid;
		else
			memcpy(id.comm, a->comm, sizeof(id.comm));
	}
	e = find(ps, &ps->groups, &id);
	if (e && ports_name_by(ps->by, &by)) {
		e->row.known = group != 0;
		e->row.name_group = group;
	} else if (e && a && ps->by != PORTS_BY_RADDR) {
		e->row.known = true;
		memcpy(e->row.comm, a->comm, sizeof(e->row.comm));
		if (ps->by == PORTS_BY_PID) {
			e->row.tgid = a->tgid;
			e->row.start_ms = a->start_ms;
			e->row.cgroup = a->cgroup;
		}
	}
	return e;
}

static void entry_free(struct entry *e)
{
	free(e->held);
	free(e->calls);
	free(e);
}

static void drop_idle(struct ports *ps, struct entries *es)
{
	size_t i, n = 0;

	if (ps->keep_calls || es->n < PORTS_DESTS_MAX / 2)
		return;
	for (i = 0; i < es->n; i++) {
		struct entry *e = es->e[i];

		if (e->row.in_use || e->row.time_wait || e->row.any || e->used_ns + IDLE_NS > ps->now_ns)
			es->e[n++] = e;
		else
			entry_free(e);
	}
	if (n < es->n)
		ps->since = 0;		/* what holds nothing that counts may be of one of them */
	es->n = n;
	es->last = NULL;
	index_all(es);
}

void ports_drop_idle(struct ports *ps)
{
	drop_idle(ps, &ps->dests);
	drop_idle(ps, &ps->groups);
}

void ports_entries_free(struct entries *es)
{
	for (size_t i = 0; i < es->n; i++)
		entry_free(es->e[i]);
	free(es->e);
	free(es->slots);
}

struct space *ports_space(struct ports *ps, __u32 netns)
{
	size_t lo = 0, hi = ps->n_spaces;

	if (ps->last_space && ps->last_space->netns == netns)
		return ps->last_space;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ps->spaces[mid]->netns < netns)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < ps->n_spaces && ps->spaces[lo]->netns == netns)
		return ps->last_space = ps->spaces[lo];
	if (ps->n_spaces == ps->cap_spaces) {
		size_t cap = ps->cap_spaces ? ps->cap_spaces * 2 : 8;
		struct space **grown = cap <= SPACES_MAX ? realloc(ps->spaces, cap * sizeof(struct space *)) : NULL;

		if (!grown) {
			ps->left_out++;
			return NULL;
		}
		ps->spaces = grown;
		ps->cap_spaces = cap;
	}
	ps->last_space = calloc(1, sizeof(struct space));
	if (!ps->last_space) {
		ps->left_out++;
		return NULL;
	}
	ps->last_space->netns = netns;
	for (hi = ps->n_spaces++; hi > lo; hi--)
		ps->spaces[hi] = ps->spaces[hi - 1];
	return ps->spaces[lo] = ps->last_space;
}

enum way ports_way(const struct conn *c)
{
	if (c->role == ROLE_SERVER || c->role == ROLE_LISTENER || c->state == ST_LISTEN)
		return WAY_OTHER;
	if (c->flags & CONN_BOUND)
		return WAY_BIND;
	return c->flags & CONN_AUTOBOUND || c->role == ROLE_CLIENT ? WAY_CONNECT : WAY_UNKNOWN;
}
