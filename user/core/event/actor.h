/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that own, open or close sockets, each kept once and named by a small number; 0 is "unknown". A
 * process is (tgid, start time), so that a pid that is used again is another process. Entries are counted
 * references; one without references is freed. The table is bounded: beyond its limit actors are unknown,
 * and that is counted.
 */
#ifndef CORE_EVENT_ACTOR_H
#define CORE_EVENT_ACTOR_H
#include <stdbool.h>
#include <stddef.h>
#include "core/event/names.h"
#include "twtrace.h"

struct actor {
	__u32 tgid, start_ms;
	__u32 refs;
	bool kernel;		/* a kernel thread or the kernel itself */
	bool exited;		/* seen exiting */
	__u64 cgroup;
	char comm[TWT_COMM_LEN + 1];	/* raw bytes of the kernel, NUL-terminated: escape before printing */
};
struct actors;

struct actors *actors_new(size_t limit);
void actors_free(struct actors *as);	/* NULL is fine */
/*
 * The actor that @ev's task part names, with one reference for the caller; 0 if it has none or the table is
 * full. Process 0 is the kernel itself, where TWT_F_KTHREAD says so.
 */
__u32 actors_of_event(struct actors *as, const struct twt_event *ev);
__u32 actors_ref(struct actors *as, __u32 id);	/* returns @id */
void actors_unref(struct actors *as, __u32 id);	/* 0 is fine */
/* NULL for 0. Valid while the caller's reference lasts. */
const struct actor *actors_get(const struct actors *as, __u32 id);
/* Where names of their containers, pods and units are looked up; NULL, as in the beginning: nowhere. @ns outlives @as. */
void actors_set_names(struct actors *as, const struct names *ns);
const struct names *actors_names(const struct actors *as);
/* What is known of @id's cgroup; NULL: nothing. */
const struct name *actors_name(const struct actors *as, __u32 id);
/* How many have references. */
size_t actors_count(const struct actors *as);
/* Actors dropped because the table was full. */
__u64 actors_overflow(const struct actors *as);
#endif
