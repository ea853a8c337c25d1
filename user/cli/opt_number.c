/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in arguments, as people mean them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/opt_table.h"

int opt_number(const char *text, double min, double max, double *ret)
{
	char *end;
	double n;

	/* strtod() also reads "inf", "nan", "0x10" and leading blanks: nobody means those. */
	if (*text == '\0' || strspn(text, "0123456789.") != strlen(text))
		return -EINVAL;
	n = strtod(text, &end);
	if (*end || !(n >= min && n <= max))
		return -EINVAL;
	*ret = n;
	return 0;
}

int opt_count(const char *text, unsigned long long min, unsigned long long max, unsigned long long *ret)
{
	unsigned long long n;
	char *end;

	if (*text == '\0' || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || n < min || n > max)
		return -EINVAL;
	*ret = n;
	return 0;
}
