/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stacks/stacks.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_LEN (2 * STACKS_MAX)

struct kept_frame { struct frame f; char text[]; };

struct stacks {
	struct kept_frame **frames;	/* by id */
	size_t frames_len;
	struct stack *all;		/* by number - 1: one block, so that pointers stay good */
	__u32 n;
	__u32 *by_frames;		/* the same, by what they are made of */
	__u32 *index;			/* numbers by id; open addressing, never more than half full */
	size_t bytes;
	__u64 dropped;
	__u64 counts[TWT_STK_MAX];
};

struct stacks *stacks_new(void)
{
	struct stacks *ss = calloc(1, sizeof(*ss));

	if (!ss)
		return NULL;
	ss->all = calloc(STACKS_MAX, sizeof(*ss->all));
	ss->index = calloc(INDEX_LEN, sizeof(*ss->index));
	ss->by_frames = calloc(INDEX_LEN, sizeof(*ss->by_frames));
	if (!ss->all || !ss->index || !ss->by_frames) {
		stacks_free(ss);
		return NULL;
	}
	return ss;
}

void stacks_free(struct stacks *ss)
{
	if (!ss)
		return;
	for (size_t i = 0; i < ss->frames_len; i++)
		free(ss->frames[i]);
	for (__u32 i = 0; i < ss->n; i++)
		free(ss->all[i].frames);
	free(ss->frames);
	free(ss->all);
	free(ss->index);
	free(ss->by_frames);
	free(ss);
}

static bool frames_room(struct stacks *ss, __u32 id)
{
	size_t len = ss->frames_len ? ss->frames_len : 256;
	struct kept_frame **more;

	if (id < ss->frames_len)
		return true;
	while (len <= id)
		len *= 2;
	more = realloc(ss->frames, len * sizeof(*more));
	if (!more)
		return false;
	memset(more + ss->frames_len, 0, (len - ss->frames_len) * sizeof(*more));
	ss->frames = more;
	ss->frames_len = len;
	return true;
}

int stacks_add_frame(struct stacks *ss, const struct twt_frame *rec)
{
	struct kept_frame *k;
	struct frame f;
	char room[TWT_FRAME_TEXT];
	size_t used;

	if (rec->size < offsetof(struct twt_frame, text) || rec->size > sizeof(*rec) || !rec->id)
		return -EBADMSG;
	if (rec->id > FRAMES_MAX || ss->bytes >= STACKS_BYTES || !frames_room(ss, rec->id))
		goto full;
	if (ss->frames[rec->id])	/* stacks point at it */
		return 0;
	used = frame_read(rec, &f, room);
	k = malloc(sizeof(*k) + used);
	if (!k)
		goto full;
	k->f = f;
	memcpy(k->text, room, used);
	for (unsigned int p = 0; p < TWT_FP_MAX; p++)
		if (f.part[p])
			k->f.part[p] = k->text + (f.part[p] - room);
	ss->bytes += sizeof(*k) + used;
	ss->frames[rec->id] = k;
	return 0;
full:
	ss->dropped++;
	return -ENOSPC;
}

static __u32 *place(const struct stacks *ss, __u64 id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL) >> 40 & (INDEX_LEN - 1);

	while (ss->index[i] && ss->all[ss->index[i] - 1].id != id)
		i = (i + 1) & (INDEX_LEN - 1);
	return &ss->index[i];
}

__u32 stacks_number(struct stacks *ss, __u64 id)
{
	__u32 *at = place(ss, id);

	if (*at || !id)
		return *at;
	if (ss->n == STACKS_MAX) {
		ss->dropped++;
		return 0;
	}
	ss->all[ss->n].id = id;
	*at = ++ss->n;
	return *at;
}

/* Told anew with other frames, it stays where it was found first: what was counted there was counted. */
static __u32 join_same(struct stacks *ss, __u32 number)
{
	const struct stack *s = &ss->all[number - 1], *other;
	__u64 h = s->n + s->cut;
	size_t i;

	for (__u32 f = 0; f < s->n; f++)
		h = (h ^ s->frames[f]->id) * 0x100000001b3ULL;
	for (i = (h ^ h >> 32) & (INDEX_LEN - 1); ss->by_frames[i]; i = (i + 1) & (INDEX_LEN - 1)) {
		other = &ss->all[ss->by_frames[i] - 1];
		if (other == s || (other->n == s->n && other->cut == s->cut && !memcmp(other->frames, s->frames, s->n * sizeof(*s->frames))))
			return ss->by_frames[i];
	}
	ss->by_frames[i] = number;
	return number;
}

