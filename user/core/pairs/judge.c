// SPDX-License-Identifier: GPL-2.0-only
/* What two ends say together. */
#include "core/pairs/pairs.h"

const char *pair_first_name(unsigned int first)
{
	static const char *const names[PAIR_FIRST_MAX] = { "-", "client", "server", "both" };

	return first < PAIR_FIRST_MAX ? names[first] : "-";
}

static bool knows(const struct pair_end *e, enum pair_moment m)
{
	return e->known & 1U << m;
}

/* What one end says of who closed first. */
enum word { NOTHING, MYSELF, THE_PEER, AT_ONCE };

static enum word word_of(const struct pair_end *e)
{
	switch (e->over ? e->close : CLOSE_NOT_YET) {
	case CLOSE_ACTIVE: return MYSELF;
	case CLOSE_PASSIVE: return THE_PEER;
	case CLOSE_SIMULTANEOUS: return AT_ONCE;
	case CLOSE_ABORT:
	case CLOSE_ORPHAN_TIMEOUT:	/* its FIN was never answered */
		return knows(e, PAIR_CLOSE_WAIT) ? THE_PEER : MYSELF;
	case CLOSE_RESET:
		return knows(e, PAIR_FIN_WAIT1) ? MYSELF : THE_PEER;
	default:			/* it lives, or its end was not seen: a FIN tells all the same */
		return knows(e, PAIR_CLOSE_WAIT) ? THE_PEER : knows(e, PAIR_FIN_WAIT1) ? MYSELF : NOTHING;
	}
}

static void judge_first(struct pair *p)
{
	static const enum pair_first client[] = { PAIR_FIRST_UNKNOWN, PAIR_FIRST_CLIENT, PAIR_FIRST_SERVER, PAIR_FIRST_BOTH };
	static const enum pair_first server[] = { PAIR_FIRST_UNKNOWN, PAIR_FIRST_SERVER, PAIR_FIRST_CLIENT, PAIR_FIRST_BOTH };
	enum pair_first c = client[word_of(&p->client)], s = server[word_of(&p->server)];

	/* Both aborted before they heard of each other: each was the first, as far as it knew. */
	if (c == PAIR_FIRST_CLIENT && s == PAIR_FIRST_SERVER && p->client.close == CLOSE_ABORT && p->server.close == CLOSE_ABORT)
		c = s = PAIR_FIRST_BOTH;
	p->agree = c == s || c == PAIR_FIRST_UNKNOWN || s == PAIR_FIRST_UNKNOWN;
	p->first = !p->agree ? PAIR_FIRST_UNKNOWN : c ? c : s;
}

static void measure(struct pair_delay *ret, const struct pair_end *from, enum pair_moment sent, const struct pair_end *to, enum pair_moment seen)
{
	ret->known = knows(from, sent) && knows(to, seen) && !__builtin_sub_overflow(to->at_ns[seen], from->at_ns[sent], &ret->ns);
	if (!ret->known)
		ret->ns = 0;
}

void pair_judge(struct pair *p)
{
	bool server_first = knows(&p->server, PAIR_FIN_WAIT1) && knows(&p->client, PAIR_CLOSE_WAIT);
	const struct pair_end *one = server_first ? &p->server : &p->client, *other = server_first ? &p->client : &p->server;

	judge_first(p);
	measure(&p->fin, one, PAIR_FIN_WAIT1, other, PAIR_CLOSE_WAIT);
	measure(&p->fin_back, other, PAIR_LAST_ACK, one, PAIR_TIME_WAIT);
	p->ack = p->syn = (struct pair_delay){ 0 };
	if (!p->roles_known)
		return;
	measure(&p->ack, &p->client, PAIR_ESTABLISHED, &p->server, PAIR_ESTABLISHED);
	if (p->client.fastopen && p->server.fastopen)
		measure(&p->syn, &p->client, PAIR_SYN_SENT, &p->server, PAIR_SYN_RECV);
}
