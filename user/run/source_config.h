/* SPDX-License-Identifier: GPL-2.0-only */
/* What a source is asked for, by the options and by what the views need. */
#ifndef RUN_SOURCE_CONFIG_H
#define RUN_SOURCE_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

#define RECORDINGS_MAX 16	/* WEAVE_MAX (core/several/weave.h) */

/* What views ask a live source for beside events. They may change their mind during the run. */
struct source_wants {
	bool listeners;			/* TWT_LISTENER again and again */
	bool binds;			/* as .binds below, for now */
	bool sockets;			/* a look at all sockets again and again, and at the end: what the wire does to them is as it is now */
	__u64 every_ns;			/* nobody sees more often what came of looks at listeners, and ten times as seldom at descriptors; 0: as often as is cheap */
	unsigned int looks;		/* one more: look at the sockets of .look_netns, once */
	__u32 look_netns;
};

struct source_config {
	const char *path;		/* file: recording to read, "-" = standard input; of several the first */
	const char *paths[RECORDINGS_MAX];	/* several: all of them */
	size_t n_paths;
	size_t ring_bytes;		/* bpf: room for events, for all processors together; 0: the default */
	__u32 netns[TWT_MAX_NETNS], n_netns, family;	/* bpf: kernel-side filter; 0 = all */
	bool only_looks;		/* bpf: what exists is told, nothing is attached to what happens */
	bool no_seed, no_refine;	/* bpf: skip the snapshot; skip optional hooks */
	__u32 needs;			/* bpf: TWT_NEED_*; what nobody needs is left out */
	bool binds;			/* bpf: look for sockets that are bound and nothing else (TWT_SNAP_BINDS), each second or two */
	bool wire;			/* bpf: round trips, retransmissions and limits of connections are wanted */
	bool last_look;			/* bpf: look at all sockets once more at the end */
	bool sysctls;			/* bpf: tell the settings of namespaces (TWT_SYSCTL), at the start and where they change */
	__u64 look_every_ns;		/* bpf: tell all sockets that hold a port (TWT_LOOK), at the start and that often; 0: never */
	const struct source_wants *wants;/* bpf: outlives the source; NULL: nothing */
	bool verbose;			/* bpf: let libbpf speak on stderr */
	unsigned long long synth_events;/* synth: how many */
	unsigned long long synth_seed;
};
#endif
