/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of a report, each column described once. */
#ifndef CORE_PAGE_REPORT_H
#define CORE_PAGE_REPORT_H
#include "core/page/table.h"

enum report_table {
	REPORT_DIFFERENCES, REPORT_TOTALS, REPORT_FINDINGS, REPORT_STATES, REPORT_COURSE, REPORT_PROCESSES, REPORT_TIME_WAIT, REPORT_LATENCY,
	REPORT_DESTINATIONS, REPORT_LISTENERS, REPORT_STUCK, REPORT_SLOWEST, REPORT_COVERAGE, REPORT_TABLES
};

/* In the order of the report. Columns that the live page has too are of its table of that id: .columns is NULL. */
extern const struct page_table report_tables[REPORT_TABLES];
/* With its columns, under @id: the second recording's tables have ids of their own. */
struct page_table report_table_of(enum report_table which, const char *id);
#endif
