/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wire contract between the BPF programs, the sources in user space and recordings.
 *
 * One fixed-size struct for every kind of event. It is zeroed before it is filled. Rules that never change:
 *   - the first 16 bytes (struct twt_hdr) keep their place and meaning;
 *   - only __uNN/__sNN and byte arrays: no bool, enum, pointer or bitfield;
 *   - new members go to the end; @size tells how much of the struct the writer knew. A reader ignores the tail of a
 *     longer event and zero-fills a shorter one, so that old recordings stay readable;
 *   - addresses are 16 bytes in network order, IPv4 as v4-mapped IPv6 (::ffff:a.b.c.d); ports are in host order;
 *   - every time is in nanoseconds since boot, suspend included (CLOCK_BOOTTIME).
 */
#ifndef TWTRACE_H
#define TWTRACE_H

#include <linux/types.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "twtrace runs on little-endian machines only: its recordings have one byte order"
#endif

#define TWT_VERSION 1
#define TWT_COMM_LEN 16

/* struct twt_event.kind. Numbers are part of the recording format: append only. */
enum twt_kind {
	TWT_STATE = 1,		/* inet_sock_set_state: old -> new of a full socket */
	TWT_TW_START = 2,	/* timer_start on a minisock's timer: born, or re-armed into another wheel bucket */
	TWT_TW_CANCEL = 3,	/* timer_cancel on it: ended early, or about to expire, or first half of a re-arm */
	TWT_TW_EXPIRE = 4,	/* timer_expire_entry on it */
	TWT_TW_SEGMENT = 5,	/* kfree_skb(rx_sk): a minisock consumed a segment; @substate is the one after it */
	TWT_RST_SENT = 6,	/* tcp_send_reset */
	TWT_RST_RCVD = 7,	/* tcp_receive_reset */
	TWT_DESTROY = 8,	/* tcp_destroy_sock: the full socket is gone */
	TWT_TOUCH = 9,		/* first use of a socket seen in process context by this process (a read that copied) */
	TWT_SNAP = 10,		/* iter/tcp: a socket that exists; @new_state, for minisocks @substate too */
	TWT_SNAP_OWNER = 11,	/* iter/task_file: a process holds a descriptor of this socket */
	/* Made by the source in user space, in order with the rest: a recording needs nothing else to be replayed. */
	TWT_SNAP_BEGIN = 12,	/* a pass of iter/tcp over @netns starts; @aux = enum twt_snap_why */
	TWT_SNAP_END = 13,	/* ... and ended */
	TWT_HALFOPEN = 14,	/* @arg0 request sockets of (@netns, @lport) exist now */
	TWT_COUNTER = 15,	/* @aux = enum twt_counter, @arg0 its value, @netns or 0; @old_state: 0 = base, 1 = now */
	TWT_CLOCK = 16,		/* @arg0 = wall clock minus boot clock, signed ns, from here on */
	TWT_TICK = 17,		/* nothing before @ts_ns is still to come */
	TWT_PLAN = 18,		/* @arg0 = TWT_PLAN_*: which facts this kernel lets us see */
	TWT_LOOK = 19,		/* struct twt_look, not struct twt_event: a socket that holds a port now, and what bind() asks it */
	TWT_LOOK_END = 20,	/* a look at all of them is over: what was told since the one before is all there is; @arg0 = how many */
	TWT_NAME = 21,		/* struct twt_name, not struct twt_event: what a cgroup or a network namespace is called, from here on */
	TWT_LISTENERS_END = 22,	/* all listeners were told since @arg0 (ns since boot); @aux: TWT_LISTEN_OWNERS */
	TWT_SYSCTL = 23,	/* @netns's @aux = enum twt_sysctl is @arg0, or the ports @lport to @rport, from here on */
	TWT_LISTENER = 24,	/* struct twt_listener: a listening socket and its queues, now */
	TWT_CGROUP = 25,	/* a cgroup (v2) was made, its id is @arg0: nobody is in it yet. Sent where somebody wants names */
	/*
	 * bind(), listen() or connect() failed: @err; @laddr and @lport (bind), or @raddr and @rport (connect), are what was asked for, the others the
	 * socket's own. @arg0 = TWT_CALL_* and, from bit 32 on, the inode of its file, @arg1 = SO_BINDTODEVICE's ifindex << 32 | sk_uid. The task part is the caller's. Sent where somebody asked.
	 */
	TWT_CALL = 26,
	/*
	 * A process was born: the task part is its parent's, @cookie the parent's pid as its own pid namespace has it, @arg0 the child's tgid, @arg1
	 * its start time (ms since boot, as @aux). Sent where somebody follows a process tree.
	 */
	TWT_FORK = 27,
	/* User stacks, where somebody wants them (--stacks). */
	TWT_STACK_USE = 28,	/* before the event that it is for: the socket @cookie was opened, closed, ... (@aux, enum twt_stack_of) by the code path @arg0, an id of TWT_STACK or TWT_STACK_NONE_* */
	TWT_FRAME = 29,		/* struct twt_frame: a place in a program, named */
	TWT_STACK = 30,		/* struct twt_stack: a code path, of frames that were told before */
	TWT_STACK_COUNT = 31,	/* since the start, @arg0 stacks of @aux = enum twt_stack_count: told when it changed, and as 0 where stacks are asked for */
	TWT_KIND_MAX
};

