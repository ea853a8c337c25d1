/* SPDX-License-Identifier: GPL-2.0-only */
/* A pane: what fills the screen below the header. One file each; table.c lists them. */
#ifndef VIEWS_PANES_PANES_H
#define VIEWS_PANES_PANES_H
#include "views/screen/screen.h"

struct pane_ops {
	const char *title, *brief;	/* brief: in a line that has no room for all titles; NULL: the same */
	const char *const *sorts;	/* names of its orders, NULL-terminated; NULL: it has none */
	/* All may be NULL. Return 0 or a negative errno. */
	int (*open)(struct top *t);
	void (*close)(struct top *t);
	void (*show)(struct top *t, bool shown);	/* it is looked at from now on, or not any more */
	void (*clear)(struct top *t);			/* forget what was counted */
	void (*interval)(struct top *t, __u64 ns);	/* one is over, it took @ns */
	int (*rebuild)(struct top *t);			/* the lists anew: a refresh is due */
	int (*draw)(struct top *t, struct area a);
	bool (*key)(struct top *t, int key);		/* false: not one of its keys */
	int (*enter)(struct top *t);			/* open the page of the selected row */
	int (*follow)(struct top *t);			/* Enter on that page: where it leads, a pane's place plus 1; 0: nowhere */
	int (*event)(struct top *t, const struct twt_event *ev);
	int (*transition)(struct top *t, const struct transition *tr);
	int (*closed)(struct top *t, const struct conn *c, __u64 ts_ns);
	int (*gone)(struct top *t, const struct conn *c, __u64 ts_ns);
	int (*accepted)(struct top *t, const struct conn *c, __u64 wait_ns, bool by_use);
};
extern const struct pane_ops pane_states, pane_processes, pane_connections, pane_destinations, pane_latency, pane_events,
	pane_ports, pane_listeners, pane_findings;
extern const struct pane_ops *const top_panes[PANE_MAX];

/* ports.c: settings of namespaces, which are told once, as events: for a recording that begins now. As ports_tell_settings(). */
int pane_ports_settings(const struct top *t, int (*fn)(void *ctx, const struct twt_event *ev), void *ctx);
/* findings.c: ask the rules, if it is time; for the header, whatever pane is shown. Returns 0 or a negative errno. */
int findings_look(struct top *t);

/* diagram.c: the states as a picture, on screens that have the room */
void diagram_draw(struct top *t, struct area a);
/* conn_page.c: the page of the connection that was entered last */
int conn_page(struct top *t, struct strbuf *b);
int conn_page_of(struct top *t, const struct conn *c, const struct actors *as);
#endif
