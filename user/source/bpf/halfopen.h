/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Half-open sockets by port, from the kernel's map of timers started and ended, plus those that existed before the map.
 * A snapshot pass finds the latter: request sockets that it sees, less what the map says exist, if the map did not move meanwhile.
 */
#ifndef SOURCE_BPF_HALFOPEN_H
#define SOURCE_BPF_HALFOPEN_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

struct halfopen_port {
	struct twt_halfopen_key key;
	struct twt_halfopen now, before;	/* newest reading; the one at the start of the pass */
	long long base;				/* sockets older than the map */
	unsigned long long found, told;		/* by the running pass; last told downstream */
};
struct halfopen { struct halfopen_port *p; size_t n, cap; };

/* Read the kernel's map @fd. Returns 0 or -errno. */
int halfopen_read(struct halfopen *h, int fd);
void halfopen_pass_begin(struct halfopen *h, __u32 netns);
void halfopen_pass_found(struct halfopen *h, __u32 netns, __u16 lport);
/* After another halfopen_read(). Returns false if some port moved meanwhile: its base is left for another pass. */
bool halfopen_pass_end(struct halfopen *h, __u32 netns);
unsigned long long halfopen_count(const struct halfopen_port *p);
void halfopen_free(struct halfopen *h);
#endif
