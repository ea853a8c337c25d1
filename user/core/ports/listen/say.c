// SPDX-License-Identifier: GPL-2.0-only
/* Listeners in words. */
#include <string.h>
#include "core/ports/listen/listeners.h"
#include "core/text/addr.h"
#include "core/text/fmt.h"
#include "core/text/strbuf.h"

#define OWNERS_SAID 2		/* names in a row of owners, and pids of each */
#define LONG_WAIT_NS 1000000000ULL

void listener_say_address(struct strbuf *b, const struct listen_address *at)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(at->laddr, at->family, addr);
	strbuf_addf(b, at->family == 10 ? "[%s]:%u" : "%s:%u", addr, at->lport);
}

static bool same_name(const struct listener *l, const struct actors *as, __u32 i, __u32 k)
{
	return !strcmp(actors_get(as, l->owners[i].actor)->comm, actors_get(as, l->owners[k].actor)->comm);
}

/* Is owner @i the first of its name? */
static bool is_first(const struct listener *l, const struct actors *as, __u32 i)
{
	__u32 k;

	for (k = 0; k < i && !same_name(l, as, i, k); k++)
		;
	return k == i;
}

static void say_name(struct strbuf *b, const struct listener *l, const struct actors *as, __u32 i)
{
	__u32 k, pids = 0;

	fmt_comm(b, actors_get(as, l->owners[i].actor)->comm);
	strbuf_adds(b, " (pid ");
	for (k = i; k < l->n_owners; k++) {
		if (!same_name(l, as, i, k))
			continue;
		if (pids < OWNERS_SAID)
			strbuf_addf(b, "%s%u", pids ? ", " : "", actors_get(as, l->owners[k].actor)->tgid);
		pids++;
	}
	if (pids > OWNERS_SAID)
		strbuf_addf(b, " and %u more", pids - OWNERS_SAID);
	strbuf_addc(b, ')');
}

void listener_say_owners(struct strbuf *b, const struct listener *l, const struct actors *as)
{
	__u32 i, names = 0;

	if (!l->n_owners) {
		strbuf_adds(b, l->kernel ? "kernel" : "-");
		return;
	}
	for (i = 0; i < l->n_owners; i++) {
		if (!is_first(l, as, i))
			continue;
		if (names < OWNERS_SAID) {
			strbuf_adds(b, names ? ", " : "");
			say_name(b, l, as, i);
		}
		names++;
	}
	if (names > OWNERS_SAID)
		strbuf_addf(b, " and %u more names", names - OWNERS_SAID);
}

/* A sentence begins; several stand in a line. */
static void sentence(struct strbuf *b, size_t start)
{
	if (b->len > start)
		strbuf_adds(b, ". ");
}

static void say_full(struct strbuf *b, const struct listener *l, size_t start)
{
	sentence(b, start);
	if (l->queue > l->limit)
		strbuf_addf(b, "The accept queue is full, %u of %llu", l->queue, (unsigned long long)l->limit + 1);
	else if (l->full_looks)
		strbuf_addf(b, "The accept queue (room for %llu) was full", (unsigned long long)l->limit + 1);
	else
		strbuf_addf(b, "The accept queue (room for %llu) was full between two looks", (unsigned long long)l->limit + 1);
	if (l->full_looks) {
		strbuf_adds(b, l->queue > l->limit ? ": in " : " in ");
		fmt_count(b, l->full_looks);
		strbuf_adds(b, " of ");
		fmt_count(b, l->looks);
		strbuf_adds(b, " looks");
	}
	if (l->overflows) {
		strbuf_adds(b, "; it overflowed ");
		fmt_count(b, l->overflows);
		strbuf_adds(b, l->overflows == 1 ? " time" : " times");
	}
	if (l->limit > l->somaxconn)	/* it was lowered since: nothing to be said */
		return;
	sentence(b, start);
	if (l->limit == l->somaxconn)
		strbuf_addf(b, "Its limit is net.core.somaxconn (%u), whatever more the program asks for in listen()", l->somaxconn);
	else
		strbuf_addf(b, "Its limit %u is what the program asked for in listen() (net.core.somaxconn is %u now)", l->limit,
			    l->somaxconn);
}

static void say_drops(struct strbuf *b, const struct listener *l, size_t start)
{
	sentence(b, start);
	fmt_count(b, l->drops_seen);
	strbuf_adds(b, l->drops_seen == 1 ? " segment was dropped" : " segments were dropped");
	if (l->drops_interval && l->drops_interval != l->drops_seen) {
		strbuf_adds(b, ", ");
		fmt_count(b, l->drops_interval);
		strbuf_adds(b, " in this interval");
	}
	if (!l->full_looks && !l->overflows && !l->half_full_looks)
		strbuf_adds(b, ", and no look met a full queue");
}

void listener_say_trouble(struct strbuf *b, const struct listener *l)
{
	size_t start = b->len;

	if (!l->looked)
		return;
	if (l->full_looks || l->overflows)
		say_full(b, l, start);
	if (l->half_full_looks) {
		sentence(b, start);
		strbuf_addf(b, "Half-open connections reached their limit (%u, the same as the accept queue's) in ", l->limit);
		fmt_count(b, l->half_full_looks);
		strbuf_adds(b, " of ");
		fmt_count(b, l->looks);
		strbuf_adds(b, " looks: SYN cookies, or drops without them");
	}
	if (l->drops_seen)
		say_drops(b, l, start);
	if (l->oldest_wait_ns >= LONG_WAIT_NS) {
		sentence(b, start);
		strbuf_adds(b, "A connection has waited for accept() for ");
		fmt_duration(b, l->oldest_wait_ns);
	}
	if (b->len > start)
		strbuf_addc(b, '.');
}
