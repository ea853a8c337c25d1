/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/top.h"

/* In lines of less than 80 columns: on a wider screen they read better so, too. */
static const char keys[] =
	"Tab, 1-6      next pane, pane 1 to 6        Shift-Tab   the pane before\n"
	"arrows, j k   up and down                   PgUp PgDn   by pages\n"
	"Home g        to the beginning              End G       to the end\n"
	"Enter         details of the selected row   Esc         back\n"
	"/             filter, in the words of the command line's options:\n"
	"              pid=812 comm=nginx* lport=80,443 raddr=10.0.0.0/8 state=time-wait\n"
	"s             choose the order              r           reverse it\n"
	"Space p       stand still, go on            + -         interval longer, shorter\n"
	"[ ]           replay slower, faster         c           count anew\n"
	"w             start, stop a recording       ^L          draw all anew\n"
	"? h           this page                     q           quit\n";

static const char words[] =
	"\nHeader: events of the kernel, connections begun and ended, per second of the\n"
	"last interval; what was lost, by reason (gaps: missing, and counted nowhere).\n"
	"Each state has its number, an arrow if it rises or falls (against the mean of\n"
	"the 10 seconds before), and its last minute.\n"
	"\nStates: on the arrows, and as IN/s and OUT/s, rates of the last interval.\n"
	"Sockets that existed before the tracer are in the counts, and in no rate.\n"
	"\nProcesses, Destinations: how their connections closed, in per cent (first:\n"
	"ACT, after the peer: PAS, both at once: SIM, aborted by this host: ABT, reset\n"
	"by the peer: RST); TIME_WAITs now, created per second, and their time in all;\n"
	"STUCK: 10 seconds or more in CLOSE_WAIT, LAST_ACK or FIN_WAIT2.\n"
	"\nConnections: FOR is the time in this state; with > it was so before the tracer.\n"
	"\nA filter and 'c' begin all counts anew; what exists is looked at each time.\n";

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
