/* SPDX-License-Identifier: GPL-2.0-only */
/* Places in programs, each looked up once, whatever process has it: symbol tables are searched from end to end, lines take milliseconds. */
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/stacks/frame.h"
#include "core/stacks/stacks.h"
#include "host/unwind/parts.h"

#define MODULES_MAX 4096
#define BUILD_ID_HEX 129
#define INDEX_LEN (2 * FRAMES_MAX)

struct module { char *path; char build_id[BUILD_ID_HEX]; };
struct spot { __u32 module; __u64 offset; };

struct spots {
	struct module *modules;
	__u32 n_modules, cap_modules;
	struct spot *all;
	__u32 n, cap;
	__u32 *index;		/* numbers by module and offset; open addressing, never more than half full */
};

struct spots *spots_new(void)
{
	struct spots *ps = calloc(1, sizeof(*ps));

	if (!ps)
		return NULL;
	ps->index = calloc(INDEX_LEN, sizeof(*ps->index));
	if (!ps->index) {
		free(ps);
		return NULL;
	}
	return ps;
}

void spots_free(struct spots *ps)
{
	if (!ps)
		return;
	for (__u32 i = 0; i < ps->n_modules; i++)
		free(ps->modules[i].path);
	free(ps->modules);
	free(ps->all);
	free(ps->index);
	free(ps);
}

static void build_id_hex(Dwfl_Module *dm, char ret[BUILD_ID_HEX])
{
	const unsigned char *bits = NULL;
	GElf_Addr at;
	int n = dwfl_module_build_id(dm, &bits, &at);

	ret[0] = '\0';
	for (int i = 0; i < n && 2 * i + 2 < BUILD_ID_HEX; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bits[i]);
}

/* Without what maps adds to the name of a file that is not there any more. */
static char *path_of(const char *name)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(name), tail = sizeof(deleted) - 1;

	if (len > tail && !strcmp(name + len - tail, deleted))
		len -= tail;
	return strndup(name, len);
}

/* Its number in @ps; 0: there is no room. */
static __u32 module_number(struct spots *ps, Dwfl_Module *dm)
{
	void **userdata = NULL;
	const char *name = dwfl_module_info(dm, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	struct mod *m = userdata ? *userdata : NULL;
	char build_id[BUILD_ID_HEX], *path;
	struct module *more;

	if (m && m->number)
		return m->number;
	path = path_of(name ? name : "?");
	if (!path)
		return 0;
	build_id_hex(dm, build_id);
	for (__u32 i = 0; i < ps->n_modules; i++) {
		if (strcmp(ps->modules[i].path, path) != 0 || strcmp(ps->modules[i].build_id, build_id) != 0)
			continue;
		free(path);
		if (m)
			m->number = i + 1;
		return i + 1;
	}
	if (ps->n_modules == ps->cap_modules) {
		__u32 cap = ps->cap_modules ? ps->cap_modules * 2 : 64;

		more = cap <= MODULES_MAX ? realloc(ps->modules, cap * sizeof(*more)) : NULL;
		if (!more) {
			free(path);
			return 0;
		}
		ps->modules = more;
		ps->cap_modules = cap;
	}
	ps->modules[ps->n_modules].path = path;
	memcpy(ps->modules[ps->n_modules].build_id, build_id, sizeof(build_id));
	ps->n_modules++;
	if (m)
		m->number = ps->n_modules;
	return ps->n_modules;
}

static __u32 *find(const struct spots *ps, __u32 module, __u64 offset)
{
	size_t i = ((offset ^ (__u64)module << 40) * 0x9e3779b97f4a7c15ULL) >> 40 & (INDEX_LEN - 1);

	for (; ps->index[i]; i = (i + 1) & (INDEX_LEN - 1)) {
		const struct spot *p = &ps->all[ps->index[i] - 1];

		if (p->module == module && p->offset == offset)
			break;
	}
	return &ps->index[i];
}

/* Names of @pc, as far as the module's file, or its debug file, tells. */
static void add_names(Dwfl_Module *dm, Dwarf_Addr pc, struct twt_frame *rec)
{
	void **userdata = NULL;
	char text[FRAME_PART_MAX + 1], *plain;
	const char *symbol, *file;
	const struct mod *m;
	GElf_Off in = 0;
	Dwfl_Line *line;
	GElf_Sym sym;
	int number;

	symbol = dwfl_module_addrinfo(dm, pc, &in, &sym, NULL, NULL, NULL);
	/* "connect@@GLIBC_2.2.5": which of several versions is no part of its name. */
	plain = symbol && *symbol ? strndup(symbol, strchr(symbol + 1, '@') ? (size_t)(strchr(symbol + 1, '@') - symbol) : strlen(symbol)) : NULL;
	if (plain) {
		frame_add(rec, TWT_FP_SYMBOL, demangle(plain, text, sizeof(text)));
		rec->in_symbol = in;
		free(plain);
	}
	(void)dwfl_module_info(dm, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	m = userdata ? *userdata : NULL;
	line = m && !m->large ? dwfl_module_getsrc(dm, pc) : NULL;
	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (file) {
		frame_add(rec, TWT_FP_FILE, file);
		rec->line = number > 0 ? (__u32)number : 0;
	}
}

__u32 spots_number(struct spots *ps, Dwfl_Module *dm, Dwarf_Addr pc, __u64 ts_ns, struct twt_frame *ret_rec, bool *ret_new)
{
	GElf_Addr bias = 0;
	struct spot *more;
	__u32 module, *at;

	*ret_new = false;
	if (!dm)	/* no file is mapped there */
		return 0;
	if (!dwfl_module_getelf(dm, &bias)) {	/* its file cannot be read: what is known is where it is mapped */
		Dwarf_Addr start = 0;

		(void)dwfl_module_info(dm, NULL, &start, NULL, NULL, NULL, NULL, NULL);
		bias = start;
	}
	module = module_number(ps, dm);
	at = module ? find(ps, module, pc - bias) : NULL;
	if (!at || *at || ps->n == FRAMES_MAX)
		return at ? *at : 0;
	if (ps->n == ps->cap) {
		__u32 cap = ps->cap ? ps->cap * 2 : 256;

		more = realloc(ps->all, cap * sizeof(*more));
		if (!more)
			return 0;
		ps->all = more;
		ps->cap = cap;
	}
	ps->all[ps->n++] = (struct spot){ module, pc - bias };
	*at = ps->n;
	frame_begin(ret_rec, ps->n, pc - bias, ts_ns);
	frame_add(ret_rec, TWT_FP_MODULE, ps->modules[module - 1].path);
	frame_add(ret_rec, TWT_FP_BUILD_ID, ps->modules[module - 1].build_id);
	add_names(dm, pc, ret_rec);
	*ret_new = true;
	return ps->n;
}
