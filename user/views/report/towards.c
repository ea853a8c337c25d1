/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/report/towards.h"
#include <stdlib.h>
#include <string.h>
#include "core/text/fmt.h"

#define STEP_NS 5000000000ULL	/* at first */
#define LOOKS_FREE 60U		/* these are due whenever a step is over ... */
#define EVENTS_A_ROW 8U		/* ... later ones after so many events for each connection that is looked at */

_Static_assert(TOWARDS_KEPT <= SERIES_COLUMNS, "each destination has a column");

void towards_begin(struct towards *ds, __u64 ts_ns)
{
	series_begin(&ds->series, ts_ns, STEP_NS, TOWARDS_KEPT, TOWARDS_KEPT);
}

bool towards_due(const struct towards *ds, __u64 ts_ns, size_t size, __u64 events)
{
	return series_over(&ds->series, ts_ns) && (ds->looks < LOOKS_FREE || events - ds->events >= (__u64)size * EVENTS_A_ROW);
}

static bool is(const struct toward *d, const struct ports_row *r)
{
	return d->netns == r->netns && d->rport == r->rport && d->any == r->any && !memcmp(d->laddr, r->laddr, 16) && !memcmp(d->raddr, r->raddr, 16);
}

/* The one that never had much makes room. */
static struct toward *room_for(struct towards *ds, const struct ports_row *r)
{
	struct toward *least = &ds->d[0];

	if (ds->n < TOWARDS_KEPT) {
		ds->d[ds->n].column = ds->n;
		return &ds->d[ds->n++];
	}
	for (unsigned int i = 1; i < ds->n; i++)
		if (ds->d[i].most < least->most)
			least = &ds->d[i];
	ds->left_out++;
	if (least->most >= r->in_use)
		return NULL;
	for (unsigned int i = 0; i < ds->series.n; i++)
		ds->series.at[i][least->column] = 0;
	least->most = 0;
	return least;
}

static void take(struct towards *ds, struct ports_row *const *rows, size_t n, __u64 gauges[TOWARDS_KEPT])
{
	memset(gauges, 0, TOWARDS_KEPT * sizeof(gauges[0]));
	for (size_t i = 0; i < n; i++) {
		const struct ports_row *r = rows[i];
		struct toward *d = ds->d;

		while (d < ds->d + ds->n && !is(d, r))
			d++;
		if (d == ds->d + ds->n) {
			d = room_for(ds, r);
			if (!d)
				continue;
			d->netns = r->netns;
			d->rport = r->rport;
			d->any = r->any;
			d->family = r->family;
			memcpy(d->laddr, r->laddr, 16);
			memcpy(d->raddr, r->raddr, 16);
		}
		d->usable = r->has_range ? r->usable : 0;
		d->most = r->in_use > d->most ? r->in_use : d->most;
		gauges[d->column] = r->in_use;
	}
}

void towards_look(struct towards *ds, __u64 ts_ns, __u64 events, struct ports_row *const *rows, size_t n)
{
	__u64 gauges[TOWARDS_KEPT];

	take(ds, rows, n, gauges);
	series_close(&ds->series, ts_ns, gauges);
	ds->looks++;
	ds->events = events;
}

void towards_end(struct towards *ds, __u64 ts_ns, struct ports_row *const *rows, size_t n)
{
	__u64 gauges[TOWARDS_KEPT];

	take(ds, rows, n, gauges);
	series_end(&ds->series, ts_ns, gauges);
}

static int by_most(const void *a, const void *b)
{
	const struct toward *x = *(const struct toward *const *)a, *y = *(const struct toward *const *)b;

	return x->most != y->most ? (x->most < y->most ? 1 : -1) : x->column < y->column ? -1 : 1;
}

static void one(const struct towards *ds, const struct toward *d, struct json *j)
{
	char addr[FMT_ADDR_LEN];

	json_open(j, NULL, '{');
	json_u64(j, "netns", d->netns);
	fmt_addr(d->laddr, d->family, addr);
	json_str(j, "laddr", addr);
	fmt_addr(d->raddr, d->family, addr);
	json_str(j, "raddr", d->any ? NULL : addr);
	if (d->any)
		json_null(j, "rport");
	else
		json_u64(j, "rport", d->rport);
	if (d->usable)
		json_u64(j, "usable", d->usable);
	else
		json_null(j, "usable");
	json_u64(j, "most", d->most);
	json_open(j, "in_use", '[');
	for (unsigned int i = 0; i < ds->series.n; i++)
		json_u64(j, NULL, ds->series.at[i][d->column]);
	json_close(j, ']');
	json_close(j, '}');
}

void towards_json(const struct towards *ds, struct json *j)
{
	const struct toward *order[TOWARDS_KEPT];
	unsigned int n = 0;

	for (unsigned int i = 0; i < ds->n; i++)
		order[i] = &ds->d[i];
	qsort(order, ds->n, sizeof(order[0]), by_most);
	json_open(j, "ports", '{');
	json_u64(j, "start_ns", ds->series.start_ns);
	json_u64(j, "step_ns", ds->series.step_ns);
	json_u64(j, "end_ns", ds->series.end_ns);
	json_bool(j, "left_out", ds->left_out || ds->n > TOWARDS_SHOWN);
	json_open(j, "rows", '[');
	for (; n < ds->n && n < TOWARDS_SHOWN && order[n]->most; n++)
		one(ds, order[n], j);
	json_close(j, ']');
	json_close(j, '}');
}
