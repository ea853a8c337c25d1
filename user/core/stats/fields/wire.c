/* SPDX-License-Identifier: GPL-2.0-only */
/* What the wire did to a connection; nothing where the run did not look, or the kernel did not measure. */
#include "core/stats/fields/parts.h"

#define GET(name, member)                                                                   \
	void get_##name(const struct field_src *src, struct field_value *v)                 \
	{                                                                                   \
		if (src->conn->wire)                                                        \
			put_u64(v, src->conn->wire->member);                                \
	}
#define GET_NS(name)                                                                        \
	void get_##name(const struct field_src *src, struct field_value *v)                 \
	{                                                                                   \
		if (src->conn->wire)                                                        \
			put_ns(v, src->conn->wire->name);                                   \
	}
#define GET_FLAG(name, flag)                                                                \
	void get_##name(const struct field_src *src, struct field_value *v)                 \
	{                                                                                   \
		if (src->conn->wire)                                                        \
			put_bool(v, src->conn->wire->flags & (flag));                       \
	}

GET(bytes_sent, bytes_sent)
GET(bytes_retrans, bytes_retrans)
GET(segs_out, segs_out)
GET(segs_in, segs_in)
GET(retrans_segs, retrans_segs)
GET(reord_seen, reord_seen)
GET(mss, mss)
GET_NS(busy_ns)
GET_NS(rwnd_limited_ns)
GET_NS(sndbuf_limited_ns)
GET_FLAG(keepalive, TWT_WIRE_KEEPALIVE)
GET_FLAG(ecn, TWT_WIRE_ECN)
GET_FLAG(fastopen, TWT_WIRE_FASTOPEN)

/* 0 is no round trip. */
static void put_rtt(struct field_value *v, __u32 us)
{
	if (us)
		put_u64(v, us);
}

void get_srtt_us(const struct field_src *src, struct field_value *v)
{
	if (src->conn->wire)
		put_rtt(v, src->conn->wire->srtt_us);
}

void get_min_rtt_us(const struct field_src *src, struct field_value *v)
{
	if (src->conn->wire)
		put_rtt(v, src->conn->wire->min_rtt_us);
}

void get_syn_retrans(const struct field_src *src, struct field_value *v)
{
	if (src->conn->wire && src->conn->wire->syn_known)
		put_u64(v, src->conn->wire->syn_retrans);
}
