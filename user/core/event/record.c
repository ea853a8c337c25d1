/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/record.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/text/utf8.h"

#define TEXT_MAX (64 * 1024)		/* a header that claims more is no header of ours */
#define HEADER_MAX (TEXT_MAX + 4096)
#define EVENT_MIN 16			/* the part of an event that never moves */
#define PART_HEAD 3

size_t record_part_add(__u8 *texts, size_t size, size_t at, unsigned int part, const char *text, size_t max)
{
	size_t len = text ? utf8_kept(text, max) : 0;

	if (!len || at + PART_HEAD + len > size)
		return at;
	texts[at] = (__u8)part;
	texts[at + 1] = (__u8)len;
	texts[at + 2] = (__u8)(len >> 8);
	memcpy(texts + at + PART_HEAD, text, len);
	return at + PART_HEAD + len;
}

bool record_part_next(const __u8 **at, const __u8 *end, struct record_part *ret)
{
	while (end - *at >= PART_HEAD) {
		const __u8 *p = *at;
		size_t len = p[1] | (size_t)p[2] << 8;

		if (len > (size_t)(end - p) - PART_HEAD)
			return false;
		*at += PART_HEAD + len;
		if (!len || memchr(p + PART_HEAD, '\0', len))
			continue;
		*ret = (struct record_part){ p[0], len, (const char *)p + PART_HEAD };
		return true;
	}
	return false;
}

struct record_reader {
	char *buf;
	size_t start, end, cap;		/* unread bytes are buf[start..end) */
	struct record_header header;
	char *text;
	bool have_header;
	int err;			/* sticky */
};

void record_header_write(struct strbuf *b, const struct record_header *h, const char *text)
{
	struct record_header out = *h;
	size_t len = strlen(text);

	if (len > TEXT_MAX)
		len = TEXT_MAX;
	memcpy(out.magic, RECORD_MAGIC, sizeof(out.magic));
	out.format = RECORD_FORMAT;
	out.text_size = (__u32)len;
	out.header_size = (__u32)(sizeof(out) + len);
	out.reserved = 0;
	strbuf_add(b, (const char *)&out, sizeof(out));
	strbuf_add(b, text, len);
}

size_t record_event(const struct twt_event *ev, union twt_record *ret_rec)
{
	struct twt_event *ret_ev = &ret_rec->event;

	if (ev->kind == TWT_LOOK) {
		ret_rec->look = *event_look(ev);
		ret_rec->look.size = sizeof(ret_rec->look);
		return sizeof(ret_rec->look);
	}
	if (ev->kind == TWT_NAME || ev->kind == TWT_FRAME || ev->kind == TWT_STACK) {
		memcpy(ret_rec, ev, ev->size);
		return ev->size;
	}
	if (event_wire(ev)) {
		ret_rec->wired = ((const union twt_record *)ev)->wired;
		return sizeof(ret_rec->wired);
	}
	*ret_ev = *ev;
	if (ev->size < EVENT_MIN || ev->size > sizeof(*ev))
		ret_ev->size = ev->flags & TWT_F_TASK ? sizeof(*ev) : TWT_EVENT_SHORT;
	if (!ret_ev->version)
		ret_ev->version = TWT_VERSION;
	return ret_ev->size;
}

struct record_reader *record_reader_new(void)
{
	return calloc(1, sizeof(struct record_reader));
}

void record_reader_free(struct record_reader *r)
{
	if (!r)
		return;
	free(r->buf);
	free(r->text);
	free(r);
}

int record_reader_feed(struct record_reader *r, const void *data, size_t len)
{
	size_t left = r->end - r->start;

	if (len == 0)
		return 0;
	if (len > r->cap - r->end) {
		if (left)
			memmove(r->buf, r->buf + r->start, left);
		r->start = 0;
		r->end = left;
	}
	if (len > r->cap - r->end) {
		size_t cap = (left + len) * 2;
		char *buf = realloc(r->buf, cap);

		if (!buf)
			return -ENOMEM;
		r->buf = buf;
		r->cap = cap;
	}
	memcpy(r->buf + r->end, data, len);
	r->end += len;
	return 0;
}

/* Returns 1 once the header is there, 0 if bytes are missing, or an error. */
static int read_header(struct record_reader *r)
{
	size_t have = r->end - r->start, magic = have < 8 ? have : 8;
	struct record_header h;

	/* Refuse at the first wrong byte: what is no recording must not wait for the rest of a header. */
	if (have && memcmp(r->buf + r->start, RECORD_MAGIC, magic) != 0)
		return -EBADMSG;
	if (have < sizeof(h))
		return 0;
	memcpy(&h, r->buf + r->start, sizeof(h));
	if (h.format > RECORD_FORMAT) {
		r->header = h;
		return -EPROTONOSUPPORT;
	}
	if (h.format == 0 || h.header_size > HEADER_MAX || h.text_size > TEXT_MAX ||
	    h.header_size < sizeof(h) + h.text_size)
		return -EBADMSG;
	if (have < h.header_size)
		return 0;
	r->text = malloc(h.text_size + 1UL);
	if (!r->text)
		return -ENOMEM;
	memcpy(r->text, r->buf + r->start + h.header_size - h.text_size, h.text_size);
	r->text[h.text_size] = '\0';
	r->header = h;
	r->have_header = true;
	r->start += h.header_size;
	return 1;
}

int record_reader_next(struct record_reader *r, union twt_record *ret_rec)
{
	int err = r->err;

	if (!err && !r->have_header) {
		err = read_header(r);
		if (err == 0)
			return 0;
		if (err > 0)
			err = 0;
	}
	while (!err) {
		size_t have = r->end - r->start;
		__u16 size;

		if (have < sizeof(size))
			return 0;
		memcpy(&size, r->buf + r->start, sizeof(size));
		if (size < EVENT_MIN) {
			err = -EBADMSG;
			break;
		}
		if (have < size)
			return 0;
		err = record_decode(r->buf + r->start, size, ret_rec);
		if (err == -ENOMSG)
			err = 0;	/* a kind of the future: its size is all that is needed */
		else if (err)
			break;
		else {
			r->start += size;
			return 1;
		}
		r->start += size;
	}
	r->err = err;
	return err;
}

const struct record_header *record_reader_header(const struct record_reader *r, const char **ret_text)
{
	if (!r->have_header && r->err != -EPROTONOSUPPORT)
		return NULL;
	if (ret_text)
		*ret_text = r->text ? r->text : "";
	return &r->header;
}

size_t record_reader_left(const struct record_reader *r)
{
	return r->end - r->start;
}
