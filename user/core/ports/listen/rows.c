// SPDX-License-Identifier: GPL-2.0-only
/* Listeners in an order, and what is asked about them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/ports/listen/parts.h"
#include "core/stats/word.h"

#define NEARLY_FULL 70			/* per cent */
#define LONG_WAIT_NS 1000000000ULL

static const struct { const char *key, *nstat; } counters[LISTEN_COUNTERS] = {
#define NAME(id, key, nstat) [(id) - TWT_C_LISTEN_OVERFLOWS] = { key, nstat }
	NAME(TWT_C_LISTEN_OVERFLOWS, "listen_overflows", "ListenOverflows"),
	NAME(TWT_C_LISTEN_DROPS, "listen_drops", "ListenDrops"),
	NAME(TWT_C_REQQ_DROPS, "req_q_full_drops", "TCPReqQFullDrop"),
	NAME(TWT_C_REQQ_COOKIES, "req_q_full_cookies", "TCPReqQFullDoCookies"),
	NAME(TWT_C_COOKIES_SENT, "syncookies_sent", "SyncookiesSent"),
	NAME(TWT_C_COOKIES_RECV, "syncookies_recv", "SyncookiesRecv"),
	NAME(TWT_C_COOKIES_FAILED, "syncookies_failed", "SyncookiesFailed"),
#undef NAME
};

const char *listen_counter_key(unsigned int i) { return i < LISTEN_COUNTERS ? counters[i].key : "-"; }
const char *listen_counter_nstat(unsigned int i) { return i < LISTEN_COUNTERS ? counters[i].nstat : "-"; }

bool listeners_looked(const struct listeners *ls) { return ls->look_ns != 0; }
__u64 listeners_left_out(const struct listeners *ls) { return ls->left_out; }
const struct actors *listeners_actors(const struct listeners *ls) { return ls->actors; }

unsigned int listener_fill(const struct listener *l)
{
	__u64 room = (__u64)l->limit + 1, per_cent = room ? (__u64)l->queue * 100 / room : 0;

	return per_cent > 999 ? 999 : (unsigned int)per_cent;
}

enum listener_trouble listener_trouble(const struct listener *l)
{
	if (!l->looked)
		return LISTENER_FINE;
	if (l->queue > l->limit || l->drops_interval)
		return LISTENER_BAD;
	if (l->drops_seen || l->full_looks || l->overflows || l->half_full_looks || listener_fill(l) >= NEARLY_FULL ||
	    l->oldest_wait_ns >= LONG_WAIT_NS)
		return LISTENER_WARN;
	return LISTENER_FINE;
}

void listeners_set_names(struct listeners *ls, const struct names *ns)
{
	actors_set_names(ls->actors, ns);
}

/* --- order --- */

static int greater_first(__u64 a, __u64 b)
{
	return a < b ? 1 : -(a > b);
}

static int by_address(const struct listener *a, const struct listener *b)
{
	int cmp = -greater_first(a->at->lport, b->at->lport);

	if (!cmp)
		cmp = -greater_first(a->at->netns, b->at->netns);
	if (!cmp)
		cmp = -greater_first(a->at->family, b->at->family);
	if (!cmp)
		cmp = memcmp(a->at->laddr, b->at->laddr, 16);
	return cmp ? cmp : -greater_first(a->cookie, b->cookie);
}

static int by_trouble(const struct listener *a, const struct listener *b)
{
	int cmp = greater_first(listener_trouble(a), listener_trouble(b));

	if (!cmp)
		cmp = greater_first(a->drops_interval, b->drops_interval);
	if (!cmp)
		cmp = greater_first(listener_fill(a), listener_fill(b));
	return cmp ? cmp : greater_first(a->drops_seen, b->drops_seen);
}

