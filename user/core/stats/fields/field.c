/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/fields/field.h"
#include <stdio.h>
#include <string.h>
#include "core/stats/fields/parts.h"
#include "core/text/fmt.h"

static const struct actor *owner_of(const struct field_src *src)
{
	return actors_get(src->actors, src->conn->owner);
}

static const struct actor *asker_of(const struct field_src *src)
{
	return src->tr ? actors_get(src->actors, src->tr->actor) : NULL;
}

/* Verdicts are shown when they are final: at -> CLOSE, or of a connection looked at without a transition. */
static bool at_end(const struct field_src *src)
{
	return !src->tr || src->tr->new_state == ST_CLOSE;
}

/* Who ended the minisock, at the transition that says so. */
static const struct actor *ender_of(const struct field_src *src)
{
	return at_end(src) ? actors_get(src->actors, src->conn->tw_ender) : NULL;
}

static __u64 time_of(const struct field_src *src)
{
	return src->tr ? src->tr->ts_ns : src->now_ns;
}

static long long wall_of(const struct field_src *src)
{
	return (long long)time_of(src) + src->clock_offset;
}

static bool marked(const struct field_src *src, __u32 mark)
{
	return src->tr && (src->tr->marks & mark);
}

void get_time(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	fmt_rfc3339(&b, wall_of(src));
	put_strbuf(v, &b);
}

void get_clock(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	fmt_clock(&b, wall_of(src), src->utc_offset);
	put_strbuf(v, &b);
}

static void get_seconds(const struct field_src *src, struct field_value *v)
{
	/* A start that was reconstructed may lie before the first event. */
	bool before = time_of(src) < src->start_ns;
	__u64 ns = before ? src->start_ns - time_of(src) : time_of(src) - src->start_ns;

	v->type = FT_STR;
	snprintf(v->s, sizeof(v->s), "%s%llu.%06llu", before ? "-" : "",
		 (unsigned long long)(ns / 1000000000), (unsigned long long)(ns % 1000000000 / 1000));
}

void get_ts(const struct field_src *src, struct field_value *v)
{
	put_u64(v, time_of(src));
}

static void get_event(const struct field_src *src, struct field_value *v)
{
	put_str(v, src->tr ? "transition" : "conn");
}

void get_host(const struct field_src *src, struct field_value *v)
{
	if (src->host && *src->host)
		put_text(v, src->host);
}

static void get_netns(const struct field_src *src, struct field_value *v)
{
	put_u64(v, src->conn->netns);
}

static void get_cookie(const struct field_src *src, struct field_value *v)
{
	if (src->conn->cookie)
		put_u64(v, src->conn->cookie);
}

static void get_family(const struct field_src *src, struct field_value *v)
{
	if (src->conn->family)
		put_u64(v, src->conn->family == 2 ? 4 : 6);
}

static void put_addr(struct field_value *v, const __u8 addr[16], unsigned int family)
{
	v->type = FT_STR;
	fmt_addr(addr, family, v->s);
}

static void get_laddr(const struct field_src *src, struct field_value *v)
{
	put_addr(v, src->conn->laddr, src->conn->family);
}

static void get_raddr(const struct field_src *src, struct field_value *v)
{
	put_addr(v, src->conn->raddr, src->conn->family);
}

static void get_lport(const struct field_src *src, struct field_value *v)
{
	put_u64(v, src->conn->lport);
}

static void get_rport(const struct field_src *src, struct field_value *v)
{
	put_u64(v, src->conn->rport);
}

static void get_oldstate(const struct field_src *src, struct field_value *v)
{
	if (src->tr)
		put_str(v, tcp_state_name(src->tr->old_state));
}

static void get_arrow(const struct field_src *src, struct field_value *v)
{
	if (src->tr)
		put_str(v, "->");
}

static void get_newstate(const struct field_src *src, struct field_value *v)
{
	put_str(v, tcp_state_name(src->tr ? src->tr->new_state : src->conn->state));
}

static void get_in_state(const struct field_src *src, struct field_value *v)
{
	const struct conn *c = src->conn;

	if (src->tr ? !src->tr->in_state_known : (c->flags & CONN_SINCE_UNKNOWN) || src->now_ns < c->since_ns)
		return;
	v->type = FT_NS;
	v->u = src->tr ? src->tr->in_state_ns : src->now_ns - c->since_ns;
}

