/* SPDX-License-Identifier: GPL-2.0-only */
/* --sysctl: settings out of files, articles and arguments, and what each does here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/fmt.h"
#include "run/log.h"
#include "run/opts.h"
#include "views/doctor/doctor.h"

#define SETTINGS_MAX 4096
#define TEXT_MAX ((size_t)1 << 20)

static int keep(struct doctor_view *v, const char *line, size_t len, const char *from, unsigned int number)
{
	struct setting_line s;

	switch (setting_read(line, len, &s)) {
	case SETTING_TAKEN:
		break;
	case SETTING_BAD:
		log_info("%s:%u: not understood as a setting", from, number);
		return 0;
	default:
		return 0;
	}
	if (v->n_settings == v->cap_settings) {
		size_t cap = v->cap_settings ? v->cap_settings * 2 : 32;
		struct setting_line *more;

		if (cap > SETTINGS_MAX)
			return -E2BIG;
		more = realloc(v->settings, cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		v->settings = more;
		v->cap_settings = cap;
	}
	v->settings[v->n_settings++] = s;
	return 0;
}

static int read_file(struct doctor_view *v, const char *path, char *err, size_t errlen)
{
	FILE *f = !strcmp(path, "-") ? stdin : fopen(path, "re");
	unsigned int number = 0;
	size_t size = 0, total = 0;
	char *line = NULL;
	ssize_t n;
	int e = 0;

	if (!f) {
		(void)snprintf(err, errlen, "cannot read '%s': %s; --sysctl takes a file, - or NAME=VALUE", path, strerror(errno));
		return -errno;
	}
	errno = 0;
	while (!e && (n = getline(&line, &size, f)) >= 0) {
		total += (size_t)n;
		e = total > TEXT_MAX ? -E2BIG : keep(v, line, (size_t)n, path, ++number);
	}
	if (!e && ferror(f))
		e = errno ? -errno : -EIO;
	free(line);
	if (f != stdin)
		(void)fclose(f);
	if (e)
		(void)snprintf(err, errlen, "cannot read '%s': %s", path,
			       e == -E2BIG ? "it is no list of settings: too long" : strerror(-e));
	return e;
}

int doctor_read_settings(struct doctor_view *v, char *err, size_t errlen)
{
	const struct options *o = v->env->opts;
	int e = 0;

	for (size_t i = 0; i < o->n_sysctls && !e; i++) {
		const char *text = o->sysctls[i];

		if (strcmp(text, "-") && strchr(text, '=') && strchr(text, '=') != text)
			e = keep(v, text, strlen(text), "--sysctl", (unsigned int)i + 1);
		else
			e = read_file(v, text, err, errlen);
	}
	if (!e && o->n_sysctls && !v->n_settings) {
		(void)snprintf(err, errlen, "no setting was found in what --sysctl names; a line is: net.ipv4.tcp_fin_timeout = 15");
		return -EINVAL;
	}
	return e;
}

static void text(struct doctor_view *v, const struct setting_line *line, enum advice a, const struct setting *s, const char *why)
{
	struct strbuf *b = &v->out.b, name = { 0 };

	fmt_comm(&name, line->value);
	strbuf_addf(b, "%-18s %s = %s\n", advice_name(a), line->name, name.s ? name.s : "");
	if (s && s->myth && a != ADVICE_HELPS)
		doctor_wrap(b, "they say", s->myth, DOCTOR_COLS);
	doctor_wrap(b, "", why, DOCTOR_COLS);
	strbuf_free(&name);
}

static void json(struct doctor_view *v, const struct setting_line *line, enum advice a, const struct setting *s, const char *why,
		 __u64 now_ns)
{
	struct json j;

	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "setting", now_ns);
	json_str(&j, "name", line->name);
	json_str(&j, "value", line->value);
	json_str(&j, "advice", advice_name(a));
	json_str(&j, "why", why);
	json_str(&j, "myth", s ? s->myth : NULL);
	json_str(&j, "default", s ? s->standard : NULL);
	json_str(&j, "scope", s ? s->scope : NULL);
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
}

void doctor_settings(struct doctor_view *v, __u64 now_ns)
{
	for (size_t i = 0; i < v->n_settings; i++) {
		const struct setting *s;
		struct strbuf why = { 0 };
		enum advice a = setting_judge(v->facts, &v->settings[i], &s, &why);

		if (a == ADVICE_HARMFUL || a == ADVICE_BAD_VALUE)
			v->worst = SEV_WARNING;
		if (v->env->opts->json)
			json(v, &v->settings[i], a, s, why.s ? why.s : "", now_ns);
		else
			text(v, &v->settings[i], a, s, why.s ? why.s : "");
		v->out.b.failed |= why.failed;
		strbuf_free(&why);
	}
}
