/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/paths/paths.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_LEN (4 * PATHS_MAX)

/* Connections of a port whose listener is looked for when somebody looks. */
struct port { __u32 netns; __u16 lport; bool found; struct path_row *row; __u64 over, time_waits; };

struct paths {
	enum paths_of of;
	const struct stacks *stacks;
	struct path_row **rows, *rest;
	size_t n, cap;
	__u32 *index;
	const struct path_row **sorted;
	struct port *ports;
	size_t n_ports, cap_ports;
	__u64 now_ns, stuck_ns;
};

static const char *const names[PATHS_OF_MAX] = {
	[PATHS_OPENED] = "opened", [PATHS_CLOSED] = "closed", [PATHS_STUCK] = "stuck", [PATHS_LISTENED] = "listened",
};

const char *paths_of_name(enum paths_of of)
{
	return names[of];
}

int paths_of_parse(const char *text, enum paths_of *ret)
{
	for (unsigned int i = 0; i < PATHS_OF_MAX; i++) {
		if (!strcmp(text, names[i])) {
			*ret = (enum paths_of)i;
			return 0;
		}
	}
	return -EINVAL;
}

struct paths *paths_new(enum paths_of of)
{
	struct paths *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->of = of;
	p->index = calloc(INDEX_LEN, sizeof(*p->index));
	if (!p->index) {
		free(p);
		return NULL;
	}
	return p;
}

void paths_free(struct paths *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		free(p->rows[i]);
	free(p->rows);
	free(p->rest);
	free(p->index);
	free(p->sorted);
	free(p->ports);
	free(p);
}

void paths_set_stacks(struct paths *p, const struct stacks *ss)
{
	p->stacks = ss;
}

static struct path_row *the_rest(struct paths *p)
{
	if (!p->rest)
		p->rest = calloc(1, sizeof(*p->rest));
	if (p->rest)
		p->rest->rest = true;
	return p->rest;
}

static struct path_row *row_of(struct paths *p, __u32 stack, const struct actor *a)
{
	const char *comm = a ? a->comm : "";
	struct path_row *r, **more;
	size_t i;
	__u64 h;

	stack = stacks_same(p->stacks, stack);
	h = stack * 0x9e3779b97f4a7c15ULL;
	for (const char *s = comm; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	for (i = (h ^ h >> 32) & (INDEX_LEN - 1); p->index[i]; i = (i + 1) & (INDEX_LEN - 1)) {
		r = p->rows[p->index[i] - 1];
		if (r->stack == stack && !strcmp(r->comm, comm))
			return r;
	}
	if (p->n == PATHS_MAX)
		return the_rest(p);
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;

		more = realloc(p->rows, cap * sizeof(*more));
		if (!more)
			return NULL;
		p->rows = more;
		p->cap = cap;
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->stack = stack;
	memcpy(r->comm, comm, strlen(comm));
	p->rows[p->n++] = r;
	p->index[i] = (__u32)p->n;
	return r;
}

static bool is_listener(const struct conn *c)
{
	return c->role == ROLE_LISTENER || c->state == ST_LISTEN;
}

/* Did this end close it? */
static bool closed_here(const struct conn *c)
{
	return c->close_stack || c->closer;
}

/* Is @c one of those that are counted, and where? *@ret_row NULL: no memory. */
static bool counted(struct paths *p, const struct conn *c, const struct actors *as, struct path_row **ret_row)
{
	if (is_listener(c) || (p->of == PATHS_CLOSED && !closed_here(c)))
		return false;
	/* What was there before the tracer was opened by nobody that we saw. */
	if (p->of == PATHS_OPENED && c->flags & CONN_BEGAN_BEFORE && !c->open_stack)
		return false;
	*ret_row = p->of == PATHS_CLOSED ? row_of(p, c->close_stack, actors_get(as, c->closer)) :
		   row_of(p, c->open_stack, actors_get(as, c->owner));
	return true;
}

/* NULL: no room for another, or no memory. */
static struct port *port_of(struct paths *p, const struct conn *c)
{
	struct port *more;
	size_t i;

	for (i = 0; i < p->n_ports; i++)
		if (p->ports[i].lport == c->lport && p->ports[i].netns == c->netns)
			return &p->ports[i];
	if (i == PATHS_LISTENERS_MAX)
		return NULL;
	if (i == p->cap_ports) {
		size_t cap = i ? i * 2 : 16;

		more = realloc(p->ports, cap * sizeof(*more));
		if (!more)
			return NULL;
		p->ports = more;
		p->cap_ports = cap;
	}
	p->ports[i] = (struct port){ .netns = c->netns, .lport = c->lport };
	p->n_ports++;
	return &p->ports[i];
}

int paths_transition(struct paths *p, const struct transition *tr, const struct actors *as)
{
	struct path_row *r;
	struct port *port;

	/* Found by a snapshot: it exists, but its beginning is not ours to count. */
	if (tr->new_state != ST_TIME_WAIT || tr->marks & TR_SEEDED)
		return 0;
	if (p->of == PATHS_LISTENED) {
		port = tr->conn->role == ROLE_SERVER ? port_of(p, tr->conn) : NULL;
		if (port)
			port->time_waits++;
		return 0;
	}
	if (!counted(p, tr->conn, as, &r))
		return 0;
	if (!r)
		return -ENOMEM;
	r->time_waits++;
	return 0;
}

/* What its port's connections were counted by is this listener's path from now on. */
static void give_port(struct port *port, struct path_row *r)
{
	port->row = r;
	r->over += port->over;
	r->time_waits += port->time_waits;
	port->over = port->time_waits = 0;
}

/* @c listens, or did until now. Returns its row; NULL: no memory. */
static struct path_row *listener_is(struct paths *p, const struct conn *c, const struct actors *as)
{
	struct path_row *r = row_of(p, c->open_stack, actors_get(as, c->owner));
	struct port *port = r ? port_of(p, c) : NULL;

