// SPDX-License-Identifier: GPL-2.0-only
/* Events of the source's own. */
#include <string.h>
#include <time.h>
#include "source/bpf/bpf.h"

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

__u64 source_bpf_now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

long long source_bpf_clock_offset(void)
{
	return (long long)(clock_ns(CLOCK_REALTIME) - source_bpf_now());
}

void source_bpf_make(struct twt_event *ev, __u8 kind, __u64 ts)
{
	memset(ev, 0, sizeof(*ev));
	ev->size = TWT_EVENT_SHORT;
	ev->version = TWT_VERSION;
	ev->kind = kind;
	ev->ts_ns = ts;
}

void source_bpf_tell(struct source *s, const struct twt_event *ev)
{
	s->sink(s->ctx, ev);
}
