/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording record by record, for who reads more than one (several.c). All of these take what source_file.open() gave. */
#ifndef SOURCE_FILE_H
#define SOURCE_FILE_H
#include "core/event/record.h"
#include "source/source.h"

/* 1, 0 if a pipe has nothing at the moment, -ENODATA at the end, or another negative errno, which source_file.error() explains. */
int file_next(struct source *s, union twt_record *ret_rec);
/* Never NULL. @ret_text: its "key=value\n" lines, valid as long as @s. */
const struct record_header *file_header(const struct source *s, const char **ret_text);
#endif
