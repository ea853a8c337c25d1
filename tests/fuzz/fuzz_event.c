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
	int err = event_decode(data, len, &ev);

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
