/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `serve` exposes: counted from what the tracker tells, never lower than it was, with bounded cardinality (slots.h). Pure.
 *
 * Names of processes have rows before the slots: those beyond --top, those whose owner is unknown, the kernel's own sockets. A process that
 * calls itself so is counted there.
 */
#ifndef CORE_METRICS_METRICS_H
#define CORE_METRICS_METRICS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/metrics/expo.h"
#include "core/ports/listen/listeners.h"
#include "core/ports/ports.h"
#include "core/track/tracker.h"

/* What processes are put together by. */
enum metrics_who { WHO_NONE, WHO_COMM, WHO_CONTAINER, WHO_POD, WHO_UNIT };

struct metrics_labels {
	enum metrics_who who;
	bool lport, remote;
};

#define METRICS_LABELS_DEFAULT "comm,lport"
/*
 * "comm,lport,remote": at most one of comm, container, pod and unit; or "none". Returns 0, or -EINVAL with one sentence in @err and @ret as it was.
 */
int metrics_labels_parse(const char *text, struct metrics_labels *ret, char *err, size_t errlen);

struct metrics_config {
	struct metrics_labels labels;
	unsigned int top;		/* slots of each kind: 1..SLOTS_MAX */
	__u64 stuck_ns;
};

struct metrics;

/* NULL without memory. @tracker outlives it. */
struct metrics *metrics_new(const struct metrics_config *cfg, const struct tracker *tracker);
void metrics_free(struct metrics *m);		/* NULL is fine */

/* What happens. */
void metrics_event(struct metrics *m, const struct twt_event *ev);	/* before the tracker sees it */
void metrics_transition(struct metrics *m, const struct transition *tr);
void metrics_closed(struct metrics *m, const struct conn *c, __u64 ts_ns);
void metrics_gone(struct metrics *m, const struct conn *c, __u64 ts_ns);
/* An interval of @ls is over (listeners_interval()): what was dropped in it. */
void metrics_listeners(struct metrics *m, const struct listener *const *rows, size_t n);

/* What others know of this moment: rows of ports_rows() and of listeners_rows(). */
struct metrics_beside {
	struct ports_row *const *ports;
	size_t n_ports;
	const struct listener *const *listeners;
	size_t n_listeners;
};

/* What is there at @now_ns, for gauges: once before metrics_write(). */
void metrics_look(struct metrics *m, __u64 now_ns, const struct metrics_beside *beside);
/* All families but those of the server and of the process (M_BUILD to M_HOOK_LOADED, M_HTTP_REQUESTS to M_START_TIME), without the end. */
void metrics_write(const struct metrics *m, struct expo *x);
#endif
