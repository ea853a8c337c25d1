/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections on the screen: their list (connections.c), the page of one (conn_page.c) and how they are written (say.c). */
#ifndef VIEWS_PANES_CONNS_H
#define VIEWS_PANES_CONNS_H
#include <stdio.h>
#include "views/panes/panes.h"

struct top_conns {
	struct order order;
	struct filter *only;		/* a finding's: no others are listed, and nothing is counted anew. NULL: all */
	char only_text[FILTER_EXPR_LEN];
	__u64 now_ns;			/* of the last refresh */
	struct history *kept;		/* one: the connection whose page is open, which may go meanwhile */
	__u32 id;			/* its number in the tracker, if .alive */
	bool alive;
};

/* List those only that @expr (filter_expr.h) lets pass, since @why: an id. Returns 0 or a negative errno. */
int conns_only(struct top *t, const char *expr, const char *why);

/* "10.0.0.1:80", "[::1]:80", "*" for no port; in @width columns if they suffice for more than the port. */
void say_endpoint(struct strbuf *b, const __u8 addr[16], __u16 port, unsigned int family, int width);
/* A duration in at most eight columns. */
void say_for(struct strbuf *b, __u64 ns);
/* The container, else the pod, else the unit; "-": none is known. */
void say_place(struct strbuf *b, const struct name *n);
/* The name of a network namespace, else its number. */
void say_netns(struct strbuf *b, const struct names *ns, __u32 inode);
#endif