/* struct twt_event.flags */
#define TWT_F_TASK	(1U << 0)	/* the task part is filled: @tgid ... @comm describe current */
#define TWT_F_INTENT	(1U << 1)	/* current asked for this itself (kernel context rule: see state.bpf.h) */
#define TWT_F_OWNED	(1U << 2)	/* the socket lock was held by a task */
#define TWT_F_CTX	(1U << 3)	/* TWT_F_SOFTIRQ is known on this kernel */
#define TWT_F_SOFTIRQ	(1U << 4)	/* ran in a softirq that this CPU is serving */
#define TWT_F_UNHASHED	(1U << 5)	/* TW_CANCEL: the minisock had left the hash table already (connect() took it) */
#define TWT_F_HALF_COPY	(1U << 6)	/* a child that is still a copy of its listener: cookie and remote end unknown */
#define TWT_F_NO_SOCK	(1U << 7)	/* RST_SENT: no socket at all */
#define TWT_F_REQSK	(1U << 8)	/* a request socket, not a full one */
#define TWT_F_MINISOCK	(1U << 9)	/* a TIME_WAIT or FIN_WAIT2 minisock, not a full socket */
#define TWT_F_KERN_SOCK (1U << 10)	/* created by the kernel for itself */
#define TWT_F_EXITING	(1U << 11)	/* current is exiting (PF_EXITING) */
#define TWT_F_KTHREAD	(1U << 12)	/* current is a kernel thread (PF_KTHREAD) */
#define TWT_F_SHUT_RD	(1U << 13)	/* sk_shutdown & RCV_SHUTDOWN */
#define TWT_F_SHUT_WR	(1U << 14)	/* sk_shutdown & SEND_SHUTDOWN */
#define TWT_F_ORPHAN	(1U << 15)	/* SOCK_DEAD: no descriptor left */
#define TWT_F_SEG_FIN	(1U << 16)	/* TW_SEGMENT: flags of the segment */
#define TWT_F_SEG_SYN	(1U << 17)
#define TWT_F_SEG_RST	(1U << 18)
#define TWT_F_SEG_REFUSED (1U << 23)	/* TW_SEGMENT: the minisock answers it with an RST and goes; SEG_SYN alone: reopens it */
#define TWT_F_NETNS_DEAD (1U << 19)	/* the network namespace has no user left */
#define TWT_F_USER_TMO	(1U << 20)	/* TCP_USER_TIMEOUT is set on the socket */
#define TWT_F_LINGER0	(1U << 22)	/* SO_LINGER with a time of 0 is set on the socket */
#define TWT_F_THREAD	(1U << 24)	/* STATE, not -> CLOSE: @arg0 and @arg1 are the 16 bytes of current's own comm, which is not @comm */
#define TWT_F_ACCEPTED	(1U << 25)	/* TOUCH: it accepted the socket, and has not used it yet */
#define TWT_F_NO_SYN	(1U << 26)	/* STATE from SYN_SENT: no SYN was ever sent (no port, no route, a Fast Open connect() without data) */
#define TWT_F_AUTOBOUND	(1U << 27)	/* SNAP: connect() chose its port, and nobody ever bound to that port by hand */
#define TWT_F_BOUND	(1U << 28)	/* SNAP: somebody bound to its port by hand; both: it did itself, and connected; neither of the two: not known */
#define TWT_F_NO_TSTAMP (1U << 29)	/* SNAP, TW_START of a minisock: the connection had no TCP timestamps */
#define TWT_F_WIRE	(1U << 30)	/* STATE -> ESTABLISHED and -> CLOSE, SNAP of a full socket: a struct twt_event_wire */
#define TWT_F_UNACCEPTED (1U << 21)	/* no struct socket: a child that nobody accepted yet, or an orphan */

/* TWT_SNAP_BEGIN.aux */
enum twt_snap_why { TWT_SNAP_START = 0, TWT_SNAP_HEAL = 1, TWT_SNAP_ASKED = 2, TWT_SNAP_REFRESH = 3,
	TWT_SNAP_BINDS = 4,	/* of descriptors alone: those of sockets that are bound and nothing else */
	TWT_SNAP_PART = 5	/* of one network namespace: somebody looks at a connection of it */
};

/* TWT_PLAN.arg0 */
#define TWT_PLAN_SEGMENT	(1U << 0)	/* TW_SEGMENT is sent: conversions and RSTs are seen, not inferred */
#define TWT_PLAN_CONTEXT	(1U << 1)	/* TW_CANCEL tells softirq from process context */
#define TWT_PLAN_RST_REASON	(1U << 2)	/* RST_SENT has a reason, and is sent for minisocks */
#define TWT_PLAN_TW_AT_EXPIRY	(1U << 3)	/* the kernel counts TW and TWKilled at expiry (up to 5.17) */