static void get_pid(const struct field_src *src, struct field_value *v)
{
	put_pid(v, owner_of(src));
}

static void get_comm(const struct field_src *src, struct field_value *v)
{
	put_comm(v, owner_of(src));
}

static void get_role(const struct field_src *src, struct field_value *v)
{
	put_str(v, conn_role_name(src->conn->role));
}

static void get_actor_pid(const struct field_src *src, struct field_value *v)
{
	put_pid(v, asker_of(src));
}

static void get_actor_comm(const struct field_src *src, struct field_value *v)
{
	put_comm(v, asker_of(src));
}

static void get_actor_tid(const struct field_src *src, struct field_value *v)
{
	if (src->tr && src->tr->tid)
		put_u64(v, src->tr->tid);
}

static void get_actor_thread(const struct field_src *src, struct field_value *v)
{
	if (src->tr && src->tr->thread[0])
		put_str(v, src->tr->thread);
}

/* Of a transition what it is marked with, else what the connection remembers. */
static bool has(const struct field_src *src, __u32 mark, __u32 flag)
{
	return src->tr ? (src->tr->marks & mark) != 0 : (src->conn->flags & flag) != 0;
}

static void get_rst(const struct field_src *src, struct field_value *v)
{
	if (has(src, TR_RST_SENT, CONN_RST_SENT))
		put_str(v, "sent");
	else if (has(src, TR_RST_RCVD, CONN_RST_RCVD))
		put_str(v, "received");
}

static void get_reconstructed(const struct field_src *src, struct field_value *v)
{
	put_bool(v, has(src, TR_RECONSTRUCTED, CONN_RECONSTRUCTED));
}

static void get_healed(const struct field_src *src, struct field_value *v)
{
	put_bool(v, has(src, TR_HEALED, CONN_GAP));
}

static void get_tw_end(const struct field_src *src, struct field_value *v)
{
	if (at_end(src))
		put_str(v, tw_end_name(src->conn->tw_end));
}

static void get_ender_pid(const struct field_src *src, struct field_value *v)
{
	put_pid(v, ender_of(src));
}

static void get_ender_comm(const struct field_src *src, struct field_value *v)
{
	put_comm(v, ender_of(src));
}

static void get_close(const struct field_src *src, struct field_value *v)
{
	if (!src->tr && !src->alive && !src->conn->close)	/* it is over, and nothing told how: that is a verdict too */
		put_str(v, close_kind_name(CLOSE_UNKNOWN));
	else if (at_end(src))
		put_str(v, close_kind_name(src->conn->close));
}

static void get_close_reason(const struct field_src *src, struct field_value *v)
{
	if (at_end(src))
		put_str(v, close_reason_name(src->conn->reason));
}

/* What makes this line special, in words: "expired", "reused by 812/curl", "abort: linger, RST sent", ... */
static void get_note(const struct field_src *src, struct field_value *v)
{
	static const struct { __u32 mark; const char *text; } marks[] = {
		{ TR_RST_SENT, "RST sent" }, { TR_RST_RCVD, "RST received" },
		{ TR_RECONSTRUCTED, "reconstructed" }, { TR_HEALED, "healed" },
	};
	const struct actor *ender = ender_of(src);
	const struct conn *c = src->conn;
	struct strbuf b = { 0 };
	size_t i;

	if (at_end(src) && c->tw_end != TW_END_NONE) {
		strbuf_adds(&b, tw_end_name(c->tw_end));
		if (ender)
			strbuf_addf(&b, " by %u/%s", ender->tgid, ender->comm);
	} else if (at_end(src) && c->close != CLOSE_NOT_YET) {
		strbuf_adds(&b, close_kind_name(c->close));
		if (c->reason != REASON_NONE)
			strbuf_addf(&b, ": %s", close_reason_name(c->reason));
	}
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (marked(src, marks[i].mark))
			strbuf_addf(&b, "%s%s", b.len ? ", " : "", marks[i].text);
	}
	put_text(v, b.s ? b.s : "");
	strbuf_free(&b);
}

