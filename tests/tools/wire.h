/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wire whose every packet the driver sees: two TUN devices, one for each end, and this process between them. It can
 * pass, hold, drop or forge packets, so that states which last microseconds on loopback last as long as a test likes.
 *
 *   client 10.1.0.1 --twa0-- 10.2.0.2   |this process|   10.1.0.2 --twb0-- 10.2.0.1 server      (fd00:1::1 ... alike)
 *
 * Passing a packet flips the two lowest bits of both addresses: 1 <-> 2. One address grows by what the other loses, so
 * that every checksum stays right. The devices live as long as the process does; one process at a time in a namespace.
 */
#ifndef WIRE_H
#define WIRE_H
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include "work.h"

enum { END_C = 0, END_S = 1 };
enum { WIRE_PASS = 0, WIRE_DROP_C = 1, WIRE_DROP_S = 2, WIRE_HOLD = 4 };	/* DROP_x: what end x sends */

#define WIRE_HELD 64
#define WIRE_MTU 2048

struct packet { int from; size_t len; uint8_t data[WIRE_MTU]; };

static struct {
	int fd[2];			/* -1: no wire */
	unsigned int mapped_port;	/* where FAM_M's listener is */
	/* By family and the client's port: two families may well use the same port. */
	uint8_t mode[FAM_N][65536];
	uint16_t sent[FAM_N][2][65536];	/* packets of each end, since its mode was set */
	uint32_t sent_ack[FAM_N][2][65536];	/* newest acknowledgement each end sent: its rcv_nxt */
	uint8_t ip_header[FAM_N][2][65536][40];	/* of a packet that this end sent: a pattern for a forged one */
	struct packet held[WIRE_HELD];
	int n_held;
} wire = { .fd = { -1, -1 } };

struct wire_end { const char *dev, *local4, *peer4, *local6, *peer6; };

/* struct in6_ifreq and struct in6_rtmsg of <linux/ipv6.h> and <linux/ipv6_route.h>, which clash with <netinet/in.h> */
struct wire_addr6 { struct in6_addr addr; uint32_t prefix_len; int ifindex; };
struct wire_route6 {
	struct in6_addr dst, src, gateway;
	uint32_t type;
	uint16_t dst_len, src_len;
	uint32_t metric;
	unsigned long info;
	uint32_t flags;
	int ifindex;
};

static inline void wire_ioctl(int fd, unsigned long what, void *arg, const char *text)
{
	if (ioctl(fd, what, arg))
		die("TUN device: %s: %s", text, strerror(errno));
}

/* Set an IPv4 address of the interface in @ifr. */
static inline void wire_addr4(int fd, unsigned long what, struct ifreq *ifr, const char *text)
{
	struct sockaddr_storage a;

	make_addr(FAM_4, text, 0, &a);
	memcpy(&ifr->ifr_addr, &a, sizeof(ifr->ifr_addr));
	wire_ioctl(fd, what, ifr, text);
}

/* A device with its addresses and routes. It has its carrier before it is set up, so that it works at once. */
static inline int wire_attach(const struct wire_end *end)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct wire_addr6 a6 = { .prefix_len = 128 };
	struct wire_route6 r6 = { .dst_len = 128, .metric = 1, .flags = 1 | 4 /* RTF_UP, RTF_HOST */ };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int s4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), s6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", end->dev);
	if (fd < 0)
		die("/dev/net/tun: %s", strerror(errno));
	wire_ioctl(fd, TUNSETIFF, &ifr, "create");
	wire_addr4(s4, SIOCSIFADDR, &ifr, end->local4);
	wire_addr4(s4, SIOCSIFDSTADDR, &ifr, end->peer4);
	ifr.ifr_flags = IFF_UP | IFF_POINTOPOINT | IFF_NOARP;
	wire_ioctl(s4, SIOCSIFFLAGS, &ifr, "set up");
	wire_ioctl(s4, SIOCGIFINDEX, &ifr, "index");
	a6.ifindex = r6.ifindex = ifr.ifr_ifindex;
	inet_pton(AF_INET6, end->local6, &a6.addr);
	inet_pton(AF_INET6, end->peer6, &r6.dst);
	wire_ioctl(s6, SIOCSIFADDR, &a6, end->local6);
	wire_ioctl(s6, SIOCADDRT, &r6, end->peer6);
	close(s4);
	close(s6);
	return fd;
}

static inline bool wire_can_bind(const char *local6)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(FAM_6, local6, 0, &a);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = bind(fd, (struct sockaddr *)&a, len) == 0;

	close(fd);
	return ok;
}

static inline void wire_open(void)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_IFADDR };
	struct pollfd p = { .events = POLLIN };
	char buf[8192];
	static const struct wire_end ends[2] = {
		{ "twa0", "10.1.0.1", "10.2.0.2", "fd00:1::1", "fd00:2::2" },
		{ "twb0", "10.2.0.1", "10.1.0.2", "fd00:2::1", "fd00:1::2" },
	};

	if (wire.fd[END_C] >= 0)
		return;
	p.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (p.fd < 0 || bind(p.fd, (struct sockaddr *)&nl, sizeof(nl)))
		die("netlink: %s", strerror(errno));
	wire.fd[END_C] = wire_attach(&ends[END_C]);
	wire.fd[END_S] = wire_attach(&ends[END_S]);
	/* An IPv6 address is tentative until a kernel thread looked at it; the kernel says when. */
	while (!wire_can_bind(ends[END_C].local6) || !wire_can_bind(ends[END_S].local6))
		if (poll(&p, 1, WORK_TIMEOUT_MS) != 1 || read(p.fd, buf, sizeof(buf)) < 0)
			die("the IPv6 addresses of the TUN devices never became usable");
	close(p.fd);
}

