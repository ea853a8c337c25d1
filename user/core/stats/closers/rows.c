// SPDX-License-Identifier: GPL-2.0-only
/* Rows in order, their names, and sums over them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/closers/parts.h"
#include "core/stats/word.h"

static const char *const by_names[CLOSERS_BY_MAX] = {
	[CLOSERS_BY_PID] = "pid", [CLOSERS_BY_COMM] = "comm", [CLOSERS_BY_CGROUP] = "cgroup",
	[CLOSERS_BY_NETNS] = "netns", [CLOSERS_BY_LPORT] = "lport", [CLOSERS_BY_REMOTE] = "raddr:rport",
	[CLOSERS_BY_CONTAINER] = "container", [CLOSERS_BY_POD] = "pod", [CLOSERS_BY_UNIT] = "unit",
};

static const char *const sort_names[CLOSERS_SORT_MAX] = {
	[CLOSERS_SORT_TIME_WAIT] = "time_wait", [CLOSERS_SORT_CLOSED] = "closed", [CLOSERS_SORT_ACTIVE] = "active",
	[CLOSERS_SORT_PASSIVE] = "passive", [CLOSERS_SORT_SIMULTANEOUS] = "simultaneous", [CLOSERS_SORT_ABORT] = "abort",
	[CLOSERS_SORT_RESET] = "reset", [CLOSERS_SORT_OTHER] = "other", [CLOSERS_SORT_CREATED] = "time_wait_created",
	[CLOSERS_SORT_RATE] = "rate", [CLOSERS_SORT_SECONDS] = "time_wait_seconds", [CLOSERS_SORT_STUCK] = "stuck",
	[CLOSERS_SORT_RETRANS] = "retrans", [CLOSERS_SORT_RTT] = "rtt",
	[CLOSERS_SORT_PID] = "pid", [CLOSERS_SORT_COMM] = "comm",
};

int closers_by_parse(const char *text, enum closers_by *ret)
{
	int i = word_find(text, by_names, CLOSERS_BY_MAX);

	if (i < 0)
		return i;
	*ret = (enum closers_by)i;
	return 0;
}

int closers_sort_parse(const char *text, enum closers_sort *ret)
{
	int i = word_find(text, sort_names, CLOSERS_SORT_MAX);

	if (i < 0)
		return i;
	*ret = (enum closers_sort)i;
	return 0;
}

const char *closers_by_name(enum closers_by by)
{
	return by < CLOSERS_BY_MAX ? by_names[by] : "-";
}

static __u64 value(const struct closer_row *r, enum closers_sort sort)
{
	switch (sort) {
	case CLOSERS_SORT_TIME_WAIT: return r->tw_now;
	case CLOSERS_SORT_CLOSED: return r->closed;
	case CLOSERS_SORT_ACTIVE: return r->kinds[CLOSE_ACTIVE];
	case CLOSERS_SORT_PASSIVE: return r->kinds[CLOSE_PASSIVE];
	case CLOSERS_SORT_SIMULTANEOUS: return r->kinds[CLOSE_SIMULTANEOUS];
	case CLOSERS_SORT_ABORT: return r->kinds[CLOSE_ABORT];
	case CLOSERS_SORT_RESET: return r->kinds[CLOSE_RESET];
	case CLOSERS_SORT_OTHER: return closer_other(r);
	case CLOSERS_SORT_CREATED: return r->tw_created;
	case CLOSERS_SORT_RATE: return r->tw_created - r->tw_created_before;
	case CLOSERS_SORT_SECONDS: return closer_tw_ns(r);
	case CLOSERS_SORT_STUCK: return closer_stuck(r);
	case CLOSERS_SORT_RETRANS: return closer_retrans_ppm(r);
	case CLOSERS_SORT_RTT: return r->wire.rtt_us;
	case CLOSERS_SORT_PID:
	case CLOSERS_SORT_COMM:
	case CLOSERS_SORT_MAX:
		break;
	}
	return 0;
}

static int falling(__u64 a, __u64 b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

/* The same for every run: the key decides last. */
static int by_key(const struct closer_key *a, const struct closer_key *b)
{
	int order;

	if (a->known != b->known)
		return a->known ? -1 : 1;
	if ((__u32)a->num != (__u32)b->num)	/* pids before start times */
		return (__u32)a->num < (__u32)b->num ? -1 : 1;
	if (a->num != b->num)
		return a->num < b->num ? -1 : 1;
	order = memcmp(a->remote.addr, b->remote.addr, sizeof(a->remote.addr));
	if (!order)
		order = (int)a->remote.port - (int)b->remote.port;
	if (!order)
		order = (int)a->remote.family - (int)b->remote.family;
	if (!order)
		order = strcmp(a->comm, b->comm);
	return order ? order : (int)a->kernel - (int)b->kernel;
}

static int compare(const struct closer_row *a, const struct closer_row *b, enum closers_sort sort)
{
	int order = (int)a->key.rest - (int)b->key.rest;

	if (!order && sort == CLOSERS_SORT_COMM)
		order = strcmp(a->key.comm[0] ? a->key.comm : a->comm, b->key.comm[0] ? b->key.comm : b->comm);
	else if (!order && sort != CLOSERS_SORT_PID)
		order = falling(value(a, sort), value(b, sort));
	if (!order && sort != CLOSERS_SORT_PID)
		order = falling(a->tw_now, b->tw_now);
	if (!order && sort != CLOSERS_SORT_PID)
		order = falling(a->closed, b->closed);
	return order ? order : by_key(&a->key, &b->key);
}

static int compare_rows(const void *va, const void *vb, void *sort)
{
	return compare(*(struct closer_row *const *)va, *(struct closer_row *const *)vb, *(enum closers_sort *)sort);
}

static bool says_something(const struct closer_row *r)
{
	unsigned int i;

	for (i = 0; i < TW_END_MAX; i++) {
		if (r->tw_ends[i])
			return true;
	}
	return r->closed || r->open || r->tw_created || r->tw_now || closer_stuck(r);
}

int closers_rows(struct closers *cs, enum closers_sort sort, struct closer_row ***ret, size_t *ret_n)
{
	struct closer_row **sorted = cs->sorted;
	size_t i, n = 0;

	if (cs->n + 1 > cs->sorted_cap) {
		sorted = realloc(sorted, (cs->cap + 1) * sizeof(*sorted));
		if (!sorted)
			return -ENOMEM;
		cs->sorted = sorted;
		cs->sorted_cap = cs->cap + 1;
	}
	for (i = 0; i < cs->n; i++) {
		if (says_something(&cs->slots[i]->row))
			sorted[n++] = &cs->slots[i]->row;
	}
	if (cs->rest)
		sorted[n++] = &cs->rest->row;
	for (i = 0; i < n; i++)
		closer_rtt_update(sorted[i]);
	qsort_r(sorted, n, sizeof(*sorted), compare_rows, &sort);
	*ret = sorted;
	*ret_n = n;
	return 0;
}

void closers_total(const struct closers *cs, struct closer_row *ret)
{
	struct closer_row sum;
	size_t i;

	memset(&sum, 0, sizeof(sum));
	for (i = 0; i < cs->n; i++)
		closers_add_up(&sum, &cs->slots[i]->row);
	if (cs->rest)
		closers_add_up(&sum, &cs->rest->row);
	*ret = sum;
}
