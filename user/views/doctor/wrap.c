/* SPDX-License-Identifier: GPL-2.0-only */
/* Sentences in lines. */
#include "views/doctor/doctor.h"

void doctor_wrap(struct strbuf *b, const char *mark, const char *text, size_t cols)
{
	size_t start = b->len, indent = 13, line;

	strbuf_addf(b, "  %s", mark);
	strbuf_pad_to(b, start, indent);
	line = start;
	for (bool first = true; *text; first = false) {
		size_t len = 0;

		while (text[len] && text[len] != ' ')
			len++;
		if (!first && cols && b->len - line + 1 + len > cols) {
			strbuf_addc(b, '\n');
			line = b->len;
			strbuf_pad_to(b, line, indent);
		} else if (!first) {
			strbuf_addc(b, ' ');
		}
		strbuf_add(b, text, len);
		text += len;
		while (*text == ' ')
			text++;
	}
	strbuf_addc(b, '\n');
}
