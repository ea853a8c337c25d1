/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * twtrace --complete WORD...: what the last word, which may be empty, can become, for the completions of shells
 * (contrib/completions). A candidate each line, a tab, a few words about it. Or one line: ":file", a tab and the part of the word that a
 * file's name follows; ":command", where a program is named.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "cli/values.h"
#include "core/text/fmt.h"
#include "core/text/strbuf.h"
#include "run/log.h"
#include "run/opts.h"

/* What the words before the last one say. */
struct line {
	const struct command *cmd;
	const struct opt_def *pending;		/* the last word is its argument */
	bool program, unknown, compare;		/* @program: -- was there */
	int n_args, n_program;
	const bool *seen;
	const char *names_root;			/* --names-root */
};

struct completion {
	struct value_sink sink;			/* first: give() is called with its address */
	const char *prefix, *typed;		/* of the last word: what stays, what a value must begin with */
	size_t prefix_len;
	struct strbuf *line;
	char *given;				/* names that were printed, each once: NUL-terminated, one after the other */
	size_t given_len;
};

/* The command says which one, where a name has several rows. */
static const struct opt_def *by_name(const char *name, size_t len, const struct command *cmd)
{
	const struct opt_def *found = NULL;

	for (const struct opt_def *d = opt_table; d->name; d++)
		if (strlen(d->name) == len && !strncmp(d->name, name, len) &&
		    (!found || (cmd && (cmd->takes & d->needs) == d->needs)))
			found = d;
	return found;
}

static const struct opt_def *by_letter(char letter)
{
	for (const struct opt_def *d = opt_table; d->name; d++)
		if (d->letter && d->letter == letter)
			return d;
	return NULL;
}

static bool takes_word(const struct opt_def *d)
{
	return d->arg && d->arg[0] != '[';
}

/* Of an option that other values depend on. */
static void note_value(struct line *l, const struct opt_def *d, const char *value)
{
	if (!strcmp(d->name, "names-root"))
		l->names_root = value;
}

static void read_option(const char *word, struct line *l, bool *seen)
{
	const struct opt_def *d;

	if (word[1] == '-') {
		size_t len = strcspn(word + 2, "=");

		d = by_name(word + 2, len, l->cmd);
		if (!d)
			return;
		seen[d - opt_table] = true;
		if (!strcmp(d->name, "compare"))
			l->compare = true;
		if (takes_word(d) && !word[2 + len])
			l->pending = d;
		else if (word[2 + len])
			note_value(l, d, word + 2 + len + 1);
		return;
	}
	for (const char *s = word + 1; *s; s++) {
		d = by_letter(*s);
		if (!d)
			return;
		seen[d - opt_table] = true;
		if (!takes_word(d))
			continue;
		if (!s[1])
			l->pending = d;
		return;		/* the rest is its argument */
	}
}

static void read_words(int n, char **words, struct line *l, bool *seen)
{
	for (int i = 0; i < n; i++) {
		const char *word = words[i];

		if (l->program) {
			l->n_program++;
		} else if (l->pending) {
			note_value(l, l->pending, word);
			l->pending = NULL;
		} else if (!strcmp(word, "--")) {
			l->program = true;
		} else if (word[0] == '-' && word[1]) {
			read_option(word, l, seen);
		} else if (!l->cmd && !l->unknown) {
			l->cmd = command_find(word);
			l->unknown = !l->cmd;
		} else {
			l->n_args++;
		}
	}
}

static bool given_before(struct completion *c, const char *word)
{
	size_t len = strlen(word) + 1;
	char *more;

	for (size_t at = 0; at < c->given_len; at += strlen(c->given + at) + 1)
		if (!strcmp(c->given + at, word))
			return true;
	more = realloc(c->given, c->given_len + len);
	if (!more)
		return false;
	c->given = more;
	memcpy(more + c->given_len, word, len);
	c->given_len += len;
	return false;
}

static const char *text_of(const struct strbuf *b)
{
	return b->len ? b->s : "";
}

/* Up to the first clause's end: help is a sentence, and a menu has one line for each. */
static size_t first_clause(const char *about)
{
	size_t len = strcspn(about, ";:(");

	while (len && about[len - 1] == ' ')
		len--;
	return len;
}

