// SPDX-License-Identifier: GPL-2.0-only
#include "core/event/names.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/record.h"

#define HEAD offsetof(struct twt_name, text)
#define PATH_MAX_KEPT 4095
#define FIRST 64

struct name {
	__u64 id;
	__u32 of;
	__u32 group[NAME_BY_MAX];
	__u16 at[TWT_NP_MAX];	/* in text, plus 1; 0: not known */
	char text[];
};

/* Numbers of containers, pods, units by the key that tells them apart. */
struct group { char *key; const struct name *newest; };

struct names {
	struct name **all;	/* in use or replaced: pointers stay good */
	size_t n, cap;
	__u32 *index;		/* of the newest by (of, id): number in @all plus 1; open addressing, half empty */
	size_t index_len;
	size_t bytes;
	__u64 dropped;
	struct { struct group *g; size_t n, cap; __u32 *index; size_t index_len; } groups[NAME_BY_MAX];
};

/* --- records ----------------------------------------------------------------------------------------------------------- */

void name_begin(struct twt_name *rec, enum twt_name_of of, __u64 id, __u64 ts_ns)
{
	memset(rec, 0, sizeof(*rec));
	rec->size = HEAD;
	rec->version = TWT_VERSION;
	rec->kind = TWT_NAME;
	rec->ts_ns = ts_ns;
	rec->id = id;
	rec->of = of;
}

static size_t kept_of(unsigned int part)
{
	return part == TWT_NP_PATH ? PATH_MAX_KEPT : NAME_PART_MAX;
}

void name_add(struct twt_name *rec, enum twt_name_part part, const char *text)
{
	rec->size = (__u16)(HEAD + record_part_add(rec->text, sizeof(rec->text), rec->size - HEAD, part, text, kept_of(part)));
}

/* Parts of a newer writer are skipped; of one that comes twice the first counts. */
static struct name *decode(const struct twt_name *rec, size_t *ret_bytes)
{
	const __u8 *p = rec->text, *end = rec->text + (rec->size - HEAD);
	size_t bytes = sizeof(struct name), used = 0;
	struct record_part part;
	struct name *n;

	bytes += (size_t)(end - p) + TWT_NP_MAX;
	n = calloc(1, bytes);
	if (!n)
		return NULL;
	n->id = rec->id;
	n->of = rec->of;
	while (record_part_next(&p, end, &part)) {
		size_t max = kept_of(part.part), len = part.len < max ? part.len : max;

		if (!part.part || part.part >= TWT_NP_MAX || n->at[part.part])
			continue;
		n->at[part.part] = (__u16)(used + 1);
		memcpy(n->text + used, part.text, len);
		used += len + 1;
	}
	*ret_bytes = bytes;
	return n;
}

/* --- the table --------------------------------------------------------------------------------------------------------- */

struct names *names_new(void)
{
	struct names *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->index_len = FIRST;
	ns->index = calloc(ns->index_len, sizeof(*ns->index));
	if (!ns->index) {
		free(ns);
		return NULL;
	}
	return ns;
}

void names_free(struct names *ns)
{
	size_t i;

	if (!ns)
		return;
	for (i = 0; i < ns->n; i++)
		free(ns->all[i]);
	for (int by = 0; by < NAME_BY_MAX; by++) {
		for (i = 0; i < ns->groups[by].n; i++)
			free(ns->groups[by].g[i].key);
		free(ns->groups[by].g);
		free(ns->groups[by].index);
	}
	free(ns->all);
	free(ns->index);
	free(ns);
}

static __u32 *place(const struct names *ns, __u32 of, __u64 id)
{
	size_t mask = ns->index_len - 1, i = ((id ^ (__u64)of << 60) * 0x9e3779b97f4a7c15ULL) >> 40 & mask;

	for (; ns->index[i]; i = (i + 1) & mask) {
		const struct name *n = ns->all[ns->index[i] - 1];

		if (n->id == id && n->of == of)
			break;
	}
	return &ns->index[i];
}