/* TWT_CALL.arg0: which call, and options of its socket */
#define TWT_CALL_BIND		1U
#define TWT_CALL_LISTEN		2U
#define TWT_CALL_CONNECT	3U
#define TWT_CALL_WHICH		0xffU
#define TWT_CALL_REUSEADDR	(1U << 8)
#define TWT_CALL_REUSEPORT	(1U << 9)
#define TWT_CALL_V6ONLY		(1U << 10)

/* TWT_STACK_USE.aux: what the process asked for. */
enum twt_stack_of {
	TWT_STACK_CONNECT = 1,	/* connect() */
	TWT_STACK_LISTEN,	/* listen() */
	TWT_STACK_ACCEPT,	/* accept(), where that is seen; else, and for whom it was handed on to, the first use */
	TWT_STACK_CLOSE,	/* shutdown() or close(): its first FIN */
	TWT_STACK_ABORT,	/* -> CLOSE without one: by this process, or a packet that it found when it looked: the verdict tells */
	TWT_STACK_OF_MAX
};

/* TWT_STACK_USE.arg0: there is no stack, since ... */
#define TWT_STACK_NONE_EXIT	1	/* the process was exiting: the kernel closed for it */
#define TWT_STACK_NONE_KERNEL	2	/* a thread of the kernel did it */
#define TWT_STACK_NONE_UNREAD	3	/* its memory could not be read without waiting for it */
#define TWT_STACK_NONE_MAX	16	/* ids of stacks are larger */

/* TWT_STACK_COUNT.aux. Append only. */
enum twt_stack_count {
	TWT_STK_TAKEN = 1,	/* looked at in the kernel */
	TWT_STK_SENT,		/* not seen before: copied to user space */
	TWT_STK_LIMITED,		/* not copied: too many new ones in a second (a later one will be) */
	TWT_STK_FULL,		/* not copied: no room in their ring */
	TWT_STK_BUSY,		/* not looked at: the processor's room was in use */
	TWT_STK_ABSENT,		/* cut off where a page of the stack was not in memory */
	TWT_STK_GONE,		/* copied, but the process was gone before its maps could be read */
	TWT_STK_DROPPED,		/* copied, but there was no room for it in user space */
	TWT_STK_NAMED,		/* told as TWT_STACK */
	TWT_STK_MAX
};

/*
 * TWT_COUNTER.aux. 1..63: the kernel's own (nstat names), per netns; 64..: losses of ours, for the whole run, which
 * views must show. Numbers are part of the recording format: append only.
 */
enum twt_counter {
	TWT_C_TW = 1, TWT_C_TWKILLED, TWT_C_TWRECYCLED, TWT_C_TW_OVERFLOW, TWT_C_ACTIVE_OPENS, TWT_C_PASSIVE_OPENS,
	TWT_C_ESTAB_RESETS, TWT_C_SOCKSTAT_TW, TWT_C_ATTEMPT_FAILS,
	/* What befell connections before accept(): told anew with each TWT_LISTENERS_END. */
	TWT_C_LISTEN_OVERFLOWS, TWT_C_LISTEN_DROPS, TWT_C_REQQ_DROPS, TWT_C_REQQ_COOKIES, TWT_C_COOKIES_SENT, TWT_C_COOKIES_RECV,
	TWT_C_COOKIES_FAILED,
	TWT_C_KERNEL_MAX,
	TWT_L_RING = 64,	/* the ring buffer was full */
	TWT_L_RECURSION,	/* the kernel skipped a program because another copy of it ran on that CPU */
	TWT_L_HALFOPEN,		/* a half-open socket that the fixed map had no room for */
	TWT_L_BAD,		/* an event that could not be decoded */
	TWT_L_MAX
};

/*
 * TWT_SYSCTL.aux: settings of a network namespace, as its files below /proc/sys/net say them. One record each; what this kernel
 * does not have is not told. Append only.
 */
enum twt_sysctl {
	TWT_SC_PORT_RANGE = 1,	/* ip_local_port_range: @lport..@rport */
	TWT_SC_RESERVED_PORTS,	/* ip_local_reserved_ports: @arg0 0 empties the list, 1, 2 ... is a range of it */
	TWT_SC_TW_REUSE, TWT_SC_TW_REUSE_DELAY, TWT_SC_TIMESTAMPS, TWT_SC_UNPRIVILEGED_PORT_START, TWT_SC_AUTOBIND_REUSE,
	TWT_SC_SOMAXCONN, TWT_SC_SYNCOOKIES, TWT_SC_MAX_SYN_BACKLOG, TWT_SC_ABORT_ON_OVERFLOW, TWT_SC_FIN_TIMEOUT,
	TWT_SC_MAX_TW_BUCKETS, TWT_SC_SYN_RETRIES, TWT_SC_SYNACK_RETRIES, TWT_SC_RFC1337,
	/* Of the firewall (net.netfilter), where it is there: how many entries this namespace has, nf_conntrack_max, and seconds after a close. */
	TWT_SC_CONNTRACK_COUNT, TWT_SC_CONNTRACK_MAX, TWT_SC_CONNTRACK_TIME_WAIT,
	TWT_SC_MAX
};

