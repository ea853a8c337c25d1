/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be shown of a pair, each once: text, JSON, --fields, --help and the man page read this table. */
#ifndef CORE_PAIRS_COLUMNS_H
#define CORE_PAIRS_COLUMNS_H
#include "core/pairs/pairs.h"
#include "core/stats/fields/field.h"

/* field_src.of of these fields. */
struct pair_src { const struct pair *pair; const char *hosts[PAIRS_HOSTS]; };	/* names by number; NULL: not known */

extern const struct field pair_columns[];
/* NULL-terminated: all of -j; the columns of text, and with the hosts' names. */
extern const char *const pair_json[], *const pair_text[], *const pair_text_hosts[];
#endif