static bool make_room(struct names *ns)
{
	struct name **all;
	__u32 *index, *old = ns->index;
	size_t cap;

	if (ns->n == ns->cap) {
		cap = ns->cap ? ns->cap * 2 : FIRST / 2;
		all = realloc(ns->all, cap * sizeof(*all));
		if (!all)
			return false;
		ns->all = all;
		ns->cap = cap;
	}
	if (ns->n * 2 < ns->index_len)
		return true;
	index = calloc(ns->index_len * 2, sizeof(*index));
	if (!index)
		return false;
	ns->index = index;
	ns->index_len *= 2;
	for (size_t i = 0; i < ns->n; i++)	/* in their order: the newest of each wins */
		*place(ns, ns->all[i]->of, ns->all[i]->id) = (__u32)i + 1;
	free(old);
	return true;
}

/* --- groups ------------------------------------------------------------------------------------------------------------ */

static const char *or_nothing(const char *s)
{
	return s ? s : "";
}

/* What tells this container, pod or unit from all others. False: there is none. */
static bool group_key(const struct name *n, enum name_by by, struct strbuf *b)
{
	const char *s;

	switch (by) {
	case NAME_BY_CONTAINER:
		s = name_part(n, TWT_NP_CONTAINER);
		if (s)
			strbuf_addf(b, "%s/%s/%s", or_nothing(name_part(n, TWT_NP_RUNTIME)), or_nothing(name_part(n, TWT_NP_OUTER)), s);
		break;
	case NAME_BY_POD:
		s = name_part(n, TWT_NP_POD_UID);
		if (s)
			strbuf_adds(b, s);
		else if (name_part(n, TWT_NP_POD))
			strbuf_addf(b, "%s/%s", or_nothing(name_part(n, TWT_NP_POD_NAMESPACE)), name_part(n, TWT_NP_POD));
		break;
	case NAME_BY_UNIT:
		if (name_unit(n))
			strbuf_addf(b, "%s/%s/%s", or_nothing(name_part(n, TWT_NP_CONTAINER)), or_nothing(name_part(n, TWT_NP_UNIT)),
				    or_nothing(name_part(n, TWT_NP_USER_UNIT)));
		break;
	case NAME_BY_MAX:
		break;
	}
	return b->len && !b->failed;
}

static size_t hash_text(const char *s)
{
	__u64 h = 0xcbf29ce484222325ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	return (size_t)(h ^ h >> 32);
}

static __u32 *group_place(const struct names *ns, enum name_by by, const char *key)
{
	size_t mask = ns->groups[by].index_len - 1, i = hash_text(key) & mask;
	const __u32 *index = ns->groups[by].index;

	while (index[i] && strcmp(ns->groups[by].g[index[i] - 1].key, key) != 0)
		i = (i + 1) & mask;
	return &ns->groups[by].index[i];
}

static bool group_room(struct names *ns, enum name_by by)
{
	size_t cap, n = ns->groups[by].n;
	struct group *g;
	__u32 *index;

	if (n < ns->groups[by].cap)
		return true;
	cap = n ? n * 2 : FIRST;
	g = realloc(ns->groups[by].g, cap * sizeof(*g));
	if (!g)
		return false;
	ns->groups[by].g = g;
	index = calloc(cap * 2, sizeof(*index));
	if (!index)
		return false;
	free(ns->groups[by].index);
	ns->groups[by].index = index;
	ns->groups[by].index_len = cap * 2;
	ns->groups[by].cap = cap;
	for (size_t i = 0; i < n; i++)
		*group_place(ns, by, g[i].key) = (__u32)i + 1;
	return true;
}

/* Without memory it has no group: it is counted with those that have none. */
static __u32 join_group(struct names *ns, const struct name *n, enum name_by by)
{
	struct strbuf key = { 0 };
	__u32 *at, number = 0;
	char *copy;

	if (!group_key(n, by, &key) || !group_room(ns, by))
		goto out;
	at = group_place(ns, by, key.s);
	if (!*at) {
		copy = strdup(key.s);
		if (!copy)
			goto out;
		ns->groups[by].g[ns->groups[by].n++].key = copy;
		*at = (__u32)ns->groups[by].n;
		ns->bytes += key.len;
	}
	number = *at;
	ns->groups[by].g[number - 1].newest = n;
out:
	strbuf_free(&key);
	return number;
}