/*
 * The first members of every record, which never move: bytes written, these included; TWT_VERSION of the writer; enum twt_kind; processor; ns since boot.
 */
#define TWT_HEAD __u16 size; __u8 version; __u8 kind; __u32 cpu; __u64 ts_ns

struct twt_event {
	TWT_HEAD;
	/* version 1 */
	__u64 cookie;		/* socket cookie (as `ss -e` prints it); 0 = unknown: netns + 4-tuple name the socket */
	__u32 netns;		/* inode number of the network namespace */
	__u8 family;		/* AF_INET 2 or AF_INET6 10: of the socket, also where its addresses are v4-mapped */
	__u8 old_state;		/* TCP_*, RFC 9293 states in the kernel's numbering (include/net/tcp_states.h) */
	__u8 new_state;
	__u8 substate;		/* minisocks: tw_substate, TCP_FIN_WAIT2 (5) or TCP_TIME_WAIT (6) */
	__u8 laddr[16];
	__u8 raddr[16];
	__u16 lport;		/* 0 where the kernel does not know it yet, or any more */
	__u16 rport;
	__u32 flags;		/* TWT_F_* */
	__u16 err;		/* -> CLOSE: sk->sk_err (ECONNRESET, ETIMEDOUT, ...) */
	__u16 reason;		/* RST_SENT: enum twt_rst_reason */
	__u32 aux;		/* see the kinds; with TWT_F_TASK on kernel events: start time of the process, ms since boot */
	__u64 arg0;		/* TW_*: signed ns until the timer is due (jiffy resolution); STATE -> CLOSE: bytes acked; TWT_F_THREAD */
	__u64 arg1;		/* STATE -> CLOSE: bytes received; TW_CANCEL: tw_refcnt; TWT_F_THREAD */
	/* the task part: sent only with TWT_F_TASK, so that packet-driven events stay short */
	__u32 tgid;
	__u32 tid;
	__u64 cgroup;		/* id of the cgroup (v2); TWT_CGROUP_V1 and up: made up for one that only hierarchies of v1 have */
	__u8 comm[TWT_COMM_LEN];/* of the thread group's leader */
};

/*
 * TWT_NAME: what a number of other events means to people, read from this host's files when the number was first seen. A record of
 * its own kind behind the same 16 bytes: readers that do not know it skip @size bytes. Comes before the first event that it is for; a
 * later one replaces it.
 */
enum twt_name_of { TWT_NAME_CGROUP = 1, TWT_NAME_NETNS = 2 };

/* Parts of a name; raw bytes of others, without NUL: escape them. Numbers are part of the recording format: append only. */
enum twt_name_part {
	TWT_NP_PATH = 1,	/* of the cgroup, below the root of its hierarchy */
	TWT_NP_RUNTIME,		/* docker, containerd, cri-o, podman, lxc, nspawn */
	TWT_NP_CONTAINER,	/* its id; LXC, nspawn: its name */
	TWT_NP_CONTAINER_NAME,
	TWT_NP_IMAGE,
	TWT_NP_POD,
	TWT_NP_POD_NAMESPACE,
	TWT_NP_POD_UID,
	TWT_NP_UNIT,		/* systemd's */
	TWT_NP_USER_UNIT,	/* ... of a user's manager */
	TWT_NP_SESSION,
	TWT_NP_MACHINE,
	TWT_NP_OUTER,		/* the container that this container is in */
	TWT_NP_NETNS,		/* of a network namespace: as -N takes it */
	TWT_NP_MAX
};

#define TWT_NAME_TEXT 8160
struct twt_name {
	TWT_HEAD;		/* .size: bytes written, up to the last part's end */
	__u64 id;		/* twt_event.cgroup or .netns */
	__u32 of;		/* enum twt_name_of */
	__u32 pad;
	/* Parts one after the other: enum twt_name_part, two bytes of length (low one first), so many bytes of text. */
	__u8 text[TWT_NAME_TEXT];
};
_Static_assert(sizeof(struct twt_name) == 8192 && __builtin_offsetof(struct twt_name, text) == 32, "part of the recording format");

/* Parts of a frame, as of a name: raw bytes of others. Append only. */
enum twt_frame_part {
	TWT_FP_MODULE = 1,	/* path of the program or library, as its process has it; "[vdso]" */
	TWT_FP_BUILD_ID,	/* in hex */
	TWT_FP_SYMBOL,		/* function, demangled where it can be */
	TWT_FP_FILE,		/* source file */
	TWT_FP_MAX
};

