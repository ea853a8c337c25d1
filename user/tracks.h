/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What events go through: a pipeline, and what the views of this run are to it. Live and of one recording there is one; of several each has its own, and what
 * they print goes into one output.
 */
#ifndef TRACKS_H
#define TRACKS_H
#include "core/text/strbuf.h"
#include "core/track/pipeline.h"
#include "source/source.h"
#include "views/view.h"

#define TRACK_VIEWS 2		/* the command's own, and the recording beside it */

struct track {
	struct tracks *all;
	struct pipeline *pipeline;
	struct view_env env;		/* what a view knows; filled by who opens it, but for .tracker, .host, .first and .labels */
	struct view_host host;
	struct strbuf labels;
	struct pipeline_hooks hooks[TRACK_VIEWS];
	void *states[TRACK_VIEWS];
};

struct tracks {
	size_t n;
	struct track *t;
	const struct view_ops *views[TRACK_VIEWS];
	int n_views;
	struct view_hosts hosts;
	const struct source_ops *ops;	/* says whose event it is */
	struct source *source;
	void *run;			/* of who opened it */
};

/*
 * @n tracks for the events of @source, which stays the caller's; .run is set before. @cfg: for each of them; its .ctx becomes the track. Returns 0 or -ENOMEM;
 * tracks_free() afterwards in any case.
 */
int tracks_open(struct tracks *ts, size_t n, const struct pipeline_config *cfg, const struct source_ops *ops, struct source *source);
/* The host of track @i, where there are several: raw bytes, valid as long as the tracks; @label_it: it is a member of each object of -j, before @labels. */
int tracks_name(struct tracks *ts, size_t i, const char *name, const char *labels);
/* One more view of each track, in its order. Returns 0 or a negative errno, with a sentence in @err. */
int tracks_add(struct tracks *ts, const struct view_ops *v, char *err, size_t errlen);
void tracks_free(struct tracks *ts);

/* As pipeline_event() and its like (core/track/pipeline.h), of whichever track it is about; done when all are. */
void tracks_feed(void *ctx, const struct twt_event *ev);	/* a source_sink; @ctx: struct tracks */
int tracks_status(const struct tracks *ts);
int tracks_settle(struct tracks *ts);
int tracks_end(struct tracks *ts);
/* The view that failed, or NULL. */
const struct view_ops *tracks_failed(const struct tracks *ts, int before);
/* What the command's own view says of a run that went well otherwise: the exit code. */
int tracks_verdict(const struct tracks *ts);
#endif
