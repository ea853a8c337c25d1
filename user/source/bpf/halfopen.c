// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpf/halfopen.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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

static size_t near_bytes(const struct halfopen *h)
{
	return h->lanes * sizeof(*h->near);
}

int halfopen_open(struct halfopen *h, int fd, int near_fd, size_t lanes)
{
	void *near;

	h->fd = fd;
	h->lanes = lanes;
	near = mmap(NULL, near_bytes(h), PROT_READ, MAP_SHARED, near_fd, 0);
	if (near == MAP_FAILED)
		return -errno;
	h->near = near;
	h->port_of = calloc(lanes << TWT_NEAR_BITS, sizeof(*h->port_of));
	return h->port_of ? 0 : -ENOMEM;
}

static int read_far(struct halfopen *h)
{
	struct twt_halfopen_key keys[BATCH];
	struct twt_halfopen values[BATCH];
	struct halfopen_port *p;
	__u32 in = 0, out = 0, n, i;
	bool first = true;
	int err;

	do {
		n = BATCH;
		err = bpf_map_lookup_batch(h->fd, first ? NULL : &in, &out, keys, values, &n, NULL);
		if (err && errno != ENOENT)
			return -errno;
		for (i = 0; i < n; i++) {
			p = port(h, &keys[i]);
			if (p)
				p->far = values[i];
		}
		in = out;
		first = false;
	} while (!err);
	return 0;
}

/* The port that is counted at @at, by one of the processors; NULL: none yet. */
static struct halfopen_port *port_at(struct halfopen *h, size_t at)
{
	const struct twt_near *near = &h->near[at >> TWT_NEAR_BITS].at[at & ((1U << TWT_NEAR_BITS) - 1)];
	__u64 name = __atomic_load_n(&near->name, __ATOMIC_ACQUIRE);
	struct twt_halfopen_key key = twt_near_key(name);
	struct halfopen_port *p;

	if (!name)
		return NULL;
	if (!h->port_of[at]) {
		p = port(h, &key);
		if (!p)
			return NULL;
		h->port_of[at] = (__u32)(p - h->p) + 1;
	}
	return &h->p[h->port_of[at] - 1];
}

/* One of both, of all processors. */
static void add_near(struct halfopen *h, bool started)
{
	size_t at;

	for (at = 0; at < h->lanes << TWT_NEAR_BITS; at++) {
		const struct twt_halfopen *n = &h->near[at >> TWT_NEAR_BITS].at[at & ((1U << TWT_NEAR_BITS) - 1)].n;
		struct halfopen_port *p = port_at(h, at);

		if (!p)
			continue;
		if (started)
			p->now.started += __atomic_load_n(&n->started, __ATOMIC_ACQUIRE);
		else
			p->now.ended += __atomic_load_n(&n->ended, __ATOMIC_ACQUIRE);
	}
}

int halfopen_read(struct halfopen *h, bool far)
{
	int err = far ? read_far(h) : 0;
	size_t i;

	if (err)
		return err;
	for (i = 0; i < h->n; i++)
		h->p[i].now = h->p[i].far;
	/* A socket may begin on one processor and end on another: ends first, so that none has ended that has not begun. */
	add_near(h, false);
	add_near(h, true);
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
	if (h->near)
		munmap((void *)h->near, near_bytes(h));
	free(h->port_of);
	free(h->p);
	memset(h, 0, sizeof(*h));
}
