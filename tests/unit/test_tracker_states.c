/* SPDX-License-Identifier: GPL-2.0-only */
/* Each way a full socket can go, as the kernel tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "events.h"

static void three_way_handshake(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, NULL);
	listens(&w, 50);
	connects(&w, 100, 60);
	told(&w, "l CLOSE>LISTEN 0 by=50\n"
		 "c CLOSE>SYN_SENT 100 by=60\n"
		 "c SYN_SENT>ESTABLISHED 130 for=30\n"
		 "s LISTEN>SYN_RECV 140\n"
		 "s SYN_RECV>ESTABLISHED 148 for=8\n");
	assert_int_equal(count_of(&w, ST_ESTABLISHED), 2);
	assert_int_equal(count_of(&w, ST_LISTEN), 1);
	assert_int_equal(totals_at(&w, NETNS)->opened, 2);
	/* Who accepted it is known from its first use. */
	at(&w, 200, &srv, TOUCH(51));
	at(&w, 300, &cli, STATE(ESTABLISHED, CLOSE_WAIT, .flags = TWT_F_SHUT_RD));
	at(&w, 400, &cli, STATE(CLOSE_WAIT, LAST_ACK, ASKED(61, SHUT_BOTH)));
	at(&w, 405, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN, .arg0 = 7, .arg1 = 9));
	at(&w, 407, &cli, DESTROY());
	told(&w, "c ESTABLISHED>CLOSE_WAIT 300 for=170\n"
		 "c CLOSE_WAIT>LAST_ACK 400 for=100 by=61\n"
		 "c LAST_ACK>CLOSE 405 for=5\n"
		 "c closed 405 passive\n"
		 "c gone 405 client passive - - open=60 own=60 close=61\n");
	at(&w, 500, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
	told(&w, "l LISTEN>CLOSE 500 for=500\n"
		 "l gone 500 listener - - - own=50\n");
	assert_int_equal(totals_at(&w, NETNS)->closed, 1);
	world_drop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_way_handshake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
