/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for struct wire: only of connections that have one, so that a table of a run that does not ask for it is no larger. */
#ifndef CORE_CONN_WIRES_H
#define CORE_CONN_WIRES_H
#include <stddef.h>
#include "core/conn/conn.h"

/* All zero is an empty one. Where a wire lies does not change. */
struct wires { struct wire **chunks; size_t n_chunks, cap_chunks; __u32 free; };

void wires_clear(struct wires *ws);
struct wire *wires_new(struct wires *ws);		/* zero but for .id; NULL without memory */
void wires_free(struct wires *ws, struct wire *w);	/* NULL is fine */
struct wire *wires_at(const struct wires *ws, __u32 id);	/* by its .id; NULL for 0 */
#endif
