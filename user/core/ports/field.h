/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PORTS_FIELD_H
#define CORE_PORTS_FIELD_H
#include "core/stats/field_help.h"

extern const struct field_help ports_fields[];		/* rows of ports */
extern const struct field_help what_if_fields[];	/* ... with --what-if */
#endif
