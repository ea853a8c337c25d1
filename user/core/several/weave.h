/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several streams of events, each in its own order and on its own host's clock, as one in the order of the wall clock. Of each only the first event that was
 * not handed on is known (its head). What a host says of its wall clock is believed: where it is wrong, so is the order, but nothing is left out.
 */
#ifndef CORE_SEVERAL_WEAVE_H
#define CORE_SEVERAL_WEAVE_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

#define WEAVE_MAX 16		/* streams */
#define WEAVE_LAG_NS 10000000ULL	/* a stream that is further behind is told what time it is */

enum weave_state { WEAVE_EMPTY, WEAVE_HEAD, WEAVE_OVER };

struct weave {
	size_t n;
	struct weave_stream {
		enum weave_state state;
		long long offset;	/* wall clock minus boot clock, as its newest TWT_CLOCK, or its recording's header said */
		__u64 head_ns;		/* the head's time since its host's boot ... */
		long long wall_ns;	/* ... and since 1970, held within what the type can say */
		__u64 newest_ns;	/* of what was handed on */
		bool ticks;		/* a TWT_TICK of its own was handed on: it may be told others */
	} s[WEAVE_MAX];
};

/* @n: up to WEAVE_MAX, all of them empty. */
void weave_init(struct weave *w, size_t n);
/* Stream @i's clock, before its first event. */
void weave_clock(struct weave *w, size_t i, long long offset);
/* @ev is the head of @i, which was empty. */
void weave_head(struct weave *w, size_t i, const struct twt_event *ev);
void weave_over(struct weave *w, size_t i);	/* nothing more comes of @i */
/* The stream whose head comes next, or -1: none has one. Those that are empty are left out: fill them first. */
int weave_next(const struct weave *w);
/* @i's head, @ev, was handed on: it is empty. */
void weave_took(struct weave *w, size_t i, const struct twt_event *ev);
/*
 * A stream that was told nothing for WEAVE_LAG_NS before @i's head, which comes next: it may be told that it is *@ret_ns (since its host's boot), for nothing of it
 * that is older is to come. Returns its number, and counts it as told, or -1.
 */
int weave_lagging(struct weave *w, size_t i, __u64 *ret_ns);
#endif
