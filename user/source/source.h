/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where events come from. Sources print nothing; they explain failures in @err, one sentence that says the fix, and return a
 * negative errno that main maps to an exit code: -EPERM 77, -EOPNOTSUPP 3, others 1.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H
#include <stdbool.h>
#include <stddef.h>
#include "run/source_config.h"
#include "twtrace.h"

struct strbuf;
struct source;

/* How far a recording is read: bytes of its file, and events out of them. */
struct source_progress { __u64 done, all, events; };

typedef void (*source_sink)(void *ctx, const struct twt_event *ev);

struct source_ops {
	const char *name;
	int (*open)(const struct source_config *cfg, struct source **ret, char *err, size_t errlen);
	/* A descriptor that is readable when there is work, or -1 if pump() never waits (file, synth). */
	int (*fd)(const struct source *s);
	/*
	 * Hand what is there to @sink and end with a TICK. Bounded work per call. Returns 1 if there is more at once, 0 if one should wait
	 * for fd or the next tick, -ENODATA at the end of a recording, another negative errno on failure.
	 */
	int (*pump)(struct source *s, source_sink sink, void *ctx);
	/* NULL: cannot. Ask for a snapshot pass at the next pump; after losses the source starts one itself. */
	int (*heal)(struct source *s);
	/*
	 * NULL: cannot. For how many ns is there nothing to do, ~0: until something happens? Then fd becomes readable with the next event, and until that or for so
	 * long pump() need be called only now and then. 0: there is something to tell or to do, or was until a moment ago.
	 */
	__u64 (*rest)(struct source *s);
	/* NULL: no. Need pump() be called only some times a second, since fd becomes readable when there is much to read? */
	bool (*waits)(const struct source *s);
	/* NULL: there is one. The number of the recording, as in .paths, that the event is of which sink() is given now. */
	size_t (*which)(const struct source *s);
	/* Last events of a run that ends (final counters, last tick). */
	void (*finish)(struct source *s, source_sink sink, void *ctx);
	/* NULL, or false: nobody knows how much there is to read. */
	bool (*progress)(const struct source *s, struct source_progress *ret);
	/* "key=value\n" lines for a recording's header and for `features`. */
	void (*describe)(const struct source *s, struct strbuf *b);
	const char *(*error)(const struct source *s);	/* sentence for the last failure of pump(), or NULL */
	void (*close)(struct source *s);		/* NULL is fine */
};

extern const struct source_ops source_bpf, source_file, source_several, source_synth;
#endif
