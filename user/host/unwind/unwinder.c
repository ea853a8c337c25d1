/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples that wait, the processes that they are of, and what was told already. */
#include "host/unwind/unwinder.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "host/unwind/parts.h"

#define HEAD offsetof(struct twt_stack_sample, bytes)

struct waiting { struct twt_stack_sample *sample; struct process *process; };

struct unwinder {
	struct process *processes[UNWIND_PROCESSES];
	unsigned long long uses;
	struct spots *spots;
	struct waiting *queue;		/* a ring */
	unsigned int head, n;
};

struct unwinder *unwinder_new(void)
{
	struct unwinder *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	/* libdwfl would ask servers for what is not here: nobody said that it may. */
	(void)unsetenv("DEBUGINFOD_URLS");
	u->spots = spots_new();
	u->queue = calloc(UNWIND_QUEUE, sizeof(*u->queue));
	if (!u->spots || !u->queue) {
		unwinder_free(u);
		return NULL;
	}
	return u;
}

void unwinder_free(struct unwinder *u)
{
	if (!u)
		return;
	for (unsigned int i = 0; i < u->n; i++)
		free(u->queue[(u->head + i) % UNWIND_QUEUE].sample);
	for (int i = 0; i < UNWIND_PROCESSES; i++)
		process_free(u->processes[i]);
	spots_free(u->spots);
	free(u->queue);
	free(u);
}

static bool is_awaited(const struct unwinder *u, const struct process *p)
{
	for (unsigned int i = 0; i < u->n; i++)
		if (u->queue[(u->head + i) % UNWIND_QUEUE].process == p)
			return true;
	return false;
}

/* The place of the process that was not used for the longest time, of those whose samples do not wait. NULL: all are awaited. */
static struct process **oldest(struct unwinder *u)
{
	struct process **found = NULL;

	for (int i = 0; i < UNWIND_PROCESSES; i++) {
		struct process **at = &u->processes[i];

		if (!*at)
			return at;
		if ((!found || (*at)->used < (*found)->used) && !is_awaited(u, *at))
			found = at;
	}
	return found;
}

/* NULL with *@ret_err. */
static struct process *process_of(struct unwinder *u, const struct twt_stack_sample *s, int *ret_err)
{
	struct process **at;

	for (int i = 0; i < UNWIND_PROCESSES; i++) {
		if (u->processes[i] && process_is(u->processes[i], s)) {
			u->processes[i]->used = ++u->uses;
			return u->processes[i];
		}
	}
	at = oldest(u);
	*ret_err = at ? -ESRCH : -ENOSPC;
	if (!at)
		return NULL;
	process_free(*at);
	*at = process_new(s);
	if (*at)
		(*at)->used = ++u->uses;
	return *at;
}

int unwinder_take(struct unwinder *u, const struct twt_stack_sample *s, size_t len)
{
	struct twt_stack_sample *copy;
	struct process *p;
	int err = 0;

	if (len < HEAD || s->len > sizeof(s->bytes) || len < HEAD + s->len || s->n_regs > TWT_STACK_REGS)
		return -EBADMSG;
	if (u->n == UNWIND_QUEUE)
		return -ENOSPC;
	p = process_of(u, s, &err);
	if (!p)
		return err;
	copy = malloc(HEAD + s->len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, s, HEAD + s->len);
	u->queue[(u->head + u->n++) % UNWIND_QUEUE] = (struct waiting){ copy, p };
	return 0;
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * 1000000000ULL + (unsigned long long)ts.tv_nsec;
}

/* Again with new maps where they lead nowhere: libraries may have come since. */
static unsigned int walk(struct process *p, const struct twt_stack_sample *s, Dwarf_Addr *pc, Dwfl_Module **mod, bool *ret_cut)
{
	unsigned int n = process_walk(p, s, pc, mod, ret_cut);

	if ((!n || !mod[n - 1]) && process_renew(p))
		n = process_walk(p, s, pc, mod, ret_cut);
	return n;
}

/* Returns 1 if it was told, 0 if it could not be unwound at all. */
static unsigned int one(struct unwinder *u, const struct waiting *w, unwinder_tell tell, void *ctx)
{
	const struct twt_stack_sample *s = w->sample;
	Dwarf_Addr pc[TWT_STACK_FRAMES];
	Dwfl_Module *mod[TWT_STACK_FRAMES];
	struct twt_stack rec = { .version = TWT_VERSION, .kind = TWT_STACK, .ts_ns = s->ts_ns, .id = s->id };
	struct twt_frame frame;
	bool cut, new;

	rec.n = walk(w->process, s, pc, mod, &cut);
	if (!rec.n)
		return 0;
	for (__u32 i = 0; i < rec.n; i++) {
		rec.frames[i] = spots_number(u->spots, mod[i], pc[i], s->ts_ns, &frame, &new);
		if (new)
			tell(ctx, &frame);
	}
	rec.flags = cut ? TWT_STACK_CUT : 0;
	rec.size = (__u16)(offsetof(struct twt_stack, frames) + rec.n * sizeof(rec.frames[0]));
	tell(ctx, &rec);
	return 1;
}

unsigned int unwinder_work(struct unwinder *u, unsigned long long budget_ns, unwinder_tell tell, void *ctx)
{
	unsigned long long begin = u->n ? now_ns() : 0;
	unsigned int told = 0;

	while (u->n) {
		struct waiting w = u->queue[u->head];

		told += one(u, &w, tell, ctx);
		free(w.sample);
		u->head = (u->head + 1) % UNWIND_QUEUE;
		u->n--;
		if (now_ns() - begin >= budget_ns)
			break;
	}
	return told;
}

__u64 unwinder_oldest(const struct unwinder *u)
{
	return u->n ? u->queue[u->head].sample->ts_ns : 0;
}
