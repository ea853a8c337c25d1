/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's side costs, and something to compare it with.
 *
 *   probe empty TRACEPOINT...         attach a program that does nothing
 *   probe submit BYTES TRACEPOINT...  ... one that reserves and submits a record of so many bytes, read every 20 ms
 *   probe stamped BYTES TRACEPOINT... ... with the time in it
 *   probe floor TRACEPOINT...         the least a tracer can do: at the first one a stamped slot of 96 bytes of the processor's own,
 *                                     which nobody reads; at the others a program that does nothing
 *   probe stats                       let the kernel measure programs (kernel.bpf_stats_enabled) while this runs
 *   probe show PID                    the programs and maps of that process: one line of JSON
 *
 * The first five print {"event":"ready"} when they are, run until standard input ends, and then show
 * themselves. What they asked of the kernel ends with them, however they end.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define RING_BYTES (8 << 20)
#define READ_MS 20
#define PROGS_MAX 64
#define FLOOR_BITS 16		/* slots for each processor */
#define FLOOR_SLOT 128		/* bytes; 96 of them are written */

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("probe: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* --- what a process holds --------------------------------------------------------------------------------------------- */

struct held { __u32 id[PROGS_MAX]; size_t n; unsigned long long map_bytes; };

static bool known(const struct held *h, __u32 id)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->id[i] == id)
			return true;
	return false;
}

/* What /proc/PID/fdinfo says about one descriptor. Links name their program too. */
static void read_fdinfo(const char *path, struct held *h)
{
	unsigned long long memlock = 0;
	bool is_map = false;
	char line[256];
	__u32 id;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "prog_id: %u", &id) == 1 && !known(h, id) && h->n < PROGS_MAX)
			h->id[h->n++] = id;
		(void)sscanf(line, "memlock: %llu", &memlock);
		is_map |= strncmp(line, "map_type:", 9) == 0;
	}
	if (f)
		fclose(f);
	if (is_map)
		h->map_bytes += memlock;
}

static void show(unsigned long pid)
{
	struct held h = { .n = 0 };
	struct dirent *d;
	char path[300];
	const char *comma = "";
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%lu/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		die("%s: %s", path, strerror(errno));
	while ((d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%lu/fdinfo/%s", pid, d->d_name);
		if (d->d_name[0] != '.')
			read_fdinfo(path, &h);
	}
	closedir(dir);
	printf("{\"map_bytes\":%llu,\"programs\":[", h.map_bytes);
	for (size_t i = 0; i < h.n; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(h.id[i]);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len)) {
			printf("%s{\"id\":%u,\"name\":\"%.*s\",\"runs\":%llu,\"ns\":%llu,\"missed\":%llu}", comma, info.id,
			       (int)sizeof(info.name), info.name, info.run_cnt, info.run_time_ns, info.recursion_misses);
			comma = ",";
		}
		if (fd >= 0)
			close(fd);
	}
	printf("]}\n");
}

/* --- programs of ours --------------------------------------------------------------------------------------------------- */

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_REG(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define CALL(fn) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, fn)
#define STORE(d, s, o) INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* @ring: map, or -1 for a program that does nothing. The descriptors live as long as the process. */
static void attach(const char *tracepoint, int ring, int bytes, bool stamped)
{
	const struct bpf_insn nothing[] = { MOV_IMM(BPF_REG_0, 0), EXIT() };
	const struct bpf_insn submit[] = {
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, ring), INSN(0, 0, 0, 0, 0),
		MOV_IMM(BPF_REG_2, bytes), MOV_IMM(BPF_REG_3, 0), CALL(BPF_FUNC_ringbuf_reserve),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 3, 0),
		MOV_REG(BPF_REG_1, BPF_REG_0), MOV_IMM(BPF_REG_2, BPF_RB_NO_WAKEUP), CALL(BPF_FUNC_ringbuf_submit),
		MOV_IMM(BPF_REG_0, 0), EXIT(),
	};
	const struct bpf_insn with_time[] = {
		CALL(BPF_FUNC_ktime_get_boot_ns),
		MOV_REG(BPF_REG_6, BPF_REG_0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, ring), INSN(0, 0, 0, 0, 0),
		MOV_IMM(BPF_REG_2, bytes), MOV_IMM(BPF_REG_3, 0), CALL(BPF_FUNC_ringbuf_reserve),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 4, 0),
		STORE(BPF_REG_0, BPF_REG_6, 8),
		MOV_REG(BPF_REG_1, BPF_REG_0), MOV_IMM(BPF_REG_2, BPF_RB_NO_WAKEUP), CALL(BPF_FUNC_ringbuf_submit),
		MOV_IMM(BPF_REG_0, 0), EXIT(),
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP), fd;

	if (id < 0)
		die("this kernel has no tracepoint %s", tracepoint);
	opts.attach_btf_id = (__u32)id;
	if (ring < 0)
		fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, tracepoint, "GPL", nothing, 2, &opts);
	else if (stamped)
		fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, tracepoint, "GPL", with_time, sizeof(with_time) / sizeof(with_time[0]), &opts);
	else
		fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, tracepoint, "GPL", submit, sizeof(submit) / sizeof(submit[0]), &opts);
	if (fd < 0)
		die("cannot load a program for %s: %s", tracepoint, strerror(errno));
	if (bpf_raw_tracepoint_open(NULL, fd) < 0)
		die("cannot attach to %s: %s", tracepoint, strerror(errno));
}