/* TWT_FRAME: comes before the first stack that it is in. */
#define TWT_FRAME_TEXT 4056
struct twt_frame {
	TWT_HEAD;		/* .size: bytes written, up to the last part's end */
	__u32 id;		/* 1, 2, ... of this run */
	__u32 line;		/* in TWT_FP_FILE; 0: not known */
	__u64 offset;		/* in the module: its ELF address, as addr2line takes it; of a caller, of the call's last byte */
	__u64 in_symbol;	/* bytes from the symbol's beginning */
	/* Parts one after the other: enum twt_frame_part, two bytes of length (low one first), so many bytes of text. */
	__u8 text[TWT_FRAME_TEXT];
};
_Static_assert(sizeof(struct twt_frame) == 4096 && __builtin_offsetof(struct twt_frame, text) == 40, "part of the recording format");

/* TWT_STACK: innermost first. One that comes again with the same id replaces the first. */
#define TWT_STACK_FRAMES 128
struct twt_stack {
	TWT_HEAD;		/* .size: bytes written, up to the last frame's end */
	__u64 id;
	__u32 n;		/* frames */
	__u32 flags;		/* TWT_STACK_CUT */
	__u32 frames[TWT_STACK_FRAMES];
};
#define TWT_STACK_CUT (1U << 0)	/* there are callers beyond, which could not be followed */
_Static_assert(sizeof(struct twt_stack) == 32 + 4 * TWT_STACK_FRAMES && __builtin_offsetof(struct twt_stack, frames) == 32,
	       "part of the recording format");

/*
 * A stack as the programs copy it, in a ring buffer of its own: never leaves the source. Registers in the order of DWARF's numbers: x86-64 rax rdx rcx rbx
 * rsi rdi rbp rsp r8..r15 rip, arm64 x0..x30 sp pc.
 */
#define TWT_STACK_BYTES 16384
#define TWT_STACK_REGS 33
struct twt_stack_sample {
	__u64 id;
	__u64 ts_ns;
	__u64 start_code;	/* of the program's own text */
	__u64 end_code;
	__u64 sp;
	__u64 ip;
	__u32 tgid;
	__u32 start_ms;		/* of the process, as of twt_event.aux */
	__u32 len;		/* of .bytes */
	__u32 n_regs;
	__u64 regs[TWT_STACK_REGS];
	__u8 bytes[TWT_STACK_BYTES];	/* from .sp on */
};

/* Why a reset was sent, independent of the kernel's enum sk_rst_reason, whose numbers move. Append only. */
enum twt_rst_reason {
	TWT_RST_UNKNOWN = 0, TWT_RST_NO_SOCKET, TWT_RST_ABORT_ON_DATA, TWT_RST_TIMEWAIT, TWT_RST_ABORT_ON_CLOSE,
	TWT_RST_ABORT_ON_LINGER, TWT_RST_ABORT_ON_MEMORY, TWT_RST_TCP_STATE, TWT_RST_KEEPALIVE, TWT_RST_DISCONNECT,
	TWT_RST_OTHER,
	TWT_RST_REASON_MAX
};

#define TWT_CGROUP_V1 (1ULL << 48)

#define TWT_EVENT_SHORT 96	/* an event without its task part */

#define TWT_AT(member, offset) _Static_assert(__builtin_offsetof(struct twt_event, member) == (offset), #member)
_Static_assert(sizeof(struct twt_event) == 128, "the event is part of the recording format");
TWT_AT(size, 0); TWT_AT(version, 2); TWT_AT(kind, 3); TWT_AT(cpu, 4); TWT_AT(ts_ns, 8);
TWT_AT(cookie, 16); TWT_AT(netns, 24); TWT_AT(family, 28); TWT_AT(old_state, 29); TWT_AT(new_state, 30);
TWT_AT(substate, 31); TWT_AT(laddr, 32); TWT_AT(raddr, 48); TWT_AT(lport, 64); TWT_AT(rport, 66);
TWT_AT(flags, 68); TWT_AT(err, 72); TWT_AT(reason, 74); TWT_AT(aux, 76); TWT_AT(arg0, 80); TWT_AT(arg1, 88);
TWT_AT(tgid, TWT_EVENT_SHORT); TWT_AT(tid, 100); TWT_AT(cgroup, 104); TWT_AT(comm, 112);
#undef TWT_AT

/*
 * What the wire did, as tcp_get_info() has it, after struct twt_event (its task part is there then, empty without TWT_F_TASK). Sent where a run wants
 * it: readers of 0.1 take the event and leave this away.
 */
struct twt_wire {
	__u64 bytes_sent;		/* data, what was sent again included */
	__u64 bytes_retrans;
	__u64 busy_ns;			/* there was something to send or unacknowledged, in jiffies; of that ... */
	__u64 rwnd_limited_ns;		/* ... held up by the peer's window, */
	__u64 sndbuf_limited_ns;	/* ... and by the send buffer */
	__u32 srtt_us;			/* smoothed round trip; 0: never measured */
	__u32 min_rtt_us;		/* least of the last five minutes (tcp_min_rtt_wlen); 0: never measured */
	__u32 segs_out;			/* segments, those without data too */
	__u32 segs_in;
	__u32 retrans_segs;		/* segments sent again; SYNs and SYN-ACKs too */
	__u32 reord_seen;		/* times that reordering was seen */
	__u16 mss;			/* what is sent at most in one segment */
	__u8 flags;			/* TWT_WIRE_* */
	__u8 unanswered;		/* so often the oldest segment, or a probe, was sent again and not answered yet; 0 in older recordings */
	__u32 reserved2;
};

