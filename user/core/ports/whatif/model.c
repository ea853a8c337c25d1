/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/whatif/whatif.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/ports/parts.h"

#define NEVER CALL_STILL_THERE

/* Settings as they were, with those of @w instead. */
static void settle_params(struct port_params *to, const struct port_params *was, const struct what_if *w)
{
	*to = *was;
	if (w->set >> TWT_SC_PORT_RANGE & 1) {
		to->lo = w->params.lo;
		to->hi = w->params.hi;
	}
	if (w->set >> TWT_SC_RESERVED_PORTS & 1)
		to->reserved = w->params.reserved;
	for (unsigned int id = TWT_SC_TW_REUSE; id < TWT_SC_MAX; id++) {
		if (w->set >> id & 1)
			to->value[id] = w->params.value[id];
	}
	to->known |= w->set;
}

/* How long a TIME_WAIT of @call keeps its port. */
static __u64 wait_of(const struct entry *e, const struct port_params *pp, const struct call *call)
{
	__u64 reuse_ns, full = call->expired && call->gone_ns > call->wait_ns ? call->gone_ns - call->wait_ns :
		(__u64)((e->act.n_wait ? e->act.wait_s / e->act.n_wait : 61.0) * 1e9);
	struct conn c = { .tw_start_ns = call->wait_ns, .state = ST_TIME_WAIT };

	if (call->no_tstamp || (pp->known >> TWT_SC_TIMESTAMPS & 1 && !pp->value[TWT_SC_TIMESTAMPS]))
		return full;
	memcpy(c.laddr, e->row.laddr, 16);
	memcpy(c.raddr, e->row.raddr, 16);
	reuse_ns = port_params_reuse_ns(pp, &c);
	return reuse_ns < TW_LEN_NS ? reuse_ns : full;
}

static int by_time(const void *va, const void *vb)
{
	__u64 a = *(const __u64 *)va, b = *(const __u64 *)vb;

	return a < b ? -1 : a > b;
}

static int by_take(const void *va, const void *vb)
{
	const struct call *a = va, *b = vb;

	if (a->take_ns != b->take_ns)
		return a->take_ns < b->take_ns ? -1 : 1;
	return a->gone_ns < b->gone_ns ? -1 : a->gone_ns > b->gone_ns;
}

/* What the kernel did: when each port could be had again, and how many were taken at most. */
static int real_peak(const struct entry *e, const struct port_params *pp, struct what_if_row *r)
{
	__u64 *back = malloc(e->n_calls * sizeof(*back));
	size_t n = 0, head = 0;
	__u32 held = 0;

	if (!back)
		return -ENOMEM;
	for (size_t i = 0; i < e->n_calls; i++) {
		const struct call *call = &e->calls[i];
		__u64 wait_end = call->wait_ns ? call->wait_ns + wait_of(e, pp, call) : NEVER;

		if (!call->failed)
			back[n++] = wait_end < call->gone_ns ? wait_end : call->gone_ns;
	}
	qsort(back, n, sizeof(*back), by_time);
	for (size_t i = 0; i < e->n_calls; i++) {
		const struct call *call = &e->calls[i];

		for (; head < n && back[head] <= call->take_ns; head++)
			held -= held > 0;
		if (call->failed)
			r->failed++;
		else if (++held > r->peak)
			r->peak = held;
	}
	r->calls = e->n_calls;
	free(back);
	return 0;
}

/* A connection that is kept for more requests. */
struct kept { __u64 idle_ns; __u32 who, uses; };

struct model {
	const struct entry *e;
	const struct what_if *w;
	const struct port_params *pp;
	__u64 *heap;			/* when ports come back */
	size_t n;
	struct kept *kept;
	size_t n_kept;
	__u64 open_ns;			/* mean of those that did not fail */
	bool waits;			/* most had a TIME_WAIT */
};

static void push(struct model *m, __u64 at)
{
	size_t i = m->n++;

	for (; i && m->heap[(i - 1) / 2] > at; i = (i - 1) / 2)
		m->heap[i] = m->heap[(i - 1) / 2];
	m->heap[i] = at;
}

static void pop(struct model *m)
{
	__u64 last = m->heap[--m->n];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < m->n; i = child) {
		if (child + 1 < m->n && m->heap[child + 1] < m->heap[child])
			child++;
		if (m->heap[child] >= last)
			break;
		m->heap[i] = m->heap[child];
	}
	if (m->n)
		m->heap[i] = last;
}

static __u64 later(__u64 at, __u64 by)
{
	return at > NEVER - by ? NEVER : at + by;
}

/* When the socket of @call is closed, and when its port can be had again after that, had it been opened. */
static __u64 closed_at(const struct model *m, const struct call *call)
{
	if (call->failed)
		return later(call->take_ns, m->open_ns);
	return call->wait_ns ? call->wait_ns : call->gone_ns;
}

