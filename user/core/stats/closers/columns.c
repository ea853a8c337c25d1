// SPDX-License-Identifier: GPL-2.0-only
#include "core/stats/closers/columns.h"
#include "core/stats/closers/say.h"
#include "core/stats/fields/parts.h"
#include "core/text/fmt.h"

static const struct closer_src *from(const struct field_src *src)
{
	return src->of;
}

static const struct closer_row *row(const struct field_src *src)
{
	return from(src)->row;
}

static void get_by(const struct field_src *src, struct field_value *v)
{
	put_text(v, closers_by_name(from(src)->by));
}

/* --- who --- */

static bool is_by(const struct field_src *src, enum closers_by by)
{
	return from(src)->by == by && row(src)->key.known;
}

static void get_pid_of(const struct field_src *src, struct field_value *v)
{
	if (is_by(src, CLOSERS_BY_PID))
		put_u64(v, closer_pid(row(src)));
}

static void get_comm_of(const struct field_src *src, struct field_value *v)
{
	if (is_by(src, CLOSERS_BY_PID))
		put_text(v, row(src)->comm);
	else if (is_by(src, CLOSERS_BY_COMM))
		put_text(v, row(src)->key.comm);
	else if (row(src)->key.kernel)
		put_text(v, "kernel");
}

static void get_subject(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	if (row(src)->key.rest)
		strbuf_adds(&b, "rest");
	else
		say_subject(&b, from(src)->by, row(src), from(src)->label);
	put_strbuf(v, &b);
}

static void get_number(const struct field_src *src, struct field_value *v, enum closers_by by)
{
	if (is_by(src, by) && row(src)->key.num)
		put_u64(v, row(src)->key.num);
}

static void get_netns_of(const struct field_src *src, struct field_value *v)
{
	get_number(src, v, CLOSERS_BY_NETNS);
}

static void get_lport_of(const struct field_src *src, struct field_value *v)
{
	get_number(src, v, CLOSERS_BY_LPORT);
}

static void get_raddr_of(const struct field_src *src, struct field_value *v)
{
	if (!is_by(src, CLOSERS_BY_REMOTE))
		return;
	v->type = FT_STR;
	fmt_addr(row(src)->key.remote.addr, row(src)->key.remote.family, v->s);
}

static void get_rport_of(const struct field_src *src, struct field_value *v)
{
	if (is_by(src, CLOSERS_BY_REMOTE) && row(src)->key.remote.port)
		put_u64(v, row(src)->key.remote.port);
}

static void get_cgroup_of(const struct field_src *src, struct field_value *v)
{
	if (from(src)->cgroup)
		put_u64(v, from(src)->cgroup);
}

static void put_part(const struct field_src *src, struct field_value *v, enum twt_name_part part)
{
	const char *s = name_part(from(src)->name, part);

	if (s)
		put_text(v, s);
}

static void get_path(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_PATH); }
static void get_ctr(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_CONTAINER); }
static void get_ctr_name(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_CONTAINER_NAME); }
static void get_image_of(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_IMAGE); }
static void get_runtime_of(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_RUNTIME); }
static void get_pod_of(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_POD); }
static void get_pod_ns(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_POD_NAMESPACE); }
static void get_ns_name(const struct field_src *src, struct field_value *v) { put_part(src, v, TWT_NP_NETNS); }

static void get_unit_of(const struct field_src *src, struct field_value *v)
{
	const char *s = name_unit(from(src)->name);

	if (s)
		put_text(v, s);
}

static void get_exited(const struct field_src *src, struct field_value *v) { put_bool(v, row(src)->exited); }
static void get_kernel_of(const struct field_src *src, struct field_value *v) { put_bool(v, row(src)->key.kernel); }
static void get_rest(const struct field_src *src, struct field_value *v) { put_bool(v, row(src)->key.rest); }

/* --- closes --- */

static void get_closed(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->closed); }
static void get_active(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->kinds[CLOSE_ACTIVE]); }
static void get_passive(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->kinds[CLOSE_PASSIVE]); }
static void get_simult(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->kinds[CLOSE_SIMULTANEOUS]); }
static void get_abort(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->kinds[CLOSE_ABORT]); }
static void get_reset(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->kinds[CLOSE_RESET]); }
static void get_other(const struct field_src *src, struct field_value *v)
{
	put_u64(v, closer_other(row(src)));
	v->member = closer_json_other;
}

