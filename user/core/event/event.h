/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes from a source -> a checked struct twt_event. The only place that trusts nothing. */
#ifndef CORE_EVENT_EVENT_H
#define CORE_EVENT_EVENT_H
#include <stdbool.h>
#include <stddef.h>
#include "core/text/addr.h"
#include "twtrace.h"

/*
 * Room for one record of any kind. Sources hand records on as a const struct twt_event *: what @kind is, and so which struct it is, stands in the head
 * that all have; where a kind has a struct of its own, the rest is read through this.
 */
union twt_record {
	struct twt_event event;
	struct twt_event_wire wired;
	struct twt_look look;
	struct twt_name name;
	struct twt_frame frame;
	struct twt_stack stack;
	struct twt_listener listener;
};

/* The look that @ev is; its .kind is TWT_LOOK. */
static inline const struct twt_look *event_look(const struct twt_event *ev) { return &((const union twt_record *)ev)->look; }

/* The name that @ev is; its .kind is TWT_NAME. */
static inline const struct twt_name *event_name(const struct twt_event *ev) { return &((const union twt_record *)ev)->name; }

/* The frame or stack that @ev is; its .kind is TWT_FRAME or TWT_STACK. */
static inline const struct twt_frame *event_frame(const struct twt_event *ev) { return &((const union twt_record *)ev)->frame; }
static inline const struct twt_stack *event_stack(const struct twt_event *ev) { return &((const union twt_record *)ev)->stack; }

/* The listener that @ev is; its .kind is TWT_LISTENER. It lies in an event as an event does, so event_decode() takes it too. */
static inline const struct twt_listener *event_listener(const struct twt_event *ev) { return &((const union twt_record *)ev)->listener; }

/* What the wire did, which @ev brought along; NULL: it did not. */
static inline const struct twt_wire *event_wire(const struct twt_event *ev)
{
	return ev->flags & TWT_F_WIRE && ev->size == sizeof(struct twt_event_wire) ? &((const union twt_record *)ev)->wired.wire : NULL;
}

/*
 * Decode one event of @len bytes at @data into @ret_ev. A longer event (newer writer) loses its tail, a shorter one is
 * zero-filled. Returns 0; -ENOMSG for a kind that this reader does not know (a newer writer's: skip its .size bytes);
 * -EBADMSG if size, kind 0, a state, the family or a missing task part makes it unsafe to use. A reason of a newer
 * writer becomes TWT_RST_OTHER. @ret_ev is written only on success; its .size is at most sizeof(*ret_ev), and what the wire
 * did is left away (record_decode() takes it). @data needs no alignment.
 */
int event_decode(const void *data, size_t len, struct twt_event *ret_ev);

/*
 * The same for any kind of record. What is handed on keeps no more than the struct of its kind; the rest of @ret_rec is zero or untouched. Returns as
 * event_decode(), which takes none of the kinds with a struct of their own (-ENOMSG).
 */
int record_decode(const void *data, size_t len, union twt_record *ret_rec);

/* Signed value of arg0 (nanoseconds until a timer is due; clock offset). */
static inline long long event_sarg0(const struct twt_event *ev) { return (long long)ev->arg0; }
#endif
