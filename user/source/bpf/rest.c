// SPDX-License-Identifier: GPL-2.0-only
/* The live source: how far apart its looks are, and for how long nobody need ask it for anything. */
#include "source/bpf/bpf.h"

#define QUIET_NS 50000000ULL		/* since the newest event: more often nobody looks anyway */
#define AGAIN_NS 10000000000ULL		/* between two looks for who wants the newest, and so many times what the last one took */
#define AGAIN_REST 50
#define SLACK_NS 100000000ULL
#define LISTENERS_QUIET_NS 1000000000ULL	/* between two looks at listeners where nothing was heard meanwhile: no queue has grown */
#define LEISURE_NS 1000000000ULL	/* the longest that the loop sleeps: looks so far apart need no wake-up of their own */

/* Looks come a little early where we are awake, so that those of one second are taken in one wake-up. */
bool source_bpf_is_due(__u64 ts, __u64 last_ns, __u64 every_ns)
{
	__u64 slack = every_ns / 10 < SLACK_NS ? every_ns / 10 : SLACK_NS;

	return ts + slack >= last_ns + every_ns;
}

/* For who wants the newest of all sockets: not so often that looking at them is what we do. */
__u64 source_bpf_again_ns(const struct source *s)
{
	__u64 rest = (s->pass_ended_ns - s->pass_began_ns) * AGAIN_REST;

	return rest > AGAIN_NS ? rest : AGAIN_NS;
}

__u64 source_bpf_at_least(const struct source *s, __u64 ns, unsigned int times)
{
	__u64 asked = s->cfg.wants ? s->cfg.wants->every_ns * times : 0;

	return asked > ns ? asked : ns;
}

/* A connection that joins a queue is heard of; one that leaves it may be seen a second later. */
__u64 source_bpf_listeners_due(const struct source *s)
{
	bool quiet = s->heard_ns < s->listen.began_ns && s->listen.next_ns < s->listen.began_ns + LISTENERS_QUIET_NS;

	return quiet ? s->listen.began_ns + LISTENERS_QUIET_NS : s->listen.next_ns;
}

/*
 * A stack is unwound while its process lives; looks of our own come again and again, at other moments than those at which the loop is awake anyway. Descriptors can
 * wait for one of these.
 */
bool source_bpf_waits(const struct source *s)
{
	const struct source_wants *w = s->cfg.wants;

	return !s->look && !s->stacks && !(w && w->every_ns < LEISURE_NS && (w->listeners || w->sockets));
}

/* Something that a pass over all sockets is to settle, or that waits for the next look. */
static bool has_work(const struct source *s)
{
	const struct source_wants *w = s->cfg.wants;

	if (!s->started || s->held || s->halfopen_again || s->snap.active || (s->look && look_active(s->look)))
		return true;
	return !s->cfg.no_seed && (s->want_pass || s->asked || (w && w->looks != s->looks_done) ||
				   s->loss_seen_ns > s->pass_ended_ns);
}

static void not_after(__u64 *due, __u64 ns)
{
	if (ns < *due)
		*due = ns;
}

/* When the first look of our own is due; ~0: there is none. */
static __u64 next_look(const struct source *s, __u64 now)
{
	const struct source_wants *w = s->cfg.wants;
	__u64 due = ~0ULL;

	if (!s->cfg.no_seed && now < s->refresh_until_ns)
		not_after(&due, s->pass_ended_ns + HEAL_LATEST_NS);
	if (!s->cfg.no_seed && w && w->sockets)
		not_after(&due, s->pass_ended_ns + source_bpf_again_ns(s));
	if (s->look)
		not_after(&due, s->look_ns + s->cfg.look_every_ns);
	if (w && w->listeners)
		not_after(&due, source_bpf_listeners_due(s));
	if (s->settings)
		not_after(&due, source_bpf_settings_due(s));
	return due;
}

__u64 source_bpf_rest(struct source *s)
{
	__u64 now = source_bpf_now(), due;

	if (has_work(s) || now - s->heard_ns < QUIET_NS)
		return 0;
	due = next_look(s, now);
	return due > now && ring_rest(s->ring) ? due - now : 0;
}