static void get_failed_calls(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->failed_calls); }
static void get_strangers(const struct field_src *src, struct field_value *v)
{
	put_u64(v, row(src)->by_strangers);
	v->member = closer_json_strangers;
}


/* "3 linger, 1 unread" */
static void get_reasons(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	for (unsigned int i = REASON_NONE + 1; i < CLOSE_REASON_MAX; i++) {
		if (!row(src)->reasons[i])
			continue;
		strbuf_adds(&b, b.len ? ", " : "");
		fmt_count(&b, row(src)->reasons[i]);
		strbuf_addf(&b, " %s", close_reason_name(i));
	}
	if (b.len)
		put_strbuf(v, &b);
	v->member = closer_json_reasons;
}

/* --- TIME_WAIT, and what is stuck --- */

static void get_tw(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->tw_now); }
static void get_tw_created(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->tw_created); }

static void get_tw_rate(const struct field_src *src, struct field_value *v)
{
	__u64 ns = from(src)->interval_ns, n = row(src)->tw_created - row(src)->tw_created_before;

	put_real(v, ns ? (double)n * 1e9 / (double)ns : 0, 1);
}

static void get_tw_seconds(const struct field_src *src, struct field_value *v)
{
	put_real(v, (double)closer_tw_ns(row(src)) / 1e9, 1);
}

void closer_say_ends(struct strbuf *b, const struct closer_row *r)
{
	const char *comma = "";

	for (unsigned int i = TW_END_NONE + 1; i < TW_END_MAX; i++) {
		if (!r->tw_ends[i])
			continue;
		strbuf_adds(b, comma);
		fmt_count(b, r->tw_ends[i]);
		strbuf_addf(b, " %s", i == TW_END_OVERFLOW ? "never began (table full)" : tw_end_name(i));
		comma = ", ";
	}
}

static void get_tw_ends(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	closer_say_ends(&b, row(src));
	if (b.len)
		put_strbuf(v, &b);
	v->member = closer_json_tw_ends;
}

static void get_stuck(const struct field_src *src, struct field_value *v) { put_u64(v, closer_stuck(row(src))); }

static void get_stuck_states(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	say_stuck(&b, row(src));
	if (b.len)
		put_strbuf(v, &b);
	v->member = closer_json_stuck_states;
}

static void get_oldest(const struct field_src *src, struct field_value *v)
{
	if (closer_stuck(row(src)))
		put_ns(v, row(src)->oldest_ns);
}

static void get_at_least(const struct field_src *src, struct field_value *v) { put_bool(v, row(src)->oldest_at_least); }

/* --- the wire, and where to --- */

static void put_wire(const struct field_src *src, struct field_value *v, __u64 n)
{
	if (row(src)->wire.conns)
		put_u64(v, n);
}

static void get_wire_conns(const struct field_src *src, struct field_value *v) { put_wire(src, v, row(src)->wire.conns); }
static void get_retrans_conns(const struct field_src *src, struct field_value *v) { put_wire(src, v, row(src)->wire.retrans_conns); }
static void get_segs(const struct field_src *src, struct field_value *v) { put_wire(src, v, row(src)->wire.segs_out); }
static void get_retrans(const struct field_src *src, struct field_value *v) { put_wire(src, v, row(src)->wire.retrans_segs); }

static void get_share(const struct field_src *src, struct field_value *v)
{
	if (row(src)->wire.conns)
		put_real(v, (double)closer_retrans_ppm(row(src)) / 1e6, 4);
}

static void get_rtt(const struct field_src *src, struct field_value *v)
{
	if (row(src)->wire.rtt_us)
		put_u64(v, row(src)->wire.rtt_us);
}

static void get_rtt_missed(const struct field_src *src, struct field_value *v) { put_u64(v, row(src)->wire.rtt_missed); }

static void get_stands_out(const struct field_src *src, struct field_value *v)
{
	static const char *const words[] = { "no", "retrans", "rtt", "retrans, rtt" };

	if (row(src)->wire.judged)
		put_text(v, words[row(src)->wire.out & 3]);
	v->member = closer_json_stands_out;
}

static void get_dests(const struct field_src *src, struct field_value *v)
{
	const struct dests *d = &row(src)->dests;
	struct strbuf b = { 0 };

	v->member = closer_json_dests;
	if (!d->n)
		return;
	say_dest(&b, &d->d[0].key);
	if (row(src)->closed)
		strbuf_addf(&b, " %.1f%%", (double)d->d[0].closed * 100 / (double)row(src)->closed);
	put_strbuf(v, &b);
}

