// SPDX-License-Identifier: GPL-2.0-only
/* The command `explain`: a question from its arguments, or one from each line of standard input. */
#include "views/explain/explain.h"
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/kernel_facts.h"
#include "host/names/whose.h"
#include "host/netns.h"
#include "host/privs.h"
#include "host/proc.h"
#include "run/log.h"
#include "run/opts.h"
#include "source/bpf/look.h"
#include "views/explain/recall.h"
#include "views/out.h"

#define WORDS_MAX 8		/* of a line of standard input */

/* --- what is asked --- */

static const char usage[] = "explain bind [ADDR]:PORT, or explain connect [SRC] ADDR:PORT";

static int question_bind(int n, char *const *args, struct question *q, __u8 family, char *err, size_t errlen)
{
	int e;

	if (n != 1) {
		(void)snprintf(err, errlen, n ? "too many words: it is %s" : "no address: it is %s", usage);
		return -EINVAL;
	}
	e = endpoint_parse(args[0], false, &q->addr, err, errlen);
	if (!e && !q->addr.family) {
		q->addr.family = family == 10 ? 10 : 2;
		if (family != 10)
			q->addr.addr[10] = q->addr.addr[11] = 0xff;
	}
	return e;
}

static int question_connect(int n, char *const *args, struct question *q, char *err, size_t errlen)
{
	const struct endpoint *to = &q->addr, *from = &q->from;
	int e;

	if (n < 1 || n > 2) {
		(void)snprintf(err, errlen, n ? "too many words: it is %s" : "no address: it is %s", usage);
		return -EINVAL;
	}
	e = endpoint_parse(args[n - 1], false, &q->addr, err, errlen);
	if (!e && n == 2)
		e = endpoint_parse(args[0], true, &q->from, err, errlen);
	if (e)
		return e;
	if (!to->family) {
		(void)snprintf(err, errlen, "bad address '%.80s': connect() needs an address to go to, for example 10.0.0.1:80", args[n - 1]);
		return -EINVAL;
	}
	if (n == 2 && !from->family) {		/* ":PORT": the wildcard of the destination's kind */
		q->from.family = to->family;
		if (to->family == 2)
			q->from.addr[10] = q->from.addr[11] = 0xff;
	}
	if (n == 2 && from->family != to->family) {
		(void)snprintf(err, errlen, "'%.40s' and '%.40s' are not of one address family", args[0], args[1]);
		return -EINVAL;
	}
	return 0;
}

/* @args: "bind", ...; what is not in them is in @q already. Returns 0 or -EINVAL with one sentence. */
static int question(int n, char *const *args, __u8 family, struct question *q, char *err, size_t errlen)
{
	if (n && !strcmp(args[0], "bind")) {
		q->what = EXPLAIN_BIND;
		return question_bind(n - 1, args + 1, q, family, err, errlen);
	}
	if (n && !strcmp(args[0], "connect")) {
		q->what = EXPLAIN_CONNECT;
		return question_connect(n - 1, args + 1, q, err, errlen);
	}
	if (n)
		(void)snprintf(err, errlen, "explain what? '%.40s' is neither bind nor connect: it is %s", args[0], usage);
	else
		(void)snprintf(err, errlen, "explain what? It is %s", usage);
	return -EINVAL;
}

/* --- one answer --- */

static int print(const struct answer *a, const struct explainer *e, const struct options *o)
{
	struct strbuf b = { 0 }, labelled = { 0 };
	const struct strbuf *all = &b;
	int err = 0;

	if (o->json)
		explain_json(a, e, &b);
	else
		explain_text(a, e, &b);
	if (o->json)
		all = out_labelled(&b, &labelled, o->labels);
	errno = 0;
	if (all->failed || fwrite(all->s, 1, all->len, stdout) != all->len || fflush(stdout))
		err = all->failed ? -ENOMEM : errno ? -errno : -EIO;
	strbuf_free(&b);
	strbuf_free(&labelled);
	return err;
}

static int written(int err)
{
	if (!err || err == -EPIPE)
		return EX_OK_;
	log_error("cannot write to standard output: %s", strerror(-err));
	return EX_FAILURE;
}

static int answer(struct explainer *e, const struct question *q, const struct options *o)
{
	struct answer a;
	char err[256];
	int code = explain_ask(e, q, &a, err, sizeof(err));

	if (code) {
		log_error("%s", err);
		return code == -EPERM ? EX_NOPERM_ : EX_FAILURE;
	}
	code = written(print(&a, e, o));
	if (!code && a.now.err)
		code = EX_FINDING;
	explain_free(&a);
	return code;
}

/* --- many: "bind ADDR:PORT [reuseaddr] [reuseport] [v6only] [uid=N] [device=NAME]", one a line --- */

