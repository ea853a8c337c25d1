/* SPDX-License-Identifier: GPL-2.0-only */
#include "run/log.h"
#include <stdarg.h>
#include <stdio.h>
#include "run/opts.h"

static bool verbose;
static void (*taker)(void *ctx, const char *line);
static void *taker_ctx;
static bool progress;	/* a line without an end stands there */

void log_to(void (*take)(void *ctx, const char *line), void *ctx)
{
	taker = take;
	taker_ctx = ctx;
}

void log_set_verbose(bool on)
{
	verbose = on;
}

/* One write per message: lines of several writers to one terminal or file stay whole. */
static void __attribute__((format(printf, 3, 0)))
put(const char *before, const char *after, const char *fmt, va_list ap)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (taker) {
		taker(taker_ctx, text);
		return;
	}
	(void)fprintf(stderr, "%s%s%s%s\n", progress ? "\r\033[K" : "", before, text, after);
	progress = false;
}

void log_progress(const char *line)
{
	if (taker || (!line && !progress))
		return;
	(void)fprintf(stderr, "\r%s\033[K", line ? line : "");
	progress = line != NULL;
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put("twtrace: ", "", fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put("", "", fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	put("", "", fmt, ap);
	va_end(ap);
}

int log_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put("twtrace: ", " (more: twtrace --help)", fmt, ap);
	va_end(ap);
	return EX_USAGE_;
}
