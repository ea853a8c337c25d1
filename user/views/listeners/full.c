/* SPDX-License-Identifier: GPL-2.0-only */
/* One listener with all that is known about it. */
#include "core/stats/hist/out.h"
#include "core/text/fmt.h"
#include "views/listeners/listeners.h"

static void full_queues(struct strbuf *b, const struct listener *l)
{
	strbuf_adds(b, "  queue:        ");
	if (!l->looked) {
		strbuf_adds(b, "unknown, nobody looked\n");
		return;
	}
	fmt_count(b, l->queue);
	strbuf_adds(b, " wait for accept(), ");
	fmt_count(b, l->peak);
	strbuf_adds(b, " at most; room for ");
	fmt_count(b, (unsigned long long)l->limit + 1);
	strbuf_addf(b, l->limit == l->somaxconn ? " (net.core.somaxconn %u, or what listen() asked for)" : " (net.core.somaxconn is %u)",
		    l->somaxconn);
	strbuf_adds(b, "\n  half-open:    ");
	fmt_count(b, l->half_open);
	strbuf_adds(b, " now, ");
	fmt_count(b, l->half_open_peak);
	strbuf_adds(b, " at most\n  looks:        ");
	fmt_count(b, l->looks);
	strbuf_adds(b, ", full in ");
	fmt_count(b, l->full_looks);
	strbuf_adds(b, "\n  drops:        ");
	fmt_count(b, l->drops);
	strbuf_adds(b, " since it exists, ");
	fmt_count(b, l->drops_seen);
	strbuf_adds(b, " of them since the start");
	if (l->overflows) {
		strbuf_adds(b, ", ");
		fmt_count(b, l->overflows);
		strbuf_adds(b, " overflows of the accept queue");
	}
	if (l->oldest_wait_ns) {
		strbuf_adds(b, "\n  longest wait: ");
		fmt_duration(b, l->oldest_wait_ns);
		strbuf_adds(b, " so far, of the connection that is next");
	}
	strbuf_addc(b, '\n');
}

static void full_accepted(struct strbuf *b, const struct listen_address *at)
{
	size_t i;

	strbuf_adds(b, "  accepted:     ");
	fmt_count(b, at->accepted);
	if (at->accepted_per_s >= 0)
		strbuf_addf(b, ", %.1f/s in the last interval", at->accepted_per_s);
	if (at->sockets > 1)
		strbuf_addf(b, "; by all %u sockets of this address (SO_REUSEPORT)", at->sockets);
	strbuf_addc(b, '\n');
	if (!at->wait.count)
		return;
	strbuf_adds(b, "  waited:       ");
	for (i = 0; i < HIST_PERCENTS; i++) {
		strbuf_addf(b, "%s ", hist_percents[i].name);
		fmt_duration(b, hist_percentile(&at->wait, hist_percents[i].ppm));
		strbuf_adds(b, ", ");
	}
	strbuf_adds(b, "max ");
	fmt_duration(b, at->wait.max);
	strbuf_adds(b, " from ESTABLISHED to ");
	if (at->by_use < at->wait.count)
		strbuf_adds(b, at->by_use ? "accept(), or the first read" : "accept()");
	else
		strbuf_adds(b, "the first read");
	strbuf_adds(b, ", of ");
	fmt_count(b, at->wait.count);
	strbuf_addc(b, '\n');
}

static void full_owners(struct strbuf *b, const struct view_env *env, const struct listener *l, const struct actors *as)
{
	struct strbuf label = { 0 };
	__u32 i;

	for (i = 0; i < l->n_owners; i++) {
		const struct actor *a = actors_get(as, l->owners[i].actor);

		strbuf_adds(b, i ? ", " : "  owners:       ");
		fmt_comm(b, a->comm);
		strbuf_addf(b, " %u", a->tgid);
		strbuf_reset(&label);
		if (name_label(names_cgroup(tracker_names(env->tracker), a->cgroup), &label)) {
			strbuf_adds(b, " in ");
			fmt_comm(b, label.s);
		}
	}
	b->failed |= label.failed;
	strbuf_free(&label);
	if (l->owners_left_out)
		strbuf_adds(b, " and more");
	if (l->n_owners)
		strbuf_addc(b, '\n');
}

static void full_counters(struct strbuf *b, const struct listeners *ls, __u32 netns)
{
	struct listen_counters c;
	unsigned int i, said = 0;
	size_t at = 0;

	while (listeners_counters(ls, &at, &c)) {
		if (c.netns != netns || !c.known)
			continue;
		for (i = 0; i < LISTEN_COUNTERS; i++) {
			if (!c.n[i])
				continue;
			strbuf_addf(b, "%s%s ", said++ ? ", " : "  namespace:    ", listen_counter_nstat(i));
			fmt_count(b, c.n[i]);
		}
	}
	if (said)
		strbuf_adds(b, ", of all its listeners since the start\n");
}

void listeners_full(struct strbuf *b, const struct view_env *env, const struct listeners *ls, const struct listener *l)
{
	size_t start;

	listener_say_address(b, l->at);
	strbuf_adds(b, ", network namespace ");
	out_netns(b, env, l->at->netns, 0);
	strbuf_addf(b, ", cookie %llx\n", (unsigned long long)l->cookie);
	full_queues(b, l);
	full_accepted(b, l->at);
	full_owners(b, env, l, listeners_actors(ls));
	full_counters(b, ls, l->at->netns);
	start = b->len;
	listener_say_trouble(b, l);
	if (b->len > start)
		strbuf_addc(b, '\n');
}
