/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened to the ports of one destination or group: how many were opened lately, how long they were held. */
#ifndef CORE_PORTS_FORECAST_ACTIVITY_H
#define CORE_PORTS_FORECAST_ACTIVITY_H
#include <linux/types.h>

#define ACTIVITY_SECONDS 10	/* the rate is that of so many seconds */

struct activity {
	__u64 opened, failed;			/* since the start */
	__u64 opened_before, failed_before;	/* ... when this interval began */
	double held_s, live_s, wait_s;		/* sums over those that ended: in all; until the socket was closed; in TIME_WAIT */
	__u32 n_held, n_live, n_wait;		/* how many these are; older ones count less */
	__u32 made_wait;			/* of n_live: those that a TIME_WAIT came after */
	__u64 reuse_ns;				/* after that a TIME_WAIT may be taken over; as of the newest one, 0: none yet */
	__u64 first_ns, second;			/* first one opened after a pause; newest second of .slots */
	__u32 slots[ACTIVITY_SECONDS];		/* opened, by second */
};

void activity_opened(struct activity *a, __u64 ts_ns);
/* One that was counted as opened got no port. */
void activity_failed(struct activity *a, __u64 ts_ns);
void activity_closed(struct activity *a, double live_s);	/* its full socket is gone */
void activity_waits(struct activity *a, __u64 reuse_ns);	/* it is in TIME_WAIT */
void activity_waited(struct activity *a, double wait_s);	/* ... which ran out */
void activity_ended(struct activity *a, double held_s);		/* its port can be had again */
/* Opened per second, over the last ten seconds or since the first one; 0 where they are too few to tell. */
double activity_rate(const struct activity *a, __u64 now_ns);
/* How long one that is opened now will hold its port: INFINITY where none was closed yet. */
double activity_hold_s(const struct activity *a);
/* How long a TIME_WAIT keeps its port. */
double activity_wait_s(const struct activity *a);
/* The share of those closed that a TIME_WAIT came after; and how long they were open. NAN: none was closed yet. */
double activity_wait_share(const struct activity *a);
double activity_live_s(const struct activity *a);
#endif
