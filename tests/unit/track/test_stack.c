/* SPDX-License-Identifier: GPL-2.0-only */
/* Which path is a connection's: of whom it was opened by, of its first FIN or its abort; through packed rows; and what is counted by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/event/tcp.h"
#include "core/stats/paths/paths.h"
#include "core/track/tracker.h"

#define MS 1000000ULL
#define CLIENT 1
#define SERVER 2
#define LISTENER 3

struct seen {
	struct tracker *t;
	struct paths *paths[PATHS_OF_MAX];
	struct conn c;
	int n;
};

static void on_transition(void *ctx, const struct transition *tr)
{
	struct seen *s = ctx;

	for (int of = 0; of < PATHS_OF_MAX; of++)
		assert_int_equal(paths_transition(s->paths[of], tr, tracker_actors(s->t)), 0);
}

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct seen *s = ctx;

	(void)ts_ns;
	s->c = *c;
	s->n++;
	for (int of = 0; of < PATHS_OF_MAX; of++)
		assert_int_equal(paths_gone(s->paths[of], c, tracker_actors(s->t)), 0);
}

static const struct tracker_ops ops = { .transition = on_transition, .gone = on_gone };

static void begin(struct seen *s)
{
	struct tracker_config cfg = { .max_whole = 1 };

	memset(s, 0, sizeof(*s));
	for (int of = 0; of < PATHS_OF_MAX; of++)
		s->paths[of] = paths_new((enum paths_of)of);
	assert_int_equal(tracker_new(&cfg, &ops, s, &s->t), 0);
}

static void end(struct seen *s)
{
	tracker_free(s->t);
	for (int of = 0; of < PATHS_OF_MAX; of++)
		paths_free(s->paths[of]);
}

static struct twt_event event(__u64 ms, __u8 kind, __u64 cookie)
{
	struct twt_event ev = { .size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = kind, .ts_ns = ms * MS, .cookie = cookie, .netns = 1, .family = 2,
				.lport = 80, .rport = 40000, .laddr = { [10] = 255, [11] = 255, [12] = 127, [15] = 1 }, .raddr = { [10] = 255, [11] = 255, [12] = 127, [15] = 1 } };

	if (cookie == CLIENT) {
		ev.lport = 40000;
		ev.rport = 80;
	}
	if (cookie == LISTENER)
		ev.rport = 0;
	return ev;
}

static void state_to(struct seen *s, __u64 ms, __u64 cookie, __u8 from, __u8 to, __u32 flags)
{
	struct twt_event ev = event(ms, TWT_STATE, cookie);

	ev.old_state = from;
	ev.new_state = to;
	ev.flags = flags;
	if (flags) {
		ev.size = sizeof(ev);
		ev.flags |= TWT_F_TASK | TWT_F_OWNED;
		ev.tgid = ev.tid = 100;
		ev.aux = 5;
		memcpy(ev.comm, "prog", 4);
	}
	tracker_event(s->t, &ev);
}

static void use(struct seen *s, __u64 ms, __u64 cookie, __u32 of, __u64 id)
{
	struct twt_event ev = event(ms, TWT_STACK_USE, cookie);

	ev.aux = of;
	ev.arg0 = id;
	tracker_event(s->t, &ev);
}

static __u64 id_of(const struct seen *s, __u32 number)
{
	const struct stack *k = stacks_get(tracker_stacks(s->t), number);

	return k ? k->id : 0;
}

static void streams_without_have_none(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	state_to(&s, 1, CLIENT, ST_CLOSE, ST_SYN_SENT, TWT_F_INTENT);
	assert_null(tracker_stacks(s.t));
	end(&s);
}

static void open_and_close(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	use(&s, 1, CLIENT, TWT_STACK_CONNECT, 1001);
	state_to(&s, 1, CLIENT, ST_CLOSE, ST_SYN_SENT, TWT_F_INTENT);
	state_to(&s, 2, CLIENT, ST_SYN_SENT, ST_ESTABLISHED, 0);
	use(&s, 3, CLIENT, TWT_STACK_ACCEPT, 1009);	/* it is a client's: nobody accepted it */
	/* Others come, so that its row is packed and made whole again. */
	use(&s, 3, LISTENER, TWT_STACK_LISTEN, 1003);
	state_to(&s, 3, LISTENER, ST_CLOSE, ST_LISTEN, TWT_F_INTENT);
	use(&s, 4, 31, TWT_STACK_CONNECT, 1010);	/* of a socket that nothing comes of */
	for (__u64 other = 10; other < 30; other++)
		state_to(&s, 4, other, ST_CLOSE, ST_SYN_SENT, TWT_F_INTENT);
	use(&s, 5, CLIENT, TWT_STACK_CLOSE, 1002);
	state_to(&s, 5, CLIENT, ST_ESTABLISHED, ST_FIN_WAIT1, TWT_F_INTENT);
	use(&s, 5, CLIENT, TWT_STACK_CLOSE, 1004);	/* close() after shutdown() closes nothing any more */
	use(&s, 5, 999, TWT_STACK_CLOSE, 1005);		/* of nobody that we know */
	state_to(&s, 6, CLIENT, ST_FIN_WAIT1, ST_CLOSING, 0);
	state_to(&s, 7, CLIENT, ST_CLOSING, ST_CLOSE, 0);
	tracker_finish(s.t);
	assert_int_equal(s.n, 1);
	assert_int_equal(id_of(&s, s.c.open_stack), 1001);
	assert_int_equal(id_of(&s, s.c.close_stack), 1002);
	end(&s);
}