static __u64 wait_after(const struct model *m, const struct call *call)
{
	struct call supposed = *call;

	if (m->w->no_wait || (call->failed ? !m->waits : !call->wait_ns))
		return 0;
	if (call->failed)
		supposed.wait_ns = closed_at(m, call);
	return wait_of(m->e, m->pp, &supposed);
}

static struct kept *idle_one(struct model *m, const struct call *call)
{
	for (size_t i = m->n_kept; i-- > 0;) {
		struct kept *k = &m->kept[i];

		if (k->who == call->who && k->idle_ns <= call->take_ns)
			return k;
	}
	return NULL;
}

/* The request goes over @k, or over a connection that is new. After its last one it closes. */
static void use(struct model *m, struct kept *k, const struct call *call)
{
	k->idle_ns = closed_at(m, call);
	if (++k->uses < m->w->requests)
		return;
	push(m, later(k->idle_ns, wait_after(m, call)));
	*k = m->kept[--m->n_kept];
}

static void one_call(struct model *m, const struct call *call, struct what_if_row *r)
{
	struct kept *k = m->w->requests ? idle_one(m, call) : NULL;

	while (m->n && m->heap[0] <= call->take_ns)
		pop(m);
	if (k) {
		use(m, k, call);
		return;
	}
	if (m->n + m->n_kept >= r->usable_then) {
		r->failed_then++;
		return;
	}
	r->opened_then++;
	if (m->w->requests) {
		k = &m->kept[m->n_kept++];
		*k = (struct kept){ .who = call->who };
		use(m, k, call);
	} else {
		push(m, later(closed_at(m, call), wait_after(m, call)));
	}
	if (m->n + m->n_kept > r->peak_then)
		r->peak_then = (__u32)(m->n + m->n_kept);
}

static void mean_of(struct model *m)
{
	double open = 0;
	size_t n = 0, waits = 0;

	for (size_t i = 0; i < m->e->n_calls; i++) {
		const struct call *call = &m->e->calls[i];
		__u64 end = call->wait_ns ? call->wait_ns : call->gone_ns;

		if (call->failed || !call->take_ns || end == NEVER || end < call->take_ns)
			continue;
		n++;
		open += (double)(end - call->take_ns);
		waits += call->wait_ns != 0;
	}
	m->open_ns = n ? (__u64)(open / (double)n) : NEVER;
	m->waits = waits * 2 > n;
}

static int run(struct entry *e, const struct space *s, const struct what_if *w, struct what_if_row *r)
{
	struct port_params *then = malloc(sizeof(*then));
	struct model m = { .e = e, .w = w, .pp = then };
	int err = -ENOMEM;

	m.heap = malloc(e->n_calls * sizeof(*m.heap));
	m.kept = malloc(e->n_calls * sizeof(*m.kept));
	if (then && m.heap && m.kept) {
		settle_params(then, &s->params, w);
		r->of = &e->row;
		r->usable = port_params_count(&s->params, &s->ever_closed);
		r->usable_then = port_params_count(then, &s->ever_closed);
		qsort(e->calls, e->n_calls, sizeof(*e->calls), by_take);
		mean_of(&m);
		err = real_peak(e, &s->params, r);
		for (size_t i = 0; i < e->n_calls && !err; i++)
			one_call(&m, &e->calls[i], r);
	}
	free(then);
	free(m.heap);
	free(m.kept);
	return err;
}

static int by_peak(const void *va, const void *vb)
{
	const struct what_if_row *a = va, *b = vb;
	int order;

	if (a->failed != b->failed)
		return a->failed > b->failed ? -1 : 1;
	if (a->peak != b->peak)
		return a->peak > b->peak ? -1 : 1;
	order = memcmp(a->of->raddr, b->of->raddr, 16);
	if (!order)
		order = (int)a->of->rport - (int)b->of->rport;
	if (!order)
		order = memcmp(a->of->laddr, b->of->laddr, 16);
	return order ? order : a->of->netns < b->of->netns ? -1 : a->of->netns > b->of->netns;
}

int ports_what_if(struct ports *ps, const struct what_if *w, struct what_if_row **ret, size_t *ret_n)
{
	struct what_if_row *rows = calloc(ps->dests.n ? ps->dests.n : 1, sizeof(*rows));
	size_t n = 0;
	int err = rows ? 0 : -ENOMEM;

	for (size_t i = 0; i < ps->dests.n && !err; i++) {
		struct entry *e = ps->dests.e[i];
		const struct space *s = ports_space(ps, e->row.netns);

		if (e->row.any || !e->n_calls || !e->ever_shown)
			continue;
		if (!s || !port_params_usable(&s->params)) {
			err = -ENODATA;
			break;
		}
		err = run(e, s, w, &rows[n++]);
	}
	if (err) {
		free(rows);
		return err;
	}
	if (n)
		qsort(rows, n, sizeof(*rows), by_peak);
	*ret = rows;
	*ret_n = n;
	return 0;
}
