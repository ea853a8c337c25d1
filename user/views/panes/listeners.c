/* SPDX-License-Identifier: GPL-2.0-only */
/* The pane of listeners. The live source looks at them only while it is shown. */
#include "views/listeners/listeners.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/brief.h"
#include "core/text/fmt.h"
#include "run/source_config.h"
#include "views/panes/calls.h"
#include "views/panes/panes.h"

#define PERCENTILE_50 500000
#define PERCENTILE_99 990000

static const char *const sort_names[] = {
	"trouble first", "queue", "peak", "half-open", "accepted per second", "wait", "drops", "port", NULL,
};
_Static_assert(sizeof(sort_names) / sizeof(sort_names[0]) == LISTENERS_SORT_MAX + 1, "a name for each order");

static const struct column columns[] = {
	{ "LISTENER", 18, 0, 1, 53, false, LISTENERS_BY_PORT }, { "QUEUE", 6, 0, 0, 0, true, LISTENERS_BY_QUEUE },
	{ "PEAK", 6, 0, 0, 0, true, LISTENERS_BY_PEAK }, { "LIMIT", 6, 0, 0, 0, true, -1 },
	{ "FULL%", 6, 100, 0, 0, true, LISTENERS_BY_TROUBLE }, { "HALF", 5, 0, 0, 0, true, LISTENERS_BY_HALF_OPEN },
	{ "ACC/s", 6, 0, 0, 0, true, LISTENERS_BY_ACCEPTED }, { "P50", 9, 110, 0, 0, true, -1 },
	{ "P99", 9, 0, 0, 0, true, LISTENERS_BY_WAIT }, { "MAX", 9, 120, 0, 0, true, -1 }, { "OLDEST", 9, 110, 0, 0, true, -1 },
	{ "DROPS", 6, 0, 0, 0, true, LISTENERS_BY_DROPS }, { "OWNER", 9, 0, 1, 28, false, -1 },
	{ "NETNS", 10, 140, 0, 0, true, -1 }, { "COOKIE", 10, 150, 0, 0, true, -1 },
};
enum { C_LISTENER, C_QUEUE, C_PEAK, C_LIMIT, C_FULL, C_HALF, C_ACCEPTED, C_P50, C_P99, C_MAX, C_OLDEST, C_DROPS, C_OWNERS, C_NETNS,
       C_COOKIE, N_COLUMNS };
_Static_assert(sizeof(columns) / sizeof(columns[0]) == N_COLUMNS && N_COLUMNS <= COLUMNS_MAX, "columns and their names");

/* A copy of a listener as it was at the last refresh: what is shown stands still. */
struct shown_listener {
	struct listener l;		/* but .at, .owners and .next */
	struct listen_address at;	/* but the pages of .wait */
	__u64 p50, p99;
	char owner[64];
};

struct top_listeners {
	struct listeners *listeners;
	struct shown_listener *rows;
	size_t n, cap;
	__u32 netns;			/* whose page is open */
	__u64 cookie;
};

/* --- what happens ----------------------------------------------------------------------------------------------------------- */

static int open_(struct top *t)
{
	t->listeners = calloc(1, sizeof(*t->listeners));
	if (!t->listeners)
		return -ENOMEM;
	t->listeners->listeners = listeners_new();
	return t->listeners->listeners ? 0 : -ENOMEM;
}

static void close_(struct top *t)
{
	if (!t->listeners)
		return;
	listeners_free(t->listeners->listeners);
	free(t->listeners->rows);
	free(t->listeners);
	t->listeners = NULL;
}

static void clear(struct top *t) { listeners_clear(t->listeners->listeners); }
static void show(struct top *t, bool shown) { t->env->wants->listeners = shown; }
static int event(struct top *t, const struct twt_event *ev) { return listeners_event(t->listeners->listeners, ev); }

static void interval(struct top *t, __u64 ns)
{
	(void)ns;
	listeners_interval(t->listeners->listeners);
}

static int transition(struct top *t, const struct transition *tr)
{
	return listeners_transition(t->listeners->listeners, tr, tracker_actors(t->env->tracker));
}

