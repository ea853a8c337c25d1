/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listening sockets: their queues, as looks at them found them; how fast they are emptied; what they dropped; who holds them.
 *
 * A queue, a limit and drops are a socket's own. Which of several sockets with one address (SO_REUSEPORT) a connection was given to is told nowhere: what
 * was accepted, and how long it waited, is the address's. What overflowed and SYN cookies are the namespace's (struct listen_counters); of a socket only
 * where no other socket of the namespace dropped anything at that time.
 */
#ifndef CORE_PORTS_LISTEN_LISTENERS_H
#define CORE_PORTS_LISTEN_LISTENERS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/filter.h"
#include "core/event/actor.h"
#include "core/stats/hist/hist.h"
#include "core/track/tracker.h"
#include "twtrace.h"

#define LISTENERS_MAX 16384		/* sockets; what comes beyond is counted */
#define LISTENER_OWNERS_MAX 1024	/* processes of one socket */

/* All listeners of one address in one namespace. */
struct listen_address {
	__u32 netns;
	__u16 lport;			/* host order */
	__u8 family;			/* AF_INET 2, AF_INET6 10 */
	__u8 laddr[16];			/* network order, IPv4 as v4-mapped */
	__u32 sockets;			/* more than one: a group of SO_REUSEPORT */
	__u64 completed;		/* handshakes that were completed since the start */
	__u64 accepted;			/* ... and left the queue again, up to the newest look; since the first one */
	double accepted_per_s;		/* in the interval that is over; negative: no two looks yet */
	struct hist wait;		/* ns from ESTABLISHED to accept(), or to the first read */
	__u64 by_use;			/* of .wait: to the first read, since accept() is not seen on this kernel */
	/* private */
	__u64 completed_look, queued;	/* at the newest look */
	long long at_base;		/* the first less the second at the first look */
	__u64 accepted_before;
	bool based;
	struct listen_address *next;
};

struct listener {
	struct listen_address *at;
	__u64 cookie;
	bool looked;			/* else the queue is unknown: nobody looked, or not yet */
	bool kernel;			/* the kernel's own socket */
	__u32 queue, peak;		/* established and not accepted: now; most that was ever known of */
	__u32 limit;			/* full when .queue is above it */
	__u32 half_open, half_open_peak;
	__u32 drops;			/* since the socket exists, as ss -m shows it */
	__u64 drops_seen;		/* since the first look */
	__u64 drops_interval;		/* in the interval that is over */
	__u32 somaxconn;
	__u64 oldest_wait_ns;		/* of the connection that waits longest; 0: none, or unknown */
	__u64 looks, full_looks, half_full_looks;
	__u64 overflows;		/* ListenOverflows of the namespace that can only be its own */
	__u32 n_owners, owners_left_out;/* those beyond LISTENER_OWNERS_MAX */
	struct listener_owner { __u32 actor; __u64 seen_ns; } *owners;	/* by pid; ids of listeners_actors() */
	/* private */
	__u64 seen_ns, drops_seen_before;
	__u32 drops_look, drops_look_before;
	bool began_before;
	struct listener *next;
};

/* Since the start, of a whole namespace. */
enum { LISTEN_COUNTERS = TWT_C_COOKIES_FAILED - TWT_C_LISTEN_OVERFLOWS + 1 };
struct listen_counters {
	__u32 netns;
	bool known;			/* both ends were told */
	__u64 n[LISTEN_COUNTERS];	/* [enum twt_counter - TWT_C_LISTEN_OVERFLOWS] */
};
const char *listen_counter_key(unsigned int i);		/* "listen_overflows", as in JSON */
const char *listen_counter_nstat(unsigned int i);	/* "ListenOverflows" */

struct listeners;

struct listeners *listeners_new(void);		/* NULL without memory */
void listeners_free(struct listeners *ls);	/* NULL is fine */
/* Where filters look up containers, pods and units of owners: as actors_set_names(). */
void listeners_set_names(struct listeners *ls, const struct names *ns);
/* Forget peaks, times and what was counted; what exists stays. */
void listeners_clear(struct listeners *ls);

/* What happens. Return 0 or -ENOMEM. */
int listeners_event(struct listeners *ls, const struct twt_event *ev);	/* before the tracker sees it */
int listeners_transition(struct listeners *ls, const struct transition *tr, const struct actors *as);
int listeners_accepted(struct listeners *ls, const struct conn *c, __u64 wait_ns, bool by_use);
/* An interval is over: rates are of it, and another one begins. */
void listeners_interval(struct listeners *ls);

/* Something was looked at; false in a recording that was made without looks. */
bool listeners_looked(const struct listeners *ls);
__u64 listeners_left_out(const struct listeners *ls);	/* sockets beyond LISTENERS_MAX */
const struct actors *listeners_actors(const struct listeners *ls);

enum listeners_sort {
	LISTENERS_BY_TROUBLE,		/* what drops now, then what is fullest */
	LISTENERS_BY_QUEUE, LISTENERS_BY_PEAK, LISTENERS_BY_HALF_OPEN, LISTENERS_BY_ACCEPTED, LISTENERS_BY_WAIT,
	LISTENERS_BY_DROPS, LISTENERS_BY_PORT, LISTENERS_SORT_MAX
};
/* The words of --sort; '-' and '_' are the same. Returns 0 or -EINVAL. */
int listeners_sort_parse(const char *text, enum listeners_sort *ret);
/* All of them in that order; sockets of one address stay together where it is the port's. Valid until the next event. Returns 0 or -ENOMEM. */
int listeners_rows(struct listeners *ls, enum listeners_sort sort, const struct listener *const **ret, size_t *ret_n);
/* Does it pass @f, by what it is or by one of its owners? */
bool listener_match(const struct filter *f, const struct listener *l, const struct actors *as);
/* The namespaces of the listeners in order of their first appearance; false: no more. Start with *at == 0. */
bool listeners_counters(const struct listeners *ls, size_t *at, struct listen_counters *ret);

/* Of 1 + .limit, which is what the queue has room for, in per cent: 100 and more is full. */
unsigned int listener_fill(const struct listener *l);
enum listener_trouble { LISTENER_FINE, LISTENER_WARN, LISTENER_BAD };
/* BAD: full now, or dropped something in the last interval. WARN: was so before, or is nearly full, or somebody waits for more than a second. */
enum listener_trouble listener_trouble(const struct listener *l);
struct strbuf;
/* "127.0.0.1:80", "[::]:80", "*:80". */
void listener_say_address(struct strbuf *b, const struct listen_address *at);
/* "nginx (pid 812, 813 and 6 more)", "nginx (pid 812), systemd (pid 1)", "kernel", "-" where nobody is known. */
void listener_say_owners(struct strbuf *b, const struct listener *l, const struct actors *as);
/* What is wrong, with numbers, in sentences; nothing if nothing is. */
void listener_say_trouble(struct strbuf *b, const struct listener *l);
#endif
