/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of the screen, for its help page, --help and the man page. */
#ifndef VIEWS_SCREEN_KEYS_H
#define VIEWS_SCREEN_KEYS_H

struct top_key { const char *keys, *what; };

extern const struct top_key top_keys[];		/* ends with .keys NULL */
#endif