static const struct field table[] = {
	{ "time", NULL, 0, "when it happened, UTC, RFC 3339 with nanoseconds", get_time },
	{ "ts_ns", NULL, 0, "when it happened, nanoseconds since boot (CLOCK_BOOTTIME)", get_ts },
	{ "event", NULL, 0, "\"transition\" or \"conn\"", get_event },
	{ "host", "HOST", -16, "host that it is of, as its recording says; of several recordings a column, and a member of each object of -j", get_host },
	{ "netns", "NETNS", 10, "inode number of the network namespace", get_netns },
	{ "cookie", "COOKIE", 8, "socket cookie, as ss -e prints it (in hex there)", get_cookie },
	{ "family", "IP", 2, "4 or 6: address family of the socket", get_family },
	{ "laddr", "LADDR", -15, "local address", get_laddr },
	{ "lport", "LPORT", 5, "local port; 0: none", get_lport },
	{ "raddr", "RADDR", -15, "remote address", get_raddr },
	{ "rport", "RPORT", 5, "remote port; 0: none", get_rport },
	{ "oldstate", "OLDSTATE", -11, "state that the connection left", get_oldstate },
	{ "newstate", "NEWSTATE", -11, "state that it entered", get_newstate },
	{ "in_state_ns", "MS", 10, "time spent in the old state, or so far in the present one: ms in text, ns in JSON", get_in_state },
	{ "pid", "PID", 7, "process that owns the socket", get_pid },
	{ "comm", "COMM", -15, "name of that process", get_comm },
	{ "role", "ROLE", -8, "client, server or listener", get_role },
	{ "actor_pid", "APID", 7, "process that asked for this transition; none if a packet or timer did",
	  get_actor_pid },
	{ "actor_comm", "ACOMM", -15, "name of that process", get_actor_comm },
	{ "actor_tid", "ATID", 7, "its thread that did it", get_actor_tid },
	{ "actor_thread", "ATHREAD", -15, "name of that thread, where it is not the process's", get_actor_thread },
	{ "rst", NULL, 0, "\"sent\" or \"received\" if a reset caused it", get_rst },
	{ "reconstructed", NULL, 0, "its time was computed later from a kernel timer", get_reconstructed },
	{ "tw_end", NULL, 0, "how TIME_WAIT or a FIN_WAIT2 minisock ended: expired, ...", get_tw_end },
	{ "close", "CLOSE", -12, "how the connection ended: active, passive, abort, reset, ...", get_close },
	{ "close_reason", NULL, 0, "why this host aborted it: linger, unread, ...", get_close_reason },
	{ "tw_ender_pid", NULL, 0, "process that ended the TIME_WAIT, e.g. by reusing its port",
	  get_ender_pid },
	{ "tw_ender_comm", NULL, 0, "name of that process", get_ender_comm },
	{ "healed", NULL, 0, "found by a snapshot after a loss: when it happened is unknown", get_healed },
	/* Of whole connections. */
	{ "opened", NULL, 0, "when it began, UTC, RFC 3339", get_opened },
	{ "opener_pid", "OPID", 7, "process that called connect()", get_opener_pid },
	{ "opener_comm", "OCOMM", -15, "name of that process", get_opener_comm },
	{ "owner_pid", "PID", 7, "process that owned the socket last", get_owner_pid },
	{ "owner_comm", "COMM", -15, "name of that process", get_owner_comm },
	{ "closer_pid", "CPID", 7, "process that closed it: sent the FIN or aborted", get_closer_pid },
	{ "closer_comm", "CCOMM", -15, "name of that process", get_closer_comm },
	{ "kernel", NULL, 0, "it was the kernel's own socket", get_kernel },
	{ "cgroup", "CGROUP", 8, "id of the owner's cgroup (v2)", get_cgroup },
	{ "bytes_acked", "TX", 10, "bytes that the peer acknowledged; SYN and FIN count one each, as in ss -i",
	  get_bytes_acked },
	{ "bytes_received", "RX", 10, "bytes received; the FIN counts one, as in ss -i", get_bytes_received },
	{ "tw_ns", "TWMS", 9, "time in TIME_WAIT: ms in text, ns in JSON", get_tw_ns },
	{ "life_ns", "LIFEMS", 10, "from its beginning to the end of the socket or its TIME_WAIT", get_life_ns },
	{ "state", "STATE", -11, "state that it is in (conn --live)", get_newstate },
	{ "began_before", NULL, 0, "it existed before the tracer: opener, role and life are unknown",
	  get_began_before },
	/* Names, where the stream has them. */
	{ "cgroup_path", NULL, 0, "path of the owner's cgroup", get_cgroup_path },
	{ "container", NULL, 0, "id of the owner's container, of LXC and nspawn its name", get_container },
	{ "container_name", NULL, 0, "name of that container", get_container_name },
	{ "image", NULL, 0, "image that it was made from", get_image },
	{ "runtime", NULL, 0, "docker, containerd, cri-o, podman, lxc or nspawn", get_runtime },
	{ "pod", NULL, 0, "Kubernetes pod of the owner", get_pod },
	{ "pod_namespace", NULL, 0, "namespace of that pod", get_pod_namespace },
	{ "unit", NULL, 0, "systemd unit of the owner, the user's where there is one", get_unit },
	{ "netns_name", NULL, 0, "name of the network namespace: of ip netns, container:NAME, pod:NS/POD or its first process, pid:PID/NAME",
	  get_netns_name },
	/* What the wire did, as ss -ti has it, when the socket ended. */
	{ "srtt_us", "SRTTUS", 7, "smoothed round trip time in microseconds; none was measured: -", get_srtt_us },
	{ "min_rtt_us", "MINRTT", 7, "least round trip time of its last five minutes, in microseconds", get_min_rtt_us },
	{ "syn_retrans", "SYNRTX", 6, "SYNs (or, accepting, SYN-ACKs) that had to be sent again", get_syn_retrans },
	{ "segs_out", "SEGSOUT", 8, "segments sent", get_segs_out },
	{ "segs_in", "SEGSIN", 8, "segments received", get_segs_in },
	{ "bytes_sent", "SENT", 10, "bytes sent, those sent again included", get_bytes_sent },
	{ "bytes_retrans", "RETRANS", 9, "bytes sent again", get_bytes_retrans },
	{ "retrans_segs", "RTXSEGS", 7, "segments sent again, those of the handshake included", get_retrans_segs },
	{ "reord_seen", "REORD", 5, "times that segments were seen to arrive at the peer out of order", get_reord_seen },
	{ "busy_ns", "BUSYMS", 9, "time in which something was to be sent or unacknowledged: ms in text, ns in JSON", get_busy_ns },
	{ "rwnd_limited_ns", "RWNDMS", 9, "of it, held up by the peer's window: its application did not read", get_rwnd_limited_ns },
	{ "sndbuf_limited_ns", "SNDBUFMS", 9, "of it, held up by the send buffer", get_sndbuf_limited_ns },
	{ "mss", "MSS", 5, "bytes in a full segment", get_mss },
	{ "keepalive", "KEEP", 4, "SO_KEEPALIVE was set", get_keepalive },
	{ "ecn", NULL, 0, "both ends agreed on ECN", get_ecn },
	{ "fastopen", NULL, 0, "data went with the SYN (TCP Fast Open) and were taken", get_fastopen },
	/* Text only. */
	{ "clock", "TIME", -15, "when it happened, local time", get_clock },
	{ "seconds", "TIME(s)", 12, "when it happened, seconds since the first event", get_seconds },
	{ "arrow", "->", -2, "leads from the old to the new state", get_arrow },
	{ "place", "CONTAINER/UNIT", -15, "container of the owner (NS/POD/NAME in a pod), else its pod, else its unit", get_place },
	{ "network", "NETNS", 10, "name of the network namespace, else its inode number", get_netns_shown },
	{ "note", "NOTE", -1, "how it ended, resets, how the time is known", get_note },
	{ "ending", "ENDING", -1, "why it was aborted, how its TIME_WAIT ended, what is not known", get_ending },
	{ NULL, NULL, 0, NULL, NULL },
};

