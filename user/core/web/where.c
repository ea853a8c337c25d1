// SPDX-License-Identifier: GPL-2.0-only
#include "core/web/where.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/text/addr.h"
#include "core/text/endpoint.h"
#include "core/text/fmt.h"

static int unix_path(const char *path, struct web_where *ret, char *err, size_t errlen)
{
	size_t len = strlen(path);

	if (!len || len >= WEB_PATH_MAX) {
		(void)snprintf(err, errlen, "a socket's path has 1 to %d bytes: unix:/run/twtrace.sock", WEB_PATH_MAX - 1);
		return -EINVAL;
	}
	memset(ret, 0, sizeof(*ret));
	ret->is_unix = true;
	memcpy(ret->path, path, len + 1);
	return 0;
}

int web_where_parse(const char *text, struct web_where *ret, char *err, size_t errlen)
{
	static const __u8 any4[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct endpoint ep;
	char why[128];

	if (!strncmp(text, "unix:", 5))
		return unix_path(text + 5, ret, err, errlen);
	if (endpoint_parse(text, false, &ep, why, sizeof(why)) || ep.scope[0] || !ep.port) {
		(void)snprintf(err, errlen, "'%.60s' is no address to listen at; give ADDR:PORT or unix:PATH, for example 127.0.0.1:%d", text, WEB_PORT);
		return -EINVAL;
	}
	memset(ret, 0, sizeof(*ret));
	ret->family = ep.family ? ep.family : 2;
	memcpy(ret->addr, ep.family ? ep.addr : any4, sizeof(ret->addr));
	ret->port = ep.port;
	return 0;
}

int web_url_parse(const char *text, struct web_where *ret, char *err, size_t errlen)
{
	char at[80];
	size_t len;

	if (!strncmp(text, "unix:", 5))
		return unix_path(text + 5, ret, err, errlen);
	if (strncmp(text, "http://", 7) != 0)
		goto bad;
	text += 7;
	len = strcspn(text, "/?#");
	if (!len || len >= sizeof(at) - 8)
		goto bad;
	/* Names are not looked up, but for the one that is this host. */
	if (!strncmp(text, "localhost", 9) && (text[9] == ':' || len == 9))
		(void)snprintf(at, sizeof(at), "127.0.0.1%.*s", (int)len - 9, text + 9);
	else
		(void)snprintf(at, sizeof(at), "%.*s", (int)len, text);
	if (at[strlen(at) - 1] == ']' || !strchr(at, ':'))
		(void)snprintf(at + strlen(at), sizeof(at) - strlen(at), ":80");
	if (!web_where_parse(at, ret, err, errlen))
		return 0;
bad:
	(void)snprintf(err, errlen, "'%.60s' is no URL of a server; give http://ADDR:PORT or unix:PATH, for example http://127.0.0.1:%d", text, WEB_PORT);
	return -EINVAL;
}

bool web_is_loopback(const struct web_where *w)
{
	return w->is_unix || addr_is_loopback(w->addr);
}

void web_where_say(struct strbuf *b, const struct web_where *w, bool tls)
{
	char addr[FMT_ADDR_LEN];

	if (w->is_unix) {
		strbuf_addf(b, "unix:%s", w->path);
		return;
	}
	fmt_addr(w->addr, w->family, addr);
	strbuf_addf(b, w->family == 10 ? "%s://[%s]:%u/" : "%s://%s:%u/", tls ? "https" : "http", addr, w->port);
}
