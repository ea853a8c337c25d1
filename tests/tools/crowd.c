/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd CONNECTIONS [SECONDS [PER_SECOND [LOST [GAPS [HEALED]]]]]: a recording, uncompressed, on standard output: so many connections that
 * exist at the start, and then SECONDS of time in which PER_SECOND of them close and are followed by new ones; every other
 * one closes first and leaves a TIME_WAIT for a minute. LOST events are said to be lost. Of GAPS connections the last event does not fit what
 * came before; HEALED, if not 0: all sockets are looked at then. For the screen with large tables
 * and long runs; nothing about it is random.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/record.h"
#include "core/event/tcp.h"

#define SECOND 1000000000ULL
#define START_NS (1000 * SECOND)
#define PROCESSES 200
#define TW_NS (60 * SECOND)
#define TW_LASTS (61 * SECOND)

static unsigned long long cookies;		/* given out */
static unsigned long long *cookie_of;		/* by connection: of its present generation */

/* TIME_WAITs in the order in which they end. */
struct waiting { __u64 since_ns; unsigned long long n, cookie; };
static struct waiting *waiting;
static size_t first_waiting, end_waiting, room_waiting;

static void put(const struct twt_event *ev)
{
	if (fwrite(ev, ev->size, 1, stdout) != 1) {
		perror("crowd");
		exit(1);
	}
}

static struct twt_event event(__u8 kind, __u64 ts_ns)
{
	return (struct twt_event){ .version = TWT_VERSION, .size = TWT_EVENT_SHORT, .kind = kind, .ts_ns = ts_ns };
}

/* Connection @n: its address and port say which one it is. */
static struct twt_event conn_event(__u8 kind, __u64 ts_ns, unsigned long long n, unsigned long long cookie)
{
	struct twt_event ev = event(kind, ts_ns);

	ev.netns = 4026531840U;
	ev.family = 2;
	ev.cookie = cookie;
	ev.laddr[10] = ev.laddr[11] = ev.raddr[10] = ev.raddr[11] = 0xff;
	ev.laddr[12] = ev.raddr[12] = 10;
	ev.laddr[15] = 1;
	ev.raddr[13] = (__u8)(1 + n / 250 / 250 % 250);
	ev.raddr[14] = (__u8)(n / 250 % 250);
	ev.raddr[15] = (__u8)(1 + n % 250);
	ev.lport = 443;
	ev.rport = (__u16)(32768 + cookie % 28000);	/* the next one of a client has another */
	return ev;
}

static void set_task(struct twt_event *ev, unsigned long long n)
{
	ev->size = sizeof(*ev);
	ev->flags |= TWT_F_TASK | TWT_F_INTENT;
	ev->tgid = ev->tid = (__u32)(1000 + n % PROCESSES);
	ev->aux = 5000;
	(void)snprintf((char *)ev->comm, sizeof(ev->comm), "worker-%llu", n % PROCESSES);
}

static void seed(unsigned long long n_conns)
{
	static const __u8 states[] = { ST_ESTABLISHED, ST_ESTABLISHED, ST_ESTABLISHED, ST_CLOSE_WAIT, ST_TIME_WAIT };
	struct twt_event ev = event(TWT_SNAP_BEGIN, START_NS);
	unsigned long long i;

	put(&ev);
	for (i = 0; i < n_conns; i++) {
		cookie_of[i] = ++cookies;
		ev = conn_event(TWT_SNAP, START_NS, i, cookies);
		ev.new_state = states[i % sizeof(states)];
		if (ev.new_state == ST_TIME_WAIT) {
			ev.flags |= TWT_F_MINISOCK;
			ev.substate = ST_TIME_WAIT;
			put(&ev);
			continue;
		}
		put(&ev);
		ev.kind = TWT_SNAP_OWNER;
		set_task(&ev, i);
		put(&ev);
	}
	ev = event(TWT_SNAP_END, START_NS);
	put(&ev);
}

static void change(__u64 ts_ns, unsigned long long n, __u8 from, __u8 to)
{
	struct twt_event ev = conn_event(TWT_STATE, ts_ns, n, cookie_of[n]);

	ev.old_state = from;
	ev.new_state = to;
	if (to == ST_LAST_ACK || to == ST_FIN_WAIT1)
		set_task(&ev, n);
	put(&ev);
}

static void timer(__u8 kind, __u64 ts_ns, const struct waiting *w)
{
	struct twt_event ev = conn_event(kind, ts_ns, w->n, w->cookie);

	ev.flags = TWT_F_MINISOCK;
	ev.new_state = ev.substate = ST_TIME_WAIT;
	ev.arg0 = w->since_ns + TW_NS - ts_ns;
	put(&ev);
}

