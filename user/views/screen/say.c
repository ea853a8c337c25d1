// SPDX-License-Identifier: GPL-2.0-only
/* A message in the bottom line. */
#include <stdarg.h>
#include <stdio.h>
#include "views/screen/screen.h"

void top_say(struct top *t, enum look look, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->message, sizeof(t->message), fmt, ap);
	va_end(ap);
	t->message_look = look;
	t->dirty = true;
}
