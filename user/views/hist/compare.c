/* SPDX-License-Identifier: GPL-2.0-only */
/* Two recordings side by side, with the ratio of each percentile: before and after a change. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "core/text/json.h"
#include "core/track/pipeline.h"
#include "run/log.h"
#include "run/opts.h"
#include "source/progress.h"
#include "views/hist/hist.h"
#include "views/out.h"

#define NAME_COLS 12
#define VALUE_COLS 12
#define RATIO_COLS 9

struct side {
	const char *path;
	struct source *source;
	struct pipeline *pipeline;
	struct hist_collect collect;
};

static int on_transition(void *state, const struct transition *tr)
{
	struct side *s = state;

	return hist_collect(&s->collect, tr);
}

static int on_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct side *s = state;

	return hist_collect_closed(&s->collect, c, ts_ns);
}

static const struct pipeline_hooks hooks = { .transition = on_transition, .closed = on_closed };

static void feed(void *ctx, const struct twt_event *ev)
{
	(void)pipeline_event(ctx, ev);
}

/* Read all of @path. Returns 0, or an exit code after a sentence on stderr. */
static int read_side(struct side *s, const struct options *o)
{
	struct pipeline_config cfg = { 0 };
	struct source_config source = { .path = s->path };
	struct progress progress;
	const char *text;
	char err[512] = "";
	int e = source_file.open(&source, &s->source, err, sizeof(err)), more;

	if (e) {
		log_error("%s", *err ? err : strerror(-e));
		return EX_FAILURE;
	}
	e = pipeline_new(&cfg, NULL, &s->pipeline);
	s->collect = (struct hist_collect){ .filter = o->filter, .phases = o->phases };
	s->collect.set = hist_set_new(HIST_BY_ALL, 0);
	if (e || !s->collect.set) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	s->collect.tracker = pipeline_tracker(s->pipeline);
	(void)pipeline_add(s->pipeline, &hooks, s);
	progress_begin(&progress, &source_file, s->source, !o->quiet);
	do {
		more = source_file.pump(s->source, feed, s->pipeline);
		progress_step(&progress);
	} while (more >= 0 && !pipeline_status(s->pipeline));
	progress_end(&progress);
	e = pipeline_end(s->pipeline);
	if (!e)
		e = hist_collect_open(&s->collect);
	if (e) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	if (more == -ENODATA)
		return 0;
	text = source_file.error(s->source);
	log_error("%s", text ? text : strerror(-more));
	return EX_FAILURE;
}

static void say_losses(const struct side *s)
{
	__u64 lost[LOSS_MAX], total = 0;

	tracker_losses(pipeline_tracker(s->pipeline), lost);
	for (int i = 0; i < LOSS_MAX; i++)
		total += lost[i];
	if (total)
		log_error("%s: %llu events were lost when it was recorded", s->path,
			  (unsigned long long)total);
}

/* B's share of A, or 0 where there is none. */
static double ratio(const struct hist *a, const struct hist *b, __u64 va, __u64 vb)
{
	return a->count && b->count && va ? (double)vb / (double)va : 0;
}

static void add_cell(struct strbuf *b, const char *text, int width)
{
	strbuf_addf(b, " %*s", width, text);
}

static void add_ratio(struct strbuf *b, double r)
{
	char text[32] = "-";

	if (r > 0)
		(void)snprintf(text, sizeof(text), "%.*f", r < 1000 ? 2 : 0, r);
	add_cell(b, text, RATIO_COLS);
	strbuf_addc(b, '\n');
}

static void text_row(struct strbuf *b, const char *name, const struct hist *ha, const struct hist *hb,
		     __u64 va, __u64 vb, enum hist_unit unit)
{
	struct strbuf cell = { 0 };

	strbuf_addf(b, "%-*s", NAME_COLS, name);
	if (ha->count)
		hist_fmt(&cell, va, unit);
	add_cell(b, ha->count && cell.s ? cell.s : "-", VALUE_COLS);
	strbuf_reset(&cell);
	if (hb->count)
		hist_fmt(&cell, vb, unit);
	add_cell(b, hb->count && cell.s ? cell.s : "-", VALUE_COLS);
	strbuf_free(&cell);
	add_ratio(b, ratio(ha, hb, va, vb));
}

static void text_phase(struct strbuf *b, const struct hist_item *ia, const struct hist_item *ib,
		       enum hist_unit unit)
{
	const struct hist *ha = ia->h, *hb = ib->h;
	char name[16], count[2][24];
	size_t i;

	strbuf_addf(b, "\n%s: %s\n%-*s", ia->phase, ia->about, NAME_COLS, "");
	add_cell(b, "A", VALUE_COLS);
	add_cell(b, "B", VALUE_COLS);
	add_cell(b, "B/A", RATIO_COLS);
	strbuf_addf(b, "\n%-*s", NAME_COLS, "count");
	(void)snprintf(count[0], sizeof(count[0]), "%llu", (unsigned long long)ha->count);
	(void)snprintf(count[1], sizeof(count[1]), "%llu", (unsigned long long)hb->count);
	add_cell(b, count[0], VALUE_COLS);
	add_cell(b, count[1], VALUE_COLS);
	add_ratio(b, ratio(ha, hb, ha->count, hb->count));
	for (i = 0; i < HIST_PERCENTS; i++) {
		(void)snprintf(name, sizeof(name), "%s", hist_percents[i].name);
		text_row(b, name, ha, hb, hist_percentile(ha, hist_percents[i].ppm),
			 hist_percentile(hb, hist_percents[i].ppm), unit);
	}
	text_row(b, "max", ha, hb, ha->max, hb->max, unit);
	text_row(b, "mean", ha, hb, (__u64)hist_mean(ha), (__u64)hist_mean(hb), unit);
}

