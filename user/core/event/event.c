/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/event.h"
#include <errno.h>
#include <string.h>
#include "core/event/tcp.h"

#define HEADER_SIZE 16	/* the part that never moves */

/* Kinds that are a struct twt_event, or lie in one. */
static bool is_event(__u8 kind)
{
	return kind && kind < TWT_KIND_MAX && kind != TWT_LOOK && kind != TWT_NAME && kind != TWT_FRAME && kind != TWT_STACK;
}

/* What nobody after us looks at again. @data has all members up to the task part. */
static int check(const char *data, __u16 size)
{
	const __u8 *u = (const __u8 *)data;
	__u32 flags;

	memcpy(&flags, data + offsetof(struct twt_event, flags), sizeof(flags));
	if (u[offsetof(struct twt_event, old_state)] >= ST_MAX || u[offsetof(struct twt_event, new_state)] >= ST_MAX ||
	    u[offsetof(struct twt_event, substate)] >= ST_MAX)
		return -EBADMSG;
	if (u[offsetof(struct twt_event, family)] != 0 && u[offsetof(struct twt_event, family)] != 2 &&
	    u[offsetof(struct twt_event, family)] != 10)
		return -EBADMSG;
	/* A task that was promised but not sent would read as pid 0. */
	return flags & TWT_F_TASK && size < sizeof(struct twt_event) ? -EBADMSG : 0;
}

int event_decode(const void *data, size_t len, struct twt_event *ret_ev)
{
	char short_one[TWT_EVENT_SHORT];
	const __u8 *head = data;
	__u16 size;

	if (len < HEADER_SIZE)
		return -EBADMSG;
	memcpy(&size, head, sizeof(size));
	if (size < HEADER_SIZE || size > len || head[offsetof(struct twt_event, kind)] == 0)
		return -EBADMSG;
	/* Nothing but the header is promised for kinds of the future. */
	if (!is_event(head[offsetof(struct twt_event, kind)]))
		return -ENOMSG;
	if (size < TWT_EVENT_SHORT) {
		memset(short_one, 0, sizeof(short_one));
		memcpy(short_one, data, size);
		data = short_one;
	}
	if (check(data, size))
		return -EBADMSG;
	/* Copied once, in lengths that the compiler knows: this is run for each event. */
	if (size >= sizeof(*ret_ev)) {
		memcpy(ret_ev, data, sizeof(*ret_ev));
		ret_ev->size = sizeof(*ret_ev);		/* of a longer one the tail is gone: what is left must say so */
	} else {
		memcpy(ret_ev, data, TWT_EVENT_SHORT);
		memset((char *)ret_ev + TWT_EVENT_SHORT, 0, sizeof(*ret_ev) - TWT_EVENT_SHORT);
		if (size > TWT_EVENT_SHORT)
			memcpy((char *)ret_ev + TWT_EVENT_SHORT, (const char *)data + TWT_EVENT_SHORT, size - TWT_EVENT_SHORT);
	}
	if (ret_ev->reason >= TWT_RST_REASON_MAX)
		ret_ev->reason = TWT_RST_OTHER;	/* of a newer writer */
	ret_ev->flags &= ~TWT_F_WIRE;
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

/*
 * Records of at least @least bytes, whose parts follow up to .size: at most @most are kept. What they are worth is looked at where they are used
 * (names.c, core/stacks).
 */
static int parts_decode(const void *data, size_t len, size_t least, size_t most, union twt_record *ret_rec)
{
	__u16 size;

	memcpy(&size, data, sizeof(size));
	if (size < least || size > len)
		return -EBADMSG;
	if (size > most)
		size = (__u16)most;
	memset(ret_rec, 0, sizeof(struct twt_look));
	memcpy(ret_rec, data, size);
	ret_rec->event.size = size;
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
	switch (len >= HEADER_SIZE ? ((const __u8 *)data)[3] : 0) {
	case TWT_LOOK: return look_decode(data, len, &ret_rec->look);
	case TWT_NAME: return parts_decode(data, len, offsetof(struct twt_name, text), sizeof(ret_rec->name), ret_rec);
	case TWT_FRAME: return parts_decode(data, len, offsetof(struct twt_frame, text), sizeof(ret_rec->frame), ret_rec);
	case TWT_STACK: return parts_decode(data, len, offsetof(struct twt_stack, frames), sizeof(ret_rec->stack), ret_rec);
	}
	err = event_decode(data, len, &ret_rec->event);
	if (err)
		return err;
	memcpy(&size, data, sizeof(size));
	if (size > sizeof(struct twt_event))
		wire_decode(data, size, &ret_rec->wired);
	return 0;
}
