/* SPDX-License-Identifier: GPL-2.0-only */
#include "source/named.h"
#include <stdlib.h>
#include "host/names/namer.h"
#include "run/log.h"

struct source {
	const struct source_ops *ops;
	struct source *inner;
	struct namer *namer;
	source_sink sink;
	void *ctx;
};

struct source *named_new(const struct source_ops *ops, struct source *inner, const char *root)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->namer = namer_new(root);
	if (!s->namer) {
		free(s);
		return NULL;
	}
	s->ops = ops;
	s->inner = inner;
	return s;
}

static void tell(void *ctx, const struct twt_name *rec)
{
	struct source *s = ctx;

	s->sink(s->ctx, (const struct twt_event *)rec);
}

static void take(void *ctx, const struct twt_event *ev)
{
	struct source *s = ctx;
	struct twt_event room;

	s->sink(s->ctx, namer_see(s->namer, ev, &room, tell, s));
}

static int named_fd(const struct source *s)
{
	return s->ops->fd(s->inner);
}

static int named_pump(struct source *s, source_sink sink, void *ctx)
{
	s->sink = sink;
	s->ctx = ctx;
	return s->ops->pump(s->inner, take, s);
}

static int named_heal(struct source *s)
{
	return s->ops->heal ? s->ops->heal(s->inner) : 0;
}

static __u64 named_rest(struct source *s)
{
	__u64 until = namer_rest_ns(s->namer), rest = until && s->ops->rest ? s->ops->rest(s->inner) : 0;

	return rest < until ? rest : until;
}

/* A new cgroup wakes us. Of a process that only v1 tells about, nothing does: it must be asked while it lives. */
static bool named_waits(const struct source *s)
{
	return namer_rest_ns(s->namer) == ~0ULL && !namer_asks_processes(s->namer) && s->ops->waits && s->ops->waits(s->inner);
}

static void named_finish(struct source *s, source_sink sink, void *ctx)
{
	const struct namer_counts *c = namer_counts(s->namer);

	s->sink = sink;
	s->ctx = ctx;
	s->ops->finish(s->inner, take, s);
	if (c->beyond)
		log_info("names: %llu cgroups or network namespaces were not looked up: there are too many", (unsigned long long)c->beyond);
	log_debug("names: looked up %llu cgroups and %llu network namespaces, %llu looks through all cgroups, %llu processes read in v1",
		  (unsigned long long)c->cgroups, (unsigned long long)c->netns, (unsigned long long)c->scans,
		  (unsigned long long)c->v1_reads);
}

static void named_describe(const struct source *s, struct strbuf *b)
{
	s->ops->describe(s->inner, b);
}

static const char *named_error(const struct source *s)
{
	return s->ops->error(s->inner);
}

static void named_close(struct source *s)
{
	if (!s)
		return;
	namer_free(s->namer);
	s->ops->close(s->inner);
	free(s);
}

const struct source_ops source_named = {
	.name = "named", .fd = named_fd, .pump = named_pump, .heal = named_heal, .rest = named_rest, .waits = named_waits, .finish = named_finish,
	.describe = named_describe,
	.error = named_error, .close = named_close,
};
