/* SPDX-License-Identifier: GPL-2.0-only */
#include <limits.h>
#include <stddef.h>
#include "core/doctor/settings/setting.h"

#define V(major, minor) ((major) * 1000 + (minor))

/* Largest share of its ports that a destination has taken, and by TIME_WAITs that could be taken over. */
static double most_used(const struct facts *f)
{
	double most = 0;

	for (size_t i = 0; i < f->n_rows; i++)
		if (f->rows[i]->has_range && f->rows[i]->used_ratio > most)
			most = f->rows[i]->used_ratio;
	return most;
}

static void say_ports(const struct facts *f, struct strbuf *why)
{
	strbuf_addf(why, "here the destination with most has %.0f%% of its ports taken, and %llu connects found none", most_used(f) * 100,
		    (unsigned long long)f->sum.closed[CLOSE_NO_PORT]);
}

static bool ports_are_short(const struct facts *f)
{
	return f->sum.closed[CLOSE_NO_PORT] || most_used(f) >= 0.5;
}

static enum advice tw_reuse(const struct asked *a)
{
	say_ports(a->facts, a->why);
	if (a->value == 1 && ports_are_short(a->facts) && facts_setting(a->facts, 0, TWT_SC_TIMESTAMPS, 1))
		return ADVICE_HELPS;
	if (a->value == 1 && !facts_setting(a->facts, 0, TWT_SC_TIMESTAMPS, 1)) {
		strbuf_adds(a->why, "; tcp_timestamps is 0, and without timestamps no TIME_WAIT is taken over");
		return ADVICE_NO_EFFECT;
	}
	return a->value == 1 ? ADVICE_NO_EFFECT : ADVICE_FINE;
}

static enum advice timestamps(const struct asked *a)
{
	if (a->value)
		return ADVICE_FINE;
	strbuf_addf(a->why, "no TIME_WAIT can be taken over then, and old segments are told from new ones by their sequence number alone; %llu "
		    "TIME_WAITs were taken over in this run", (unsigned long long)a->facts->sum.tw_ended[TW_END_REUSED]);
	return ADVICE_HARMFUL;
}

static enum advice fin_timeout(const struct asked *a)
{
	strbuf_addf(a->why, "here %llu sockets are in FIN_WAIT2 and %llu such ran out of it in this run, %llu are in TIME_WAIT",
		    (unsigned long long)a->facts->live[ST_FIN_WAIT2], (unsigned long long)a->facts->sum.fin_wait2_expired,
		    (unsigned long long)a->facts->live[ST_TIME_WAIT]);
	if (a->value < 5) {
		strbuf_adds(a->why, "; so short a time resets peers that still send");
		return ADVICE_HARMFUL;
	}
	if (a->value < 60 && (a->facts->live[ST_FIN_WAIT2] >= 50 || a->facts->sum.fin_wait2_expired >= 50))
		return ADVICE_HELPS;
	return a->value == 60 ? ADVICE_FINE : ADVICE_NO_EFFECT;
}

static enum advice tw_buckets(const struct asked *a)
{
	__u64 now = facts_setting(a->facts, 0, TWT_SC_MAX_TW_BUCKETS, 131072);

	strbuf_addf(a->why, "here it is %llu, %llu TIME_WAITs stand, %llu connections found the table full", (unsigned long long)now,
		    (unsigned long long)a->facts->live[ST_TIME_WAIT], (unsigned long long)a->facts->sum.overflow);
	if ((__u64)(a->value < 0 ? 0 : a->value) < now && (__u64)(a->value < 0 ? 0 : a->value) < 65536) {
		strbuf_adds(a->why, "; below what stands, connections close without TIME_WAIT and without its protection");
		return ADVICE_HARMFUL;
	}
	return a->facts->sum.overflow && (__u64)a->value > now ? ADVICE_HELPS : (__u64)a->value == now ? ADVICE_FINE : ADVICE_NO_EFFECT;
}

