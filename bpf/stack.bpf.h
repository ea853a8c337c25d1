/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * By which code a process opens and closes its sockets. Only for runs that want it (TWT_NEED_STACKS): the others have neither this code nor its maps.
 *
 * Most programs are built without frame pointers, so nothing here walks the stack. Registers and a piece of the stack are copied, and user space unwinds them
 * (user/host/unwind). A copy that is read there costs 13 us, one that is not needed 3: so each is hashed first, and one that was seen before only names itself.
 * Hashed are the return addresses of the nearest 4 KiB, so that the same path has the same hash in all processes of a program, wherever they are loaded: words
 * that point into the program's own text, from its beginning; near the text of the C library, words behind a call, as far as pages do not move them. A
 * signature, which each process has its own key for, is left out (arch.h).
 *
 * Nothing here waits: what is not in memory is not read (bpf_probe_read_user() does not fault pages in), and counted. The pages next to the stack pointer
 * were used a moment ago.
 */
#ifndef STACK_BPF_H
#define STACK_BPF_H

#include "arch.h"
#include "event.bpf.h"

#define PF_IO_WORKER 0x00000010
#define STACK_PAGE 4096
#define STACK_HASHED 4096
#define STACK_NEAR (64ULL << 20)	/* libraries lie side by side */
#define STACK_LOOKS 64			/* for calls, in one stack */
#define STACK_NEW_MAX 64		/* a second, of all processors: what user space can unwind beside its other work */
#define STACK_SECOND 1000000000ULL

struct stack_room {
	__u64 in_use;
	__u64 looks;
	struct twt_stack_sample sample;
};

/* One for each processor: the loader sets how many. None of these maps is made where nobody wants stacks. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_room);
} stack_rooms SEC(".maps");

/* Those that user space has, or will. It takes out what it could not use, so that it comes again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} stack_seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * PAGE_MAX);
} stack_ring SEC(".maps");

__u64 stack_second_ns, stack_second_n;

static __always_inline void stack_count(enum twt_stack_count which)
{
	this_cpu_counts()->stacks[which - TWT_STK_TAKEN]++;
}

/* Is @word, which lies near the C library's text, where a call returns to? Asked so often for one stack, and no more. */
static __always_inline bool stack_is_return(struct stack_room *room, __u64 word)
{
	__u64 code;

	/* In memory, not in a register: for the verifier each count would be another way through the loop. */
	if (++*(volatile __u64 *)&room->looks > STACK_LOOKS)
		return false;
	return !bpf_probe_read_user(&code, sizeof(code), (void *)(word - sizeof(code))) && stack_after_call(code);
}

static __always_inline __u64 stack_mix(__u64 h, __u64 word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

/* Of the program's file, how it asks, and the way there. */
static __always_inline __u64 stack_hash(struct stack_room *room, struct mm_struct *mm, __u32 of)
{
	struct twt_stack_sample *s = &room->sample;
	__u64 *words = (__u64 *)s->bytes, text = s->end_code - s->start_code, h;
	bool apart = s->ip - s->start_code >= text;	/* the system call is made in a library */
	struct inode *inode = BPF_CORE_READ(mm, exe_file, f_inode);
	__u32 i, n = s->len / sizeof(*words);

	h = stack_mix(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev));
	h = stack_mix(h, (s->ip & (STACK_PAGE - 1)) | (__u64)of << 32);
	room->looks = 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < STACK_HASHED / sizeof(*words); i++) {
		__u64 word;

		if (i >= n)
			break;
		word = code_address(words[i]);
		if (word - s->start_code < text)
			h = stack_mix(h, word - s->start_code);
		else if (apart && word - s->ip + STACK_NEAR < 2 * STACK_NEAR && stack_is_return(room, word))
			h = stack_mix(h, word & (STACK_PAGE - 1));
	}
	return h > TWT_STACK_NONE_MAX ? h : h + TWT_STACK_NONE_MAX + 1;
}

/* A page of it, to behind what is there already. False: it is not in memory, or there is none. */
static __always_inline bool stack_page(struct twt_stack_sample *s, __u32 at)
{
	if (at > TWT_STACK_BYTES - STACK_PAGE || bpf_probe_read_user(s->bytes + at, STACK_PAGE, (void *)(s->sp + at)))
		return false;
	s->len = at + STACK_PAGE;
	return true;
}

