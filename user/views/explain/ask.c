// SPDX-License-Identifier: GPL-2.0-only
/* The answer: what the namespace says, a look at the port, the rules. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/addr.h"
#include "core/event/actor.h"
#include "host/names/whose.h"
#include "host/nslist.h"
#include "host/proc.h"
#include "host/route.h"
#include "host/sysctl.h"
#include "source/bpf/look.h"
#include "views/explain/explain.h"
#include "views/explain/recall.h"

#define V6 10

static void learn(void *ctx, const struct twt_event *ev)
{
	port_params_learn(ctx, ev);
}

static int refuse(struct answer *a, int err, const char *why)
{
	a->now.err = err;
	a->why = why;
	return 0;
}

/* Of the address that bind() names. */
static bool is_local(const struct answer *a, const struct endpoint *ep)
{
	return addr_is_any(ep->addr) || route_nonlocal_bind(!addr_is_v4(ep->addr)) || route_is_local(ep->addr, a->dev) != 0;
}

/* What __inet_bind() and __inet6_bind() ask before the port's sockets: IPv4 looks at the address first, IPv6 at the port. */
static int check_bind(struct answer *a, const struct endpoint *ep)
{
	static const char privileged[] = "ports below net.ipv4.ip_unprivileged_port_start need CAP_NET_BIND_SERVICE";
	const struct port_params *pp = &a->params;
	__u64 start = pp->known >> TWT_SC_UNPRIVILEGED_PORT_START & 1 ? pp->value[TWT_SC_UNPRIVILEGED_PORT_START] : 1024;
	bool mapped = ep->family == V6 && addr_is_v4(ep->addr), no_right = ep->port < start && a->q.uid != 0;
	bool link_local = ep->family == V6 && ep->addr[0] == 0xfe && (ep->addr[1] & 0xc0) == 0x80;

	if (ep->family == V6 && ep->addr[0] == 0xff)
		return refuse(a, EINVAL, "a stream cannot have a multicast address");
	if (ep->family != V6 && !is_local(a, ep))
		return refuse(a, EADDRNOTAVAIL, "the address is none of this namespace's");
	if (no_right)
		return refuse(a, EACCES, privileged);
	if (mapped && a->q.v6only)
		return refuse(a, EINVAL, "a socket with IPV6_V6ONLY takes no v4-mapped address");
	if (link_local && !a->dev)
		return refuse(a, EINVAL, "a link-local address needs a device: [fe80::1%eth0]:PORT, or --device");
	if (ep->family == V6 && !is_local(a, ep))
		return refuse(a, EADDRNOTAVAIL, "the address is none of this namespace's");
	return 0;
}

static int check_connect(struct answer *a)
{
	struct question *q = &a->q;
	int err;

	/* To nowhere means to oneself. */
	if (addr_is_any(q->addr.addr)) {
		if (addr_is_v4(q->addr.addr))
			memcpy(q->addr.addr + 12, (const __u8[4]){ 127, 0, 0, 1 }, 4);
		else
			q->addr.addr[15] = 1;
	}
	if (q->from.family && q->from.port && !q->is_bound) {
		err = check_bind(a, &q->from);
		if (err || a->why)
			return err;
	} else if (q->from.family && !is_local(a, &q->from)) {
		return refuse(a, EADDRNOTAVAIL, "the source address is none of this namespace's");
	}
	if (q->from.family && !addr_is_any(q->from.addr)) {
		memcpy(a->saddr, q->from.addr, 16);
		return 0;
	}
	err = route_source(q->addr.addr, a->dev, a->saddr);
	if (!err)
		return 0;
	return refuse(a, -err, err == -ENETUNREACH || err == -EHOSTUNREACH ? "no route leads to that address" :
		      "the kernel's routes refuse that address");
}

static bool sysctl_is_one(const char *path)
{
	FILE *f = fopen(path, "re");
	bool one = f && fgetc(f) == '1';

	if (f)
		(void)fclose(f);
	return one;
}

