/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/conn/wires.h"
#include <stdlib.h>
#include <string.h>

#define CHUNK 256

void wires_clear(struct wires *ws)
{
	while (ws->n_chunks)
		free(ws->chunks[--ws->n_chunks]);
	free(ws->chunks);
	memset(ws, 0, sizeof(*ws));
}

struct wire *wires_at(const struct wires *ws, __u32 id)
{
	return id ? &ws->chunks[(id - 1) / CHUNK][(id - 1) % CHUNK] : NULL;
}

/* One more chunk, all of it in the free list: .retrans_segs of a free one is the next one's id. */
static bool grow(struct wires *ws)
{
	struct wire *chunk, **grown;
	__u32 i;

	if (ws->n_chunks == ws->cap_chunks) {
		size_t cap = ws->cap_chunks ? ws->cap_chunks * 2 : 16;

		grown = realloc(ws->chunks, cap * sizeof(*grown));
		if (!grown)
			return false;
		ws->chunks = grown;
		ws->cap_chunks = cap;
	}
	chunk = malloc(CHUNK * sizeof(*chunk));
	if (!chunk)
		return false;
	ws->chunks[ws->n_chunks++] = chunk;
	for (i = CHUNK; i--;) {
		chunk[i].id = (__u32)(ws->n_chunks - 1) * CHUNK + i + 1;
		chunk[i].retrans_segs = ws->free;
		ws->free = chunk[i].id;
	}
	return true;
}

struct wire *wires_new(struct wires *ws)
{
	struct wire *w;
	__u32 id;

	if (!ws->free && !grow(ws))
		return NULL;
	id = ws->free;
	w = wires_at(ws, id);
	ws->free = w->retrans_segs;
	memset(w, 0, sizeof(*w));
	w->id = id;
	return w;
}

void wires_free(struct wires *ws, struct wire *w)
{
	if (!w)
		return;
	w->retrans_segs = ws->free;
	ws->free = w->id;
}
