/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of connections as scripts. "c" is the connecting end, "s" the accepting one. A '|' ends a phase: all connections
 * finish it before any starts the next. A kind whose script says wire:* or @wire runs over the wire (wire.h), others over
 * loopback. See step() in tcpwork.c for the words.
 */
#ifndef KINDS_H
#define KINDS_H

struct kind { const char *name, *script; };

#define OPEN "connect accept | "

static const struct kind kinds[] = {
	{ "client-first",	OPEN "close:c eof:s close:s" },
	{ "server-first",	OPEN "close:s eof:c close:c" },
	{ "half-close",		OPEN "shut:c eof:s send:s recv:c close:s eof:c close:c" },
	{ "half-close-hold",	OPEN "shut:c eof:s close:s eof:c" },
	{ "linger0",		OPEN "linger0:c close:c rst:s close:s" },
	{ "server-linger0",	OPEN "linger0:s close:s rst:c close:c" },
	{ "unread",		OPEN "send:s data:c close:c rst:s close:s" },
	{ "wire-unread",	"@wire " OPEN "send:s data:c close:c rst:s close:s" },
	{ "disconnect",		OPEN "disconnect:c rst:s close:s close:c" },
	{ "data-after-close",	OPEN "close:c eof:s quickack:s send:s rst:s close:s" },
	{ "bind-taken",		"taken" },
	{ "bind-old",		OPEN "close:s eof:c close:c | unlisten taken" },
	{ "refused",		"| refuse" },
	{ "no-port",		"fill | noport" },
	{ "listen-only",	"listen" },

	/* left open, in a state of their own */
	{ "hold-established",	OPEN },
	{ "hold-close-wait",	OPEN "close:c eof:s quickack:s" },
	{ "hold-fin-wait2",	OPEN "shut:c eof:s quickack:s" },
	{ "hold-time-wait",	OPEN "close:c eof:s close:s" },
	{ "hold-unaccepted",	"connect" },
	{ "wire-client-first",	"@wire " OPEN "close:c eof:s close:s" },
	{ "hold-unanswered",	"@wire " OPEN "wire:drop send:c" },
	{ "syn-sent",		"bind wire:drop syn" },
	{ "syn-recv",		"bind wire:drop-s syn" },
	{ "hold-fin-wait1",	"@wire " OPEN "wire:drop shut:c" },
	{ "hold-last-ack",	"@wire " OPEN "close:c eof:s quickack:s wire:drop close:s" },
	{ "hold-closing",	"@wire " OPEN "wire:hold shut:c shut:s wire:flush wire:drop" },

	{ "simultaneous",	"@wire " OPEN "wire:hold shut:c shut:s wire:flush wire:pass eof:c eof:s close:c close:s" },
	{ "simultaneous-close",	"@wire " OPEN "wire:hold close:c close:s wire:flush wire:pass" },
	{ "simultaneous-open",	"@wire cross | close:c eof:s close:s" },
	{ "not-accepted",	"connect | unlisten rst:c close:c" },
	/* where more orphans than one are too many: one that stays, and later ones */
	{ "one-orphan",		"@wire " OPEN "wire:drop close:c" },
	{ "orphan-too-many",	"@wire " OPEN "| wire:drop age:400 close:c | linger0:s close:s" },
	{ "cancelled",		"bind wire:drop syn | close:c" },
	{ "connect-timeout",	"bind wire:drop syn | timeout:c close:c" },
	{ "lost-syn",		"@wire bind wire:drop-c syn sent:c wire:pass | accept | close:c eof:s close:s" },
	{ "lost-synack",	"@wire bind wire:drop-s syn sent:s wire:drop | sent:s wire:pass | accept | close:c eof:s close:s" },
	{ "keepalive",		"@wire " OPEN "keepalive:c wire:drop | timeout:c close:c linger0:s close:s" },
	{ "user-timeout",	"@wire " OPEN "user-timeout:c wire:drop send:c | timeout:c close:c linger0:s close:s" },
	{ "orphan",		"@wire " OPEN "wire:drop close:c linger0:s close:s" },

	/* ends of a TIME_WAIT before its time */
	{ "reuse-bound",	"bind " OPEN "close:c eof:s close:s | again connect accept | close:c eof:s close:s" },
	{ "reuse-unanswered",	"@wire bind " OPEN "close:c eof:s close:s | again wire:drop syn | timeout:c close:c" },
	{ "reuse-tw",		OPEN "close:c eof:s close:s | age:2100 fresh connect accept | close:c eof:s close:s" },
	{ "reopened",		"bind " OPEN "close:s eof:c close:c | age:1100 again connect accept | close:c eof:s close:s" },
	{ "tw-reset",		"@wire " OPEN "close:c eof:s close:s | forge-rst:c" },
	{ "fw2-reset",		"@wire " OPEN "close:c eof:s quickack:s | forge-rst:c" },
};
#endif
