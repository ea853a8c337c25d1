/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of C++ and Rust, by libiberty, whose demangler gdb and c++filt have. A hostile name of some bytes may stand for gigabytes of text: what comes out is
 * taken piece by piece, and left when there is enough.
 */
#include <setjmp.h>
#include <string.h>
#include <libiberty/demangle.h>
#include "host/unwind/parts.h"

#define MANGLED_MAX 2048

struct out {
	char *to;
	size_t size, len;
	jmp_buf enough;
};

static void take(const char *text, size_t len, void *ctx)
{
	struct out *o = ctx;
	size_t room = o->size - 1 - o->len, n = len < room ? len : room;

	memcpy(o->to + o->len, text, n);
	o->len += n;
	if (n < len)
		longjmp(o->enough, 1);
}

const char *demangle(const char *symbol, char *to, size_t size)
{
	struct out o = { .to = to, .size = size };
	volatile bool done = false;

	if (symbol[0] != '_' || (symbol[1] != 'Z' && symbol[1] != 'R') || strlen(symbol) > MANGLED_MAX)
		return symbol;
	if (!setjmp(o.enough)) {
		done = rust_demangle_callback(symbol, DMGL_PARAMS, take, &o) != 0;
		if (!done) {
			o.len = 0;
			done = cplus_demangle_v3_callback(symbol, DMGL_PARAMS | DMGL_ANSI, take, &o) != 0;
		}
	} else {
		done = true;	/* as much as there is room for */
	}
	if (!done || !o.len)
		return symbol;
	to[o.len] = '\0';
	return to;
}
