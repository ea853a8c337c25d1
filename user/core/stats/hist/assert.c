/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/assert.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const ops[] = {
	[ASSERT_LT] = "<", [ASSERT_LE] = "<=", [ASSERT_GT] = ">", [ASSERT_GE] = ">=", [ASSERT_EQ] = "==", [ASSERT_NE] = "!=",
};
static const struct { const char *name; enum assert_what what; } words[] = {
	{ "min", ASSERT_MIN }, { "mean", ASSERT_MEAN }, { "max", ASSERT_MAXIMUM }, { "count", ASSERT_COUNT }, { "open", ASSERT_OPEN },
};
static const struct { const char *name; __u64 ns; } units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000ULL }, { "m", 60000000000ULL },
};
#define N(array) (sizeof(array) / sizeof((array)[0]))

struct err { char *text; size_t size; };

__attribute__((format(printf, 2, 3)))
static int refuse(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->text, e->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static const char *skip(const char *s)
{
	return s + strspn(s, " \t");
}

static size_t word_len(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
}

static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(s, word, len);
}

/*
 * A decimal number as a whole one of 1/@scale: "2.5" with 1000 is 2500. Exact: no rounding by way of a double. False: none, too large, or finer than
 * that. *@s is behind it.
 */
static bool decimal(const char **s, __u64 scale, __u64 *ret)
{
	__u64 n = 0, part = scale;
	const char *p = *s;
	bool digits = false;

	for (; *p >= '0' && *p <= '9'; p++, digits = true)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (__u64)(*p - '0'), &n))
			return false;
	if (__builtin_mul_overflow(n, scale, &n))
		return false;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, digits = true) {
			if (*p != '0' && (part < 10 || part % 10))
				return false;
			part /= 10;
			if (__builtin_add_overflow(n, part * (__u64)(*p - '0'), &n))
				return false;
		}
	}
	*s = p;
	*ret = n;
	return digits;
}

static int parse_what(const char *s, size_t len, struct assertion *a, struct err *e)
{
	for (size_t i = 0; i < N(words); i++) {
		if (is_word(s, len, words[i].name)) {
			a->what = words[i].what;
			return 0;
		}
	}
	if (len > 1 && (*s == 'p' || *s == 'P')) {
		const char *p = s + 1;
		__u64 ppm;

		if (decimal(&p, 10000, &ppm) && p == s + len && ppm <= 1000000) {
			a->what = ASSERT_PERCENTILE;
			a->ppm = (__u32)ppm;
			return 0;
		}
	}
	return refuse(e, "'%.*s' is not what can be demanded: give p0 to p100 (p99.9), min, mean, max, count or open", (int)len, s);
}

static bool counts(const struct assertion *a)
{
	return a->what == ASSERT_COUNT || a->what == ASSERT_OPEN;
}

static int parse_of(const char *s, size_t len, struct assertion *a, struct err *e)
{
	char word[32];
	__u32 mask;

	if (len < sizeof(word)) {
		memcpy(word, s, len);
		word[len] = '\0';
		if (!phase_parse(word, &mask) && __builtin_popcount(mask) == 1) {
			a->of = (__u8)__builtin_ctz(mask);
			return 0;
		}
		for (unsigned int k = CLOSE_ACTIVE; a->what == ASSERT_COUNT && k < CLOSE_KIND_MAX; k++) {
			if (!strcasecmp(word, close_kind_name(k))) {
				a->of_kind = true;
				a->of = (__u8)k;
				return 0;
			}
		}
	}
	return refuse(e, "'%.*s' is no phase%s; the phases are connect to life, see: twtrace hist --help", (int)len, s,
		      a->what == ASSERT_COUNT ? " and no way to close, such as reset" : "");
}

static int parse_op(const char **s, struct assertion *a, struct err *e)
{
	size_t len = strspn(*s, "<>=!");

	for (unsigned int i = 0; i < N(ops); i++) {
		if (is_word(*s, len, ops[i])) {
			a->op = (enum assert_op)i;
			*s += len;
			return 0;
		}
	}
	return refuse(e, "a comparison is missing: write <, <=, >, >=, == or != and a value, for example p99(connect) < 5ms");
}

