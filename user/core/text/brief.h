/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in few columns. */
#ifndef CORE_TEXT_BRIEF_H
#define CORE_TEXT_BRIEF_H
#include <linux/types.h>
#include "core/text/strbuf.h"

#define BRIEF_LEN 16

/* At most seven columns: "999,999", from there on "1.00M", "12.3M", "123M", "1.23G", ... rounded down. Returns @ret. */
const char *brief_count(__u64 n, char ret[BRIEF_LEN]);
/* At most five columns: "0", "0.3", "12.3", "999", "1.2k", "123k", "1.2M". What is not zero never shows as "0". Returns @ret. */
const char *brief_rate(double per_second, char ret[BRIEF_LEN]);
/* How far something long has come: "42%, 3.1M events/s, 12s left"; @done of @all bytes, and @events out of them, in @ns. What cannot be told yet is left away. */
void brief_progress(struct strbuf *b, __u64 done, __u64 all, __u64 events, __u64 ns);
#endif
