/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be shown of a row of closers, each once: JSON, --fields, --help and the man page read this table. */
#ifndef CORE_STATS_CLOSERS_COLUMNS_H
#define CORE_STATS_CLOSERS_COLUMNS_H
#include "core/event/names.h"
#include "core/stats/closers/closers.h"
#include "core/stats/fields/field.h"

/* field_src.of of these fields. The time is field_src.now_ns. */
struct closer_src {
	const struct closer_row *row;
	enum closers_by by;
	__u64 cgroup;			/* that it is, or belongs to; 0: not known */
	const struct name *name;	/* what is known of that, or of its container, pod, unit or namespace; NULL: nothing */
	const char *label;		/* what it is called: raw bytes; NULL: it has only a number, or a name of its own */
	bool sees_processes;		/* .exited is true of the others, too */
	__u64 interval_ns;		/* that the report is about */
};

extern const struct field closer_columns[];

/* NULL-terminated: what closers -j tells of a row and, from closer_json_closes on, of a sum of them. closer_json_key() and _names() depend on the grouping. */
const char *const *closer_json_key(enum closers_by by);
const char *const *closer_json_names(enum closers_by by);
extern const char *const closer_json_closes[], *const closer_json_time_wait[], *const closer_json_share[];

/* "3,120 expired, 12 reused"; nothing where none ended. */
void closer_say_ends(struct strbuf *b, const struct closer_row *r);

/* members.c: what is more than a value, as a member of the open object */
void closer_json_other(struct json *j, const struct field_src *src);
void closer_json_reasons(struct json *j, const struct field_src *src);
void closer_json_strangers(struct json *j, const struct field_src *src);
void closer_json_tw_ends(struct json *j, const struct field_src *src);
void closer_json_stuck_states(struct json *j, const struct field_src *src);
void closer_json_stands_out(struct json *j, const struct field_src *src);
void closer_json_dests(struct json *j, const struct field_src *src);
#endif
