// SPDX-License-Identifier: GPL-2.0-only
#include "host/route.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/text/addr.h"

#define ANSWER_MAX 8192

struct request { struct nlmsghdr h; union { struct rtmsg r; struct ifinfomsg i; } u; char attrs[256]; };

static void add(struct request *q, int type, const void *data, size_t len)
{
	struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->h.nlmsg_len));

	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	q->h.nlmsg_len = NLMSG_ALIGN(q->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

/* One question, one answer into @buf. Returns its message, or NULL with *ret_err. */
static const struct nlmsghdr *ask(struct request *q, char *buf, size_t size, int *ret_err)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t n = -1;

	*ret_err = -EIO;
	if (fd < 0) {
		*ret_err = -errno;
		return NULL;
	}
	if (send(fd, q, q->h.nlmsg_len, 0) >= 0)
		n = recv(fd, buf, size, 0);
	if (n < 0)
		*ret_err = -errno;
	close(fd);
	if (n < 0 || !NLMSG_OK(h, (size_t)n))
		return NULL;
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(h);

		*ret_err = e->error ? e->error : -EIO;
		return NULL;
	}
	*ret_err = 0;
	return h;
}

/* Attribute @type of what follows @head bytes of a message's own header, or NULL. */
static const struct rtattr *attr(const struct rtattr *a, size_t len, int type)
{
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

static const struct nlmsghdr *ask_route(const __u8 addr[16], __u32 dev, char *buf, size_t size, int *ret_err)
{
	bool v4 = addr_is_v4(addr);
	struct request q = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST } };

	q.u.r.rtm_family = v4 ? AF_INET : AF_INET6;
	q.u.r.rtm_dst_len = v4 ? 32 : 128;
	add(&q, RTA_DST, v4 ? addr + 12 : addr, v4 ? 4 : 16);
	if (dev)
		add(&q, RTA_OIF, &dev, sizeof(dev));
	return ask(&q, buf, size, ret_err);
}

/* ipv6_chk_addr(): an address of @dev or, unless it is only good on its own link or host, of any device; one that is being checked does not count. */
static bool is_addr_of(const struct nlmsghdr *h, const __u8 addr[16], __u32 dev)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	const struct rtattr *a = attr(IFA_RTA(m), IFA_PAYLOAD(h), IFA_ADDRESS), *f = attr(IFA_RTA(m), IFA_PAYLOAD(h), IFA_FLAGS);
	const struct rtattr *own = attr(IFA_RTA(m), IFA_PAYLOAD(h), IFA_LOCAL);
	__u32 flags = m->ifa_flags;

	if (f && RTA_PAYLOAD(f) >= sizeof(flags))
		memcpy(&flags, RTA_DATA(f), sizeof(flags));
	if (own)		/* of a link between two: IFA_ADDRESS is the other end */
		a = own;
	if (!a || RTA_PAYLOAD(a) < 16 || memcmp(RTA_DATA(a), addr, 16) != 0)
		return false;
	if (flags & IFA_F_TENTATIVE && !(flags & IFA_F_OPTIMISTIC))
		return false;
	return !dev || m->ifa_index == dev || (m->ifa_scope != RT_SCOPE_HOST && m->ifa_scope != RT_SCOPE_LINK);
}

static int has_addr6(const __u8 addr[16], __u32 dev)
{
	struct { struct nlmsghdr h; struct ifaddrmsg a; } q = {
		.h = { .nlmsg_len = sizeof(q), .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP }, .a.ifa_family = AF_INET6,
	};
	char buf[ANSWER_MAX * 4] __attribute__((aligned(8)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), found = 0;
	bool done = false;

	if (fd < 0)
		return -errno;
	if (send(fd, &q, sizeof(q), 0) < 0)
		found = -errno;
	while (!done && found >= 0) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		const struct nlmsghdr *h = (const struct nlmsghdr *)buf;

		if (n <= 0) {
			found = n < 0 ? -errno : found;
			break;
		}
		for (; NLMSG_OK(h, (size_t)n) && !done; h = NLMSG_NEXT(h, n)) {
			done = h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
			if (h->nlmsg_type == RTM_NEWADDR && is_addr_of(h, addr, dev))
				found = 1;
		}
	}
	close(fd);
	return found;
}

