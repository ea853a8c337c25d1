/* SPDX-License-Identifier: GPL-2.0-only */
/* --help and --version, from the tables. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/doctor/rule.h"
#include "core/metrics/metric.h"
#include "core/pairs/columns.h"
#include "core/stats/fields/field.h"
#include "core/stats/hist/phase.h"
#include "core/stats/field_help.h"
#include "source/bpf/probes.h"
#include "views/export/export.h"
#include "views/screen/keys.h"

#ifndef TWTRACE_VERSION
#define TWTRACE_VERSION "unknown"
#endif

#define COLUMNS 100
#define INDENT 28

const char *twtrace_version(void)
{
	return TWTRACE_VERSION;
}

/* @text in lines that end before COLUMNS, from column @indent on; the cursor is at column @at. */
static void wrap_at(const char *text, size_t at, size_t indent)
{
	if (at > indent) {
		putchar('\n');
		at = 0;
	}
	(void)printf("%*s", (int)(indent - at), "");
	at = indent;
	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > indent && at + 1 + len > COLUMNS) {
			(void)printf("\n%*s", (int)indent, "");
			at = indent;
		}
		if (at > indent)
			at += (size_t)printf(" ");
		at += (size_t)printf("%.*s", (int)len, text);
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
}

/* The same in the column of explanations, on a line of its own where what comes before leaves no gap. */
static void wrap(const char *text, size_t at)
{
	if (at == INDENT)
		at++;
	wrap_at(text, at, INDENT);
}

static void print_option(const struct opt_def *d)
{
	int n = d->letter ? printf("  -%c, --%s", d->letter, d->name) : printf("      --%s", d->name);

	if (d->arg && d->arg[0] == '[')
		n += printf("[=%s", d->arg + 1);
	else if (d->arg)
		n += printf(" %s", d->arg);
	wrap(d->help, (size_t)n);
}

static void print_options(const struct command *cmd)
{
	for (int group = 0; group < OPT_GROUP_MAX; group++) {
		bool titled = false;

		if (!opt_group_title[group])
			continue;
		for (const struct opt_def *d = opt_table; d->name; d++) {
			if ((int)d->group != group || (cmd && (cmd->takes & d->needs) != d->needs))
				continue;
			if (!titled)
				(void)printf("\n%s:\n", opt_group_title[group]);
			titled = true;
			print_option(d);
		}
	}
}

static void print_fields(const char *title, const struct field *table)
{
	(void)printf("\n%s (column, JSON key):\n", title);
	for (const struct field *f = table; f->key; f++) {
		int n = printf("  %-12s%s", f->title ? f->title : "", f->key);

		wrap(f->help, (size_t)n);
	}
}

static void print_field_help(const struct field_help *fields)
{
	(void)printf("\nFields (column, JSON key):\n");
	for (const struct field_help *f = fields; f->key; f++) {
		int n = printf("  %-15s%s", f->title ? f->title : "", f->key);

		wrap(f->help, (size_t)n);
	}
}

static void print_phases(void)
{
	(void)printf("\nPhases (* is shown if none is named; \"all\" is all but rtt and min-rtt):\n");
	for (unsigned int i = 0; i < PHASE_MAX; i++) {
		int n = printf("  %s%s", phases[i].name, PHASES_DEFAULT & 1U << i ? " *" : "");

		wrap(phases[i].help, (size_t)n);
	}
}

static void print_formats(void)
{
	(void)printf("\nFormats:\n");
	for (const struct export_format *const *f = export_formats; *f; f++) {
		int n = printf("  %s", (*f)->name);

		wrap((*f)->help, (size_t)n);
	}
}

static void print_rules(void)
{
	(void)printf("\nFindings:\n");
	for (const struct rule_family *fam = rule_families; fam->rules; fam++) {
		for (size_t i = 0; i < *fam->n; i++) {
			int n = printf("  %s", fam->rules[i].id);

			wrap(fam->rules[i].title, (size_t)n);
		}
	}
}

static void print_metrics(void)
{
	(void)printf("\nMetrics (counters end in _total):\n");
	for (unsigned int i = 0; i < M_MAX; i++) {
		const struct metric *m = &metrics_table[i];
		int n = printf("  %s%s%s%s", m->name, *m->labels ? " {" : "", m->labels, *m->labels ? "}" : "");

		wrap(m->help, (size_t)n);
	}
}

static void print_keys(void)
{
	(void)printf("\nKeys:\n");
	for (const struct top_key *k = top_keys; k->keys; k++) {
		int n = printf("  %s", k->keys);

		wrap(k->what, (size_t)n);
	}
}

/* "--by is one of: pid, comm": @list has commas alone between its words; NULL: nothing. */
static void print_keys_of(const char *option, const char *list)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s is one of: ", option);

	for (; list && *list && n < (int)sizeof(line) - 3; list++) {
		line[n++] = *list;
		if (*list == ',')
			line[n++] = ' ';
	}
	line[n] = '\0';
	if (list)
		wrap_at(line, 0, 0);
}

void help_print(const struct command *cmd)
{
	char line[512];

	if (cmd) {
		(void)printf("Usage: twtrace [options] %s [options]%s%s\n", cmd->name,
			     *cmd->args ? " " : "", cmd->args);
		if (cmd->takes & TAKES_PROGRAM)
			(void)printf("       twtrace [options] %s [options]%s%s -- PROGRAM ARGS\n", cmd->name, *cmd->args ? " " : "", cmd->args);
		putchar('\n');
		(void)snprintf(line, sizeof(line), "%s: %s.", cmd->name, command_summary(cmd));
		wrap_at(line, 0, 0);
		print_keys_of("--by", cmd->by);
		print_keys_of("--sort", cmd->sort);
		if (cmd->takes & TAKES_HIST)
			print_phases();
		if (cmd->takes & TAKES_EXPORT)
			print_formats();
		print_options(cmd);
		if (cmd->takes & TAKES_SCREEN)
			print_keys();
		if (cmd->takes & TAKES_DOCTOR)
			print_rules();
		if (cmd->takes & TAKES_SERVE)
			print_metrics();
		if (cmd->fields)
			print_field_help(cmd->fields);
		else if (cmd->takes & (TAKES_COLUMNS | TAKES_FIELDS))
			print_fields("Fields", cmd->columns ? cmd->columns : field_table());
		if (cmd->takes & TAKES_AT)
			print_fields("Fields of --pairs", pair_columns);
		return;
	}
	(void)printf("Usage: twtrace [options] COMMAND [options] [arguments] [-- PROGRAM ARGS]\n\n"
		     "Follows every TCP connection of this host through all its states, TIME_WAIT included.\n"
		     "\n"
		     "Commands:\n");
	for (const struct command *c = commands; c->name; c++) {
		int n = printf("  %s%s%s", c->name, *c->args ? " " : "", c->args);

		wrap(command_summary(c), (size_t)n);
	}
	print_options(NULL);
	(void)printf("\nExit codes: 0 done (also after Ctrl-C), 1 failure, 3 the kernel lacks something,\n"
		     "4 more lost than --max-loss, 5 an --assert does not hold, --fail-on, or explain says no,\n"
		     "64 wrong usage, 77 no permission; with -- PROGRAM its own, if that is not 0.\n");
}

void help_version(void)
{
	struct utsname u;

	(void)printf("twtrace %s\nlibbpf %s\n", twtrace_version(), probes_libbpf_version());
	if (!uname(&u))
		(void)printf("%s %s %s\n", u.sysname, u.release, u.machine);
}
