/* SPDX-License-Identifier: GPL-2.0-only */
/* What the arguments of options and commands can be, for completion. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H
#include <stdbool.h>

struct command;
struct opt_def;

enum values {
	VALUES_UNKNOWN,		/* nobody has said yet: an entry in values.c is missing */
	VALUES_FREE,		/* a number, an address: whatever the user knows */
	VALUES_FILE,
	VALUES_WORDS,		/* those that were given to the sink */
};

/* Takes the values one by one. @about: a few words, or NULL. Both may hold any bytes where they come from outside. */
struct value_sink {
	void (*give)(struct value_sink *s, const char *word, const char *about);
	const char *names_root;	/* --names-root, where it was given; or NULL */
	bool repeats;		/* set by who gives: the same word may come again, and should be shown once */
};

/* Of the argument of option @d, which takes one, with command @cmd (NULL: not known yet). */
enum values values_of_option(const struct opt_def *d, const struct command *cmd, struct value_sink *s);
/* Of the next argument of @cmd after @n others; @compare: with --compare. */
enum values values_of_argument(const struct command *cmd, int n, bool compare, struct value_sink *s);
#endif
