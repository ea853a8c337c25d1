/* SPDX-License-Identifier: GPL-2.0-only */
/* Unwind tables (.eh_frame: Linux Standard Base, "Exception Frames"; DWARF 5, 6.4), as far as they must be put right before an unwinder reads them. */
#ifndef CORE_STACKS_CFI_H
#define CORE_STACKS_CFI_H
#include <stddef.h>

/*
 * DW_CFA_AARCH64_negate_ra_state: the return address is signed from here on, or no longer. The same number is SPARC's DW_CFA_GNU_window_save, which is what libdw
 * 0.188 (Debian 12) takes it for, so that it looks for sixteen registers, the stack pointer's among them, where none was saved.
 */
#define CFI_NEGATE_RA_STATE 0x2d

/*
 * Replace each instruction @op, which has no operands, in the @len bytes of the .eh_frame section @frames by a nop. Addresses are of this machine's size and order.
 * What does not look like a table's entry is left as it is. Returns how many.
 */
size_t cfi_blank(unsigned char *frames, size_t len, unsigned char op);
#endif
