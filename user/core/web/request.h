/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands in the head of an HTTP request, as far as the library leaves it to us. All of it is hostile text. */
#ifndef CORE_WEB_REQUEST_H
#define CORE_WEB_REQUEST_H
#include <stdbool.h>
#include <stddef.h>

#define WEB_USER_MAX 64			/* with NUL */
#define WEB_PASSWORD_MAX 256

/*
 * Host (RFC 9112, 3.2): does it name this host? An address does, since no name was looked up for it; "localhost" and the @n names @allowed do. Any
 * other name may be somebody's who lets it point here (DNS rebinding). A port, and the case of letters, do not matter.
 */
bool web_host_ok(const char *host, const char *const *allowed, size_t n);
/* Accept (RFC 9110, 12.5.1): is OpenMetrics named, with a weight that is not 0? NULL: no. */
bool web_accepts_openmetrics(const char *accept);
/* Authorization: "Basic BASE64" (RFC 7617) taken apart. Returns 0, or -EINVAL with nothing written. */
int web_basic(const char *authorization, char ret_user[WEB_USER_MAX], char ret_password[WEB_PASSWORD_MAX]);
/* Are @a and @b the same? Takes as long for any two of these lengths. */
bool web_same_secret(const char *a, const char *b, size_t len);
#endif