/*
 * Names come from outside: what would move a cursor or is not UTF-8 becomes '?', and so does the comma, which would end the name in
 * a list; --comm takes '?' for any character.
 */
static void give(struct value_sink *s, const char *word, const char *about)
{
	struct completion *c = (struct completion *)s;
	const char *clean;

	strbuf_reset(c->line);
	fmt_comm(c->line, word);
	for (size_t i = 0; i < c->line->len; i++)
		if (c->line->s[i] == ',')
			c->line->s[i] = '?';
	clean = text_of(c->line);
	if (!*clean || strncmp(clean, c->typed, strlen(c->typed)) != 0 || (s->repeats && given_before(c, clean)))
		return;
	(void)printf("%.*s%s\t", (int)c->prefix_len, c->prefix, clean);
	if (about) {
		strbuf_reset(c->line);
		fmt_comm(c->line, about);
		clean = text_of(c->line);
		(void)printf("%.*s", (int)first_clause(clean), clean);
	}
	(void)putchar('\n');
}

static int finish(const struct completion *c, enum values values, const struct opt_def *d)
{
	if (values == VALUES_FILE)
		(void)printf(":file\t%.*s\n", (int)c->prefix_len, c->prefix);
	if (values != VALUES_UNKNOWN)
		return 0;
	log_error("what can the argument %s of --%s be? user/cli/values.c does not say", d->arg, d->name);
	return EX_FAILURE;
}

/* @word with a value of @d that begins at @value. */
static int complete_value(struct completion *c, const struct line *l, const struct opt_def *d, const char *word, const char *value)
{
	const char *comma = d->group == OPT_FILTER ? strrchr(value, ',') : NULL;

	c->prefix = word;
	c->typed = comma ? comma + 1 : value;
	c->prefix_len = (size_t)(c->typed - word);
	return finish(c, values_of_option(d, l->cmd, &c->sink), d);
}

/* Those that the command takes and that are not there yet; filters and namespaces may be given again. */
static void complete_options(struct completion *c, const struct line *l)
{
	char name[64];

	c->sink.repeats = true;		/* a name may have several rows */
	for (const struct opt_def *d = opt_table; d->name; d++) {
		if (d->group == OPT_HIDDEN || (l->cmd && (l->cmd->takes & d->needs) != d->needs) ||
		    (l->seen[d - opt_table] && d->group != OPT_FILTER))
			continue;
		(void)snprintf(name, sizeof(name), "--%s", d->name);
		c->sink.give(&c->sink, name, d->help);
	}
}

static int complete_word(struct completion *c, const struct line *l, const char *word)
{
	const struct opt_def *d;
	size_t len;

	if (l->program) {
		(void)printf("%s\t\n", l->n_program ? ":file" : ":command");
		return 0;
	}
	if (l->pending)
		return complete_value(c, l, l->pending, word, word);
	if (word[0] != '-') {
		if (l->cmd)
			return finish(c, values_of_argument(l->cmd, l->n_args, l->compare, &c->sink), NULL);
		for (const struct command *cmd = commands; !l->unknown && cmd->name; cmd++)
			c->sink.give(&c->sink, cmd->name, command_summary(cmd));
		return 0;
	}
	len = strcspn(word, "=");
	if (word[1] == '-' && word[len]) {
		d = by_name(word + 2, len - 2, l->cmd);
		return d && d->arg ? complete_value(c, l, d, word, word + len + 1) : 0;
	}
	if (word[1] && word[1] != '-') {
		d = by_letter(word[1]);
		if (d && takes_word(d) && word[2])
			return complete_value(c, l, d, word, word + 2);
		if (d && !word[2])
			c->sink.give(&c->sink, word, d->help);
		return 0;
	}
	complete_options(c, l);
	return 0;
}

int complete_print(int n, char **words)
{
	struct strbuf line = { 0 };
	bool *seen = calloc(OPTS_MAX, sizeof(*seen));
	struct completion c = { .sink.give = give, .typed = n ? words[n - 1] : "", .prefix = "", .line = &line };
	struct line l = { .seen = seen };
	int code = EX_FAILURE;

	if (seen) {
		read_words(n - 1, words, &l, seen);
		c.sink.names_root = l.names_root;
		code = complete_word(&c, &l, n ? words[n - 1] : "");
	}
	strbuf_free(&line);
	free(c.given);
	free(seen);
	return code;
}
