/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel types that the BPF programs read, and of those only the members that are read: this file is the list of
 * kernel facts that we rely on. CO-RE finds each member's real place at load time, so order and gaps do not matter;
 * names and widths do (tests/core checks both against every kernel's BTF).
 *
 * A member enters together with the program that reads it. What not every supported kernel has goes to
 * bpf/compat.bpf.h, with the version and the reason.
 */
#ifndef VMLINUX_H
#define VMLINUX_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_nulls_node {
	struct hlist_nulls_node *next, **pprev;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

struct ns_common {
	unsigned int inum;
};

struct netns_core {
	int sysctl_somaxconn;
};

struct net {
	struct ns_common ns;
	struct netns_core core;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct proto {
	char name[32];
};

typedef struct {
	__u32 val;
} kuid_t;

/* A bitfield's width may differ between kernels: CO-RE relocates it, if it is read by BPF_CORE_READ_BITFIELD. */
struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4, skc_reuseport : 1, skc_ipv6only : 1;
	int skc_bound_dev_if;
	struct proto *skc_prot;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	struct hlist_nulls_node skc_nulls_node;
	refcount_t skc_refcnt;
	unsigned long skc_flags;
};

typedef struct {
	int owned;
} socket_lock_t;

struct socket;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct socket *sk_socket;
	int sk_err;
	__u8 sk_shutdown;
	__u16 sk_protocol;
	__u8 sk_kern_sock : 1;
	__u8 sk_userlocks : 4;
	kuid_t sk_uid;
	atomic_t sk_drops;
	__u32 sk_ack_backlog, sk_max_ack_backlog;
	unsigned long sk_lingertime;
};

struct socket {
	struct sock *sk;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

/* A local port that is in use, in the kernel's table of those. */
struct inet_bind_bucket {
	int l3mdev;
	unsigned short port;
	signed char fastreuse, fastreuseport;
	kuid_t fastuid;
	struct in6_addr fast_v6_rcv_saddr;
	__be32 fast_rcv_saddr;
	unsigned short fast_sk_family;
	bool fast_ipv6_only;
};

struct request_sock;

struct request_sock_queue {
	atomic_t qlen;
	struct request_sock *rskq_accept_head;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct inet_bind_bucket *icsk_bind_hash;
	struct request_sock_queue icsk_accept_queue;
	__u32 icsk_user_timeout;
	__u8 icsk_retransmits;
	__u8 icsk_probes_out;
};

struct minmax_sample {
	__u32 t, v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_acked, bytes_received, bytes_sent, bytes_retrans;
	__u32 segs_out, segs_in, srtt_us, mss_cache, total_retrans, reord_seen;
	__u32 chrono_start, chrono_stat[3];
	__u8 chrono_type : 2, syn_data_acked : 1, ecn_flags;
	struct minmax rtt_min;
};

struct timer_list {
	unsigned long expires;
	void (*function)(struct timer_list *);
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	volatile unsigned char tw_substate;
	struct timer_list tw_timer;
	struct inet_bind_bucket *tw_tb;
};

struct tcp_timewait_sock {
	struct inet_timewait_sock tw_sk;
	__s32 tw_ts_recent_stamp;
};

struct request_sock {
	struct sock_common __req_common;
	struct request_sock *dl_next;
	struct timer_list rsk_timer;
};

struct inet_request_sock {
	struct request_sock req;
};

struct tcp_request_sock {
	struct inet_request_sock req;
	__u64 snt_synack;
};

struct sk_buff {
	unsigned char *data;
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[];
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct files_struct;
struct file;

struct mm_struct {
	unsigned long start_code, end_code, start_stack;
	struct file *exe_file;
};

struct task_struct {
	unsigned int flags;
	struct mm_struct *mm;
	int pid, tgid;
	struct pid *thread_pid;
	struct task_struct *group_leader;
	struct files_struct *files;
	__u64 start_boottime;
	char comm[16];
	struct css_set *cgroups;
};

struct super_block {
	__u32 s_dev;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct file *file;
};

enum sock_flags {
	SOCK_DEAD = 0,
	SOCK_LINGER = 3,
	SOCK_KEEPOPEN = 9,
};

/* Values are looked up by name in the running kernel: they are no UAPI and have moved. */
enum sk_rst_reason {
	SK_RST_REASON_NO_SOCKET = 1,
	SK_RST_REASON_TCP_ABORT_ON_DATA = 8,
	SK_RST_REASON_TCP_TIMEWAIT_SOCKET = 9,
	SK_RST_REASON_TCP_ABORT_ON_CLOSE = 11,
	SK_RST_REASON_TCP_ABORT_ON_LINGER = 12,
	SK_RST_REASON_TCP_ABORT_ON_MEMORY = 13,
	SK_RST_REASON_TCP_STATE = 14,
	SK_RST_REASON_TCP_KEEPALIVE_TIMEOUT = 15,
	SK_RST_REASON_TCP_DISCONNECT_WITH_DATA = 16,
};

#pragma clang attribute pop

#endif
