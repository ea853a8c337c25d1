/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/conn/filter_expr.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct { const char *name; enum filter_key key; } keys[] = {
	{ "pid", FK_PID }, { "comm", FK_COMM }, { "lport", FK_LPORT }, { "rport", FK_RPORT }, { "port", FK_PORT },
	{ "laddr", FK_LADDR }, { "raddr", FK_RADDR }, { "state", FK_STATE }, { "netns", FK_NETNS },
	{ "container", FK_CONTAINER }, { "pod", FK_POD }, { "unit", FK_UNIT },
	{ "min-rtt", FK_MIN_RTT },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* The next word of *@at without its quotes; 1, 0 at the end, or -EINVAL where a quote is open. */
static int next_word(const char **at, char ret[FILTER_EXPR_LEN])
{
	const char *s = *at + strspn(*at, " \t");
	bool quoted = false;
	size_t n = 0;

	if (!*s)
		return 0;
	for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
		if (*s == '"')
			quoted = !quoted;
		else
			ret[n++] = *s;
	}
	ret[n] = '\0';
	*at = s;
	return quoted ? -EINVAL : 1;
}

static int add_condition(struct filter *f, const char *word, char *err, size_t errlen)
{
	const char *name = strncmp(word, "--", 2) ? word : word + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name), i;

	if (!strcmp(name, "ipv4") || !strcmp(name, "ipv6"))
		return filter_add(f, FK_FAMILY, name[3] == '4' ? "4" : "6", err, errlen);
	if (!strcmp(name, "retrans"))
		return filter_add(f, FK_RETRANS, "yes", err, errlen);
	for (i = 0; i < N_KEYS; i++) {
		if (strlen(keys[i].name) == len && !strncmp(keys[i].name, name, len))
			break;
	}
	if (i < N_KEYS && equals && equals[1])
		return filter_add(f, keys[i].key, equals + 1, err, errlen);
	if (i < N_KEYS)
		(void)snprintf(err, errlen, "a value is missing: write %s=...", keys[i].name);
	else
		(void)snprintf(err, errlen, "\"%.20s\": KEY=VALUE with pid, comm, [lr]port, port, [lr]addr, state, netns, container, "
			       "pod, unit, min-rtt",
			       word);
	return -EINVAL;
}

int filter_parse(const char *text, struct filter **ret, char *err, size_t errlen)
{
	char word[FILTER_EXPR_LEN];
	struct filter *f;
	int e;

	if (strlen(text) >= FILTER_EXPR_LEN) {
		(void)snprintf(err, errlen, "the filter is too long: at most %d bytes", FILTER_EXPR_LEN - 1);
		return -EINVAL;
	}
	f = filter_new();
	if (!f)
		return -ENOMEM;
	while ((e = next_word(&text, word)) == 1) {
		e = add_condition(f, word, err, errlen);
		if (e)
			goto out;
	}
	if (e) {
		(void)snprintf(err, errlen, "a quote is open: write comm=\"two words\"");
		goto out;
	}
	*ret = f;
	return 0;
out:
	filter_free(f);
	return e;
}
