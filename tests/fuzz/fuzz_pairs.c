/* SPDX-License-Identifier: GPL-2.0-only */
/* Any ends of any recordings, few places for many of them: what is joined belongs together, and each end is joined once, waits, or is counted. */
#include <stdlib.h>
#include <string.h>
#include "core/pairs/columns.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

#define ENDS 12

static void check(const struct pair *p)
{
	const struct pair_end *c = &p->client, *s = &p->server;

	if (c->lport != s->rport || c->rport != s->lport || memcmp(c->laddr, s->raddr, 16) != 0 || memcmp(c->raddr, s->laddr, 16) != 0 ||
	    p->first >= PAIR_FIRST_MAX || (!p->agree && p->first))
		abort();
}

static void show(const struct pair *p)
{
	struct pair_src of = { .pair = p, .hosts = { "a", "b\"<" } };
	struct field_src src = { .of = &of };
	struct strbuf b = { 0 };
	struct json j;

	json_init(&j, &b);
	json_open(&j, NULL, '{');
	fields_json_of(&j, pair_columns, pair_json, &src);
	json_close(&j, '}');
	fields_text_of(&b, pair_columns, pair_text_hosts, &src);
	if (b.failed)
		abort();
	strbuf_free(&b);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct pairs *ps = pairs_new(ENDS);
	struct pairs_counts n;
	struct pair_clock clock;
	__u64 added = 0, joined = 0;

	if (!ps)
		return 0;
	while (len >= 40) {
		struct pair_end e = { .over = data[0] & 1, .wanted = true, .fastopen = data[0] & 2, .cookie = data[0] >> 5, .family = data[0] & 4 ? 2 : 10,
				      .host = data[1] & 15, .netns = data[1] >> 6, .role = data[2] % ROLE_MAX, .close = data[3] % CLOSE_KIND_MAX,
				      .reason = data[4] % CLOSE_REASON_MAX, .state = data[4] % ST_MAX, .lport = data[5] & 3, .rport = data[5] >> 2 & 3,
				      .known = data[6] & ((1U << PAIR_MOMENTS) - 1), .flags = data[7] };
		struct pair p;

		e.laddr[15] = data[5] >> 4 & 1;
		e.raddr[15] = data[5] >> 5 & 1;
		memcpy(&e.born_ns, data + 8, 8);
		memcpy(&e.end_ns, data + 16, 8);
		for (unsigned int m = 0; m < PAIR_MOMENTS; m++)
			memcpy(&e.at_ns[m], data + 24 + m, 8);
		added += e.over;
		if (pairs_add(ps, &e, &p) == 1) {
			check(&p);
			show(&p);
			joined += p.client.over + p.server.over;
		}
		data += 40;
		len -= 40;
	}
	pairs_counted(ps, &n);
	if (n.alone + joined != added || n.translated > n.alone || n.dropped > n.alone)
		abort();
	for (size_t k = 0; pairs_clock(ps, k, &clock); k++)
		if (clock.a >= clock.b || clock.b >= PAIRS_HOSTS)
			abort();
	pairs_free(ps);
	return 0;
}
