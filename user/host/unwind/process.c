/* SPDX-License-Identifier: GPL-2.0-only */
/* One process's modules, and the way up its stack. */
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arch.h"
#include "core/stacks/cfi.h"
#include "host/proc.h"
#include "host/unwind/parts.h"

#define MAPS_MAX (8UL << 20)
#define STEPS_MAX (4 * TWT_STACK_FRAMES)
#define LINES_MAX (256LL << 20)		/* size of a file in which lines are looked for */

/* --- what libdwfl asks --- */

/* In memory: the file was read, not mapped. A file without sections stays as it is. */
static void put_right(Elf *elf)
{
	size_t names;
	GElf_Shdr h;
	const char *name;
	Elf_Data *d;

	if (elf_getshdrstrndx(elf, &names))
		return;
	for (Elf_Scn *s = elf_nextscn(elf, NULL); s; s = elf_nextscn(elf, s)) {
		name = gelf_getshdr(s, &h) ? elf_strptr(elf, names, h.sh_name) : NULL;
		if (!name || strcmp(name, ".eh_frame") != 0 || h.sh_type == SHT_NOBITS)
			continue;
		d = elf_rawdata(s, NULL);	/* what libdw reads, too */
		if (d && d->d_buf)
			(void)cfi_blank(d->d_buf, d->d_size, CFI_NEGATE_RA_STATE);
	}
}

static int find_elf(Dwfl_Module *dm, void **userdata, const char *name, Dwarf_Addr base, char **ret_name, Elf **ret_elf)
{
	struct mod *m = *userdata;
	struct stat st;
	int fd;

	(void)dm;
	fd = m ? file_of_mapping(m->process, base, name) : -1;
	if (fd < 0)
		return -1;
	m->large = fstat(fd, &st) || st.st_size > LINES_MAX;
	*ret_elf = elf_begin(fd, ELF_C_READ, NULL);
	*ret_name = strdup(name);
	if (*ret_elf && *ret_name && elf_kind(*ret_elf) == ELF_K_ELF) {
		if (ARCH_SIGNS_RETURNS)
			put_right(*ret_elf);
		return fd;
	}
	(void)elf_end(*ret_elf);
	*ret_elf = NULL;
	free(*ret_name);
	*ret_name = NULL;
	close(fd);
	return -1;
}

/* By its build id, below /usr/lib/debug alone: what a link in somebody's file names is not opened. */
static int find_debuginfo(Dwfl_Module *dm, void **userdata, const char *name, Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word crc, char **ret_name)
{
	return dwfl_build_id_find_debuginfo(dm, userdata, name, base, file, link, crc, ret_name);
}

static char debug_path[] = "/usr/lib/debug", *debug_paths = debug_path;

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf, .find_debuginfo = find_debuginfo, .debuginfo_path = &debug_paths,
};

static pid_t next_thread(Dwfl *dwfl, void *ctx, void **thread)
{
	struct process *p = ctx;

	(void)dwfl;
	if (*thread)
		return 0;
	*thread = p;
	return (pid_t)p->tgid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *ctx, void **thread)
{
	struct process *p = ctx;

	(void)dwfl;
	*thread = p;
	return tid == (pid_t)p->tgid;
}

/* @word, or the return address that was signed in it, if it points into a file that is mapped. */
static Dwarf_Word unsigned_word(const struct process *p, Dwarf_Word word)
{
	Dwarf_Word address = code_address(word);

	return address == word || !dwfl_addrmodule(p->dwfl, address) ? word : address;
}

/* Of the copied piece, and nothing else. */
static bool memory_read(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Word *ret, void *ctx)
{
	const struct process *p = ctx;
	const struct twt_stack_sample *s = p->sample;
	__u64 at = addr - s->sp;

	(void)dwfl;
	if (at >= s->len || s->len - at < sizeof(*ret))
		return false;
	memcpy(ret, s->bytes + at, sizeof(*ret));
	*ret = unsigned_word(p, *ret);
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *ctx)
{
	const struct process *p = ctx;
	const struct twt_stack_sample *s = p->sample;
	Dwarf_Word regs[TWT_STACK_REGS];
	unsigned int n = s->n_regs;

	for (unsigned int i = 0; i < n; i++)
		regs[i] = unsigned_word(p, s->regs[i]);
	if (ARCH_DWARF_REGS) {
		dwfl_thread_state_register_pc(thread, s->ip);	/* no register of DWARF's */
		n = ARCH_DWARF_REGS;
	}
	return dwfl_thread_state_registers(thread, 0, n, regs);
}

