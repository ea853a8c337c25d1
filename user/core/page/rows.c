/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/page/rows.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: rows are told apart by it, not kept from anybody. */
#define FNV_BEGIN 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

static __u64 fnv(__u64 h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * FNV_PRIME;
	return h;
}

/* Members that grow by themselves: who shows them reckons from what stands still ("since_ns"). */
static bool is_clock(struct span name)
{
	static const char *const clocks[] = { "time", "ts_ns", "window_ns", "in_state_ns", "life_ns", "time_wait_seconds", "stuck_oldest_ns", "oldest_wait_ns" };

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (name.len == strlen(clocks[i]) && !memcmp(name.s, clocks[i], name.len))
			return true;
	return false;
}

static __u64 hash_of(struct span text)
{
	__u64 h = FNV_BEGIN;
	struct span name, value;
	const char *at = NULL;

	while (member_next(text, &at, &name, &value)) {
		if (is_clock(name))
			continue;
		h = fnv(h, name.s, name.len);
		h = fnv(h, value.s, value.len);
	}
	return h;
}

static __u64 key_of(struct span text, const char *const *paths)
{
	__u64 h = FNV_BEGIN;
	struct span v;

	for (; *paths; paths++) {
		if (member_at(text, *paths, &v))
			h = fnv(h, v.s, v.len);
		h = fnv(h, "", 1);
	}
	return h;
}

static bool has_key(const struct page_rows *rs, __u64 key)
{
	for (size_t i = 0; i < rs->n; i++)
		if (rs->r[i].key == key)
			return true;
	return false;
}

static int add(struct page_rows *rs, struct span text, const char *const *paths)
{
	__u64 key;

	if (rs->n == rs->cap) {
		size_t cap = rs->cap ? rs->cap * 2 : 64;
		struct page_row *grown = realloc(rs->r, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		rs->r = grown;
		rs->cap = cap;
	}
	for (key = key_of(text, paths); has_key(rs, key); key++)
		;
	rs->r[rs->n++] = (struct page_row){ text, key, hash_of(text) };
	return 0;
}

void page_rows_free(struct page_rows *rs)
{
	free(rs->r);
	memset(rs, 0, sizeof(*rs));
}

static bool is_event(struct span text, const char *event)
{
	struct span v;

	return !event || (member_at(text, "event", &v) && v.len == strlen(event) + 2 && !memcmp(v.s + 1, event, v.len - 2));
}

int page_rows_of(struct page_rows *rs, struct span text, const char *event, const char *const *paths)
{
	const char *end = text.s + text.len, *p = text.s;
	int err = 0;

	rs->n = 0;
	rs->total = 0;
	while (p < end && !err) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct span line = { p, (size_t)((newline ? newline : end) - p) };

		p = newline ? newline + 1 : end;
		if (line.len < 2 || *line.s != '{' || !is_event(line, event))
			continue;
		rs->total++;
		if (rs->n < ROWS_MAX)
			err = add(rs, line, paths);
	}
	return err;
}

/* --- differences --- */

void page_seen_free(struct page_seen *seen)
{
	free(seen->r);
	memset(seen, 0, sizeof(*seen));
}

/* Where @key was; mostly where it is now. */
static const __u64 *seen_hash(const struct page_seen *seen, __u64 key, size_t likely)
{
	if (likely < seen->n && seen->r[likely].key == key)
		return &seen->r[likely].hash;
	for (size_t i = 0; i < seen->n; i++)
		if (seen->r[i].key == key)
			return &seen->r[i].hash;
	return NULL;
}

static void add_key(struct strbuf *b, __u64 key)
{
	strbuf_addf(b, "\"%016llx\"", (unsigned long long)key);
}

/* Without what is not known: that is most of a connection. */
static void add_known(struct strbuf *b, const struct page_row *r)
{
	struct span name, value;
	const char *at = NULL;

	strbuf_adds(b, "{\"key\":");
	add_key(b, r->key);
	while (member_next(r->text, &at, &name, &value)) {
		if (member_is_null(value))
			continue;
		strbuf_adds(b, ",\"");
		strbuf_add(b, name.s, name.len);
		strbuf_adds(b, "\":");
		strbuf_add(b, value.s, value.len);
	}
	strbuf_addc(b, '}');
}

static void add_order(struct strbuf *b, const struct page_rows *rs)
{
	strbuf_adds(b, ",\"order\":[");
	for (size_t i = 0; i < rs->n; i++) {
		strbuf_adds(b, i ? "," : "");
		add_key(b, rs->r[i].key);
	}
	strbuf_addc(b, ']');
}

static int make_room(struct page_seen *seen, size_t n)
{
	struct page_was *grown;

	if (n <= seen->cap)
		return 0;
	grown = realloc(seen->r, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	seen->r = grown;
	seen->cap = n;
	return 0;
}

int page_rows_diff(struct page_seen *seen, const struct page_rows *rs, const char *view, size_t budget, struct strbuf *b)
{
	bool ordered = seen->any && seen->n == rs->n, whole = true;
	size_t start = b->len, set = 0;
	struct page_seen now = { .total = rs->total, .any = true };
	int err = make_room(&now, rs->n ? rs->n : 1);

	if (err)
		return err;
	strbuf_addf(b, "{\"view\":\"%s\",\"set\":[", view);
	for (size_t i = 0; i < rs->n; i++) {
		const __u64 *hash = seen_hash(seen, rs->r[i].key, i);

		ordered &= i < seen->n && seen->r[i].key == rs->r[i].key;
		now.r[now.n] = (struct page_was){ rs->r[i].key, hash ? *hash : 0 };
		if (hash && *hash == rs->r[i].hash) {
			now.n++;
			continue;
		}
		if (b->len - start >= budget) {		/* next time */
			whole = false;
			now.n++;
			continue;
		}
		strbuf_adds(b, set++ ? "," : "");
		add_known(b, &rs->r[i]);
		now.r[now.n++].hash = rs->r[i].hash;
	}
	strbuf_addc(b, ']');
	if (ordered && !set && whole && seen->total == rs->total) {
		b->len = start;
		if (b->s)
			b->s[start] = '\0';
		page_seen_free(&now);
		return 0;
	}
	if (!ordered)
		add_order(b, rs);
	strbuf_addf(b, ",\"total\":%llu}", (unsigned long long)rs->total);
	page_seen_free(seen);
	*seen = now;
	return b->failed ? -ENOMEM : 1;
}

void page_rows_json(const struct page_rows *rs, struct strbuf *b)
{
	strbuf_addf(b, "{\"total\":%llu,\"rows\":[", (unsigned long long)rs->total);
	for (size_t i = 0; i < rs->n; i++) {
		strbuf_adds(b, i ? ",{\"key\":" : "{\"key\":");
		add_key(b, rs->r[i].key);
		if (rs->r[i].text.len > 2)
			strbuf_addc(b, ',');
		strbuf_add(b, rs->r[i].text.s + 1, rs->r[i].text.len - 1);
	}
	strbuf_adds(b, "]}\n");
}
