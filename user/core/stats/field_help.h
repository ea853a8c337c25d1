/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rows of a command show, for --help and the man page. */
#ifndef CORE_STATS_FIELD_HELP_H
#define CORE_STATS_FIELD_HELP_H

struct field_help {
	const char *title;	/* of the column; NULL: JSON only */
	const char *key;	/* of JSON; NULL ends a table */
	const char *help;	/* ends without a full stop */
};
#endif
