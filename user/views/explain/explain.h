/* SPDX-License-Identifier: GPL-2.0-only */
/* `explain`: would this bind() or connect() succeed now, and if not, who is in the way, for how long? The inside of it, shared by its files. */
#ifndef VIEWS_EXPLAIN_EXPLAIN_H
#define VIEWS_EXPLAIN_EXPLAIN_H
#include <stdbool.h>
#include "core/ports/bind.h"
#include "core/ports/connect.h"
#include "core/text/endpoint.h"
#include "core/text/strbuf.h"
#include "twtrace.h"

struct look;
struct name;
struct options;
struct recall;
struct whose;

enum explain_what { EXPLAIN_BIND, EXPLAIN_LISTEN, EXPLAIN_CONNECT };

struct question {
	enum explain_what what;
	struct endpoint addr;		/* bind: local; connect: remote */
	struct endpoint from;		/* connect: local; .family 0: not named */
	bool reuseaddr, reuseport, v6only;
	bool is_bound;			/* connect: @from is the socket's own port already, which bind() need not get */
	__u64 inode;			/* of the socket that listen()s: not in its own way; or 0 */
	__u32 uid;
	const char *device;		/* or NULL */
	__u32 dev;			/* ... or its number */
	__u32 netns;
};

/* What one look can answer: held for the time of a command. */
struct explainer {
	struct look *look;
	struct bind_rules rules;
	bool rules_known;		/* the kernel's types could be read */
	bool sees_all;			/* no pid namespace hides descriptors */
	struct whose *whose;		/* containers, pods and units of processes */
	struct recall *recall;		/* -r: processes that let go of their sockets; NULL: not asked */
};

#define EXPLAIN_ROWS 1000		/* sockets in the way that programs are shown: those of which more is known */

/* Who holds a socket that is in the way, or who did. */
struct who {
	bool known;
	bool recalled;			/* by a recording: no process holds it now */
	bool runs;
	__u32 tgid;
	char comm[TWT_COMM_LEN + 1];	/* raw bytes */
	const struct name *name;	/* or NULL */
};

struct outcome { int err; bool by_bucket; };

struct answer {
	struct question q;
	struct outcome now, with_reuseaddr, with_reuseport, with_both;
	struct looks looks;
	struct port_params params;
	const char *why;		/* a sentence where the call fails before ports are looked at, or NULL */
	size_t *blockers;		/* in looks.v, those that stay longest first */
	size_t n_blockers;
	struct who *who;		/* of the first EXPLAIN_ROWS of them */
	struct connect_answer connect;	/* .usable etc., where the kernel chooses the port */
	__u8 saddr[16];			/* connect: what it would come from */
	__u32 dev, l3mdev;
	bool in_vrf;			/* the device belongs to one, which has ports of its own */
	size_t refused;			/* namespaces that could not be entered */
};

/*
 * One look, one answer: explain_free() it. Returns 0 or a negative errno, with one sentence in @err: -ENOENT if the namespace is gone, -ENODEV if it has
 * no such device, -EPERM if it cannot be entered.
 */
int explain_ask(struct explainer *e, const struct question *q, struct answer *ret, char *err, size_t errlen);
void explain_free(struct answer *a);

/* As sentences and a table, or as one JSON object; both end with a newline. */
void explain_text(const struct answer *a, const struct explainer *e, struct strbuf *b);
void explain_json(const struct answer *a, const struct explainer *e, struct strbuf *b);

/* Load what answers need. Returns 0, or an exit code, having said why. */
int explainer_open(const struct options *o, struct explainer *e);
void explainer_close(struct explainer *e);

/* The command, without --watch (which is a view: view_explain). Returns an exit code. */
int cmd_explain(const struct options *o);
#endif
