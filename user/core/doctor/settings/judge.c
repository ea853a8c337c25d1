/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "core/doctor/settings/setting.h"
#include "core/text/fmt.h"

const char *advice_name(enum advice a)
{
	static const char *const names[] = {
		[ADVICE_FINE] = "fine", [ADVICE_HELPS] = "helps here", [ADVICE_NO_EFFECT] = "no effect", [ADVICE_HARMFUL] = "harmful",
		[ADVICE_REMOVED] = "removed", [ADVICE_NOT_YET] = "not in this kernel", [ADVICE_BAD_VALUE] = "bad value",
		[ADVICE_UNKNOWN] = "unknown",
	};

	return names[a];
}

/* Articles leave the first parts away. */
static bool is_name(const char *name, const char *full)
{
	size_t n = strlen(name), m = strlen(full);

	return !strcmp(name, full) || (n < m && full[m - n - 1] == '.' && !strcmp(full + m - n, name) && n > 6);
}

const struct setting *setting_find(const char *name)
{
	for (const struct setting *s = settings; s->name; s++) {
		if (is_name(name, s->name))
			return s;
		for (const char *const *old = s->old_names; old && *old; old++)
			if (is_name(name, *old))
				return s;
	}
	return NULL;
}

static bool number(const char **s, long long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(*s, &end, 10);
	if (end == *s || errno)
		return false;
	*s = end + strspn(end, " \t,-");
	return true;
}

/* One number in its range, or two ports. */
static bool value_is_good(const struct setting *s, const char *value, long long *lo, long long *hi, struct strbuf *why)
{
	const char *p = value;

	*lo = *hi = 0;
	if (s->min == LLONG_MIN)
		return true;		/* a list */
	if (s->min > s->max) {
		if (number(&p, lo) && number(&p, hi) && !*p && *lo >= 1 && *hi <= 65535 && *lo <= *hi)
			return true;
		strbuf_adds(why, "it is two ports, such as 10240 60999");
		return false;
	}
	if (number(&p, lo) && !*p && *lo >= s->min && *lo <= s->max) {
		*hi = *lo;
		return true;
	}
	if (s->max == INT_MAX)
		strbuf_addf(why, "it is one number, at least %lld", s->min);
	else
		strbuf_addf(why, "it is one number from %lld to %lld", s->min, s->max);
	return false;
}

static void say_version(struct strbuf *why, const char *what, unsigned int v)
{
	strbuf_addf(why, "%s Linux %u.%u", what, v / 1000, v % 1000);
}

static void append(struct strbuf *why, const char *before, const char *text)
{
	if (text && *text)
		strbuf_addf(why, "%s%s%s", why->len ? "; " : "", before, text);
}

enum advice setting_judge(const struct facts *f, const struct setting_line *line, const struct setting **ret_s, struct strbuf *why)
{
	const struct setting *s = setting_find(line->name);
	enum advice a = ADVICE_FINE;
	struct strbuf more = { 0 };
	long long lo, hi;
	bool renamed;

	*ret_s = s;
	if (!s) {
		strbuf_adds(why, "no setting about connections that is known here, in this kernel or an older one");
		return ADVICE_UNKNOWN;
	}
	renamed = !is_name(line->name, s->name);
	if (s->removed == 1) {
		strbuf_adds(why, "no setting of Linux");
		a = ADVICE_REMOVED;
	} else if (s->removed && (!f->kernel || f->kernel >= s->removed)) {
		say_version(why, "gone since", s->removed);
		a = ADVICE_REMOVED;
	} else if (renamed) {
		strbuf_addf(why, "gone since Linux 4.9; it is now %s", s->name);
		a = ADVICE_REMOVED;
	} else if (s->since && f->kernel && f->kernel < s->since) {
		say_version(why, "there is none before", s->since);
		a = ADVICE_NOT_YET;
	} else if (!value_is_good(s, line->value, &lo, &hi, why)) {
		a = ADVICE_BAD_VALUE;
	} else if (s->judge) {
		a = s->judge(&(struct asked){ f, lo, hi, &more });
	}
	append(why, "", s->truth);
	append(why, "", more.s);
	why->failed |= more.failed;
	strbuf_free(&more);
	return a;
}
