// SPDX-License-Identifier: GPL-2.0-only
/* The live source: settings of network namespaces, told when one is first heard of and when they change. */
#include <errno.h>
#include <stdlib.h>
#include "host/nslist.h"
#include "host/sysctl.h"
#include "source/bpf/bpf.h"

#define LOOK_NS 10000000000ULL		/* between two looks at all of them */
#define SOON_NS 100000000ULL		/* ... and for one that is new */
#define SPACES_MAX 4096
#define VALUES_MAX 65536		/* a list of reserved ports has no more ranges than this, with room */

/* A namespace, and what was told of it, as one number. */
struct space { __u32 netns; __u64 sum, conntrack; };

struct settings {
	struct space *spaces;		/* by number */
	size_t n, cap;
	__u32 last;			/* heard of last: most events are of the same one */
	bool news;			/* one was heard of that is not in .spaces */
	__u64 looked_ns;
	/* while one is read */
	struct twt_event *values;
	size_t n_values, cap_values;
	__u64 sum, conntrack;
};

int source_bpf_settings_new(struct source *s)
{
	s->settings = calloc(1, sizeof(*s->settings));
	return s->settings ? 0 : -ENOMEM;
}

void source_bpf_settings_free(struct source *s)
{
	if (!s->settings)
		return;
	free(s->settings->spaces);
	free(s->settings->values);
	free(s->settings);
	s->settings = NULL;
}

/* Where @netns is, or belongs. */
static size_t place_of(const struct settings *st, __u32 netns)
{
	size_t lo = 0, hi = st->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (st->spaces[mid].netns < netns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool known(const struct settings *st, __u32 netns)
{
	size_t at = place_of(st, netns);

	return at < st->n && st->spaces[at].netns == netns;
}

/* Its entry, made if needed; NULL beyond the limit or without memory: it is told again at each look. */
static struct space *space_of(struct settings *st, __u32 netns)
{
	size_t at = place_of(st, netns), i;

	if (at < st->n && st->spaces[at].netns == netns)
		return &st->spaces[at];
	if (st->n == st->cap) {
		size_t cap = st->cap ? st->cap * 2 : 16;
		struct space *grown = cap <= SPACES_MAX ? realloc(st->spaces, cap * sizeof(*grown)) : NULL;

		if (!grown)
			return NULL;
		st->spaces = grown;
		st->cap = cap;
	}
	for (i = st->n++; i > at; i--)
		st->spaces[i] = st->spaces[i - 1];
	st->spaces[at] = (struct space){ .netns = netns };
	return &st->spaces[at];
}

void source_bpf_settings_heard(struct source *s, __u32 netns)
{
	struct settings *st = s->settings;

	if (netns == st->last)
		return;
	st->last = netns;
	/* One that cannot be read is tried again with all others, not each time that it is heard of. */
	if (!known(st, netns) && space_of(st, netns))
		st->news = true;
}

static void add_value(void *ctx, const struct twt_event *ev)
{
	struct settings *st = ctx;

	if (st->n_values == st->cap_values) {
		size_t cap = st->cap_values ? st->cap_values * 2 : 32;
		struct twt_event *grown = cap <= VALUES_MAX ? realloc(st->values, cap * sizeof(*grown)) : NULL;

		if (!grown)
			return;
		st->values = grown;
		st->cap_values = cap;
	}
	st->values[st->n_values++] = *ev;
	/* It moves all the time: told by itself. */
	if (ev->aux == TWT_SC_CONNTRACK_COUNT) {
		st->conntrack = ev->arg0;
		return;
	}
	st->sum = (st->sum ^ (ev->aux | (__u64)ev->lport << 32 | (__u64)ev->rport << 48)) * 0x100000001b3ULL;
	st->sum = (st->sum ^ ev->arg0) * 0x100000001b3ULL;
}

static int read_here(void *ctx)
{
	return sysctl_read(add_value, ctx) ? 0 : -ENOENT;
}

static void look_at(struct source *s, const struct nslist *l, size_t i, __u64 ts)
{
	struct settings *st = s->settings;
	struct space *space;
	bool count_only;

	st->n_values = 0;
	st->conntrack = 0;
	st->sum = 0xcbf29ce484222325ULL;
	if (nslist_within(l, i, read_here, st))
		return;
	space = space_of(st, l->ns[i].inum);
	count_only = space && space->sum == st->sum;
	if (count_only && space->conntrack == st->conntrack)
		return;
	if (space) {
		space->sum = st->sum;
		space->conntrack = st->conntrack;
	}
	for (size_t k = 0; k < st->n_values; k++) {
		if (count_only && st->values[k].aux != TWT_SC_CONNTRACK_COUNT)
			continue;
		st->values[k].ts_ns = ts;
		st->values[k].netns = l->ns[i].inum;
		source_bpf_tell(s, &st->values[k]);
	}
}

__u64 source_bpf_settings_due(const struct source *s)
{
	return s->settings->looked_ns + (s->settings->news ? SOON_NS : LOOK_NS);
}

/* Those that are gone make room now and then: then all are told again. */
void source_bpf_settings_tell(struct source *s, __u64 ts)
{
	struct settings *st = s->settings;
	struct nslist l;

	if (st->looked_ns && ts < source_bpf_settings_due(s))
		return;
	st->news = false;
	st->looked_ns = ts;
	if (nslist_read(&l, s->cfg.netns, s->cfg.n_netns))
		return;
	if (st->n > 2 * l.n + 16)
		st->n = 0;
	for (size_t i = 0; i < l.n; i++)
		look_at(s, &l, i, ts);
	nslist_free(&l);
}
