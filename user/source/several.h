/* SPDX-License-Identifier: GPL-2.0-only */
/* Several recordings in the order of the wall clock (source_several); .which() says whose event it is. */
#ifndef SOURCE_SEVERAL_H
#define SOURCE_SEVERAL_H
#include "source/source.h"

/* What the host of recording @i is called: raw bytes; no two are the same. */
const char *several_host(const struct source *s, size_t i);
/* The "key=value\n" lines of its header. */
const char *several_about(const struct source *s, size_t i);
#endif
