/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any sockets, any call: answers are the same however often and in whichever order they are asked for, blockers are real, and one option more never
 * hurts. Half of the bytes are an address as people type it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/ports/bind.h"
#include "core/ports/connect.h"
#include "core/text/endpoint.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void read_text(const unsigned char *data, size_t len)
{
	char text[256], err[256];
	struct endpoint e;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, data, len);
	text[len] = '\0';
	for (int bare = 0; bare < 2; bare++) {
		err[0] = '\0';
		if (endpoint_parse(text, bare, &e, err, sizeof(err)) ? !*err : (!e.port && !bare) || strlen(e.scope) >= sizeof(e.scope))
			abort();
	}
}

static int ask(const struct bind_call *c, const struct looks *l, const struct bind_rules *rules)
{
	struct bind_answer a;
	int err;

	if (bind_ask(c, l, rules, &a))
		abort();
	if ((a.err && a.err != EADDRINUSE) || (a.err && !a.n_blockers) || a.n_blockers > l->n)
		abort();
	for (size_t i = 0; i < a.n_blockers; i++)
		if (a.blockers[i] >= l->n || l->v[a.blockers[i]].s.lport != c->port)
			abort();
	err = a.err;
	bind_answer_free(&a);
	return err;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static const struct bind_rules rules[] = { { true, false, false }, { true, true, false }, { false, true, false } };
	struct bind_call c = { 0 };
	struct connect_call cc = { 0 };
	struct connect_answer ca;
	struct port_params *pp;
	struct looks l = { 0 };
	union twt_record rec;
	int plain, with;

	read_text(data, len);
	if (len < sizeof(c) + sizeof(cc))
		return 0;
	memcpy(c.addr, data, 16);
	c.family = data[16] & 1 ? 2 : 10;
	c.port = 1 + (data[17] & 3);
	c.uid = data[18] & 1;
	c.dev = data[19] & 3;
	c.v6only = data[16] & 2;
	c.listening = data[16] & 4;
	memcpy(cc.saddr, data + 20, 16);
	memcpy(cc.daddr, data + 36, 16);
	cc.sport = data[52] & 3;
	cc.dport = 80;
	for (size_t at = sizeof(c); at + sizeof(struct twt_look) <= len; at += sizeof(struct twt_look)) {
		memcpy(&rec, data + at, sizeof(struct twt_look));
		rec.look.size = sizeof(rec.look);
		rec.look.kind = TWT_LOOK;
		rec.look.family = rec.look.family & 1 ? 2 : 10;
		rec.look.lport = 1 + (rec.look.lport & 3);
		if (record_decode(&rec, sizeof(rec.look), &rec))
			continue;
		(void)looks_add(&l, &rec.look);
	}
	for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
		c.reuseaddr = c.reuseport = false;
		plain = ask(&c, &l, &rules[r]);
		c.reuseaddr = true;
		with = ask(&c, &l, &rules[r]);
		if (with && !plain)
			abort();
		c.reuseport = true;
		if (ask(&c, &l, &rules[r]) && !with)
			abort();
	}
	pp = calloc(1, sizeof(*pp));
	if (!pp)
		abort();
	pp->known = 1U << TWT_SC_PORT_RANGE;
	pp->lo = 1;
	pp->hi = 4;
	pp->value[TWT_SC_TW_REUSE] = data[53] & 3;
	if (connect_ask(&cc, &l, pp, &ca))
		abort();
	if (!cc.sport && (ca.usable + ca.closed + ca.reserved != 4 || ca.free + ca.in_use != ca.usable || (ca.err != 0) == (ca.free != 0)))
		abort();
	connect_answer_free(&ca);
	free(pp);
	looks_free(&l);
	return 0;
}
