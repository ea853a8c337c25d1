/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cgroups and network namespaces are called: containers, pods, units. Filled from TWT_NAME records alone, so that a replay has
 * the names of the host and the time that it was recorded on. Names are foreign text: escape them in every output.
 *
 * Bounded: what comes beyond NAMES_MAX names or NAMES_BYTES is dropped and counted.
 */
#ifndef CORE_EVENT_NAMES_H
#define CORE_EVENT_NAMES_H
#include <stdbool.h>
#include <stddef.h>
#include "core/text/strbuf.h"
#include "twtrace.h"

#define NAMES_MAX 65536
#define NAMES_BYTES (64UL << 20)
#define NAME_PART_MAX 253	/* bytes of a part that is kept; of TWT_NP_PATH 4095 */

/* What processes can be put together by. */
enum name_by { NAME_BY_CONTAINER, NAME_BY_POD, NAME_BY_UNIT, NAME_BY_MAX };

struct name;
struct names;

struct names *names_new(void);			/* NULL without memory */
void names_free(struct names *ns);		/* NULL is fine */
/* Take a TWT_NAME record of .size bytes, as it came from a recording. Returns 0, -EBADMSG, or -ENOSPC: dropped, and counted. */
int names_add(struct names *ns, const struct twt_name *rec);
__u64 names_dropped(const struct names *ns);

/* NULL: not known. A pointer stays good as long as @ns; what was said later is in a new one. @ns NULL: there are none. */
const struct name *names_cgroup(const struct names *ns, __u64 id);
const struct name *names_netns(const struct names *ns, __u32 inode);
/* NULL where that part is not known, and for @n NULL. */
const char *name_part(const struct name *n, enum twt_name_part part);
/* The unit that people mean: the user's unit where there is one, else systemd's. NULL: none. */
const char *name_unit(const struct name *n);

/* A number for the container, pod or unit of @n, the same for all its cgroups, in the order of their sight; 0: it has none. */
__u32 name_group(const struct name *n, enum name_by by);
/* The newest name that has that number; NULL if there is none. */
const struct name *names_of_group(const struct names *ns, enum name_by by, __u32 group);
/*
 * What it is called in one word, raw bytes: the container's "NS/POD/NAME", name, or first 12 digits of its id; the pod's "NS/NAME" or uid; the
 * unit. False, and nothing added, where @n has none. name_label() of the closest there is: container, pod, unit.
 */
bool name_label_by(const struct name *n, enum name_by by, struct strbuf *b);
bool name_label(const struct name *n, struct strbuf *b);

/* The newest name of each cgroup and namespace, in the order in which they were told. @fn returns 0 to go on. */
int names_foreach(const struct names *ns, int (*fn)(void *ctx, const struct name *n), void *ctx);

/* --- the record --- */

/* @n as a record of @ts_ns: its parts, not those that we do not know. */
void name_record(const struct name *n, __u64 ts_ns, struct twt_name *ret);

/* Begin a record of nothing but its head; then add parts: text is cut to what is kept, NULL and "" leave the part away. */
void name_begin(struct twt_name *rec, enum twt_name_of of, __u64 id, __u64 ts_ns);
void name_add(struct twt_name *rec, enum twt_name_part part, const char *text);
#endif
