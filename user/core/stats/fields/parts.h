/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the getters: field.c (the table, transitions) and conn.c (whole connections). */
#ifndef CORE_STATS_FIELDS_PARTS_H
#define CORE_STATS_FIELDS_PARTS_H
#include <string.h>
#include "core/stats/fields/field.h"

static inline void put_u64(struct field_value *v, __u64 u)
{
	v->type = FT_U64;
	v->u = u;
}

static inline void put_ns(struct field_value *v, __u64 ns)
{
	v->type = FT_NS;
	v->u = ns;
}

static inline void put_text(struct field_value *v, const char *s)
{
	size_t n = strlen(s);

	if (n > sizeof(v->s) - 1)
		n = sizeof(v->s) - 1;
	v->type = FT_STR;
	memcpy(v->s, s, n);
	v->s[n] = '\0';
}

static inline void put_diff(struct field_value *v, long long ns)
{
	v->type = FT_DIFF;
	v->u = (__u64)ns;
}

static inline void put_real(struct field_value *v, double real, unsigned int decimals)
{
	v->type = FT_REAL;
	v->real = real;
	v->u = decimals;
}

/* "-" is how the name functions say unknown. */
static inline void put_str(struct field_value *v, const char *s)
{
	if (strcmp(s, "-") != 0)
		put_text(v, s);
}

static inline void put_bool(struct field_value *v, bool on)
{
	v->type = FT_BOOL;
	v->u = on;
}

static inline void put_strbuf(struct field_value *v, struct strbuf *b)
{
	if (!b->failed)
		put_str(v, b->s);
	strbuf_free(b);
}

static inline void put_pid(struct field_value *v, const struct actor *a)
{
	if (a)
		put_u64(v, a->tgid);
}

static inline void put_comm(struct field_value *v, const struct actor *a)
{
	if (a)
		put_text(v, a->comm);	/* "-" is a name that a process may have */
}

/* field.c: of any table; they need no connection */
void get_time(const struct field_src *src, struct field_value *v);
void get_ts(const struct field_src *src, struct field_value *v);
void get_clock(const struct field_src *src, struct field_value *v);
void get_host(const struct field_src *src, struct field_value *v);

/* write.c */
#define FIELD_DIGITS 24
/* @v as it stands in a line of text: "-" for none, ms of ns. In @v or in @digits. */
const char *field_value_text(struct field_value *v, char digits[FIELD_DIGITS]);

/* conn.c */
void get_opened(const struct field_src *src, struct field_value *v);
void get_opener_pid(const struct field_src *src, struct field_value *v);
void get_opener_comm(const struct field_src *src, struct field_value *v);
void get_owner_pid(const struct field_src *src, struct field_value *v);
void get_owner_comm(const struct field_src *src, struct field_value *v);
void get_closer_pid(const struct field_src *src, struct field_value *v);
void get_closer_comm(const struct field_src *src, struct field_value *v);
void get_kernel(const struct field_src *src, struct field_value *v);
void get_cgroup(const struct field_src *src, struct field_value *v);
void get_bytes_acked(const struct field_src *src, struct field_value *v);
void get_bytes_received(const struct field_src *src, struct field_value *v);
void get_tw_ns(const struct field_src *src, struct field_value *v);
void get_life_ns(const struct field_src *src, struct field_value *v);
void get_began_before(const struct field_src *src, struct field_value *v);
void get_ending(const struct field_src *src, struct field_value *v);

/* name.c */
void get_cgroup_path(const struct field_src *src, struct field_value *v);
void get_runtime(const struct field_src *src, struct field_value *v);
void get_container(const struct field_src *src, struct field_value *v);
void get_container_name(const struct field_src *src, struct field_value *v);
void get_image(const struct field_src *src, struct field_value *v);
void get_pod(const struct field_src *src, struct field_value *v);
void get_pod_namespace(const struct field_src *src, struct field_value *v);
void get_unit(const struct field_src *src, struct field_value *v);
void get_netns_name(const struct field_src *src, struct field_value *v);
void get_netns_shown(const struct field_src *src, struct field_value *v);
void get_place(const struct field_src *src, struct field_value *v);

/* wire.c */
void get_bytes_sent(const struct field_src *src, struct field_value *v);
void get_bytes_retrans(const struct field_src *src, struct field_value *v);
void get_segs_out(const struct field_src *src, struct field_value *v);
void get_segs_in(const struct field_src *src, struct field_value *v);
void get_retrans_segs(const struct field_src *src, struct field_value *v);
void get_reord_seen(const struct field_src *src, struct field_value *v);
void get_mss(const struct field_src *src, struct field_value *v);
void get_busy_ns(const struct field_src *src, struct field_value *v);
void get_rwnd_limited_ns(const struct field_src *src, struct field_value *v);
void get_sndbuf_limited_ns(const struct field_src *src, struct field_value *v);
void get_keepalive(const struct field_src *src, struct field_value *v);
void get_ecn(const struct field_src *src, struct field_value *v);
void get_fastopen(const struct field_src *src, struct field_value *v);
void get_srtt_us(const struct field_src *src, struct field_value *v);
void get_min_rtt_us(const struct field_src *src, struct field_value *v);
void get_syn_retrans(const struct field_src *src, struct field_value *v);
#endif