#define TWT_WIRE_KEEPALIVE	(1U << 0)	/* SO_KEEPALIVE is set */
#define TWT_WIRE_ECN		(1U << 1)	/* ECN was agreed on */
#define TWT_WIRE_FASTOPEN	(1U << 2)	/* data went with the SYN, and were taken */

struct twt_event_wire { struct twt_event event; struct twt_wire wire; };

/* How it comes from the programs, before its event: never leaves the source, which joins them. */
#define TWT_SLOT_WIRE 255	/* .kind */
struct twt_wire_slot {
	TWT_HEAD;
	__u64 cookie;
	__u64 reserved;
	struct twt_wire wire;
};

#define TWT_AT(member, offset) _Static_assert(__builtin_offsetof(struct twt_event_wire, wire.member) == 128 + (offset), #member)
_Static_assert(sizeof(struct twt_event_wire) == 200, "the wire part is part of the recording format");
TWT_AT(bytes_sent, 0); TWT_AT(bytes_retrans, 8); TWT_AT(busy_ns, 16); TWT_AT(rwnd_limited_ns, 24); TWT_AT(sndbuf_limited_ns, 32);
TWT_AT(srtt_us, 40); TWT_AT(min_rtt_us, 44); TWT_AT(segs_out, 48); TWT_AT(segs_in, 52); TWT_AT(retrans_segs, 56);
TWT_AT(reord_seen, 60); TWT_AT(mss, 64); TWT_AT(flags, 66); TWT_AT(unanswered, 67);
#undef TWT_AT

/*
 * TWT_LOOK: a record of its own behind the same 16 bytes. What holds a port, in the words of bind()'s conflict check (net/ipv4/inet_connection_sock.c).
 * A socket that has a descriptor is told once for each process that holds one (TWT_LOOK_OWNER), and once more if the hash tables list it; @cookie and
 * @inode join them.
 */
struct twt_look {
	TWT_HEAD;
	__u64 cookie;
	__u32 netns;
	__u8 family;		/* of the socket, as in struct twt_event */
	__u8 state;		/* skc_state: TCP_CLOSE (7) too; minisocks: TCP_TIME_WAIT (6) */
	__u8 substate;		/* minisocks: tw_substate */
	__u8 fast_family;	/* bucket: fast_sk_family */
	__u8 laddr[16];
	__u8 raddr[16];
	__u16 lport;
	__u16 rport;
	__u32 flags;		/* TWT_LOOK_* */
	__u64 inode;		/* of the socket's file; 0: none, or not told */
	__u32 uid;		/* sk_uid; minisocks have none */
	__u32 bound_dev;	/* SO_BINDTODEVICE: ifindex, or 0 */
	__u64 left_ns;		/* minisocks: signed ns until the timer is due */
	__s8 fastreuse;		/* bucket: what the port's bind bucket remembers of earlier binders (TWT_LOOK_BUCKET) */
	__s8 fastreuseport;
	__u16 reserved;
	__u32 fastuid;
	__u8 fast_addr[16];
	__u32 l3mdev;		/* bucket: ifindex of the VRF master, or 0 */
	__u32 port_range;	/* IP_LOCAL_PORT_RANGE: high << 16 | low; 0: none, or the kernel has no such option (6.3+) */
	__u32 tw_age_ms;	/* minisocks: since tw_entry_stamp (6.14+); ~0: not told */
	/* TWT_LOOK_OWNER */
	__u32 tgid;
	__u32 start_ms;		/* of the process, ms since boot */
	__u32 reserved2;
	__u8 comm[TWT_COMM_LEN];
};

/* struct twt_look.flags */
#define TWT_LOOK_REUSE		(1U << 0)	/* SO_REUSEADDR now */
#define TWT_LOOK_FORCE_REUSE	(1U << 1)	/* SK_FORCE_REUSE: TCP_REPAIR */
#define TWT_LOOK_REUSEPORT	(1U << 2)	/* SO_REUSEPORT now */
#define TWT_LOOK_V6ONLY		(1U << 3)	/* sk_ipv6only, which bind() sets for each specific IPv6 address too */
#define TWT_LOOK_BIND_ADDR	(1U << 4)	/* SOCK_BINDADDR_LOCK: bind() named an address */
#define TWT_LOOK_BIND_PORT	(1U << 5)	/* SOCK_BINDPORT_LOCK: bind() took the port, or it is a listener's */
#define TWT_LOOK_CONNECT_BIND	(1U << 6)	/* SOCK_CONNECT_BIND: connect() chose the port (6.18+) */
#define TWT_LOOK_CONNECT_TOLD	(1U << 7)	/* this kernel has that flag */
#define TWT_LOOK_MINISOCK	(1U << 8)
#define TWT_LOOK_ORPHAN		(1U << 9)	/* SOCK_DEAD: no descriptor left */
#define TWT_LOOK_UNACCEPTED	(1U << 10)	/* no struct socket, and no orphan: waits for accept() */
#define TWT_LOOK_TIMESTAMPS	(1U << 11)	/* minisocks: tw_ts_recent_stamp is not 0 */
#define TWT_LOOK_BUCKET		(1U << 12)	/* it is in a bind bucket, and the bucket part is filled */
#define TWT_LOOK_FAST_V6ONLY	(1U << 13)	/* bucket: fast_ipv6_only */
#define TWT_LOOK_OWNER		(1U << 14)	/* told by a descriptor: the owner part is filled */
#define TWT_LOOK_LISTED		(1U << 15)	/* told by the hash tables (iter/tcp) */

