/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes, in chunks of any size (the first byte says): never a crash, never an endless loop, and the same
 * events as in one piece. What is read goes on through the tracker and the pipeline, which must bear every
 * sequence of events.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/record.h"
#include "core/track/pipeline.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static int on_interval(void *state, __u64 boundary_ns)
{
	__u64 *last = state;

	if (boundary_ns < *last)
		abort();
	*last = boundary_ns;
	return 0;
}

static const struct pipeline_hooks hooks = { .interval = on_interval };

struct result { size_t events, left; int err; __u64 sum; };

static void account(struct result *res, const struct twt_event *ev)
{
	const unsigned char *b = (const unsigned char *)ev;

	res->events++;
	for (size_t i = 0; i < sizeof(*ev); i++)
		res->sum = res->sum * 31 + b[i];
}

static struct result run(const unsigned char *data, size_t len, size_t piece, struct pipeline *p)
{
	struct record_reader *r = record_reader_new();
	struct result res = { 0 };
	union twt_record rec;
	const char *text;

	for (size_t at = 0; at < len && !res.err; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		if (record_reader_feed(r, data + at, n))
			abort();
		while ((res.err = record_reader_next(r, &rec)) == 1) {
			const struct twt_event *ev = &rec.event;

			if (ev->size < 16 || ev->size > sizeof(rec) || ev->kind >= TWT_KIND_MAX)
				abort();
			account(&res, ev);
			if (p)
				(void)pipeline_event(p, ev);
		}
	}
	if (res.err && res.err != -EBADMSG && res.err != -EPROTONOSUPPORT)
		abort();
	if (res.events && (!record_reader_header(r, &text) || strlen(text) > len))
		abort();
	if (!res.err)
		res.left = record_reader_left(r);
	record_reader_free(r);
	return res;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct tracker_config tcfg = { .max_conns = 64, .max_actors = 16 };
	struct pipeline_config cfg = { .interval_ns = 1000000000 };
	struct result whole, pieces;
	struct pipeline *p;
	__u64 last = 0;
	size_t piece;

	if (len < 1 || pipeline_new(&cfg, &tcfg, &p))
		return 0;
	if (pipeline_add(p, &hooks, &last))
		abort();
	piece = data[0] + 1UL;
	whole = run(data + 1, len - 1, len, p);
	pieces = run(data + 1, len - 1, piece, NULL);
	if (whole.events != pieces.events || whole.left != pieces.left || whole.err != pieces.err ||
	    whole.sum != pieces.sum)
		abort();
	if (pipeline_end(p))
		abort();
	pipeline_free(p);
	return 0;
}
