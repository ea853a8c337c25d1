/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/utf8.h"

void json_init(struct json *j, struct strbuf *out)
{
	*j = (struct json){ .out = out };
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH_BYTE(b) (0x0101010101010101ULL * (b))
#define HIGH_BITS EACH_BYTE(0x80)

/* Not 0 if one of eight bytes is @c (Mycroft's test; it may find more than there are, behind one that is). */
static unsigned long long has_byte(unsigned long long w, unsigned char c)
{
	w ^= EACH_BYTE(c);
	return (w - EACH_BYTE(1)) & ~w & HIGH_BITS;
}

/* Printable ASCII that needs no escape: names of members, states and addresses always, eight bytes at a time. */
static bool all_plain(const char *s, size_t n)
{
	unsigned long long w;

	for (; n >= sizeof(w); n -= sizeof(w), s += sizeof(w)) {
		memcpy(&w, s, sizeof(w));
		if ((w & HIGH_BITS) | ((w - EACH_BYTE(0x20)) & ~w & HIGH_BITS) | has_byte(w, '"') | has_byte(w, '\\') | has_byte(w, 0x7f))
			return false;
	}
	while (n)
		if (!is_plain(s[--n]))
			return false;
	return true;
}

static void add_string(struct strbuf *b, const char *s)
{
	size_t len = strlen(s);
	unsigned int cp, n;
	char *to;

	if (all_plain(s, len)) {
		to = strbuf_room(b, len + 2);
		if (to) {
			to[0] = '"';
			memcpy(to + 1, s, len);
			to[len + 1] = '"';
		}
		return;
	}
	strbuf_addc(b, '"');
	for (; *s; s += n) {
		n = 0;
		while (is_plain(s[n]))
			n++;
		if (n) {	/* nearly always all of it */
			strbuf_add(b, s, n);
			continue;
		}
		n = utf8_next(s, &cp);
		if (n == 0) {
			strbuf_adds(b, "\xef\xbf\xbd");	/* one U+FFFD for each byte that fits nowhere */
			n = 1;
		} else if (cp == '"' || cp == '\\') {
			strbuf_addc(b, '\\');
			strbuf_addc(b, *s);
		} else if (cp == '\n') {
			strbuf_adds(b, "\\n");
		} else if (cp == '\t') {
			strbuf_adds(b, "\\t");
		} else if (cp == '\r') {
			strbuf_adds(b, "\\r");
		} else if (utf8_is_control(cp)) {
			/* RFC 8259 asks it for C0 alone; the rest for the terminal that shows it. */
			strbuf_addf(b, "\\u%04x", cp);
		} else {
			strbuf_add(b, s, n);
		}
	}
	strbuf_addc(b, '"');
}

/* Everything before a value: comma and name. */
static void begin(struct json *j, const char *key)
{
	size_t len = key ? strlen(key) : 0, comma = j->need_comma;
	char *to;

	j->need_comma = j->depth > 0;
	if (!key || !all_plain(key, len)) {
		if (comma)
			strbuf_addc(j->out, ',');
		if (key) {
			add_string(j->out, key);
			strbuf_addc(j->out, ':');
		}
		return;
	}
	to = strbuf_room(j->out, comma + len + 3);
	if (!to)
		return;
	*to = ',';
	to += comma;
	*to++ = '"';
	memcpy(to, key, len);
	to[len] = '"';
	to[len + 1] = ':';
}

void json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	strbuf_addc(j->out, bracket);
	j->depth++;
	j->need_comma = false;
}

void json_close(struct json *j, char bracket)
{
	strbuf_addc(j->out, bracket);
	if (j->depth)
		j->depth--;
	j->need_comma = j->depth > 0;
}

void json_str(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	if (value)
		add_string(j->out, value);
	else
		strbuf_adds(j->out, "null");
}

void json_u64(struct json *j, const char *key, unsigned long long value)
{
	begin(j, key);
	strbuf_addu(j->out, value, 0);
}

void json_s64(struct json *j, const char *key, long long value)
{
	begin(j, key);
	strbuf_addf(j->out, "%lld", value);
}

void json_double(struct json *j, const char *key, double value)
{
	char buf[40];
	int digits = 15;
	bool point = false;
	const char *p;

	begin(j, key);
	if (!isfinite(value)) {
		strbuf_adds(j->out, "null");
		return;
	}
	do {
		snprintf(buf, sizeof(buf), "%.*g", digits, value);
	} while (strtod(buf, NULL) != value && ++digits <= 17);
	/* A locale may write its decimal point in another way, even in several bytes. */
	for (p = buf; *p; p++) {
		if (strchr("0123456789+-e", *p)) {
			strbuf_addc(j->out, *p);
		} else if (!point) {
			strbuf_addc(j->out, '.');
			point = true;
		}
	}
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	strbuf_adds(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	strbuf_adds(j->out, "null");
}