	if (port && !port->found)	/* of several (SO_REUSEPORT) the first one's path has them all */
		give_port(port, r);
	return r;
}

int paths_gone(struct paths *p, const struct conn *c, const struct actors *as)
{
	struct path_row *r;
	struct port *port;

	if (p->of == PATHS_LISTENED && c->role == ROLE_LISTENER)
		return listener_is(p, c, as) ? 0 : -ENOMEM;
	if (p->of == PATHS_LISTENED) {
		port = c->role == ROLE_SERVER ? port_of(p, c) : NULL;
		if (port)
			port->over++;
		return 0;
	}
	if (!counted(p, c, as, &r))
		return 0;
	if (!r)
		return -ENOMEM;
	r->over++;
	return 0;
}

static void forget(struct path_row *r)
{
	r->open = r->time_wait_now = r->stuck = r->listeners = r->oldest_ns = 0;
}

/* What was counted before it was told that two paths are one. */
static void join_same(struct paths *p)
{
	size_t n = p->n;

	for (size_t i = 0; i < n; i++) {
		struct path_row *r = p->rows[i], *same;
		struct actor a;

		if (stacks_same(p->stacks, r->stack) == r->stack || (!r->over && !r->time_waits))
			continue;
		memcpy(a.comm, r->comm, sizeof(a.comm));
		same = row_of(p, r->stack, &a);
		if (!same)	/* no memory: it stays by itself */
			continue;
		same->over += r->over;
		same->time_waits += r->time_waits;
		r->over = r->time_waits = 0;
	}
}

void paths_look_begin(struct paths *p, __u64 now_ns, __u64 stuck_ns)
{
	p->now_ns = now_ns;
	p->stuck_ns = stuck_ns;
	join_same(p);
	for (size_t i = 0; i < p->n; i++)
		forget(p->rows[i]);
	if (p->rest)
		forget(p->rest);
	for (size_t i = 0; i < p->n_ports; i++) {
		p->ports[i].found = false;
		if (p->ports[i].row)	/* of a listener that is gone */
			give_port(&p->ports[i], p->ports[i].row);
	}
}

int paths_look_listener(struct paths *p, const struct conn *c, const struct actors *as)
{
	struct path_row *r;
	struct port *port;

	if (p->of != PATHS_LISTENED || c->state != ST_LISTEN)
		return 0;
	r = listener_is(p, c, as);
	if (!r)
		return -ENOMEM;
	r->listeners++;
	port = port_of(p, c);
	if (port)
		port->found = true;
	return 0;
}

/* CLOSE_WAIT, FIN_WAIT2 that is still a socket, LAST_ACK: in one of them no connection stays for long. */
static bool can_be_stuck(const struct conn *c)
{
	return c->state == ST_CLOSE_WAIT || c->state == ST_LAST_ACK || c->state == ST_FIN_WAIT2;
}

int paths_look(struct paths *p, const struct conn *c, const struct actors *as)
{
	__u64 age = p->now_ns > c->since_ns ? p->now_ns - c->since_ns : 0;
	struct path_row *r;
	struct port *port;

	if (p->of == PATHS_LISTENED) {
		port = c->role == ROLE_SERVER && !is_listener(c) ? port_of(p, c) : NULL;
		r = port ? port->row : NULL;
		if (!r)
			return 0;
	} else if (!counted(p, c, as, &r)) {
		return 0;
	}
	if (!r)
		return -ENOMEM;
	if (c->state == ST_TIME_WAIT) {
		r->time_wait_now++;
		return 0;
	}
	r->open++;
	if (can_be_stuck(c) && age >= p->stuck_ns) {
		r->stuck++;
		if (age > r->oldest_ns)
			r->oldest_ns = age;
	}
	return 0;
}

__u64 path_connections(const struct path_row *r)
{
	return r->over + r->open + r->time_wait_now;
}

static int by_number(__u64 a, __u64 b)
{
	return a == b ? 0 : a > b ? -1 : 1;
}

static int compare_connections(const void *pa, const void *pb)
{
	const struct path_row *a = *(const struct path_row *const *)pa, *b = *(const struct path_row *const *)pb;
	int d = by_number(path_connections(a), path_connections(b));

	if (!d)
		d = by_number(a->stuck, b->stuck);
	if (!d)
		d = strcmp(a->comm, b->comm);
	return d ? d : (a->stack > b->stack) - (a->stack < b->stack);
}

static int compare_stuck(const void *pa, const void *pb)
{
	const struct path_row *a = *(const struct path_row *const *)pa, *b = *(const struct path_row *const *)pb;
	int d = by_number(a->stuck, b->stuck);

	return d ? d : compare_connections(pa, pb);
}

/* Has @p's question an answer in @r? */
static bool tells(const struct paths *p, const struct path_row *r)
{
	return p->of == PATHS_STUCK ? r->stuck > 0 : path_connections(r) || r->listeners;
}

int paths_rows(struct paths *p, const struct path_row *const **ret, size_t *ret_n)
{
	const struct path_row **sorted = realloc(p->sorted, (p->n + 1) * sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	p->sorted = sorted;
	for (size_t i = 0; i < p->n; i++)
		if (tells(p, p->rows[i]))
			sorted[n++] = p->rows[i];
	qsort(sorted, n, sizeof(*sorted), p->of == PATHS_STUCK ? compare_stuck : compare_connections);
	if (p->rest && tells(p, p->rest))
		sorted[n++] = p->rest;
	*ret = sorted;
	*ret_n = n;
	return 0;
}