int route_is_local(const __u8 addr[16], __u32 dev)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *h;
	const struct rtmsg *r;
	int err;

	if (!addr_is_v4(addr))
		return has_addr6(addr, dev);
	h = ask_route(addr, 0, buf, sizeof(buf), &err);
	if (!h && dev)		/* a VRF has a table of its own */
		h = ask_route(addr, dev, buf, sizeof(buf), &err);
	if (!h)
		return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EACCES || err == -EINVAL ? 0 : err;
	r = NLMSG_DATA(h);
	return r->rtm_type == RTN_LOCAL || r->rtm_type == RTN_BROADCAST || r->rtm_type == RTN_MULTICAST;
}

int route_source(const __u8 daddr[16], __u32 dev, __u8 ret_saddr[16])
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *h;
	const struct rtattr *a;
	int err;

	h = ask_route(daddr, dev, buf, sizeof(buf), &err);
	if (!h)
		return err;
	a = attr(RTM_RTA(NLMSG_DATA(h)), RTM_PAYLOAD(h), RTA_PREFSRC);
	if (!a || RTA_PAYLOAD(a) < (addr_is_v4(daddr) ? 4U : 16U))
		return -EADDRNOTAVAIL;
	memset(ret_saddr, 0, 16);
	if (addr_is_v4(daddr)) {
		ret_saddr[10] = ret_saddr[11] = 0xff;
		memcpy(ret_saddr + 12, RTA_DATA(a), 4);
	} else {
		memcpy(ret_saddr, RTA_DATA(a), 16);
	}
	return 0;
}

static const struct nlmsghdr *ask_link(const char *name, __u32 index, char *buf, size_t size, int *ret_err)
{
	struct request q = { .h = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST } };

	q.u.i.ifi_index = (int)index;
	if (name)
		add(&q, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(&q, buf, size, ret_err);
}

static bool is_vrf(__u32 index)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *h;
	const struct rtattr *a;
	int err;

	h = ask_link(NULL, index, buf, sizeof(buf), &err);
	a = h ? attr(IFLA_RTA(NLMSG_DATA(h)), IFLA_PAYLOAD(h), IFLA_LINKINFO) : NULL;
	a = a ? attr(RTA_DATA(a), RTA_PAYLOAD(a), IFLA_INFO_KIND) : NULL;
	return a && RTA_PAYLOAD(a) >= 4 && !memcmp(RTA_DATA(a), "vrf", 4);
}

int route_device(const char *name, __u32 *ret_dev, __u32 *ret_l3mdev)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	const struct nlmsghdr *h;
	const struct rtattr *a;
	__u32 dev, master = 0;
	int err;

	if (strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	h = ask_link(name, 0, buf, sizeof(buf), &err);
	if (!h)
		return -ENODEV;
	dev = (__u32)((const struct ifinfomsg *)NLMSG_DATA(h))->ifi_index;
	a = attr(IFLA_RTA(NLMSG_DATA(h)), IFLA_PAYLOAD(h), IFLA_MASTER);
	if (a && RTA_PAYLOAD(a) >= sizeof(master))
		memcpy(&master, RTA_DATA(a), sizeof(master));
	*ret_dev = dev;
	*ret_l3mdev = is_vrf(dev) ? dev : master && is_vrf(master) ? master : 0;
	return 0;
}

bool route_nonlocal_bind(bool v6)
{
	FILE *f = fopen(v6 ? "/proc/sys/net/ipv6/ip_nonlocal_bind" : "/proc/sys/net/ipv4/ip_nonlocal_bind", "re");
	int on = 0;

	if (!f)
		return false;
	if (fscanf(f, "%d", &on) != 1)
		on = 0;
	fclose(f);
	return on != 0;
}
