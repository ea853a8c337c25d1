/* SPDX-License-Identifier: GPL-2.0-only */
/* What other programs get: format, columns, labels, from when to when. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/pairs/columns.h"
#include "core/stats/fields/field.h"
#include "core/text/json.h"
#include "run/log.h"
#include "views/export/export.h"

int opt_fields(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	p->fields = arg;
	return 0;
}

int opt_settle_fields(struct opt_parse *p)
{
	const struct command *cmd = p->o->cmd;
	const struct field *table = p->o->pairs ? pair_columns : cmd->columns ? cmd->columns : field_table(), *f;
	const char *arg = p->fields, **keys;
	size_t n = 2, i = 0, len;
	char key[32];

	if (!arg)
		return 0;
	for (const char *s = arg; *s; s++)
		n += *s == ',';
	keys = calloc(n, sizeof(*keys));
	if (!keys) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	p->o->fields = keys;
	for (;; arg += len + 1) {
		len = strcspn(arg, ",");
		(void)snprintf(key, sizeof(key), "%.*s", (int)(len < sizeof(key) ? len : 0), arg);
		f = field_of(table, key);
		if (!f)
			return log_usage("there is no field '%.*s' of --fields; FIELDS below twtrace %s --help lists them", (int)len, arg, cmd->name);
		keys[i++] = f->key;
		if (!arg[len])
			return 0;
	}
}

int opt_label(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	size_t len = strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	char key[33], member[40], *more;
	struct strbuf b = { 0 };
	struct json j;

	(void)d;
	if (!len || arg[len] != '=' || len >= sizeof(key) || (*arg >= '0' && *arg <= '9'))
		return log_usage("bad argument '%s' of --label; give a name of up to 32 letters, digits and '_', and a value: host=web-1", arg);
	(void)snprintf(key, sizeof(key), "%.*s", (int)len, arg);
	if (field_by_key(key) && strcmp(key, "host") != 0)
		return log_usage("'%s' of --label is a member of its own already: see FIELDS below twtrace conn --help", key);
	(void)snprintf(member, sizeof(member), ",\"%s\":", key);
	if (p->o->labels && strstr(p->o->labels, member))
		return log_usage("the label %s is given twice", key);
	json_init(&j, &b);
	j.need_comma = true;
	json_str(&j, key, arg + len + 1);
	more = b.failed ? NULL : realloc(p->o->labels, (p->o->labels ? strlen(p->o->labels) : 0) + b.len + 1);
	if (!more) {
		strbuf_free(&b);
		log_error("out of memory");
		return EX_FAILURE;
	}
	strcpy(more + (p->o->labels ? strlen(more) : 0), b.s);
	p->o->labels = more;
	strbuf_free(&b);
	return 0;
}

/* RFC 3339: 2026-11-21T09:15:02[.5](Z|+01:00); a blank for the T, too. Returns 0 or -EINVAL. */
static int wall_clock(const char *text, long long *ret_ns)
{
	struct tm tm = { 0 };
	const char *s = strptime(text, "%Y-%m-%d", &tm);
	long long fraction = 0, scale = 100000000;
	int hours, minutes, used = 0;
	long offset = 0;

	s = s && (*s == 'T' || *s == ' ') ? strptime(s + 1, "%H:%M:%S", &tm) : NULL;
	if (!s)
		return -EINVAL;
	if (*s == '.')
		for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
			fraction += (*s - '0') * scale;
	if (strcmp(s, "Z") != 0) {
		if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5 || s[6] ||
		    hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
			return -EINVAL;
		offset = (hours * 60L + minutes) * 60 * (*s == '-' ? -1 : 1);
	}
	*ret_ns = ((long long)timegm(&tm) - offset) * 1000000000 + fraction;
	return 0;
}

int opt_moment(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct point_in_time *m = (struct point_in_time *)((char *)p->o + d->data);
	double seconds;

	m->given = true;
	m->since_start = !opt_number(arg, 0, 1e9, &seconds);
	if (m->since_start)
		m->ns = (long long)(seconds * 1e9);
	else if (wall_clock(arg, &m->ns))
		return log_usage("bad time '%s' of --%s; give seconds since the first event, or a time like 2026-11-21T09:15:02Z", arg, d->name);
	return 0;
}

int opt_export_arguments(struct opt_parse *p)
{
	struct options *o = p->o;
	const struct export_format *f = o->n_args > 0 ? export_format_find(o->args[0]) : NULL;

	if (o->n_args < 1)
		return log_usage("export needs a format: csv, ndjson or trace");
	if (!f)
		return log_usage("unknown format '%s' of export; it is csv, ndjson or trace", o->args[0]);
	if (o->n_args > 1)
		return log_usage("unexpected argument '%s'; it is: %s", o->args[1], o->cmd->args);
	if (o->fields && !f->keys)
		return log_usage("export %s has no columns that --fields could choose; csv and ndjson have", f->name);
	if (o->export.from.given && o->export.to.given && o->export.from.since_start == o->export.to.since_start &&
	    o->export.from.ns > o->export.to.ns)
		return log_usage("--from is later than --to");
	o->export.format = f->name;
	return 0;
}
