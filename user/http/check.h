/* SPDX-License-Identifier: GPL-2.0-only */
/* serve --check: is a running one well? */
#ifndef HTTP_CHECK_H
#define HTTP_CHECK_H

/* Asks the server at @url ("http://127.0.0.1:19293", "unix:PATH") for /healthz and says what it answers. Returns an exit code: 0, 1, or 64 for no URL. */
int http_check(const char *url);
#endif
