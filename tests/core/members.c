/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * members OBJECT BTF: does what the BPF object believes about kernel types hold for this kernel?
 *
 * CO-RE relocates the place of a member, not its width: a __u16 that became a __u32 would load and read half. So every
 * member of every struct of the object that the kernel has too must have the same size there. And every hook that is
 * not optional must exist.
 *
 * Prints one line per breach and a line with what was compared. Exit code 1 if there was a breach or nothing to compare.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned int n_members, n_hooks, n_breaches;

/* Without modifiers and typedefs. */
static const struct btf_type *plain(const struct btf *btf, __u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

static const char *name_of(const struct btf *btf, __u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* Length of a name without its flavour, the part from "___" on. */
static size_t essential(const char *name)
{
	const char *flavour = strstr(name, "___");

	return flavour && flavour != name ? (size_t)(flavour - name) : strlen(name);
}

static long long bits(const struct btf *btf, const struct btf_type *t, unsigned int i)
{
	__u32 width = btf_member_bitfield_size(t, i);

	return width ? width : btf__resolve_size(btf, btf_members(t)[i].type) * 8;
}

/* Member @name of @t, or of an anonymous struct or union in it. Returns its owner, the index in @ret_i; NULL if there is none. */
static const struct btf_type *find_member(const struct btf *btf, const struct btf_type *t, const char *name, unsigned int *ret_i)
{
	unsigned int i;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *have = name_of(btf, m->name_off);
		const struct btf_type *inner, *found;

		if (!strcmp(have, name)) {
			*ret_i = i;
			return t;
		}
		inner = plain(btf, m->type);
		if (*have || !inner || !btf_is_composite(inner))
			continue;
		found = find_member(btf, inner, name, ret_i);
		if (found)
			return found;
	}
	return NULL;
}

static void compare(const struct btf *ours, const struct btf_type *t, const struct btf *theirs, const struct btf_type *other,
		    const char *root)
{
	unsigned int i, j = 0;

	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *name = name_of(ours, m->name_off);
		const struct btf_type *inner = plain(ours, m->type), *owner, *match;
		bool unnamed = inner && btf_is_composite(inner) && !*name_of(ours, inner->name_off);

		if (!*name) {
			if (unnamed)
				compare(ours, inner, theirs, other, root);
			continue;
		}
		owner = find_member(theirs, other, name, &j);
		if (!owner)
			continue;	/* whether it may be missing is the relocation check's question */
		match = plain(theirs, btf_members(owner)[j].type);
		if (unnamed && match && btf_is_composite(match)) {
			compare(ours, inner, theirs, match, root);	/* atomic_t and the like */
		} else if (btf_member_bitfield_size(t, i)) {
			continue;	/* BPF_CORE_READ_BITFIELD relocates the width, too */
		} else if (inner && !btf_is_composite(inner)) {
			long long want = bits(ours, t, i), have = bits(theirs, owner, j);

			n_members++;
			if (want == have)
				continue;
			n_breaches++;
			printf("struct %s: %s has %lld bits here and %lld in vmlinux.h\n", root, name, have, want);
		}
	}
}

static void compare_structs(const struct btf *ours, const struct btf *theirs)
{
	__u32 i, j;

	for (i = 1; i < btf__type_cnt(ours); i++) {
		const struct btf_type *t = btf__type_by_id(ours, i);
		const char *name = name_of(ours, t->name_off);
		size_t len = essential(name);

		if (!btf_is_composite(t) || !len)
			continue;
		/* All that have the name: where kernel types could not be merged there are several. */
		for (j = 1; j < btf__type_cnt(theirs); j++) {
			const struct btf_type *other = btf__type_by_id(theirs, j);
			const char *have = name_of(theirs, other->name_off);

			if (btf_kind(other) == btf_kind(t) && !strncmp(have, name, len) && !have[len])
				compare(ours, t, theirs, other, have);
		}
	}
}

static void check_hooks(const struct bpf_object *obj, const struct btf *kernel)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		const char *section = bpf_program__section_name(prog);
		char name[128];
		__u32 kind;

		section += *section == '?';
		if (!strncmp(section, "tp_btf/", 7)) {
			snprintf(name, sizeof(name), "btf_trace_%s", section + 7);
			kind = BTF_KIND_TYPEDEF;
		} else if (!strncmp(section, "iter/", 5)) {
			snprintf(name, sizeof(name), "bpf_iter_%s", section + 5);
			kind = BTF_KIND_FUNC;
		} else {
			continue;
		}
		n_hooks++;
		if (btf__find_by_name_kind(kernel, name, kind) > 0)
			continue;
		if (!bpf_program__autoload(prog))
			continue;
		n_breaches++;
		printf("%s: the kernel has no %s\n", section, name);
	}
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct btf *kernel;

	if (argc != 3) {
		fprintf(stderr, "usage: members OBJECT BTF\n");
		return 64;
	}
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	obj = bpf_object__open_file(argv[1], NULL);
	if (!obj) {
		fprintf(stderr, "members: cannot open %s\n", argv[1]);
		return 1;
	}
	kernel = btf__parse(argv[2], NULL);
	if (!kernel) {
		fprintf(stderr, "members: cannot read %s\n", argv[2]);
		bpf_object__close(obj);
		return 1;
	}
	compare_structs(bpf_object__btf(obj), kernel);
	check_hooks(obj, kernel);
	printf("%u members and %u hooks compared\n", n_members, n_hooks);
	btf__free(kernel);
	bpf_object__close(obj);
	return n_breaches || !n_members || !n_hooks;
}
