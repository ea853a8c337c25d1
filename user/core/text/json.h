/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A streaming JSON writer (RFC 8259) into a strbuf. Commas are its business; nesting is checked by depth only.
 * Strings are escaped; each byte that is not part of valid UTF-8 becomes U+FFFD, so that output is always valid JSON.
 */
#ifndef CORE_TEXT_JSON_H
#define CORE_TEXT_JSON_H
#include "core/text/strbuf.h"

struct json { struct strbuf *out; unsigned int depth; bool need_comma; };

void json_init(struct json *j, struct strbuf *out);
/* @key is NULL inside arrays and at the top. */
void json_open(struct json *j, const char *key, char bracket);	/* '{' or '[' */
void json_close(struct json *j, char bracket);			/* '}' or ']' */
void json_str(struct json *j, const char *key, const char *value);	/* NULL writes null */
void json_u64(struct json *j, const char *key, unsigned long long value);
void json_s64(struct json *j, const char *key, long long value);
void json_double(struct json *j, const char *key, double value);	/* shortest that reads back the same; NaN, inf: null */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
#endif