int stacks_add(struct stacks *ss, const struct twt_stack *rec)
{
	const struct frame **frames;
	struct stack *s;
	__u32 number;

	if (rec->size < offsetof(struct twt_stack, frames) || rec->size > sizeof(*rec) || rec->n > TWT_STACK_FRAMES ||
	    rec->size < offsetof(struct twt_stack, frames) + rec->n * sizeof(rec->frames[0]) || rec->id <= TWT_STACK_NONE_MAX)
		return -EBADMSG;
	number = ss->bytes < STACKS_BYTES ? stacks_number(ss, rec->id) : 0;
	frames = number ? calloc(rec->n ? rec->n : 1, sizeof(*frames)) : NULL;
	if (!frames) {
		ss->dropped += ss->bytes >= STACKS_BYTES || number;
		return -ENOSPC;
	}
	s = &ss->all[number - 1];
	for (__u32 i = 0; i < rec->n; i++) {
		static const struct frame nowhere;
		__u32 id = rec->frames[i];

		frames[i] = id < ss->frames_len && ss->frames[id] ? &ss->frames[id]->f : &nowhere;
	}
	if (!s->frames)
		ss->bytes += rec->n * sizeof(*frames);
	free(s->frames);
	s->frames = frames;
	s->n = rec->n;
	s->cut = rec->flags & TWT_STACK_CUT;
	if (!s->told)
		s->same = join_same(ss, number);
	s->told = true;
	return 0;
}

void stacks_count(struct stacks *ss, __u32 which, __u64 value)
{
	if (which < TWT_STK_MAX)
		ss->counts[which] = value;
}

const char *stack_count_name(unsigned int which)
{
	static const char *const names[TWT_STK_MAX] = {
		[TWT_STK_TAKEN] = "looked_at", [TWT_STK_SENT] = "new", [TWT_STK_LIMITED] = "limited", [TWT_STK_FULL] = "ring_full",
		[TWT_STK_BUSY] = "busy", [TWT_STK_ABSENT] = "page_absent", [TWT_STK_GONE] = "process_gone", [TWT_STK_DROPPED] = "dropped",
		[TWT_STK_NAMED] = "named",
	};

	return which < TWT_STK_MAX && names[which] ? names[which] : "-";
}

__u64 stacks_counted(const struct stacks *ss, enum twt_stack_count which)
{
	return ss->counts[which];
}

__u64 stacks_dropped(const struct stacks *ss)
{
	return ss->dropped;
}

const struct stack *stacks_get(const struct stacks *ss, __u32 number)
{
	return ss && number && number <= ss->n ? &ss->all[number - 1] : NULL;
}

__u32 stacks_same(const struct stacks *ss, __u32 number)
{
	const struct stack *s = stacks_get(ss, number);

	return s && s->same ? s->same : number;
}

static const struct { const char *word, *text; } why[] = {
	[0] = { "unresolved", "its functions are not known: the process was gone, or there were too many new stacks at once" },
	[TWT_STACK_NONE_EXIT] = { "exit", "closed by the end of the process: no code of its own asked for it" },
	[TWT_STACK_NONE_KERNEL] = { "kernel", "a thread of the kernel did it" },
	[TWT_STACK_NONE_UNREAD] = { "unread", "its stack was not in memory" },
};

const char *stack_why(const struct stack *s)
{
	if (!s)
		return "unknown";
	return s->n ? NULL : why[s->id < sizeof(why) / sizeof(why[0]) ? s->id : 0].word;
}

const char *stack_why_text(const struct stack *s)
{
	if (!s)
		return "not seen: it was before the tracer came, a packet did it, or nobody ever read from the socket";
	return s->n ? NULL : why[s->id < sizeof(why) / sizeof(why[0]) ? s->id : 0].text;
}

void stack_json(struct json *j, const char *key, const char *key_why, const struct stack *s)
{
	if (s && s->n) {
		json_open(j, key, '[');
		for (__u32 i = 0; i < s->n; i++)
			frame_json(j, s->frames[i]);
		json_close(j, ']');
	} else {
		json_null(j, key);
	}
	json_str(j, key_why, stack_why(s));
}

void stack_lines(struct strbuf *b, const struct stack *s, unsigned int indent, unsigned int max)
{
	for (__u32 i = 0; i < s->n && i < max; i++) {
		strbuf_addf(b, "%*s", (int)indent, "");
		frame_text(b, s->frames[i]);
		strbuf_addc(b, '\n');
	}
	if (s->n > max || s->cut)
		strbuf_addf(b, "%*s...\n", (int)indent, "");
}
