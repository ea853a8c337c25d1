/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data in bulk from one end of a connection to the other, both in this process: as fast as it goes, to a slow reader, and to one that does not read. Afterwards
 * nothing is on its way, so that what the kernel counted stands still.
 */
#ifndef BULK_H
#define BULK_H
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include "work.h"

#define BULK_BYTES (1U << 20)
#define BULK_SLOW_BYTES (96U << 10)
#define BULK_SLOW_READ 4096		/* each BULK_SLOW_MS, into a receive buffer of as much */
#define BULK_SLOW_MS 10
#define BULK_QUIET_NS 300000000ULL
#define BULK_STUCK_US 300000

static void wait_for(int fd, short events, int ms, const char *what);	/* tcpwork.c: moves what is on the wire meanwhile */

static inline struct tcp_info bulk_info(int fd)
{
	struct tcp_info ti = { 0 };
	socklen_t len = sizeof(ti);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len))
		die("TCP_INFO: %s", strerror(errno));
	return ti;
}

/* Until the numbers of both ends have not changed for a while: the last acknowledgement and window update have arrived. */
static inline void bulk_quiet(const int fd[2])
{
	unsigned long long since = now_ns(), until = since + WORK_TIMEOUT_MS * 1000000ULL;
	__u64 before = 0;

	while (now_ns() - since < BULK_QUIET_NS) {
		struct tcp_info c = bulk_info(fd[0]), s = bulk_info(fd[1]);
		__u64 sum = (__u64)c.tcpi_segs_in + c.tcpi_segs_out + s.tcpi_segs_in + s.tcpi_segs_out;

		if (sum != before)
			since = now_ns();
		before = sum;
		if (now_ns() > until)
			die("segments that never end");
		wait_for(-1, 0, 20, NULL);
	}
}

/* @bytes from end @from to the other one, which reads @step at a time, @every_ms apart (0: at once). */
static inline void bulk_pour(const int fd[2], int from, size_t bytes, size_t step, int every_ms)
{
	unsigned long long until = now_ns() + WORK_TIMEOUT_MS * 1000000ULL;
	static char buf[65536];
	size_t left = bytes, unread = bytes;
	int queued = 1;

	while (left || unread || queued) {
		ssize_t sent = left ? send(fd[from], buf, left < sizeof(buf) ? left : sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
		ssize_t got = unread ? recv(fd[!from], buf, step, MSG_DONTWAIT) : 0;

		if ((sent < 0 && errno != EAGAIN) || (got <= 0 && unread && errno != EAGAIN))
			die("pour: %s", strerror(errno));
		left -= sent > 0 ? (size_t)sent : 0;
		unread -= got > 0 ? (size_t)got : 0;
		if (ioctl(fd[from], SIOCOUTQ, &queued))
			die("SIOCOUTQ: %s", strerror(errno));
		if (now_ns() > until)
			die("pour: %zu bytes were not sent, %zu not read within %d ms", left, unread, WORK_TIMEOUT_MS);
		if (every_ms)
			wait_for(-1, 0, every_ms, NULL);
		else if (sent <= 0 && got <= 0)
			wait_for(fd[!from], POLLIN, 5, NULL);
	}
	bulk_quiet(fd);
}

static inline void bulk_drip(const int fd[2], int from)
{
	int room = BULK_SLOW_READ;

	setsockopt(fd[!from], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	bulk_pour(fd, from, BULK_SLOW_BYTES, BULK_SLOW_READ, BULK_SLOW_MS);
}

/* Nobody reads at the other end: until the kernel says that its window holds @from up for a while. */
static inline void bulk_stuff(const int fd[2], int from)
{
	unsigned long long until = now_ns() + WORK_TIMEOUT_MS * 1000000ULL;
	static char buf[65536];

	while (bulk_info(fd[from]).tcpi_rwnd_limited < BULK_STUCK_US) {
		while (send(fd[from], buf, sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			;
		if (now_ns() > until)
			die("stuff: the window does not close");
		wait_for(-1, 0, 20, NULL);
	}
}
#endif
