// SPDX-License-Identifier: GPL-2.0-only
#include "host/kallsyms.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>

#define NAME_MAX_LEN 32

static const char names[SYM_MAX][NAME_MAX_LEN] = {
	[SYM_TW_TIMER] = "tw_timer_handler", [SYM_REQSK_TIMER] = "reqsk_timer_handler",
	[SYM_PREEMPT_COUNT] = "__preempt_count", [SYM_PCPU_HOT] = "pcpu_hot",
	[SYM_PER_CPU_OFFSET] = "__per_cpu_offset",
};

/* --- ask the kernel --------------------------------------------------------------------------------------------------- */

/* What the program is run with, and what it leaves there. */
struct question {
	char name[NAME_MAX_LEN];
	__u64 address;
	__s64 error;
	__u32 name_size;	/* with its end */
	__u32 pad;
};

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(d, o, s) INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define MOV_REG(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define COPY_NAME(at) LOAD(BPF_DW, 2, 6, at), STORE(10, (at) - NAME_MAX_LEN, 2)
#define ADDRESS_AT (-NAME_MAX_LEN - 8)

static int load_lookup(void)
{
	const struct bpf_insn lookup[] = {
		MOV_REG(6, 1),
		/* Helpers take a name from the stack; from the context only since 6.1. */
		COPY_NAME(0), COPY_NAME(8), COPY_NAME(16), COPY_NAME(24),
		MOV_IMM(1, 0), STORE(10, ADDRESS_AT, 1),
		LOAD(BPF_W, 2, 6, offsetof(struct question, name_size)),
		INSN(BPF_JMP | BPF_JGT | BPF_K, 2, 0, 9, NAME_MAX_LEN),
		MOV_REG(1, 10), ADD_IMM(1, -NAME_MAX_LEN),
		MOV_IMM(3, 0),
		MOV_REG(4, 10), ADD_IMM(4, ADDRESS_AT),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_kallsyms_lookup_name),
		STORE(6, offsetof(struct question, error), 0),
		LOAD(BPF_DW, 1, 10, ADDRESS_AT), STORE(6, offsetof(struct question, address), 1),
		MOV_IMM(0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);

	return bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "lookup", "GPL", lookup, sizeof(lookup) / sizeof(lookup[0]), &opts);
}

static int ask(int prog, int symbol, unsigned long *ret_address)
{
	struct question q = { .name_size = (__u32)strlen(names[symbol]) + 1, .error = -ENOSYS };
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &q, .ctx_size_in = sizeof(q));
	int err;

	memcpy(q.name, names[symbol], sizeof(q.name));
	err = bpf_prog_test_run_opts(prog, &run);
	if (err)
		return err;
	if (q.error && q.error != -ENOENT)
		return (int)q.error;
	*ret_address = q.address;
	return 0;
}

/* Returns 0, or a negative errno: -EPERM where addresses are hidden. */
static int ask_all(unsigned long *addresses)
{
	int prog = load_lookup(), err = 0;

	if (prog < 0)
		return prog == -EPERM ? -EACCES : prog;
	for (int i = 0; i < SYM_MAX && !err; i++) {
		/* Kernels have one or the other; before 6.2 looking in vain means to look at all. */
		if (i == SYM_PCPU_HOT && addresses[SYM_PREEMPT_COUNT])
			continue;
		err = ask(prog, i, &addresses[i]);
	}
	close(prog);
	return err;
}

/* --- or read them all --------------------------------------------------------------------------------------------------- */

/* "ffffffff81000000 t name" or "... name	[module]". */
static void match_line(const char *line, size_t len, unsigned long *addresses, bool *seen)
{
	const char *name = memchr(line, ' ', len), *end = line + len;
	size_t i, name_len;

	if (!name || end - name < 4)
		return;
	name += 3;
	name_len = end - name;
	for (i = 0; i < SYM_MAX; i++) {
		if (seen[i] || strncmp(names[i], name, name_len) || names[i][name_len])
			continue;
		seen[i] = true;
		addresses[i] = strtoul(line, NULL, 16);
	}
}

static void read_file(unsigned long *addresses)
{
	char buf[65536], *line, *nl;
	bool seen[SYM_MAX] = { false };
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	if (fd < 0)
		return;
	while ((got = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		have += got;
		for (line = buf; (nl = memchr(line, '\n', buf + have - line)); line = nl + 1)
			match_line(line, nl - line, addresses, seen);
		have = buf + have - line;
		if (have == sizeof(buf))	/* a line of 64 KiB: none of ours */
			have = 0;
		memmove(buf, line, have);
	}
	close(fd);
}

void kallsyms_read(unsigned long ret_addresses[SYM_MAX])
{
	int err;

	memset(ret_addresses, 0, SYM_MAX * sizeof(*ret_addresses));
	err = ask_all(ret_addresses);
	if (!err || err == -EPERM)	/* the file hides them from us, too */
		return;
	memset(ret_addresses, 0, SYM_MAX * sizeof(*ret_addresses));
	read_file(ret_addresses);
}
