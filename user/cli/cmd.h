/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands: one row each. A view's row names its view_ops, another command's row its function. */
#ifndef CLI_CMD_H
#define CLI_CMD_H
#include <stddef.h>

struct field;
struct field_help;
struct options;
struct view_ops;

/* What a command understands; an option that needs more than this is refused (struct opt_def.needs). */
#define TAKES_SOURCE	(1U << 0)	/* events: live, -r, -d, --max-loss, ... */
#define TAKES_FILTER	(1U << 1)	/* -p, -L, --state, ... */
#define TAKES_INTERVAL	(1U << 2)	/* [interval [count]] */
#define TAKES_COLUMNS	(1U << 3)	/* --wide, -H, -T, -t */
#define TAKES_BY	(1U << 4)	/* --by, one of .by */
#define TAKES_WRITE	(1U << 5)	/* -w */
#define TAKES_FILE	(1U << 6)	/* one argument, the file to write */
#define TAKES_HIST	(1U << 7)	/* [PHASE...] [interval [count]], --unit, --live, ... */
#define TAKES_TOP	(1U << 8)	/* --top */
#define TAKES_AT	(1U << 9)	/* --at */
#define TAKES_CLOSERS	(1U << 10)	/* --stuck */
#define TAKES_SCREEN	(1U << 11)	/* --pane, --speed */
#define TAKES_WHAT_IF	(1U << 12)
#define TAKES_FOR	(1U << 14)	/* --for */
#define TAKES_JSON	(1U << 13)	/* -j: all but a screen */
#define TAKES_DOCTOR	(1U << 24)	/* --sysctl, --fail-on; looks up each second */
#define TAKES_EXPLAIN	(1U << 25)	/* a call and its addresses, --reuseaddr, --uid, ..., --watch */
#define TAKES_CALLS	(1U << 26)	/* --calls */
#define TAKES_EXPORT	(1U << 19)	/* csv, ndjson or trace; -o, --from, --to; looks up each second */
#define TAKES_FIELDS	(1U << 22)	/* --fields */
#define TAKES_WIRE	(1U << 27)	/* --min-rtt, --retrans, --slower */
#define TAKES_SORT	(1U << 28)	/* --sort, one of .sort */
#define TAKES_REPORT	(1U << 29)	/* -o, --compare OTHER, --stuck; looks up each second */
#define TAKES_LIVE	(1U << 17)	/* --live without a state: what is not over */
#define TAKES_SEVERAL	(1U << 30)	/* -r again and again */
#define TAKES_PROGRAM	(1U << 15)	/* -- PROGRAM, --linger, --all */
#define TAKES_STACKS	(1U << 16)	/* --of, --folded, --stuck; it is about code paths: --stacks goes without saying */

#define TAKES_SERVE	(1U << 18)	/* --listen, --labels, --once, ... */

#define TAKES_UNIT	(1U << 20)	/* --unit is systemd's; with TAKES_HIST it is that of durations */
#define TAKES_NAMES	(1U << 21)	/* not an option: its --wide and -j say whose container, pod and unit */

struct command {
	const char *name;
	const char *args;			/* its arguments, for --help; "" */
	const char *summary;			/* one line; NULL: the view's own */
	unsigned int takes;
	const struct field_help *fields;	/* what its rows show, for --help; NULL: the general fields, if it has columns */
	const struct field *columns;		/* the same, where --fields chooses among them; NULL: the general ones */
	const char *by;				/* what --by can be: "netns,lport" */
	const char *sort;			/* what --sort can be, the default first */
	const struct view_ops *view;		/* either this ... */
	int (*run)(const struct options *o);	/* ... or this, which returns an exit code; both: this with --compare, or without --watch */
};

/* All commands; ends with .name == NULL. */
extern const struct command commands[];

const struct command *command_find(const char *name);	/* exact; NULL if there is none */
const char *command_summary(const struct command *c);

/* How many letters differ (added, dropped, changed, swapped neighbours), for "did you mean". */
size_t text_distance(const char *a, const char *b);
#endif
