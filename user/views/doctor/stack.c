/* SPDX-License-Identifier: GPL-2.0-only */
/* Which code it is that a finding is about, where stacks are told. */
#include <string.h>
#include "core/text/fmt.h"
#include "views/doctor/doctor.h"

#define PATHS 64	/* of one finding, to choose the most frequent from */
#define LINES 12

/* Which connections of the subject's process, and which of their paths. */
static const struct { const char *rule; __u8 state; bool closed; } which[] = {
	{ "close-wait-leak", ST_CLOSE_WAIT, false },
	{ "fin-wait2-open", ST_FIN_WAIT2, false },
	{ "last-ack-stuck", ST_LAST_ACK, false },
	{ "time-wait-client", ST_TIME_WAIT, true },
};

struct path { bool closed; __u64 sockets, of; };

struct choice {
	const struct tracker *tracker;
	const struct subject *subject;
	__u8 state;
	bool closed;
	struct { __u32 stack; __u64 n; } paths[PATHS];
	size_t n;
	__u64 of;
};

static int consider(void *ctx, const struct conn *c)
{
	struct choice *ch = ctx;
	const struct actor *a = actors_get(tracker_actors(ch->tracker), c->owner);
	__u32 stack = ch->closed ? c->close_stack : c->open_stack;
	size_t i;

	if (c->state != ch->state || !a || a->tgid != ch->subject->tgid || a->start_ms != ch->subject->start_ms)
		return 0;
	ch->of++;
	if (!stack)
		return 0;
	for (i = 0; i < ch->n && ch->paths[i].stack != stack; i++)
		;
	if (i == PATHS)
		return 0;
	if (i == ch->n)
		ch->paths[ch->n++].stack = stack;
	ch->paths[i].n++;
	return 0;
}

/* The code path that most of a finding's sockets have. NULL: none. */
static const struct stack *find_stack(const struct tracker *t, const struct finding *f, struct path *ret)
{
	const struct stacks *ss = tracker_stacks(t);
	struct choice ch = { .tracker = t, .subject = &f->subject };
	const struct stack *s;
	size_t i, best = 0;

	for (i = 0; i < sizeof(which) / sizeof(which[0]) && strcmp(which[i].rule, f->rule->id) != 0; i++)
		;
	if (!ss || i == sizeof(which) / sizeof(which[0]) || !f->subject.has_process)
		return NULL;
	ch.state = which[i].state;
	ch.closed = which[i].closed;
	(void)tracker_foreach(t, consider, &ch);
	for (i = 1; i < ch.n; i++)
		if (ch.paths[i].n > ch.paths[best].n)
			best = i;
	s = ch.n ? stacks_get(ss, ch.paths[best].stack) : NULL;
	if (!s || stack_why(s))
		return NULL;
	ret->closed = ch.closed;
	ret->sockets = ch.paths[best].n;
	ret->of = ch.of;
	return s;
}

void doctor_stack_text(const struct tracker *t, const struct finding *f, struct strbuf *b, size_t cols)
{
	struct path p;
	const struct stack *s = find_stack(t, f, &p);
	struct strbuf of = { 0 };

	if (!s || !b->len)
		return;
	b->s[--b->len] = '\0';	/* the empty line that ends the finding */
	fmt_count(&of, p.sockets);
	strbuf_adds(&of, " of ");
	fmt_count(&of, p.of);
	strbuf_adds(&of, p.closed ? " were closed by this code, innermost first:" : " were opened or accepted by this code, innermost first:");
	doctor_wrap(b, "code path", of.s ? of.s : "", cols);
	b->failed |= of.failed;
	strbuf_free(&of);
	stack_lines(b, s, 13, LINES);
	strbuf_addc(b, '\n');
}

void doctor_stack_json(const struct tracker *t, const struct finding *f, struct json *j)
{
	struct path p;
	const struct stack *s = find_stack(t, f, &p);

	if (!s)
		return;
	json_open(j, "code_path", '{');
	json_str(j, "of", p.closed ? "closed" : "opened");
	json_u64(j, "sockets", p.sockets);
	json_u64(j, "sockets_in_all", p.of);
	stack_json(j, "stack", "stack_why", s);
	json_close(j, '}');
}
