// SPDX-License-Identifier: GPL-2.0-only
/* What happens, counted. */
#include "core/metrics/metrics.h"
#include <stdlib.h>
#include <string.h>
#include "core/metrics/parts.h"

const char *const metrics_le[N_LE] = {
	"1e-05", "2.5e-05", "5e-05", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.1", "0.5", "1.0", "5.0", "30.0",
	"60.0", "65.0", "600.0",
};
static const __u64 le_ns[N_LE] = {
	10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 25000000, 100000000, 500000000, 1000000000, 5000000000,
	30000000000, 60000000000, 65000000000, 600000000000,
};
const char *const metrics_how[HOW_MAX] = { "active", "passive", "simultaneous", "abort", "reset", "other" };
const char *const metrics_in[IN_MAX] = { "established", "close_wait", "time_wait", "other" };
const __u8 metrics_stuck[N_STUCK] = { ST_CLOSE_WAIT, ST_FIN_WAIT2, ST_LAST_ACK };

__u8 metrics_fail_kind(unsigned int fail)
{
	static const __u8 kinds[FAIL_MAX] = {
		CLOSE_REFUSED, CLOSE_UNREACHABLE, CLOSE_CONNECT_TIMEOUT, CLOSE_CONNECT_CANCELLED, CLOSE_NO_PORT,
	};

	return kinds[fail];
}

static unsigned int how_of(unsigned int close_kind)
{
	return close_kind >= CLOSE_ACTIVE && close_kind <= CLOSE_RESET ? close_kind - CLOSE_ACTIVE : HOW_OTHER;
}
_Static_assert(CLOSE_RESET - CLOSE_ACTIVE == HOW_RESET, "the five usual ways to end come in this order");

struct metrics *metrics_new(const struct metrics_config *cfg, const struct tracker *tracker)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->cfg = *cfg;
	m->tracker = tracker;
	if (cfg->labels.who != WHO_NONE) {
		m->whos = slots_new(cfg->top);
		m->who = calloc(ROW_SLOTS + cfg->top, sizeof(*m->who));
	}
	if (cfg->labels.remote) {
		m->dests = slots_new(cfg->top);
		m->dest = calloc(1 + cfg->top, sizeof(*m->dest));
	}
	if (cfg->labels.lport) {
		m->doors = slots_new(cfg->top);
		m->door = calloc(1 + cfg->top, sizeof(*m->door));
	}
	if ((cfg->labels.who != WHO_NONE && (!m->whos || !m->who)) || (cfg->labels.remote && (!m->dests || !m->dest)) ||
	    (cfg->labels.lport && (!m->doors || !m->door))) {
		metrics_free(m);
		return NULL;
	}
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	slots_free(m->whos);
	slots_free(m->dests);
	slots_free(m->doors);
	free(m->who);
	free(m->dest);
	free(m->door);
	free(m);
}

void metrics_event(struct metrics *m, const struct twt_event *ev)
{
	m->events += ev->kind < TWT_SNAP_BEGIN;
	if (ev->kind == TWT_SYSCTL && (!m->settings_netns || ev->netns == m->settings_netns)) {
		m->settings_netns = ev->netns;
		port_params_learn(&m->settings, ev);
	}
	m->heals += ev->kind == TWT_SNAP_END && !ev->netns && (ev->aux == TWT_SNAP_HEAL || ev->aux == TWT_SNAP_ASKED);
}

static void observe(struct metrics *m, const struct phase_sample *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned int le = 0;

		if (s[i].fate != PHASE_MEASURED)
			continue;
		while (le < N_LE && s[i].ns > le_ns[le])
			le++;
		m->phase[s[i].phase].n[le]++;
		m->phase[s[i].phase].sum_ns += s[i].ns;
	}
}

/* It is over, and the verdict is the last one. */
static void count_close(struct metrics *m, const struct conn *c, __u64 now_ns)
{
	unsigned int kind = c->close ? c->close : CLOSE_UNKNOWN, how = how_of(kind);
	struct dest_row *d = metrics_dest_of(m, c, now_ns);
	struct who_row *w = metrics_who_of(m, c, now_ns);

	m->closed[kind]++;
	if (kind == CLOSE_ABORT)
		m->aborts[c->reason]++;
	if (w)
		w->closed[how]++;
	if (d)
		d->closed[how]++;
	for (unsigned int i = 0; how == HOW_OTHER && i < FAIL_MAX; i++) {
		if (metrics_fail_kind(i) != kind)
			continue;
		if (w)
			w->failed[i]++;
		if (d)
			d->failed[i]++;
	}
}

void metrics_transition(struct metrics *m, const struct transition *tr)
{
	const struct conn *c = tr->conn;
	struct phase_sample s[PHASE_MAX];
	unsigned int from = tr->old_state == ST_NONE ? ST_CLOSE : tr->old_state;

	if (tr->marks & TR_SEEDED)
		return;
	m->transitions[from][tr->new_state]++;
	m->opened_client += from == ST_CLOSE && tr->new_state == ST_SYN_SENT;
	m->opened_server += from == ST_LISTEN && tr->new_state == ST_SYN_RECV;
	m->rst_sent += (tr->marks & TR_RST_SENT) != 0;
	m->rst_rcvd += (tr->marks & TR_RST_RCVD) != 0;
	observe(m, s, phase_of(tr, s));
	if (tr->new_state == ST_TIME_WAIT) {
		struct who_row *w = metrics_who_of(m, c, tr->ts_ns);

		m->tw_begun++;
		if (w)
			w->tw_begun++;
	}
	if (tr->new_state == ST_ESTABLISHED && c->role == ROLE_SERVER) {
		struct door_row *d = metrics_door_at(m, c->lport, tr->ts_ns);

		if (d)
			d->completed++;
	}
	/* Its full socket went long ago, and how it ends was open until now: metrics_closed(). */
	if (from == ST_FIN_WAIT2 && c->closed_as)
		count_close(m, c, tr->ts_ns);
}

/* A minisock in FIN_WAIT2 may still become another verdict, and what is counted is never taken back: count it then. */
void metrics_closed(struct metrics *m, const struct conn *c, __u64 ts_ns)
{
	struct phase_sample s;

	if (phase_close(c, ts_ns, &s))
		observe(m, &s, 1);
	if (c->state != ST_FIN_WAIT2)
		count_close(m, c, ts_ns);
}

void metrics_gone(struct metrics *m, const struct conn *c, __u64 ts_ns)
{
	__u64 ns = c->tw_start_ns && ts_ns > c->tw_start_ns ? ts_ns - c->tw_start_ns : 0;
	struct who_row *w;

	if (c->role == ROLE_LISTENER || c->tw_end == TW_END_NONE)
		return;
	/* A minisock that never was in TIME_WAIT ends no TIME_WAIT. */
	m->tw_ended[c->tw_end] += c->tw_end == TW_END_OVERFLOW || c->tw_start_ns;
	w = ns ? metrics_who_of(m, c, ts_ns) : NULL;
	m->tw_ended_ns += ns;
	if (w)
		w->tw_ended_ns += ns;
}

void metrics_listeners(struct metrics *m, const struct listener *const *rows, size_t n)
{
	for (size_t i = 0; i < n && m->door; i++) {
		struct door_row *d;

		if (!rows[i]->drops_interval)
			continue;
		d = metrics_door_at(m, rows[i]->at->lport, tracker_now(m->tracker));
		d->drops += rows[i]->drops_interval;
	}
}
