// SPDX-License-Identifier: GPL-2.0-only
#include "core/ports/listen/listeners.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/event/tcp.h"
#include "core/ports/listen/parts.h"
#include "core/text/addr.h"

#define WAIT_BITS 7
#define WAIT_BYTES ((size_t)32 << 20)	/* of all histograms */
#define ACTORS_MAX 65536

struct listeners *listeners_new(void)
{
	struct listeners *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;
	ls->actors = actors_new(ACTORS_MAX);
	ls->budget.limit = WAIT_BYTES;
	if (ls->actors)
		return ls;
	free(ls);
	return NULL;
}

/* --- addresses --- */

static size_t address_bucket(__u32 netns, __u8 family, __u16 lport)
{
	return (netns * 31 + family * 7 + lport) % LISTENER_HASH;
}

static struct listen_address *address(struct listeners *ls, const struct twt_event *ev)
{
	struct listen_address **head = &ls->addresses[address_bucket(ev->netns, ev->family, ev->lport)], *a;

	for (a = *head; a; a = a->next) {
		if (a->netns == ev->netns && a->lport == ev->lport && a->family == ev->family && !memcmp(a->laddr, ev->laddr, 16))
			return a;
	}
	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->netns = ev->netns;
	a->lport = ev->lport;
	a->family = ev->family;
	memcpy(a->laddr, ev->laddr, 16);
	a->accepted_per_s = -1;
	hist_init(&a->wait, WAIT_BITS, &ls->budget);
	a->next = *head;
	*head = a;
	return a;
}

static void address_drop(struct listeners *ls, struct listen_address *a)
{
	struct listen_address **at = &ls->addresses[address_bucket(a->netns, a->family, a->lport)];

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	hist_free(&a->wait);
	free(a);
}

/* The one that takes connections to @c's local end, as the kernel chooses: its own address before the wildcard. */
static struct listen_address *address_of(const struct listeners *ls, const struct conn *c)
{
	struct listen_address *a, *any = NULL;

	for (a = ls->addresses[address_bucket(c->netns, c->family, c->lport)]; a; a = a->next) {
		if (a->netns != c->netns || a->lport != c->lport || a->family != c->family)
			continue;
		if (!memcmp(a->laddr, c->laddr, 16))
			return a;
		if (addr_is_any(a->laddr))
			any = a;
	}
	return any;
}

/* --- sockets --- */

static struct listener **socket_place(const struct listeners *ls, __u32 netns, __u64 cookie)
{
	struct listener **at = (struct listener **)&ls->sockets[(cookie ^ netns) % LISTENER_HASH];

	while (*at && ((*at)->cookie != cookie || (*at)->at->netns != netns))
		at = &(*at)->next;
	return at;
}

static void drop_owner(struct listeners *ls, struct listener *l, __u32 i)
{
	actors_unref(ls->actors, l->owners[i].actor);
	l->n_owners--;
	memmove(&l->owners[i], &l->owners[i + 1], (l->n_owners - i) * sizeof(*l->owners));
}

static void forget(struct listeners *ls, struct listener **at)
{
	struct listener *l = *at;

	*at = l->next;
	while (l->n_owners)
		drop_owner(ls, l, l->n_owners - 1);
	free(l->owners);
	/* Who waited in it was not accepted. */
	l->at->queued -= l->queue;
	l->at->at_base += l->queue;
	if (!--l->at->sockets)
		address_drop(ls, l->at);
	free(l);
	ls->n--;
}

/* The listener that @ev is about, made if needed. 0 with NULL: there is no room for it. */
static int find(struct listeners *ls, const struct twt_event *ev, struct listener **ret)
{
	struct listener **at = socket_place(ls, ev->netns, ev->cookie), *l = *at;

	*ret = NULL;
	if (l && (l->at->lport != ev->lport || memcmp(l->at->laddr, ev->laddr, 16) != 0)) {	/* closed and listens again elsewhere */
		forget(ls, at);
		l = NULL;
	}
	if (!l) {
		if (ls->n == LISTENERS_MAX) {
			ls->left_out++;
			return 0;
		}
		l = calloc(1, sizeof(*l));
		if (!l)
			return -ENOMEM;
		l->at = address(ls, ev);
		if (!l->at) {
			free(l);
			return -ENOMEM;
		}
		l->cookie = ev->cookie;
		l->began_before = true;
		l->at->sockets++;
		at = socket_place(ls, ev->netns, ev->cookie);
		*at = l;
		ls->n++;
	}
	l->seen_ns = ev->ts_ns;
	l->kernel |= (ev->flags & TWT_F_KERN_SOCK) != 0;
	*ret = l;
	return 0;
}

