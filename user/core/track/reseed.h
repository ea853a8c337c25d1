/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker knows, said as events: a recording that begins in the middle of a run begins with them, and whoever reads it has
 * the same table from there on. As a snapshot of the kernel at the start would say it, so that how long a connection was
 * in its state is not known. Connections that are about to be judged are left out: their ends are events of before.
 */
#ifndef CORE_TRACK_RESEED_H
#define CORE_TRACK_RESEED_H
#include "core/track/tracker.h"

/* @sink returns 0 to go on; anything else ends it and is returned. */
int reseed(const struct tracker *t, int (*sink)(void *ctx, const struct twt_event *ev), void *ctx);
#endif
