/* SPDX-License-Identifier: GPL-2.0-only */
#include "run/opts.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "cli/cmd.h"
#include "cli/needs.h"
#include "cli/opt_table.h"
#include "core/stats/word.h"
#include "host/nslist.h"
#include "host/privs.h"
#include "host/proc.h"
#include "run/log.h"

#define LONG_ONLY 256			/* getopt's value of row n without a letter: LONG_ONLY + n */

struct getopt_tables { struct option longs[OPTS_MAX + 1]; char shorts[3 * OPTS_MAX + 4]; };

/* The argument of @d, of rows with its name the one that @cmd takes; NULL: none. Without a command none, if one of them has none. */
static const char *arg_of(const struct opt_def *d, const struct command *cmd)
{
	for (const struct opt_def *twin = opt_table; twin->name; twin++)
		if (!strcmp(twin->name, d->name) && (cmd ? (cmd->takes & twin->needs) == twin->needs : !twin->arg))
			return twin->arg;
	return d->arg;
}

static void make_tables(struct getopt_tables *t, const struct command *cmd)
{
	char *s = t->shorts;
	int i;

	memset(t, 0, sizeof(*t));
	/* '+': stop at the first word that is no option, so that options after the command work in every environment. */
	*s++ = '+';
	*s++ = ':';
	for (i = 0; opt_table[i].name && i < OPTS_MAX; i++) {
		const struct opt_def *d = &opt_table[i];
		const char *arg = arg_of(d, cmd);
		bool optional = arg && arg[0] == '[';

		t->longs[i].name = d->name;
		t->longs[i].has_arg = !arg ? no_argument : optional ? optional_argument : required_argument;
		t->longs[i].val = d->letter ? d->letter : LONG_ONLY + i;
		if (!d->letter)
			continue;
		*s++ = (char)d->letter;
		if (arg)
			*s++ = ':';
	}
}

static const struct opt_def *row_of(int val)
{
	if (val >= LONG_ONLY)
		return &opt_table[val - LONG_ONLY];
	for (const struct opt_def *d = opt_table; d->name; d++)
		if (d->letter == val)
			return d;
	return NULL;
}

/* Letters that a typing mistake may change: in a short word two make another one. */
static size_t near(const char *word)
{
	return strlen(word) < 5 ? 1 : 2;
}

static int unknown_option(const char *word, int letter)
{
	const char *best = NULL;
	size_t best_distance, len;
	char name[64];

	if (strncmp(word, "--", 2) != 0)
		return log_usage("unknown option '-%c'", letter);
	len = strcspn(word + 2, "=");
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, word + 2, len);
	name[len] = '\0';
	best_distance = near(name) + 1;
	for (const struct opt_def *d = opt_table; d->name; d++) {
		size_t distance = text_distance(name, d->name);

		/* Names are exact; what others cut short is understood here, but not obeyed. */
		if (len >= 2 && !strncmp(name, d->name, len))
			distance = 1;
		if (d->group != OPT_HIDDEN && distance < best_distance) {
			best = d->name;
			best_distance = distance;
		}
	}
	if (best)
		return log_usage("unknown option '--%s'; did you mean '--%s'?", name, best);
	return log_usage("unknown option '--%s'", name);
}

static int unknown_command(const char *name)
{
	char list[256] = "";
	const char *best = NULL;
	size_t best_distance = near(name) + 1;

	for (const struct command *c = commands; c->name; c++) {
		size_t distance = text_distance(name, c->name), used = strlen(list);

		(void)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", c->name);
		if (distance < best_distance) {
			best = c->name;
			best_distance = distance;
		}
	}
	if (best)
		return log_usage("unknown command '%s'; did you mean '%s'? There are: %s", name, best, list);
	return log_usage("unknown command '%s'; there are: %s", name, list);
}

/* The word that getopt_long() just read an option from. */
static const char *word_of(char **argv)
{
	return optarg && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
}

