/* SPDX-License-Identifier: GPL-2.0-only */
/* For tests that tell one scene each: a world `w` that is new for every test. */
#ifndef TESTS_WORLD_FIXTURE_H
#define TESTS_WORLD_FIXTURE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "unit/events.h"

static struct world w;

static int setup(void **state)
{
	(void)state;
	world_new(&w, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end(&w);
	return 0;
}
#endif
