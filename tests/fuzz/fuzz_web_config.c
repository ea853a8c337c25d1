/* SPDX-License-Identifier: GPL-2.0-only */
/* A file for --web-config: taken whole, or refused with a sentence; never crashes. */
#include <stdlib.h>
#include <string.h>
#include "http/web_config.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct web_config c;
	char err[512] = "";

	if (web_config_parse((const char *)data, len, &c, err, sizeof(err))) {
		if (!err[0])
			abort();
		return 0;
	}
	if (!c.cert_file != !c.key_file || c.n_users > WEB_USERS_MAX)
		abort();
	for (size_t i = 0; i < c.n_users; i++)
		if (!c.users[i].name[0] || c.users[i].hash[0] != '$')
			abort();
	web_config_clear(&c);
	return 0;
}
