/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core [RUNS] < RECORDING: how fast events go through the core, without kernel and without output. The
 * recording is uncompressed; its events wait in memory, back to back as in the ring. Each stage runs RUNS (5)
 * times over all of them, stages in turn; of each the fastest run counts, in processor time: what else the
 * machine does only makes a run slower. One line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "core/event/event.h"
#include "core/event/record.h"
#include "core/stats/closers/closers.h"
#include "core/stats/hist/phase.h"
#include "core/stats/hist/set.h"
#include "core/track/pipeline.h"

#define RUNS_MAX 100

enum stage { STAGE_DECODE, STAGE_TABLE, STAGE_CLOSERS, STAGE_HIST, STAGE_MAX };
static const char *const stage_names[STAGE_MAX] = { "decode", "table", "closers", "hist" };

struct events { char *data; size_t len; unsigned long n; };

struct aggregates {
	const struct tracker *tracker;
	struct closers *closers;
	struct hist_set *hist;
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "core: %s\n", what);
	exit(1);
}

static __u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

static struct events read_all(FILE *in)
{
	size_t cap = 1 << 20, n;
	struct events e = { .data = malloc(cap) };
	struct record_header h;
	__u16 size;

	while (e.data && (n = fread(e.data + e.len, 1, cap - e.len, in)) > 0) {
		e.len += n;
		if (e.len == cap)
			e.data = realloc(e.data, cap *= 2);
	}
	if (!e.data)
		die("out of memory");
	if (e.len < sizeof(h))
		die("no recording on standard input: it must be uncompressed");
	memcpy(&h, e.data, sizeof(h));
	if (memcmp(h.magic, RECORD_MAGIC, sizeof(h.magic)) || h.header_size > e.len)
		die("no recording on standard input: it must be uncompressed");
	e.len -= h.header_size;
	memmove(e.data, e.data + h.header_size, e.len);
	for (n = 0; n + sizeof(size) <= e.len; n += size, e.n++) {
		memcpy(&size, e.data + n, sizeof(size));
		if (size < sizeof(size) || size > e.len - n)
			die("a damaged recording");
	}
	if (!e.n)
		die("a recording without events");
	return e;
}

static int closers_on_transition(void *state, const struct transition *tr)
{
	struct aggregates *a = state;

	return closers_transition(a->closers, tr, tracker_actors(a->tracker));
}

static int closers_on_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct aggregates *a = state;

	(void)ts_ns;
	return closers_closed(a->closers, c, tracker_actors(a->tracker));
}

static int closers_on_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	struct aggregates *a = state;

	return closers_gone(a->closers, c, tracker_actors(a->tracker), ts_ns);
}

static int add_samples(struct aggregates *a, const struct conn *c, const struct phase_sample *s, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = hist_set_add(a->hist, c, tracker_actors(a->tracker), &s[i]);
	return err;
}

static int hist_on_transition(void *state, const struct transition *tr)
{
	struct phase_sample s[PHASE_MAX];

	return tr->marks & TR_SEEDED ? 0 : add_samples(state, tr->conn, s, phase_of(tr, s));
}

static int hist_on_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct phase_sample s[PHASE_MAX];

	return add_samples(state, c, s, phase_close(c, ts_ns, s));
}

static const struct pipeline_hooks hooks[STAGE_MAX] = {
	[STAGE_CLOSERS] = {
		.transition = closers_on_transition, .closed = closers_on_closed, .gone = closers_on_gone,
	},
	[STAGE_HIST] = { .transition = hist_on_transition, .closed = hist_on_closed },
};

static __u64 run_decode(const struct events *e)
{
	__u64 begin = cpu_ns(), sum = 0;
	struct twt_event ev;
	__u16 size;

	for (size_t at = 0; at < e->len; at += size) {
		memcpy(&size, e->data + at, sizeof(size));
		if (!event_decode(e->data + at, size, &ev))
			sum += ev.ts_ns;
	}
	begin = cpu_ns() - begin;
	if (!sum)
		die("not one event could be decoded");
	return begin;
}

static __u64 run_pipeline(const struct events *e, enum stage stage, size_t *ret_rows)
{
	static const struct pipeline_config cfg = { 0 };
	struct aggregates a = { .closers = closers_new(CLOSERS_BY_PID, 0), .hist = hist_set_new(HIST_BY_ALL, 0) };
	__u64 begin, end, losses[LOSS_MAX];
	struct twt_event ev;
	struct pipeline *p;
	__u16 size;

	if (!a.closers || !a.hist || pipeline_new(&cfg, NULL, &p))
		die("out of memory");
	a.tracker = pipeline_tracker(p);
	if (stage >= STAGE_CLOSERS)
		(void)pipeline_add(p, &hooks[stage], &a);

	begin = cpu_ns();
	for (size_t at = 0; at < e->len; at += size) {
		memcpy(&size, e->data + at, sizeof(size));
		if (!event_decode(e->data + at, size, &ev) && pipeline_event(p, &ev) < 0)
			die("out of memory");
	}
	if (pipeline_end(p) < 0)
		die("out of memory");
	end = cpu_ns();

	*ret_rows = tracker_size(a.tracker);
	tracker_losses(a.tracker, losses);
	if (losses[LOSS_TABLE_FULL] || losses[LOSS_ACTORS_FULL])
		die("the recording does not fit the tables: its events cost less than they should");
	pipeline_free(p);
	closers_free(a.closers);
	hist_set_free(a.hist);
	return end - begin;
}

int main(int argc, char **argv)
{
	__u64 best[STAGE_MAX], ns;
	size_t rows = 0;
	unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 5;
	struct events e;

	if (argc > 2 || !runs || runs > RUNS_MAX)
		die("usage: core [RUNS] < RECORDING");
	e = read_all(stdin);
	memset(best, 0xff, sizeof(best));
	for (unsigned long run = 0; run < runs; run++) {
		for (unsigned int s = 0; s < STAGE_MAX; s++) {
			ns = s == STAGE_DECODE ? run_decode(&e) : run_pipeline(&e, s, &rows);
			best[s] = ns < best[s] ? ns : best[s];
		}
	}
	printf("{\"events\":%lu,\"bytes\":%zu,\"rows_left\":%zu", e.n, e.len, rows);
	for (unsigned int s = 0; s < STAGE_MAX; s++)
		printf(",\"%s_ns\":%.1f", stage_names[s], (double)best[s] / (double)e.n);
	printf("}\n");
	free(e.data);
	return 0;
}