#define TWT_AT(member, offset) _Static_assert(__builtin_offsetof(struct twt_look, member) == (offset), #member)
_Static_assert(sizeof(struct twt_look) == 160, "the look is part of the recording format");
TWT_AT(size, 0); TWT_AT(version, 2); TWT_AT(kind, 3); TWT_AT(cpu, 4); TWT_AT(ts_ns, 8); TWT_AT(cookie, 16);
TWT_AT(netns, 24); TWT_AT(family, 28); TWT_AT(state, 29); TWT_AT(substate, 30); TWT_AT(fast_family, 31);
TWT_AT(laddr, 32); TWT_AT(raddr, 48); TWT_AT(lport, 64); TWT_AT(rport, 66); TWT_AT(flags, 68); TWT_AT(inode, 72);
TWT_AT(uid, 80); TWT_AT(bound_dev, 84); TWT_AT(left_ns, 88); TWT_AT(fastreuse, 96); TWT_AT(fastreuseport, 97);
TWT_AT(fastuid, 100); TWT_AT(fast_addr, 104); TWT_AT(l3mdev, 120); TWT_AT(port_range, 124); TWT_AT(tw_age_ms, 128);
TWT_AT(tgid, 132); TWT_AT(start_ms, 136); TWT_AT(comm, 144);
#undef TWT_AT

/* What a look is for: written before it starts. 0 = any. */
struct twt_look_want { __u32 netns; __u16 lport; __u16 pad; };

/*
 * TWT_LISTENER: a record of its own, as long as a short event. What both have lies at the same place, so that whoever knows only events finds a
 * socket in LISTEN; what only an event has is 0 or read as nothing.
 */
struct twt_listener {
	TWT_HEAD;
	__u64 cookie;
	__u32 netns;
	__u8 family;
	__u8 zero1;
	__u8 state;		/* TCP_LISTEN */
	__u8 zero2;
	__u8 laddr[16];
	__u32 accept_queue;	/* sk_ack_backlog: connections that wait for accept() */
	__u32 accept_max;	/* sk_max_ack_backlog = min(listen()'s backlog, somaxconn then): full when there are more than this */
	__u32 half_open;	/* icsk_accept_queue.qlen: request sockets; the same limit */
	__u32 drops;		/* sk_drops, as ss -m shows it: +1 for a SYN, on 6.18 +2 for a final ACK that found the queue full */
	__u16 lport;
	__u16 zero3;
	__u32 flags;		/* TWT_F_KERN_SOCK */
	__u32 zero4;
	__u32 somaxconn;	/* net.core.somaxconn of its namespace, now */
	__u64 oldest_wait_ns;	/* since the SYN of the connection that waits longest was answered; 0: none waits, or a SYN cookie hides it */
	__u64 reserved;
};

/* TWT_LISTENERS_END.aux: the processes that hold listeners were told too (TWT_SNAP_OWNER in state LISTEN). */
#define TWT_LISTEN_OWNERS (1U << 0)

#define TWT_AT(member, offset) _Static_assert(__builtin_offsetof(struct twt_listener, member) == (offset), #member)
#define TWT_SAME(a, b) _Static_assert(__builtin_offsetof(struct twt_listener, a) == __builtin_offsetof(struct twt_event, b), #a)
_Static_assert(sizeof(struct twt_listener) == TWT_EVENT_SHORT, "a listener is as long as a short event");
TWT_SAME(size, size); TWT_SAME(version, version); TWT_SAME(kind, kind); TWT_SAME(cpu, cpu); TWT_SAME(ts_ns, ts_ns);
TWT_SAME(cookie, cookie); TWT_SAME(netns, netns); TWT_SAME(family, family); TWT_SAME(zero1, old_state);
TWT_SAME(state, new_state); TWT_SAME(zero2, substate); TWT_SAME(laddr, laddr); TWT_SAME(lport, lport);
TWT_SAME(zero3, rport); TWT_SAME(flags, flags); TWT_SAME(zero4, err); TWT_SAME(somaxconn, aux);
TWT_AT(accept_queue, 48); TWT_AT(accept_max, 52); TWT_AT(half_open, 56); TWT_AT(drops, 60);
TWT_AT(oldest_wait_ns, 80); TWT_AT(reserved, 88);
#undef TWT_SAME
#undef TWT_AT

