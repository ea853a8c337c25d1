/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include "views/screen/keys.h"
#include "views/top/top.h"

/* Two of them in a line of the help page, where they fit. */
const struct top_key top_keys[] = {
	{ "Tab, 1-9", "next pane, pane 1 to 9" }, { "Shift-Tab", "the pane before" },
	{ "arrows, j k", "up and down" }, { "PgUp PgDn", "by pages" },
	{ "Home g", "to the beginning" }, { "End G", "to the end" },
	{ "Enter", "details of the selected row" }, { "Esc", "back" },
	{ "/", "filter, in the words of the command line's options" },
	{ "s", "choose the order" }, { "r", "reverse it" },
	{ "Space p", "stand still, go on" }, { "+ -", "interval longer, shorter" },
	{ "[ ]", "replay slower, faster" }, { "c", "count anew" },
	{ "w", "start, stop a recording" }, { "^L", "draw all anew" },
	{ "? h", "this page" }, { "q", "quit" },
	{ 0 }
};

/* In lines of less than 80 columns: on a wider screen they read better so, too. */
static const char words[] =
	"\nA filter: pid=812 comm=nginx* lport=80,443 raddr=10.0.0.0/8 state=time-wait ipv6\n"
	"It and 'c' begin all counts anew; what exists is looked at each time.\n"
	"\nHeader: events of the kernel, connections begun and ended, per second of the\n"
	"last interval; what was lost, by reason. gaps: events that did not fit what came\n"
	"before; others must be missing that nobody counted. All sockets are looked at\n"
	"anew then: \"healed\" says that the table is right again. What had happened is not\n"
	"known: transitions and connections that were corrected are marked as healed.\n"
	"Each state has its number, an arrow if it rises or falls (against the mean of\n"
	"the 10 seconds before), and its last minute.\n"
	"\nStates: on the arrows, and as IN/s and OUT/s, rates of the last interval.\n"
	"Sockets that existed before the tracer are in the counts, and in no rate.\n"
	"\nProcesses, Destinations: how their connections closed, in per cent: first (ACT),\n"
	"after the peer (PAS), both at once (SIM), aborted by this host (ABT), reset by\n"
	"the peer (RST). TW: TIME_WAITs now, created per second, and their time in all.\n"
	"STUCK: 10 seconds or more in CLOSE_WAIT, LAST_ACK or FIN_WAIT2.\n"
	"\nPorts: what connect() can choose from, for each source and destination. IN-USE:\n"
	"not to be had; FREE: so many calls still succeed; LEFT: until none is free, at\n"
	"this rate, or never, and the share that it comes to rest at. Red from 90 % used\n"
	"on, yellow from 70 %.\n"
	"\nListeners: QUEUE waits for accept(), now; with one more than LIMIT it is full.\n"
	"HALF: half-open. ACC/s: left the queue; with * of all sockets of that address.\n"
	"P99: from ESTABLISHED to accept(), or to the first read. DROPS: as ss -m says.\n"
	"Red: full, or dropping; yellow: it was, or 70 % full, or somebody waits for 1 s.\n"
	"\nFindings: as doctor says, of the last one to two minutes; * is new in the last\n"
	"one. Asked every interval here, every 5 seconds for the header, more seldom with\n"
	"many connections. Enter shows the evidence, Enter again the connections.\n"
	"\nConnections: FOR is the time in this state; with > it was so before the tracer.\n";

#define LEFT_KEYS 14
#define LEFT 44
#define RIGHT_KEYS 12

static void add_keys(struct strbuf *b)
{
	size_t start = b->len;

	for (const struct top_key *k = top_keys; k->keys; k++) {
		bool right = b->len > start;

		strbuf_adds(b, k->keys);
		strbuf_pad_to(b, start, right ? LEFT + RIGHT_KEYS : LEFT_KEYS);
		strbuf_adds(b, k->what);
		if (!right && strlen(k->what) + LEFT_KEYS < LEFT && k[1].keys) {
			strbuf_pad_to(b, start, LEFT);
			continue;
		}
		strbuf_addc(b, '\n');
		start = b->len;
	}
}

int help_make(struct top *t, struct strbuf *b)
{
	add_keys(b);
	strbuf_adds(b, words);
	if (!*t->degraded)
		return 0;
	strbuf_adds(b, "\nThis kernel lacks, or its policy refuses:\n");
	head_degraded(t, b);
	return 0;
}