static int take_word(struct question *q, char *word)
{
	if (!strcmp(word, "reuseaddr"))
		q->reuseaddr = true;
	else if (!strcmp(word, "reuseport"))
		q->reuseport = true;
	else if (!strcmp(word, "v6only"))
		q->v6only = true;
	else if (!strncmp(word, "uid=", 4) && word[4] && strspn(word + 4, "0123456789") == strlen(word + 4))
		q->uid = (__u32)strtoul(word + 4, NULL, 10);
	else if (!strncmp(word, "device=", 7) && word[7])
		q->device = word + 7;
	else
		return -EINVAL;
	return 0;
}

static int one_line(struct explainer *e, const struct question *base, __u8 family, char *line, const struct options *o)
{
	struct question q = *base;
	char *words[WORDS_MAX], *at = NULL, *w;
	char err[256];
	int n = 0;

	for (w = strtok_r(line, " \t\n", &at); w; w = strtok_r(NULL, " \t\n", &at)) {
		if (n && !take_word(&q, w))
			continue;
		if (n == WORDS_MAX)
			return log_usage("a line of standard input has too many words: it is %s", usage + strlen("explain "));
		words[n++] = w;
	}
	if (!n)
		return EX_OK_;
	if (question(n, words, family, &q, err, sizeof(err)))
		return log_usage("%s", err);
	return answer(e, &q, o);
}

static int each_line(struct explainer *e, const struct question *base, __u8 family, const struct options *o)
{
	char *line = NULL;
	size_t cap = 0;
	int code = EX_OK_, last;

	while (getline(&line, &cap, stdin) > 0) {
		last = one_line(e, base, family, line, o);
		if (last && last != EX_FINDING) {
			code = last;
			break;
		}
	}
	free(line);
	return code;
}

/* --- the command --- */

int explainer_open(const struct options *o, struct explainer *e)
{
	struct kernel_facts f;
	char err[256];
	int code = privs_check(err, sizeof(err));

	if (!code)
		code = look_open(o->verbose, &e->look, err, sizeof(err));
	if (code) {
		log_error("%s", err);
		return code == -EPERM ? EX_NOPERM_ : code == -EOPNOTSUPP ? EX_KERNEL : EX_FAILURE;
	}
	e->whose = whose_new(o->names_root);
	if (!e->whose) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	e->rules_known = !kernel_facts_read(&f);
	e->rules.by_address = !e->rules_known || f.has & FACT_BIND_BY_ADDRESS;
	e->rules.mapped_any = !e->rules_known || f.has & FACT_BIND_MAPPED_ANY;
	e->rules.uid_of_inode = e->rules_known && f.has & FACT_UID_OF_INODE;
	e->sees_all = proc_sees_all_pids();
	return EX_OK_;
}

void explainer_close(struct explainer *e)
{
	look_close(e->look);
	whose_free(e->whose);
	recall_close(e->recall);
	memset(e, 0, sizeof(*e));
}

static int netns_of(const struct options *o, __u32 *ret_netns)
{
	char err[256];

	if (o->source.n_netns > 1)
		return log_usage("explain looks at one network namespace; give one -N");
	if (o->source.n_netns == 1) {
		*ret_netns = o->source.netns[0];
		return EX_OK_;
	}
	if (!netns_resolve("self", ret_netns, err, sizeof(err)))
		return EX_OK_;
	log_error("%s", err);
	return EX_FAILURE;
}

int cmd_explain(const struct options *o)
{
	struct question q = {
		.reuseaddr = o->explain.reuseaddr, .reuseport = o->explain.reuseport, .v6only = o->explain.v6only,
		.uid = o->explain.uid_given ? o->explain.uid : (__u32)geteuid(), .device = o->explain.device,
	};
	bool lines = o->n_args == 1 && !strcmp(o->args[0], "-");
	struct explainer e = { 0 };
	char err[256];
	int code;

	if (o->synth)
		return log_usage("explain asks the running kernel; made-up events cannot answer");
	if (lines && o->replay && !strcmp(o->source.path, "-"))
		return log_usage("standard input cannot be both the calls and the recording");
	if (!lines && question(o->n_args, o->args, o->source.family, &q, err, sizeof(err)))
		return log_usage("%s", err);
	code = netns_of(o, &q.netns);
	if (!code)
		code = explainer_open(o, &e);
	if (!code && o->replay && recall_open(o->source.path, &e.recall, err, sizeof(err))) {
		log_error("%s", err);
		code = EX_FAILURE;
	}
	if (!code)
		code = lines ? each_line(&e, &q, o->source.family, o) : answer(&e, &q, o);
	explainer_close(&e);
	return code;
}
