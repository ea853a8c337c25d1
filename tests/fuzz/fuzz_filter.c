/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first byte chooses the key, each line is a condition. Whatever is refused leaves the filter as it was and says why in
 * one line; matching ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/conn/filter.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = 812, .comm = "aabaabaaabaaaab" };
	struct conn c = { .lport = 80, .rport = 40000, .family = 2, .state = ST_TIME_WAIT, .netns = 1 };
	struct actors *as = actors_new(1);
	struct filter *f = filter_new();
	char *text = malloc(len + 1), *line, *rest, err[200];

	if (!as || !f || !text || len == 0)
		goto out;
	memcpy(text, data, len);
	text[len] = '\0';
	c.owner = actors_of_event(as, &ev);
	rest = text + 1;
	while ((line = strsep(&rest, "\n"))) {
		bool empty = filter_is_empty(f), matched = filter_match(f, &c, as, 1U << c.state);
		int r;

		err[0] = '\0';
		r = filter_add(f, (unsigned char)text[0] % FK_MAX, line, err, sizeof(err));
		if (r == 0 && filter_is_empty(f))
			abort();
		if (r && (r != -EINVAL || err[0] == '\0' || filter_is_empty(f) != empty))
			abort();
		if (r && filter_match(f, &c, as, 1U << c.state) != matched)
			abort();
	}
	filter_match(f, &c, as, 1U << c.state);
out:
	free(text);
	filter_free(f);
	actors_free(as);
	return 0;
}
