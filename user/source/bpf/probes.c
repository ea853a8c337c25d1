// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpf/probes.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "arch.h"
#include "core/text/json.h"
#include "core/text/strbuf.h"
#include "host/kernel_facts.h"
#include "host/privs.h"
#include "run/opts.h"
#include "source/bpf/bpf.h"
#include "source/bpf/ring.h"
#include "source/source.h"
#include "twtrace.h"
#include "twtrace.skel.h"

#define FEXIT "fexit/"
#define ITER "iter/"

static const struct hook hooks[] = {
	{ "set_state", "tp_btf/inet_sock_set_state", HOOK_BASE, NULL, 0, 0,
	  "every state of full sockets, who asked for it", "nothing works", 0 },
	{ "set_state_nested", "tp_btf/inet_sock_set_state", HOOK_BASE, NULL, 0, 0,
	  "states changed by a softirq that interrupts the program above", "nothing works", 0 },
	{ "timer_start", "tp_btf/timer_start", HOOK_BASE, NULL, 0, 0,
	  "TIME_WAIT begins; half-open connections", "nothing works", 0 },
	{ "timer_cancel", "tp_btf/timer_cancel", HOOK_BASE, NULL, 0, 0,
	  "a TIME_WAIT ends early, and who did it", "nothing works", 0 },
	{ "timer_expire", "tp_btf/timer_expire_entry", HOOK_BASE, NULL, 0, 0, "a TIME_WAIT ran its full time", "nothing works", 0 },
	{ "segment", "tp_btf/kfree_skb (rx_sk)", HOOK_REFINE, "segment_fexit", TWT_PLAN_SEGMENT, FACT_RX_SK,
	  "the instant of FIN_WAIT2 -> TIME_WAIT, RST into TIME_WAIT",
	  "that instant is found by a look each second or at the end; RST and SYN into TIME_WAIT: unknown", 0 },
	{ "segment_nested", "tp_btf/kfree_skb (rx_sk)", HOOK_REFINE, NULL, 0, FACT_RX_SK,
	  "those in a softirq that interrupts the program above", "as above", 0 },
	{ "segment_fexit", "fexit/tcp_timewait_state_process", HOOK_REFINE, NULL, TWT_PLAN_SEGMENT, FACT_FUNC_RET,
	  "the same as kfree_skb's rx_sk, before 6.11",
	  "not needed where kfree_skb tells it", 0 },
	{ "send_reset_reason", "tp_btf/tcp_send_reset (reason)", HOOK_REFINE, "send_reset", TWT_PLAN_RST_REASON, FACT_RESET_REASON,
	  "resets sent, and the kernel's reason", "reasons come from the socket's options and state", 0 },
	{ "send_reset", "tp_btf/tcp_send_reset", HOOK_BASE, NULL, 0, 0, "resets sent", "nothing works", 0 },
	{ "receive_reset", "tp_btf/tcp_receive_reset", HOOK_BASE, NULL, 0, 0, "resets received", "nothing works", 0 },
	{ "destroy_sock", "tp_btf/tcp_destroy_sock", HOOK_BASE, NULL, 0, 0,
	  "the full socket is gone (used with --no-seed only)", "nothing works", 0 },
	{ "touch", "tp_btf/tcp_rcv_space_adjust", HOOK_BASE, NULL, 0, 0,
	  "which process uses an accepted socket", "nothing works", TWT_NEED_NAMES },
	{ "accepted", "fexit/inet_csk_accept", HOOK_REFINE, NULL, 0, FACT_FUNC_RET,
	  "which process accepted a connection",
	  "until it reads or closes, an accepted connection is its listener's owner's", TWT_NEED_NAMES },
	{ "forked", "tp_btf/sched_process_fork", HOOK_BASE, NULL, 0, 0,
	  "the processes that a program starts (used with -- PROGRAM only)", "a program's connections cannot be told from others",
	  TWT_NEED_FORKS },
	{ "cgroup_made", "tp_btf/cgroup_mkdir", HOOK_REFINE, NULL, 0, 0,
	  "new cgroups, for names (used where names are wanted only)", "a container that lives for less than 50 ms may have no name",
	  TWT_NEED_CGROUPS },
	{ "call_failed", "tp_btf/sys_exit", HOOK_BASE, NULL, 0, 0,
	  "bind(), listen() and connect() that fail (used with --calls only: it costs each system call of the machine 10 to 100 ns)",
	  "--calls is refused", TWT_NEED_CALLS },
	{ "stack_state", "tp_btf/inet_sock_set_state", HOOK_BASE, NULL, 0, 0,
	  "by which code connect(), listen(), close() and aborts were asked for (used with --stacks only)", "--stacks is refused", TWT_NEED_STACKS },
	{ "stack_touch", "tp_btf/tcp_rcv_space_adjust", HOOK_BASE, NULL, 0, 0,
	  "... and which code reads an accepted connection first (used with --stacks only)", "--stacks is refused", TWT_NEED_STACKS },
	{ "stack_accepted", "fexit/inet_csk_accept", HOOK_REFINE, NULL, 0, FACT_FUNC_RET,
	  "... and which code accepted it (used with --stacks only)", "the code that reads it first stands for that which accepted it", TWT_NEED_STACKS },
	{ "iter_tcp", "iter/tcp", HOOK_BASE, NULL, 0, 0, "sockets that exist at the start; healing after a loss", "nothing works", 0 },
	{ "iter_task_file", "iter/task_file", HOOK_BASE, NULL, 0, 0, "owners of sockets that exist at the start", "nothing works",
	  TWT_NEED_NAMES },
	{ "iter_listener", "iter/tcp (LISTEN)", HOOK_BASE, NULL, 0, 0, "queues of listeners, looked at again and again (used with listeners only)",
	  "queues and drops of listeners are unknown", TWT_NEED_LISTENERS },
	{ "iter_listener_file", "iter/task_file (LISTEN)", HOOK_BASE, NULL, 0, 0, "all processes that hold a listener (used with listeners only)",
	  "owners of listeners are those of the start", TWT_NEED_LISTENERS },
	{ "look_tcp", "iter/tcp (look)", HOOK_BASE, NULL, 0, 0, "who holds a port, and what bind() asks of it (used with explain, doctor)",
	  "explain is refused", TWT_NEED_LOOKS },
	{ "look_files", "iter/task_file (look)", HOOK_BASE, NULL, 0, 0, "sockets that are bound and nothing else; who holds them (used with explain, doctor)",
	  "explain is refused", TWT_NEED_LOOKS },
	{ 0 }
};
_Static_assert(sizeof(hooks) / sizeof(hooks[0]) <= HOOKS_MAX, "plan has room for all hooks");

