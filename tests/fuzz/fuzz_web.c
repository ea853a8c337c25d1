/* SPDX-License-Identifier: GPL-2.0-only */
/* Heads of requests, addresses and labels: any text is taken whole or refused, and nothing reaches beyond its end. */
#include <stdlib.h>
#include <string.h>
#include "core/metrics/expo.h"
#include "core/metrics/metrics.h"
#include "core/text/utf8.h"
#include "core/web/request.h"
#include "core/web/where.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void check_clean(const char *text)
{
	struct strbuf b = { 0 };
	unsigned int cp, n;

	expo_clean(&b, text, 40);
	if (b.len > 40)
		abort();
	for (const char *s = b.s; s && *s; s += n) {
		n = utf8_next(s, &cp);
		if (!n)
			abort();
	}
	strbuf_free(&b);
}

static void check_sample(const char *text)
{
	struct strbuf b = { 0 };
	struct expo x = { .out = &b, .openmetrics = true };

	expo_family(&x, M_STUCK);
	strbuf_reset(&b);
	expo_u64(&x, &(struct expo_label){ "state", text }, 1, 1);
	/* One line, which ends as it should. */
	if (strchr(b.s, '\n') != b.s + b.len - 1 || b.len < 5 || strcmp(b.s + b.len - 5, "\"} 1\n") != 0)
		abort();
	strbuf_free(&b);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static const char *const names[] = { "example.org" };
	char *text = malloc(len + 1), user[WEB_USER_MAX], password[WEB_PASSWORD_MAX], err[256];
	struct metrics_labels labels;
	struct web_where w;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	(void)web_host_ok(text, names, 1);
	(void)web_accepts_openmetrics(text);
	if (!web_basic(text, user, password) && (strlen(user) >= WEB_USER_MAX || strlen(password) >= WEB_PASSWORD_MAX || strchr(user, ':')))
		abort();
	err[0] = '\0';
	if (web_where_parse(text, &w, err, sizeof(err)) && !err[0])
		abort();
	err[0] = '\0';
	if (web_url_parse(text, &w, err, sizeof(err)) && !err[0])
		abort();
	err[0] = '\0';
	if (metrics_labels_parse(text, &labels, err, sizeof(err)) && !err[0])
		abort();
	check_clean(text);
	check_sample(text);
	free(text);
	return 0;
}
