/* SPDX-License-Identifier: GPL-2.0-only */
/* "1.2.3.4:80", "[::1]:80" as people type it. */
#ifndef CORE_TEXT_ENDPOINT_H
#define CORE_TEXT_ENDPOINT_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define ENDPOINT_SCOPE_LEN 16	/* IFNAMSIZ */

struct endpoint {
	__u8 family;		/* 2 or 10; 0: no address was named */
	__u8 addr[16];		/* network order, IPv4 as v4-mapped; zero where none was named */
	__u16 port;		/* 0: none was named */
	char scope[ENDPOINT_SCOPE_LEN];	/* of "[fe80::1%eth0]", or "" */
};

/*
 * Reads "ADDR:PORT", "[ADDR6]:PORT", ":PORT", "*:PORT" and, with @bare, "ADDR" too. Names are not looked up. Returns 0, or -EINVAL with one sentence
 * in @err.
 */
int endpoint_parse(const char *text, bool bare, struct endpoint *ret, char *err, size_t errlen);
#endif