static int accepted(struct top *t, const struct conn *c, __u64 wait_ns, bool by_use)
{
	return listeners_accepted(t->listeners->listeners, c, wait_ns, by_use);
}

/* --- a refresh ---------------------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct top *t, const struct listener *l)
{
	const struct actors *as = listeners_actors(t->listeners->listeners);

	return listener_match(t->env->filter, l, as) && (!t->filter || listener_match(t->filter, l, as));
}

/* In few columns: "nginx 812+7", and seven others hold it too. */
static void say_owner(struct strbuf *b, const struct listener *l, const struct actors *as)
{
	const struct actor *a = l->n_owners ? actors_get(as, l->owners[0].actor) : NULL;

	fmt_comm(b, a ? a->comm : l->kernel ? "kernel" : "-");
	if (a)
		strbuf_addf(b, " %u", a->tgid);
	if (l->n_owners > 1)
		strbuf_addf(b, "+%u", l->n_owners - 1 + l->owners_left_out);
}

static void copy(const struct top *t, struct shown_listener *to, const struct listener *l)
{
	struct strbuf b = { 0 };

	to->l = *l;
	to->at = *l->at;
	to->p50 = hist_percentile(&l->at->wait, PERCENTILE_50);
	to->p99 = hist_percentile(&l->at->wait, PERCENTILE_99);
	memset(to->at.wait.page, 0, sizeof(to->at.wait.page));
	to->l.owners = NULL;
	to->l.next = NULL;
	to->at.next = NULL;
	say_owner(&b, l, listeners_actors(t->listeners->listeners));
	(void)snprintf(to->owner, sizeof(to->owner), "%s", b.s ? b.s : "");
	strbuf_free(&b);
}