const struct hook *hooks_table(void)
{
	return hooks;
}

static int place(const char *program)
{
	int i;

	for (i = 0; hooks[i].program; i++) {
		if (!strcmp(hooks[i].program, program))
			return i;
	}
	return -1;
}

struct loader {
	void (*configure)(struct twtrace_bpf *skel, const void *ctx);
	const void *ctx;
};

/* Load the object with the programs that @p says; it is kept if @ret_skel. */
static int trial(const struct loader *l, const struct plan *p, struct twtrace_bpf **ret_skel)
{
	struct twtrace_bpf *skel = twtrace_bpf__open();
	struct bpf_program *prog;
	int err;

	if (!skel)
		return -errno;
	bpf_object__for_each_program(prog, skel->obj) {
		int i = place(bpf_program__name(prog));

		bpf_program__set_autoload(prog, i >= 0 && p->load[i]);
	}
	l->configure(skel, l->ctx);
	err = twtrace_bpf__load(skel);
	if (!err && ret_skel)
		*ret_skel = skel;
	else
		twtrace_bpf__destroy(skel);
	return err;
}

/* Does @i alone load? */
static int trial_of(const struct loader *l, int i)
{
	struct plan one = { .load = { [0] = false } };

	one.load[i] = true;
	return trial(l, &one, NULL);
}

static bool is_needed(const struct plan *p, int i)
{
	return (!hooks[i].needs || hooks[i].needs & p->needs) && (!p->only_looks || !strncmp(hooks[i].attach, ITER, sizeof(ITER) - 1));
}

static void choose(struct plan *p, bool refine)
{
	int i;

	for (i = 0; hooks[i].program; i++)
		p->load[i] = is_needed(p, i) && (hooks[i].need == HOOK_BASE || (refine && !p->err[i]));
	for (i = 0; hooks[i].program; i++) {
		if (p->load[i] && hooks[i].stand_in)
			p->load[place(hooks[i].stand_in)] = false;
	}
}

