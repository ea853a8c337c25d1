/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/forecast/forecast.h"
#include <math.h>

#define TIME_WAIT_S 63.0	/* TIME_WAIT, and what its timer is late */

double forecast_slot_s(double hold_s)
{
	double reach = isfinite(hold_s) && hold_s > TIME_WAIT_S ? hold_s : TIME_WAIT_S;

	return reach / (FORECAST_SLOTS - 1);
}

void forecast_back(struct forecast *f, double in_s, double n)
{
	double slot = in_s > 0 ? in_s / f->slot_s : 0;

	if (slot < FORECAST_SLOTS)
		f->back[(unsigned int)slot] += n;
}

/* Of @from..@from + @len, how much is after @hold_s: in that time, what is opened now is given back. */
static double part_after(double from, double len, double hold_s)
{
	double late = from + len - hold_s;

	return late <= 0 ? 0 : late >= len ? len : late;
}

void forecast_run(struct forecast *f)
{
	double held = f->in_use, at = 0;
	unsigned int i;

	f->exhausted_in_s = INFINITY;
	f->steady = held;
	if (held >= f->usable) {
		f->exhausted_in_s = 0;
		return;
	}
	if (f->rate <= 0) {
		for (i = 0; i < FORECAST_SLOTS; i++)
			f->steady -= f->back[i];
		return;
	}
	for (i = 0; i < FORECAST_SLOTS; i++, at += f->slot_s) {
		/* Two parts: until what is opened from now on is given back, too, and after. */
		double after = part_after(at, f->slot_s, f->hold_s), before = f->slot_s - after;
		double back = f->back[i] / f->slot_s, up = f->rate - back, late = -back;

		if (before > 0 && up > 0 && held + up * before >= f->usable) {
			f->exhausted_in_s = at + (f->usable - held) / up;
			return;
		}
		held += up * before;
		if (after > 0 && late > 0 && held + late * after >= f->usable) {
			f->exhausted_in_s = at + before + (f->usable - held) / late;
			return;
		}
		held += late * after;
	}
	if (isfinite(f->hold_s)) {
		f->steady = held > 0 ? held : 0;
		return;
	}
	f->steady = INFINITY;
	f->exhausted_in_s = at + (f->usable - held) / f->rate;
}
