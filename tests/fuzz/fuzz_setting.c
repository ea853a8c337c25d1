/* SPDX-License-Identifier: GPL-2.0-only */
/* Any text as lines of a sysctl.conf: what is taken has a name and a value, and is judged with a sentence. */
#include <stdlib.h>
#include <string.h>
#include "core/doctor/settings/setting.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static struct tracker *t;
	static struct filter *filter;
	static struct facts *f;
	const struct tracker_config cfg = { .max_conns = 16, .max_actors = 16 };
	static const struct tracker_ops ops;

	if (!f) {
		filter = filter_new();
		if (!filter || tracker_new(&cfg, &ops, NULL, &t))
			abort();
		f = facts_new(rule_families, t, filter, "6.1.0-42");
		if (!f)
			abort();
	}
	while (len) {
		const unsigned char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;
		struct setting_line line;
		const struct setting *s;
		struct strbuf why = { 0 };

		if (setting_read((const char *)data, n, &line) == SETTING_TAKEN) {
			if (!line.name[0] || !line.value[0] || strlen(line.name) >= sizeof(line.name) || strlen(line.value) >= sizeof(line.value))
				abort();
			if (setting_judge(f, &line, &s, &why) == ADVICE_UNKNOWN ? s != NULL : s == NULL)
				abort();
			if (!why.len && !(s && !s->truth))
				abort();
		}
		strbuf_free(&why);
		data += n + (end != NULL);
		len -= n + (end != NULL);
	}
	return 0;
}
