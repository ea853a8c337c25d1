/* SPDX-License-Identifier: GPL-2.0-only */
/* The second recording of a report, beside the run that reads the first one. */
#ifndef VIEWS_REPORT_OTHER_H
#define VIEWS_REPORT_OTHER_H
#include "views/report/side.h"

struct other;

/* Open @path, with the options of @env. Returns 0 or a negative errno, with a sentence in @err. */
int other_open(const struct view_env *env, const char *path, struct other **ret, char *err, size_t errlen);
void other_free(struct other *o);	/* NULL is fine */
/*
 * Read all of it. @ret is its side, @o's. What is damaged is used as far as it goes, which the side says (.cut). Returns 0 or a negative errno: -EINTR if
 * a signal asks for the end of the run.
 */
int other_read(struct other *o, struct side **ret);
#endif