/* Offset of the TCP header, or 0 if this is something else (neighbour and multicast chatter of the devices). */
static inline size_t wire_tcp(const uint8_t *p, size_t len)
{
	size_t at = 0;

	if (len >= 40 && p[0] >> 4 == 4 && p[9] == IPPROTO_TCP)
		at = (size_t)(p[0] & 15) * 4;
	else if (len >= 60 && p[0] >> 4 == 6 && p[6] == IPPROTO_TCP)
		at = 40;
	return at && at + 20 <= len ? at : 0;
}

static inline uint32_t wire_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void wire_deliver(struct packet *pkt)
{
	bool v6 = pkt->data[0] >> 4 == 6;
	size_t src = v6 ? 23 : 15, dst = v6 ? 39 : 19;

	pkt->data[src] ^= 3;
	pkt->data[dst] ^= 3;
	if (write(wire.fd[!pkt->from], pkt->data, pkt->len) != (ssize_t)pkt->len)
		die("write to TUN: %s", strerror(errno));
}

static inline void wire_packet(struct packet *pkt)
{
	size_t at = wire_tcp(pkt->data, pkt->len);
	const uint8_t *tcp = pkt->data + at;
	unsigned int port, s_port;
	enum fam fam;
	uint8_t mode;

	if (!at)
		return;
	port = (unsigned int)tcp[0] << 8 | tcp[1];
	s_port = (unsigned int)tcp[2] << 8 | tcp[3];
	if (pkt->from == END_S) {
		unsigned int c_port = s_port;

		s_port = port;
		port = c_port;
	}
	fam = pkt->data[0] >> 4 == 6 ? FAM_6 : s_port == wire.mapped_port ? FAM_M : FAM_4;
	mode = wire.mode[fam][port];
	wire.sent[fam][pkt->from][port]++;
	if (tcp[13] & 0x10)
		wire.sent_ack[fam][pkt->from][port] = wire_be32(tcp + 8);
	memcpy(wire.ip_header[fam][pkt->from][port], pkt->data, at < 40 ? at : 40);
	if (mode & WIRE_HOLD && wire.n_held < WIRE_HELD)
		wire.held[wire.n_held++] = *pkt;
	else if (!(mode & (pkt->from == END_C ? WIRE_DROP_C : WIRE_DROP_S)))
		wire_deliver(pkt);
}

/* Move what is there. A delivered packet is answered before write() returns, so "both empty" means quiet. */
static inline void wire_pump(void)
{
	struct packet pkt;
	bool any = wire.fd[END_C] >= 0;

	while (any) {
		any = false;
		for (pkt.from = END_C; pkt.from <= END_S; pkt.from++) {
			ssize_t n = read(wire.fd[pkt.from], pkt.data, sizeof(pkt.data));

			if (n <= 0)
				continue;
			pkt.len = (size_t)n;
			wire_packet(&pkt);
			any = true;
		}
	}
}

/* Let everything that is held go, in order. */
static inline void wire_flush(void)
{
	wire_pump();	/* what was sent since belongs to it */
	for (int i = 0; i < wire.n_held; i++)
		wire_deliver(&wire.held[i]);
	wire.n_held = 0;
}

static inline uint16_t wire_sum(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* A reset for @end's socket, with exactly the sequence number that it expects next (plus @off). */
static inline void wire_forge_rst(enum fam fam, int end, unsigned int c_port, unsigned int s_port, uint32_t off)
{
	const uint8_t *ip = wire.ip_header[fam][end][c_port];	/* sent by @end: swap the addresses */
	uint32_t seq = wire.sent_ack[fam][end][c_port] + off;
	unsigned int sport = end == END_C ? s_port : c_port, dport = end == END_C ? c_port : s_port;
	bool v6 = ip[0] >> 4 == 6;
	size_t hdr = v6 ? 40 : 20, addr = v6 ? 16 : 4, src = v6 ? 8 : 12;
	uint8_t p[60] = { 0 }, *tcp = p + hdr;
	uint16_t sum;

	if (!ip[0])
		die("no packet of this connection was seen yet");
	p[0] = v6 ? 0x60 : 0x45;
	p[v6 ? 7 : 8] = 64;			/* hop limit, TTL */
	p[v6 ? 6 : 9] = IPPROTO_TCP;
	p[v6 ? 5 : 3] = v6 ? 20 : 40;		/* length */
	memcpy(p + src, ip + src + addr, addr);
	memcpy(p + src + addr, ip + src, addr);
	if (!v6) {
		sum = (uint16_t)~wire_sum(p, 20, 0);
		p[10] = (uint8_t)(sum >> 8);
		p[11] = (uint8_t)sum;
	}
	tcp[0] = (uint8_t)(sport >> 8);
	tcp[1] = (uint8_t)sport;
	tcp[2] = (uint8_t)(dport >> 8);
	tcp[3] = (uint8_t)dport;
	for (int i = 0; i < 4; i++)
		tcp[4 + i] = (uint8_t)(seq >> (24 - 8 * i));
	tcp[12] = 5 << 4;
	tcp[13] = 0x04;
	sum = (uint16_t)~wire_sum(tcp, 20, wire_sum(p + src, 2 * addr, 20 + IPPROTO_TCP));
	tcp[16] = (uint8_t)(sum >> 8);
	tcp[17] = (uint8_t)sum;
	if (write(wire.fd[end], p, hdr + 20) != (ssize_t)hdr + 20)
		die("write to TUN: %s", strerror(errno));
}
#endif
