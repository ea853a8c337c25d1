/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/conn/timeline.h"

/* Both ways of closing, and simultaneous ones, in one line: each connection takes some of these, in this order. */
static const __u8 order[] = {
	ST_LISTEN, ST_SYN_SENT, ST_SYN_RECV, ST_ESTABLISHED, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_CLOSING, ST_TIME_WAIT,
	ST_CLOSE_WAIT, ST_LAST_ACK, ST_CLOSE,
};

size_t timeline_of(const struct conn *c, __u64 now_ns, struct step ret[ST_MAX])
{
	bool known = false;	/* @at is when the step behind was entered */
	__u64 at = 0;
	size_t n = 0, i;

	for (i = 0; i < sizeof(order); i++) {
		if (c->states_seen & 1U << order[i] || c->state == order[i])
			ret[n++] = (struct step){ .state = order[i], .present = order[i] == c->state };
	}
	/* Durations are exact, and each step ended when the next one began: back from the present one. */
	for (i = n; i-- > 0;) {
		struct step *s = &ret[i];

		if (s->present) {
			known = !(c->flags & CONN_SINCE_UNKNOWN);
			at = c->since_ns;
			s->spent_known = known;
			s->spent_ns = known && now_ns > at ? now_ns - at : 0;
		} else {
			s->spent_known = !(c->states_unknown & 1U << s->state);
			s->spent_ns = s->spent_known ? c->in_ns[s->state] : 0;
			known = known && s->spent_known && s->spent_ns <= at;
			at -= known ? s->spent_ns : 0;
		}
		s->entered_known = known;
		s->entered_ns = known ? at : 0;
	}
	return n;
}
