/* SPDX-License-Identifier: GPL-2.0-only */
/* What drives the panes: top.c (keys, frames), data.c (what events bring), prompt.c, record.c, help.c. */
#ifndef VIEWS_TOP_TOP_H
#define VIEWS_TOP_TOP_H
#include "views/panes/panes.h"

int help_make(struct top *t, struct strbuf *b);		/* help.c */

/* prompt.c: the line at the bottom, and the menu of orders */
void prompt_open(struct top *t, enum prompt what);
int prompt_key(struct top *t, int key);
void prompt_draw(struct top *t, int y);
void menu_open(struct top *t);
void menu_key(struct top *t, int key);
void menu_draw(struct top *t, struct area a);

/* data.c */
int data_event(struct top *t, const struct twt_event *ev);
int data_transition(struct top *t, const struct transition *tr);
int data_closed(struct top *t, const struct conn *c, __u64 ts_ns);
int data_gone(struct top *t, const struct conn *c, __u64 ts_ns);
int data_accepted(struct top *t, const struct conn *c, __u64 wait_ns, bool by_use);
void data_clear(struct top *t, bool events_too);	/* count anew */
int data_rebuild(struct top *t);		/* counts through the filter, and the pane that is shown */
void data_end_interval(struct top *t);		/* now, whatever is left of it */

/* record.c */
int recording_start(struct top *t, const char *path);
int recording_event(struct top *t, const struct twt_event *ev);
void recording_stop(struct top *t);
#endif
