/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame, the scripts and the styles of a report: files of user/web/ put together when the program is built, and what a policy calls them. */
#ifndef VIEWS_REPORT_ASSETS_H
#define VIEWS_REPORT_ASSETS_H
#include <stddef.h>

struct report_asset { const char *text; size_t len; const char *hash; };	/* .hash: "sha256-..." of .text */
extern const struct report_asset report_frame, report_script, report_style;
#endif
