/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of options, as the parser, --help and the man page read it. A new option is one row and one
 * member of struct options.
 */
#ifndef CLI_OPT_TABLE_H
#define CLI_OPT_TABLE_H
#include <stdbool.h>
#include "core/conn/filter.h"
#include "run/opts.h"

enum opt_group { OPT_RECORDING, OPT_FILTER, OPT_OUTPUT, OPT_RUN, OPT_GENERAL, OPT_HIDDEN, OPT_GROUP_MAX };

#define OPT_LATER_MAX 64

/* What the parser knows while it reads the command line. */
struct opt_parse {
	struct options *o;
	bool help, version, man, family4, family6;
	const char *man_path;
	const char *fields;			/* --fields, as it was given */
	const char *pids;			/* last -p, for the check that the process exists */
	bool have_interval;
	/* Options whose name has several rows, the command deciding which: obeyed when it is known. */
	struct { const struct opt_def *row; const char *arg; } later[OPT_LATER_MAX];
	int n_later;
};

struct opt_def {
	int letter;		/* 0: long name only */
	const char *name;
	const char *arg;	/* name of its argument; NULL: none; "[X]": optional, --name=X */
	enum opt_group group;
	unsigned int needs;	/* TAKES_* bits (cmd.h) that a command must have; 0: every command */
	const char *help;	/* ends without a full stop */
	/* Returns 0 or an exit code, having said what is wrong. @arg is NULL where the option has none. */
	int (*set)(struct opt_parse *p, const struct opt_def *d, const char *arg);
	long data;		/* for @set: an offset in struct options, or an enum filter_key */
};

#define OPTS_MAX 96	/* rows of the table that fit */

/* Ends with .name == NULL. */
extern const struct opt_def opt_table[];
extern const char *const opt_group_title[OPT_GROUP_MAX];	/* NULL: not shown */

/* A number as people type it. Return 0 or -EINVAL (not a number, or outside min..max). */
int opt_number(const char *text, double min, double max, double *ret);
int opt_count(const char *text, unsigned long long min, unsigned long long max, unsigned long long *ret);

/*
 * The arguments of hist: [PHASE...] [interval [count]] or, with --compare, A.twr B.twr [PHASE...]. Returns 0
 * or an exit code.
 */
int opt_hist_arguments(struct opt_parse *p);
/* The argument of export, a format, and whether its options go with it. Returns 0 or an exit code. */
int opt_export_arguments(struct opt_parse *p);
/* --fields, --label, --from and --to, as opt_def.set; .data of the latter two: an offset of a struct point_in_time. */
int opt_fields(struct opt_parse *p, const struct opt_def *d, const char *arg);
int opt_settle_fields(struct opt_parse *p);	/* --fields, once the command is known */
int opt_label(struct opt_parse *p, const struct opt_def *d, const char *arg);
int opt_moment(struct opt_parse *p, const struct opt_def *d, const char *arg);
/* -r, as opt_def.set; are two names of one file; and may so many be read with all else that was asked for? Returns 0 or an exit code. */
int opt_read(struct opt_parse *p, const struct opt_def *d, const char *arg);
bool opt_same_file(const char *a, const char *b);
int opt_check_several(struct options *o);
/* --slower PHASE=TIME, as opt_def.set. */
int opt_slower(struct opt_parse *p, const struct opt_def *d, const char *arg);

struct command;
void help_print(const struct command *cmd);	/* NULL: of the program as a whole */
void help_version(void);
/* The man page: the template at @path with lines like "@OPTIONS@" replaced. Returns an exit code. */
int man_print(const char *path);
const char *twtrace_version(void);
/* What the last of @n words can become, for shells: complete.c says how. Returns an exit code. */
int complete_print(int n, char **words);
#endif
