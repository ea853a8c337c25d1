/* SPDX-License-Identifier: GPL-2.0-only */
/* Unwind tables as anybody's file may have them: nothing beyond their end is touched, what is written is a nop. */
#include <stdlib.h>
#include <string.h>
#include "core/stacks/cfi.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	unsigned char *frames = malloc(len ? len : 1);
	size_t n, changed = 0;

	if (!frames)
		return 0;
	memcpy(frames, data, len);
	n = cfi_blank(frames, len, CFI_NEGATE_RA_STATE);
	for (size_t i = 0; i < len; i++) {
		if (frames[i] == data[i])
			continue;
		changed++;
		if (frames[i] || data[i] != CFI_NEGATE_RA_STATE)
			abort();
	}
	if (changed != n)
		abort();
	free(frames);
	return 0;
}
