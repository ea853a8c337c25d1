/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be shown about a transition or a connection, each described once: stream, conn, JSON, the screen, --help and
 * the man page all read this table, so that no two of them can disagree.
 */
#ifndef CORE_STATS_FIELDS_FIELD_H
#define CORE_STATS_FIELDS_FIELD_H
#include "core/conn/conn.h"
#include "core/event/actor.h"
#include "core/text/json.h"
#include "core/track/tracker.h"

/* FT_NONE: null in JSON, "-" in text. FT_DIFF: ns, signed. FT_REAL: .real, in text with .u decimals. */
enum field_type { FT_NONE, FT_STR, FT_U64, FT_BOOL, FT_NS, FT_DIFF, FT_REAL };

struct field_src;

struct field_value {
	enum field_type type;
	__u64 u;
	double real;
	void (*member)(struct json *j, const struct field_src *src);	/* for JSON, where that is no plain value; else NULL, as before the getter */
	char s[NAME_PART_MAX + 99];
};

/* What a getter may look at. @tr is NULL where there is a connection but no transition. */
struct field_src {
	const struct transition *tr;
	const struct conn *conn;
	const struct actors *actors;
	long long clock_offset;		/* wall minus boot, ns */
	long utc_offset;		/* seconds, for the TIME column */
	__u64 now_ns;			/* event time, for ages */
	__u64 start_ns;			/* first event, for seconds since then */
	const char *host;		/* what the host is called: raw bytes; NULL or "": nobody said */
	bool alive;			/* @tr is NULL, and @conn is not over: what it will be is not known */
	const void *of;			/* of tables of other rooms: what their getters look at; all above but the times may be NULL then */
};

struct field {
	const char *key;	/* JSON key */
	const char *title;	/* column title; NULL: JSON only */
	int width;		/* column width in text; negative: flush left */
	const char *help;	/* one line for --help and man page FIELDS */
	void (*get)(const struct field_src *src, struct field_value *ret);
};

const struct field *field_by_key(const char *key);	/* NULL if there is none */
/* Ends with key == NULL. */
const struct field *field_table(void);
/* NULL-terminated lists of keys: what each view shows. */
extern const char *const fields_stream_json[], *const fields_stream_text[], *const fields_stream_wide[];
extern const char *const fields_conn_json[], *const fields_conn_text[], *const fields_conn_wide[], *const fields_conn_names[];
extern const char *const fields_live_json[], *const fields_live_text[], *const fields_live_wide[];	/* json: beside those of conn */

/* As those below, of another table than field_table(). */
void fields_json_of(struct json *j, const struct field *table, const char *const *keys, const struct field_src *src);
void fields_text_of(struct strbuf *b, const struct field *table, const char *const *keys, const struct field_src *src);
void fields_header_of(struct strbuf *b, const struct field *table, const char *const *keys);
/* The field of @table that has this key, or NULL. */
const struct field *field_of(const struct field *table, const char *key);

/* Write the fields @keys of @src as members of the open JSON object. */
void fields_json(struct json *j, const char *const *keys, const struct field_src *src);
/* The states that @c was in, in the order of a life; with @alive the one that it is in, too. Returns how many. */
size_t fields_lived(const struct conn *c, bool alive, __u8 ret[ST_MAX]);
/* All that `conn -j` says of a connection; with .alive `conn --live -j`. */
void fields_conn_object(struct json *j, const struct field_src *src);
/*
 * One text line (no newline): columns padded to their width, never cut, no blanks at the end. Bytes that would not print
 * show as '?'. fields_header() gives the titles.
 */
void fields_text(struct strbuf *b, const char *const *keys, const struct field_src *src);
void fields_header(struct strbuf *b, const char *const *keys);

/* A column of a line that must not wrap: whole, or so many characters of it: its beginning or both its ends; loose: no wider than its text. */
struct fit_column { const char *key; enum { FIT_WHOLE, FIT_END, FIT_MIDDLE, FIT_LOOSE } how; unsigned char width; };

/*
 * What to show of a transition on a terminal of @cols columns, where @more of them are taken; ends with .key NULL. NULL: all of @keys fit, or
 * @cols is 0, which is no terminal.
 */
const struct fit_column *fields_fit(const char *const *keys, size_t cols, size_t more);
/* As fields_text() and fields_header(), @columns instead, and cut off at @cols. */
void fields_fit_text(struct strbuf *b, const struct fit_column *columns, size_t cols, const struct field_src *src);
void fields_fit_header(struct strbuf *b, const struct fit_column *columns, size_t cols);
#endif