/* Inside the namespace. */
static int ask_namespace(void *ctx)
{
	struct answer *a = ctx;
	const char *device = a->q.device;

	(void)sysctl_read(learn, &a->params);
	if (!device && *a->q.addr.scope)
		device = a->q.addr.scope;
	if (!device && *a->q.from.scope)
		device = a->q.from.scope;
	a->dev = a->q.dev;
	if (device && route_device(device, &a->dev, &a->l3mdev))
		return -ENODEV;
	/* inet_sk_bound_l3mdev(): then ports of all VRFs are one. */
	if (a->l3mdev && sysctl_is_one("/proc/sys/net/ipv4/tcp_l3mdev_accept"))
		a->l3mdev = 0;
	a->in_vrf = a->l3mdev != 0;
	if (a->q.what == EXPLAIN_LISTEN)	/* its address was good enough for bind() */
		return 0;
	return a->q.what == EXPLAIN_CONNECT ? check_connect(a) : check_bind(a, &a->q.addr);
}

static int enter(struct answer *a, char *err, size_t errlen)
{
	struct nslist list;
	int e = nslist_read(&list, &a->q.netns, 1);

	if (e) {
		(void)snprintf(err, errlen, "cannot look for network namespaces: %s", strerror(-e));
		return e;
	}
	if (list.n)
		e = nslist_within(&list, 0, ask_namespace, a);
	else
		e = list.refused ? -EPERM : -ENOENT;
	nslist_free(&list);
	if (e == -ENOENT)
		(void)snprintf(err, errlen, "network namespace %u is gone, or nothing that can be seen keeps it", a->q.netns);
	else if (e == -ENODEV)
		(void)snprintf(err, errlen, "no device '%s' in that network namespace; see: ip link", a->q.device ? a->q.device :
			       *a->q.addr.scope ? a->q.addr.scope : a->q.from.scope);
	else if (e == -EPERM || e == -EACCES)
		(void)snprintf(err, errlen, "no permission to enter network namespace %u: run as root, or with CAP_SYS_ADMIN too", a->q.netns);
	else if (e)
		(void)snprintf(err, errlen, "cannot look into network namespace %u: %s", a->q.netns, strerror(-e));
	return e == -EACCES ? -EPERM : e;
}

/* The answer to every call but a connect() whose port the kernel chooses depends on one port alone. */
static int take_look(struct explainer *e, struct answer *a, char *err, size_t errlen)
{
	__u16 lport = a->q.what == EXPLAIN_CONNECT ? a->q.from.port : a->q.addr.port;
	const struct twt_look *looks;
	int n = look_start(e->look, &a->q.netns, 1, lport);

	while (n >= 0) {
		n = look_step(e->look, &looks);
		if (n <= 0)
			break;
		for (int i = 0; i < n; i++)
			(void)looks_add(&a->looks, &looks[i]);
	}
	a->refused = look_refused(e->look);
	if (n < 0)
		(void)snprintf(err, errlen, "reading from the kernel failed: %s", strerror(-n));
	return n;
}

static struct bind_call bind_call_of(const struct answer *a, const struct endpoint *ep, bool reuseaddr, bool reuseport)
{
	struct bind_call c = {
		.netns = a->q.netns, .family = ep->family, .port = ep->port, .reuseaddr = reuseaddr, .reuseport = reuseport,
		.v6only = a->q.v6only, .uid = a->q.uid, .dev = a->dev, .l3mdev = a->l3mdev,
		.listening = a->q.what == EXPLAIN_LISTEN, .self = a->q.inode,
	};

	memcpy(c.addr, ep->addr, sizeof(c.addr));
	return c;
}

static int try_bind(const struct explainer *e, const struct answer *a, const struct endpoint *ep, bool reuseaddr, bool reuseport,
		    struct bind_answer *ret)
{
	struct bind_call c = bind_call_of(a, ep, reuseaddr, reuseport);

	return bind_ask(&c, &a->looks, &e->rules, ret);
}

/* As asked for, and with the options that may help. */
static int ask_bind(const struct explainer *e, struct answer *a, const struct endpoint *ep)
{
	struct { bool reuseaddr, reuseport; struct outcome *to; } variants[] = {
		{ a->q.reuseaddr, a->q.reuseport, &a->now },
		{ true, a->q.reuseport, &a->with_reuseaddr },
		{ a->q.reuseaddr, true, &a->with_reuseport },
		{ true, true, &a->with_both },
	};
	struct bind_answer b;

	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		int err = try_bind(e, a, ep, variants[i].reuseaddr, variants[i].reuseport, &b);

		if (err)
			return err;
		*variants[i].to = (struct outcome){ b.err, b.by_bucket };
		if (i == 0) {
			a->blockers = b.blockers;
			a->n_blockers = b.n_blockers;
			b.blockers = NULL;
		}
		bind_answer_free(&b);
	}
	return 0;
}

