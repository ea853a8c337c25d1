/* SPDX-License-Identifier: GPL-2.0-only */
/* Any text as an assertion: taken whole, or refused with a sentence; what was taken reads the same again, and can be held against anything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/hist/assert.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const __u64 kinds[CLOSE_KIND_MAX] = { 0 };
	struct assertion a, again;
	struct assert_found f;
	struct hist_item it = { 0 };
	char *text = malloc(len + 1), err[200] = "";
	struct strbuf b = { 0 };
	struct hist h;
	int r;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	r = assert_parse(text, &a, err, sizeof(err));
	if (r && (r != -EINVAL || !err[0]))
		abort();
	if (!r) {
		if (assert_parse(a.text, &again, err, sizeof(err)) || a.value != again.value || a.ppm != again.ppm || a.ppm > 1000000 ||
		    a.of != again.of || (a.of_kind ? a.of >= CLOSE_KIND_MAX : a.of >= PHASE_MAX))
			abort();
		hist_init(&h, 7, NULL);
		it.h = &h;
		(void)hist_add(&h, a.value, 1);
		f = assert_measure(&a, &it, kinds);
		(void)assert_holds(&a, &f);
		assert_fmt_found(&b, &a, &f);
		hist_free(&h);
	}
	strbuf_free(&b);
	free(text);
	return 0;
}
