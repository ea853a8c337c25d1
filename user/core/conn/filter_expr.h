/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A filter in one line, as it is typed: conditions with blanks between them, each an option of the command line without
 * its dashes: "pid=812 lport=80,443 state=time-wait raddr=10.0.0.0/8". A value with blanks stands in double quotes.
 * Several conditions of one key are alternatives, as on the command line; "ipv4" and "ipv6" stand alone.
 */
#ifndef CORE_CONN_FILTER_EXPR_H
#define CORE_CONN_FILTER_EXPR_H
#include "core/conn/filter.h"

#define FILTER_EXPR_LEN 512	/* longest line, its NUL included */

/*
 * Returns 0 with a filter in @ret (the caller's; empty if @text is blank), -EINVAL with one sentence in @err that says
 * what would be right, or -ENOMEM.
 */
int filter_parse(const char *text, struct filter **ret, char *err, size_t errlen);
#endif
