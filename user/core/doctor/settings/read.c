/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings out of whatever text people have: sysctl.conf, commands, articles. */
#include <string.h>
#include "core/doctor/settings/setting.h"

#define BLANK " \t\r\n\v\f"

struct span { const char *s; size_t len; };

static void trim(struct span *t, const char *what)
{
	while (t->len && strchr(what, t->s[0]) && t->s[0]) {
		t->s++;
		t->len--;
	}
	while (t->len && strchr(what, t->s[t->len - 1]) && t->s[t->len - 1])
		t->len--;
}

static bool starts(const struct span *t, const char *word)
{
	return t->len >= strlen(word) && !memcmp(t->s, word, strlen(word));
}

static void skip(struct span *t, size_t n)
{
	t->s += n;
	t->len -= n;
	trim(t, BLANK);
}

/* Up to the first of @stop, or all of it. */
static struct span upto(const struct span *t, const char *stop)
{
	size_t n = 0;

	while (n < t->len && t->s[n] && !strchr(stop, t->s[n]))
		n++;
	return (struct span){ t->s, n };
}

/* A name has at least one dot or slash, and nothing but what names have. */
static bool take_name(struct span n, char *ret, size_t size)
{
	bool parts = false;

	trim(&n, BLANK "`\"'");
	if (!n.len || n.len >= size)
		return false;
	for (size_t i = 0; i < n.len; i++) {
		char c = n.s[i];

		parts |= c == '.' || c == '/';
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-/:*", c)) || !c)
			return false;
		ret[i] = c == '/' ? '.' : c;
	}
	ret[n.len] = '\0';
	return parts || !strncmp(ret, "ip_conntrack", 12) || !strncmp(ret, "tcp_", 4) || !strncmp(ret, "ip_", 3);
}

static bool take_value(struct span v, char *ret, size_t size)
{
	/* A comment behind it, as articles have. */
	for (size_t i = 1; i < v.len; i++)
		if ((v.s[i] == '#' || v.s[i] == ';') && strchr(BLANK, v.s[i - 1]))
			v.len = i;
	trim(&v, BLANK "`\"';|");
	if (!v.len || v.len >= size || memchr(v.s, '\0', v.len))
		return false;
	memcpy(ret, v.s, v.len);
	ret[v.len] = '\0';
	return true;
}

/* echo VALUE > /proc/sys/NAME */
static enum setting_read from_echo(struct span t, struct setting_line *ret)
{
	struct span value = upto(&t, ">"), name;

	if (value.len == t.len)
		return SETTING_BLANK;
	name = (struct span){ t.s + value.len, t.len - value.len };
	trim(&name, BLANK ">");
	name = upto(&name, BLANK ";#");
	if (!starts(&name, "/proc/sys/"))
		return SETTING_BLANK;
	skip(&name, strlen("/proc/sys/"));
	return take_name(name, ret->name, sizeof(ret->name)) && take_value(value, ret->value, sizeof(ret->value)) ? SETTING_TAKEN :
		SETTING_BAD;
}

enum setting_read setting_read(const char *line, size_t len, struct setting_line *ret)
{
	struct span t = { line, len }, name;

	trim(&t, BLANK "`|");
	while (starts(&t, "- ") || starts(&t, "* ") || starts(&t, "$ ") || starts(&t, "> "))
		skip(&t, 2);
	if (starts(&t, "sudo "))
		skip(&t, 5);
	if (!t.len || t.s[0] == '#' || t.s[0] == ';')
		return SETTING_BLANK;
	if (starts(&t, "echo "))
		return from_echo((struct span){ t.s + 5, t.len - 5 }, ret);
	if (starts(&t, "sysctl ")) {
		skip(&t, 7);
		while (starts(&t, "-")) {
			struct span word = upto(&t, BLANK);

			skip(&t, word.len);
		}
		trim(&t, "\"'");
	}
	if (t.len && t.s[0] == '-')	/* sysctl.conf: errors are ignored */
		skip(&t, 1);
	name = upto(&t, "=");
	if (name.len == t.len) {
		/* "net.ipv4.x 1": sysctl refuses it, articles have it */
		name = upto(&t, BLANK);
		if (name.len == t.len || (!starts(&t, "net.") && !starts(&t, "net/")))
			return SETTING_BLANK;
	}
	if (!take_name(name, ret->name, sizeof(ret->name)))
		return starts(&t, "net.") ? SETTING_BAD : SETTING_BLANK;
	t = (struct span){ t.s + name.len + 1, t.len - name.len - 1 };
	return take_value(t, ret->value, sizeof(ret->value)) ? SETTING_TAKEN : SETTING_BAD;
}
