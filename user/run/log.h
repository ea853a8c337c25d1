/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages for people: one line each on standard error, written at once. */
#ifndef RUN_LOG_H
#define RUN_LOG_H
#include <stdbool.h>

void log_set_verbose(bool on);
/* While a screen is up, lines go to @take (without their newline and "twtrace: "); NULL: to standard error again. */
void log_to(void (*take)(void *ctx, const char *line), void *ctx);
/* A line that the next one replaces, for how far something is; only for a terminal. NULL takes it away. */
void log_progress(const char *line);
/* "twtrace: " and the sentence, for what went wrong. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The sentence alone, for what is good to know. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As log_info(), only with -v. */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As log_error() and where to read more. Returns the exit code for wrong usage. */
int log_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#endif