const char *const fields_stream_json[] = {
	"time", "ts_ns", "event", "netns", "cookie", "family", "laddr", "lport", "raddr", "rport",
	"oldstate", "newstate", "in_state_ns", "pid", "comm", "role", "actor_pid", "actor_comm", "actor_tid", "actor_thread",
	"rst", "reconstructed", "tw_end", "close", "close_reason", "tw_ender_pid", "tw_ender_comm",
	"healed", "container", "container_name", "image", "runtime", "pod", "pod_namespace", "unit", "netns_name", NULL,
};
const char *const fields_stream_text[] = {
	"clock", "pid", "comm", "laddr", "lport", "raddr", "rport",
	"oldstate", "arrow", "newstate", "in_state_ns", "note", NULL,
};
const char *const fields_stream_wide[] = {
	"clock", "pid", "comm", "laddr", "lport", "raddr", "rport",
	"oldstate", "arrow", "newstate", "in_state_ns",
	"network", "cookie", "family", "role", "actor_pid", "actor_comm", "place", "note", NULL,
};

const char *const fields_conn_json[] = {
	"time", "ts_ns", "event", "netns", "cookie", "family", "laddr", "lport", "raddr", "rport",
	"role", "kernel", "opened", "opener_pid", "opener_comm", "owner_pid", "owner_comm", "cgroup",
	"closer_pid", "closer_comm", "close", "close_reason", "rst", "bytes_acked", "bytes_received",
	"tw_end", "tw_ns", "tw_ender_pid", "tw_ender_comm", "life_ns", "began_before", "reconstructed",
	"healed",
	"srtt_us", "min_rtt_us", "syn_retrans", "segs_out", "segs_in", "bytes_sent", "bytes_retrans", "retrans_segs", "reord_seen",
	"busy_ns", "rwnd_limited_ns", "sndbuf_limited_ns", "mss", "keepalive", "ecn", "fastopen", NULL,
};
const char *const fields_conn_names[] = {
	"cgroup_path", "container", "container_name", "image", "runtime", "pod", "pod_namespace", "unit", "netns_name", NULL,
};
const char *const fields_conn_text[] = {
	"clock", "owner_pid", "owner_comm", "role", "laddr", "lport", "raddr", "rport",
	"close", "closer_pid", "tw_ns", "life_ns", "ending", NULL,
};
const char *const fields_conn_wide[] = {
	"clock", "owner_pid", "owner_comm", "role", "laddr", "lport", "raddr", "rport",
	"close", "closer_pid", "closer_comm", "opener_pid", "opener_comm", "network", "cookie", "family", "cgroup", "place",
	"bytes_acked", "bytes_received", "srtt_us", "min_rtt_us", "syn_retrans", "segs_out", "segs_in", "bytes_sent", "bytes_retrans",
	"retrans_segs", "busy_ns", "rwnd_limited_ns", "sndbuf_limited_ns", "mss", "keepalive", "tw_ns", "life_ns", "ending", NULL,
};

