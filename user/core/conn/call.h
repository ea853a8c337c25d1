/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that failed (TWT_CALL), as much of a connection as it told. */
#ifndef CORE_CONN_CALL_H
#define CORE_CONN_CALL_H
#include "core/conn/conn.h"
#include "core/event/actor.h"

/*
 * @ev as if it were a connection of the caller's, for filters and for counting by process. @names: as actors_set_names(), or NULL. @ret_as holds that
 * caller alone: actors_free() it. Returns 0 or -ENOMEM.
 */
int call_conn(const struct twt_event *ev, const struct names *names, struct conn *ret_c, struct actors **ret_as);
#endif
