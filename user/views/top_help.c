/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/top.h"

static const char keys[] =
	"Tab, 1-6       the next pane, pane 1 to 6          Shift-Tab   the one before\n"
	"arrows, j k    up and down                         PgUp PgDn Home End, g G\n"
	"Enter          details of the selected row         Esc         back\n"
	"/              filter, in the words of the command line's options:\n"
	"               pid=812 comm=nginx* lport=80,443 raddr=10.0.0.0/8 state=time-wait\n"
	"s              choose the order                    r           reverse it\n"
	"Space, p       stand still, go on                  +  -        longer, shorter interval\n"
	"[  ]           a replay slower, faster             c           count anew\n"
	"w              start and stop a recording          ^L          draw all anew\n"
	"?              this page                           q           quit\n";

static const char words[] =
	"\nThe header: events of the kernel, connections begun and ended, per second of the last interval;\n"
	"what was lost, by reason; each state with its number, whether it rises or falls (against the mean of\n"
	"the 10 seconds before), and its last minute.\n"
	"States: rates of the last interval stand on the arrows. Those of the sockets that are in a state\n"
	"since before the tracer are in the counts, and in no rate.\n"
	"A filter and 'c' begin all counts anew; what exists now is looked at each time.\n";

int help_make(struct top *t, struct strbuf *b)
{
	strbuf_adds(b, keys);
	strbuf_adds(b, words);
	if (!*t->degraded)
		return 0;
	strbuf_adds(b, "\nThis kernel lacks, or its policy refuses:\n");
	head_degraded(t, b);
	return 0;
}