/* Above the first page of a process's arguments there is nothing; of other threads nobody knows where their stacks end. */
static __always_inline void stack_count_absent(const struct twt_stack_sample *s, __u64 start_stack)
{
	if (s->sp < start_stack && s->sp + s->len < start_stack && start_stack - s->sp < (8ULL << 20))
		stack_count(TWT_STK_ABSENT);
}

/* May another new one be sent? Two processors may count the same one: the limit is rough. */
static __always_inline bool stack_may_send(__u64 now)
{
	if (now - stack_second_ns >= STACK_SECOND) {
		stack_second_ns = now;
		stack_second_n = 0;
	}
	return __sync_fetch_and_add(&stack_second_n, 1) < STACK_NEW_MAX;
}

static __always_inline void stack_send(struct stack_room *room, struct task_struct *task)
{
	struct twt_stack_sample *s = &room->sample;
	__u8 one = 1;
	__u64 len;

	s->ts_ns = bpf_ktime_get_boot_ns();
	if (!stack_may_send(s->ts_ns)) {
		stack_count(TWT_STK_LIMITED);
		return;
	}
	s->tgid = task->tgid;
	s->start_ms = task->group_leader->start_boottime / 1000000;
	bpf_map_update_elem(&stack_seen, &s->id, &one, BPF_ANY);
	len = s->len;
	if (len > TWT_STACK_BYTES)
		len = TWT_STACK_BYTES;
	if (bpf_ringbuf_output(&stack_ring, s, offsetof(struct twt_stack_sample, bytes) + len, BPF_RB_NO_WAKEUP)) {
		bpf_map_delete_elem(&stack_seen, &s->id);
		stack_count(TWT_STK_FULL);
		return;
	}
	stack_count(TWT_STK_SENT);
	wake_reader(true);	/* before the process is gone, and its maps with it */
}

/* Returns the id of current's stack, or TWT_STACK_NONE_*. @regs: as saved at its entry into the kernel. */
static __always_inline __u64 stack_look(struct stack_room *room, struct task_struct *task, struct mm_struct *mm, __u32 of)
{
	struct twt_stack_sample *s = &room->sample;
	__u64 start_stack = mm->start_stack;
	__u32 first, at;

	stack_regs(s, (struct pt_regs___stack *)bpf_task_pt_regs(task));
	s->start_code = mm->start_code;
	s->end_code = mm->end_code;
	first = STACK_PAGE - (s->sp & (STACK_PAGE - 1));
	s->len = 0;
	if (bpf_probe_read_user(s->bytes, first, (void *)s->sp))
		return TWT_STACK_NONE_UNREAD;
	s->len = first;
	if (!stack_page(s, first))
		stack_count_absent(s, start_stack);
	s->id = stack_hash(room, mm, of);
	if (bpf_map_lookup_elem(&stack_seen, &s->id))
		return s->id;
	at = first + STACK_PAGE;
	if (s->len == at) {
		if (stack_page(s, at))
			stack_page(s, at + STACK_PAGE);
		if (s->len < at + 2 * STACK_PAGE)
			stack_count_absent(s, start_stack);
	}
	stack_send(room, task);
	return s->id;
}

/*
 * Current's stack; 0: it is not known. Programs may be preempted (by another on this processor that wants the same room): who finds it in use goes without.
 */
static __noinline __u64 stack_take(__u32 of)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 cpu = bpf_get_smp_processor_id(), flags = task->flags;
	struct mm_struct *mm = task->mm;
	struct stack_room *room;
	__u64 id;

	/* exit_mm() comes before exit_files(). A worker of io_uring has the registers of its making. */
	if (flags & (PF_KTHREAD | PF_IO_WORKER))
		return TWT_STACK_NONE_KERNEL;
	if (!mm || flags & PF_EXITING)
		return TWT_STACK_NONE_EXIT;
	stack_count(TWT_STK_TAKEN);
	room = bpf_map_lookup_elem(&stack_rooms, &cpu);
	if (!room || __sync_lock_test_and_set(&room->in_use, 1)) {
		stack_count(TWT_STK_BUSY);
		return 0;
	}
	id = stack_look(room, task, mm, of);
	__sync_lock_test_and_set(&room->in_use, 0);
	return id;
}

/* Which path led there: an event of its own, beside the socket's. 0 is not told. */
static __noinline void stack_tell(__u64 cookie, __u32 netns, __u32 of, __u64 id)
{
	struct twt_event *ev;

	if (!id)
		return;
	ev = event_begin(TWT_STACK_USE);
	if (!ev)
		return;
	ev->cookie = cookie;
	ev->netns = netns;
	ev->aux = of;
	ev->arg0 = id;
	event_send(ev);
}

#endif
