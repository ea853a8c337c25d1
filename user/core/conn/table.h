/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of connections with an index by (netns, cookie), or by netns and 4-tuple where the key is 0. Bounded.
 *
 * Rows in use are whole; those that were not asked for lately are packed (pack.h), and made whole again when
 * they are. So a pointer to a row is good until table_remove() or table_tidy(). Only listeners, and rows with
 * something pending, are always whole.
 */
#ifndef CORE_CONN_TABLE_H
#define CORE_CONN_TABLE_H
#include <stddef.h>
#include "core/conn/conn.h"
#include "twtrace.h"

struct row {
	struct conn c;
	__u64 key;		/* c.cookie; 0: named by its 4-tuple, which must not change then */
	__u64 rst_ns;		/* when an RST of ours was seen; 0 = never */
	__u64 seg_ns;		/* when a segment that ends the minisock was seen, before the cancel; or 0 */
	__u64 settle_seq;	/* entry of the settle queue, where c.pending != 0 */
	__u32 id;
	__u32 pass;		/* snapshot pass that saw it last */
	__u32 next;		/* next listener of the same bucket */
	__u8 rst_reason;	/* enum twt_rst_reason */
	__u8 seg_end;		/* enum tw_end: what that segment does to it */
	__u8 born_from;		/* what the first transition comes from, while c.state is ST_NONE */
	/* table.c */
	__u8 used, asked_for;
	__u32 place, next_free;
};

struct table;

/* @max_whole: so many rows are whole at a time, if the rest can be packed; 0 = 2048. NULL without memory. */
struct table *table_new(size_t max_rows, size_t max_whole);
void table_free(struct table *t);		/* NULL is fine */
/* NULL if there is none. @ev gives netns, cookie and, for cookie 0, the tuple. */
struct row *table_find(struct table *t, const struct twt_event *ev);
/* The row that is named by the 4-tuple of @ev, whatever the cookie of @ev; NULL if there is none. */
struct row *table_find_tuple(struct table *t, const struct twt_event *ev);
/* A new row with the key of @ev, otherwise zero; NULL if the table is full or without memory. */
struct row *table_add(struct table *t, const struct twt_event *ev);
void table_remove(struct table *t, struct row *r);
/* r->c.wire, made if there is none; NULL without memory. */
struct wire *table_wire(struct table *t, struct row *r);
/* Name @r by its 4-tuple from now on. False, and nothing done, if another row has that name. */
bool table_name_by_tuple(struct table *t, struct row *r);
/* Row by its id; NULL if it is not in use. */
struct row *table_row(struct table *t, __u32 id);
/* The same to look at only: @scratch if it is packed, which stays so. */
const struct row *table_peek(const struct table *t, __u32 id, struct row *scratch);
/*
 * The same for whoever looks at all of them to count: a packed row has its .state, .role, .family, .close, .closed_as, .reason, .substate, .flags, .states_seen,
 * .states_unknown, .since_ns, .tw_start_ns, .owner, ports and .netns; the rest of @scratch stays as it is.
 */
const struct row *table_peek_brief(const struct table *t, __u32 id, struct row *scratch);
/* The same with addresses, .born_ns and .tw_armed_ns. */
const struct row *table_peek_ends(const struct table *t, __u32 id, struct row *scratch);
/*
 * Who looks at all rows again and again may leave out those that were packed all the while since: they are as they were. That is kept for groups
 * of TABLE_GROUP ids, of which the first is a multiple of that. table_look() begins a look and returns its number; table_changed() then tells whether
 * any row of the group of @id was another one, or whole, since the look @since began (0: always true).
 */
#define TABLE_GROUP 8
__u32 table_look(struct table *t);
bool table_changed(const struct table *t, __u32 id, __u32 since);
/* Nothing is to be expected of @r for long: it is the next to be packed, while it is still in the caches. */
void table_rests(struct table *t, const struct row *r);
/* Pack rows, a few at a time: pointers to rows are void. To be called after each event. */
void table_tidy(struct table *t);
/* One past the highest id in use so far: for (id = 0; id < table_end(t); id++) table_row(t, id). */
__u32 table_end(const struct table *t);
size_t table_size(const struct table *t);
#endif
