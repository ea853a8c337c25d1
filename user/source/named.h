/* SPDX-License-Identifier: GPL-2.0-only */
/* A live source, with names (TWT_NAME) put in order among its events: views that show names, and recordings, stand behind it. */
#ifndef SOURCE_NAMED_H
#define SOURCE_NAMED_H
#include "source/source.h"

extern const struct source_ops source_named;

/*
 * Around @inner of @ops, which it owns from then on. @root: where the files of container engines are looked for, NULL for /. NULL without
 * memory: then @inner is still the caller's.
 */
struct source *named_new(const struct source_ops *ops, struct source *inner, const char *root);
#endif
