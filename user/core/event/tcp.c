/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/tcp.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define BIT(state) (1U << (state))
#define ALL (BIT(ST_MAX) - 1 - BIT(ST_NONE))
#define SYN_RECV (BIT(ST_SYN_RECV) | BIT(ST_NEW_SYN_RECV))
#define CONNECTED (ALL & ~(BIT(ST_LISTEN) | BIT(ST_CLOSE)))
#define BUCKET (SYN_RECV | BIT(ST_TIME_WAIT))

static const char *const names[ST_MAX] = {
	"-", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "SYN_RECV",
};

/* Lower case, '-' between words: the spellings of the kernel, of ss and of netstat become the same. */
static const struct { const char *text; __u32 mask; } spellings[] = {
	{ "established", BIT(ST_ESTABLISHED) },
	{ "syn-sent", BIT(ST_SYN_SENT) },
	{ "syn-recv", SYN_RECV },
	{ "new-syn-recv", SYN_RECV },
	{ "fin-wait-1", BIT(ST_FIN_WAIT1) },
	{ "fin-wait1", BIT(ST_FIN_WAIT1) },
	{ "fin-wait-2", BIT(ST_FIN_WAIT2) },
	{ "fin-wait2", BIT(ST_FIN_WAIT2) },
	{ "time-wait", BIT(ST_TIME_WAIT) },
	{ "close", BIT(ST_CLOSE) },
	{ "closed", BIT(ST_CLOSE) },
	{ "close-wait", BIT(ST_CLOSE_WAIT) },
	{ "last-ack", BIT(ST_LAST_ACK) },
	{ "listen", BIT(ST_LISTEN) },
	{ "listening", BIT(ST_LISTEN) },
	{ "closing", BIT(ST_CLOSING) },
	{ "all", ALL },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~BIT(ST_SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", ALL & ~BUCKET },
};

const char *tcp_state_name(unsigned int state)
{
	return state < ST_MAX ? names[state] : "-";
}

int tcp_state_parse(const char *text, __u32 *ret_mask)
{
	char buf[16];
	size_t i, n = strlen(text);

	if (n >= sizeof(buf))
		return -EINVAL;
	for (i = 0; i <= n; i++) {
		char c = text[i];

		/* Not tolower(): no locale here. */
		buf[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (strcmp(buf, spellings[i].text) == 0) {
			*ret_mask = spellings[i].mask;
			return 0;
		}
	}
	return -EINVAL;
}

const char *tcp_state_word(unsigned int i)
{
	/* Of several spellings of a state the first one is that of ss. */
	for (size_t k = 0; k < sizeof(spellings) / sizeof(spellings[0]); k++)
		if ((k == 0 || spellings[k].mask != spellings[k - 1].mask) && i-- == 0)
			return spellings[k].text;
	return NULL;
}