int names_add(struct names *ns, const struct twt_name *rec)
{
	struct name *n;
	size_t bytes;

	if (rec->size < HEAD || rec->size > sizeof(*rec) || !rec->of || rec->of > TWT_NAME_NETNS)
		return -EBADMSG;
	if (ns->n >= NAMES_MAX || ns->bytes >= NAMES_BYTES || !make_room(ns))
		goto full;
	n = decode(rec, &bytes);
	if (!n)
		goto full;
	ns->bytes += bytes;
	ns->all[ns->n++] = n;
	*place(ns, n->of, n->id) = (__u32)ns->n;
	for (int by = 0; by < NAME_BY_MAX && n->of == TWT_NAME_CGROUP; by++)
		n->group[by] = join_group(ns, n, (enum name_by)by);
	return 0;
full:
	ns->dropped++;
	return -ENOSPC;
}

__u64 names_dropped(const struct names *ns)
{
	return ns->dropped;
}

static const struct name *find(const struct names *ns, __u32 of, __u64 id)
{
	__u32 at = ns && id ? *place(ns, of, id) : 0;

	return at ? ns->all[at - 1] : NULL;
}

const struct name *names_cgroup(const struct names *ns, __u64 id)
{
	return find(ns, TWT_NAME_CGROUP, id);
}

const struct name *names_netns(const struct names *ns, __u32 inode)
{
	return find(ns, TWT_NAME_NETNS, inode);
}

const char *name_part(const struct name *n, enum twt_name_part part)
{
	return n && n->at[part] ? n->text + n->at[part] - 1 : NULL;
}

const char *name_unit(const struct name *n)
{
	const char *s = name_part(n, TWT_NP_USER_UNIT);

	return s ? s : name_part(n, TWT_NP_UNIT);
}

__u32 name_group(const struct name *n, enum name_by by)
{
	return n ? n->group[by] : 0;
}

const struct name *names_of_group(const struct names *ns, enum name_by by, __u32 group)
{
	return ns && group && group <= ns->groups[by].n ? ns->groups[by].g[group - 1].newest : NULL;
}

int names_foreach(const struct names *ns, int (*fn)(void *ctx, const struct name *n), void *ctx)
{
	int err = 0;

	for (size_t i = 0; i < ns->n && !err; i++) {
		if (*place(ns, ns->all[i]->of, ns->all[i]->id) == i + 1)
			err = fn(ctx, ns->all[i]);
	}
	return err;
}

void name_record(const struct name *n, __u64 ts_ns, struct twt_name *ret)
{
	name_begin(ret, (enum twt_name_of)n->of, n->id, ts_ns);
	for (unsigned int part = 1; part < TWT_NP_MAX; part++)
		name_add(ret, (enum twt_name_part)part, name_part(n, (enum twt_name_part)part));
}

static bool label_container(const struct name *n, struct strbuf *b)
{
	const char *id = name_part(n, TWT_NP_CONTAINER), *name = name_part(n, TWT_NP_CONTAINER_NAME);
	const char *pod = name_part(n, TWT_NP_POD);

	if (!id)
		return false;
	if (pod)
		strbuf_addf(b, "%s/%s/", or_nothing(name_part(n, TWT_NP_POD_NAMESPACE)), pod);
	if (name)
		strbuf_adds(b, name);
	else
		strbuf_addf(b, strlen(id) == 64 ? "%.12s" : "%s", id);
	return true;
}

bool name_label_by(const struct name *n, enum name_by by, struct strbuf *b)
{
	const char *s;

	switch (by) {
	case NAME_BY_CONTAINER:
		return label_container(n, b);
	case NAME_BY_POD:
		s = name_part(n, TWT_NP_POD);
		if (s)
			strbuf_addf(b, "%s/%s", or_nothing(name_part(n, TWT_NP_POD_NAMESPACE)), s);
		else if ((s = name_part(n, TWT_NP_POD_UID)))
			strbuf_adds(b, s);
		return s != NULL;
	case NAME_BY_UNIT:
		s = name_unit(n);
		if (s)
			strbuf_adds(b, s);
		return s != NULL;
	case NAME_BY_MAX:
		break;
	}
	return false;
}

bool name_label(const struct name *n, struct strbuf *b)
{
	return name_label_by(n, NAME_BY_CONTAINER, b) || name_label_by(n, NAME_BY_POD, b) || name_label_by(n, NAME_BY_UNIT, b);
}
