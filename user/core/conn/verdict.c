/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the verdicts about a connection. Part of the JSON output: once published, a spelling stays. */
#include "core/conn/conn.h"

static const char *const roles[ROLE_MAX] = {
	[ROLE_UNKNOWN] = "-",
	[ROLE_CLIENT] = "client",
	[ROLE_SERVER] = "server",
	[ROLE_LISTENER] = "listener",
};

static const char *const kinds[CLOSE_KIND_MAX] = {
	[CLOSE_NOT_YET] = "-",
	[CLOSE_ACTIVE] = "active",
	[CLOSE_PASSIVE] = "passive",
	[CLOSE_SIMULTANEOUS] = "simultaneous",
	[CLOSE_ABORT] = "abort",
	[CLOSE_RESET] = "reset",
	[CLOSE_REFUSED] = "refused",
	[CLOSE_UNREACHABLE] = "unreachable",
	[CLOSE_CONNECT_TIMEOUT] = "connect-timeout",
	[CLOSE_CONNECT_CANCELLED] = "connect-cancelled",
	[CLOSE_NO_PORT] = "no-port",
	[CLOSE_ORPHAN_TIMEOUT] = "orphan-timeout",
	[CLOSE_UNKNOWN] = "unknown",
};

static const char *const reasons[CLOSE_REASON_MAX] = {
	[REASON_NONE] = "-",
	[REASON_LINGER] = "linger",
	[REASON_UNREAD] = "unread",
	[REASON_KEEPALIVE] = "keepalive",
	[REASON_USER_TIMEOUT] = "user-timeout",
	[REASON_RETRANSMIT_TIMEOUT] = "retransmit-timeout",
	[REASON_KILLED] = "killed",
	[REASON_DATA_AFTER_CLOSE] = "data-after-close",
	[REASON_DISCONNECT] = "disconnect",
	[REASON_MEMORY] = "memory",
	[REASON_NOT_ACCEPTED] = "not-accepted",
	[REASON_UNKNOWN] = "unknown",
};

static const char *const ends[TW_END_MAX] = {
	[TW_END_NONE] = "-",
	[TW_END_EXPIRED] = "expired",
	[TW_END_REUSED] = "reused",
	[TW_END_REOPENED] = "reopened",
	[TW_END_RESET] = "reset",
	[TW_END_PURGED] = "purged",
	[TW_END_KILLED] = "killed",
	[TW_END_UNKNOWN] = "unknown",
	[TW_END_OVERFLOW] = "overflow",
};

const char *conn_role_name(unsigned int role)
{
	return role < ROLE_MAX ? roles[role] : "-";
}

const char *close_kind_name(unsigned int kind)
{
	return kind < CLOSE_KIND_MAX ? kinds[kind] : "-";
}

const char *close_reason_name(unsigned int reason)
{
	return reason < CLOSE_REASON_MAX ? reasons[reason] : "-";
}

const char *tw_end_name(unsigned int end)
{
	return end < TW_END_MAX ? ends[end] : "-";
}
