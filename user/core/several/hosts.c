// SPDX-License-Identifier: GPL-2.0-only
#include "core/several/hosts.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void host_of(const char *about, char ret[HOST_NAME_LEN])
{
	static const char key[] = "host=";
	size_t len;

	ret[0] = '\0';
	for (; about && *about; about = *about ? about + 1 : about) {
		if (!strncmp(about, key, sizeof(key) - 1)) {
			about += sizeof(key) - 1;
			len = strcspn(about, "\n");
			if (len > HOST_NAME_LEN - 1)
				len = HOST_NAME_LEN - 1;
			memcpy(ret, about, len);
			ret[len] = '\0';
			return;
		}
		about += strcspn(about, "\n");
	}
}

/* The file's name without its folder and ".twr". */
static void stem_of(const char *path, char ret[HOST_NAME_LEN])
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (!strcmp(path, "-"))
		path = "stdin";
	else if (slash && slash[1])
		path = slash + 1;
	len = strlen(path);
	if (len > 4 && !strcmp(path + len - 4, ".twr"))
		len -= 4;
	if (len > HOST_NAME_LEN - 1)
		len = HOST_NAME_LEN - 1;
	memcpy(ret, path, len);
	ret[len] = '\0';
}

static bool is_taken(const struct hosts *h, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(h->name[k], h->name[i]))
			return true;
	return false;
}

void hosts_name(struct hosts *h, size_t n, const char *const about[], const char *const path[])
{
	char own[WEAVE_MAX][HOST_NAME_LEN], stem[HOST_NAME_LEN];

	h->n = n < WEAVE_MAX ? n : WEAVE_MAX;
	for (size_t i = 0; i < h->n; i++)
		host_of(about[i], own[i]);
	for (size_t i = 0; i < h->n; i++) {
		bool alone = own[i][0] != '\0';

		for (size_t k = 0; k < h->n && alone; k++)
			alone = k == i || strcmp(own[i], own[k]) != 0;
		stem_of(path[i], stem);
		(void)snprintf(h->name[i], sizeof(h->name[i]), "%.63s%s%.63s", own[i], alone || !own[i][0] ? "" : ":", alone ? "" : stem);
		/* The same file's name in several folders; a host that is called like another one's file. */
		for (size_t k = 2; is_taken(h, i); k++)
			(void)snprintf(h->name[i], sizeof(h->name[i]), "%.*s%s%.*s#%zu", HOST_NAME_LEN - 6, own[i], own[i][0] ? ":" : "",
				       HOST_NAME_LEN - 6, stem, k);
	}
}
