/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/event.h"
#include <errno.h>
#include <string.h>
#include "core/event/tcp.h"

#define HEADER_SIZE 16	/* the part that never moves */

/* Kinds that are a struct twt_event, or lie in one. */
static bool is_event(__u8 kind)
{
	return kind && kind < TWT_KIND_MAX && kind != TWT_LOOK && kind != TWT_NAME;
}

int event_decode(const void *data, size_t len, struct twt_event *ret_ev)
{
	struct twt_event ev;

	if (len < HEADER_SIZE)
		return -EBADMSG;
	memcpy(&ev, data, HEADER_SIZE);
	if (ev.size < HEADER_SIZE || ev.size > len || ev.kind == 0)
		return -EBADMSG;
	/* Nothing but the header is promised for kinds of the future. */
	if (!is_event(ev.kind))
		return -ENOMSG;
	/* Lengths that the compiler knows: this is run for each event. */
	if (ev.size >= sizeof(ev)) {
		memcpy(&ev, data, sizeof(ev));
	} else if (ev.size == TWT_EVENT_SHORT) {
		memcpy(&ev, data, TWT_EVENT_SHORT);
		memset((char *)&ev + TWT_EVENT_SHORT, 0, sizeof(ev) - TWT_EVENT_SHORT);
	} else {
		memset((char *)&ev + HEADER_SIZE, 0, sizeof(ev) - HEADER_SIZE);
		memcpy(&ev, data, ev.size);
	}
	if (ev.old_state >= ST_MAX || ev.new_state >= ST_MAX || ev.substate >= ST_MAX)
		return -EBADMSG;
	if (ev.family != 0 && ev.family != 2 && ev.family != 10)
		return -EBADMSG;
	/* A task that was promised but not sent would read as pid 0. */
	if ((ev.flags & TWT_F_TASK) && ev.size < sizeof(ev))
		return -EBADMSG;
	if (ev.reason >= TWT_RST_REASON_MAX)
		ev.reason = TWT_RST_OTHER;	/* of a newer writer */
	if (ev.size > sizeof(ev))
		ev.size = sizeof(ev);		/* its tail is gone: what is left must say so */
	ev.flags &= ~TWT_F_WIRE;
	*ret_ev = ev;
	return 0;
}

static int look_decode(const void *data, size_t len, struct twt_look *ret_look)
{
	struct twt_look l = { 0 };

	memcpy(&l, data, HEADER_SIZE);
	if (l.size < HEADER_SIZE || l.size > len)
		return -EBADMSG;
	memcpy(&l, data, l.size < sizeof(l) ? l.size : sizeof(l));
	if (l.state >= ST_MAX || l.substate >= ST_MAX || (l.family != 2 && l.family != 10))
		return -EBADMSG;
	l.size = sizeof(l);
	*ret_look = l;
	return 0;
}

/* What its parts are worth is looked at where they are used (names.c). */
static int name_decode(const void *data, size_t len, struct twt_name *ret_name)
{
	__u16 size;

	memcpy(&size, data, sizeof(size));
	if (size < offsetof(struct twt_name, text) || size > len)
		return -EBADMSG;
	if (size > sizeof(*ret_name))
		size = sizeof(*ret_name);
	memset(ret_name, 0, sizeof(struct twt_look));
	memcpy(ret_name, data, size);
	ret_name->size = size;
	return 0;
}

/* @data is an event, which was decoded into @rec, and is longer: what the wire did is its next part. */
static void wire_decode(const void *data, size_t size, struct twt_event_wire *rec)
{
	size_t have = size - sizeof(rec->event);
	__u32 flags;

	memcpy(&flags, (const char *)data + offsetof(struct twt_event, flags), sizeof(flags));
	if (!(flags & TWT_F_WIRE) || (rec->event.kind != TWT_STATE && rec->event.kind != TWT_SNAP))
		return;
	memset(&rec->wire, 0, sizeof(rec->wire));
	memcpy(&rec->wire, (const char *)data + sizeof(rec->event), have < sizeof(rec->wire) ? have : sizeof(rec->wire));
	rec->event.flags |= TWT_F_WIRE;
	rec->event.size = sizeof(*rec);
}

int record_decode(const void *data, size_t len, union twt_record *ret_rec)
{
	__u16 size;
	int err;

	/* .kind, of a head that is there */
	if (len >= HEADER_SIZE && ((const __u8 *)data)[3] == TWT_LOOK)
		return look_decode(data, len, &ret_rec->look);
	if (len >= HEADER_SIZE && ((const __u8 *)data)[3] == TWT_NAME)
		return name_decode(data, len, &ret_rec->name);
	err = event_decode(data, len, &ret_rec->event);
	if (err)
		return err;
	memcpy(&size, data, sizeof(size));
	if (size > sizeof(struct twt_event))
		wire_decode(data, size, &ret_rec->wired);
	return 0;
}