static enum advice syncookies(const struct asked *a)
{
	if (a->value == 1)
		return ADVICE_FINE;
	strbuf_addf(a->why, a->value ? "cookies for every SYN, not only when the backlog is full; here at most %llu connections stood half-open" :
		    "a full backlog drops SYNs then, in a flood those of clients; here at most %llu connections stood half-open",
		    (unsigned long long)a->facts->half_open_most);
	return ADVICE_HARMFUL;
}

static enum advice syn_backlog(const struct asked *a)
{
	__u64 cookies = facts_setting(a->facts, 0, TWT_SC_SYNCOOKIES, 1);

	strbuf_addf(a->why, "here tcp_syncookies is %llu, and at most %llu connections stood half-open", (unsigned long long)cookies,
		    (unsigned long long)a->facts->half_open_most);
	return cookies ? ADVICE_NO_EFFECT : a->facts->half_open_most >= 64 ? ADVICE_HELPS : ADVICE_FINE;
}

static enum advice somaxconn(const struct asked *a)
{
	__u64 now = facts_setting(a->facts, 0, TWT_SC_SOMAXCONN, 4096);

	strbuf_addf(a->why, "here it is %llu; it is only a cap on what programs give to listen()", (unsigned long long)now);
	if ((__u64)a->value < now && a->value < 128) {
		strbuf_adds(a->why, "; that short a queue overflows at a small burst");
		return ADVICE_HARMFUL;
	}
	return ADVICE_FINE;
}

static enum advice abort_on_overflow(const struct asked *a)
{
	if (!a->value)
		return ADVICE_FINE;
	strbuf_adds(a->why, "a burst becomes errors at the clients, who would have come in at their next try a second later");
	return ADVICE_HARMFUL;
}

static enum advice keepalive(const struct asked *a)
{
	strbuf_addf(a->why, "here %llu connections are established, %llu wait in CLOSE_WAIT for their own program and %llu are in TIME_WAIT: no "
		    "keepalive ends those", (unsigned long long)a->facts->live[ST_ESTABLISHED], (unsigned long long)a->facts->live[ST_CLOSE_WAIT],
		    (unsigned long long)a->facts->live[ST_TIME_WAIT]);
	return ADVICE_NO_EFFECT;
}

static enum advice port_range(const struct asked *a)
{
	long long now = facts_range(a->facts, 0), start = (long long)facts_setting(a->facts, 0, TWT_SC_UNPRIVILEGED_PORT_START, 1024);

	say_ports(a->facts, a->why);
	if (a->value < start) {
		strbuf_addf(a->why, "; the kernel refuses a range that begins below ip_unprivileged_port_start (%lld)", start);
		return ADVICE_BAD_VALUE;
	}
	if (a->high - a->value + 1 < now) {
		strbuf_addf(a->why, "; it has %lld ports less than now", now - (a->high - a->value + 1));
		return ADVICE_HARMFUL;
	}
	if (ports_are_short(a->facts))
		return a->high - a->value + 1 > now ? ADVICE_HELPS : ADVICE_FINE;
	if (a->value < 10000)
		strbuf_adds(a->why, "; servers that listen above its lower end need ip_local_reserved_ports, or they may find their port taken");
	return ADVICE_FINE;
}

static enum advice rfc1337(const struct asked *a)
{
	strbuf_addf(a->why, "here %llu TIME_WAITs were ended by a reset in this run", (unsigned long long)a->facts->sum.tw_ended[TW_END_RESET]);
	return a->value == 1 && a->facts->sum.tw_ended[TW_END_RESET] ? ADVICE_HELPS : ADVICE_FINE;
}

static enum advice orphan_retries(const struct asked *a)
{
	__u64 n = a->facts->live[ST_FIN_WAIT1] + a->facts->live[ST_LAST_ACK] + a->facts->live[ST_CLOSING];

