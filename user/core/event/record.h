/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bytes of a recording before compression: a header, then events back to back, each saying its own size.
 * Compression and files are the business of user/source/file.c and user/views/record.c.
 */
#ifndef CORE_EVENT_RECORD_H
#define CORE_EVENT_RECORD_H
#include <stddef.h>
#include "core/event/event.h"
#include "core/text/strbuf.h"
#include "twtrace.h"

#define RECORD_MAGIC "TWTRACE\n"
#define RECORD_FORMAT 1			/* raised only for what an old reader must refuse */

struct record_header {
	char magic[8];
	__u32 format;
	__u32 header_size;		/* bytes up to the first event: this struct, then the text */
	__u32 text_size;		/* of "key=value\n" lines: twtrace, kernel, plan, ... for people */
	__u32 reserved;
	__u64 start_ns;			/* boot time of the start */
	__s64 clock_offset;		/* wall minus boot at the start */
};

/* Append header and text to @b. */
void record_header_write(struct strbuf *b, const struct record_header *h, const char *text);

/*
 * @ev, of any kind, as it is written: the bytes to write are @ret_rec's first (returned) ones. Where a maker left .size at 0
 * it is set, so that every record in a file says its own length.
 */
size_t record_event(const struct twt_event *ev, union twt_record *ret_rec);

/*
 * Texts in a record, as of struct twt_name and struct twt_frame: a byte says which part, two how long it is (low one first), then it comes.
 * Add @text, of which at most @max bytes are kept, behind the @at bytes of the @size at @texts that are used. Returns how many are used now: as before for NULL and "", and
 * where there is no room.
 */
size_t record_part_add(__u8 *texts, size_t size, size_t at, unsigned int part, const char *text, size_t max);
struct record_part { unsigned int part; size_t len; const char *text; };	/* raw bytes, at least one and no NUL; not terminated */
/* The next one from *@at on, up to @end. False: there is none, or it is cut off. */
bool record_part_next(const __u8 **at, const __u8 *end, struct record_part *ret);

/* Incremental reader over arbitrary chunks. */
struct record_reader;
struct record_reader *record_reader_new(void);	/* NULL without memory */
void record_reader_free(struct record_reader *r);
/* Hand over the next bytes. Returns 0 or -ENOMEM. */
int record_reader_feed(struct record_reader *r, const void *data, size_t len);
/*
 * Next record. Returns 1 with @ret_rec, 0 if more bytes are needed, -EBADMSG if this is no recording or is
 * corrupt, -EPROTONOSUPPORT if its format is newer than RECORD_FORMAT. Kinds that this reader does not know are
 * skipped. An error stays.
 */
int record_reader_next(struct record_reader *r, union twt_record *ret_rec);
/*
 * NULL until the header was read; after -EPROTONOSUPPORT only .format is of use. Text is NUL-terminated,
 * valid as long as the reader. @ret_text may be NULL.
 */
const struct record_header *record_reader_header(const struct record_reader *r, const char **ret_text);
/* Bytes fed but not consumed: not zero at the end of a file means that its last event is cut off. */
size_t record_reader_left(const struct record_reader *r);
#endif
