// SPDX-License-Identifier: GPL-2.0-only
/* From the kind of an event to the machine that knows it. */
#include "core/track/tracker.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/track/parts.h"

int tracker_new(const struct tracker_config *cfg, const struct tracker_ops *ops, void *ctx,
		struct tracker **ret)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->ops = ops;
	t->ctx = ctx;
	memset(t->listeners, 0xff, sizeof(t->listeners));
	t->table = table_new(cfg && cfg->max_conns ? cfg->max_conns : 1U << 20, cfg ? cfg->max_whole : 0);
	t->actors = actors_new(cfg && cfg->max_actors ? cfg->max_actors : 65536);
	t->names = names_new();
	t->half = calloc(MAX_CPUS, sizeof(*t->half));
	if (!t->table || !t->actors || !t->names || !t->half || settle_init(&t->settle)) {
		tracker_free(t);
		return -ENOMEM;
	}
	actors_set_names(t->actors, t->names);
	*ret = t;
	return 0;
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	table_free(t->table);
	actors_free(t->actors);
	names_free(t->names);
	stacks_free(t->stacks);
	free(t->births);
	totals_clear(&t->totals);
	free(t->settle.q);
	free(t->half);
	free(t->halfopen);
	free(t->pass_netns);
	free(t);
}

static void on_counter(struct tracker *t, const struct twt_event *ev)
{
	struct netns_totals *nt;

	switch (ev->aux) {
	case TWT_L_RING: t->told_losses[LOSS_RING] = ev->arg0; return;
	case TWT_L_RECURSION: t->told_losses[LOSS_RECURSION] = ev->arg0; return;
	case TWT_L_HALFOPEN: t->told_losses[LOSS_HALFOPEN] = ev->arg0; return;
	case TWT_L_BAD: t->told_losses[LOSS_BAD] = ev->arg0; return;
	}
	if (!ev->aux || ev->aux >= TWT_C_KERNEL_MAX)
		return;
	nt = tracker_netns(t, ev->netns);
	(ev->old_state ? nt->counter_now : nt->counter_base)[ev->aux] = ev->arg0;
	if (ev->aux < TWT_C_LISTEN_OVERFLOWS)	/* those from there on are told on the way, too: they prove nothing about the end */
		*(ev->old_state ? &nt->has_now : &nt->has_base) = true;
}

void tracker_event(struct tracker *t, const struct twt_event *ev)
{
	t->ev = NULL;
	if (ev->ts_ns > t->now_ns)
		t->now_ns = ev->ts_ns;
	if (t->now_ns > TRACKER_SETTLE_NS)
		conclude_due(t, t->now_ns - TRACKER_SETTLE_NS);
	t->ev = ev;
	switch (ev->kind) {
	case TWT_STATE: tracker_state(t, ev); break;
	case TWT_TW_START: tracker_tw_start(t, ev); break;
	case TWT_TW_CANCEL: tracker_tw_cancel(t, ev); break;
	case TWT_TW_EXPIRE: tracker_tw_expire(t, ev); break;
	case TWT_TW_SEGMENT: tracker_tw_segment(t, ev); break;
	case TWT_RST_SENT:
	case TWT_RST_RCVD: tracker_rst(t, ev); break;
	case TWT_DESTROY: tracker_destroy(t, ev); break;
	case TWT_TOUCH: tracker_touch(t, ev); break;
	case TWT_SNAP_BEGIN: tracker_snap_begin(t, ev); break;
	case TWT_SNAP: tracker_snap(t, ev); break;
	case TWT_SNAP_OWNER: tracker_snap_owner(t, ev); break;
	case TWT_SNAP_END: tracker_snap_end(t, ev); break;
	case TWT_HALFOPEN: tracker_halfopen(t, ev); break;
	case TWT_COUNTER: on_counter(t, ev); break;
	case TWT_CLOCK: t->clock_offset = event_sarg0(ev); break;
	case TWT_PLAN:
		t->plan = ev->arg0;
		t->totals.tw_at_expiry = t->plan & TWT_PLAN_TW_AT_EXPIRY;
		break;
	case TWT_NAME: (void)names_add(t->names, event_name(ev)); break;	/* what has no room is counted there */
	case TWT_STACK_USE:
	case TWT_FRAME:
	case TWT_STACK:
	case TWT_STACK_COUNT: tracker_stack(t, ev); break;
	case TWT_TICK: break;
	}
	table_tidy(t->table);
}

void tracker_finish(struct tracker *t)
{
	t->ev = NULL;
	conclude_due(t, SETTLE_ALL);
}
