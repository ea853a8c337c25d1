/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/live/assets.h"
#include <string.h>
#include <web.inc>	/* web_files[], made by the makefile in its folder */

static const struct { const char *ending, *type; } types[] = {
	{ ".html", "text/html; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" }, { ".css", "text/css; charset=utf-8" }, { ".svg", "image/svg+xml" },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < TYPES; i++)
		if (!strcmp(dot, types[i].ending))
			return types[i].type;
	return "application/octet-stream";
}

bool asset_find(const char *path, struct asset *ret)
{
	for (size_t i = 0; i < sizeof(web_files) / sizeof(web_files[0]); i++) {
		if (strcmp(path, web_files[i].path))
			continue;
		*ret = (struct asset){ type_of(path), web_files[i].bytes, web_files[i].len };
		return true;
	}
	return false;
}
