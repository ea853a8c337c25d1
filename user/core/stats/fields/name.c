// SPDX-License-Identifier: GPL-2.0-only
/* Whose container, pod and unit the owner is in, and what the network namespace is called, where the stream has names. */
#include <stdio.h>
#include "core/stats/fields/parts.h"

static const struct name *name_of(const struct field_src *src)
{
	return actors_name(src->actors, src->conn->owner);
}

static void put_part(struct field_value *v, const struct name *n, enum twt_name_part part)
{
	const char *s = name_part(n, part);

	if (s)
		put_text(v, s);
}

static const char *netns_name(const struct field_src *src)
{
	return name_part(names_netns(actors_names(src->actors), src->conn->netns), TWT_NP_NETNS);
}

void get_cgroup_path(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_PATH);
}

void get_runtime(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_RUNTIME);
}

void get_container(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_CONTAINER);
}

void get_container_name(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_CONTAINER_NAME);
}

void get_image(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_IMAGE);
}

void get_pod(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_POD);
}

void get_pod_namespace(const struct field_src *src, struct field_value *v)
{
	put_part(v, name_of(src), TWT_NP_POD_NAMESPACE);
}

void get_unit(const struct field_src *src, struct field_value *v)
{
	const char *s = name_unit(name_of(src));

	if (s)
		put_text(v, s);
}

void get_netns_name(const struct field_src *src, struct field_value *v)
{
	const char *s = netns_name(src);

	if (s)
		put_text(v, s);
}

/* For people: the number where it has no name. */
void get_netns_shown(const struct field_src *src, struct field_value *v)
{
	get_netns_name(src, v);
	if (v->type == FT_NONE)
		put_u64(v, src->conn->netns);
}

/* In one word: the container, else the pod, else the unit. */
void get_place(const struct field_src *src, struct field_value *v)
{
	struct strbuf b = { 0 };

	if (name_label(name_of(src), &b) && !b.failed)
		put_text(v, b.s);
	strbuf_free(&b);
}
