/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes: decoded or refused, never read beyond, and what is decoded is safe to index with and stays itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/event/tcp.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct twt_event ev, again;
	union twt_record rec, rec_again;
	int err = record_decode(data, len, &rec);

	if (err && err != -EBADMSG && err != -ENOMSG)
		abort();
	if (!err && rec.event.kind == TWT_LOOK) {
		if (rec.look.size != sizeof(rec.look) || rec.look.state >= ST_MAX || rec.look.substate >= ST_MAX)
			abort();
		if (record_decode(&rec, sizeof(rec), &rec_again) || memcmp(&rec.look, &rec_again.look, sizeof(rec.look)) != 0)
			abort();
	}
	if (!err && event_wire(&rec.event)) {
		if (rec.event.kind != TWT_STATE && rec.event.kind != TWT_SNAP)
			abort();
		if (record_decode(&rec, sizeof(rec), &rec_again) || memcmp(&rec.wired, &rec_again.wired, sizeof(rec.wired)) != 0)
			abort();
	}
	err = event_decode(data, len, &ev);
	if (err) {
		if (err != -EBADMSG && err != -ENOMSG)
			abort();
		return 0;
	}
	if (ev.size < 16 || ev.size > sizeof(ev) || ev.size > len || ev.kind == 0 || ev.kind >= TWT_KIND_MAX)
		abort();
	if (ev.old_state >= ST_MAX || ev.new_state >= ST_MAX || ev.substate >= ST_MAX)
		abort();
	if (ev.reason >= TWT_RST_REASON_MAX)
		abort();
	if (event_decode(&ev, sizeof(ev), &again) || memcmp(&ev, &again, sizeof(ev)) != 0)
		abort();
	return 0;
}