void listeners_free(struct listeners *ls)
{
	size_t i;

	if (!ls)
		return;
	for (i = 0; i < LISTENER_HASH; i++) {
		while (ls->sockets[i])
			forget(ls, &ls->sockets[i]);
	}
	actors_free(ls->actors);
	free(ls->netns);
	free(ls->rows);
	free(ls);
}

/* --- owners --- */

static int add_owner(struct listeners *ls, struct listener *l, __u32 actor, __u64 ts_ns)
{
	const struct actor *a = actors_get(ls->actors, actor);
	struct listener_owner *grown;
	__u32 i;

	if (!a)
		return 0;
	for (i = 0; i < l->n_owners && actors_get(ls->actors, l->owners[i].actor)->tgid < a->tgid; i++)
		;
	if (i < l->n_owners && l->owners[i].actor == actor) {
		l->owners[i].seen_ns = ts_ns;
		return 0;
	}
	if (l->n_owners == LISTENER_OWNERS_MAX) {
		l->owners_left_out++;
		return 0;
	}
	if (!(l->n_owners & (l->n_owners - 1))) {	/* a power of two: full */
		grown = realloc(l->owners, (l->n_owners ? 2 * l->n_owners : 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->owners = grown;
	}
	memmove(&l->owners[i + 1], &l->owners[i], (l->n_owners - i) * sizeof(*l->owners));
	l->owners[i] = (struct listener_owner){ actors_ref(ls->actors, actor), ts_ns };
	l->n_owners++;
	return 0;
}

static int on_owner(struct listeners *ls, const struct twt_event *ev)
{
	struct listener *l;
	__u32 actor;
	int err;

	if (!ev->cookie || ev->new_state != ST_LISTEN)
		return 0;
	err = find(ls, ev, &l);
	if (err || !l)
		return err;
	actor = actors_of_event(ls->actors, ev);
	err = add_owner(ls, l, actor, ev->ts_ns);
	actors_unref(ls->actors, actor);
	return err;
}

/* --- looks --- */

static int on_listener(struct listeners *ls, const struct twt_event *ev)
{
	const struct twt_listener now = *event_listener(ev);
	struct listener *l;
	int err;

	if (!ev->cookie || ev->new_state != ST_LISTEN)
		return 0;
	err = find(ls, ev, &l);
	if (err || !l)
		return err;
	if (!l->looked)
		l->drops = l->began_before ? now.drops : 0;
	l->looked = true;
	l->looks++;
	l->at->queued += (__u64)now.accept_queue - l->queue;
	l->at->completed_look = l->at->completed;
	l->queue = now.accept_queue;
	l->limit = now.accept_max;
	l->peak = l->queue > l->peak ? l->queue : l->peak;
	l->half_open = now.half_open;
	l->half_open_peak = l->half_open > l->half_open_peak ? l->half_open : l->half_open_peak;
	l->full_looks += l->queue > l->limit;
	l->half_full_looks += l->half_open > l->limit;
	l->drops_look += now.drops - l->drops;
	l->drops_seen += now.drops - l->drops;
	l->drops = now.drops;
	l->somaxconn = now.somaxconn;
	l->oldest_wait_ns = l->queue ? now.oldest_wait_ns : 0;
	return 0;
}

static struct listen_netns *netns_of(struct listeners *ls, __u32 netns)
{
	struct listen_netns *grown;
	size_t i;

	for (i = 0; i < ls->n_netns; i++) {
		if (ls->netns[i].netns == netns)
			return &ls->netns[i];
	}
	if (ls->n_netns == LISTEN_NETNS_MAX)
		return NULL;
	if (ls->n_netns == ls->cap_netns) {
		size_t cap = ls->cap_netns ? 2 * ls->cap_netns : 8;

		grown = realloc(ls->netns, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		ls->netns = grown;
		ls->cap_netns = cap;
	}
	ls->netns[ls->n_netns] = (struct listen_netns){ .netns = netns };
	return &ls->netns[ls->n_netns++];
}

static void on_counter(struct listeners *ls, const struct twt_event *ev)
{
	unsigned int i = ev->aux - TWT_C_LISTEN_OVERFLOWS;
	struct listen_netns *ns;

	if (ev->aux < TWT_C_LISTEN_OVERFLOWS || ev->aux > TWT_C_COOKIES_FAILED)
		return;
	ns = netns_of(ls, ev->netns);
	if (!ns)
		return;
	if (ev->old_state) {
		ns->now[i] = ev->arg0;
		ns->has_now = true;
	} else {
		ns->base[i] = ns->cleared[i] = ev->arg0;
		ns->has_base = true;
		if (!i)
			ns->settled = ev->arg0;
	}
}

/* The only one of @netns that dropped something in this look or the one before (the counter is not read at the same time as the sockets); or NULL. */
static struct listener *only_dropper(struct listeners *ls, __u32 netns, bool *ret_any)
{
	struct listener *found = NULL, *l;
	size_t i;

	*ret_any = false;
	for (i = 0; i < LISTENER_HASH; i++) {
		for (l = ls->sockets[i]; l; l = l->next) {
			if (l->at->netns != netns || !(l->drops_look + l->drops_look_before))
				continue;
			found = *ret_any ? NULL : l;
			*ret_any = true;
		}
	}
	return found;
}

/* Whose the overflows of the namespaces are, where that can be told. Such a queue was full, whether a look met it so or not. */
static void settle_overflows(struct listeners *ls)
{
	struct listen_netns *ns;
	struct listener *l;
	bool any;
	size_t i;

	for (i = 0; i < ls->n_netns; i++) {
		ns = &ls->netns[i];
		if (!ns->has_base || !ns->has_now || ns->now[0] <= ns->settled)
			continue;
		l = only_dropper(ls, ns->netns, &any);
		if (l) {
			l->overflows += ns->now[0] - ns->settled;
			l->peak = l->peak > l->limit ? l->peak : l->limit + 1;
		}
		if (any)
			ns->settled = ns->now[0];
	}
}

/* What left the queue is what came into it, less what is in it. */
static void count_accepted(struct listen_address *a)
{
	long long taken = (long long)(a->completed_look - a->queued);

	if (!a->based)
		a->at_base = taken;
	a->based = true;
	if (taken - a->at_base > (long long)a->accepted)
		a->accepted = (__u64)(taken - a->at_base);
}

/* All listeners were told since @ev->arg0: those that were not are gone, and so are owners that were not named. */
static void on_looked(struct listeners *ls, const struct twt_event *ev)
{
	struct listener **at, *l;
	struct listen_address *a;
	size_t i;
	__u32 k;

	settle_overflows(ls);
	for (i = 0; i < LISTENER_HASH; i++) {
		for (at = &ls->sockets[i]; *at;) {
			l = *at;
			if (l->seen_ns < ev->arg0) {
				forget(ls, at);
				continue;
			}
			for (k = l->n_owners; ev->aux & TWT_LISTEN_OWNERS && k-- > 0;) {
				if (l->owners[k].seen_ns < ev->arg0)
					drop_owner(ls, l, k);
			}
			l->drops_look_before = l->drops_look;
			l->drops_look = 0;
			at = &l->next;
		}
	}
	for (i = 0; i < LISTENER_HASH; i++) {
		for (a = ls->addresses[i]; a; a = a->next)
			count_accepted(a);
	}
	ls->look_ns = ev->ts_ns;
}

int listeners_event(struct listeners *ls, const struct twt_event *ev)
{
	struct listener *l;

	switch (ev->kind) {
	case TWT_SNAP: return ev->new_state == ST_LISTEN && ev->cookie ? find(ls, ev, &l) : 0;
	case TWT_SNAP_OWNER: return on_owner(ls, ev);
	case TWT_LISTENER: return on_listener(ls, ev);
	case TWT_LISTENERS_END: on_looked(ls, ev); break;
	case TWT_COUNTER: on_counter(ls, ev); break;
	}
	return 0;
}

/* --- what the tracker tells --- */

static int began(struct listeners *ls, const struct transition *tr, const struct actors *as)
{
	const struct actor *a = actors_get(as, tr->conn->owner);
	struct twt_event ev = {
		.cookie = tr->conn->cookie, .netns = tr->conn->netns, .family = tr->conn->family, .lport = tr->conn->lport,
		.ts_ns = tr->ts_ns, .flags = tr->conn->flags & CONN_KERNEL ? TWT_F_KERN_SOCK : 0,
	};
	struct listener *l;
	__u32 actor;
	int err;

	if (!ev.cookie || !ev.lport)	/* listen() without bind(): a look will tell the port */
		return 0;
	memcpy(ev.laddr, tr->conn->laddr, 16);
	err = find(ls, &ev, &l);
	if (err || !l)
		return err;
	if (!(tr->conn->flags & CONN_BEGAN_BEFORE) && !l->looks) {
		l->began_before = false;
		if (l->at->sockets == 1)
			l->at->based = true;
	}
	if (!a)
		return 0;
	ev.flags |= TWT_F_TASK | (a->kernel ? TWT_F_KTHREAD : 0);
	ev.tgid = a->tgid;
	ev.aux = a->start_ms;
	ev.cgroup = a->cgroup;
	memcpy(ev.comm, a->comm, sizeof(ev.comm));
	actor = actors_of_event(ls->actors, &ev);
	err = add_owner(ls, l, actor, tr->ts_ns);
	actors_unref(ls->actors, actor);
	return err;
}

int listeners_transition(struct listeners *ls, const struct transition *tr, const struct actors *as)
{
	const struct conn *c = tr->conn;
	struct listen_address *a;
	struct listener **at;

	if (tr->new_state == ST_LISTEN)
		return began(ls, tr, as);
	if (tr->old_state == ST_LISTEN && c->role == ROLE_LISTENER) {
		at = socket_place(ls, c->netns, c->cookie);
		if (*at)
			forget(ls, at);
	} else if (tr->old_state == ST_SYN_RECV && tr->new_state == ST_ESTABLISHED && c->role == ROLE_SERVER) {
		a = address_of(ls, c);
		if (a)
			a->completed++;
	}
	return 0;
}

int listeners_accepted(struct listeners *ls, const struct conn *c, __u64 wait_ns, bool by_use)
{
	struct listen_address *a = address_of(ls, c);
	int err = a ? hist_add(&a->wait, wait_ns, 1) : 0;

	if (a && !err)
		a->by_use += by_use;
	return err == -ENOMEM ? err : 0;	/* beyond the budget the percentiles stand still */
}

void listeners_interval(struct listeners *ls)
{
	__u64 ns = ls->look_ns - ls->look_before_ns;
	struct listen_address *a;
	struct listener *l;
	size_t i;

	for (i = 0; i < LISTENER_HASH; i++) {
		for (a = ls->addresses[i]; a; a = a->next) {
			if (ns && ls->look_before_ns)
				a->accepted_per_s = (double)(a->accepted - a->accepted_before) * 1e9 / (double)ns;
			a->accepted_before = a->accepted;
		}
		for (l = ls->sockets[i]; l; l = l->next) {
			l->drops_interval = l->drops_seen - l->drops_seen_before;
			l->drops_seen_before = l->drops_seen;
		}
	}
	ls->look_before_ns = ls->look_ns;
}

void listeners_clear(struct listeners *ls)
{
	struct listen_address *a;
	struct listener *l;
	size_t i;

	for (i = 0; i < LISTENER_HASH; i++) {
		for (a = ls->addresses[i]; a; a = a->next) {
			hist_reset(&a->wait);
			a->by_use = a->completed = a->completed_look = a->accepted = a->accepted_before = 0;
			a->based = false;
			a->accepted_per_s = -1;
		}
		for (l = ls->sockets[i]; l; l = l->next) {
			l->peak = l->queue;
			l->half_open_peak = l->half_open;
			l->drops_seen = l->drops_seen_before = l->drops_interval = l->overflows = 0;
			l->looks = l->full_looks = l->half_full_looks = 0;
		}
	}
	for (i = 0; i < ls->n_netns; i++)
		memcpy(ls->netns[i].cleared, ls->netns[i].now, sizeof(ls->netns[i].now));
}

