/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests about processes: a table `as` of them, and processes by pid and name. */
#ifndef TESTS_ACTORS_FIXTURE_H
#define TESTS_ACTORS_FIXTURE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/event/actor.h"

static struct actors *as;

/* The number in `as` of process @tgid, which started when its pid says. */
static inline __u32 actor(__u32 tgid, const char *comm)
{
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = tgid, .aux = tgid };

	memcpy(ev.comm, comm, strnlen(comm, sizeof(ev.comm)));
	return actors_of_event(as, &ev);
}

static inline int actors_setup(void **state)
{
	(void)state;
	as = actors_new(1000);
	return as ? 0 : -1;
}

static inline int actors_teardown(void **state)
{
	(void)state;
	actors_free(as);
	return 0;
}
#endif
