/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synflood ADDRESS BACKLOG COUNT SOURCES [LISTENERS]
 *
 * Listens on ADDRESS (IPv4, not loopback's: nothing else may answer from there) with this backlog and says so: {"event":"ready"}. After a line on standard input it sends COUNT SYNs there, from SOURCES
 * addresses of 10.64.0.0/10 one after the other, in turn to LISTENERS (1) ports, through a raw socket: {"event":"done","sent":COUNT}. Ends after another line. The answers must not
 * come back: route that network to a device that nobody reads. Only for a network namespace of a test.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <netinet/ip.h>
#include <poll.h>
#include "work.h"

#define BATCH 64
#define FIRST_SOURCE 0x0a400000U	/* 10.64.0.0 */
#define LISTENERS_MAX 500
#define SOURCES_MAX (1U << 22)

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
};

/* RFC 1071, over what TCP checks: the pseudo header and the segment. */
static uint16_t checksum(const struct syn *s)
{
	struct { in_addr_t saddr, daddr; uint8_t zero, protocol; in_port_t len; struct tcphdr tcp; } all = {
		s->ip.saddr, s->ip.daddr, 0, IPPROTO_TCP, htons(sizeof(s->tcp)), s->tcp,
	};
	uint16_t words[sizeof(all) / 2];
	uint32_t sum = 0;

	memcpy(words, &all, sizeof(all));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

static void make_syn(struct syn *s, struct in_addr to, unsigned int port, unsigned long i, unsigned long sources)
{
	memset(s, 0, sizeof(*s));
	s->ip.version = 4;
	s->ip.ihl = sizeof(s->ip) / 4;
	s->ip.ttl = 64;
	s->ip.protocol = IPPROTO_TCP;
	s->ip.saddr = htonl(FIRST_SOURCE + (uint32_t)(i % sources));
	s->ip.daddr = to.s_addr;		/* length, id and checksum of the header: the kernel's */
	s->tcp.source = htons((in_port_t)(1024 + i / sources % 60000));
	s->tcp.dest = htons((in_port_t)port);
	s->tcp.seq = htonl((uint32_t)i * 2654435761U);
	s->tcp.doff = sizeof(s->tcp) / 4;
	s->tcp.syn = 1;
	s->tcp.window = htons(64240);
	s->tcp.check = checksum(s);
}

static void send_all(int fd, struct mmsghdr *msgs, unsigned int n)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (unsigned int sent = 0; sent < n;) {
		int got = sendmmsg(fd, msgs + sent, n - sent, 0);

		if (got > 0)
			sent += (unsigned int)got;
		else if (errno != EAGAIN && errno != ENOBUFS)
			die("sendmmsg: %s", strerror(errno));
		else if (poll(&p, 1, WORK_TIMEOUT_MS) <= 0)
			die("nothing could be sent within %d ms", WORK_TIMEOUT_MS);
	}
}

static void wait_line(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	static struct syn syns[BATCH];
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	unsigned long count, sources, i = 0;
	unsigned int port[LISTENERS_MAX], n;
	unsigned long listeners = argc == 6 ? parse_count(argv[5]) : 1;
	int fd;

	if (argc < 5 || argc > 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		die("usage: synflood ADDRESS BACKLOG COUNT SOURCES [LISTENERS]");
	count = parse_count(argv[3]);
	sources = parse_count(argv[4]);
	if (!sources || sources > SOURCES_MAX)
		die("give 1 to %u sources", SOURCES_MAX);
	if (!listeners || listeners > LISTENERS_MAX)
		die("give 1 to %d listeners", LISTENERS_MAX);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		die("raw socket: %s", strerror(errno));
	for (i = 0; i < listeners; i++)
		(void)bound_socket(FAM_4, argv[1], 0, (int)parse_count(argv[2]), &port[i]);
	i = 0;
	puts("{\"event\":\"ready\"}");
	fflush(stdout);
	wait_line();
	memset(msgs, 0, sizeof(msgs));
	while (i < count) {
		for (n = 0; n < BATCH && i < count; n++, i++) {
			make_syn(&syns[n], to.sin_addr, port[i % listeners], i, sources);
			iov[n] = (struct iovec){ &syns[n], sizeof(syns[n]) };
			msgs[n].msg_hdr = (struct msghdr){
				.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov[n], .msg_iovlen = 1,
			};
		}
		send_all(fd, msgs, n);
	}
	printf("{\"event\":\"done\",\"sent\":%lu}\n", i);
	fflush(stdout);
	wait_line();
	return 0;
}
