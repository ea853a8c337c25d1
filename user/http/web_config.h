/* SPDX-License-Identifier: GPL-2.0-only */
/* TLS and users, from a file as Prometheus' exporters read it (exporter-toolkit's web configuration). What is not understood is refused. */
#ifndef HTTP_WEB_CONFIG_H
#define HTTP_WEB_CONFIG_H
#include <stddef.h>
#include "core/web/request.h"

#define WEB_USERS_MAX 64
#define WEB_HASH_MAX 128

struct web_user { char name[WEB_USER_MAX], hash[WEB_HASH_MAX]; };

struct web_config {
	char *cert_file, *key_file;	/* NULL: no TLS */
	int tls_minor;			/* least version: 1.x */
	struct web_user users[WEB_USERS_MAX];
	size_t n_users;
};

/* Returns 0, or -EINVAL or -ENOMEM with one sentence in @err. */
int web_config_parse(const char *text, size_t len, struct web_config *ret, char *err, size_t errlen);
/* The same from a file; paths in it are relative to its folder. */
int web_config_read(const char *path, struct web_config *ret, char *err, size_t errlen);
void web_config_clear(struct web_config *c);
/* All of a file, at most 1 MiB, with a NUL behind it; the caller's. NULL, with a sentence in @err. */
char *web_config_slurp(const char *path, size_t *ret_len, char *err, size_t errlen);
#endif