static const Dwfl_Thread_Callbacks threads = {
	.next_thread = next_thread, .get_thread = get_thread, .memory_read = memory_read, .set_initial_registers = set_registers,
};

/* --- processes --- */

static bool read_maps(struct process *p)
{
	char *maps;
	size_t len;

	if (!proc_is(p->tgid, p->start_ms))
		return false;
	maps = file_of_process(p->tgid, "maps", MAPS_MAX, &len);
	if (maps && p->maps && len == p->maps_len && !memcmp(maps, p->maps, len)) {
		free(maps);
		return false;
	}
	if (!maps)
		return false;
	free(p->maps);
	p->maps = maps;
	p->maps_len = len;
	return true;
}

struct process *process_new(const struct twt_stack_sample *s)
{
	struct process *p = calloc(1, sizeof(*p));
	char path[64];

	if (!p)
		return NULL;
	p->tgid = s->tgid;
	p->start_ms = s->start_ms;
	p->start_code = s->start_code;
	p->root = -1;
	if (!read_maps(p)) {
		process_free(p);
		return NULL;
	}
	(void)snprintf(path, sizeof(path), "/proc/%u/root", p->tgid);
	p->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return p;
}

static void close_dwfl(struct process *p)
{
	if (p->dwfl)
		dwfl_end(p->dwfl);
	free(p->mods);
	p->dwfl = NULL;
	p->mods = NULL;
	p->n_mods = 0;
}

void process_free(struct process *p)
{
	if (!p)
		return;
	close_dwfl(p);
	if (p->root >= 0)
		close(p->root);
	free(p->maps);
	free(p);
}

bool process_is(const struct process *p, const struct twt_stack_sample *s)
{
	return p->tgid == s->tgid && p->start_ms == s->start_ms && p->start_code == s->start_code;	/* exec() changes the last */
}

bool process_renew(struct process *p)
{
	if (!read_maps(p))
		return false;
	close_dwfl(p);
	return true;
}

static int count_mod(Dwfl_Module *dm, void **userdata, const char *name, Dwarf_Addr base, void *ctx)
{
	(void)dm;
	(void)userdata;
	(void)name;
	(void)base;
	(*(size_t *)ctx)++;
	return DWARF_CB_OK;
}

static int give_mod(Dwfl_Module *dm, void **userdata, const char *name, Dwarf_Addr base, void *ctx)
{
	struct process *p = ctx;

	(void)dm;
	(void)name;
	(void)base;
	p->mods[p->n_mods].process = p;
	*userdata = &p->mods[p->n_mods++];
	return DWARF_CB_OK;
}

static bool open_dwfl(struct process *p)
{
	FILE *maps = fmemopen(p->maps, p->maps_len, "r");
	size_t n = 0;
	bool ok = false;

	p->dwfl = maps ? dwfl_begin(&callbacks) : NULL;
	if (p->dwfl) {
		dwfl_report_begin(p->dwfl);
		ok = !dwfl_linux_proc_maps_report(p->dwfl, maps);
		ok = !dwfl_report_end(p->dwfl, NULL, NULL) && ok;
	}
	if (maps)
		(void)fclose(maps);
	if (ok) {
		(void)dwfl_getmodules(p->dwfl, count_mod, &n, 0);
		p->mods = calloc(n ? n : 1, sizeof(*p->mods));
		ok = p->mods != NULL;
	}
	if (!ok) {
		close_dwfl(p);
		return false;
	}
	(void)dwfl_getmodules(p->dwfl, give_mod, p, 0);
	p->attached = dwfl_attach_state(p->dwfl, NULL, (pid_t)p->tgid, &threads, p);	/* not where none of its files can be read */
	return true;
}

