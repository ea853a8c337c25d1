/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory N [-6]: what N tracked connections cost. First N that are established, in one tracker; then N
 * TIME_WAITs in another, made one after the other as traffic makes them, and after that the cost of an event
 * while each new connection comes as the oldest TIME_WAIT expires. One line of JSON.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "core/event/tcp.h"
#include "core/track/tracker.h"

#define SEC 1000000000ULL
#define NETNS 4026531840U
#define CHURN_MAX 300000

struct run {
	struct tracker *t;
	__u64 now_ns, step_ns, events;
	bool v6;
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "memory: %s\n", what);
	exit(1);
}

static __u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (__u64)ts.tv_sec * SEC + (__u64)ts.tv_nsec;
}

static size_t rss(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t size, resident;

	if (!f || fscanf(f, "%zu %zu", &size, &resident) != 2)
		die("cannot read /proc/self/statm");
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void put_addr(__u8 a[16], bool v6, __u8 host, __u64 n)
{
	static const __u8 net[8] = { 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x17, 0x42, 0x01 };

	memset(a, 0, 16);
	if (v6) {	/* as hosts choose them: 64 bits of network, 64 of themselves */
		memcpy(a, net, 8);
		n = (n + host) * 0x9e3779b97f4a7c15ULL;
		memcpy(a + 8, &n, 8);
	} else {
		a[10] = a[11] = 0xff;
		a[12] = 10;
		a[13] = host;
		a[14] = (__u8)(n >> 8);
		a[15] = (__u8)n;
	}
}

/* An event of client number @n. */
static struct twt_event of(struct run *r, __u8 kind, __u64 n)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = kind, .ts_ns = r->now_ns += r->step_ns,
		.cookie = n + 4096, .netns = NETNS, .family = r->v6 ? 10 : 2,
		.lport = (__u16)(32768 + n % 28000), .rport = 443,
	};

	put_addr(ev.laddr, r->v6, 1, 7);
	put_addr(ev.raddr, r->v6, 2, n / 28000);
	return ev;
}

static void send(struct run *r, const struct twt_event *ev)
{
	tracker_event(r->t, ev);
	r->events++;
}

static void move(struct run *r, __u64 n, __u8 from, __u8 to)
{
	struct twt_event ev = of(r, TWT_STATE, n);

	ev.old_state = from;
	ev.new_state = to;
	if (from == ST_CLOSE)
		ev.lport = 0;
	if (from == ST_CLOSE || to == ST_FIN_WAIT1) {
		ev.size = sizeof(ev);
		ev.flags = TWT_F_TASK | TWT_F_INTENT | TWT_F_OWNED;
		ev.tgid = 1000 + (__u32)(n % 100);
		ev.aux = 5000;
		memcpy(ev.comm, "client", 6);
	}
	if (to == ST_CLOSE) {
		ev.arg0 = 700 + n % 100000;
		ev.arg1 = 20000 + n % 1000000;
	}
	send(r, &ev);
}

static void timer(struct run *r, __u8 kind, __u64 n, long long remaining_ns)
{
	struct twt_event ev = of(r, kind, n);

	ev.flags = TWT_F_MINISOCK;
	ev.new_state = ev.substate = ST_TIME_WAIT;
	ev.arg0 = (__u64)remaining_ns;
	send(r, &ev);
}

static void open_one(struct run *r, __u64 n)
{
	move(r, n, ST_CLOSE, ST_SYN_SENT);
	move(r, n, ST_SYN_SENT, ST_ESTABLISHED);
}

static void close_one(struct run *r, __u64 n)
{
	struct twt_event ev;

	move(r, n, ST_ESTABLISHED, ST_FIN_WAIT1);
	move(r, n, ST_FIN_WAIT1, ST_FIN_WAIT2);
	timer(r, TWT_TW_START, n, 60 * (long long)SEC);
	move(r, n, ST_FIN_WAIT2, ST_CLOSE);
	ev = of(r, TWT_DESTROY, n);
	send(r, &ev);
}

static void expire_one(struct run *r, __u64 n)
{
	timer(r, TWT_TW_CANCEL, n, 0);
	timer(r, TWT_TW_EXPIRE, n, 0);
}

static struct run start(size_t n, bool v6)
{
	struct tracker_config cfg = { .max_conns = n + n / 8 + 1024 };
	static const struct tracker_ops ops = { 0 };
	struct run r = { .now_ns = 40 * 24 * 3600 * SEC, .v6 = v6 };

	if (tracker_new(&cfg, &ops, NULL, &r.t))
		die("out of memory");
	/* Each minute's worth of TIME_WAITs is N: then the oldest expires as a new one begins. */
	r.step_ns = 60 * SEC / n / 9;
	return r;
}

static void check(const struct run *r, unsigned int state, size_t n)
{
	__u64 counts[ST_MAX], losses[LOSS_MAX];

	tracker_counts(r->t, counts);
	tracker_losses(r->t, losses);
	if (counts[state] != n || losses[LOSS_TABLE_FULL])
		die("the tracker does not know them all");
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, live, tw, churn = n < CHURN_MAX ? n : CHURN_MAX;
	bool v6 = argc > 2 && !strcmp(argv[2], "-6");
	struct run r;
	__u64 i, ns;

	if (!n)
		die("usage: memory N [-6]");
	live = rss();
	r = start(n, v6);
	for (i = 0; i < n; i++)
		open_one(&r, i);
	check(&r, ST_ESTABLISHED, n);
	live = rss() - live;
	tracker_free(r.t);
	malloc_trim(0);

	tw = rss();
	r = start(n, v6);
	for (i = 0; i < n; i++) {
		open_one(&r, i);
		close_one(&r, i);
	}
	check(&r, ST_TIME_WAIT, n);
	tw = rss() - tw;

	ns = cpu_ns();
	r.events = 0;
	for (i = 0; i < churn; i++) {
		expire_one(&r, i);
		open_one(&r, n + i);
		close_one(&r, n + i);
	}
	ns = cpu_ns() - ns;
	check(&r, ST_TIME_WAIT, n);
	printf("{\"connections\":%zu,\"family\":%d,\"live_bytes\":%.1f,\"time_wait_bytes\":%.1f,\"event_ns\":%.1f}\n",
	       n, v6 ? 6 : 4, (double)live / (double)n, (double)tw / (double)n, (double)ns / (double)r.events);
	tracker_free(r.t);
	return 0;
}
