/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as a string: what comes out is one JSON string in printable UTF-8. */
#include <stdlib.h>
#include <string.h>
#include "core/text/json.h"
#include "core/text/utf8.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

/* Length of the JSON string at @s, or 0 if it is none. */
static size_t json_string(const char *s)
{
	const char *p = s + 1;
	unsigned int cp, n;

	if (*s != '"')
		return 0;
	while (*p != '"') {
		n = utf8_next(p, &cp);
		if (n == 0 || utf8_is_control(cp))	/* the end of the text is a control character too */
			return 0;
		if (*p == '\\' && p[1] == 'u' && strspn(p + 2, "0123456789abcdef") >= 4)
			n = 6;
		else if (*p == '\\' && p[1] && strchr("\"\\ntr", p[1]))
			n = 2;
		else if (*p == '\\')
			return 0;
		p += n;
	}
	return (size_t)(p + 1 - s);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct strbuf out = { 0 };
	char *text = malloc(len + 1);
	struct json j;
	size_t n;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	json_init(&j, &out);
	json_open(&j, NULL, '{');
	json_str(&j, text, text);
	json_close(&j, '}');
	n = json_string(out.s + 1);
	if (n == 0 || out.s[1 + n] != ':' || json_string(out.s + 2 + n) != n || strcmp(out.s + 2 + 2 * n, "}") != 0)
		abort();
	free(text);
	strbuf_free(&out);
	return 0;
}