static int parse_value(const char *s, struct assertion *a, struct err *e)
{
	size_t digits = strspn(s, "0123456789."), i;
	const char *unit = skip(s + digits), *p = s;
	size_t len = word_len(unit);

	if (counts(a)) {
		if (decimal(&p, 1, &a->value) && !*skip(p))
			return 0;
		return refuse(e, "'%.24s' is no number: %s is compared with one such as 1000", s,
			      a->what == ASSERT_COUNT ? "count" : "open");
	}
	for (i = 0; i < N(units) && !is_word(unit, len, units[i].name); i++)
		;
	if (i == N(units) || *skip(unit + len) || !decimal(&p, units[i].ns, &a->value) || p != s + digits)
		return refuse(e, "'%.24s' is no duration: give a number and ns, us, ms, s or m, for example 2.5ms", s);
	return 0;
}

int assert_parse(const char *text, struct assertion *ret, char *err, size_t errlen)
{
	struct err e = { err, errlen };
	const char *what = skip(text), *s = what, *of;
	struct assertion a = { 0 };
	size_t what_len, of_len;
	int r;

	if (strlen(text) >= sizeof(a.text))
		return refuse(&e, "'%.20s...' is too long: an assertion has at most %zu letters", text, sizeof(a.text) - 1);
	memcpy(a.text, text, strlen(text) + 1);
	what_len = word_len(what);
	s = skip(what + what_len);
	if (!what_len || *s != '(')
		return refuse(&e, "'%s' is no assertion: write one such as p99(connect) < 5ms or count(time-wait) < 1000", text);
	of = skip(s + 1);
	of_len = word_len(of);
	s = skip(of + of_len);
	if (*s != ')')
		return refuse(&e, "')' is missing in '%s': write one such as p99(connect) < 5ms", text);
	s = skip(s + 1);
	r = parse_what(what, what_len, &a, &e);
	if (!r)
		r = parse_of(of, of_len, &a, &e);
	if (!r)
		r = parse_op(&s, &a, &e);
	if (!r)
		r = parse_value(skip(s), &a, &e);
	if (!r)
		*ret = a;
	return r;
}

struct assert_found assert_measure(const struct assertion *a, const struct hist_item *item,
				   const __u64 kinds[CLOSE_KIND_MAX])
{
	struct assert_found found = { .any = counts(a) };

	if (a->of_kind) {
		found.value = kinds[a->of];
		return found;
	}
	if (!counts(a))
		found.any = item->h->count != 0;
	switch (a->what) {
	case ASSERT_PERCENTILE: found.value = hist_percentile(item->h, a->ppm); break;
	case ASSERT_MIN: found.value = item->h->min; break;
	case ASSERT_MEAN: found.value = (__u64)(hist_mean(item->h) + 0.5); break;
	case ASSERT_MAXIMUM: found.value = item->h->max; break;
	case ASSERT_COUNT: found.value = item->h->count + item->began_before + item->lost + item->open; break;
	case ASSERT_OPEN: found.value = item->open; break;
	}
	return found;
}

bool assert_holds(const struct assertion *a, const struct assert_found *found)
{
	if (!found->any)
		return false;
	switch (a->op) {
	case ASSERT_LT: return found->value < a->value;
	case ASSERT_LE: return found->value <= a->value;
	case ASSERT_GT: return found->value > a->value;
	case ASSERT_GE: return found->value >= a->value;
	case ASSERT_EQ: return found->value == a->value;
	case ASSERT_NE: return found->value != a->value;
	}
	return false;
}

void assert_fmt_found(struct strbuf *b, const struct assertion *a, const struct assert_found *found)
{
	if (!found->any)
		strbuf_adds(b, "nothing measured");
	else if (counts(a))
		strbuf_addf(b, "%llu", (unsigned long long)found->value);
	else
		hist_fmt(b, found->value, HIST_AUTO);
}
