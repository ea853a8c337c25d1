/* SPDX-License-Identifier: GPL-2.0-only */
/* The unwinder's inside. unwinder.c: what waits, and what was told; process.c: one process's modules; name.c: a place's names; file.c, maps.c, demangle.c: below those. */
#ifndef HOST_UNWIND_PARTS_H
#define HOST_UNWIND_PARTS_H
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include "twtrace.h"

struct process;

/* A module of one process. */
struct mod {
	struct process *process;
	__u32 number;		/* name.c: the same for each process that has it; 0: not asked yet */
	bool large;		/* its file is too large to look for lines in */
};

struct process {
	__u32 tgid, start_ms;
	__u64 start_code;
	char *maps;		/* text of /proc/PID/maps */
	size_t maps_len;
	int root;		/* O_PATH of its root directory, or -1 */
	Dwfl *dwfl;		/* NULL: not made yet */
	bool attached;		/* ... and it can unwind */
	struct mod *mods;
	size_t n_mods;
	unsigned long long used;
	const struct twt_stack_sample *sample;	/* in work */
};

/* process.c */
/* Look at the process that @s is of: NULL if it is gone, or not ours to see, or without memory. */
struct process *process_new(const struct twt_stack_sample *s);
void process_free(struct process *p);		/* NULL is fine */
bool process_is(const struct process *p, const struct twt_stack_sample *s);
/* Read its maps again. False: it is gone, or they are as they were. */
bool process_renew(struct process *p);
/*
 * The places in @s's stack, innermost first: @ret_pc, of callers one back into the call, and @ret_mod, NULL where no file is mapped: one such place stands for all that
 * follow each other, of code that was made at run time. Returns how many; *@ret_cut: there may be more.
 */
unsigned int process_walk(struct process *p, const struct twt_stack_sample *s, Dwarf_Addr ret_pc[TWT_STACK_FRAMES],
			  Dwfl_Module *ret_mod[TWT_STACK_FRAMES], bool *ret_cut);

/* name.c: places by number, each named once */
struct spots;
struct spots *spots_new(void);		/* NULL without memory */
void spots_free(struct spots *ps);		/* NULL is fine */
/*
 * The number of @pc's place in @mod, from 1 on; 0: there is no room for more. Where it is new, *@ret_rec is its record, and *@ret_new true.
 */
__u32 spots_number(struct spots *ps, Dwfl_Module *mod, Dwarf_Addr pc, __u64 ts_ns, struct twt_frame *ret_rec, bool *ret_new);

/* file.c */
/* The regular file that @p has mapped from @start on, read-only: a descriptor, or -1. */
int file_of_mapping(const struct process *p, __u64 start, const char *name);
/* All of /proc/@pid/@file, NUL-terminated, to be freed; at most @max bytes. NULL: it cannot be read. */
char *file_of_process(__u32 pid, const char *file, size_t max, size_t *ret_len);

/* maps.c */
struct mapping {
	unsigned long long start, end, offset, inode;	/* inode 0: of no file */
	unsigned int major, minor;
	bool exec;
};
/* The line of @maps, the text of /proc/PID/maps, that has address @at; false: there is none. */
bool maps_at(const char *maps, __u64 at, struct mapping *ret);

/* demangle.c */
/* @symbol as a C++ or Rust programmer writes it, in @to; @symbol itself where it is neither, or too long. */
const char *demangle(const char *symbol, char *to, size_t size);
#endif
