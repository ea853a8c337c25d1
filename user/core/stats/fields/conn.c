// SPDX-License-Identifier: GPL-2.0-only
/* What can be shown about a connection as a whole. */
#include "core/stats/fields/parts.h"
#include "core/text/fmt.h"

static const struct actor *opener_of(const struct field_src *src)
{
	return actors_get(src->actors, src->conn->opener);
}

static const struct actor *owner_of(const struct field_src *src)
{
	return actors_get(src->actors, src->conn->owner);
}

static const struct actor *closer_of(const struct field_src *src)
{
	return actors_get(src->actors, src->conn->closer);
}

static bool began_before(const struct field_src *src)
{
	return src->conn->flags & CONN_BEGAN_BEFORE;
}

void get_opened(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	if (began_before(src))
		return;
	fmt_rfc3339(&b, (long long)src->conn->born_ns + src->clock_offset);
	put_strbuf(v, &b);
}

void get_opener_pid(const struct field_src *src, struct field_value *v)
{
	put_pid(v, opener_of(src));
}

void get_opener_comm(const struct field_src *src, struct field_value *v)
{
	put_comm(v, opener_of(src));
}

void get_owner_pid(const struct field_src *src, struct field_value *v)
{
	put_pid(v, owner_of(src));
}

void get_owner_comm(const struct field_src *src, struct field_value *v)
{
	put_comm(v, owner_of(src));
}

void get_closer_pid(const struct field_src *src, struct field_value *v)
{
	put_pid(v, closer_of(src));
}

void get_closer_comm(const struct field_src *src, struct field_value *v)
{
	put_comm(v, closer_of(src));
}

void get_kernel(const struct field_src *src, struct field_value *v)
{
	put_bool(v, src->conn->flags & CONN_KERNEL);
}

void get_cgroup(const struct field_src *src, struct field_value *v)
{
	const struct actor *owner = owner_of(src);

	if (owner && owner->cgroup)
		put_u64(v, owner->cgroup);
}

/* The kernel tells them with the full socket's -> CLOSE. Without that event there is nothing to say. */
static bool bytes_known(const struct conn *c)
{
	return (c->closed_as || c->wire) && (!(c->flags & CONN_GAP) || c->bytes_acked || c->bytes_received);
}

void get_bytes_acked(const struct field_src *src, struct field_value *v)
{
	if (bytes_known(src->conn))
		put_u64(v, src->conn->bytes_acked);
}

void get_bytes_received(const struct field_src *src, struct field_value *v)
{
	if (bytes_known(src->conn))
		put_u64(v, src->conn->bytes_received);
}

void get_tw_ns(const struct field_src *src, struct field_value *v)
{
	const struct conn *c = src->conn;

	if (c->state != ST_TIME_WAIT && c->states_seen & ~c->states_unknown & 1U << ST_TIME_WAIT)
		put_ns(v, c->in_ns[ST_TIME_WAIT]);
}

void get_life_ns(const struct field_src *src, struct field_value *v)
{
	const struct conn *c = src->conn;
	__u64 end = src->tr ? src->tr->ts_ns : src->now_ns;

	if (!began_before(src))
		put_ns(v, end > c->born_ns ? end - c->born_ns : 0);
}

void get_began_before(const struct field_src *src, struct field_value *v)
{
	put_bool(v, began_before(src));
}

static void add(struct strbuf *b, const char *text)
{
	if (b->len)
		strbuf_adds(b, ", ");
	strbuf_adds(b, text);
}

/* What the other columns do not say: why it was aborted, how TIME_WAIT ended and by whom, what is not known. */
void get_ending(const struct field_src *src, struct field_value *v)
{
	const struct actor *ender = actors_get(src->actors, src->conn->tw_ender);
	const struct conn *c = src->conn;
	struct strbuf b = { 0 };

	if (c->reason != REASON_NONE)
		add(&b, close_reason_name(c->reason));
	if (c->tw_end == TW_END_OVERFLOW)
		add(&b, "no TIME_WAIT: table full");
	else if (c->tw_end != TW_END_NONE)
		add(&b, tw_end_name(c->tw_end));
	if (ender)
		strbuf_addf(&b, " by %u/%s", ender->tgid, ender->comm);
	if (began_before(src))
		add(&b, "began before");
	if (c->flags & CONN_GAP)
		add(&b, "healed");
	if (b.len)
		put_text(v, b.s);
	strbuf_free(&b);
}
