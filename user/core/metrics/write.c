// SPDX-License-Identifier: GPL-2.0-only
/* All that was counted, as text. Order and labels are the same in every exposition: zeros too. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "core/metrics/parts.h"

#define TABLE_LIMIT 1048576		/* of tracker_config.max_conns */

/* "TIME_WAIT" -> "time_wait", as node_exporter spells states. */
struct lower { char s[16]; };

static struct lower lower(const char *s)
{
	struct lower l = { "" };

	for (size_t i = 0; s[i] && i + 1 < sizeof(l.s); i++)
		l.s[i] = (char)tolower((unsigned char)s[i]);
	return l;
}

static void one(struct expo *x, enum metric_id id, __u64 value)
{
	expo_family(x, id);
	expo_u64(x, NULL, 0, value);
}

static void labelled(struct expo *x, const char *name, const char *value, __u64 n)
{
	expo_u64(x, &(struct expo_label){ name, value }, 1, n);
}

/* --- the tracer itself --- */

static void write_self(const struct metrics *m, struct expo *x)
{
	__u64 lost[LOSS_MAX];

	one(x, M_EVENTS, m->events);
	expo_family(x, M_EVENTS_LOST);
	tracker_losses(m->tracker, lost);
	for (unsigned int i = 0; i < LOSS_MAX; i++)
		labelled(x, "reason", loss_name(i), lost[i]);
	one(x, M_GAPS, tracker_gaps(m->tracker));
	one(x, M_HEALS, m->heals);
	one(x, M_TABLE, tracker_size(m->tracker));
	one(x, M_TABLE_LIMIT, TABLE_LIMIT);
	expo_family(x, M_SLOTS_USED);
	if (m->whos)
		labelled(x, "slot", metrics_who_name(m->cfg.labels.who), slots_used(m->whos));
	if (m->doors)
		labelled(x, "slot", "lport", slots_used(m->doors));
	if (m->dests)
		labelled(x, "slot", "remote", slots_used(m->dests));
}

/* --- TCP as a whole --- */

static const __u8 legal[][2] = {	/* RFC 9293, figure 5, and the kernel's ways out */
	{ ST_CLOSE, ST_SYN_SENT }, { ST_CLOSE, ST_LISTEN }, { ST_LISTEN, ST_SYN_RECV }, { ST_LISTEN, ST_CLOSE },
	{ ST_SYN_SENT, ST_SYN_RECV }, { ST_SYN_SENT, ST_ESTABLISHED }, { ST_SYN_SENT, ST_FIN_WAIT1 }, { ST_SYN_SENT, ST_CLOSE },
	{ ST_SYN_RECV, ST_ESTABLISHED }, { ST_SYN_RECV, ST_FIN_WAIT1 }, { ST_SYN_RECV, ST_CLOSE_WAIT }, { ST_SYN_RECV, ST_CLOSE },
	{ ST_ESTABLISHED, ST_FIN_WAIT1 }, { ST_ESTABLISHED, ST_CLOSE_WAIT }, { ST_ESTABLISHED, ST_CLOSE },
	{ ST_FIN_WAIT1, ST_FIN_WAIT2 }, { ST_FIN_WAIT1, ST_CLOSING }, { ST_FIN_WAIT1, ST_TIME_WAIT }, { ST_FIN_WAIT1, ST_CLOSE },
	{ ST_FIN_WAIT2, ST_TIME_WAIT }, { ST_FIN_WAIT2, ST_CLOSE }, { ST_CLOSING, ST_TIME_WAIT }, { ST_CLOSING, ST_CLOSE },
	{ ST_TIME_WAIT, ST_CLOSE }, { ST_CLOSE_WAIT, ST_LAST_ACK }, { ST_CLOSE_WAIT, ST_CLOSE }, { ST_LAST_ACK, ST_CLOSE },
};
#define N_LEGAL (sizeof(legal) / sizeof(legal[0]))

static void write_transitions(const struct metrics *m, struct expo *x)
{
	struct expo_label l[2] = { { "from", "other" }, { "to", "other" } };
	__u64 rest = 0;

	expo_family(x, M_TCP_TRANSITIONS);
	for (unsigned int from = 0; from < ST_MAX; from++)
		for (unsigned int to = 0; to < ST_MAX; to++)
			rest += m->transitions[from][to];
	for (size_t i = 0; i < N_LEGAL; i++) {
		__u64 n = m->transitions[legal[i][0]][legal[i][1]];
		struct lower from = lower(tcp_state_name(legal[i][0])), to = lower(tcp_state_name(legal[i][1]));

		expo_u64(x, (struct expo_label[2]){ { "from", from.s }, { "to", to.s } }, 2, n);
		rest -= n;
	}
	expo_u64(x, l, 2, rest);
}

