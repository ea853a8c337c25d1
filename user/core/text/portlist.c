/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/portlist.h"
#include <errno.h>
#include <string.h>

/* A port at *@text, which moves behind it. */
static int take_port(const char **text, __u16 *ret)
{
	const char *s = *text;
	__u32 n = 0;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (__u32)(*s - '0');
		if (n > 65535)
			return -EINVAL;
	}
	if (!n)
		return -EINVAL;
	*text = s;
	*ret = (__u16)n;
	return 0;
}

int port_range_parse(const char *text, __u16 *ret_lo, __u16 *ret_hi)
{
	__u16 lo, hi;

	if (take_port(&text, &lo) || !strchr("-\t ", *text) || !*text)
		return -EINVAL;
	text++;
	if (take_port(&text, &hi) || text[strspn(text, " \n")] || lo > hi)
		return -EINVAL;
	*ret_lo = lo;
	*ret_hi = hi;
	return 0;
}

int port_list_parse(const char *text, int (*each)(void *ctx, __u16 lo, __u16 hi), void *ctx)
{
	__u16 lo, hi;
	int err;

	if (!text[strspn(text, " \n")])
		return 0;
	for (;;) {
		if (take_port(&text, &lo))
			return -EINVAL;
		hi = lo;
		if (*text == '-') {
			text++;
			if (take_port(&text, &hi) || hi < lo)
				return -EINVAL;
		}
		err = each(ctx, lo, hi);
		if (err)
			return err;
		if (*text != ',')
			return text[strspn(text, " \n")] ? -EINVAL : 0;
		text++;
	}
}