static int rebuild(struct top *t)
{
	struct top_listeners *ls = t->listeners;
	const struct listener *const *rows;
	size_t n, i;
	int err = listeners_rows(ls->listeners, (enum listeners_sort)t->sort[PANE_LISTENERS], &rows, &n);

	if (err)
		return err;
	listeners_set_names(ls->listeners, tracker_names(t->env->tracker));	/* filters ask for them */
	if (n > ls->cap) {
		struct shown_listener *grown = realloc(ls->rows, (n + n / 2) * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		ls->rows = grown;
		ls->cap = n + n / 2;
	}
	ls->n = 0;
	for (i = 0; i < n; i++) {
		const struct listener *l = rows[t->reverse[PANE_LISTENERS] ? n - 1 - i : i];

		if (is_wanted(t, l))
			copy(t, &ls->rows[ls->n++], l);
	}
	t->lists[PANE_LISTENERS].n = ls->n;
	return 0;
}

/* --- drawing ------------------------------------------------------------------------------------------------------------------ */

static void say_span(struct strbuf *b, bool known, __u64 ns)
{
	if (known)
		fmt_duration(b, ns);
	else
		strbuf_addc(b, '-');
}

static void say_number(struct strbuf *b, bool known, __u64 n)
{
	char text[BRIEF_LEN];

	strbuf_adds(b, known ? brief_count(n, text) : "-");
}

static void say_cell(const struct top *t, const void *ctx, struct strbuf *b, size_t row, size_t column)
{
	const struct shown_listener *s = &t->listeners->rows[row];
	const struct listener *l = &s->l;
	bool waited = s->at.wait.count > 0;
	char text[BRIEF_LEN];

	(void)ctx;
	switch (column) {
	case C_LISTENER: listener_say_address(b, &s->at); break;
	case C_QUEUE: say_number(b, l->looked, l->queue); break;
	case C_PEAK: say_number(b, l->looked, l->peak); break;
	case C_LIMIT: say_number(b, l->looked, l->limit); break;
	case C_FULL: say_number(b, l->looked, listener_fill(l)); break;
	case C_HALF: say_number(b, l->looked, l->half_open); break;
	case C_ACCEPTED:
		strbuf_adds(b, s->at.accepted_per_s < 0 ? "-" : brief_rate(s->at.accepted_per_s, text));
		if (s->at.sockets > 1 && s->at.accepted_per_s >= 0)
			strbuf_addc(b, '*');
		break;
	case C_P50: say_span(b, waited, s->p50); break;
	case C_P99: say_span(b, waited, s->p99); break;
	case C_MAX: say_span(b, waited, s->at.wait.max); break;
	case C_OLDEST: say_span(b, l->looked && l->oldest_wait_ns, l->oldest_wait_ns); break;
	case C_DROPS: say_number(b, l->looked, l->drops); break;
	case C_OWNERS: strbuf_adds(b, s->owner); break;
	case C_NETNS: out_netns(b, t->env, s->at.netns, 0); break;
	case C_COOKIE: strbuf_addf(b, "%llx", (unsigned long long)l->cookie); break;
	}
}

/* Of the selected row (@at) the columns that say why it is red or yellow. */
static enum look look_of(const struct top *t, const void *ctx, size_t row, size_t column, bool at)
{
	static const enum look looks[] = { [LISTENER_FINE] = LOOK_PLAIN, [LISTENER_WARN] = LOOK_WARN, [LISTENER_BAD] = LOOK_BAD };
	enum listener_trouble trouble = listener_trouble(&t->listeners->rows[row].l);

	(void)ctx;
	if (at && (trouble == LISTENER_FINE || (column != C_QUEUE && column != C_DROPS)))
		return LOOK_SELECTED;
	return trouble == LISTENER_FINE && column == C_LISTENER ? LOOK_NAME : looks[trouble];
}

static const struct listing listing = {
	.pane = PANE_LISTENERS, .columns = columns, .n_columns = N_COLUMNS, .say = say_cell, .look = look_of,
};

static int draw(struct top *t, struct area a)
{
	const struct top_listeners *ls = t->listeners;
	size_t rows = list_draw(t, a, &listing, ls->n);

	if (!ls->n)
		(void)term_put(t->term, a.y + 2, 2, a.cols, LOOK_DIM, "none");
	else if (!listeners_looked(ls->listeners) && ls->n < rows)
		(void)term_put(t->term, a.y + 2 + (int)ls->n, 2, a.cols - 2, LOOK_DIM,
			       "nobody looked at queues for this recording: twtrace -w FILE listeners does");
	return 0;
}

/* --- the page of one ------------------------------------------------------------------------------------------------------------ */

static bool is_call_of(const void *row, const struct twt_event *ev)
{
	const struct listener *l = row;

	return (ev->arg0 & TWT_CALL_WHICH) != TWT_CALL_CONNECT && ev->err == EADDRINUSE && ev->netns == l->at->netns && ev->lport == l->at->lport;
}

static int make_page(struct top *t, struct strbuf *b)
{
	const struct top_listeners *ls = t->listeners;
	const struct listener *const *rows;
	size_t n, i;
	int err = listeners_rows(ls->listeners, LISTENERS_BY_PORT, &rows, &n);

	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (rows[i]->cookie == ls->cookie && rows[i]->at->netns == ls->netns) {
			listeners_full(b, t->env, ls->listeners, rows[i]);
			calls_say(t, b, is_call_of, rows[i]);
			return 0;
		}
	}
	strbuf_adds(b, "it does not listen any more\n");
	return 0;
}

static int enter(struct top *t)
{
	struct top_listeners *ls = t->listeners;
	const struct list *l = &t->lists[PANE_LISTENERS];

	if (l->at >= ls->n)
		return 0;
	ls->netns = ls->rows[l->at].at.netns;
	ls->cookie = ls->rows[l->at].l.cookie;
	return page_open(t, "LISTENER", make_page);
}

const struct pane_ops pane_listeners = {
	.title = "Listeners", .brief = "Listen", .sorts = sort_names, .open = open_, .close = close_, .show = show, .clear = clear,
	.event = event, .interval = interval, .rebuild = rebuild, .draw = draw, .enter = enter, .transition = transition,
	.accepted = accepted,
};
