/* SPDX-License-Identifier: GPL-2.0-only */
/* The man page: prose from a template, tables from the program's own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/doctor/rule.h"
#include "core/metrics/metric.h"
#include "core/pairs/columns.h"
#include "core/ports/field.h"
#include "core/ports/listen/field.h"
#include "core/stats/closers/columns.h"
#include "core/stats/fields/field.h"
#include "core/stats/hist/phase.h"
#include "run/log.h"
#include "views/screen/keys.h"

/* @s as roff reads it literally. */
static void put_roff(const char *s)
{
	if (*s == '.' || *s == '\'')
		(void)fputs("\\&", stdout);
	for (; *s; s++) {
		if (*s == '-')
			(void)fputs("\\-", stdout);
		else if (*s == '\\')
			(void)fputs("\\e", stdout);
		else
			putchar(*s);
	}
}

/* A help line as a sentence. */
static void put_sentence(const char *s)
{
	bool quoted = *s && (*s < 'a' || *s > 'z');

	if (!quoted)
		putchar(*s - 'a' + 'A');
	put_roff(quoted ? s : s + 1);
	(void)fputs(".\n", stdout);
}

static void put_options(void)
{
	for (int group = 0; group < OPT_GROUP_MAX; group++) {
		if (!opt_group_title[group])
			continue;
		(void)printf(".SS %s\n", opt_group_title[group]);
		for (const struct opt_def *d = opt_table; d->name; d++) {
			if ((int)d->group != group)
				continue;
			(void)fputs(".TP\n", stdout);
			if (d->letter)
				(void)printf("\\fB\\-%c\\fR, ", d->letter);
			(void)fputs("\\fB\\-\\-", stdout);
			put_roff(d->name);
			(void)fputs("\\fR", stdout);
			if (d->arg && d->arg[0] == '[')
				(void)printf("[=\\fI%.*s\\fR]", (int)strlen(d->arg) - 2, d->arg + 1);
			else if (d->arg)
				(void)printf(" \\fI%s\\fR", d->arg);
			putchar('\n');
			put_sentence(d->help);
		}
	}
}

/* A line may end after each comma. */
static void put_by(const char *by)
{
	(void)fputs("With \\fB\\-\\-by\\fR one of: ", stdout);
	for (; *by; by++) {
		putchar(*by);
		if (*by == ',')
			(void)fputs("\\:", stdout);
	}
	(void)fputs(".\n", stdout);
}

static void put_commands(void)
{
	for (const struct command *c = commands; c->name; c++) {
		(void)printf(".TP\n\\fB%s\\fR", c->name);
		if (*c->args)
			(void)printf(" \\fI%s\\fR", c->args);
		putchar('\n');
		put_sentence(command_summary(c));
		if (c->by)
			put_by(c->by);
	}
}

static void put_fields(const struct field *table)
{
	for (const struct field *f = table; f->key; f++) {
		(void)printf(".TP\n\\fB%s\\fR", f->title ? f->title : f->key);
		if (f->title && strcmp(f->title, f->key) != 0)
			(void)printf(" (\\fI%s\\fR)", f->key);
		putchar('\n');
		put_sentence(f->help);
	}
}

static void put_field_help(const struct field_help *fields)
{
	for (const struct field_help *f = fields; f->key; f++) {
		(void)fputs(".TP\n\\fB", stdout);
		put_roff(f->title ? f->title : f->key);
		if (f->title) {
			(void)fputs("\\fR (\\fI", stdout);
			put_roff(f->key);
			putchar(')');
		}
		(void)fputs("\\fR\n", stdout);
		put_sentence(f->help);
	}
}

static void put_phases(void)
{
	for (unsigned int i = 0; i < PHASE_MAX; i++) {
		(void)fputs(".TP\n\\fB", stdout);
		put_roff(phases[i].name);
		(void)fputs(PHASES_DEFAULT & 1U << i ? "\\fR (default)\n" : "\\fR\n", stdout);
		put_sentence(phases[i].help);
	}
}

static void put_findings(void)
{
	for (const struct rule_family *fam = rule_families; fam->rules; fam++) {
		for (size_t i = 0; i < *fam->n; i++) {
			(void)fputs(".TP\n\\fB", stdout);
			put_roff(fam->rules[i].id);
			(void)fputs("\\fR\n", stdout);
			put_sentence(fam->rules[i].title);
		}
	}
}

static void put_metrics(void)
{
	for (unsigned int i = 0; i < M_MAX; i++) {
		const struct metric *m = &metrics_table[i];

		(void)fputs(".TP\n\\fB", stdout);
		put_roff(m->name);
		(void)printf("\\fR (%s%s%s)\n", metric_type_name(m->type), *m->labels ? "; " : "", m->labels);
		put_sentence(m->help);
	}
}

static void put_keys(void)
{
	for (const struct top_key *k = top_keys; k->keys; k++) {
		(void)fputs(".TP\n\\fB", stdout);
		put_roff(k->keys);
		(void)fputs("\\fR\n", stdout);
		put_sentence(k->what);
	}
}

int man_print(const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!in) {
		log_error("cannot read the man page's template %s: %s", path, strerror(errno));
		return EX_FAILURE;
	}
	while ((len = getline(&line, &size, in)) > 0) {
		if (!strcmp(line, "@OPTIONS@\n"))
			put_options();
		else if (!strcmp(line, "@COMMANDS@\n"))
			put_commands();
		else if (!strcmp(line, "@FIELDS@\n"))
			put_fields(field_table());
		else if (!strcmp(line, "@CLOSERS@\n"))
			put_fields(closer_columns);
		else if (!strcmp(line, "@PAIRS@\n"))
			put_fields(pair_columns);
		else if (!strcmp(line, "@PORTS@\n"))
			put_field_help(ports_fields);
		else if (!strcmp(line, "@LISTENERS@\n"))
			put_field_help(listener_fields);
		else if (!strcmp(line, "@PHASES@\n"))
			put_phases();
		else if (!strcmp(line, "@FINDINGS@\n"))
			put_findings();
		else if (!strcmp(line, "@METRICS@\n"))
			put_metrics();
		else if (!strcmp(line, "@KEYS@\n"))
			put_keys();
		else if (!strcmp(line, "@TITLE@\n"))
			(void)printf(".TH TWTRACE 8 \"\" \"twtrace %s\" \"System Administration\"\n",
				     twtrace_version());
		else
			(void)fwrite(line, 1, (size_t)len, stdout);
	}
	free(line);
	(void)fclose(in);
	return 0;
}