/* Another row of the same name: what it means is the command's business. getopt_long() gives the first. */
static bool has_twin(const struct opt_def *d)
{
	for (const struct opt_def *twin = d + 1; twin->name; twin++)
		if (!strcmp(twin->name, d->name))
			return true;
	return false;
}

/*
 * The command that the words name, or NULL. It is looked for first: whether the next word is an option's argument may be its business. "--live conn" and
 * "--live close-wait hist" are both understood.
 */
static const struct command *named_command(int argc, char **argv)
{
	const struct command *cmd = NULL;
	struct getopt_tables t;

	make_tables(&t, NULL);
	optind = 1;
	while (optind < argc && !cmd) {
		int before = optind;

		if (getopt_long(argc, argv, t.shorts, t.longs, NULL) != -1)
			continue;
		if (optind > before)		/* "--" */
			break;
		cmd = command_find(argv[optind++]);
	}
	return cmd;
}

static int put_off(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	if (p->n_later == OPT_LATER_MAX)
		return log_usage("more than %d of option '--%s'", OPT_LATER_MAX, d->name);
	p->later[p->n_later].row = d;
	p->later[p->n_later++].arg = arg;
	return 0;
}

static int obey_later(struct opt_parse *p, bool seen[OPTS_MAX])
{
	int err = 0;

	for (int i = 0; i < p->n_later && !err; i++) {
		const struct opt_def *first = p->later[i].row, *d = NULL;

		for (const struct opt_def *twin = first; twin->name; twin++)
			if (!strcmp(twin->name, first->name) && (p->o->cmd->takes & twin->needs) == twin->needs)
				d = twin;
		if (!d)		/* it has no meaning here, which will be said */
			continue;
		seen[first - opt_table] = false;
		seen[d - opt_table] = true;
		err = d->set(p, d, p->later[i].arg);
	}
	return err;
}

/* Read all words: options are obeyed, others kept in o->positional. */
static int read_words(int argc, char **argv, struct opt_parse *p, bool seen[OPTS_MAX], int *ret_n)
{
	const struct command *cmd;
	struct getopt_tables t;
	int n = 0;

	opterr = 0;
	cmd = named_command(argc, argv);
	make_tables(&t, cmd);
	optind = 1;
	while (optind < argc) {
		int before = optind, at = -1, err, val;
		const struct opt_def *d;

		val = getopt_long(argc, argv, t.shorts, t.longs, &at);
		if (val == -1) {
			if (optind > before) {		/* "--": the rest is a program */
				p->o->program = argv + optind;
				break;
			}
			p->o->positional[n++] = argv[optind++];
			continue;
		}
		if (val == ':') {
			d = row_of(optopt);
			if (!strncmp(argv[optind - 1], "--", 2))
				return log_usage("option '--%s' needs an argument: %s", d->name, d->arg);
			return log_usage("option '-%c' needs an argument: %s", d->letter, d->arg);
		}
		if (val == '?') {
			const char *word = argv[optind > before ? optind - 1 : before];

			d = optopt ? row_of(optopt) : NULL;
			if (d && !strncmp(word, "--", 2) && !arg_of(d, cmd))
				return log_usage("option '--%s' takes no argument", d->name);
			return unknown_option(word, optopt);
		}
		d = at >= 0 ? &opt_table[at] : row_of(val);
		if (at >= 0) {
			const char *word = word_of(argv) + 2;
			size_t len = strcspn(word, "=");

			if (len != strlen(d->name))
				return unknown_option(word_of(argv), 0);
		}
		seen[d - opt_table] = true;
		err = has_twin(d) ? put_off(p, d, optarg) : d->set(p, d, optarg);
		if (err)
			return err;
	}
	*ret_n = n;
	return 0;
}