static int ask_connect(const struct explainer *e, struct answer *a)
{
	struct outcome *each[] = { &a->now, &a->with_reuseaddr, &a->with_reuseport, &a->with_both };
	struct connect_call c = { .netns = a->q.netns, .sport = a->q.from.port, .dport = a->q.addr.port, .dev = a->dev, .l3mdev = a->l3mdev };
	int err = 0;

	/* A port of one's own has to be bound first; what fails there does not come to connect(). */
	if (a->q.from.port && !a->q.is_bound) {
		err = ask_bind(e, a, &a->q.from);
		if (err || a->now.err)
			return err;
	}
	memcpy(c.saddr, a->saddr, sizeof(c.saddr));
	memcpy(c.daddr, a->q.addr.addr, sizeof(c.daddr));
	err = connect_ask(&c, &a->looks, &a->params, &a->connect);
	if (err)
		return err;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (!each[i]->err)
			each[i]->err = a->connect.err;
	free(a->blockers);
	a->blockers = a->connect.blockers;
	a->n_blockers = a->connect.n_blockers;
	a->connect.blockers = NULL;
	return 0;
}

/* How long it stays: who listens, what stays until it is closed, then minisocks by their time. */
static long long stays(const struct twt_look *s)
{
	return s->flags & TWT_LOOK_MINISOCK ? (long long)s->left_ns : s->state == ST_LISTEN ? 1LL << 62 : 1LL << 61;
}

static int longest_first(const void *x, const void *y, void *ctx)
{
	const struct looks *l = ctx;
	const struct twt_look *a = &l->v[*(const size_t *)x].s, *b = &l->v[*(const size_t *)y].s;
	long long sa = stays(a), sb = stays(b);

	return sa < sb ? 1 : sa > sb ? -1 : a->cookie > b->cookie ? 1 : a->cookie < b->cookie ? -1 : 0;
}

static void hold(struct who *w, __u32 tgid, const char *comm)
{
	w->known = true;
	w->tgid = tgid;
	memcpy(w->comm, comm, TWT_COMM_LEN);
}

/* Who holds it; if nobody does, who did, as the recording says. A child that waits for accept() has nobody yet. */
static void find_who(const struct explainer *e, const struct twt_look *s, struct who *w)
{
	const struct actor *a = NULL;

	if (s->flags & TWT_LOOK_OWNER) {
		hold(w, s->tgid, (const char *)s->comm);
		w->runs = true;
		w->name = whose_process(e->whose, s->tgid);
	} else if (e->recall && !(s->flags & TWT_LOOK_UNACCEPTED)) {
		a = recall_owner(e->recall, s, &w->name);
	}
	if (!a)
		return;
	hold(w, a->tgid, a->comm);
	w->recalled = true;
	w->runs = proc_is(a->tgid, a->start_ms);
}

static int find_all(const struct explainer *e, struct answer *a)
{
	size_t n = a->n_blockers < EXPLAIN_ROWS ? a->n_blockers : EXPLAIN_ROWS;

	a->who = calloc(n ? n : 1, sizeof(*a->who));
	for (size_t i = 0; a->who && i < n; i++)
		find_who(e, &a->looks.v[a->blockers[i]].s, &a->who[i]);
	return a->who ? 0 : -ENOMEM;
}

int explain_ask(struct explainer *e, const struct question *q, struct answer *ret, char *err, size_t errlen)
{
	struct answer *a = ret;
	int code;

	memset(a, 0, sizeof(*a));
	a->q = *q;
	code = enter(a, err, errlen);
	if (!code && a->why) {
		a->with_reuseaddr = a->with_reuseport = a->with_both = a->now;
		return 0;
	}
	if (!code)
		code = take_look(e, a, err, errlen);
	if (code) {
		explain_free(a);
		return code;
	}
	code = a->q.what == EXPLAIN_CONNECT ? ask_connect(e, a) : ask_bind(e, a, &a->q.addr);
	if (!code && a->n_blockers)
		qsort_r(a->blockers, a->n_blockers, sizeof(*a->blockers), longest_first, &a->looks);
	if (!code)
		code = find_all(e, a);
	if (code || a->looks.lost) {
		(void)snprintf(err, errlen, "out of memory");
		explain_free(a);
		return -ENOMEM;
	}
	return 0;
}

void explain_free(struct answer *a)
{
	looks_free(&a->looks);
	connect_answer_free(&a->connect);
	free(a->blockers);
	free(a->who);
	memset(a, 0, sizeof(*a));
}