static void write_time_wait(const struct metrics *m, struct expo *x)
{
	one(x, M_TW_BEGUN, m->tw_begun);
	expo_family(x, M_TW_ENDED);
	for (unsigned int i = TW_END_NONE + 1; i < TW_END_MAX; i++)
		if (i != TW_END_OVERFLOW)
			labelled(x, "end", tw_end_name(i), m->tw_ended[i]);
	one(x, M_TW_OVERFLOW, m->tw_ended[TW_END_OVERFLOW]);
	expo_family(x, M_TW_SECONDS);
	expo_ns(x, NULL, 0, m->tw_ns);
}

static void write_tcp(const struct metrics *m, struct expo *x)
{
	expo_family(x, M_TCP_CONNECTIONS);
	for (unsigned int st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		labelled(x, "state", lower(tcp_state_name(st)).s, m->counts[st]);
	write_transitions(m, x);
	expo_family(x, M_TCP_OPENED);
	labelled(x, "role", "client", m->opened_client);
	labelled(x, "role", "server", m->opened_server);
	expo_family(x, M_TCP_CLOSED);
	for (unsigned int i = CLOSE_NOT_YET + 1; i < CLOSE_KIND_MAX; i++)
		labelled(x, "how", close_kind_name(i), m->closed[i]);
	expo_family(x, M_TCP_ABORTS);
	for (unsigned int i = REASON_NONE + 1; i < CLOSE_REASON_MAX; i++)
		labelled(x, "reason", close_reason_name(i), m->aborts[i]);
	expo_family(x, M_TCP_RESETS);
	labelled(x, "direction", "sent", m->rst_sent);
	labelled(x, "direction", "received", m->rst_rcvd);
	write_time_wait(m, x);
	expo_family(x, M_PHASES);
	for (unsigned int i = 0; i < PHASE_MAX; i++)
		if (PHASES_ALL & 1U << i)
			expo_histogram(x, &(struct expo_label){ "phase", phases[i].name }, metrics_le, N_LE, m->phase[i].n, m->phase[i].sum_ns);
	expo_family(x, M_STUCK);
	for (unsigned int i = 0; i < N_STUCK; i++)
		labelled(x, "state", lower(tcp_state_name(metrics_stuck[i])).s, m->stuck[i].n);
	expo_family(x, M_STUCK_OLDEST);
	for (unsigned int i = 0; i < N_STUCK; i++)
		expo_ns(x, &(struct expo_label){ "state", lower(tcp_state_name(metrics_stuck[i])).s }, 1, m->stuck[i].oldest_ns);
}

/* --- by process, by destination, by listener: a family is the same for each row --- */

struct rows {
	const struct metrics *m;
	struct expo *x;
	unsigned int n;
	const char *label;
	bool (*name)(const struct metrics *m, unsigned int i, struct strbuf *b);
};

/* How a row's samples of one family are written. @l has two labels, the second one for @write to fill. */
typedef void (*write_row)(const struct rows *r, unsigned int i, struct expo_label l[2]);

static void each_row(const struct rows *r, enum metric_id id, write_row write)
{
	struct strbuf label = { 0 };

	expo_family(r->x, id);
	for (unsigned int i = 0; i < r->n; i++) {
		struct expo_label l[2] = { { r->label, "" }, { "", "" } };

		strbuf_reset(&label);
		if (!r->name(r->m, i, &label))
			continue;
		l[0].value = label.s ? label.s : "";
		r->x->out->failed |= label.failed;
		write(r, i, l);
	}
	strbuf_free(&label);
}

static void put_in(const struct rows *r, struct expo_label l[2], const __u64 *in, unsigned int n)
{
	l[1].name = "state";
	for (unsigned int i = 0; i < n; i++) {
		l[1].value = metrics_in[i];
		expo_u64(r->x, l, 2, in[i]);
	}
}

static void put_how(const struct rows *r, struct expo_label l[2], const __u64 *closed)
{
	l[1].name = "how";
	for (unsigned int i = 0; i < HOW_MAX; i++) {
		l[1].value = metrics_how[i];
		expo_u64(r->x, l, 2, closed[i]);
	}
}

static void put_failed(const struct rows *r, struct expo_label l[2], const __u64 *failed)
{
	l[1].name = "how";
	for (unsigned int i = 0; i < FAIL_MAX; i++) {
		l[1].value = close_kind_name(metrics_fail_kind(i));
		expo_u64(r->x, l, 2, failed[i]);
	}
}

#define ROW(kind, name, ...)							\
	static void kind##_##name(const struct rows *r, unsigned int i, struct expo_label l[2])	\
	{									\
		const struct kind##_row *w = &r->m->kind[i];			\
										\
		__VA_ARGS__;							\
	}
ROW(who, in, put_in(r, l, w->in, IN_MAX))
ROW(who, closed, put_how(r, l, w->closed))
ROW(who, failed, put_failed(r, l, w->failed))
ROW(who, tw_begun, expo_u64(r->x, l, 1, w->tw_begun))
ROW(who, tw_ns, expo_ns(r->x, l, 1, w->tw_ns))
ROW(who, stuck, expo_u64(r->x, l, 1, w->stuck.n))
ROW(who, oldest, expo_ns(r->x, l, 1, w->stuck.oldest_ns))
ROW(dest, ports, expo_u64(r->x, l, 1, w->ports))
ROW(dest, closed, put_how(r, l, w->closed))
ROW(dest, failed, put_failed(r, l, w->failed))
ROW(door, completed, expo_u64(r->x, l, 1, w->completed))
ROW(door, in, put_in(r, l, w->in, IN_OTHER))
ROW(door, queue, expo_u64(r->x, l, 1, w->queue))
ROW(door, limit, expo_u64(r->x, l, 1, w->limit))
ROW(door, drops, expo_u64(r->x, l, 1, w->drops))

/* Two states are enough for a destination. */
static void dest_in(const struct rows *r, unsigned int i, struct expo_label l[2])
{
	static const __u8 shown[] = { IN_ESTABLISHED, IN_TIME_WAIT };

	l[1].name = "state";
	for (size_t k = 0; k < sizeof(shown); k++) {
		l[1].value = metrics_in[shown[k]];
		expo_u64(r->x, l, 2, r->m->dest[i].in[shown[k]]);
	}
}

static const struct { enum metric_id id; write_row write; } of_who[] = {
	{ M_PROCESS_CONNECTIONS, who_in }, { M_PROCESS_CLOSED, who_closed }, { M_PROCESS_FAILURES, who_failed }, { M_PROCESS_TW_BEGUN, who_tw_begun },
	{ M_PROCESS_TW_SECONDS, who_tw_ns }, { M_PROCESS_STUCK, who_stuck }, { M_PROCESS_STUCK_OLDEST, who_oldest },
}, of_dest[] = {
	{ M_DEST_CONNECTIONS, dest_in }, { M_DEST_PORTS, dest_ports }, { M_DEST_CLOSED, dest_closed }, { M_DEST_FAILURES, dest_failed },
}, of_door[] = {
	{ M_LISTENER_COMPLETED, door_completed }, { M_LISTENER_CONNECTIONS, door_in }, { M_LISTENER_QUEUE, door_queue },
	{ M_LISTENER_QUEUE_LIMIT, door_limit }, { M_LISTENER_DROPS, door_drops },
};

static void write_ports(const struct metrics *m, struct expo *x)
{
	expo_family(x, M_PORT_RANGE);
	if (port_params_usable(&m->settings))
		expo_u64(x, NULL, 0, m->settings.hi - m->settings.lo + 1U);
	expo_family(x, M_PORTS_USED);
	expo_double(x, NULL, 0, m->used_ratio);
	expo_family(x, M_PORTS_LEFT);
	expo_double(x, NULL, 0, m->exhausted_s);
}

void metrics_write(const struct metrics *m, struct expo *x)
{
	struct rows who = { m, x, ROW_SLOTS + m->cfg.top, metrics_who_name(m->cfg.labels.who), metrics_who_label };
	struct rows dest = { m, x, 1 + m->cfg.top, "remote", metrics_dest_label }, door = { m, x, 1 + m->cfg.top, "lport", metrics_door_label };

	write_self(m, x);
	write_tcp(m, x);
	for (size_t i = 0; m->who && i < sizeof(of_who) / sizeof(of_who[0]); i++)
		each_row(&who, of_who[i].id, of_who[i].write);
	write_ports(m, x);
	for (size_t i = 0; m->dest && i < sizeof(of_dest) / sizeof(of_dest[0]); i++)
		each_row(&dest, of_dest[i].id, of_dest[i].write);
	for (size_t i = 0; m->door && i < sizeof(of_door) / sizeof(of_door[0]); i++)
		each_row(&door, of_door[i].id, of_door[i].write);
	one(x, M_SERIES, x->series + 1);
}