/* As attach(), for the first tracepoint of a floor: the slot's number by a counter of the processor's own, time, and eleven words. */
static void attach_slot(const char *tracepoint)
{
	const long cpus = sysconf(_SC_NPROCESSORS_CONF);
	const int counter = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counter", 4, 8, 1, NULL);
	const int slots = bpf_map_create(BPF_MAP_TYPE_ARRAY, "slots", 4, FLOOR_SLOT, (__u32)cpus << FLOOR_BITS, NULL);
	struct bpf_insn insns[64] = {
		CALL(BPF_FUNC_ktime_get_boot_ns),
		MOV_REG(BPF_REG_6, BPF_REG_0),
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, counter), INSN(0, 0, 0, 0, 0),
		MOV_REG(BPF_REG_2, BPF_REG_10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4), CALL(BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 0),			/* 8: to the end */
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_0, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_7, 0, 0, 1),
		STORE(BPF_REG_0, BPF_REG_7, 0),
		INSN(BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_7, 0, 0, (1 << FLOOR_BITS) - 1),
		CALL(BPF_FUNC_get_smp_processor_id),
		INSN(BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_0, 0, 0, FLOOR_BITS),
		INSN(BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_7, BPF_REG_0, 0, 0),
		INSN(BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_7, -4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, slots), INSN(0, 0, 0, 0, 0),
		MOV_REG(BPF_REG_2, BPF_REG_10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4), CALL(BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0, 0),			/* 22: to the end */
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP), fd, n = 23;

	if (id < 0)
		die("this kernel has no tracepoint %s", tracepoint);
	if (counter < 0 || slots < 0)
		die("cannot make maps: %s", strerror(errno));
	for (short at = 0; at < 96; at += 8)
		insns[n++] = STORE(BPF_REG_0, BPF_REG_6, at);
	insns[8].off = (short)(n - 9);
	insns[22].off = (short)(n - 23);
	insns[n++] = MOV_IMM(BPF_REG_0, 0);
	insns[n++] = EXIT();
	opts.attach_btf_id = (__u32)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, tracepoint, "GPL", insns, (size_t)n, &opts);
	if (fd < 0 || bpf_raw_tracepoint_open(NULL, fd) < 0)
		die("cannot load or attach a program for %s: %s", tracepoint, strerror(errno));
}

static int discard(void *ctx, void *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return 0;
}

/* Until standard input ends. */
static void run(struct ring_buffer *rb)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char byte;

	printf("{\"event\":\"ready\"}\n");
	fflush(stdout);
	for (;;) {
		if (poll(&in, 1, rb ? READ_MS : -1) > 0 && read(STDIN_FILENO, &byte, 1) <= 0)
			break;
		if (rb)
			ring_buffer__consume(rb);
	}
	show((unsigned long)getpid());
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	struct ring_buffer *rb = NULL;
	int ring = -1, bytes = 0, i = 2;

	if (!strcmp(mode, "show") && argc == 3) {
		show(strtoul(argv[2], NULL, 10));
		return 0;
	}
	if (!strcmp(mode, "stats") && argc == 2) {
		if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
			die("cannot let the kernel measure programs: %s", strerror(errno));
		run(NULL);
		return 0;
	}
	if ((!strcmp(mode, "submit") || !strcmp(mode, "stamped")) && argc > 3) {
		bytes = atoi(argv[i++]);
		ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_BYTES, NULL);
		rb = ring < 0 ? NULL : ring_buffer__new(ring, discard, NULL, NULL);
		if (!rb)
			die("cannot make a ring: %s", strerror(errno));
	} else if (!strcmp(mode, "floor") && argc > 2) {
		attach_slot(argv[i++]);
	} else if (strcmp(mode, "empty") != 0 || argc < 3) {
		die("usage: probe empty|floor TRACEPOINT... | submit|stamped BYTES TRACEPOINT... | stats | show PID");
	}
	for (; i < argc; i++)
		attach(argv[i], ring, bytes, !strcmp(mode, "stamped"));
	run(rb);
	ring_buffer__free(rb);
	return 0;
}
