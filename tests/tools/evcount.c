/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evcount [UNTIL_NS]: how many events of each kind an uncompressed recording on standard input holds, as "KIND COUNT" lines, and "last NS", the time of the
 * newest; of those until then. Reads the bytes as core/record.h describes them, without the program's own reader.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/record.h"

static int skip(size_t n)
{
	while (n--)
		if (getchar() == EOF)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long long n[TWT_KIND_MAX] = { 0 }, until = argc > 1 ? strtoull(argv[1], NULL, 10) : ~0ULL, last = 0;
	struct record_header h;
	struct twt_hdr { __u16 size; __u8 version, kind; __u32 cpu; __u64 ts_ns; } ev;

	if (fread(&h, sizeof(h), 1, stdin) != 1 || memcmp(h.magic, RECORD_MAGIC, sizeof(h.magic)) ||
	    h.header_size < sizeof(h) || skip(h.header_size - sizeof(h))) {
		fprintf(stderr, "evcount: no recording\n");
		return 1;
	}
	while (fread(&ev, sizeof(ev), 1, stdin) == 1) {
		if (ev.kind >= TWT_KIND_MAX || ev.size < sizeof(ev) || skip(ev.size - sizeof(ev))) {
			fprintf(stderr, "evcount: bad event\n");
			return 1;
		}
		if (ev.ts_ns > until)
			continue;
		n[ev.kind]++;
		if (ev.ts_ns > last)
			last = ev.ts_ns;
	}
	for (int k = 0; k < TWT_KIND_MAX; k++)
		if (n[k])
			printf("%d %llu\n", k, n[k]);
	printf("last %llu\n", last);
	return 0;
}
