// SPDX-License-Identifier: GPL-2.0-only
#include "core/stats/closers/say.h"
#include <string.h>
#include "core/stats/hist/out.h"
#include "core/text/fmt.h"

void say_dest(struct strbuf *b, const struct dest_key *k)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(k->addr, k->family, addr);
	if (!k->port)
		strbuf_adds(b, addr);
	else
		strbuf_addf(b, strchr(addr, ':') ? "[%s]:%u" : "%s:%u", addr, k->port);
}

void say_subject(struct strbuf *b, enum closers_by by, const struct closer_row *r, const char *label)
{
	const struct closer_key *k = &r->key;
	enum name_by name_by;

	if (k->rest || k->kernel) {
		strbuf_adds(b, k->rest ? "the rest" : "the kernel");
		return;
	}
	if (!k->known && closers_name_by(by, &name_by))
		strbuf_addf(b, "what is in no known %s", closers_by_name(by));
	else if (!k->known)
		strbuf_adds(b, "an unknown process");
	if (!k->known)
		return;
	switch (by) {
	case CLOSERS_BY_PID:
		fmt_comm(b, r->comm);
		strbuf_addf(b, " (pid %u%s)", closer_pid(r), r->exited ? ", exited" : "");
		break;
	case CLOSERS_BY_COMM:
		fmt_comm(b, k->comm);
		break;
	case CLOSERS_BY_CGROUP:
	case CLOSERS_BY_NETNS:
	case CLOSERS_BY_CONTAINER:
	case CLOSERS_BY_POD:
	case CLOSERS_BY_UNIT:
		strbuf_adds(b, by == CLOSERS_BY_NETNS ? "network namespace" : closers_by_name(by));
		strbuf_addc(b, ' ');
		if (label)
			fmt_comm(b, label);
		else
			strbuf_addf(b, "%llu", (unsigned long long)k->num);
		break;
	case CLOSERS_BY_LPORT:
		if (k->num)
			strbuf_addf(b, "local port %llu", (unsigned long long)k->num);
		else
			strbuf_adds(b, "this host's clients");
		break;
	case CLOSERS_BY_REMOTE:
		strbuf_adds(b, "this host");
		break;
	case CLOSERS_BY_MAX:
		break;
	}
}

void say_stuck(struct strbuf *b, const struct closer_row *r)
{
	const char *comma = "";
	unsigned int i;

	for (i = 0; i < STUCK_MAX; i++) {
		if (!r->stuck[i])
			continue;
		strbuf_adds(b, comma);
		fmt_count(b, r->stuck[i]);
		strbuf_addf(b, " %s", tcp_state_name(closer_stuck_state(i)));
		comma = ", ";
	}
	if (!*comma)
		return;
	strbuf_addf(b, ", oldest %s", r->oldest_at_least ? ">" : "");
	fmt_duration(b, r->oldest_ns);
}

/* What is known counts before what is not, the rest not at all. */
static bool worse(const struct closer_row *a, const struct closer_row *b)
{
	__u64 of_a, of_b;

	if (!b)
		return a->tw_now || closer_stuck(a) || a->closed;
	if (a->key.known != b->key.known) {
		const struct closer_row *known = a->key.known ? a : b, *unknown = known == a ? b : a;
		bool tells = known->tw_now || closer_stuck(known) || (known->kinds[CLOSE_ACTIVE] && !unknown->tw_now);

		return (a == known) == tells;
	}
	if (a->tw_now != b->tw_now)
		return a->tw_now > b->tw_now;
	of_a = closer_stuck(a);
	of_b = closer_stuck(b);
	if (of_a != of_b)
		return of_a > of_b;
	if (a->kinds[CLOSE_ACTIVE] != b->kinds[CLOSE_ACTIVE])
		return a->kinds[CLOSE_ACTIVE] > b->kinds[CLOSE_ACTIVE];
	return a->closed > b->closed;
}

struct closer_row *closers_worst(struct closer_row *const *rows, size_t n)
{
	struct closer_row *worst = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!rows[i]->key.rest && worse(rows[i], worst))
			worst = rows[i];
	}
	return worst;
}

