/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: one declarative table (cli/opt_table.c) feeds getopt_long, --help and the man page's OPTIONS. */
#ifndef RUN_OPTS_H
#define RUN_OPTS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/filter.h"
#include "core/metrics/metrics.h"
#include "core/stats/closers/closers.h"
#include "core/stats/hist/assert.h"
#include "core/stats/hist/out.h"
#include "core/stats/paths/paths.h"
#include "run/source_config.h"

/* Exit codes, sysexits(3) where one fits. Also in README, man page and --help. */
enum { EX_OK_ = 0, EX_FAILURE = 1, EX_KERNEL = 3, EX_LOSS = 4, EX_FINDING = 5, EX_USAGE_ = 64, EX_NOPERM_ = 77 };

struct command;	/* cmd.h */

#define WHAT_IFS_MAX 8
#define SERVE_LISTEN_MAX 8
#define SERVE_HOSTS_MAX 16
#define SERVE_TOP_MAX 200	/* SLOTS_MAX (core/metrics/slots.h) */

/* A point in time as people give it. */
struct point_in_time {
	bool given, since_start;	/* since_start: .ns counts from the first event, else since 1970 */
	long long ns;
};

struct options {
	const char *command;		/* "stream", "count", ...; resolved, never NULL after opts_parse() */
	const struct command *cmd;	/* the same, its row of the table */
	struct source_config source;
	bool replay;			/* -r */
	bool synth;			/* hidden, for tests and benchmarks: events from source_synth */
	const char *features_for;	/* features --for COMMAND: its name; NULL: of a run that needs everything */
	char netns_names[64];		/* -N as it was given, with commas; cut off with "..." */
	const char *write_path;		/* -w FILE: record beside the view */
	const char *names_root;		/* --names-root: where the host's files of container engines are; NULL = / */
	struct filter *filter;
	char *labels;			/* --label: `,"KEY":"VALUE"` of each, for the end of every object of -j; NULL: none */
	bool json, wide, no_header;
	bool time_col, timestamp_col;	/* -T HH:MM:SS.us, -t seconds since the start */
	int color;			/* 0 or 1: NO_COLOR, TERM and whether stdout is a terminal are settled */
	const char *by;			/* --by, already checked against the command's list; NULL = not grouped */
	const char *sort;		/* --sort, the same; NULL = the command's own order */
	double interval_s;		/* seconds; default 1, for hist 0: one report at the end */
	unsigned long long count;	/* intervals to print; 0 = no end */
	double duration_s;		/* -d; 0 = no end */
	double max_loss;		/* --max-loss: share of events, 0..1; negative = not asked */
	bool ascii;
	unsigned int cols;		/* of the terminal that standard output is; 0: it is none */
	/* hist */
	__u32 phases;			/* mask of (1 << enum phase) */
	__u32 live_states;		/* --live: mask of (1 << enum tcp_state); 0 = not asked */
	bool cumulative, csv, hgrm, compare;
	enum hist_unit unit;
	struct assertion *asserts;	/* --assert: ASSERT_MAX of them, allocated with the first */
	size_t n_asserts;
	unsigned long long top;		/* groups to show */
	bool top_given;			/* by --top, not by default */
	/* conn, export, stream */
	const char **fields;		/* --fields: their keys, ends with NULL; NULL: not asked */
	/* export */
	struct {
		const char *format, *path;	/* path: -o; NULL: standard output */
		struct point_in_time from, to;
	} export;
	struct {			/* report */
		const char *path, *other;	/* -o; --compare */
	} report;
	/* conn, closers */
	bool at_close;			/* --at close: a line when the full socket is gone */
	bool pairs;			/* conn --pairs */
	bool live;			/* conn --live: what is not over, instead of what is */
	double stuck_s;			/* --stuck: how long a socket must not move to be stuck */
	/* ports */
	const char *what_ifs[WHAT_IFS_MAX];	/* --what-if, each one checked */
	unsigned int n_what_ifs;
	/* top */
	unsigned int pane;		/* --pane: place in top_pane_names (views/panes.h) */
	double speed;			/* --speed of a replay; 1 = as it was, 0 = as fast as it goes */
	/* doctor */
	char **sysctls;			/* --sysctl: as many as there are words, allocated with the first */
	size_t n_sysctls;
	unsigned int fail_on;		/* --fail-on: enum severity; 0: not asked */
	bool calls;			/* --calls */
	bool stacks;			/* --stacks */
	enum paths_of paths_of;		/* stacks: --of */
	bool folded;			/* stacks: --folded */
	struct {			/* explain */
		bool reuseaddr, reuseport, v6only, uid_given, watch;
		unsigned int uid;
		const char *device;
	} explain;
	struct {			/* serve */
		const char *listen[SERVE_LISTEN_MAX], *hosts[SERVE_HOSTS_MAX];
		size_t n_listen, n_hosts;
		const char *web_config, *check;
		bool insecure, once, list, findings;
		struct metrics_labels labels;
	} serve;
	bool quiet;			/* -q: no banner and no summary on stderr */
	bool verbose;
	char **program;			/* behind "--"; NULL: none */
	bool all;			/* --all: other processes' connections too */
	double linger_s;		/* --linger: go on after the program's end */
	char **args;			/* the command's own positional arguments ([interval [count]] taken off) */
	int n_args;
	char **positional;		/* all of them; args points into it */
	char *const *argv;		/* the whole command line */
};

/* It lists what there is, and nothing is waited for. */
static inline bool opts_list_now(const struct options *o)
{
	return o->live && !o->replay && !o->synth && !o->program && !o->duration_s;
}

/*
 * Parse @argv. Returns 0, or an exit code (0 after --help/--version printed what was asked: see *ret_done).
 * Errors are one sentence on stderr. Everything in @o is owned by it: opts_free().
 */
int opts_parse(int argc, char **argv, struct options *o, bool *ret_done);
void opts_free(struct options *o);
#endif
