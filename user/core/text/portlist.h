/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges and lists of ports, as people and the kernel write them. */
#ifndef CORE_TEXT_PORTLIST_H
#define CORE_TEXT_PORTLIST_H
#include <linux/types.h>

/* "1024-65535", or the kernel's "1024\t65535": lo <= hi, both 1..65535. Returns 0 or -EINVAL. */
int port_range_parse(const char *text, __u16 *ret_lo, __u16 *ret_hi);
/*
 * A list as the kernel writes ip_local_reserved_ports, "8080,9000-9010", or an empty one. @each is called for each range; a
 * return other than 0 ends it. Returns 0, -EINVAL, or what @each returned.
 */
int port_list_parse(const char *text, int (*each)(void *ctx, __u16 lo, __u16 hi), void *ctx);
#endif
