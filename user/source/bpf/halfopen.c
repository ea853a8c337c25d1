// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpf/halfopen.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_MAX 65536
#define BATCH 512

static struct halfopen_port *port(struct halfopen *h, const struct twt_halfopen_key *key)
{
	struct halfopen_port *grown;
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (!memcmp(&h->p[i].key, key, sizeof(*key)))
			return &h->p[i];
	}
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 32;

		grown = cap <= PORTS_MAX ? realloc(h->p, cap * sizeof(*grown)) : NULL;
		if (!grown)
			return NULL;
		h->p = grown;
		h->cap = cap;
	}
	memset(&h->p[h->n], 0, sizeof(h->p[h->n]));
	h->p[h->n].key = *key;
	return &h->p[h->n++];
}

int halfopen_read(struct halfopen *h, int fd)
{
	struct twt_halfopen_key keys[BATCH];
	struct twt_halfopen values[BATCH];
	struct halfopen_port *p;
	__u32 in = 0, out = 0, n, i;
	bool first = true;
	int err;

	do {
		n = BATCH;
		err = bpf_map_lookup_batch(fd, first ? NULL : &in, &out, keys, values, &n, NULL);
		if (err && errno != ENOENT)
			return -errno;
		for (i = 0; i < n; i++) {
			p = port(h, &keys[i]);
			if (p)
				p->now = values[i];
		}
		in = out;
		first = false;
	} while (!err);
	return 0;
}

void halfopen_pass_begin(struct halfopen *h, __u32 netns)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (h->p[i].key.netns != netns)
			continue;
		h->p[i].before = h->p[i].now;
		h->p[i].found = 0;
	}
}

void halfopen_pass_found(struct halfopen *h, __u32 netns, __u16 lport)
{
	struct twt_halfopen_key key = { .netns = netns, .lport = lport };
	struct halfopen_port *p = port(h, &key);

	if (p)
		p->found++;
}

bool halfopen_pass_end(struct halfopen *h, __u32 netns)
{
	bool quiet = true;
	size_t i;

	for (i = 0; i < h->n; i++) {
		struct halfopen_port *p = &h->p[i];

		if (p->key.netns != netns)
			continue;
		if (memcmp(&p->before, &p->now, sizeof(p->now)))
			quiet = false;
		else
			p->base = (long long)p->found - (long long)(p->now.started - p->now.ended);
	}
	return quiet;
}

unsigned long long halfopen_count(const struct halfopen_port *p)
{
	long long n = p->base + (long long)(p->now.started - p->now.ended);

	return n > 0 ? n : 0;
}

void halfopen_free(struct halfopen *h)
{
	free(h->p);
	memset(h, 0, sizeof(*h));
}
