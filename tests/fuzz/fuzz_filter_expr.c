/* SPDX-License-Identifier: GPL-2.0-only */
/* Any text as a filter that somebody types: taken whole, or refused with a sentence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/conn/filter_expr.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct conn c = { .lport = 80, .family = 2, .state = 1, .netns = 1 };
	struct actors *as = actors_new(1);
	char *text = malloc(len + 1), err[200] = "";
	struct filter *f = NULL;
	int r;

	if (!as || !text)
		goto out;
	memcpy(text, data, len);
	text[len] = '\0';
	r = filter_parse(text, &f, err, sizeof(err));
	if (r == 0 && (!f || (strspn(text, " \t") < strlen(text) && filter_is_empty(f) && strpbrk(text, "=46"))))
		abort();
	if (r && (r != -EINVAL || f || !err[0]))
		abort();
	if (f)
		(void)filter_match(f, &c, as, 1U << c.state);
out:
	free(text);
	filter_free(f);
	actors_free(as);
	return 0;
}
