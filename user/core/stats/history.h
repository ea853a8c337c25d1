/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The newest transitions, each with its connection as it was then. They outlive the tracker's rows: names of processes are kept too.
 * Bounded: the oldest one makes room.
 */
#ifndef CORE_STATS_HISTORY_H
#define CORE_STATS_HISTORY_H
#include "core/track/tracker.h"

struct moment {
	struct transition tr;	/* .conn is the copy below; .actor, and those in it, are ids of history_actors() */
	struct conn conn;	/* .wire is the copy below, or NULL */
	struct wire wire;
};

struct history;

/* NULL without memory. About 540 bytes for each of @limit moments, and 60 for each process they name. */
struct history *history_new(size_t limit);
void history_free(struct history *h);		/* NULL is fine */
void history_clear(struct history *h);
/* Keep @tr, whose processes are @as's. */
void history_add(struct history *h, const struct transition *tr, const struct actors *as);
/* The same in the place of moment @i, as of history_at(). */
void history_replace(struct history *h, size_t i, const struct transition *tr, const struct actors *as);
size_t history_n(const struct history *h);
/* @i: 0 is the oldest one, history_n() - 1 the newest. Valid until the next call that changes @h. */
const struct moment *history_at(const struct history *h, size_t i);
const struct actors *history_actors(const struct history *h);
/* How many were ever added: the number of the newest one, counted from 1. */
__u64 history_total(const struct history *h);
#endif
