// SPDX-License-Identifier: GPL-2.0-only
/* Ends and durations of connections in few columns. */
#include <stdio.h>
#include <string.h>
#include "core/stats/hist/out.h"
#include "core/text/addr.h"
#include "core/text/fmt.h"
#include "views/panes/conns.h"

void say_endpoint(struct strbuf *b, const __u8 addr[16], __u16 port, unsigned int family, int width)
{
	char text[FMT_ADDR_LEN], tail[16];
	bool v6 = !addr_is_v4(addr) || family == 10;
	int room;

	fmt_addr(addr, family, text);
	(void)snprintf(tail, sizeof(tail), port ? "%s:%u" : "%s:*", v6 ? "]" : "", port);
	room = width - (int)strlen(tail) - v6;
	if ((int)strlen(text) > room && room > 1)	/* its end tells hosts of a network apart, and the port is what counts */
		strbuf_addf(b, "%s\u2026%s%s", v6 ? "[" : "", text + strlen(text) - (size_t)room + 1, tail);
	else
		strbuf_addf(b, "%s%s%s", v6 ? "[" : "", text, tail);
}

/* A duration of a state or a life, short: whole seconds where it lasts. */
void say_for(struct strbuf *b, __u64 ns)
{
	__u64 s = ns / SECOND_NS;

	if (ns < 10 * SECOND_NS)
		hist_fmt(b, ns, HIST_AUTO);
	else if (s < 60)
		strbuf_addf(b, "%llu.%llus", (unsigned long long)s, (unsigned long long)(ns / (SECOND_NS / 10) % 10));
	else if (s < 600)
		strbuf_addf(b, "%llum%02llus", (unsigned long long)s / 60, (unsigned long long)s % 60);
	else
		fmt_duration(b, ns);
}

void say_place(struct strbuf *b, const struct name *n)
{
	struct strbuf label = { 0 };

	if (name_label(n, &label) && !label.failed)
		fmt_comm(b, label.s);
	else
		strbuf_addc(b, '-');
	strbuf_free(&label);
}

void say_netns(struct strbuf *b, const struct names *ns, __u32 inode)
{
	const char *name = name_part(names_netns(ns, inode), TWT_NP_NETNS);

	if (name)
		fmt_comm(b, name);
	else
		strbuf_addf(b, "%u", inode);
}
