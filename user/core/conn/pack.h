/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A row that nothing happens to, in a third of its size, with nothing lost: times as differences, every
 * number in as many bytes as it has.
 */
#ifndef CORE_CONN_PACK_H
#define CORE_CONN_PACK_H
#include "core/conn/table.h"

#define PACK_MAX 103		/* most are 60 to 100 bytes long */

/*
 * Returns how many bytes of @ret were written, or 0 if @r cannot be packed: something is about to happen to
 * it, others point at it (listeners), or it is too long. @r is as it was.
 */
size_t row_pack(struct row *r, __u8 ret[PACK_MAX]);
/*
 * What row_pack() was given, but for .id, .next and .settle_seq, which are the table's business, and for .c.wire, which is NULL: returns its .id, or
 * 0 if there was none.
 */
__u32 row_unpack(const __u8 packed[PACK_MAX], struct row *ret);
/* Of that, the members of table_peek_brief() or table_peek_ends() only: they come first, these are so many numbers. Others are left as they are. */
#define PACK_ENDS 12
void row_unpack_ends(const __u8 packed[PACK_MAX], struct row *ret);
void row_unpack_brief(const __u8 packed[PACK_MAX], struct row *ret);
#endif