/* Its address in the program's file, as the linker gave it out; false: @at of the file is in no segment. */
static bool linked_at(Elf *elf, __u64 at, __u64 *ret)
{
	size_t n = 0;
	GElf_Phdr ph;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD || at < ph.p_offset || at - ph.p_offset >= ph.p_filesz)
			continue;
		*ret = ph.p_vaddr + (at - ph.p_offset);
		return true;
	}
	return false;
}

static bool in_segment(Elf *elf, __u64 addr)
{
	size_t n = 0;
	GElf_Phdr ph;

	for (size_t i = 0; !elf_getphdrnum(elf, &n) && i < n; i++)
		if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && addr - ph.p_vaddr < ph.p_memsz)
			return true;
	return false;
}

/*
 * To libdwfl a module is all from a file's first mapping to its last one. A runtime that maps a part of its program again elsewhere (V8 does, for short calls) makes
 * what lies between them, its heap and what it compiled, part of that: such an address is none of the program's, and in the second mapping it is another
 * one in the file. *@ret_made: there is code, of no file.
 */
static Dwfl_Module *module_of(const struct process *p, Dwarf_Addr *pc, bool *ret_made)
{
	Dwfl_Module *dm = dwfl_addrmodule(p->dwfl, *pc);
	GElf_Addr bias = 0;
	Elf *elf = dm ? dwfl_module_getelf(dm, &bias) : NULL;
	struct mapping m;
	__u64 linked;

	*ret_made = false;
	if (elf && in_segment(elf, *pc - bias))
		return dm;
	if (!maps_at(p->maps, *pc, &m))
		return NULL;
	*ret_made = m.exec && !m.inode;
	if (!m.inode || !elf)
		return m.inode ? dm : NULL;
	if (!linked_at(elf, *pc - m.start + m.offset, &linked))
		return NULL;
	*pc = linked + bias;
	return dm;
}

struct walk { struct process *p; Dwarf_Addr *pc; Dwfl_Module **mod; unsigned int n, steps; bool cut; };

/* Code that was made at run time has no tables: where it keeps frame pointers, libdwfl goes on by them. */
static int on_frame(Dwfl_Frame *frame, void *ctx)
{
	struct walk *w = ctx;
	bool activation = false, made;
	Dwfl_Module *dm;
	Dwarf_Addr pc;

	if (!dwfl_frame_pc(frame, &pc, &activation))
		return DWARF_CB_ABORT;
	if (w->n == TWT_STACK_FRAMES || w->steps++ == STEPS_MAX) {
		w->cut = true;
		return DWARF_CB_ABORT;
	}
	if (!activation && w->n)
		pc--;
	dm = module_of(w->p, &pc, &made);
	if (dm || !w->n || w->mod[w->n - 1]) {
		w->pc[w->n] = pc;
		w->mod[w->n++] = dm;
	}
	return dm || made ? DWARF_CB_OK : DWARF_CB_ABORT;	/* nothing is there: this is no way on */
}

unsigned int process_walk(struct process *p, const struct twt_stack_sample *s, Dwarf_Addr ret_pc[TWT_STACK_FRAMES],
			  Dwfl_Module *ret_mod[TWT_STACK_FRAMES], bool *ret_cut)
{
	struct walk w = { .p = p, .pc = ret_pc, .mod = ret_mod };

	*ret_cut = true;
	if (!p->dwfl && !open_dwfl(p))
		return 0;
	if (!p->attached) {
		ret_pc[0] = s->ip;
		ret_mod[0] = dwfl_addrmodule(p->dwfl, s->ip);
		return 1;
	}
	p->sample = s;
	/* 0: up to the outermost frame; else it could not go on. */
	w.cut |= dwfl_getthread_frames(p->dwfl, (pid_t)p->tgid, on_frame, &w) != 0;
	p->sample = NULL;
	*ret_cut = w.cut;
	return w.n;
}