/* Can a screen be shown, and keys be read? */
static bool can_show_screen(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

/* The screen, unless there is none to show it on or something was asked for that only lines have. */
static const struct command *default_command(const bool seen[OPTS_MAX], bool several)
{
	const struct command *top = command_find("top"), *stream = command_find("stream");

	if (!can_show_screen() || !isatty(STDIN_FILENO) || several)
		return stream;
	for (int i = 0; opt_table[i].name; i++)
		if (seen[i] && (top->takes & opt_table[i].needs) != opt_table[i].needs)
			return stream;
	return top;
}

static int check_by(const struct options *o)
{
	if (o->by && !word_listed(o->by, o->cmd->by))
		return log_usage("bad argument '%s' of --by; %s can be grouped by one of %s", o->by, o->command, o->cmd->by);
	if (o->sort && !word_listed(o->sort, o->cmd->sort))
		return log_usage("bad argument '%s' of --sort; %s can be sorted by one of %s", o->sort, o->command, o->cmd->sort);
	return 0;
}

/* [interval [count]], FILE of `record`, or nothing. */
static int take_arguments(struct opt_parse *p)
{
	struct options *o = p->o;
	int used = 0;

	if (o->cmd->takes & TAKES_HIST)
		return opt_hist_arguments(p);
	if (o->cmd->takes & TAKES_EXPORT)
		return opt_export_arguments(p);
	if (o->cmd->takes & TAKES_EXPLAIN) {	/* which takes them apart itself */
		if (o->explain.watch && o->n_args)
			return log_usage("explain --watch takes no call; it explains those that fail");
		if (o->explain.watch && (o->replay || o->synth))
			return log_usage("explain asks the running kernel; a recording cannot answer");
		return 0;
	}
	if ((o->cmd->takes & TAKES_INTERVAL) && o->n_args > 0) {
		if (p->have_interval)
			return log_usage("the interval is given twice, by -i and by '%s'", o->args[0]);
		if (opt_number(o->args[used++], 0.001, 86400, &o->interval_s))
			return log_usage("bad interval '%s'; give seconds from 0.001 to 86400", o->args[0]);
		if (used < o->n_args && opt_count(o->args[used++], 1, ULLONG_MAX, &o->count))
			return log_usage("bad count '%s'; give how many times to print, 1 or more", o->args[used - 1]);
	} else if ((o->cmd->takes & TAKES_FILE) && o->n_args > 0) {
		if (o->write_path)
			return log_usage("the file to write is given twice, by -w and by '%s'", o->args[0]);
		o->write_path = o->args[used++];
	}
	/* Without an interval, one report at the end. */
	if (o->cmd->takes & TAKES_STACKS && !used && !p->have_interval)
		o->interval_s = 0;
	o->args += used;
	o->n_args -= used;
	if (o->n_args)
		return log_usage("unexpected argument '%s'%s%s", o->args[0], *o->cmd->args ? "; it is: " : "",
				 *o->cmd->args ? o->cmd->args : "");
	if ((o->cmd->takes & TAKES_FILE) && !o->write_path)
		return log_usage("%s needs a file to write: twtrace %s FILE", o->command, o->command);
	return 0;
}

static int check_recording(const struct options *o)
{
	if (o->replay && o->synth)
		return log_usage("--synth and -r exclude each other");
	if (!o->write_path)
		return 0;
	if (!strcmp(o->write_path, "-")) {
		if (!(o->cmd->takes & TAKES_FILE))
			return log_usage("a recording and the lines of %s cannot both go to standard output; "
					 "use -w FILE, or: twtrace record -", o->command);
		if (isatty(STDOUT_FILENO))
			return log_usage("a recording is not for a terminal; give a file, or a pipe behind it");
	} else if (o->replay && opt_same_file(o->source.path, o->write_path)) {
		return log_usage("'%s' cannot be read and written at once; give another file to -w", o->write_path);
	}
	return 0;
}

/* -o: a file that is not read, or something that is no terminal. */
static int check_output(const struct options *o)
{
	const char *path = o->report.path ? o->report.path : o->export.path;

	if (path && ((o->replay && opt_same_file(o->source.path, path)) || (o->report.other && opt_same_file(o->report.other, path))))
		return log_usage("'%s' cannot be read and written at once; give another file to -o", path);
	if (o->cmd->takes & TAKES_REPORT && !path && isatty(STDOUT_FILENO))
		return log_usage("a report is not for a terminal; give a file: -o report.html");
	return 0;
}

/* Live, a filter for a process that is not there would wait for ever. */
static int check_pids(const char *pids)
{
	for (const char *s = pids; s && *s; s += strspn(s, ", ")) {
		char *end;
		long pid = strtol(s, &end, 10);

		if (end == s)
			break;
		if (pid > 0 && !proc_exists((__u32)pid)) {
			log_error("there is no process %ld; see the pids with: ss -tanp", pid);
			return EX_FAILURE;
		}
		s = end;
	}
	return 0;
}

/* ... and so would one in a network namespace that is gone. Only root sees them all, and no container. */
static int check_netns(const struct options *o)
{
	struct nslist l;
	int code = 0;

	if (!o->source.n_netns || geteuid() || !privs_may_see_processes() || !proc_sees_all_mounts() || nslist_read(&l, o->source.netns, o->source.n_netns))
		return 0;
	for (__u32 i = 0; i < o->source.n_netns && !code; i++) {
		size_t k = 0;

		while (k < l.n && l.ns[k].inum != o->source.netns[i])
			k++;
		if (k < l.n || l.refused)
			continue;
		log_error("network namespace %u is gone, or nothing that can be seen keeps it; see: lsns -t net", o->source.netns[i]);
		code = EX_FAILURE;
	}
	nslist_free(&l);
	return code;
}

static int check_program(const struct options *o, const bool seen[OPTS_MAX])
{
	if (!o->program) {
		for (int i = 0; opt_table[i].name; i++)
			if (seen[i] && opt_table[i].needs == TAKES_PROGRAM)
				return log_usage("'--%s' is for a program: twtrace %s --%s%s -- PROGRAM ARGS", opt_table[i].name,
						 o->command, opt_table[i].name, opt_table[i].arg ? " 60" : "");
		return 0;
	}
	if (!(o->cmd->takes & TAKES_PROGRAM))
		return log_usage("%s runs no program: nothing can stand behind '--'", o->command);
	if (o->replay || o->synth || o->compare)
		return log_usage("a recording is over: no program can be run beside it");
	if (!*o->program)
		return log_usage("'--' needs a program behind it: twtrace %s -- PROGRAM ARGS", o->command);
	return 0;
}

/* Long enough to see rates, short enough to wait for. With a program or a recording, as long as that. */
static void settle_doctor(struct options *o)
{
	if (o->cmd->takes & TAKES_DOCTOR && !o->duration_s && !o->program && !o->replay && !o->synth)
		o->duration_s = o->n_sysctls ? 5 : 30;
}

/* A moment is enough to look at what there is. */
static void settle_serve(struct options *o)
{
	if (o->serve.once && !o->duration_s && !o->replay && !o->synth)
		o->duration_s = 0.001;
}

/* Asked for by name, where there is no terminal for it. */
static int settle_screen(struct options *o)
{
	if (!(o->cmd->takes & TAKES_SCREEN))
		return 0;
	if (can_show_screen())
		return 0;
	o->cmd = command_find("stream");
	o->command = o->cmd->name;
	log_info("%s is no terminal that can show a screen: one line for each transition instead", isatty(STDOUT_FILENO) ?
		 "this" : "standard output");
	return 0;
}

static unsigned int terminal_cols(void)
{
	struct winsize w;

	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) ? w.ws_col : 0;
}