static void text_notes(struct strbuf *b, const char *side, const struct hist_item *it)
{
	struct strbuf notes = { 0 };
	char *line, *save = NULL;

	hist_notes(&notes, it);
	for (line = notes.s ? strtok_r(notes.s, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		strbuf_addf(b, "%s: %s\n", side, line);
	strbuf_free(&notes);
}

static void json_side(struct json *j, const char *key, const struct side *s, const struct hist_item *it)
{
	size_t i;

	json_open(j, key, '{');
	json_str(j, "file", s->path);
	json_u64(j, "count", it->h->count);
	json_u64(j, "began_before", it->began_before);
	json_u64(j, "lost", it->lost);
	json_u64(j, "reconstructed", it->reconstructed);
	json_u64(j, "open", it->open);
	json_double(j, "mean_ns", hist_mean(it->h));
	json_open(j, "percentiles_ns", '{');
	for (i = 0; i < HIST_PERCENTS; i++)
		json_u64(j, hist_percents[i].name, hist_percentile(it->h, hist_percents[i].ppm));
	json_close(j, '}');
	json_u64(j, "max_ns", it->h->max);
	json_close(j, '}');
}

static void json_ratio(struct json *j, const char *key, double r)
{
	if (r > 0)
		json_double(j, key, r);
	else
		json_null(j, key);
}

static void json_phase(struct strbuf *b, const struct side s[2], const struct hist_item *ia,
		       const struct hist_item *ib)
{
	const struct hist *ha = ia->h, *hb = ib->h;
	struct json j;
	size_t i;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "event", "hist_compare");
	json_str(&j, "phase", ia->phase);
	json_side(&j, "a", &s[0], ia);
	json_side(&j, "b", &s[1], ib);
	json_open(&j, "ratio", '{');
	json_ratio(&j, "count", ratio(ha, hb, ha->count, hb->count));
	for (i = 0; i < HIST_PERCENTS; i++)
		json_ratio(&j, hist_percents[i].name, ratio(ha, hb, hist_percentile(ha, hist_percents[i].ppm),
							     hist_percentile(hb, hist_percents[i].ppm)));
	json_ratio(&j, "max", ratio(ha, hb, ha->max, hb->max));
	json_close(&j, '}');
	json_close(&j, '}');
	strbuf_addc(b, '\n');
}

static int print(struct side s[2], const struct options *o)
{
	struct strbuf b = { 0 }, notes = { 0 }, labelled = { 0 };
	const struct strbuf *all = &b;
	struct hist_item *it[2];
	unsigned int phase;
	int k, err = 0;
	size_t n;

	if (!o->json)
		strbuf_addf(&b, "A: %s\nB: %s\n", s[0].path, s[1].path);
	for (phase = 0; phase < PHASE_MAX && !err; phase++) {
		if (!(o->phases & 1U << phase))
			continue;
		for (k = 0; k < 2 && !err; k++) {
			err = hist_set_items(s[k].collect.set, phase, 1, &it[k], &n);
			if (err)
				break;
			it[k]->phase = phases[phase].name;
			it[k]->about = phases[phase].about;
			text_notes(&notes, k ? "B" : "A", it[k]);
		}
		if (err)
			break;
		if (o->json)
			json_phase(&b, s, it[0], it[1]);
		else
			text_phase(&b, it[0], it[1], o->unit);
	}
	if (!o->json && notes.len)
		strbuf_addf(&b, "\n%s", notes.s);
	if (o->json)
		all = out_labelled(&b, &labelled, o->labels);
	errno = 0;
	if (!err && (all->failed || notes.failed))
		err = -ENOMEM;
	else if (!err && (fwrite(all->s, 1, all->len, stdout) != all->len || fflush(stdout)))
		err = errno ? -errno : -EIO;
	strbuf_free(&b);
	strbuf_free(&labelled);
	strbuf_free(&notes);
	return err;
}

int hist_compare(const struct options *o)
{
	struct side s[2] = { { .path = o->args[0] }, { .path = o->args[1] } };
	int code, k, err;

	(void)signal(SIGPIPE, SIG_IGN);
	code = read_side(&s[0], o);
	if (!code || s[0].pipeline)	/* a damaged one is used as far as it goes */
		code |= read_side(&s[1], o);
	if (s[0].collect.set && s[1].collect.set) {
		err = print(s, o);
		if (err && err != -EPIPE) {
			log_error("cannot write the comparison: %s", strerror(-err));
			code = EX_FAILURE;
		}
		for (k = 0; k < 2 && !o->quiet; k++)
			say_losses(&s[k]);
	}
	for (k = 0; k < 2; k++) {
		hist_set_free(s[k].collect.set);
		pipeline_free(s[k].pipeline);
		if (s[k].source)
			source_file.close(s[k].source);
	}
	return code;
}
