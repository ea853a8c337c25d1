// SPDX-License-Identifier: GPL-2.0-only
#include "host/kernel_facts.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <bpf/btf.h>

/* Offset of member @name in bits, through anonymous structs and unions; -1 if @type has none. */
static long member_offset(const struct btf *btf, const struct btf_type *type, const char *name)
{
	const struct btf_member *m = btf_members(type);
	int i;

	for (i = 0; i < btf_vlen(type); i++) {
		const char *member = btf__name_by_offset(btf, m[i].name_off);
		const struct btf_type *inner = btf__type_by_id(btf, m[i].type);
		long offset = btf_member_bit_offset(type, i), in;

		if (!strcmp(member, name))
			return offset;
		if (!*member && btf_is_composite(inner)) {
			in = member_offset(btf, inner, name);
			if (in >= 0)
				return offset + in;
		}
	}
	return -1;
}

static unsigned long pcpu_hot_offset(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "pcpu_hot", BTF_KIND_STRUCT);
	long bits = id > 0 ? member_offset(btf, btf__type_by_id(btf, id), "preempt_count") : -1;

	return bits > 0 ? (unsigned long)bits / 8 : 0;
}

/* How many arguments a tracepoint's programs get; @name is "btf_trace_...", a pointer to a function with one more. */
static int tracepoint_args(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	type = type ? btf__type_by_id(btf, type->type) : NULL;
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : 0;
}

static int has_helper(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM), i;
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (i = 0; type && i < btf_vlen(type); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_enum(type)[i].name_off), name))
			return 1;
	}
	return 0;
}

static bool has_member(const struct btf *btf, const char *type, const char *name)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);

	return id > 0 && member_offset(btf, btf__type_by_id(btf, id), name) >= 0;
}

int kernel_facts_read(struct kernel_facts *ret)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return -errno;
	ret->has = (tracepoint_args(btf, "btf_trace_kfree_skb") >= 4 ? FACT_RX_SK : 0) |
		   (tracepoint_args(btf, "btf_trace_tcp_send_reset") >= 3 ? FACT_RESET_REASON : 0) |
		   (has_helper(btf, "BPF_FUNC_get_func_ret") ? FACT_FUNC_RET : 0) |
		   (btf__find_by_name_kind(btf, "inet_bind2_bucket", BTF_KIND_STRUCT) > 0 ? FACT_BIND_BY_ADDRESS : 0) |
		   (has_member(btf, "inet_bind2_bucket", "addr_type") ? FACT_BIND_MAPPED_ANY : 0) |
		   (btf__find_by_name_kind(btf, "sock_i_uid", BTF_KIND_FUNC) > 0 ? FACT_UID_OF_INODE : 0);
	ret->pcpu_hot_offset = pcpu_hot_offset(btf);
	btf__free(btf);
	return 0;
}