static int settle(struct opt_parse *p, bool seen[OPTS_MAX])
{
	struct options *o = p->o;
	int err = obey_later(p, seen);

	if (err)
		return err;
	for (int i = 0; opt_table[i].name; i++) {
		const struct opt_def *d = &opt_table[i];

		if (!seen[i] || (o->cmd->takes & d->needs) == d->needs)
			continue;
		if (d->needs & TAKES_JSON)
			return log_usage("a screen is not JSON; for that use: twtrace stream -j");
		if ((d->needs & TAKES_FILTER) && (o->cmd->takes & TAKES_FILE))
			return log_usage("'--%s' has no use with %s, which keeps all connections; filter when reading",
					 d->name, o->command);
		return log_usage("'--%s' has no meaning for %s; see: twtrace %s --help", d->name, o->command, o->command);
	}
	if (o->n_what_ifs && !o->replay && !o->synth)
		return log_usage("--what-if is a question about a recording; make one with: twtrace -w FILE ports, then ask with -r FILE");
	err = opt_settle_fields(p);
	if (!err)
		err = check_by(o);
	if (!err)
		err = take_arguments(p);
	if (!err)
		err = check_recording(o);
	if (!err)
		err = opt_check_several(o);
	if (!err)
		err = check_output(o);
	if (!err)
		err = check_program(o, seen);
	settle_doctor(o);
	settle_serve(o);
	if (!err && !o->replay && !o->synth)
		err = check_pids(p->pids);
	if (!err && !o->replay && !o->synth && o->cmd->view)
		err = check_netns(o);
	if (!err && o->folded && o->json)
		err = log_usage("only one of -j and --folded can be asked for");
	if (!err && o->stacks && o->replay)
		err = log_usage("a recording has its stacks, or none: --stacks is for the run that makes it");
	if (p->family4 != p->family6)
		o->source.family = p->family4 ? 2 : 10;
	if (o->color < 0) {
		const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

		o->color = isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
	}
	o->cols = terminal_cols();
	return err ? err : settle_screen(o);
}

