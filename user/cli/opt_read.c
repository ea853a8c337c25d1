/* SPDX-License-Identifier: GPL-2.0-only */
/* -r: one recording, or several at once. */
#include <string.h>
#include <sys/stat.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/stats/fields/field.h"
#include "run/log.h"
#include "views/export/export.h"

int opt_read(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct source_config *src = &p->o->source;

	if (*arg == '\0')
		return log_usage("option '--%s' needs an argument: %s", d->name, d->arg);
	if (src->n_paths == RECORDINGS_MAX)
		return log_usage("more than %d recordings at once", RECORDINGS_MAX);
	p->o->replay = true;
	src->paths[src->n_paths++] = arg;
	src->path = src->paths[0];
	return 0;
}

bool opt_same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return !strcmp(a, b) || (!stat(a, &sa) && !stat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

/* Each object says its host at its end, asked or not. */
static void drop_host(const char **keys)
{
	const char **to = keys;

	for (; *keys; keys++)
		if (strcmp(*keys, "host") != 0)
			*to++ = *keys;
	*to = NULL;
}

int opt_check_several(struct options *o)
{
	const struct source_config *src = &o->source;
	const struct export_format *f = o->export.format ? export_format_find(o->export.format) : NULL;

	if (o->pairs && (o->live || o->at_close || o->wide || o->calls))
		return log_usage("--pairs has lines of its own: --%s has no use with it", o->live ? "live" : o->at_close ? "at" : o->wide ? "wide" : "calls");
	if (o->labels && o->fields && strstr(o->labels, ",\"host\":"))
		for (const char **k = o->fields; *k; k++)
			if (!strcmp(*k, "host"))
				return log_usage("the host is told twice, by --label and by --fields");
	if (src->n_paths < 2)
		return 0;
	if (!(o->cmd->takes & TAKES_SEVERAL))
		return log_usage("%s reads one recording; several are for %s", o->command, "stream, conn, count, hist, closers, ports, listeners, "
				 "stacks, doctor and export");
	if (o->write_path)
		return log_usage("a recording is of one host: -w has no use with several -r");
	if (o->labels && strstr(o->labels, ",\"host\":"))
		return log_usage("each of several recordings says its own host: leave --label host away");
	if (o->csv || o->hgrm || o->folded)
		return log_usage("--%s has no place for the host; for several recordings use -j, which tells it, or read them one after the other",
				 o->csv ? "csv" : o->hgrm ? "hgrm" : "folded");
	for (size_t i = 0; i < src->n_paths; i++)
		for (size_t k = 0; k < i; k++)
			if (opt_same_file(src->paths[i], src->paths[k]))
				return log_usage("the recording '%s' is given twice", src->paths[i]);
	if (o->fields && (o->json || (f && f->labelled)))
		drop_host(o->fields);
	return 0;
}
