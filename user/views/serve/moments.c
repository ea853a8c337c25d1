/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/serve/moments.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "core/stats/course.h"
#include "run/opts.h"

#define SECOND_NS 1000000000ULL
#define PATIENCE_NS SECOND_NS	/* on the way, and who did not ask again for so long wants it no more */

struct place { struct replay *r; bool held; __u64 asked_ns; };

struct moments {
	const struct view_env *env;
	struct live_span span;
	__u64 base_ns;			/* before it there is no moment: sockets are still being found */
	struct course course;
	struct stat file;
	struct place at[MOMENTS_MAX];
};

int moments_new(const struct view_env *env, struct moments **ret)
{
	const char *path = env->opts->source.path;
	struct moments *m;
	struct stat st;

	*ret = NULL;
	if (!env->opts->replay || !strcmp(path, "-") || stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->env = env;
	m->file = st;
	*ret = m;
	return 0;
}

void moments_free(struct moments *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < MOMENTS_MAX; i++)
		replay_close(m->at[i].r);
	free(m);
}

void moments_event(struct moments *m, const struct twt_event *ev)
{
	__u64 counts[ST_MAX];

	if (!m->span.start_ns)
		m->span.start_ns = ev->ts_ns;
	if (ev->ts_ns > m->span.end_ns)
		m->span.end_ns = ev->ts_ns;
	if (ev->kind != TWT_TICK)
		return;
	tracker_counts(m->env->tracker, counts);
	course_add(&m->course, ev->ts_ns, counts);
}

void moments_base(struct moments *m, __u64 now_ns)
{
	if (!m->base_ns)
		m->base_ns = now_ns;
}

void moments_whole(struct moments *m, __u64 now_ns)
{
	__u64 counts[ST_MAX];

	m->span.whole = true;
	if (now_ns > m->span.end_ns)
		m->span.end_ns = now_ns;
	tracker_counts(m->env->tracker, counts);
	course_add(&m->course, now_ns, counts);
}

const struct live_span *moments_span(const struct moments *m)
{
	return &m->span;
}

void moments_json(const struct moments *m, struct strbuf *b)
{
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_u64(&j, "first_ns", m->span.start_ns);
	json_bool(&j, "whole", m->span.whole);
	course_json(&m->course, &j);
	json_close(&j, '}');
	strbuf_addc(b, '\n');
}

/* Decimal digits with a fraction, as billionths; at most those of 292 years. False: it is something else. */
static bool billionths(const char *text, __u64 *ret)
{
	__u64 whole = 0, part = 0, scale = SECOND_NS / 10;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		whole = whole < SECOND_NS ? whole * 10 + (__u64)(*p - '0') : whole;
	if (p > text && *p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
			part += (__u64)(*p - '0') * scale;
	if (p == text || *p)
		return false;
	*ret = (whole < 9 * SECOND_NS ? whole : 9 * SECOND_NS) * SECOND_NS + part;
	return true;
}

int moments_parse(const struct moments *m, const char *text, __u64 *ret_ns, char *err, size_t errlen)
{
	__u64 ns, len = m->span.end_ns - m->span.start_ns;

	if (!billionths(text, &ns)) {
		(void)snprintf(err, errlen, "at: give seconds since the recording's first event, as in at=12.5");
		return -EINVAL;
	}
	*ret_ns = m->span.start_ns + (ns < len ? ns : len);
	if (*ret_ns <= m->base_ns)
		*ret_ns = m->base_ns + 1;
	return 0;
}

double moments_speed(const char *text)
{
	__u64 ns;

	return text && billionths(text, &ns) ? (double)ns / 1e9 : 0;
}

static bool is_free(const struct place *p, __u64 mono_ns)
{
	return !p->held && (replay_is_there(p->r) || mono_ns >= p->asked_ns + PATIENCE_NS);
}

/* That which is there, or on its way, or has the shortest one; else a new one; else that which nobody asked for for the longest time. */
static struct place *choose(struct moments *m, __u64 at_ns, bool hold, __u64 mono_ns)
{
	struct place *best = NULL, *empty = NULL, *oldest = NULL;

	for (struct place *p = m->at; p < m->at + MOMENTS_MAX; p++) {
		if (!p->r) {
			empty = empty ? empty : p;
			continue;
		}
		if (p->held)
			continue;
		if (!hold && replay_aimed(p->r) == at_ns && replay_can(p->r, at_ns))
			return p;
		if (!is_free(p, mono_ns))
			continue;
		if (replay_can(p->r, at_ns) && (!best || replay_now(p->r) > replay_now(best->r)))
			best = p;
		if (!oldest || p->asked_ns < oldest->asked_ns)
			oldest = p;
	}
	return best ? best : empty ? empty : oldest;
}

static bool same_file(const struct moments *m)
{
	struct stat st;

	return !stat(m->env->opts->source.path, &st) && st.st_dev == m->file.st_dev && st.st_ino == m->file.st_ino && st.st_size == m->file.st_size;
}

int moments_take(struct moments *m, __u64 at_ns, bool hold, __u64 mono_ns, struct replay **ret, char *err, size_t errlen)
{
	struct place *p = choose(m, at_ns, hold, mono_ns);
	int e;

	if (!p || !m->span.whole) {
		(void)snprintf(err, errlen, p ? "the recording is still being read" : "other moments are being looked for: as many as there is room for");
		return -EBUSY;
	}
	if (p->r && !replay_can(p->r, at_ns)) {
		replay_close(p->r);
		p->r = NULL;
	}
	if (!p->r) {
		if (!same_file(m)) {
			(void)snprintf(err, errlen, "the recording is not the file any more that was read: start anew");
			return -ESTALE;
		}
		e = replay_open(m->env, &m->span, &p->r, err, errlen);
		if (e)
			return e;
	}
	replay_aim(p->r, at_ns);
	p->held = hold;
	p->asked_ns = mono_ns;
	*ret = p->r;
	return 0;
}

void moments_release(struct moments *m, struct replay *r)
{
	for (struct place *p = m->at; r && p < m->at + MOMENTS_MAX; p++) {
		if (p->r != r)
			continue;
		p->held = false;
		p->asked_ns = 0;
	}
}
