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

static void add_string(struct strbuf *b, const char *s)
{
	unsigned int cp, n;

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
	if (j->need_comma)
		strbuf_addc(j->out, ',');
	if (key) {
		add_string(j->out, key);
		strbuf_addc(j->out, ':');
	}
	j->need_comma = j->depth > 0;
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