int opts_parse(int argc, char **argv, struct options *o, bool *ret_done)
{
	struct opt_parse p = { .o = o };
	bool seen[OPTS_MAX] = { false };
	int err, n = 0;

	memset(o, 0, sizeof(*o));
	o->argv = argv;
	o->color = -1;
	o->interval_s = 1;
	o->speed = 1;
	o->max_loss = -1;
	o->source.synth_seed = 1;
	o->top = 10;
	o->stuck_s = 60;
	o->serve.labels = (struct metrics_labels){ .who = WHO_COMM, .lport = true };
	o->filter = filter_new();
	o->positional = calloc((size_t)argc + 1, sizeof(*o->positional));
	*ret_done = false;
	if (!o->filter || !o->positional) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	/* What follows is somebody's unfinished line, not ours. */
	if (argc > 1 && !strcmp(argv[1], "--complete")) {
		*ret_done = true;
		return complete_print(argc - 2, argv + 2);
	}
	err = read_words(argc, argv, &p, seen, &n);
	if (err)
		return err;
	if (p.version || p.man) {
		*ret_done = true;
		if (p.man)
			return man_print(p.man_path);
		help_version();
		return 0;
	}
	o->cmd = n ? command_find(o->positional[0]) : p.help ? NULL : default_command(seen, o->source.n_paths > 1);
	if (n && !o->cmd)
		return unknown_command(o->positional[0]);
	if (p.help) {
		*ret_done = true;
		help_print(o->cmd);
		return 0;
	}
	o->command = o->cmd->name;
	o->args = o->positional + (n > 0);
	o->n_args = n - (n > 0);
	log_set_verbose(o->verbose);
	o->source.verbose = o->verbose;
	err = settle(&p, seen);
	if (!err)
		o->source.needs = o->features_for ? needs_of_command(command_find(o->features_for)) : needs_of(o);
	return err;
}

void opts_free(struct options *o)
{
	filter_free(o->filter);
	free(o->positional);
	free(o->asserts);
	free(o->sysctls);
	free(o->fields);
	free(o->labels);
	memset(o, 0, sizeof(*o));
}
