/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_STATS_CLOSERS_FIELD_H
#define CORE_STATS_CLOSERS_FIELD_H
#include "core/stats/field_help.h"

extern const struct field_help closer_fields[];
#endif
