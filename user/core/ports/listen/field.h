/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_PORTS_LISTEN_FIELD_H
#define CORE_PORTS_LISTEN_FIELD_H
#include "core/stats/field_help.h"

extern const struct field_help listener_fields[];
#endif
