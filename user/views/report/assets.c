/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/report/assets.h"
#include <report.inc>	/* made by the makefile in its folder */

#define ASSET(name) { (const char *)name##_bytes, sizeof(name##_bytes), name##_hash }

const struct report_asset report_frame = ASSET(report_html), report_script = ASSET(report_js), report_style = ASSET(report_css);
