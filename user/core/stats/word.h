/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of an option: '-' is as good as '_' where the name has that. */
#ifndef CORE_STATS_WORD_H
#define CORE_STATS_WORD_H
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Are @text and the @len bytes of @name the same word? */
static inline bool word_is(const char *text, const char *name, size_t len)
{
	for (; *text && len; text++, name++, len--) {
		if (*text != *name && !(*text == '-' && *name == '_'))
			return false;
	}
	return !*text && !len;
}

/* Its place in @names[@n], or -EINVAL. */
static inline int word_find(const char *text, const char *const *names, int n)
{
	for (int i = 0; i < n; i++) {
		if (word_is(text, names[i], strlen(names[i])))
			return i;
	}
	return -EINVAL;
}

/* Is it in @list, which has commas between its words? NULL: no. */
static inline bool word_listed(const char *text, const char *list)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (word_is(text, list, len))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}
#endif
