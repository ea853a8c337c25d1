/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook table and the plan: which hooks load on this kernel, and what is lost without the others. */
#ifndef PROBES_H
#define PROBES_H

struct options;

/* `twtrace features`: prints the table for this kernel, or with -r the plan a recording was made with. Returns an exit code. */
int cmd_features(const struct options *o);
/* Version of the libbpf in use, "1.1"; never NULL. */
const char *probes_libbpf_version(void);
#endif
