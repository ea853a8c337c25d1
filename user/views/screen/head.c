/* SPDX-License-Identifier: GPL-2.0-only */
/* The header: who and how long, rates and losses, all states with their last minute. */
#include <string.h>
#include "core/text/brief.h"
#include "core/text/fmt.h"
#include "run/opts.h"
#include "source/bpf/probes.h"
#include "source/pace.h"
#include "views/screen/screen.h"

#define TREND_SECONDS 10
#define WIDE_COLS 140

/* Of a connection's life. */
const __u8 head_order[ST_SHOWN] = {
	ST_LISTEN, ST_SYN_SENT, ST_SYN_RECV, ST_ESTABLISHED, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_CLOSING, ST_TIME_WAIT, ST_CLOSE_WAIT,
	ST_LAST_ACK, ST_CLOSE,
};

const char *head_name(unsigned int state)
{
	return state == ST_ESTABLISHED ? "ESTAB" : tcp_state_name(state);
}

/* --- what the source says about itself ---------------------------------------------------------------------------------- */

static bool about_value(const struct top *t, const char *key, char *ret, size_t size)
{
	size_t len = strlen(key), n;
	const char *s;

	for (s = t->env->about; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		if (strncmp(s, key, len) != 0 || s[len] != '=')
			continue;
		n = strcspn(s + len + 1, "\n");
		n = n < size ? n : size - 1;
		memcpy(ret, s + len + 1, n);
		ret[n] = '\0';
		return true;
	}
	return false;
}

static bool loads(const struct top *t, const char *program, bool *ret_known)
{
	char key[64], value[8];

	(void)snprintf(key, sizeof(key), "hook.%s", program);
	*ret_known = about_value(t, key, value, sizeof(value));
	return *ret_known && !strcmp(value, "yes");
}

/* Does something else tell the same? */
static bool is_replaced(const struct top *t, const struct hook *hook)
{
	const struct hook *h;
	bool known;

	for (h = hooks_table(); h->program; h++) {
		bool pair = (h->stand_in && !strcmp(h->stand_in, hook->program)) ||
			    (hook->stand_in && !strcmp(hook->stand_in, h->program) && h->plan_bit == hook->plan_bit);

		if (pair && loads(t, h->program, &known))
			return true;
	}
	return false;
}

static bool is_missing(const struct top *t, const struct hook *h)
{
	bool known, loaded = loads(t, h->program, &known);

	return known && !loaded && h->need == HOOK_REFINE && !is_replaced(t, h);
}

void head_about(struct top *t)
{
	const char *path = t->env->opts->source.path, *slash = path ? strrchr(path, '/') : NULL;
	const struct hook *h;

	if (!about_value(t, "host", t->host, sizeof(t->host)))
		(void)snprintf(t->host, sizeof(t->host), "%s", t->env->opts->synth ? "made up" : slash ? slash + 1 : path ? path : "-");
	for (h = hooks_table(); h->program; h++) {
		size_t used = strlen(t->degraded);

		if (is_missing(t, h))
			(void)snprintf(t->degraded + used, sizeof(t->degraded) - used, "%s%s", used ? ", " : "", h->program);
	}
}

void head_degraded(const struct top *t, struct strbuf *b)
{
	const struct hook *h;

	for (h = hooks_table(); h->program; h++)
		if (is_missing(t, h))
			strbuf_addf(b, "  %s: %s\n", h->program, h->without);
}

/* --- lines --------------------------------------------------------------------------------------------------------------- */

static void add_scope(const struct top *t, struct strbuf *b)
{
	const struct options *o = t->env->opts;

	strbuf_adds(b, "netns ");
	fmt_comm(b, *o->netns_names ? o->netns_names : "all");
	if (o->source.family)
		strbuf_adds(b, o->source.family == 2 ? " ipv4" : " ipv6");
}

/* Where the events come from, and how time goes there. */
static void add_mode(const struct top *t, struct strbuf *b)
{
	const struct source *paced = t->env->paced;
	char text[32];

	if (t->recording)
		strbuf_adds(b, "REC ");
	if (!paced) {
		strbuf_adds(b, t->paused ? "PAUSED" : "live");
		return;
	}
	if (pace_ended(paced)) {
		strbuf_adds(b, "end of replay");
		return;
	}
	(void)snprintf(text, sizeof(text), "%gx", pace_speed(paced));
	strbuf_addf(b, "%s %s", t->paused ? "PAUSED" : "replay", pace_speed(paced) > PACE_MAX ? text : "max");
}

static void draw_first(struct top *t, struct strbuf *b)
{
	const struct gauges *g = &t->shown;
	unsigned long long up = (g->now_ns - g->base_ns) / SECOND_NS;
	int cols = term_cols(t->term), right;
	char host[sizeof(t->host)];

	/* The right end of the line is taken. */
	(void)snprintf(host, sizeof(host), "%.*s", cols > 76 ? cols - 64 : 12, t->host);
	strbuf_adds(b, " twtrace  ");
	fmt_comm(b, host);
	strbuf_adds(b, "  ");
	add_scope(t, b);
	strbuf_addf(b, "  up %02llu:%02llu:%02llu", up / 3600, up / 60 % 60, up % 60);
	term_fill(t->term, 0, 0, cols, LOOK_BAR, false, b->s);
	strbuf_reset(b);
	add_mode(t, b);
	strbuf_addf(b, "  every %gs  ", (double)t->interval_ns / 1e9);
	fmt_clock(b, (long long)g->now_ns + tracker_clock_offset(t->env->tracker), t->env->utc_offset);
	b->len -= b->len > 7 ? 7 : 0;	/* whole seconds */
	b->s[b->len] = '\0';
	right = (int)b->len;
	if (right + 1 < cols)
		(void)term_put(t->term, 0, cols - right - 1, right, t->paused ? LOOK_BAD : LOOK_BAR, b->s);
	strbuf_reset(b);
}

