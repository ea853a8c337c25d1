/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strip [--halfopen | --only-halfopen | --wire] < RECORDING > RECORDING: what a run would have recorded whose views need no names (TWT_NEED_NAMES): nobody is told
 * with a state, no use of a socket, no owners. --halfopen: no half-open sockets either. --only-halfopen: names, but none of those. --wire: instead, only what the wire did is not there, as in recordings
 * of 0.1.0, and as it takes those of today. Uncompressed. Knows the bytes as bpf/twtrace.h describes them, not
 * the program's own reader.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/record.h"

static void die(const char *what)
{
	fprintf(stderr, "strip: %s\n", what);
	exit(1);
}

static void take(void *to, size_t n)
{
	if (fread(to, 1, n, stdin) != n)
		die("a recording that ends in the middle");
}

int main(int argc, char **argv)
{
	bool only = argc == 2 && !strcmp(argv[1], "--only-halfopen"), wire = argc == 2 && !strcmp(argv[1], "--wire");
	bool halfopen = only || (argc == 2 && !strcmp(argv[1], "--halfopen"));
	unsigned char buf[65536];
	struct record_header h;
	struct twt_event *ev = (void *)buf;

	if (argc > 1 + (halfopen || wire))
		die("usage: strip [--halfopen | --only-halfopen | --wire] < RECORDING");
	take(&h, sizeof(h));
	if (memcmp(h.magic, RECORD_MAGIC, sizeof(h.magic)) || h.header_size < sizeof(h) || h.header_size - sizeof(h) > sizeof(buf))
		die("no recording");
	fwrite(&h, sizeof(h), 1, stdout);
	take(buf, h.header_size - sizeof(h));
	fwrite(buf, 1, h.header_size - sizeof(h), stdout);
	while (fread(&ev->size, sizeof(ev->size), 1, stdin) == 1) {
		if (ev->size < 16)
			die("a bad event");
		take(buf + sizeof(ev->size), ev->size - sizeof(ev->size));
		if (wire) {
			if ((ev->kind == TWT_STATE || ev->kind == TWT_SNAP) && ev->flags & TWT_F_WIRE) {
				ev->flags &= ~TWT_F_WIRE;
				ev->size = sizeof(*ev);
			}
			fwrite(buf, 1, ev->size, stdout);
			continue;
		}
		if ((!only && (ev->kind == TWT_TOUCH || ev->kind == TWT_SNAP_OWNER)) || (halfopen && ev->kind == TWT_HALFOPEN))
			continue;
		if (!only && ev->kind == TWT_STATE && ev->flags & TWT_F_TASK) {
			if (ev->flags & TWT_F_THREAD)
				ev->arg0 = ev->arg1 = 0;
			ev->flags &= ~(TWT_F_TASK | TWT_F_EXITING | TWT_F_KTHREAD | TWT_F_THREAD);
			ev->aux = 0;
			ev->size = TWT_EVENT_SHORT;
		}
		fwrite(buf, 1, ev->size, stdout);
	}
	return fflush(stdout) ? 1 : 0;
}
