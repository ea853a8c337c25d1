/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between machines, for the programs in the kernel and for their loader: the one place that names any. Without an entry here all works but --calls.
 */
#ifndef ARCH_H
#define ARCH_H

#if defined(__TARGET_ARCH_x86) || defined(__x86_64__)
#define ARCH_LINUX "5.15"	/* the oldest that has all that the programs use */
#define ARCH_NR_CONNECT 42	/* numbers of system calls */
#define ARCH_NR_BIND 49
#define ARCH_NR_LISTEN 50
#elif defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
#define ARCH_LINUX "5.18"	/* "bpf, arm64: Support more atomic operations" */
#define ARCH_NR_BIND 200
#define ARCH_NR_LISTEN 201
#define ARCH_NR_CONNECT 203
#else
#define ARCH_LINUX "5.15"
#endif

#ifdef ARCH_NR_BIND
#define ARCH_KNOWS_CALLS 1
#else
#define ARCH_KNOWS_CALLS 0
#define ARCH_NR_BIND (-1)
#define ARCH_NR_LISTEN (-2)
#define ARCH_NR_CONNECT (-3)
#endif

/* Registers that DWARF numbers, from 0 on, where the instruction's address is not one of them; 0 where it is. */
#if defined(__aarch64__)
#define ARCH_DWARF_REGS 32
#else
#define ARCH_DWARF_REGS 0
#endif

/*
 * The address in a word that was a return address. arm64 may sign it (ARMv8.3; distributions build all of their programs so by now): the signature is in the bits above
 * the address's own, but for bit 55, which says whose half of the addresses it is. mmap() gives who does not ask for it nothing above 48 bits, so
 * code lies below that, on kernels with addresses of 52 bits, too (arch/arm64/include/asm/processor.h: DEFAULT_MAP_WINDOW).
 */
static inline __attribute__((always_inline)) unsigned long long code_address(unsigned long long word)
{
#if defined(__TARGET_ARCH_arm64) || defined(__aarch64__)
	return word >> 55 & 1 ? word : word & ((1ULL << 48) - 1);
#else
	return word;
#endif
}

/* ... and unwind tables say where it is signed, which not every unwinder knows (core/stacks/cfi.h). */
#if defined(__aarch64__)
#define ARCH_SIGNS_RETURNS 1
#else
#define ARCH_SIGNS_RETURNS 0
#endif

#ifdef __bpf__
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "twtrace.h"

#if defined(__TARGET_ARCH_x86)
struct pt_regs___call {
	unsigned long di, si, orig_ax;
} __attribute__((preserve_access_index));

/* At the exit of a system call: which, and its first two arguments. */
static __always_inline void call_arguments(const void *regs, long *nr, unsigned long *fd, unsigned long *addr)
{
	const struct pt_regs___call *r = regs;

	*nr = BPF_CORE_READ(r, orig_ax);
	*fd = BPF_CORE_READ(r, di);
	*addr = BPF_CORE_READ(r, si);
}
#elif defined(__TARGET_ARCH_arm64)
/* The first argument's register holds the result by now; its value is kept for a restart. */
struct pt_regs___call {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
} __attribute__((preserve_access_index));

static __always_inline void call_arguments(const void *regs, long *nr, unsigned long *fd, unsigned long *addr)
{
	const struct pt_regs___call *r = regs;

	*nr = BPF_CORE_READ(r, syscallno);
	*fd = BPF_CORE_READ(r, orig_x0);
	*addr = BPF_CORE_READ(r, regs[1]);
}
#else
static __always_inline void call_arguments(const void *regs, long *nr, unsigned long *fd, unsigned long *addr)
{
	*nr = 0;
	*fd = *addr = 0;
}
#endif

/* *@to = @value, seen by other processors after all that was written before. */
static __always_inline void store_release(__u32 *to, __u32 value)
{
#ifdef __TARGET_ARCH_x86
	barrier();	/* stores are seen in their order */
	*(volatile __u32 *)to = value;
#else
	__sync_lock_test_and_set(to, value);	/* a full barrier */
#endif
}
/* Registers of a process in the order of DWARF's numbers, for bpf/stack.bpf.h. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs___stack {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, ip, sp;
} __attribute__((preserve_access_index));

static __always_inline void stack_regs(struct twt_stack_sample *s, const struct pt_regs___stack *r)
{
	s->regs[0] = r->ax;
	s->regs[1] = r->dx;
	s->regs[2] = r->cx;
	s->regs[3] = r->bx;
	s->regs[4] = r->si;
	s->regs[5] = r->di;
	s->regs[6] = r->bp;
	s->regs[7] = r->sp;
	s->regs[8] = r->r8;
	s->regs[9] = r->r9;
	s->regs[10] = r->r10;
	s->regs[11] = r->r11;
	s->regs[12] = r->r12;
	s->regs[13] = r->r13;
	s->regs[14] = r->r14;
	s->regs[15] = r->r15;
	s->regs[16] = r->ip;
	s->n_regs = 17;
	s->sp = r->sp;
	s->ip = r->ip;
}

/* What is before a return address: call rel32, or one of the forms of call r/m64. @code: the eight bytes before it, the nearest on top. */
static __always_inline bool stack_after_call(__u64 code)
{
	if ((code >> 24 & 0xff) == 0xe8)
		return true;
	return (code >> 48 & 0x38ff) == 0x10ff || (code >> 40 & 0x38ff) == 0x10ff || (code >> 32 & 0x38ff) == 0x10ff ||
	       (code >> 16 & 0x38ff) == 0x10ff || (code >> 8 & 0x38ff) == 0x10ff;
}
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs___stack {
	__u64 regs[31];
	__u64 sp, pc;
} __attribute__((preserve_access_index));

static __always_inline void stack_regs(struct twt_stack_sample *s, const struct pt_regs___stack *r)
{
#pragma unroll
	for (int i = 0; i < 31; i++)
		s->regs[i] = r->regs[i];
	s->regs[31] = r->sp;
	s->regs[32] = r->pc;
	s->n_regs = 33;
	s->sp = r->sp;
	s->ip = r->pc;
}

/* BL, or BLR, or one of BLRAA, BLRAB, BLRAAZ, BLRABZ, which check the pointer's signature, in the upper one of two instructions. */
static __always_inline bool stack_after_call(__u64 code)
{
	return (code >> 58) == 0x25 || (code >> 32 & 0xfefff000) == 0xd63f0000;
}
#else
struct pt_regs___stack {
	unsigned long none;
};

static __always_inline void stack_regs(struct twt_stack_sample *s, const struct pt_regs___stack *r)
{
	s->n_regs = 0;
}

static __always_inline bool stack_after_call(__u64 code)
{
	return false;
}
#endif
#endif /* __bpf__ */

#endif
