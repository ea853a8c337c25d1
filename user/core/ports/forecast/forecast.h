/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When do the ports for a destination run out, if connections go on to be opened as now? What is held now is given back at
 * times that are known (a TIME_WAIT's timer) or expected; what is opened from here on is held as long as others were.
 */
#ifndef CORE_PORTS_FORECAST_FORECAST_H
#define CORE_PORTS_FORECAST_FORECAST_H
#include <linux/types.h>

#define FORECAST_SLOTS 64

struct forecast {
	/* in */
	double usable, in_use;			/* ports */
	double rate;				/* opened per second */
	double hold_s;				/* how long each of them holds its port; INFINITY: nobody gave one back yet */
	double slot_s;				/* length of a slot */
	double back[FORECAST_SLOTS];		/* ports of those in use that are given back in each slot from now */
	/* out: forecast_run() */
	double exhausted_in_s;			/* INFINITY: never */
	double steady;				/* ports in use once as many are given back as are taken; INFINITY: never so */
};

/* Slots of this length reach over all of TIME_WAIT, and over @hold_s if it is known. */
double forecast_slot_s(double hold_s);
/* A port that is given back @in_s from now; beyond the last slot: not at all. */
void forecast_back(struct forecast *f, double in_s, double n);
void forecast_run(struct forecast *f);
#endif