const struct field closer_columns[] = {
	{ "time", NULL, 0, "end of the interval, UTC, RFC 3339 with nanoseconds", get_time },
	{ "ts_ns", NULL, 0, "the same, nanoseconds since boot (CLOCK_BOOTTIME)", get_ts },
	{ "clock", "TIME", -15, "the same, local time; text only", get_clock },
	{ "host", "HOST", -16, "host that it is of, as its recording says", get_host },
	{ "by", NULL, 0, "what rows are grouped by", get_by },
	{ "who", "WHO", -28, "what the row is, in words, whatever the grouping; with --fields", get_subject },
	{ "pid", "PID", 7, "process that owns the connections; none: unknown, mostly from before the start", get_pid_of },
	{ "comm", "COMM", -15, "name of that process; \"kernel\" for the kernel's own sockets", get_comm_of },
	{ "netns", "NETNS", 10, "with --by netns its inode number", get_netns_of },
	{ "lport", "LPORT", 5, "with --by lport the port; none: one of those that kernels make up", get_lport_of },
	{ "raddr", "RADDR", -15, "with --by raddr:rport the remote address", get_raddr_of },
	{ "rport", "RPORT", 5, "with --by raddr:rport the remote port; none: the peer connected to us", get_rport_of },
	{ "cgroup", "CGROUP", 8, "cgroup of the process, or with --by cgroup the group", get_cgroup_of },
	{ "cgroup_path", NULL, 0, "its path", get_path },
	{ "container", "CONTAINER", -15, "with --by container, pod or unit which one; of a process the id of its container", get_ctr },
	{ "exited", "STATUS", 6, "true once the process has exited; its row stays", get_exited },
	{ "kernel", NULL, 0, "the kernel's own sockets", get_kernel_of },
	{ "rest", NULL, 0, "true for the row that sums up what --top or the limit of 65,536 rows left over", get_rest },
	{ "closed", "CLOSED", 8, "connections whose socket is gone, since the start; the shares that follow are of these", get_closed },
	{ "active", "ACTIVE", 8, "closed first by this end, which then has the TIME_WAIT", get_active },
	{ "passive", "PASSIVE", 8, "closed first by the peer", get_passive },
	{ "simultaneous", "SIMULT", 8, "closed by both at once: each has a TIME_WAIT", get_simult },
	{ "abort", "ABORT", 8, "ended by a reset of ours; why: .abort_reasons", get_abort },
	{ "reset", "RESET", 8, "ended by a reset of the peer's", get_reset },
	{ "other", "OTHER", 8, "refused, unreachable, connect-timeout, connect-cancelled, no-port, orphan-timeout, unknown", get_other },
	{ "abort_reasons", NULL, 0, "why: linger, unread, ...", get_reasons },
	{ "failed_calls", NULL, 0, "bind(), listen() and connect() of this process that failed, since the start; with --calls", get_failed_calls },
	{ "closed_by_others", NULL, 0, "closed by another process than the owner, and by which", get_strangers },
	{ "time_wait", "TW", 7, "TIME_WAITs that exist now, as ss counts them", get_tw },
	{ "time_wait_created", NULL, 0, "TIME_WAITs begun since the start", get_tw_created },
	{ "time_wait_created_per_s", "TW/s", 8, "begun per second of this interval", get_tw_rate },
	{ "time_wait_seconds", "TW-SEC", 10, "how long all of them lasted together: what they cost in ports", get_tw_seconds },
	{ "tw_ends", "TIME_WAIT ENDS", -24, "how they ended: expired, reused, reopened, reset, purged, killed, unknown; overflow: never begun, table full",
	  get_tw_ends },
	{ "stuck", "STUCK", 6, "sockets that are in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK for --stuck seconds or longer, now", get_stuck },
	{ "stuck_states", NULL, 0, "of these so many in each state", get_stuck_states },
	{ "stuck_oldest_ns", "OLDEST", 10, "how long the oldest of them is: with --fields ms in text, ns in JSON", get_oldest },
	{ "stuck_oldest_at_least", NULL, 0, "\">\" in text: it was before the start", get_at_least },
	{ "wire_connections", NULL, 0, "connections that ended, of which it is known what the wire did", get_wire_conns },
	{ "retrans_connections", NULL, 0, "of these, that sent something again", get_retrans_conns },
	{ "segs_out", NULL, 0, "segments that they sent", get_segs },
	{ "retrans_segs", NULL, 0, "of these, that were sent again", get_retrans },
	{ "retrans_share", "RTX%", 8, "segments that were sent again, of all that were sent (0 to 1), by connections that ended; SYNs and SYN-ACKs too. "
	  "This, and what follows, with --wide, --by raddr:rport, --sort retrans or rtt, or from a recording that has it: to ask each connection for it at "
	  "its beginning and end costs some 0.3 us", get_share },
	{ "rtt_p50_us", "RTT", 8, "median of their smoothed round trips, each as it was at the end; at most 3 % above the exact one", get_rtt },
	{ "rtt_missed", NULL, 0, "round trips that there was no memory for; 0: none", get_rtt_missed },
	{ "stands_out", "!", -12, "with --by raddr:rport what is not as it is at the other destinations: retrans, rtt; null where less than 10 connections "
	  "ended, or less than 3 other destinations have as many. A round trip stands out above twice the others' median, 1 ms and five times the spread "
	  "above it; loss above three times theirs and five times the spread, from 1 % and 10 segments on", get_stands_out },
	{ "destinations", "DESTINATION", -24, "remote ends by connections, in text the first and its share; a port only where we connected to it; of more than "
	  "64 the rare ones are dropped, and .missed is how many of one's own may not be counted", get_dests },
	{ "netns_name", NULL, 0, "with --by netns its name", get_ns_name },
	{ "container_name", NULL, 0, "name of that container", get_ctr_name },
	{ "image", NULL, 0, "image that it was made from", get_image_of },
	{ "runtime", NULL, 0, "docker, containerd, cri-o, podman, lxc or nspawn", get_runtime_of },
	{ "pod", NULL, 0, "Kubernetes pod", get_pod_of },
	{ "pod_namespace", NULL, 0, "namespace of that pod", get_pod_ns },
	{ "unit", NULL, 0, "systemd unit", get_unit_of },
	{ NULL, NULL, 0, NULL, NULL },
};

