/* SPDX-License-Identifier: GPL-2.0-only */
/* What would have been with another setting: one block for each, and one for all of them together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/ports/whatif/whatif.h"
#include "core/text/fmt.h"
#include "run/log.h"
#include "run/opts.h"
#include "views/ports/ports.h"

static int header(struct ports_view *v, const char *setting, size_t n, size_t shown)
{
	struct strbuf *b = &v->out.b;

	strbuf_addf(b, "what if %s: %zu destination%s", setting, n, n == 1 ? "" : "s");
	if (shown < n)
		strbuf_addf(b, ", %zu of them not shown", n - shown);
	strbuf_adds(b, "\nSOURCE          DESTINATION             CALLS    PEAK  USABLE  FAILED    THEN:  CALLS    PEAK  USABLE  FAILED\n");
	return out_line(&v->out, v->env);
}

static int row(struct ports_view *v, const struct what_if_row *r)
{
	struct strbuf *b = &v->out.b;
	size_t start = b->len;

	ports_say_addr(b, r->of->laddr, r->of->family, 0);
	strbuf_pad_to(b, start, 16);
	start = b->len;
	ports_say_destination(b, r->of);
	strbuf_pad_to(b, start, 22);
	strbuf_addf(b, "%7llu %7u %7u %7llu          %7llu %7u %7u %7llu\n", (unsigned long long)r->calls, r->peak, r->usable,
		    (unsigned long long)r->failed, (unsigned long long)r->opened_then, r->peak_then, r->usable_then,
		    (unsigned long long)r->failed_then);
	return out_line(&v->out, v->env);
}

/* The first destination, in words. */
static int verdict(struct ports_view *v, const char *setting, const struct what_if_row *r)
{
	struct strbuf *b = &v->out.b;

	strbuf_adds(b, "With ");
	strbuf_adds(b, setting);
	strbuf_addc(b, ' ');
	ports_say_destination(b, r->of);
	strbuf_addf(b, " would have had at most %u of %u ports in use instead of %u of %u", r->peak_then, r->usable_then, r->peak,
		    r->usable);
	if (r->failed) {
		__u64 saved = r->failed > r->failed_then ? r->failed - r->failed_then : 0;

		strbuf_addf(b, "; %llu of the %llu calls that failed would have succeeded", (unsigned long long)saved,
			    (unsigned long long)r->failed);
	} else if (r->failed_then) {
		strbuf_addf(b, "; %llu calls would have failed", (unsigned long long)r->failed_then);
	}
	strbuf_adds(b, ".\n\n");
	return out_line(&v->out, v->env);
}

static int json_row(struct ports_view *v, const char *setting, const struct what_if_row *r, __u64 ts_ns)
{
	char addr[FMT_ADDR_LEN];
	struct json j;

	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "what_if", ts_ns);
	json_str(&j, "setting", setting);
	json_u64(&j, "netns", r->of->netns);
	fmt_addr(r->of->laddr, r->of->family, addr);
	json_str(&j, "laddr", addr);
	fmt_addr(r->of->raddr, r->of->family, addr);
	json_str(&j, "raddr", addr);
	json_u64(&j, "rport", r->of->rport);
	json_u64(&j, "calls", r->calls);
	json_u64(&j, "peak", r->peak);
	json_u64(&j, "usable", r->usable);
	json_u64(&j, "failed", r->failed);
	json_open(&j, "then", '{');
	json_u64(&j, "opened", r->opened_then);
	json_u64(&j, "peak", r->peak_then);
	json_u64(&j, "usable", r->usable_then);
	json_u64(&j, "failed", r->failed_then);
	json_close(&j, '}');
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

/* Unlike other ends of a run, this one can lack what it needs. */
static int no_settings(void)
{
	log_error("--what-if needs the namespaces' settings of the time, and this recording has none; record anew");
	return -ENODATA;
}

static int print_one(struct ports_view *v, const struct what_if *w, const char *setting, __u64 ts_ns)
{
	const struct options *o = v->env->opts;
	struct what_if_row *rows;
	size_t n, shown;
	int err = ports_what_if(v->ports, w, &rows, &n);

	if (err)
		return err == -ENODATA ? no_settings() : err;
	shown = o->json && !o->top_given ? n : (size_t)o->top < n ? (size_t)o->top : n;
	if (!o->json)
		err = header(v, setting, n, shown);
	for (size_t i = 0; i < shown && !err; i++)
		err = o->json ? json_row(v, setting, &rows[i], ts_ns) : row(v, &rows[i]);
	if (!err && !o->json && n)
		err = verdict(v, setting, &rows[0]);
	free(rows);
	return err;
}

static int still_there(void *ctx, const struct conn *c)
{
	struct ports_view *v = ctx;

	return ports_still_there(v->ports, c, tracker_actors(v->env->tracker));
}

int ports_print_what_if(struct ports_view *v, __u64 ts_ns)
{
	const struct options *o = v->env->opts;
	struct what_if *one = calloc(1, sizeof(*one)), *all = calloc(1, sizeof(*all));
	struct strbuf names = { 0 };
	char text[256];
	int err = one && all ? tracker_foreach(v->env->tracker, still_there, v) : -ENOMEM;

	if (!err && ports_calls_left_out(v->ports))
		log_error("the recording has more calls than fit: the last %llu are left out",
			  (unsigned long long)ports_calls_left_out(v->ports));
	for (unsigned int i = 0; i < o->n_what_ifs && !err; i++) {
		memset(one, 0, sizeof(*one));
		(void)what_if_parse(one, o->what_ifs[i], text, sizeof(text));
		(void)what_if_parse(all, o->what_ifs[i], text, sizeof(text));
		strbuf_addf(&names, "%s%s", i ? " and " : "", o->what_ifs[i]);
		err = print_one(v, one, o->what_ifs[i], ts_ns);
	}
	if (!err && o->n_what_ifs > 1)
		err = names.failed ? -ENOMEM : print_one(v, all, names.s, ts_ns);
	strbuf_free(&names);
	free(one);
	free(all);
	return err;
}
