/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stacks/frame.h"
#include <string.h>
#include "core/event/record.h"
#include "core/text/fmt.h"
#include "core/text/utf8.h"

#define HEAD offsetof(struct twt_frame, text)
#define TEXT_COLUMNS 160	/* of a symbol in a line */

void frame_begin(struct twt_frame *rec, __u32 id, __u64 offset, __u64 ts_ns)
{
	memset(rec, 0, sizeof(*rec));
	rec->size = HEAD;
	rec->version = TWT_VERSION;
	rec->kind = TWT_FRAME;
	rec->ts_ns = ts_ns;
	rec->id = id;
	rec->offset = offset;
}

void frame_add(struct twt_frame *rec, enum twt_frame_part part, const char *text)
{
	rec->size = (__u16)(HEAD + record_part_add(rec->text, sizeof(rec->text), rec->size - HEAD, part, text, FRAME_PART_MAX));
}

size_t frame_read(const struct twt_frame *rec, struct frame *ret, char *room)
{
	const __u8 *p = rec->text, *end = rec->text + (rec->size - HEAD);
	struct record_part part;
	size_t used = 0;

	memset(ret, 0, sizeof(*ret));
	ret->id = rec->id;
	ret->line = rec->line;
	ret->offset = rec->offset;
	ret->in_symbol = rec->in_symbol;
	while (record_part_next(&p, end, &part)) {
		size_t len = part.len < FRAME_PART_MAX ? part.len : FRAME_PART_MAX;

		if (!part.part || part.part >= TWT_FP_MAX || ret->part[part.part])
			continue;
		memcpy(room + used, part.text, len);
		room[used + len] = '\0';
		ret->part[part.part] = room + used;
		used += len + 1;	/* its head was longer than this NUL */
	}
	return used;
}

static const char *last_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && slash[1] ? slash + 1 : path;
}

/* At most @columns characters of @text, the rest as "...". */
static void add_cut(struct strbuf *b, const char *text, size_t columns)
{
	char cut[4 * TEXT_COLUMNS + 8];
	unsigned int cp, step;
	size_t n = 0;

	for (size_t i = 0; text[n] && i < columns; i++) {
		step = utf8_next(text + n, &cp);
		n += step ? step : 1;
	}
	if (!text[n]) {
		fmt_comm(b, text);
		return;
	}
	memcpy(cut, text, n);
	cut[n] = '\0';
	fmt_comm(b, cut);
	strbuf_adds(b, "...");
}

void frame_text(struct strbuf *b, const struct frame *f)
{
	const char *module = last_name(f->part[TWT_FP_MODULE]), *file = last_name(f->part[TWT_FP_FILE]);

	if (!f->part[TWT_FP_SYMBOL] && !module) {
		strbuf_addc(b, '?');
		return;
	}
	if (!f->part[TWT_FP_SYMBOL]) {
		add_cut(b, module, TEXT_COLUMNS);
		strbuf_addf(b, "+0x%llx", (unsigned long long)f->offset);
		return;
	}
	add_cut(b, f->part[TWT_FP_SYMBOL], TEXT_COLUMNS);
	if (file) {
		strbuf_addc(b, ' ');
		add_cut(b, file, TEXT_COLUMNS);
		if (f->line)
			strbuf_addf(b, ":%u", f->line);
	}
	if (module) {
		strbuf_adds(b, " (");
		add_cut(b, module, TEXT_COLUMNS);
		strbuf_addc(b, ')');
	}
}

void frame_folded(struct strbuf *b, const struct frame *f)
{
	const char *module = last_name(f->part[TWT_FP_MODULE]);
	size_t start = b->len;

	if (f->part[TWT_FP_SYMBOL]) {
		add_cut(b, f->part[TWT_FP_SYMBOL], TEXT_COLUMNS);
	} else if (module) {
		add_cut(b, module, TEXT_COLUMNS);
		strbuf_addf(b, "+0x%llx", (unsigned long long)f->offset);
	} else {
		strbuf_addc(b, '?');
	}
	for (size_t i = start; i < b->len; i++) {
		if (b->s[i] == ';')
			b->s[i] = ':';
		else if (b->s[i] == ' ')
			b->s[i] = '_';
	}
}

void frame_json(struct json *j, const struct frame *f)
{
	json_open(j, NULL, '{');
	json_str(j, "symbol", f->part[TWT_FP_SYMBOL]);
	if (f->part[TWT_FP_SYMBOL])
		json_u64(j, "symbol_offset", f->in_symbol);
	else
		json_null(j, "symbol_offset");
	json_str(j, "module", f->part[TWT_FP_MODULE]);
	json_str(j, "build_id", f->part[TWT_FP_BUILD_ID]);
	json_u64(j, "offset", f->offset);
	json_str(j, "file", f->part[TWT_FP_FILE]);
	if (f->line)
		json_u64(j, "line", f->line);
	else
		json_null(j, "line");
	json_close(j, '}');
}
