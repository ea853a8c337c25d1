// SPDX-License-Identifier: GPL-2.0-only
#include "core/web/request.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/text/endpoint.h"

static bool is_address(const char *name, size_t len)
{
	struct endpoint ep;
	char text[64], err[128];

	if (!len || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return !endpoint_parse(text, true, &ep, err, sizeof(err)) && ep.family && !ep.port;
}

static bool is_port(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n >= 1 && n <= 5 && !s[n];
}

bool web_host_ok(const char *host, const char *const *allowed, size_t n)
{
	const char *end = *host == '[' ? strchr(host, ']') : NULL;
	size_t len = end ? (size_t)(end - host) + 1 : strcspn(host, ":");

	if (*host == '[' && !end)
		return false;
	if (host[len] && (host[len] != ':' || !is_port(host + len + 1)))
		return false;
	if (*host == '[' ? is_address(host + 1, len - 2) : is_address(host, len))
		return true;
	if (len == strlen("localhost") && !strncasecmp(host, "localhost", len))
		return true;
	for (size_t i = 0; i < n; i++)
		if (len == strlen(allowed[i]) && !strncasecmp(host, allowed[i], len))
			return true;
	return false;
}

/* Of ";q=0.5;version=1.0.0" up to @end: is the weight 0? */
static bool weight_is_zero(const char *s, const char *end)
{
	while (s < end) {
		while (s < end && (*s == ';' || *s == ' ' || *s == '\t'))
			s++;
		if (end - s > 2 && (*s == 'q' || *s == 'Q') && s[1] == '=') {
			for (s += 2; s < end && (*s == '0' || *s == '.'); s++)
				;
			return s == end || !isdigit((unsigned char)*s);
		}
		while (s < end && *s != ';')
			s++;
	}
	return false;
}

bool web_accepts_openmetrics(const char *accept)
{
	static const char type[] = "application/openmetrics-text";

	while (accept && *accept) {
		size_t len = strcspn(accept, ","), lead = strspn(accept, " \t"), n = sizeof(type) - 1;

		if (len >= lead + n && !strncasecmp(accept + lead, type, n) && (len == lead + n || strchr("; \t", accept[lead + n])) &&
		    !weight_is_zero(accept + lead + n, accept + len))
			return true;
		accept += len + (accept[len] == ',');
	}
	return false;
}

static int digit64(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Bytes that were decoded, or -1; NUL bytes are refused. */
static int decode64(const char *s, char *to, size_t max)
{
	unsigned int bits = 0, have = 0;
	size_t n = 0, len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	size_t pad = strspn(s + len, "=");

	if (s[len + pad] || pad > 2 || (len + pad) % 4)
		return -1;
	for (size_t i = 0; i < len; i++) {
		bits = bits << 6 | (unsigned int)digit64(s[i]);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n + 1 >= max || !(bits >> have & 0xff))
			return -1;
		to[n++] = (char)(bits >> have & 0xff);
		bits &= (1U << have) - 1;
	}
	to[n] = '\0';
	return (int)n;
}

int web_basic(const char *authorization, char ret_user[WEB_USER_MAX], char ret_password[WEB_PASSWORD_MAX])
{
	char pair[WEB_USER_MAX + WEB_PASSWORD_MAX], *colon;
	int err = -EINVAL;

	if (!authorization || strncasecmp(authorization, "Basic ", 6) != 0)
		return -EINVAL;
	if (decode64(authorization + 6 + strspn(authorization + 6, " "), pair, sizeof(pair)) < 0)
		return -EINVAL;
	colon = strchr(pair, ':');
	if (colon && colon - pair < WEB_USER_MAX && strlen(colon + 1) < WEB_PASSWORD_MAX) {
		*colon = '\0';
		memcpy(ret_user, pair, (size_t)(colon - pair) + 1);
		memcpy(ret_password, colon + 1, strlen(colon + 1) + 1);
		err = 0;
	}
	explicit_bzero(pair, sizeof(pair));
	return err;
}

bool web_same_secret(const char *a, const char *b, size_t len)
{
	unsigned char diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= (unsigned char)(a[i] ^ b[i]);
	return !diff;
}