	strbuf_addf(a->why, "here %llu sockets wait for the ACK of their FIN", (unsigned long long)n);
	return a->value && n >= 5 ? ADVICE_HELPS : ADVICE_FINE;
}

static enum advice max_orphans(const struct asked *a)
{
	if (a->value >= 4096)
		return ADVICE_FINE;
	strbuf_adds(a->why, "over it, connections that programs have closed are reset and their last data is lost");
	return ADVICE_HARMFUL;
}

static enum advice low_is_harmful(const struct asked *a)
{
	if (a->value >= 3)
		return ADVICE_FINE;
	strbuf_adds(a->why, "so few tries give up at a short outage, or a single loss repeated");
	return ADVICE_HARMFUL;
}

static enum advice no_socket(const struct asked *a)
{
	strbuf_addf(a->why, "here %llu TIME_WAITs stand: it changes none of them", (unsigned long long)a->facts->live[ST_TIME_WAIT]);
	return ADVICE_NO_EFFECT;
}

/* Entries of the firewall's table here and room for them; false: it is not there, or tracks nothing. */
static bool conntrack(const struct facts *f, struct strbuf *why, __u64 *ret_n, __u64 *ret_max)
{
	*ret_n = facts_setting(f, 0, TWT_SC_CONNTRACK_COUNT, 0);
	*ret_max = facts_setting(f, 0, TWT_SC_CONNTRACK_MAX, 0);
	if (!*ret_n || !*ret_max)
		return false;
	strbuf_addf(why, "here %llu of %llu entries are taken", (unsigned long long)*ret_n, (unsigned long long)*ret_max);
	return true;
}

static enum advice conntrack_max(const struct asked *a)
{
	__u64 n, max;

	if (!conntrack(a->facts, a->why, &n, &max))
		return no_socket(a);
	if ((__u64)a->value < n) {
		strbuf_adds(a->why, "; below that, what is new is dropped");
		return ADVICE_HARMFUL;
	}
	return (__u64)a->value > max && n * 5 >= max * 4 ? ADVICE_HELPS : (__u64)a->value == max ? ADVICE_FINE : ADVICE_NO_EFFECT;
}

static enum advice conntrack_time_wait(const struct asked *a)
{
	__u64 n, max, now = facts_setting(a->facts, 0, TWT_SC_CONNTRACK_TIME_WAIT, 0);

	if (!conntrack(a->facts, a->why, &n, &max))
		return no_socket(a);
	strbuf_addf(a->why, ", a closed connection's for %llu s; none of the %llu TIME_WAITs goes sooner for it", (unsigned long long)now,
		    (unsigned long long)a->facts->live[ST_TIME_WAIT]);
	if (a->value < 30) {
		strbuf_adds(a->why, "; so short a time takes late segments for strangers");
		return ADVICE_HARMFUL;
	}
	return (__u64)a->value < now && n * 2 >= max ? ADVICE_HELPS : ADVICE_NO_EFFECT;
}

static enum advice dead(const struct asked *a)
{
	(void)a;
	return ADVICE_NO_EFFECT;
}

#define OLD(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NS "network namespace"
#define U8 255
#define INT INT_MAX
#define CT "net.netfilter.nf_conntrack_"
#define IPCT "net.ipv4.netfilter.ip_conntrack_"

