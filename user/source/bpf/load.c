// SPDX-License-Identifier: GPL-2.0-only
/* The live source: from the object to attached programs. */
#include "source/bpf/bpf.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <bpf/libbpf.h>
#include "arch.h"
#include "host/kallsyms.h"
#include "twtrace.skel.h"

/* Where these stay 0, the programs learn the handlers at first sight, and cannot tell softirq from process context. */
static void tell_addresses(struct source *s)
{
	unsigned long at[SYM_MAX];

	kallsyms_read(at);
	s->skel->bss->tw_timer_fn = at[SYM_TW_TIMER];
	s->skel->bss->reqsk_timer_fn = at[SYM_REQSK_TIMER];
	if (s->cfg.no_refine || !at[SYM_PER_CPU_OFFSET])
		return;
	s->skel->bss->per_cpu_offset_at = at[SYM_PER_CPU_OFFSET];
	s->skel->bss->preempt_count_at = at[SYM_PREEMPT_COUNT] ? at[SYM_PREEMPT_COUNT] :
		at[SYM_PCPU_HOT] && s->plan.pcpu_hot_offset ? at[SYM_PCPU_HOT] + s->plan.pcpu_hot_offset : 0;
}

static void configure(struct twtrace_bpf *skel, const void *ctx)
{
	const struct source_config *cfg = ctx;
	struct twt_config *c = (struct twt_config *)&skel->rodata->config;
	struct timespec res = { .tv_nsec = 4000000 };

	clock_getres(CLOCK_MONOTONIC_COARSE, &res);	/* one jiffy */
	c->tick_ns = res.tv_nsec;
	c->n_netns = cfg->n_netns;
	memcpy(c->netns, cfg->netns, sizeof(c->netns));
	c->family = cfg->family;
	c->needs = cfg->needs | (cfg->wire ? TWT_NEED_WIRE : 0);
	ring_configure(skel, ring_size_of(cfg->ring_bytes));
	source_bpf_stacks_configure(skel, cfg->needs & TWT_NEED_STACKS);
}

/*
 * A second copy has nothing to do where it is skipped. A missed end of a full socket is told by its state, too; a missed use comes again with the
 * next one. Of what a missed stack is of, only the code is not known.
 */
static bool misses_lose(const struct source *s, const struct bpf_program *prog)
{
	return prog != s->skel->progs.set_state_nested && prog != s->skel->progs.segment_nested &&
	       prog != s->skel->progs.destroy_sock && prog != s->skel->progs.touch && prog != s->skel->progs.accepted &&
	       prog != s->skel->progs.stack_state && prog != s->skel->progs.stack_touch && prog != s->skel->progs.stack_accepted;
}

/*
 * States come last: whoever hears of a socket's states from here on hears of its minisock, too. Otherwise a connection that ends meanwhile lacks its TIME_WAIT.
 * The second copy after the first: it is called in that order.
 */
static int attach(struct twtrace_bpf *skel, bool only_looks)
{
	int err;

	bpf_program__set_autoattach(skel->progs.set_state, false);
	bpf_program__set_autoattach(skel->progs.set_state_nested, false);
	err = twtrace_bpf__attach(skel);
	if (err || only_looks)
		return err;
	skel->links.set_state = bpf_program__attach(skel->progs.set_state);
	if (!skel->links.set_state)
		return -errno;
	skel->links.set_state_nested = bpf_program__attach(skel->progs.set_state_nested);
	return skel->links.set_state_nested ? 0 : -errno;
}

int source_bpf_load(struct source *s, char *err, size_t errlen)
{
	struct bpf_program *prog;
	int ret;

	if (s->cfg.needs & TWT_NEED_CALLS && !ARCH_KNOWS_CALLS) {
		snprintf(err, errlen, "--calls does not know this machine's system calls");
		return -EOPNOTSUPP;
	}
	/* Looks at ports are an object of their own (look.c). */
	ret = plan_load(!s->cfg.no_refine && !s->cfg.only_looks, s->cfg.only_looks, s->cfg.needs & ~TWT_NEED_LOOKS, configure, &s->cfg, &s->plan, &s->skel, err, errlen);
	if (ret)
		return ret;
	tell_addresses(s);
	/* It tells again what the last state told: of use where that was lost and no look at all sockets heals it. */
	bpf_program__set_autoattach(s->skel->progs.destroy_sock, s->cfg.no_seed);
	plan_attach(&s->plan, s->skel);
	ret = attach(s->skel, s->cfg.only_looks);
	if (ret) {
		snprintf(err, errlen, "attaching to the kernel's tracepoints failed: %s", strerror(-ret));
		return ret;
	}
	bpf_object__for_each_program(prog, s->skel->obj) {
		int fd = bpf_program__fd(prog);

		if (fd >= 0 && misses_lose(s, prog) && s->n_programs < MAX_PROGRAMS)
			s->programs[s->n_programs++] = fd;
	}
	return 0;
}
