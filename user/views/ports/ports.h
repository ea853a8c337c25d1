/* SPDX-License-Identifier: GPL-2.0-only */
/* The view ports, shared by its files: ports.c (when), text.c and json.c (how), whatif.c (another setting). */
#ifndef VIEWS_PORTS_PORTS_H
#define VIEWS_PORTS_PORTS_H
#include "core/ports/ports.h"
#include "views/out.h"
#include "views/reports.h"

struct ports_view {
	const struct view_env *env;
	struct out out;
	struct ports *ports;
	enum ports_by by;
	bool said_left_out;
	struct reports reports;
};

/* One report, of rows that are in order. */
struct ports_report {
	struct ports_row *const *rows;
	size_t n, shown;
	__u64 ts_ns;
};

/* Rows as of @ts_ns, as ports_rows() gives them; the interval goes on. Returns 0 or -ENOMEM. */
int ports_look_now(struct ports_view *v, __u64 ts_ns, struct ports_row ***ret, size_t *ret_n);
/* The end of a replay with --what-if. Returns 0 or a negative errno. */
int ports_print_what_if(struct ports_view *v, __u64 ts_ns);

int ports_text(struct ports_view *v, const struct ports_report *rep);
int ports_json(struct ports_view *v, const struct ports_report *rep);

/* "12.5s", "never (31%)"; nothing is known: "-". */
void ports_say_left(struct strbuf *b, const struct ports_row *r);
/* "10.0.0.2"; with a port "10.0.0.2:80", "[::1]:80". */
void ports_say_addr(struct strbuf *b, const __u8 addr[16], unsigned int family, __u16 port);
/* ... or "any". */
void ports_say_destination(struct strbuf *b, const struct ports_row *r);
#endif
