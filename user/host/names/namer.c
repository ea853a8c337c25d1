// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/namer.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/names.h"
#include "host/names/netns.h"
#include "host/proc.h"

#define SLOTS 131072		/* half of them are used at most: NAMES_MAX */
#define LATER_MAX 256		/* waiting for a second try */
#define READY_MAX 256
#define LATER_NS 1000000000ULL
#define NETNS_MAX 4096
#define NETNS_WAIT_MAX 256
#define V1_SLOTS 1024

_Static_assert(SLOTS == 2 * NAMES_MAX, "half of the places stay free");

/* A cgroup, or a network namespace (its bit 63), that was seen. */
#define OF_NETNS (1ULL << 63)

/* A cgroup that was made lately, before anybody is in it: its record waits for the first event that needs it. */
struct ready { __u64 id; struct twt_name *rec; };
struct lost { __u64 id; __u32 tgid; bool made; };	/* a cgroup whose path a look is still to find */
struct later { __u64 id, due_ns; __u32 tgid; char *path; };
struct v1_process { __u32 tgid, start_ms; __u64 id; };
struct v1_path { char *path; __u64 id; };

struct namer {
	struct places places;
	struct cgroups cgroups;
	__u64 *seen;			/* open addressing; 0 = free */
	size_t n_seen;
	__u64 last;			/* cgroup of the last event */
	__u32 last_netns;
	struct ready ready[READY_MAX];
	size_t n_ready;			/* ever; the place is this modulo READY_MAX */
	struct lost lost[LATER_MAX];
	size_t n_lost;
	struct later later[LATER_MAX];
	size_t n_later;
	struct netns_want wait[NETNS_WAIT_MAX];	/* namespaces without a name so far */
	__u8 tries[NETNS_WAIT_MAX];
	size_t n_wait;
	__u64 netns_looked_ns, tick_ns;
	struct v1_process v1[V1_SLOTS];
	struct v1_path *v1_paths;
	size_t n_v1_paths, cap_v1_paths;
	__u32 host_netns;		/* 0: not known */
	struct names *known;		/* what was told */
	struct facts facts;
	struct twt_name rec;
	struct namer_counts counts;
	void (*tell)(void *ctx, const struct twt_name *rec);
	void *ctx;
};

struct namer *namer_new(const char *root)
{
	struct namer *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->seen = calloc(SLOTS, sizeof(*n->seen));
	n->known = names_new();
	if (!n->seen || !n->known || places_init(&n->places, root)) {
		namer_free(n);
		return NULL;
	}
	cgroups_init(&n->cgroups);
	n->host_netns = netns_of_process(1);
	if (!n->host_netns)	/* not ours to see: threads of the kernel are in it, too */
		n->host_netns = netns_of_process(2);
	return n;
}

void namer_free(struct namer *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < READY_MAX; i++)
		free(n->ready[i].rec);
	while (n->n_later)
		free(n->later[--n->n_later].path);
	while (n->n_v1_paths)
		free(n->v1_paths[--n->n_v1_paths].path);
	free(n->v1_paths);
	cgroups_free(&n->cgroups);
	if (n->places.root)
		places_free(&n->places);
	names_free(n->known);
	free(n->seen);
	free(n);
}

/* True if it is new; then it is not, from now on. */
static bool is_new(struct namer *n, __u64 id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL) >> 47;	/* 17 bits: SLOTS */

	while (n->seen[i] && n->seen[i] != id)
		i = (i + 1) % SLOTS;
	if (n->seen[i])
		return false;
	if (n->n_seen >= NAMES_MAX) {
		n->counts.beyond++;
		return false;
	}
	n->seen[i] = id;
	n->n_seen++;
	return true;
}

static void try_later(struct namer *n, __u64 id, __u32 tgid, const char *path, __u64 now_ns)
{
	char *copy = n->n_later < LATER_MAX ? strdup(path) : NULL;

	if (copy)
		n->later[n->n_later++] = (struct later){ id, now_ns + LATER_NS, tgid, copy };
}

static void name_cgroup(struct namer *n, __u64 id, __u32 tgid, const char *path, __u64 now_ns, bool again)
{
	facts_find(&n->places, path, tgid, now_ns, &n->facts);
	if (again && facts_lack_name(&n->facts))
		return;
	facts_record(&n->facts, path, id, now_ns, &n->rec);
	(void)names_add(n->known, &n->rec);
	n->tell(n->ctx, &n->rec);
	if (!again && facts_lack_name(&n->facts))
		try_later(n, id, tgid, path, now_ns);
}

/* The oldest one makes room. */
static void make_ready(struct namer *n, __u64 id, const char *path, __u64 now_ns)
{
	struct ready *r = &n->ready[n->n_ready++ % READY_MAX];

	facts_find(&n->places, path, 0, now_ns, &n->facts);
	facts_record(&n->facts, path, id, now_ns, &n->rec);
	free(r->rec);
	r->id = id;
	r->rec = calloc(1, sizeof(*r->rec));
	if (r->rec)
		memcpy(r->rec, &n->rec, n->rec.size);
}

