/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run must know of each connection: the rest is left out in the kernel, and costs nothing. */
#ifndef CLI_NEEDS_H
#define CLI_NEEDS_H
#include <linux/types.h>

struct options;
struct command;

/* TWT_NEED_* of the command's view, as it is without options. */
__u32 needs_of_command(const struct command *c);
/* ... and of all that the options add. */
__u32 needs_of(const struct options *o);
#endif
