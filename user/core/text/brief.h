/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in few columns. */
#ifndef CORE_TEXT_BRIEF_H
#define CORE_TEXT_BRIEF_H
#include <linux/types.h>

#define BRIEF_LEN 16

/* At most seven columns: "999,999", from there on "1.00M", "12.3M", "123M", "1.23G", ... rounded down. Returns @ret. */
const char *brief_count(__u64 n, char ret[BRIEF_LEN]);
/* At most five columns: "0", "0.3", "12.3", "999", "1.2k", "123k", "1.2M". What is not zero never shows as "0". Returns @ret. */
const char *brief_rate(double per_second, char ret[BRIEF_LEN]);
#endif