static const struct dest *main_dest(const struct closer_row *r)
{
	const struct dest *best = NULL;
	__u32 i;

	for (i = 0; i < r->dests.n; i++) {
		if (!best || r->dests.d[i].closed > best->closed)
			best = &r->dests.d[i];
	}
	return best && best->closed > r->closed / 2 ? best : NULL;
}

static void say_where(struct strbuf *b, enum closers_by by, const struct closer_row *r)
{
	const struct dest *d = by == CLOSERS_BY_REMOTE ? NULL : main_dest(r);

	if (by == CLOSERS_BY_REMOTE) {
		strbuf_adds(b, r->key.remote.port ? " to " : " with ");
		say_dest(b, &r->key.remote);
		return;
	}
	if (!d)
		return;
	if (d->closed != r->closed) {
		strbuf_adds(b, " (");
		fmt_count(b, d->closed);
		strbuf_adds(b, " of them");
	}
	strbuf_adds(b, d->key.port ? " to " : " with ");
	say_dest(b, &d->key);
	if (d->closed != r->closed)
		strbuf_addc(b, ')');
}

void say_worst(struct strbuf *b, enum closers_by by, const struct closer_row *r, const char *label)
{
	say_subject(b, by, r, label);
	if (r->closed) {
		strbuf_adds(b, " closed first on ");
		fmt_count(b, r->kinds[CLOSE_ACTIVE]);
		strbuf_adds(b, " of ");
		fmt_count(b, r->closed);
		strbuf_adds(b, r->closed == 1 ? " connection" : " connections");
		say_where(b, by, r);
	}
	if (r->tw_now || !r->closed) {
		strbuf_adds(b, r->closed ? " and holds " : " holds ");
		fmt_count(b, r->tw_now);
		strbuf_adds(b, " TIME_WAIT");
	} else if (r->tw_created) {
		strbuf_adds(b, " and holds no TIME_WAIT any more");
	}
	if (closer_stuck(r)) {
		strbuf_adds(b, "; stuck: ");
		say_stuck(b, r);
	}
	strbuf_addc(b, '.');
}

static void add_rtt(struct strbuf *b, __u32 us)
{
	hist_fmt(b, us * 1000ULL, HIST_AUTO);
}

static void add_ppm(struct strbuf *b, __u32 ppm)
{
	strbuf_addf(b, ppm && ppm < 1000 ? "%.2f%%" : "%.1f%%", (double)ppm / 10000);
}

void say_wire(struct strbuf *b, const struct closer_row *r)
{
	const struct closer_wire *w = &r->wire;

	if (!w->conns)
		return;
	fmt_count(b, w->conns);
	strbuf_adds(b, w->conns == 1 ? " connection: " : " connections: ");
	if (w->segs_out) {
		add_ppm(b, closer_retrans_ppm(r));
		strbuf_adds(b, " of ");
		fmt_count(b, w->segs_out);
		strbuf_adds(b, " segments sent again");
	} else {	/* children of which only the SYN-ACK was sent, which counts where it came from */
		fmt_count(b, w->retrans_segs);
		strbuf_adds(b, w->retrans_segs == 1 ? " segment sent again" : " segments sent again");
	}
	if (w->retrans_conns && w->segs_out) {
		strbuf_adds(b, " (by ");
		fmt_count(b, w->retrans_conns);
		strbuf_adds(b, " of them)");
	}
	if (w->rtt_us) {
		strbuf_adds(b, ", median round trip ");
		add_rtt(b, w->rtt_us);
	}
}

void say_outlier(struct strbuf *b, const struct closer_row *r)
{
	const struct closer_wire *w = &r->wire;

	if (!w->out)
		return;
	say_dest(b, &r->key.remote);
	strbuf_adds(b, " stands out: ");
	if (w->out & CLOSER_OUT_RETRANS) {
		add_ppm(b, closer_retrans_ppm(r));
		strbuf_adds(b, " of its segments were sent again, ");
		add_ppm(b, w->others_ppm);
		strbuf_adds(b, " at the others");
	}
	if (w->out & CLOSER_OUT_RTT) {
		strbuf_adds(b, w->out & CLOSER_OUT_RETRANS ? "; its median round trip is " : "its median round trip is ");
		add_rtt(b, w->rtt_us);
		strbuf_adds(b, ", ");
		add_rtt(b, w->others_rtt_us);
		strbuf_adds(b, " at the others");
	}
	strbuf_addc(b, '.');
}