/* Looks again first: names are sometimes written after the cgroup was made. What cannot be found any more was found before. */
static bool was_ready(struct namer *n, __u64 id, __u32 tgid, __u64 now_ns)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < READY_MAX; i++) {
		struct ready *r = &n->ready[i];

		if (r->id != id || !r->rec)
			continue;
		n->rec = *r->rec;
		n->rec.ts_ns = now_ns;
		(void)names_add(n->known, &n->rec);
		(void)snprintf(path, sizeof(path), "%s", name_part(names_cgroup(n->known, id), TWT_NP_PATH));
		facts_find(&n->places, path, tgid, now_ns, &n->facts);
		if (facts_lack_name(&n->facts)) {
			n->rec = *r->rec;
			n->rec.ts_ns = now_ns;
			n->tell(n->ctx, &n->rec);
			try_later(n, id, tgid, path, now_ns);
		} else {
			name_cgroup(n, id, tgid, path, now_ns, false);
		}
		free(r->rec);
		*r = (struct ready){ 0 };
		return true;
	}
	return false;
}

/* @made: nobody needs it yet. */
static void find_cgroup(struct namer *n, __u64 id, __u32 tgid, __u64 now_ns, bool made)
{
	char path[PATH_MAX];
	int err;

	if (!made && was_ready(n, id, tgid, now_ns))
		return;
	err = cgroups_path(&n->cgroups, id, tgid, path);
	n->counts.scans = n->cgroups.scans;
	if (!err && made)
		make_ready(n, id, path, now_ns);
	else if (!err)
		name_cgroup(n, id, tgid, path, now_ns, false);
	else if (err == -EAGAIN && n->n_lost < LATER_MAX)
		n->lost[n->n_lost++] = (struct lost){ id, tgid, made };
}

static void see_cgroup(struct namer *n, const struct twt_event *ev)
{
	if (ev->cgroup == n->last)
		return;
	n->last = ev->cgroup;
	if (ev->cgroup >= TWT_CGROUP_V1 || !is_new(n, ev->cgroup))
		return;
	n->counts.cgroups++;
	find_cgroup(n, ev->cgroup, ev->tgid, ev->ts_ns, false);
}

/* --- processes that only v1 tells about ---------------------------------------------------------------------------------- */

/* A number for a path of v1, told when it is new; 0: no room. */
static __u64 v1_id(struct namer *n, const char *path, __u32 tgid, __u64 now_ns)
{
	struct v1_path *grown;
	size_t cap;

	for (size_t i = 0; i < n->n_v1_paths; i++) {
		if (!strcmp(n->v1_paths[i].path, path))
			return n->v1_paths[i].id;
	}
	if (n->n_v1_paths == n->cap_v1_paths) {
		cap = n->cap_v1_paths ? n->cap_v1_paths * 2 : 64;
		grown = cap <= NETNS_MAX ? realloc(n->v1_paths, cap * sizeof(*grown)) : NULL;
		if (!grown) {
			n->counts.beyond++;
			return 0;
		}
		n->v1_paths = grown;
		n->cap_v1_paths = cap;
	}
	grown = &n->v1_paths[n->n_v1_paths];
	grown->path = strdup(path);
	if (!grown->path)
		return 0;
	grown->id = TWT_CGROUP_V1 + n->n_v1_paths++;
	n->counts.cgroups++;
	name_cgroup(n, grown->id, tgid, path, now_ns, false);
	return grown->id;
}

static __u64 v1_of(struct namer *n, const struct twt_event *ev)
{
	struct v1_process *p = &n->v1[(ev->tgid ^ ev->aux) % V1_SLOTS];
	char path[PATH_MAX];

	if (p->tgid == ev->tgid && p->start_ms == ev->aux && p->id)
		return p->id;
	n->counts.v1_reads++;
	*p = (struct v1_process){ ev->tgid, ev->aux, ev->cgroup };
	if (proc_is(ev->tgid, ev->aux) && cgroups_v1_path(ev->tgid, path)) {
		__u64 id = v1_id(n, path, ev->tgid, ev->ts_ns);

		p->id = id ? id : ev->cgroup;
	}
	return p->id;
}

/* --- network namespaces -------------------------------------------------------------------------------------------------- */

static void tell_netns(struct namer *n, __u32 inode, const char *name, __u64 now_ns)
{
	name_begin(&n->rec, TWT_NAME_NETNS, inode, now_ns);
	name_add(&n->rec, TWT_NP_NETNS, name);
	n->tell(n->ctx, &n->rec);
}

/* All that wait, at once, as a look costs the same for one; each is looked for twice. */
static void look_for_netns(struct namer *n, __u64 now_ns)
{
	size_t kept = 0;

	n->netns_looked_ns = now_ns;
	netns_find_names(&n->cgroups, &n->places, now_ns, n->wait, n->n_wait);
	for (size_t i = 0; i < n->n_wait; i++) {
		if (n->wait[i].name[0]) {
			tell_netns(n, n->wait[i].inode, n->wait[i].name, now_ns);
		} else if (++n->tries[i] < 2) {
			n->tries[kept] = n->tries[i];
			n->wait[kept++] = n->wait[i];
		}
	}
	n->n_wait = kept;
}

