/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bind(), listen() and connect() that failed. Only where somebody asked (--calls): a program at sys_exit makes each system call of the machine slower,
 * not only these. Nothing is kept from the entry: at the exit the registers still hold the arguments, and the address can be read then.
 */
#ifndef CALLS_BPF_H
#define CALLS_BPF_H

#include "arch.h"
#include "event.bpf.h"
#include "sock.bpf.h"

#define S_IFMT_MASK 0170000
#define S_IFSOCK_MODE 0140000
#define ERRNO_MAX 4095
#define ERR_INTR 4
#define ERR_FAULT 14
#define ERR_ISCONN 106
#define ERR_ALREADY 114
#define ERR_INPROGRESS 115
#define ERR_RESTART 512		/* and some more: the call is made again, or EINTR's to be */

/* What a program that does not wait is told on its way to a connection, or asks for twice, is no failure. */
static __always_inline bool call_has_failed(long nr, long ret)
{
	if (ret >= 0 || ret < -ERRNO_MAX || ret <= -ERR_RESTART || ret == -ERR_INTR || ret == -ERR_FAULT)
		return false;
	return nr != ARCH_NR_CONNECT || (ret != -ERR_INPROGRESS && ret != -ERR_ALREADY && ret != -ERR_ISCONN);
}

/* TCP's socket of current's descriptor @fd, or NULL. The reads are checked ones: another thread may close it. */
static __always_inline struct sock *sock_of_descriptor(unsigned long fd, __u32 *inode)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **slot, *file = NULL;
	struct socket *socket;
	struct sock *sk;
	__u16 family;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	slot = BPF_CORE_READ(fdt, fd) + fd;
	bpf_probe_read_kernel(&file, sizeof(file), slot);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT_MASK) != S_IFSOCK_MODE)
		return NULL;
	*inode = BPF_CORE_READ(file, f_inode, i_ino);
	socket = BPF_CORE_READ(file, private_data);
	sk = socket ? BPF_CORE_READ(socket, sk) : NULL;
	family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	return (family == AF_INET || family == AF_INET6) && skc_is_tcp(&sk->__sk_common) ? sk : NULL;
}

struct call_addr {
	__u16 family;
	__u16 port;
	union {
		__be32 a4;
		struct { __u32 flowinfo; __u8 a6[16]; } v6;
	};
};

static __always_inline void call_addr(const struct call_addr *a, __u8 addr[16], __u16 *port)
{
	*port = bpf_ntohs(a->port);
	if (a->family == AF_INET6) {
		__builtin_memcpy(addr, a->v6.a6, 16);
		return;
	}
	__builtin_memset(addr, 0, 10);
	addr[10] = addr[11] = 0xff;
	__builtin_memcpy(addr + 12, &a->a4, 4);
}

/* The socket's own ends, by checked reads. */
static __always_inline void call_sock(struct twt_event *ev, const struct sock_common *skc, __u32 netns)
{
	ev->netns = netns;
	ev->family = BPF_CORE_READ(skc, skc_family);
	ev->lport = BPF_CORE_READ(skc, skc_num);
	ev->rport = bpf_ntohs(BPF_CORE_READ(skc, skc_dport));
	if (ev->family == AF_INET) {
		fill_v4(ev, BPF_CORE_READ(skc, skc_rcv_saddr), BPF_CORE_READ(skc, skc_daddr));
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)ev->laddr, skc, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)ev->raddr, skc, skc_v6_daddr);
	}
}

static __always_inline void on_call(const void *regs, long ret)
{
	struct call_addr asked = {};
	unsigned long fd, addr;
	struct twt_event *ev;
	struct sock *sk;
	__u32 netns, inode = 0;
	long nr;

	if (ret >= 0)
		return;
	call_arguments(regs, &nr, &fd, &addr);
	if ((nr != ARCH_NR_BIND && nr != ARCH_NR_LISTEN && nr != ARCH_NR_CONNECT) || !call_has_failed(nr, ret))
		return;
	sk = sock_of_descriptor(fd, &inode);
	if (!sk || !skc_wanted(&sk->__sk_common, &netns))
		return;
	/* No further than what an address of its kind has: what is behind it may not be readable. */
	if (nr != ARCH_NR_LISTEN && bpf_probe_read_user(&asked, offsetof(struct call_addr, v6.a6), (void *)addr))
		return;
	if (asked.family == AF_INET6 && bpf_probe_read_user(&asked, sizeof(asked), (void *)addr))
		return;
	ev = event_begin(TWT_CALL);
	if (!ev)
		return;
	event_current(ev);
	call_sock(ev, &sk->__sk_common, netns);
	ev->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	ev->new_state = BPF_CORE_READ(sk, __sk_common.skc_state);
	ev->err = -ret;
	if (nr == ARCH_NR_BIND)
		call_addr(&asked, ev->laddr, &ev->lport);
	else if (nr == ARCH_NR_CONNECT)
		call_addr(&asked, ev->raddr, &ev->rport);
	ev->arg0 = nr == ARCH_NR_BIND ? TWT_CALL_BIND : nr == ARCH_NR_LISTEN ? TWT_CALL_LISTEN : TWT_CALL_CONNECT;
	if (BPF_CORE_READ_BITFIELD_PROBED(&sk->__sk_common, skc_reuse))
		ev->arg0 |= TWT_CALL_REUSEADDR;
	if (BPF_CORE_READ_BITFIELD_PROBED(&sk->__sk_common, skc_reuseport))
		ev->arg0 |= TWT_CALL_REUSEPORT;
	if (BPF_CORE_READ_BITFIELD_PROBED(&sk->__sk_common, skc_ipv6only))
		ev->arg0 |= TWT_CALL_V6ONLY;
	ev->arg0 |= (__u64)inode << 32;
	ev->arg1 = (__u64)BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if) << 32 | BPF_CORE_READ(sk, sk_uid.val);
	event_send(ev);
}

#endif