int listeners_sort_parse(const char *text, enum listeners_sort *ret)
{
	static const char *const names[LISTENERS_SORT_MAX] = {
		[LISTENERS_BY_TROUBLE] = "trouble", [LISTENERS_BY_QUEUE] = "queue", [LISTENERS_BY_PEAK] = "peak",
		[LISTENERS_BY_HALF_OPEN] = "half_open", [LISTENERS_BY_ACCEPTED] = "accepted", [LISTENERS_BY_WAIT] = "wait",
		[LISTENERS_BY_DROPS] = "drops", [LISTENERS_BY_PORT] = "port",
	};
	int i = word_find(text, names, LISTENERS_SORT_MAX);

	if (i < 0)
		return i;
	*ret = (enum listeners_sort)i;
	return 0;
}

static __u64 sort_value(const struct listener *l, enum listeners_sort sort)
{
	switch (sort) {
	case LISTENERS_BY_QUEUE: return l->queue;
	case LISTENERS_BY_PEAK: return l->peak;
	case LISTENERS_BY_HALF_OPEN: return l->half_open;
	case LISTENERS_BY_ACCEPTED: return l->at->accepted_per_s > 0 ? (__u64)(l->at->accepted_per_s * 1000) : 0;
	case LISTENERS_BY_WAIT: return hist_percentile(&l->at->wait, 990000);
	case LISTENERS_BY_DROPS: return l->drops_seen;
	default: return 0;
	}
}

static int compare(const void *va, const void *vb, void *sort)
{
	const struct listener *a = *(const struct listener *const *)va, *b = *(const struct listener *const *)vb;
	enum listeners_sort by = *(const enum listeners_sort *)sort;
	int cmp = by == LISTENERS_BY_TROUBLE ? by_trouble(a, b) : greater_first(sort_value(a, by), sort_value(b, by));

	if (!cmp && by == LISTENERS_BY_DROPS)	/* those before the first look, too */
		cmp = greater_first(a->drops, b->drops);
	return cmp ? cmp : by_address(a, b);
}

int listeners_rows(struct listeners *ls, enum listeners_sort sort, const struct listener *const **ret, size_t *ret_n)
{
	const struct listener **grown, *l;
	size_t i, n = 0;

	if (ls->cap_rows < ls->n) {
		grown = realloc(ls->rows, (ls->n + ls->n / 2) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		ls->rows = grown;
		ls->cap_rows = ls->n + ls->n / 2;
	}
	for (i = 0; i < LISTENER_HASH; i++) {
		for (l = ls->sockets[i]; l; l = l->next)
			ls->rows[n++] = l;
	}
	if (n)
		qsort_r(ls->rows, n, sizeof(*ls->rows), compare, &sort);
	*ret = ls->rows;
	*ret_n = n;
	return 0;
}

bool listener_match(const struct filter *f, const struct listener *l, const struct actors *as)
{
	struct conn c = {
		.cookie = l->cookie, .netns = l->at->netns, .family = l->at->family, .lport = l->at->lport, .state = ST_LISTEN,
		.role = ROLE_LISTENER, .states_seen = 1U << ST_LISTEN,
	};
	__u32 i;

	memcpy(c.laddr, l->at->laddr, 16);
	if (filter_match(f, &c, as, c.states_seen))
		return true;
	for (i = 0; i < l->n_owners; i++) {
		c.owner = l->owners[i].actor;
		if (filter_match(f, &c, as, c.states_seen))
			return true;
	}
	return false;
}

bool listeners_counters(const struct listeners *ls, size_t *at, struct listen_counters *ret)
{
	const struct listen_netns *ns;
	unsigned int i;

	if (*at >= ls->n_netns)
		return false;
	ns = &ls->netns[(*at)++];
	*ret = (struct listen_counters){ .netns = ns->netns, .known = ns->has_base && ns->has_now };
	for (i = 0; i < LISTEN_COUNTERS && ret->known; i++)
		ret->n[i] = ns->now[i] > ns->cleared[i] ? ns->now[i] - ns->cleared[i] : 0;
	return true;
}