static void accepted_by_the_first(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	state_to(&s, 1, SERVER, ST_LISTEN, ST_SYN_RECV, 0);
	state_to(&s, 2, SERVER, ST_SYN_RECV, ST_ESTABLISHED, 0);
	use(&s, 3, SERVER, TWT_STACK_ACCEPT, 1001);
	use(&s, 4, SERVER, TWT_STACK_ACCEPT, 1002);
	use(&s, 5, SERVER, TWT_STACK_ABORT, 1003);
	state_to(&s, 5, SERVER, ST_ESTABLISHED, ST_CLOSE, TWT_F_LINGER0);
	tracker_finish(s.t);
	assert_int_equal(id_of(&s, s.c.open_stack), 1001);
	assert_int_equal(s.c.close, CLOSE_ABORT);
	assert_int_equal(id_of(&s, s.c.close_stack), 1003);
	end(&s);
}

/* Whoever found the peer's RST in the backlog did not abort. */
static void reset_by_the_peer_is_nobodys_path(void **state)
{
	struct twt_event rst;
	struct seen s;

	(void)state;
	begin(&s);
	state_to(&s, 1, SERVER, ST_LISTEN, ST_SYN_RECV, 0);
	state_to(&s, 2, SERVER, ST_SYN_RECV, ST_ESTABLISHED, 0);
	rst = event(3, TWT_RST_RCVD, SERVER);
	tracker_event(s.t, &rst);
	use(&s, 3, SERVER, TWT_STACK_ABORT, 1003);
	state_to(&s, 3, SERVER, ST_ESTABLISHED, ST_CLOSE, TWT_F_OWNED);
	tracker_finish(s.t);
	assert_int_equal(s.c.close, CLOSE_RESET);
	assert_int_equal(s.c.close_stack, 0);
	end(&s);
}

static int look(void *ctx, const struct conn *c)
{
	struct seen *s = ctx;

	for (int of = 0; of < PATHS_OF_MAX; of++)
		assert_int_equal(paths_look(s->paths[of], c, tracker_actors(s->t)), 0);
	return 0;
}

static int look_listener(void *ctx, const struct conn *c)
{
	struct seen *s = ctx;

	for (int of = 0; of < PATHS_OF_MAX; of++)
		assert_int_equal(paths_look_listener(s->paths[of], c, tracker_actors(s->t)), 0);
	return 0;
}

static void counted_by_path(void **state)
{
	const struct path_row *const *rows;
	struct seen s;
	size_t n;

	(void)state;
	begin(&s);
	use(&s, 1, LISTENER, TWT_STACK_LISTEN, 1003);
	state_to(&s, 1, LISTENER, ST_CLOSE, ST_LISTEN, TWT_F_INTENT);
	/* One that is over, closed here first; a client of the same path that waits for its server, which leaks. */
	for (__u64 cookie = 10; cookie < 13; cookie++) {
		state_to(&s, 2, cookie, ST_LISTEN, ST_SYN_RECV, 0);
		state_to(&s, 2, cookie, ST_SYN_RECV, ST_ESTABLISHED, 0);
		use(&s, 3, cookie, TWT_STACK_ACCEPT, 1001);
	}
	use(&s, 4, 10, TWT_STACK_CLOSE, 1002);
	state_to(&s, 4, 10, ST_ESTABLISHED, ST_FIN_WAIT1, TWT_F_INTENT);
	state_to(&s, 4, 10, ST_FIN_WAIT1, ST_CLOSING, 0);
	state_to(&s, 4, 10, ST_CLOSING, ST_CLOSE, 0);
	state_to(&s, 1000, 11, ST_ESTABLISHED, ST_CLOSE_WAIT, 0);
	state_to(&s, 9000, 12, ST_ESTABLISHED, ST_CLOSE_WAIT, 0);
	tracker_finish(s.t);
	for (int of = 0; of < PATHS_OF_MAX; of++)
		paths_look_begin(s.paths[of], 10000 * MS, 5000 * MS);
	assert_int_equal(tracker_foreach(s.t, look_listener, &s), 0);
	assert_int_equal(tracker_foreach(s.t, look, &s), 0);

	assert_int_equal(paths_rows(s.paths[PATHS_OPENED], &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(path_connections(rows[0]), 3);
	assert_int_equal(rows[0]->over, 1);
	assert_int_equal(rows[0]->open, 2);
	assert_int_equal(rows[0]->stuck, 1);
	assert_int_equal(rows[0]->oldest_ns, 9000 * MS);
	assert_string_equal(rows[0]->comm, "prog");	/* its listener's owner */
	assert_int_equal(id_of(&s, rows[0]->stack), 1001);

	assert_int_equal(paths_rows(s.paths[PATHS_CLOSED], &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(id_of(&s, rows[0]->stack), 1002);

	assert_int_equal(paths_rows(s.paths[PATHS_STUCK], &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0]->stuck, 1);
	assert_int_equal(id_of(&s, rows[0]->stack), 1001);

	assert_int_equal(paths_rows(s.paths[PATHS_LISTENED], &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0]->listeners, 1);
	assert_int_equal(path_connections(rows[0]), 3);
	assert_int_equal(id_of(&s, rows[0]->stack), 1003);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_without_have_none), cmocka_unit_test(open_and_close), cmocka_unit_test(accepted_by_the_first),
		cmocka_unit_test(reset_by_the_peer_is_nobodys_path), cmocka_unit_test(counted_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
