/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of closers in words. */
#ifndef CORE_STATS_CLOSERS_SAY_H
#define CORE_STATS_CLOSERS_SAY_H
#include "core/stats/closers/closers.h"
#include "core/text/strbuf.h"

/* "10.0.0.5:8080", "[::1]:80"; without a port "10.0.0.5". */
void say_dest(struct strbuf *b, const struct dest_key *k);
/*
 * Who it is: "nginx (pid 812)", "nginx", "cgroup /x", "local port 80", "the kernel", "an unknown process", ...
 * @label: name of a cgroup (its path), network namespace, container, pod or unit; NULL where only the number is known.
 */
void say_subject(struct strbuf *b, enum closers_by by, const struct closer_row *r, const char *label);
/* "3 CLOSE_WAIT, 1 FIN_WAIT2, oldest >5m10s"; nothing where nothing is stuck. */
void say_stuck(struct strbuf *b, const struct closer_row *r);
/* The row that costs most: TIME_WAITs held, then stuck sockets, then closes; NULL where none is worth a word. */
struct closer_row *closers_worst(struct closer_row *const *rows, size_t n);
/* "812 connections: 2.1% of 81,112 segments sent again (by 33 of them), median round trip 20.12ms"; nothing where nothing is known. */
void say_wire(struct strbuf *b, const struct closer_row *r);
/* What stands out of a destination (closers_outliers()), in a sentence; nothing where nothing does. */
void say_outlier(struct strbuf *b, const struct closer_row *r);
/* One plain sentence about it, with its numbers. */
void say_worst(struct strbuf *b, enum closers_by by, const struct closer_row *r, const char *label);
#endif