/* Each refinement alone; those of one place need the same of the kernel. */
static void try_each(const struct loader *l, struct plan *p)
{
	int i, j;

	for (i = 0; hooks[i].program; i++) {
		if (hooks[i].need != HOOK_REFINE || !is_needed(p, i))
			continue;
		for (j = 0; j < i && strcmp(hooks[j].attach, hooks[i].attach); j++)
			;
		p->err[i] = j < i ? p->err[j] : trial_of(l, i);
	}
}

/*
 * A host's policy against fexit speaks before anybody looks at what is to be traced: EPERM for a function that does not
 * exist, where others say EINVAL. It saves a load of everything in vain.
 */
static bool refuses_fexit(void)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 }, { .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FEXIT, .attach_btf_id = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL", nothing, 2, &opts);

	if (fd >= 0)
		close(fd);
	return fd == -EPERM || fd == -EACCES;
}

/* What the kernel's types tell need not be tried. Where they cannot be read, it is. */
static void look_at_types(struct plan *p)
{
	struct kernel_facts f;
	int i;

	if (kernel_facts_read(&f))
		return;
	p->pcpu_hot_offset = f.pcpu_hot_offset;
	for (i = 0; hooks[i].program; i++) {
		if (hooks[i].facts & ~f.has)
			p->err[i] = -EOPNOTSUPP;
	}
}

static void without_fexit(struct plan *p, int err)
{
	int i;

	for (i = 0; hooks[i].program; i++) {
		if (!strncmp(hooks[i].attach, FEXIT, sizeof(FEXIT) - 1))
			p->err[i] = err;
	}
}

/* Which facts the programs that are used show. */
static void tell_bits(struct plan *p)
{
	int i;

	p->bits = 0;
	for (i = 0; hooks[i].program; i++) {
		if (p->load[i])
			p->bits |= hooks[i].plan_bit;
	}
}

/* Why the base does not load, for people. */
static int refuse(const struct loader *l, const struct plan *p, int load_err, char *err, size_t errlen)
{
	struct utsname uts;
	int i;

	uname(&uts);
	if (load_err == -ENOMEM || load_err == -E2BIG) {
		snprintf(err, errlen, "no memory for the ring buffer: give a smaller --ring-size");
		return -ENOMEM;
	}
	if (load_err == -EPERM || load_err == -EACCES) {
		snprintf(err, errlen, "the kernel refuses BPF programs (%s): run as root, or grant CAP_BPF and CAP_PERFMON",
			 strerror(-load_err));
		return -EPERM;
	}
	for (i = 0; hooks[i].program; i++) {
		bool calls = hooks[i].needs == TWT_NEED_CALLS;

		if (p->load[i] && (calls || hooks[i].needs == TWT_NEED_STACKS) && trial_of(l, i)) {
			snprintf(err, errlen, "kernel %s cannot load the hook %s, which %s needs: run without it", uts.release, hooks[i].attach,
				 calls ? "--calls" : "--stacks");
			return -EOPNOTSUPP;
		}
		if (p->load[i] && trial_of(l, i)) {
			snprintf(err, errlen, "kernel %s cannot load the hook %s, which twtrace needs: Linux " ARCH_LINUX " or later "
				 "with BTF is required", uts.release, hooks[i].attach);
			return -EOPNOTSUPP;
		}
	}
	snprintf(err, errlen, "kernel %s cannot load twtrace's programs (%s)", uts.release, strerror(-load_err));
	return -EOPNOTSUPP;
}

int plan_load(bool refine, bool only_looks, __u32 needs, void (*configure)(struct twtrace_bpf *skel, const void *ctx),
	      const void *ctx, struct plan *ret_plan, struct twtrace_bpf **ret_skel, char *err, size_t errlen)
{
	struct loader l = { configure, ctx };
	struct plan p = { .needs = needs, .only_looks = only_looks }, fewer;
	int load_err;

	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		snprintf(err, errlen, "this kernel has no BTF (/sys/kernel/btf/vmlinux): it needs CONFIG_DEBUG_INFO_BTF=y");
		return -EOPNOTSUPP;
	}
	/* What should load, at once; or all but fexit, which some hosts refuse. If both fail, each refinement alone. */
	if (refine)
		look_at_types(&p);
	if (refine && refuses_fexit())
		without_fexit(&p, -EPERM);
	choose(&p, refine);
	load_err = trial(&l, &p, ret_skel);
	if (load_err && refine) {
		fewer = p;
		without_fexit(&fewer, load_err);
		choose(&fewer, refine);
		load_err = trial(&l, &fewer, ret_skel);
		if (!load_err)
			p = fewer;
	}
	if (load_err && refine) {
		try_each(&l, &p);
		choose(&p, refine);
		load_err = trial(&l, &p, ret_skel);
	}
	if (load_err)
		return refuse(&l, &p, load_err, err, errlen);
	tell_bits(&p);
	*ret_plan = p;
	return 0;
}

