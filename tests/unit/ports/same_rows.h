/* SPDX-License-Identifier: GPL-2.0-only */
/* Are two reports of ports the same, to the last bit? */
#ifndef TESTS_SAME_ROWS_H
#define TESTS_SAME_ROWS_H
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "core/ports/ports.h"

static inline bool same_row(const struct ports_row *a, const struct ports_row *b)
{
	if (memcmp(a, b, offsetof(struct ports_row, top)) != 0 || a->n_top != b->n_top)	/* rows begin as zeroes: so is what lies between members */
		return false;
	for (__u32 i = 0; i < a->n_top; i++) {
		const struct ports_holder *x = &a->top[i], *y = &b->top[i];

		if (x->tgid != y->tgid || x->start_ms != y->start_ms || x->ports != y->ports || x->cgroup != y->cgroup || strcmp(x->comm, y->comm) != 0)
			return false;
	}
	return true;
}

static inline bool same_rows(struct ports_row *const *a, size_t n_a, struct ports_row *const *b, size_t n_b)
{
	size_t i;

	for (i = 0; i < n_a && i < n_b && same_row(a[i], b[i]); i++)
		;
	return i == n_a && i == n_b;
}
#endif