/*
 * A process in a container or pod that has a socket in it names it, without a look at all others, and though it may have gone by now. Not the host's:
 * there are containers on that, too.
 */
static bool name_by_owner(struct namer *n, const struct twt_event *ev)
{
	const struct name *owner = ev->flags & TWT_F_TASK ? names_cgroup(n->known, ev->cgroup) : NULL;
	struct strbuf b = { 0 };
	bool named = false;
	__u32 inode;

	if (!owner || !n->host_netns || ev->netns == n->host_netns)
		return false;
	inode = n->cgroups.sees_pids ? netns_of_process(ev->tgid) : 0;
	if ((!inode || inode == ev->netns) && netns_name_of(owner, &b) && !b.failed) {
		tell_netns(n, ev->netns, b.s, ev->ts_ns);
		named = true;
	}
	strbuf_free(&b);
	return named;
}

/* What was first seen without a process is named by the first one that comes along. */
static void name_waiting(struct namer *n, const struct twt_event *ev)
{
	for (size_t i = 0; i < n->n_wait; i++) {
		if (n->wait[i].inode != ev->netns)
			continue;
		if (!name_by_owner(n, ev))
			return;
		n->n_wait--;
		n->wait[i] = n->wait[n->n_wait];
		n->tries[i] = n->tries[n->n_wait];
		return;
	}
}

static void see_netns(struct namer *n, const struct twt_event *ev)
{
	if (!ev->netns || (ev->netns == n->last_netns && !n->n_wait))
		return;
	n->last_netns = ev->netns;
	if (!is_new(n, ev->netns | OF_NETNS)) {
		name_waiting(n, ev);
		return;
	}
	n->counts.netns++;
	if (name_by_owner(n, ev))
		return;
	if (n->n_wait == NETNS_WAIT_MAX) {
		n->counts.beyond++;
		return;
	}
	n->wait[n->n_wait] = (struct netns_want){ .inode = ev->netns };
	n->tries[n->n_wait++] = 0;	/* at the next tick, with all that come until then */
}

/* --- later --------------------------------------------------------------------------------------------------------------- */

static void see_tick(struct namer *n, __u64 now_ns)
{
	size_t kept = 0, lost = n->n_lost;

	n->tick_ns = now_ns;
	n->n_lost = 0;
	for (size_t i = 0; i < lost; i++)	/* those that are refused again come before what is read here */
		find_cgroup(n, n->lost[i].id, n->lost[i].tgid, now_ns, n->lost[i].made);
	if (n->n_wait && (!n->netns_looked_ns || now_ns - n->netns_looked_ns >= LATER_NS))
		look_for_netns(n, now_ns);
	for (size_t i = 0; i < n->n_later; i++) {
		struct later *l = &n->later[i];

		if (now_ns < l->due_ns) {
			n->later[kept++] = *l;
			continue;
		}
		name_cgroup(n, l->id, l->tgid, l->path, now_ns, true);
		free(l->path);
	}
	n->n_later = kept;
}

const struct twt_event *namer_see(struct namer *n, const struct twt_event *ev, struct twt_event *room,
				  void (*tell)(void *ctx, const struct twt_name *rec), void *ctx)
{
	__u64 v1;

	n->tell = tell;
	n->ctx = ctx;
	if (ev->kind == TWT_TICK) {
		see_tick(n, ev->ts_ns);
		return ev;
	}
	if (ev->kind == TWT_LOOK || ev->kind == TWT_NAME || ev->kind == TWT_FRAME || ev->kind == TWT_STACK)
		return ev;
	if (ev->kind == TWT_CGROUP) {
		find_cgroup(n, ev->arg0, 0, ev->ts_ns, true);
		return ev;
	}
	if (ev->flags & TWT_F_TASK && ev->cgroup && !(ev->flags & TWT_F_KTHREAD)) {
		if (cgroups_ask_v1(&n->cgroups, ev->cgroup)) {
			v1 = v1_of(n, ev);
			if (v1 != ev->cgroup) {
				*room = *ev;
				room->cgroup = v1;
				ev = room;
			}
		}
		see_cgroup(n, ev);
	}
	see_netns(n, ev);
	return ev;
}

__u64 namer_rest_ns(const struct namer *n)
{
	__u64 due = ~0ULL;

	if (n->n_lost || (n->n_wait && !n->netns_looked_ns))
		return 0;
	if (n->n_wait)
		due = n->netns_looked_ns + LATER_NS;
	for (size_t i = 0; i < n->n_later; i++)
		due = n->later[i].due_ns < due ? n->later[i].due_ns : due;
	return due == ~0ULL ? due : due > n->tick_ns ? due - n->tick_ns : 0;
}

bool namer_asks_processes(const struct namer *n)
{
	return n->cgroups.has_v1 && n->cgroups.sees_pids;
}

const struct namer_counts *namer_counts(const struct namer *n)
{
	return &n->counts;
}
