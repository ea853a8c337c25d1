/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections for other programs: a table of formats. */
#ifndef VIEWS_EXPORT_EXPORT_H
#define VIEWS_EXPORT_EXPORT_H
#include "core/stats/fields/field.h"
#include "core/text/strbuf.h"
#include "views/sink.h"
#include "views/view.h"

struct export_view {
	const struct view_env *env;
	const struct export_format *format;
	struct export_view *first;	/* of several recordings, which has .sink, .state, .continues and .n for all; or itself */
	struct export_view *earliest;	/* the one whose first event came first */
	struct sink *sink;
	struct strbuf b;
	struct strbuf cell;		/* scratch */
	const char *const *keys;	/* of fields; the format's own, or --fields */
	const char **own_keys;		/* the format's own, and the host; or NULL */
	__u64 start_ns;			/* first event */
	__u64 from_ns, to_ns;		/* --from and --to in event time, once the first event is there; to: ~0 is no end */
	bool begun;
	bool continues;			/* something that needs a comma behind it was written */
	__u64 n;			/* connections written */
	void *state;			/* the format's own: freed by free(3) */
};

/* What may be asked for, its name first on the command line. Members but .conn may be NULL; they write to .b and return 0 or a negative errno. */
struct export_format {
	const char *name;
	const char *help;
	const char *const *keys;	/* NULL: it has no columns to choose */
	int (*begin)(struct export_view *v);
	int (*conn)(struct export_view *v, const struct field_src *src);	/* over, or alive at the end */
	int (*interval)(struct export_view *v, __u64 ts_ns);			/* each second */
	int (*end)(struct export_view *v);
	bool labelled;			/* its lines are objects of JSON with the members of --label */
	bool wants_living;		/* it is told of connections that live at the end, too */
};

extern const struct export_format export_csv, export_ndjson, export_trace;
extern const struct export_format *const export_formats[];	/* ends with NULL */
const struct export_format *export_format_find(const char *name);	/* NULL if there is none */

#endif