static int put_rate(struct top *t, int x, const char *name, double rate)
{
	char text[BRIEF_LEN];

	x += term_put(t->term, 1, x, 80, LOOK_DIM, name);
	x += term_put(t->term, 1, x + 1, 80, LOOK_BOLD, brief_rate(rate, text)) + 1;
	return x + term_put(t->term, 1, x, 80, LOOK_DIM, "/s") + 2;
}

/* As term_put(), and what is cut off can be seen to be. */
static int put_cut(struct top *t, int y, int x, int width, enum look look, const char *text)
{
	int used = term_put(t->term, y, x, width, look, text);

	if (width > 0 && used == width && strlen(text) > (size_t)width)
		(void)term_put(t->term, y, x + width - 1, 1, look, "\u2026");
	return used;
}

/* Does the command line leave out more than what the first line says? */
static bool options_filter(const struct top *t)
{
	for (int key = FK_PID; key < FK_MAX; key++)
		if (key != FK_FAMILY && key != FK_NETNS && filter_has(t->env->filter, (enum filter_key)key))
			return true;
	return false;
}

static void draw_second(struct top *t, struct strbuf *b)
{
	const struct gauges *g = &t->shown;
	int x = 1, cols = term_cols(t->term);
	__u64 lost = 0;

	x = put_rate(t, x, "events", g->events_rate);
	x = put_rate(t, x, "opens", flow_opens(&g->flow));
	x = put_rate(t, x, "closes", g->closes_rate);
	for (unsigned int i = 0; i < LOSS_MAX; i++)
		lost += g->losses[i];
	strbuf_adds(b, "lost ");
	fmt_count(b, lost);
	for (unsigned int i = 0; lost && i < LOSS_MAX; i++)
		if (g->losses[i])
			strbuf_addf(b, " %s", loss_name(i));
	if (g->gaps) {
		strbuf_adds(b, lost ? ", gaps " : " gaps ");
		fmt_count(b, g->gaps);
		strbuf_adds(b, g->gaps_healed == g->gaps ? " healed (?)" : " (?)");
	}
	lost += g->gaps;
	x += term_put(t->term, 1, x, cols - x, lost ? LOOK_BAD : LOOK_GOOD, b->s) + 2;
	strbuf_reset(b);
	if (*t->filter_text || options_filter(t)) {
		strbuf_addf(b, "filter: %s%s", t->filter_text,
			    !options_filter(t) ? "" : *t->filter_text ? " + options" : "options");
		x += put_cut(t, 1, x, cols - x, LOOK_WARN, b->s) + 2;
		strbuf_reset(b);
	}
	if (*t->degraded) {
		strbuf_addf(b, "without: %s (?)", t->degraded);
		(void)put_cut(t, 1, x, cols - x, LOOK_DIM, b->s);
		strbuf_reset(b);
	}
}

static int grid_cols(const struct top *t)
{
	return term_cols(t->term) >= WIDE_COLS ? 4 : 3;
}

int head_rows(const struct top *t)
{
	return 2 + (ST_SHOWN + grid_cols(t) - 1) / grid_cols(t);
}

static void draw_state(struct top *t, int y, int x, int width, unsigned int state, struct strbuf *b)
{
	const struct gauges *g = &t->shown;
	int trend = spark_trend(&g->sparks[state], TREND_SECONDS);
	char text[BRIEF_LEN];

	(void)term_put(t->term, y, x, 11, g->counts[state] ? LOOK_NAME : LOOK_DIM, tcp_state_name(state));
	term_fill(t->term, y, x + 11, 8, g->counts[state] ? LOOK_BOLD : LOOK_DIM, true, brief_count(g->counts[state], text));
	(void)term_put(t->term, y, x + 19, 1, LOOK_PLAIN, trend > 0 ? "\u2191" : trend < 0 ? "\u2193" : " ");
	spark_draw(b, &g->sparks[state], (unsigned int)(width - 21));
	if (b->s)
		(void)term_put(t->term, y, x + 20, width - 21, LOOK_LINE, b->s);
	strbuf_reset(b);
}

void head_draw(struct top *t)
{
	int n = grid_cols(t), width = term_cols(t->term) / n, rows = head_rows(t) - 2, i;
	struct strbuf b = { 0 };

	draw_first(t, &b);
	draw_second(t, &b);
	/* Downwards, then to the right. CLOSE, which hardly anything is ever in, comes last. */
	for (i = 0; i < ST_SHOWN && width > 21; i++)
		draw_state(t, 2 + i % rows, i / rows * width + 1, width, head_order[i], &b);
	strbuf_free(&b);
}
