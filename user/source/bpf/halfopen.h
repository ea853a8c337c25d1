/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Half-open sockets by port, from the programs' counts of timers started and ended, plus those that existed before.
 * A snapshot pass finds the latter: request sockets that it sees, less what the counts say exist, if they did not move meanwhile.
 */
#ifndef SOURCE_BPF_HALFOPEN_H
#define SOURCE_BPF_HALFOPEN_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

struct halfopen_port {
	struct twt_halfopen_key key;
	struct twt_halfopen now, before;	/* newest reading; the one at the start of the pass */
	struct twt_halfopen far;		/* what of .now is in the map, as of the last look there */
	long long base;				/* sockets older than the programs */
	unsigned long long found, told;		/* by the running pass; last told downstream */
};
struct halfopen {
	struct halfopen_port *p;
	size_t n, cap;
	int fd;					/* map by port */
	const struct twt_near_lane *near;	/* what each processor counts itself, mapped */
	size_t lanes;
	__u32 *port_of;				/* 1 + position in .p, by processor and place; 0: not known yet */
};

/* @fd and @near_fd: the programs' maps, which stay the caller's; the second has @lanes entries. Returns 0 or a negative errno. */
int halfopen_open(struct halfopen *h, int fd, int near_fd, size_t lanes);
/* Read the counts anew; those in the map only if @far. Returns 0 or -errno. */
int halfopen_read(struct halfopen *h, bool far);
void halfopen_pass_begin(struct halfopen *h, __u32 netns);
void halfopen_pass_found(struct halfopen *h, __u32 netns, __u16 lport);
/* After another halfopen_read(). Returns false if some port moved meanwhile: its base is left for another pass. */
bool halfopen_pass_end(struct halfopen *h, __u32 netns);
unsigned long long halfopen_count(const struct halfopen_port *p);
void halfopen_free(struct halfopen *h);
#endif