const struct setting settings[] = {
	{ "net.ipv4.tcp_tw_reuse", NULL, 0, 0, 0, 2, NS, "2", "TIME_WAITs go sooner, on servers too",
	  "connect() may take over an own TIME_WAIT after a second, if both ends send timestamps; 2, since 4.19: on loopback only. A server that accepts "
	  "has no use for it", tw_reuse },
	{ "net.ipv4.tcp_tw_reuse_delay", NULL, V(6, 14), 0, 1, 60000, NS, "1000", NULL, "how old, in ms, a TIME_WAIT must be to be taken over", NULL },
	{ "net.ipv4.tcp_tw_recycle", NULL, 0, V(4, 12), 0, 1, NS, "-", "TIME_WAITs go at once",
	  "it refused clients behind NAT, and was taken out", NULL },
	{ "net.ipv4.tcp_tw_timeout", OLD("net.ipv4.tcp_time_wait_interval", "tcp_time_wait_interval", "net.inet.tcp.msl"), 0, 1, 0, INT, NS, "-",
	  "TIME_WAIT gets shorter", "of other systems or kernels; Linux's TIME_WAIT is a constant of 60 s", NULL },
	{ "net.ipv4.tcp_fin_timeout", NULL, 0, 0, 0, INT, NS, "60", "TIME_WAIT gets shorter",
	  "how long FIN_WAIT2 lasts of sockets that no program holds; TIME_WAIT is a constant of 60 s", fin_timeout },
	{ "net.ipv4.tcp_max_tw_buckets", NULL, 0, 0, -1, INT, NS, "by memory, 131072 or so", "fewer TIME_WAITs are better",
	  "over it connections close without TIME_WAIT; nothing is said in dmesg, TCPTimeWaitOverflow counts them", tw_buckets },
	{ "net.ipv4.tcp_syncookies", NULL, 0, 0, 0, 2, NS, "1", NULL, "1: cookies when a backlog is full; 2: always; 0: never", syncookies },
	{ "net.ipv4.tcp_max_syn_backlog", NULL, 0, 0, 0, INT, NS, "by memory, 2048 or so", "the queue of half-open connections",
	  "with tcp_syncookies=0 alone; else the backlog of listen() decides", syn_backlog },
	{ "net.core.somaxconn", NULL, 0, 0, 0, INT, NS, "4096", "the length of accept queues",
	  "the most that listen() can ask for; servers that run keep what they have until they call listen() again", somaxconn },
	{ "net.ipv4.tcp_abort_on_overflow", NULL, 0, 0, 0, 1, NS, "0", NULL,
	  "1: a reset instead of silence for the last ACK of a handshake where the accept queue is full; SYNs are dropped as before", abort_on_overflow },
	{ "net.ipv4.tcp_keepalive_time", NULL, 0, 0, 1, 32767, NS, "7200", "idle connections, CLOSE_WAITs and TIME_WAITs go sooner",
	  "only sockets with SO_KEEPALIVE and no time of their own, and only ESTABLISHED or half-closed ones whose peer is gone", keepalive },
	{ "net.ipv4.tcp_keepalive_intvl", NULL, 0, 0, 1, 32767, NS, "75", "as tcp_keepalive_time", "only sockets with SO_KEEPALIVE", keepalive },
	{ "net.ipv4.tcp_keepalive_probes", NULL, 0, 0, 1, U8, NS, "9", "as tcp_keepalive_time", "only sockets with SO_KEEPALIVE", keepalive },
	{ "net.ipv4.ip_local_port_range", NULL, 0, 0, 1, 0, NS, "32768 60999", "more ports for servers",
	  "which ports connect() chooses from, for each pair of source and destination anew", port_range },
	{ "net.ipv4.ip_local_reserved_ports", NULL, 0, 0, LLONG_MIN, LLONG_MAX, NS, "(empty)", NULL,
	  "ports that connect() does not choose; a server's port above ip_local_port_range's lower end belongs here", NULL },
	{ "net.ipv4.ip_autobind_reuse", NULL, V(5, 7), 0, 0, 1, NS, "0", NULL,
	  "bind() to port 0 may share ports among sockets with SO_REUSEADDR; IP_BIND_ADDRESS_NO_PORT is the better answer", NULL },
	{ "net.ipv4.tcp_timestamps", NULL, 0, 0, 0, 2, NS, "1", "costs speed", "round trips are measured, old segments told from new, TIME_WAITs taken over",
	  timestamps },
	{ "net.ipv4.tcp_rfc1337", NULL, 0, 0, 0, 1, NS, "0", "makes TIME_WAIT shorter",
	  "1: a reset does not end a TIME_WAIT", rfc1337 },
	{ "net.ipv4.tcp_max_orphans", NULL, 0, 0, 0, INT, "host", "by memory, 131072 or so", "limits TIME_WAITs",
	  "sockets that no program holds and that still wait for the peer; a TIME_WAIT is none of them", max_orphans },
	{ "net.ipv4.tcp_orphan_retries", NULL, 0, 0, 0, U8, NS, "0 (which means 8)", "TIME_WAITs go sooner",
	  "how often a FIN is sent again in FIN_WAIT1, LAST_ACK and CLOSING of sockets that no program holds", orphan_retries },
	{ "net.ipv4.tcp_retries1", NULL, 0, 0, 0, U8, NS, "3", NULL, "after so many retransmissions another route is looked for", NULL },
	{ "net.ipv4.tcp_retries2", NULL, 0, 0, 0, U8, NS, "15", NULL, "after so many retransmissions (about 15 minutes) a connection is given up",
	  low_is_harmful },
	{ "net.ipv4.tcp_syn_retries", NULL, 0, 0, 1, 127, NS, "6", NULL, "how often a SYN is sent again: 6 take about two minutes, and hold the port as long",
	  low_is_harmful },
	{ "net.ipv4.tcp_synack_retries", NULL, 0, 0, 0, U8, NS, "5", NULL, "how often a SYN-ACK is sent again: a half-open connection lasts about a minute",
	  NULL },
	{ CT "tcp_timeout_time_wait", OLD(IPCT "tcp_timeout_time_wait"), 0, 0, 0, INT, NS, "120", "TIME_WAITs go sooner",
	  "how long the firewall remembers a closed connection; sockets do not ask it", conntrack_time_wait },
	{ CT "tcp_timeout_fin_wait", OLD(IPCT "tcp_timeout_fin_wait"), 0, 0, 0, INT, NS, "120", "FIN_WAITs go sooner",
	  "entries of the firewall, not sockets", no_socket },
	{ CT "tcp_timeout_close_wait", OLD(IPCT "tcp_timeout_close_wait"), 0, 0, 0, INT, NS, "60", "CLOSE_WAITs go sooner",
	  "entries of the firewall, not sockets", no_socket },
	{ CT "tcp_timeout_established", OLD(IPCT "tcp_timeout_established"), 0, 0, 0, INT, NS, "432000", "connections go sooner",
	  "entries of the firewall, not sockets; shorter than the longest idle time it cuts connections off silently", no_socket },
	{ CT "max", OLD("net.ipv4.ip_conntrack_max", "net.ipv4.netfilter.ip_conntrack_max", "net.nf_conntrack_max", "net.ipv4.nf_conntrack_max"), 0, 0,
	  0, INT, "host", "by memory, 262144 or so", "the limit of connections", "entries of the firewall: when they are all taken it drops what is new", conntrack_max },
	{ "net.ipv4.tcp_low_latency", NULL, 0, 0, 0, INT, NS, "0", "less latency", "kept as a file that nothing reads, since 4.14", dead },
	{ "net.ipv4.tcp_mem", NULL, 0, 0, LLONG_MIN, LLONG_MAX, "host", "by memory", NULL, "memory of all TCP buffers, in pages: nothing to do with TIME_WAIT", NULL },
	{ "net.ipv4.tcp_rmem", NULL, 0, 0, LLONG_MIN, LLONG_MAX, NS, "4096 131072 6291456", NULL, "receive buffers: nothing to do with TIME_WAIT", NULL },
	{ "net.ipv4.tcp_wmem", NULL, 0, 0, LLONG_MIN, LLONG_MAX, NS, "4096 16384 4194304", NULL, "send buffers: nothing to do with TIME_WAIT", NULL },
	{ "net.ipv4.tcp_early_demux", NULL, 0, 0, 0, 1, NS, "1", NULL, "a short cut for received segments: nothing to do with TIME_WAIT", NULL },
	{ 0 }
};
