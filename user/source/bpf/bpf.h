/* SPDX-License-Identifier: GPL-2.0-only */
/* The live source's inside, shared by its files: bpf.c (ring, snapshots, operations), load.c, counts.c, tell.c (events of its own). */
#ifndef SOURCE_BPF_BPF_H
#define SOURCE_BPF_BPF_H
#include "core/event/event.h"
#include "source/bpf/halfopen.h"
#include "source/bpf/look.h"
#include "source/bpf/listeners.h"
#include "source/bpf/probes.h"
#include "source/bpf/ring.h"
#include "source/bpf/snapshot.h"
#include "source/source.h"

#define MAX_PROGRAMS 16
#define HEAL_LATEST_NS 1000000000ULL	/* between two passes after losses that go on */

struct twtrace_bpf;
struct base;			/* the kernel's counters at the start, by namespace */
struct stacks_feed;
struct settings;		/* what was told of namespaces' settings */

struct source {
	struct twtrace_bpf *skel;
	struct ring *ring;
	struct source_config cfg;
	struct plan plan;
	struct snapshot snap;
	struct halfopen halfopen;
	struct look *look;		/* NULL: nobody asked */
	__u64 look_ns, looks_told;	/* when the last look began; sockets of the one in work */
	struct listeners_look listen;
	struct base *base, *final;	/* at the start; at the end */
	size_t n_base, base_refused, n_final;
	struct settings *settings;	/* NULL: nobody asked */
	struct stacks_feed *stacks;	/* the same */
	__u64 stacks_counted_ns;
	bool held;			/* events wait for the stacks that they name */
	struct wire_stash *wires;	/* the same: what the wire did, whose event is still to come */
	int programs[MAX_PROGRAMS];	/* those whose recursion misses are losses */
	size_t n_programs;
	source_sink sink;		/* during a pump */
	void *ctx;
	bool started, want_pass, asked;
	__u32 pass_why;
	__u64 losses[TWT_L_MAX - TWT_L_RING];	/* as told last */
	__u64 undecodable;
	__u64 heard_ns;			/* stamp of the newest event of a life; */
	__u64 told_ns, ticked_ns;	/* ... of the newest of any kind, and of the newest tick */
	__u64 loss_checked_ns, loss_seen_ns, pass_began_ns, pass_ended_ns, refresh_ns, refresh_until_ns, binds_ns, part_ended_ns, halfopen_moves, halfopen_far;
	long long clock_offset;
	unsigned int halfopen_retries, looks_done;
	bool halfopen_again, halfopen_far_again;	/* it moved at the last look, which may have come between */
	char error[256];
};

/* Load and attach. Returns 0, or a negative errno with a sentence in @err (or without: the caller has one). */
int source_bpf_load(struct source *s, char *err, size_t errlen);

__u64 source_bpf_now(void);		/* boot time */
long long source_bpf_clock_offset(void);	/* wall clock minus boot time, ns */
/* An event of our own, otherwise zero; and hand one to the sink of the pump. */
void source_bpf_make(struct twt_event *ev, __u8 kind, __u64 ts);
void source_bpf_tell(struct source *s, const struct twt_event *ev);

/* rest.c: as the source's operations of these names; is a look due that was taken last at @last_ns; between two passes for who wants the newest. */
__u64 source_bpf_rest(struct source *s);
bool source_bpf_waits(const struct source *s);
bool source_bpf_is_due(__u64 ts, __u64 last_ns, __u64 every_ns);
__u64 source_bpf_again_ns(const struct source *s);
/* ... between two looks: @ns, or what is asked for, @times as seldom, if that is more; when listeners are looked at next. */
#define DESCRIPTORS 10U		/* ... at the descriptors of all processes */
__u64 source_bpf_at_least(const struct source *s, __u64 ns, unsigned int times);
__u64 source_bpf_listeners_due(const struct source *s);

/* Sum over all processors of what lies at @offset in struct twt_counts. */
__u64 source_bpf_sum(const struct source *s, size_t offset);
/* What changed since it was told last: losses by reason, half-open sockets by port. */
void source_bpf_losses(struct source *s, __u64 ts);
void source_bpf_halfopen(struct source *s, __u64 ts);
/* The kernel's counters: read before the first event, told as the base; read and told as they are at the end. The first and the third return 0 or a negative errno. */
int source_bpf_read_base(struct source *s);
void source_bpf_tell_base(struct source *s, __u64 ts);
/* What of @now befell connections before accept(). */
void source_bpf_tell_listen_counters(struct source *s, __u64 ts, __u32 netns, const __u64 *now);
int source_bpf_read_final(struct source *s);
void source_bpf_tell_final(struct source *s, __u64 ts);

/* stacks.c: room for stacks in @skel, before it is loaded, or none of their maps. */
void source_bpf_stacks_configure(struct twtrace_bpf *skel, bool wanted);
int source_bpf_stacks_new(struct source *s);	/* 0 or a negative errno */
void source_bpf_stacks_free(struct source *s);
/*
 * Look at the processes of all new stacks, then tell as many as there is time for; with @all, for much longer. Returns until when events may be told: @now, or
 * when the oldest stack was taken that is still to be told. An event never comes before the stack that it names, unless that takes too long.
 */
__u64 source_bpf_stacks_read(struct source *s, __u64 now, bool all);
/* Counts that changed since they were told last. */
void source_bpf_stacks_count(struct source *s, __u64 ts);

/* What the wire did comes in a slot before its event's: kept, then joined to it. */
int source_bpf_wires_new(struct source *s);	/* 0 or -ENOMEM */
void source_bpf_wires_keep(struct source *s, const struct twt_wire_slot *slot);
/* @rec->event has its wire to come: make it whole, if it was kept. */
void source_bpf_wires_join(struct source *s, union twt_record *rec);

/*
 * Settings of namespaces, where they are asked for: told at the start, when a namespace is heard of, and where they changed since.
 * Return 0 or -ENOMEM. At each event: has its namespace been told?
 */
int source_bpf_settings_new(struct source *s);
void source_bpf_settings_free(struct source *s);
void source_bpf_settings_heard(struct source *s, __u32 netns);
void source_bpf_settings_tell(struct source *s, __u64 ts);
__u64 source_bpf_settings_due(const struct source *s);	/* when it next looks */
#endif