static void wait_from(__u64 ts_ns, unsigned long long n)
{
	if (end_waiting == room_waiting && first_waiting > room_waiting / 2) {
		memmove(waiting, waiting + first_waiting, (end_waiting - first_waiting) * sizeof(*waiting));
		end_waiting -= first_waiting;
		first_waiting = 0;
	}
	if (end_waiting == room_waiting) {
		room_waiting = room_waiting ? room_waiting * 2 : 1024;
		waiting = realloc(waiting, room_waiting * sizeof(*waiting));
		if (!waiting)
			exit(1);
	}
	waiting[end_waiting] = (struct waiting){ ts_ns, n, cookie_of[n] };
	timer(TWT_TW_START, ts_ns, &waiting[end_waiting++]);
}

static void end_waits(__u64 now_ns)
{
	for (; first_waiting < end_waiting && waiting[first_waiting].since_ns + TW_LASTS <= now_ns; first_waiting++) {
		timer(TWT_TW_CANCEL, waiting[first_waiting].since_ns + TW_LASTS, &waiting[first_waiting]);
		timer(TWT_TW_EXPIRE, waiting[first_waiting].since_ns + TW_LASTS + 1000, &waiting[first_waiting]);
	}
}

/* It closes, first or after its peer, and the next one of that client comes. */
static void replace(__u64 ts_ns, unsigned long long n, bool first)
{
	struct twt_event gone;

	if (first) {
		change(ts_ns, n, ST_ESTABLISHED, ST_FIN_WAIT1);
		change(ts_ns + 1000, n, ST_FIN_WAIT1, ST_FIN_WAIT2);
		wait_from(ts_ns + 1500, n);
		change(ts_ns + 2000, n, ST_FIN_WAIT2, ST_CLOSE);
	} else {
		change(ts_ns, n, ST_ESTABLISHED, ST_CLOSE_WAIT);
		change(ts_ns + 1000, n, ST_CLOSE_WAIT, ST_LAST_ACK);
		change(ts_ns + 2000, n, ST_LAST_ACK, ST_CLOSE);
	}
	gone = conn_event(TWT_DESTROY, ts_ns + 2500, n, cookie_of[n]);
	put(&gone);
	cookie_of[n] = ++cookies;
	change(ts_ns + 3000, n, ST_LISTEN, ST_SYN_RECV);
	change(ts_ns + 4000, n, ST_SYN_RECV, ST_ESTABLISHED);
}

static void heal(__u64 ts_ns)
{
	struct twt_event ev = event(TWT_SNAP_BEGIN, ts_ns);

	ev.aux = TWT_SNAP_HEAL;
	put(&ev);
	ev.kind = TWT_SNAP_END;
	put(&ev);
}

static unsigned long long argument(int argc, char **argv, int i, unsigned long long otherwise)
{
	return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	unsigned long long conns = argument(argc, argv, 1, 0), ticks = argument(argc, argv, 2, 1) * 20;
	unsigned long long rate = argument(argc, argv, 3, 0), n = 0, i, done = 0, gaps;
	struct record_header h = { .magic = RECORD_MAGIC, .format = RECORD_FORMAT, .start_ns = START_NS };
	static char buffer[1 << 20];
	static const char text[] = "host=crowd\n";
	struct twt_event ev;

	cookie_of = conns ? calloc(conns, sizeof(*cookie_of)) : NULL;
	if (!cookie_of) {
		fprintf(stderr, "usage: crowd CONNECTIONS [SECONDS [PER_SECOND [LOST [GAPS [HEALED]]]]]\n");
		return 64;
	}
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	h.text_size = sizeof(text) - 1;
	h.header_size = (__u32)(sizeof(h) + h.text_size);
	if (fwrite(&h, sizeof(h), 1, stdout) != 1 || fwrite(text, h.text_size, 1, stdout) != 1)
		return 1;
	seed(conns);
	ev = event(TWT_COUNTER, START_NS);
	ev.aux = TWT_L_RING;
	ev.arg0 = argument(argc, argv, 4, 0);
	put(&ev);
	for (i = 0; i <= ticks; i++) {		/* one each 50 ms */
		__u64 ts = START_NS + i * SECOND / 20;

		end_waits(ts);
		for (; done < rate * i / 20; n = (n + 1) % conns) {
			if (n % 5 > 2)		/* those wait for ever */
				continue;
			replace(ts - SECOND / 20 + 10000, n, done % 2);
			done++;
		}
		ev = event(TWT_TICK, ts);
		put(&ev);
	}
	gaps = argument(argc, argv, 5, 0);
	for (i = 0; i < gaps && i * 5 < conns; i++)
		change(ev.ts_ns + 1000, i * 5, ST_LAST_ACK, ST_CLOSE);
	if (argument(argc, argv, 6, 0))
		heal(ev.ts_ns + 2000);
	if (gaps) {
		ev = event(TWT_TICK, ev.ts_ns + SECOND);
		put(&ev);
	}
	return fflush(stdout) ? 1 : 0;
}
