/* SPDX-License-Identifier: GPL-2.0-only */
/* A report as one file: its frame, tables that are there without scripts, the scripts, and what they read. */
#ifndef VIEWS_REPORT_HTML_H
#define VIEWS_REPORT_HTML_H
#include "views/report/side.h"

/* @b: NULL: there is one recording. Returns 0 or -ENOMEM. */
int report_html(const struct side *a, const struct side *b, struct strbuf *out);
#endif
