/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIEWS_PANES_CALLS_H
#define VIEWS_PANES_CALLS_H
#include "views/screen/screen.h"

/* Keep the TWT_CALL @ev; the oldest makes room. Returns 0 or -ENOMEM. */
int calls_keep(struct top *t, const struct twt_event *ev);
void calls_free(struct top *t);
/* The newest of those that are @row's, as lines of a page. */
void calls_say(const struct top *t, struct strbuf *b, bool (*is_of)(const void *row, const struct twt_event *ev), const void *row);
#endif