/* --- what -j tells; members that a row of another grouping does not have are null --- */

#define WHO "pid", "comm"
#define WHAT "exited", "kernel", "rest", NULL

const char *const *closer_json_key(enum closers_by by)
{
	static const char *const plain[] = { WHO, WHAT };
	static const char *const netns[] = { WHO, "netns", WHAT };
	static const char *const lport[] = { WHO, "lport", WHAT };
	static const char *const remote[] = { WHO, "raddr", "rport", WHAT };
	static const char *const process[] = { WHO, "cgroup", "cgroup_path", "container", WHAT };

	switch (by) {
	case CLOSERS_BY_NETNS: return netns;
	case CLOSERS_BY_LPORT: return lport;
	case CLOSERS_BY_REMOTE: return remote;
	case CLOSERS_BY_PID:
	case CLOSERS_BY_CGROUP: return process;
	default: return plain;
	}
}

const char *const closer_json_closes[] = {
	"closed", "active", "passive", "simultaneous", "abort", "reset", "other", "abort_reasons", NULL,
};
const char *const closer_json_time_wait[] = {
	"time_wait", "time_wait_created", "time_wait_created_per_s", "time_wait_seconds", "tw_ends",
	"stuck", "stuck_states", "stuck_oldest_ns", "stuck_oldest_at_least", NULL,
};
const char *const closer_json_share[] = { "wire_connections", "retrans_connections", "segs_out", "retrans_segs", "retrans_share", NULL };

#define POD "pod", "pod_namespace"
#define IMAGE "container_name", "image", "runtime"

const char *const *closer_json_names(enum closers_by by)
{
	static const char *const netns[] = { "netns_name", NULL };
	static const char *const container[] = { "container", IMAGE, POD, NULL };
	static const char *const process[] = { IMAGE, POD, "unit", NULL };
	static const char *const pod[] = { POD, NULL };
	static const char *const unit[] = { "unit", NULL };
	static const char *const none[] = { NULL };

	switch (by) {
	case CLOSERS_BY_NETNS: return netns;
	case CLOSERS_BY_CONTAINER: return container;
	case CLOSERS_BY_PID:
	case CLOSERS_BY_CGROUP: return process;
	case CLOSERS_BY_POD: return pod;
	case CLOSERS_BY_UNIT: return unit;
	default: return none;
	}
}