void plan_attach(struct plan *p, struct twtrace_bpf *skel)
{
	const struct bpf_object_skeleton *all = skel->skeleton;
	int n, i;

	for (n = 0; n < all->prog_cnt; n++) {
		struct bpf_program *prog = *all->progs[n].prog;

		i = place(all->progs[n].name);
		if (i < 0 || !p->load[i] || strncmp(hooks[i].attach, FEXIT, sizeof(FEXIT) - 1))
			continue;
		*all->progs[n].link = bpf_program__attach(prog);
		if (*all->progs[n].link)
			continue;
		p->err[i] = -errno;
		p->load[i] = false;
		bpf_program__unload(prog);
		bpf_program__set_autoattach(prog, false);
	}
	tell_bits(p);
}

void plan_describe(const struct plan *p, struct strbuf *b)
{
	int i;

	for (i = 0; hooks[i].program; i++)
		strbuf_addf(b, "hook.%s=%s\n", hooks[i].program, p->load[i] ? "yes" : "no");
}

const char *probes_libbpf_version(void)
{
	return libbpf_version_string() + (*libbpf_version_string() == 'v');
}

static const char *verdict(const struct plan *p, int i)
{
	if (p->load[i])
		return "yes";
	return p->err[i] ? "no" : "-";	/* "-": not needed, a better one loads; or switched off */
}

static void smallest_ring(struct twtrace_bpf *skel, const void *ctx)
{
	const struct options *o = ctx;

	((struct twt_config *)&skel->rodata->config)->needs = o->source.needs;
	ring_configure(skel, ring_size_of(1));
	source_bpf_stacks_configure(skel, o->source.needs & TWT_NEED_STACKS);
}

/* An object of -j: open, until object_end(). */
static void object_begin(struct json *j, struct strbuf *b, const char *event)
{
	json_init(j, b);
	json_open(j, NULL, '{');
	json_str(j, "event", event);
}

static void object_end(struct json *j, const struct options *o)
{
	if (o->labels)
		strbuf_adds(j->out, o->labels);
	json_close(j, '}');
	strbuf_addc(j->out, '\n');
}

static int print_all(struct strbuf *b)
{
	int ret;

	fputs(b->s ? b->s : "", stdout);
	ret = b->failed || fflush(stdout) ? EX_FAILURE : EX_OK_;
	strbuf_free(b);
	return ret;
}

/* Lines of NAME=VALUE as members of one object. */
static void json_lines(struct strbuf *b, char *lines, const struct options *o)
{
	char *line, *rest = NULL, *value;
	struct json j;

	object_begin(&j, b, "recording");
	for (line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value = '\0';
		json_str(&j, line, value + 1);
	}
	object_end(&j, o);
}

/* The plan that a recording was made with, and on which kernel: the lines of its header. */
static int features_of_recording(const struct options *o)
{
	struct strbuf b = { 0 }, object = { 0 };
	struct source *s = NULL;
	char err[256] = "";
	int ret = source_file.open(&o->source, &s, err, sizeof(err));

	if (ret) {
		fprintf(stderr, "twtrace: %s\n", err);
		return EX_FAILURE;
	}
	source_file.describe(s, &b);
	source_file.close(s);
	if (!o->json || b.failed || !b.s)
		return print_all(&b);
	json_lines(&object, b.s, o);
	strbuf_free(&b);
	return print_all(&object);
}

/* Parts of programs, by need. */
static const struct { __u32 need; const char *what; } branches[] = {
	{ TWT_NEED_NAMES, "who asked for a transition: process, thread, cgroup in each such event" },
	{ TWT_NEED_HALFOPEN, "half-open connections by port" },
};

