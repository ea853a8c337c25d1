/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that failed (TWT_CALL, --calls), as lines of the views that show them. */
#ifndef VIEWS_CALL_H
#define VIEWS_CALL_H
#include "core/conn/call.h"
#include "views/out.h"

/* "bind", "listen", "connect"; NULL for what is no call of ours. */
const char *call_name(const struct twt_event *ev);
/* The sentence, with the time of day before it. */
void call_text(struct strbuf *b, const struct view_env *env, const struct twt_event *ev);
/*
 * One line for @ev, if it is a TWT_CALL that the filter lets pass: a sentence, or an object with -j. Returns 1 if it was shown, 0, or a negative errno
 * as out_line().
 */
int call_line(struct out *o, const struct view_env *env, const struct twt_event *ev);
#endif
