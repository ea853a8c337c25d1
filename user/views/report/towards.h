/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports by destination over time: a look now and then, for those destinations that ever had most. Bounded in destinations, steps and looks. */
#ifndef VIEWS_REPORT_TOWARDS_H
#define VIEWS_REPORT_TOWARDS_H
#include "core/ports/ports.h"
#include "core/stats/series.h"
#include "core/text/json.h"

#define TOWARDS_KEPT 32U
#define TOWARDS_SHOWN 8U

struct toward {
	__u32 netns, usable;		/* usable: 0 where it is not known */
	__u8 laddr[16], raddr[16], family;
	bool any;			/* ports of all destinations together, from .laddr */
	__u16 rport;
	__u32 most;			/* in use at any look */
	unsigned int column;		/* of the series */
};

struct towards {
	struct series series;		/* gauges: ports in use */
	struct toward d[TOWARDS_KEPT];
	unsigned int n;
	__u64 left_out;			/* rows that found no room, over all looks */
	__u64 looks, events;		/* so far; events at the last one */
};

void towards_begin(struct towards *ds, __u64 ts_ns);
/*
 * Is it time for a look? Looking at a table of @size connections costs as much as some times as many events: the first looks come at once, later ones when
 * that many @events went by.
 */
bool towards_due(const struct towards *ds, __u64 ts_ns, size_t size, __u64 events);
void towards_look(struct towards *ds, __u64 ts_ns, __u64 events, struct ports_row *const *rows, size_t n);
void towards_end(struct towards *ds, __u64 ts_ns, struct ports_row *const *rows, size_t n);
/* Member "ports" of an open object: {step_ns, start_ns, end_ns, rows: [{netns, laddr, raddr, rport, usable, most, in_use: [...]}]}, those with most first. */
void towards_json(const struct towards *ds, struct json *j);
#endif
