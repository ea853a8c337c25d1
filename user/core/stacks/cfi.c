/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stacks/cfi.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Of files of others: each read is within bounds, or says that it was not. */
struct reader { unsigned char *at, *end; bool bad; };

/* What an entry's instructions have to be read by: of its CIE. */
struct cie { unsigned char encoding; bool sized; unsigned char *at, *end; };

#define ENC_FORMAT 0x0f		/* DW_EH_PE_*: the lower half is how, the upper one relative to what */
#define ENC_ABSOLUTE 0x00
#define ENC_LEB 0x01		/* with 8: signed, here and below */
#define ENC_2 0x02
#define ENC_4 0x03
#define ENC_8 0x04
#define ENC_ALIGNED 0x50
#define ENC_OMIT 0xff

static void skip(struct reader *r, uint64_t n)
{
	if (n > (size_t)(r->end - r->at))
		r->bad = true;
	else
		r->at += n;
}

static unsigned char byte(struct reader *r)
{
	unsigned char *at = r->at;

	skip(r, 1);
	return r->bad ? 0 : *at;
}

static uint32_t word(struct reader *r)
{
	unsigned char *at = r->at;
	uint32_t w = 0;

	skip(r, sizeof(w));
	if (!r->bad)
		memcpy(&w, at, sizeof(w));
	return w;
}

/* A LEB128; of signed ones only the length is of interest. */
static uint64_t leb(struct reader *r)
{
	uint64_t value = 0;
	unsigned char b;

	for (unsigned int shift = 0;; shift += 7) {
		b = byte(r);
		if (shift < 64)
			value |= (uint64_t)(b & 0x7f) << shift;
		if (r->bad || !(b & 0x80))
			return value;
	}
}

static void skip_encoded(struct reader *r, unsigned char encoding)
{
	if (encoding == ENC_OMIT)
		return;
	switch (encoding & ENC_FORMAT & ~8) {
	case ENC_ABSOLUTE: skip(r, encoding == ENC_ALIGNED ? SIZE_MAX : sizeof(void *)); break;
	case ENC_LEB: (void)leb(r); break;
	case ENC_2: skip(r, 2); break;
	case ENC_4: skip(r, 4); break;
	case ENC_8: skip(r, 8); break;
	default: r->bad = true;
	}
}

/* The CIE behind its length and its id. */
static bool read_cie(struct reader r, struct cie *ret)
{
	unsigned char version = byte(&r), *letters = r.at, *data;
	uint64_t len = 0;
	size_t n = strnlen((char *)letters, (size_t)(r.end - r.at));

	skip(&r, n + 1);
	if (r.bad || (version != 1 && version != 3) || (n && *letters != 'z'))
		return false;
	(void)leb(&r);				/* code alignment, data alignment, register of the return address */
	(void)leb(&r);
	(void)(version == 1 ? byte(&r) : leb(&r));
	*ret = (struct cie){ .encoding = ENC_ABSOLUTE, .sized = n > 0 };
	if (n)
		len = leb(&r);
	data = r.at;
	skip(&r, len);
	if (r.bad)
		return false;
	ret->at = r.at;
	ret->end = r.end;
	r = (struct reader){ .at = data, .end = r.at };
	for (size_t i = 1; i < n; i++) {
		switch (letters[i]) {
		case 'R': ret->encoding = byte(&r); break;
		case 'L': (void)byte(&r); break;
		case 'P': skip_encoded(&r, byte(&r)); break;
		case 'S': case 'B': case 'G': break;	/* a signal's frame; another key; tagged memory */
		default: return false;
		}
	}
	return !r.bad;
}

/*
 * Operands of instructions: 'l' LEB128, '1', '2', '4', '8' bytes, 'b' a block behind its length, 'a' an address. NULL: not known. DW_CFA_advance_loc, _offset
 * and _restore are told by their two upper bits.
 */
static const char *const operands[0x40] = {
	[0x00] = "", [0x01] = "a", [0x02] = "1", [0x03] = "2", [0x04] = "4", [0x05] = "ll", [0x06] = "l", [0x07] = "l", [0x08] = "l", [0x09] = "ll",
	[0x0a] = "", [0x0b] = "", [0x0c] = "ll", [0x0d] = "l", [0x0e] = "l", [0x0f] = "b", [0x10] = "lb", [0x11] = "ll", [0x12] = "ll", [0x13] = "l",
	[0x14] = "ll", [0x15] = "ll", [0x16] = "lb", [0x1d] = "8", [0x2d] = "", [0x2e] = "l", [0x2f] = "ll",
};

static size_t blank(struct reader r, unsigned char op, unsigned char encoding)
{
	size_t n = 0;

	while (r.at < r.end && !r.bad) {
		unsigned char *at = r.at, code = byte(&r);
		const char *what = code & 0xc0 ? (code & 0xc0) == 0x80 ? "l" : "" : operands[code];

		if (code == op) {
			*at = 0x00;	/* DW_CFA_nop */
			n++;
			continue;
		}
		if (!what)
			break;
		for (; *what; what++) {
			switch (*what) {
			case 'a': skip_encoded(&r, encoding); break;
			case 'b': skip(&r, leb(&r)); break;
			case 'l': (void)leb(&r); break;
			default: skip(&r, (uint64_t)(*what - '0'));
			}
		}
	}
	return n;
}

size_t cfi_blank(unsigned char *frames, size_t len, unsigned char op)
{
	struct reader all = { .at = frames, .end = frames + len };
	size_t n = 0;

	while (all.at < all.end) {
		uint32_t size = word(&all), id;
		struct reader r = all, c;
		struct cie cie;

		skip(&all, size);
		if (all.bad || !size || size == UINT32_MAX)	/* the end; tables of more than 4 GiB nobody has */
			break;
		r.end = all.at;
		c.at = r.at;
		id = word(&r);
		if (r.bad)
			continue;
		if (!id) {
			if (read_cie(r, &cie))
				n += blank((struct reader){ .at = cie.at, .end = cie.end }, op, cie.encoding);
			continue;
		}
		/* Of its CIE the distance is told, from here back to the length. */
		if (id > (size_t)(c.at - frames))
			continue;
		c = (struct reader){ .at = c.at - id, .end = frames + len };
		size = word(&c);
		if (c.bad || size > (size_t)(c.end - c.at))
			continue;
		c.end = c.at + size;
		if (word(&c) || c.bad || !read_cie(c, &cie))
			continue;
		skip_encoded(&r, cie.encoding);
		skip_encoded(&r, cie.encoding & ENC_FORMAT);
		if (cie.sized)
			skip(&r, leb(&r));
		n += blank(r, op, cie.encoding);
	}
	return n;
}