static void say_branches(const char *command, __u32 needs)
{
	printf("\nInside the hooks, for %s:\n", command);
	for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++)
		printf("%-9s %s\n", branches[i].need & needs ? "taken" : "left out", branches[i].what);
}

static bool is_lacking(const struct plan *p, int i)
{
	return !p->load[i] && hooks[i].need == HOOK_REFINE && !(hooks[i].plan_bit & p->bits);
}

static int features_json(const struct options *o, const struct plan *p, __u32 needs)
{
	struct strbuf b = { 0 };
	char missing[128];
	struct json j;

	for (int i = 0; hooks[i].program; i++) {
		object_begin(&j, &b, "hook");
		json_str(&j, "hook", hooks[i].attach);
		json_str(&j, "program", hooks[i].program);
		if (p->load[i] || p->err[i])
			json_bool(&j, "loads", p->load[i]);
		else
			json_null(&j, "loads");
		json_bool(&j, "needed", is_needed(p, i));
		json_str(&j, "gives", hooks[i].gives);
		json_str(&j, "without", is_needed(p, i) && is_lacking(p, i) ? hooks[i].without : NULL);
		object_end(&j, o);
	}
	object_begin(&j, &b, "stacks");
	json_str(&j, "missing", privs_may_read_files(missing, sizeof(missing)) ? NULL : missing);
	object_end(&j, o);
	for (size_t i = 0; o->features_for && i < sizeof(branches) / sizeof(branches[0]); i++) {
		object_begin(&j, &b, "part");
		json_str(&j, "command", o->features_for);
		json_str(&j, "part", branches[i].what);
		json_bool(&j, "needed", branches[i].need & needs);
		object_end(&j, o);
	}
	return print_all(&b);
}

/* What of --stacks works with the privileges that we have. */
static void say_stacks(void)
{
	char missing[128];

	if (privs_may_read_files(missing, sizeof(missing))) {
		printf("\nStacks (--stacks): functions and lines of all processes.\n");
		return;
	}
	printf("\nStacks (--stacks): copied with CAP_BPF and CAP_PERFMON. Missing here: %s.\n"
	       "Without CAP_SYS_PTRACE: maps of other users' processes from Linux 6.18 on, and files of this mount namespace only;\n"
	       "without CAP_CHECKPOINT_RESTORE: no deleted files, none of a chroot; without CAP_DAC_READ_SEARCH: no files that only their owner may read.\n", missing);
}

int cmd_features(const struct options *o)
{
	struct twtrace_bpf *skel = NULL;
	char err[256];
	struct plan p;
	__u32 needs = o->source.needs | (o->features_for ? 0 : TWT_NEED_FORKS | TWT_NEED_CGROUPS | TWT_NEED_CALLS | TWT_NEED_LISTENERS | TWT_NEED_LOOKS |
					    TWT_NEED_STACKS);
	struct options whole = *o;
	int i, ret;

	if (o->replay)
		return features_of_recording(o);
	if (!o->verbose)
		libbpf_set_print(NULL);
	whole.source.needs = needs;
	ret = privs_check(err, sizeof(err));
	if (!ret)
		ret = plan_load(!o->source.no_refine, false, needs, smallest_ring, &whole, &p, &skel, err, sizeof(err));
	if (ret) {
		fprintf(stderr, "twtrace: %s\n", err);
		return ret == -EPERM ? EX_NOPERM_ : ret == -EOPNOTSUPP ? EX_KERNEL : EX_FAILURE;
	}
	plan_attach(&p, skel);
	twtrace_bpf__destroy(skel);
	if (o->json)
		return features_json(o, &p, needs);
	printf("%-5s %-32s %s\n", "LOADS", "HOOK", "WHAT IT TELLS");
	for (i = 0; hooks[i].program; i++) {
		printf("%-5s %-32s %s\n", verdict(&p, i), hooks[i].attach, hooks[i].gives);
		if (!is_needed(&p, i))
			printf("%-5s %-32s left out: %s does not need it\n", "", "", o->features_for);
		else if (is_lacking(&p, i))
			printf("%-5s %-32s without it: %s\n", "", "", hooks[i].without);
	}
	say_stacks();
	if (o->features_for)
		say_branches(o->features_for, needs);
	return fflush(stdout) ? EX_FAILURE : EX_OK_;
}
