/* SPDX-License-Identifier: GPL-2.0-only */
/* The last minute of a number, one value a second, drawn as a line of bars. */
#ifndef CORE_TEXT_SPARK_H
#define CORE_TEXT_SPARK_H
#include <stdbool.h>
#include "core/text/strbuf.h"
#include "twtrace.h"

#define SPARK_LEN 60

struct spark {
	__u64 v[SPARK_LEN];
	unsigned int n, at;	/* how many are there; where the next one goes */
};

/* Add a value; the oldest one is forgotten. */
void spark_add(struct spark *s, __u64 value);
void spark_clear(struct spark *s);
/* @back values ago, 0 = the newest. False: there is none so old. */
bool spark_get(const struct spark *s, unsigned int back, __u64 *ret);
/*
 * @width columns for the whole minute, the newest value on the right: each shows the largest of its values as one of the eight
 * blocks of U+2581 on, in proportion to the largest of all. Zero is the lowest block, no value a blank.
 */
void spark_draw(struct strbuf *b, const struct spark *s, unsigned int width);
/* Rising or falling: the newest value against the mean of those up to @back before it; -1, 0 or 1. */
int spark_trend(const struct spark *s, unsigned int back);
#endif
