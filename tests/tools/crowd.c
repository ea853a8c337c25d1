/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crowd CONNECTIONS [SECONDS [PER_SECOND]]: a recording, uncompressed, on standard output: so many connections that exist at
 * the start, and then SECONDS of time in which PER_SECOND of them close and are followed by new ones. For the screen with
 * large tables; nothing about it is random.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/record.h"
#include "core/tcp.h"

#define SECOND 1000000000ULL
#define START_NS (1000 * SECOND)
#define PROCESSES 200

static unsigned long long cookies;

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
	ev.rport = (__u16)(32768 + n % 28000);
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
		ev = conn_event(TWT_SNAP, START_NS, i, ++cookies);
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

static void change(__u64 ts_ns, unsigned long long n, unsigned long long cookie, __u8 from, __u8 to)
{
	struct twt_event ev = conn_event(TWT_STATE, ts_ns, n, cookie);

	ev.old_state = from;
	ev.new_state = to;
	if (to == ST_LAST_ACK)
		set_task(&ev, n);
	put(&ev);
}

/* One is closed by its peer, then by its process, and is gone; the next one of that client comes. */
static void replace(__u64 ts_ns, unsigned long long n)
{
	struct twt_event gone;

	change(ts_ns, n, n + 1, ST_ESTABLISHED, ST_CLOSE_WAIT);
	change(ts_ns + 1000, n, n + 1, ST_CLOSE_WAIT, ST_LAST_ACK);
	change(ts_ns + 2000, n, n + 1, ST_LAST_ACK, ST_CLOSE);
	gone = conn_event(TWT_DESTROY, ts_ns + 2500, n, n + 1);
	put(&gone);
	++cookies;
	change(ts_ns + 3000, n, cookies, ST_LISTEN, ST_SYN_RECV);
	change(ts_ns + 4000, n, cookies, ST_SYN_RECV, ST_ESTABLISHED);
}

int main(int argc, char **argv)
{
	unsigned long long conns = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, n = 0, i, done = 0, end, rate;
	struct record_header h = { .magic = RECORD_MAGIC, .format = RECORD_FORMAT, .start_ns = START_NS };
	static char buffer[1 << 20];
	static const char text[] = "host=crowd\n";
	struct twt_event ev;

	if (!conns) {
		fprintf(stderr, "usage: crowd CONNECTIONS [SECONDS [PER_SECOND]]\n");
		return 64;
	}
	end = argc > 2 ? strtoull(argv[2], NULL, 10) * 20 : 20;
	rate = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	(void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	h.text_size = sizeof(text) - 1;
	h.header_size = (__u32)(sizeof(h) + h.text_size);
	if (fwrite(&h, sizeof(h), 1, stdout) != 1 || fwrite(text, h.text_size, 1, stdout) != 1)
		return 1;
	seed(conns);
	for (i = 0; i <= end; i++) {		/* a tick each 50 ms */
		__u64 ts = START_NS + i * SECOND / 20;

		for (; done < rate * i / 20 && n < conns; n++) {
			if (n % 5 > 2)
				continue;
			replace(ts - SECOND / 20 + 10000, n);
			done++;
		}
		ev = event(TWT_TICK, ts);
		put(&ev);
	}
	return fflush(stdout) ? 1 : 0;
}