const char *const fields_live_json[] = { "state", "in_state_ns", NULL };
const char *const fields_live_text[] = {
	"owner_pid", "owner_comm", "role", "laddr", "lport", "raddr", "rport", "state", "in_state_ns", "life_ns", "srtt_us", "min_rtt_us",
	"retrans_segs", "close", "ending", NULL,
};
const char *const fields_live_wide[] = {
	"owner_pid", "owner_comm", "role", "laddr", "lport", "raddr", "rport", "state", "in_state_ns",
	"close", "closer_pid", "closer_comm", "opener_pid", "opener_comm", "network", "cookie", "family", "cgroup", "place",
	"bytes_acked", "bytes_received", "srtt_us", "min_rtt_us", "syn_retrans", "segs_out", "segs_in", "bytes_sent", "bytes_retrans",
	"retrans_segs", "busy_ns", "rwnd_limited_ns", "sndbuf_limited_ns", "mss", "keepalive", "life_ns", "ending", NULL,
};

const struct field *field_table(void)
{
	return table;
}

const struct field *field_of(const struct field *fields, const char *key)
{
	const struct field *f;

	/* A literal is mostly the same object wherever it is written: try that, it is cheap. */
	for (f = fields; f->key; f++) {
		if (f->key == key)
			return f;
	}
	for (f = fields; f->key; f++) {
		if (strcmp(f->key, key) == 0)
			return f;
	}
	return NULL;
}

const struct field *field_by_key(const char *key)
{
	return field_of(table, key);
}
