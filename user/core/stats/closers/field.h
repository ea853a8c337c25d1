/* SPDX-License-Identifier: GPL-2.0-only */
/* What a row of closers shows, for --help and the man page. */
#ifndef CORE_STATS_CLOSERS_FIELD_H
#define CORE_STATS_CLOSERS_FIELD_H

struct closer_field {
	const char *title;	/* of the column; NULL: JSON only */
	const char *key;	/* of JSON */
	const char *help;	/* ends without a full stop */
};

/* Ends with .key == NULL. */
extern const struct closer_field closer_fields[];
#endif