/* What the views of a run make their numbers of. What nobody needs is left out: programs, and branches of them. It changes none of those numbers. */
#define TWT_NEED_STATES		(1U << 0)	/* each transition, TIME_WAIT's too, and why it came to its end: always */
#define TWT_NEED_NAMES		(1U << 1)	/* whose connection it is, who asked for a transition */
#define TWT_NEED_HALFOPEN	(1U << 2)	/* request sockets by port */
#define TWT_NEED_FORKS		(1U << 3)	/* the processes that a program starts */
#define TWT_NEED_CGROUPS	(1U << 4)	/* new cgroups, for names of containers */
#define TWT_NEED_CALLS		(1U << 5)	/* bind(), listen() and connect() that fail: a program on the way of each system call */
#define TWT_NEED_WIRE		(1U << 6)	/* round trips, retransmissions and limits of connections (TWT_F_WIRE) */
#define TWT_NEED_STACKS		(1U << 7)	/* the code paths of processes that open and close (--stacks) */
#define TWT_NEED_LISTENERS	(1U << 30)	/* looks at listeners and their queues */
#define TWT_NEED_LOOKS		(1U << 31)	/* looks at who holds a port */
#define TWT_NEED_ALL		(TWT_NEED_STATES | TWT_NEED_NAMES | TWT_NEED_HALFOPEN)	/* that any view may need */

/* What the loader tells the programs before they are loaded: constants, so that unused branches cost nothing. */
#define TWT_MAX_NETNS 16
struct twt_config {
	__u64 tick_ns;			/* length of a jiffy */
	__u32 lanes;			/* ... and 1 << slot_bits slots in each */
	__u32 slot_bits;
	__u64 wake_at;			/* unread slots of a lane that wake the reader */
	__u32 netns[TWT_MAX_NETNS];	/* only these namespaces ... */
	__u32 n_netns;			/* ... or all, if 0 */
	__u32 family;			/* AF_INET or AF_INET6 only, or 0 */
	__u32 needs;			/* TWT_NEED_* */
};

/*
 * How events come to user space: one lane of slots for each processor (bpf/lane.bpf.h). @cpu of an event in a lane has the number of its lap
 * above the processor: 1, 2, ... for each time around, modulo 65536. It is written last.
 */
#define TWT_SLOT 128
#define TWT_LANES_MAX 1024
#define TWT_LAP_SHIFT 16
struct twt_lane {
	__u64 head;		/* slots claimed so far, by programs */
	__u64 pad1[7];
	__u64 tail;		/* slots read so far, by user space; a cache line of its own */
	__u64 pad2[7];
};

/* Programs that come in two copies (bpf/nest.bpf.h). */
enum { TWT_NEST_STATE, TWT_NEST_SEGMENT, TWT_NEST_MAX };

/* What the programs count, per CPU; user space sums. */
struct twt_counts {
	__u64 ring_full;	/* events lost because the ring was full */
	__u64 halfopen_full;	/* half-open sockets not counted by port: map full */
	__u64 halfopen_moves;	/* changes of half-open counts: worth reading again if it moved */
	__u64 halfopen_far;	/* ... of those in the map */
	struct twt_nest {
		__u64 running;	/* runs of the first copy in progress on this CPU */
		__u64 done;	/* runs of it whose event the second copy has not been called for yet */
		__u64 taken;	/* events that the first copy missed and the second took */
	} nest[TWT_NEST_MAX];
	__u64 stacks[TWT_STK_ABSENT];	/* from TWT_STK_TAKEN on */
};

/* Half-open (request) sockets: counted, never pushed, so that a SYN flood cannot fill the ring. */
struct twt_halfopen_key { __u32 netns; __u16 lport; __u16 pad; };
struct twt_halfopen { __u64 started; __u64 ended; };

/*
 * Most machines have few busy listeners: each processor counts the first ports that it meets by itself, in a place that is found without a look-up and
 * written by nobody else. Ports whose place is another one's are in a map, shared by all.
 */
#define TWT_NEAR_BITS 6
struct twt_near {
	__u64 name;		/* twt_near_name(); 0: free */
	struct twt_halfopen n;
	__u64 pad;
};
struct twt_near_lane { struct twt_near at[1 << TWT_NEAR_BITS]; };

static inline __u64 twt_near_name(const struct twt_halfopen_key *key)
{
	return (__u64)key->netns << 32 | (__u32)key->lport << 1 | 1;
}

static inline struct twt_halfopen_key twt_near_key(__u64 name)
{
	return (struct twt_halfopen_key){ .netns = (__u32)(name >> 32), .lport = (__u16)((__u32)name >> 1) };
}

static inline __u32 twt_near_place(__u64 name)
{
	return (__u32)((name * 0x9e3779b97f4a7c15ULL) >> (64 - TWT_NEAR_BITS));
}

#endif
