/* SPDX-License-Identifier: GPL-2.0-only */
/* The hooks: what each is for, which are alternatives, what is lost without them, and which of them this kernel takes. */
#ifndef SOURCE_BPF_PROBES_H
#define SOURCE_BPF_PROBES_H
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct strbuf;
struct options;

enum hook_need { HOOK_BASE, HOOK_REFINE };

struct hook {
	const char *program;	/* name in bpf/twtrace.bpf.c */
	const char *attach;	/* where it hooks, for people */
	enum hook_need need;	/* HOOK_BASE: twtrace refuses to start without it (or its stand-in) */
	const char *stand_in;	/* program to load instead where this one does not, or NULL */
	unsigned int plan_bit;	/* TWT_PLAN_* that it adds, or 0 */
	unsigned int facts;	/* FACT_* (kernel_facts.h) without which it cannot load */
	const char *gives;	/* one line: what it tells */
	const char *without;	/* one line: what is lost without it */
	__u32 needs;		/* TWT_NEED_*: left out of runs that need none of these; 0: in all of them */
};

#define HOOKS_MAX 32
/* Ends with program == NULL. */
const struct hook *hooks_table(void);

struct plan {
	bool load[HOOKS_MAX];	/* by place in hooks_table(): loads here and shall be used */
	int err[HOOKS_MAX];	/* why not: negative errno of the trial, 0 if it loaded or was not tried */
	unsigned int bits;	/* TWT_PLAN_* */
	unsigned int needs;	/* TWT_NEED_* */
	bool only_looks;	/* iterators alone */
	unsigned long pcpu_hot_offset;	/* bytes from pcpu_hot to its preempt_count (6.2 to 6.14), or 0 */
};

struct twtrace_bpf;

/*
 * Find out by loading. @configure sets sizes and constants of an opened object. With @refine false optional hooks are left
 * out; and so is what none of @needs (TWT_NEED_*) asks for, and with @only_looks all but iterators. Returns 0 with the loaded object (the caller's) and the plan; -EPERM without privilege; -EOPNOTSUPP if a base
 * hook does not load; -ENOMEM; with one sentence in @err.
 */
int plan_load(bool refine, bool only_looks, __u32 needs, void (*configure)(struct twtrace_bpf *skel, const void *ctx),
	      const void *ctx, struct plan *ret_plan, struct twtrace_bpf **ret_skel, char *err, size_t errlen);
/*
 * Attach those that a kernel may load and then not attach (fexit, on arm64 up to 6.3: "arm64: ftrace: Add direct call support"). What cannot be
 * attached is taken out of the plan and unloaded. The caller attaches the rest.
 */
void plan_attach(struct plan *p, struct twtrace_bpf *skel);
/* "hook.NAME=yes|no ..." lines for a recording's header. */
void plan_describe(const struct plan *p, struct strbuf *b);
/* "1.1": of the library that runs, which may be newer than the headers. */
const char *probes_libbpf_version(void);
/* The command `features`: a table of the hooks. Returns the exit code. */
int cmd_features(const struct options *o);
#endif
