/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/endpoint.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 64	/* an address with a scope */

static const char forms[] = "give ADDR:PORT, for example 10.0.0.1:80, [::1]:80 or :80";

static int bad(char *err, size_t errlen, const char *text, const char *what)
{
	(void)snprintf(err, errlen, "bad address '%.80s': %s", text, what);
	return -EINVAL;
}

static int read_port(const char *text, const char *port, struct endpoint *ret, char *err, size_t errlen)
{
	unsigned long n = strspn(port, "0123456789") == strlen(port) && *port && strlen(port) < 10 ? strtoul(port, NULL, 10) : 65536;

	if (n > 65535)
		return bad(err, errlen, text, "a port is a number from 1 to 65535");
	if (n == 0)
		return bad(err, errlen, text, "with port 0 the kernel chooses one; name a port from 1 to 65535");
	ret->port = (__u16)n;
	return 0;
}

static int read_addr(const char *text, char *host, struct endpoint *ret, char *err, size_t errlen)
{
	char *scope = strchr(host, '%');

	if (scope) {
		*scope++ = '\0';
		if (!*scope || strlen(scope) >= sizeof(ret->scope))
			return bad(err, errlen, text, "no such device behind '%'");
		(void)snprintf(ret->scope, sizeof(ret->scope), "%s", scope);
	}
	if (inet_pton(AF_INET, host, ret->addr + 12) == 1 && !scope) {
		ret->addr[10] = ret->addr[11] = 0xff;
		ret->family = 2;
		return 0;
	}
	if (inet_pton(AF_INET6, host, ret->addr) == 1) {
		ret->family = 10;
		return 0;
	}
	memset(ret->addr, 0, sizeof(ret->addr));
	if (strspn(host, "0123456789.") == strlen(host) || strchr(host, ':'))
		return bad(err, errlen, text, forms);
	return bad(err, errlen, text, "names are not looked up; give an address, for example 10.0.0.1:80 or [::1]:80");
}

int endpoint_parse(const char *text, bool bare, struct endpoint *ret, char *err, size_t errlen)
{
	struct endpoint e = { 0 };
	const char *colon = strrchr(text, ':'), *close = strrchr(text, ']');
	char host[HOST_MAX];
	size_t len;
	int ret_err;

	/* The port's colon is the only one, or stands behind the bracket. */
	if (text[0] == '[') {
		if (!close || (close[1] && close[1] != ':'))
			return bad(err, errlen, text, forms);
		colon = close[1] ? close + 1 : NULL;
		len = (size_t)(close - text - 1);
	} else {
		if (colon && strchr(text, ':') != colon) {
			if (!bare)
				return bad(err, errlen, text, "write an IPv6 address in brackets, for example [::1]:80");
			colon = NULL;
		}
		len = colon ? (size_t)(colon - text) : strlen(text);
	}
	if (!colon && !bare)
		return bad(err, errlen, text, forms);
	if (len >= sizeof(host))
		return bad(err, errlen, text, forms);
	memcpy(host, text + (text[0] == '['), len);
	host[len] = '\0';
	if (colon) {
		ret_err = read_port(text, colon + 1, &e, err, errlen);
		if (ret_err)
			return ret_err;
	}
	if ((len && strcmp(host, "*") != 0) || text[0] == '[' || !colon) {
		ret_err = read_addr(text, host, &e, err, errlen);
		if (ret_err)
			return ret_err;
	}
	*ret = e;
	return 0;
}
