/* SPDX-License-Identifier: GPL-2.0-only */
/* argv -> command -> exit code; for views: source -> pipeline -> views, until something ends it, then the summary. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/stats/hist/phase.h"
#include "core/text/strbuf.h"
#include "core/track/pipeline.h"
#include "host/netns.h"
#include "host/privs.h"
#include "host/proc.h"
#include "loop.h"
#include "run/log.h"
#include "run/opts.h"
#include "run/program.h"
#include "source/named.h"
#include "source/pace.h"
#include "source/source.h"
#include "summary.h"
#include "views/closers/closers.h"
#include "views/view.h"

#define VIEWS 2			/* the command's own, and the recording beside it */
#define TREE_MAX (1U << 20)	/* processes of a program that are told from others */

struct run {
	const struct options *o;
	const struct source_ops *ops;
	struct source *source;
	struct pipeline *pipeline;
	struct view_env env;
	struct source_wants wants;
	struct strbuf about;
	const struct view_ops *views[VIEWS];
	struct pipeline_hooks hooks[VIEWS];
	void *states[VIEWS];
	int n_views;
	int signals;
	struct loop_program program;
	struct tree *tree;	/* its processes */
};

static int exit_code(int err)
{
	return err == -EPERM || err == -EACCES ? EX_NOPERM_ : err == -EOPNOTSUPP ? EX_KERNEL : EX_FAILURE;
}

/* Said when the sockets that exist are in the table: the first line is complete from here on. */
static void say_tracing(const struct run *r)
{
	if (!r->o->quiet && !r->o->cmd->view->redraw && !opts_list_now(r->o))
		log_info("Tracing TCP connections... Hit Ctrl-C to end.");
}

/* All that it does from its first instruction on is seen. */
static void on_traced(const struct run *r)
{
	say_tracing(r);
	if (opts_list_now(r->o))	/* all sockets were looked at: that is all */
		pipeline_stop(r->pipeline);
	if (r->program.p)
		program_start(r->program.p);
}

static void on_snapshot(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed)
{
	const struct run *r = ctx;

	(void)netns;
	if (why == TWT_SNAP_START && r->env.live)
		on_traced(r);
	if (r->o->quiet || (why != TWT_SNAP_HEAL && why != TWT_SNAP_ASKED))
		return;
	log_info("healed: looked at all sockets anew, %llu found, %llu corrected", (unsigned long long)found,
		 (unsigned long long)changed);
}

/*
 * Names of containers, pods, units, namespaces: files are read for each cgroup that is seen. Where nobody asks for them, none is.
 */
static bool wants_names(const struct options *o)
{
	static const char *const by[] = { "container", "pod", "unit", "cgroup", "netns" };

	for (size_t i = 0; o->by && i < sizeof(by) / sizeof(by[0]); i++) {
		if (!strcmp(o->by, by[i]))
			return true;
	}
	return o->write_path || filter_wants_names(o->filter) || o->serve.labels.who > WHO_COMM ||
	       (o->cmd->takes & TAKES_NAMES && (o->json || o->wide || o->cmd->view->redraw || o->cmd->takes & TAKES_DOCTOR ||
						filter_has(o->filter, FK_PID)));
}

/* Round trips, retransmissions and limits, for who shows them, and for whoever reads a recording later. */
static bool wants_wire(const struct options *o)
{
	bool shown = o->cmd->view == &view_top || o->cmd->view == &view_doctor || (o->cmd->view == &view_conn && (o->json || o->wide || o->live)) ||
		     (o->cmd->view == &view_closers && closers_asks_wire(o)) ||
		     (o->cmd->view == &view_hist && (o->phases & PHASES_WIRE || (o->by && !strcmp(o->by, "syn-retrans"))));

	return shown || o->write_path || filter_has(o->filter, FK_MIN_RTT) || filter_has(o->filter, FK_RETRANS);
}

/* Code paths: for the command that is about them, and whoever asks. */
static bool wants_stacks(const struct options *o)
{
	return o->stacks || o->cmd->takes & TAKES_STACKS;
}

/* Ports are what it is about: who holds which, and who else might. */
static bool reasons_about_ports(const struct options *o)
{
	return o->cmd->takes & (TAKES_WHAT_IF | TAKES_DOCTOR);
}

/* Settings of namespaces, for what reasons about ports, and for whoever reads a recording later. */
static bool wants_sysctls(const struct options *o)
{
	return reasons_about_ports(o) || o->cmd->takes & TAKES_SERVE || o->write_path || o->cmd->view->redraw;
}

static int open_source(struct run *r)
{
	struct source_config cfg = r->o->source;
	char err[512] = "";
	int e = 0;

	r->ops = r->o->synth ? &source_synth : r->o->replay ? &source_file : &source_bpf;
	r->env.live = r->ops == &source_bpf;
	cfg.wire = wants_wire(r->o);
	cfg.sysctls = wants_sysctls(r->o);
	cfg.last_look = r->o->live;
	cfg.only_looks = opts_list_now(r->o);
	if (r->o->cmd->view->wants_looks)
		cfg.look_every_ns = (__u64)(r->o->interval_s * 1e9);
	if (r->o->calls || r->o->explain.watch)
		cfg.needs |= TWT_NEED_CALLS;
	if (wants_names(r->o))
		cfg.needs |= TWT_NEED_CGROUPS;
	if (wants_stacks(r->o))
		cfg.needs |= TWT_NEED_STACKS | TWT_NEED_NAMES;
	/* IPv4 and IPv6 take ports from each other: all are counted, and what is not asked for is not shown. */
	if (reasons_about_ports(r->o))
		cfg.family = 0;
	/* Whoever reads the recording asks no more at rest than who watches: a connect() that needs to know wakes the source. */
	cfg.binds_idle = reasons_about_ports(r->o);
	cfg.binds = cfg.binds_idle || r->o->write_path;
	cfg.wants = &r->wants;
	if (r->tree)	/* its processes are told from others */
		cfg.needs |= TWT_NEED_NAMES | TWT_NEED_FORKS;
	if (r->env.live)
		e = privs_check(err, sizeof(err));
	if (!e)
		e = r->ops->open(&cfg, &r->source, err, sizeof(err));
	if (e) {
		log_error("%s", *err ? err : strerror(-e));
		return exit_code(e);
	}
	if (r->env.live && wants_names(r->o)) {
		struct source *named = named_new(r->ops, r->source, r->o->names_root);

		if (!named) {
			log_error("out of memory");
			return EX_FAILURE;
		}
		r->source = named;
		r->ops = &source_named;
	}
	if (!r->env.live && r->o->cmd->view->redraw) {
		r->env.paced = pace_new(r->ops, r->source, r->o->speed);
		if (!r->env.paced) {
			log_error("out of memory");
			return EX_FAILURE;
		}
		r->source = r->env.paced;
		r->ops = &source_paced;
	}
	return 0;
}

/* What a recording says about itself. A copy of one keeps the original's words; made-up events say nothing about this host. */
static int describe(struct run *r)
{
	struct utsname u;

	if (r->env.live && !uname(&u))
		strbuf_addf(&r->about, "twtrace=%s\nhost=%s\nkernel=%s\nmachine=%s\n", twtrace_version(), u.nodename,
			    u.release, u.machine);
	r->ops->describe(r->source, &r->about);
	if (r->about.failed) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	r->env.about = r->about.s ? r->about.s : "";
	if (r->about.len)
		log_debug("%.*s", (int)r->about.len - 1, r->about.s);
	return 0;
}

static int add_view(struct run *r, const struct view_ops *v)
{
	struct pipeline_hooks *h = &r->hooks[r->n_views];
	char err[512] = "";
	int e = v->open(&r->env, &r->states[r->n_views], err, sizeof(err));

	if (e) {
		log_error("%s", *err ? err : strerror(-e));
		return EX_FAILURE;
	}
	*h = (struct pipeline_hooks){
		.event = v->event, .transition = v->transition, .closed = v->closed, .gone = v->gone,
		.accepted = v->accepted, .interval = v->interval, .settled = v->settled, .end = v->end,
	};
	r->views[r->n_views] = v;
	(void)pipeline_add(r->pipeline, h, r->states[r->n_views]);
	r->n_views++;
	return 0;
}

static int on_tree_event(void *tree, const struct twt_event *ev)
{
	tree_event(tree, ev);
	return 0;
}

/* Before all views: what they ask about an event's process is known then. */
static const struct pipeline_hooks tree_hooks = { .event = on_tree_event };

static int open_views(struct run *r)
{
	const struct options *o = r->o;
	struct pipeline_config cfg = {
		.interval_ns = o->cmd->takes & (TAKES_INTERVAL | TAKES_DOCTOR | TAKES_EXPORT | TAKES_SERVE) ? (__u64)(o->interval_s * 1e9) : 0,
		.max_intervals = o->count + (o->count && o->cmd->view->sums_up),
		.duration_ns = (__u64)(o->duration_s * 1e9),
		.live = r->env.live,
		.snapshot = on_snapshot,
		.ctx = r,
	};
	struct tracker_config tcfg = { 0 };
	time_t now = time(NULL);
	struct tm tm;
	int code;

	if (pipeline_new(&cfg, &tcfg, &r->pipeline)) {
		log_error("out of memory for the connection table");
		return EX_FAILURE;
	}
	r->env.opts = o;
	r->env.tracker = pipeline_tracker(r->pipeline);
	r->env.filter = o->filter;
	r->env.out = stdout;
	r->env.wants = &r->wants;
	r->env.utc_offset = localtime_r(&now, &tm) ? tm.tm_gmtoff : 0;
	if (r->tree)
		(void)pipeline_add(r->pipeline, &tree_hooks, r->tree);
	/* The recording first: what a view fails on is in the file. */
	code = o->write_path ? add_view(r, &view_record) : 0;
	if (!code && o->cmd->view != &view_record)
		code = add_view(r, o->cmd->view);
	return code;
}

/* Only the own namespace is asked for: then there is no other to enter. */
static bool enters_netns(const struct options *o)
{
	char err[256];
	__u32 own;

	return o->source.n_netns != 1 || netns_resolve("self", &own, err, sizeof(err)) || o->source.netns[0] != own;
}

static const char *failed_output(const struct run *r)
{
	int n = pipeline_failed_view(r->pipeline) - (r->tree != NULL);

	return n >= 0 && r->views[n] == &view_record && strcmp(r->o->write_path, "-") != 0 ? r->o->write_path : NULL;
}

/* Say why the run ended, if that was a failure. Returns the exit code. */
static int explain(const struct run *r, enum loop_end end, int err)
{
	const char *file, *text;

	switch (end) {
	case LOOP_DONE:
		return 0;
	case LOOP_SOURCE:
		text = r->ops->error(r->source);
		log_error("%s", text ? text : strerror(-err));
		return exit_code(err);
	case LOOP_PIPELINE:
		if (err == -EPIPE)	/* the reader has enough: no failure of ours */
			return 0;
		file = failed_output(r);
		if (file)
			log_error("cannot write %s: %s; what was written before can be read", file, strerror(-err));
		else if (err == -ENOMEM)
			log_error("out of memory");
		else if (err == -ENODATA)	/* a view lacks something in the recording, and has said what */
			return EX_FAILURE;
		else
			log_error("cannot write to standard output: %s", strerror(-err));
		return EX_FAILURE;
	case LOOP_SYSTEM:
		break;
	}
	log_error("cannot wait for events: %s", strerror(-err));
	return EX_FAILURE;
}

static void feed(void *ctx, const struct twt_event *ev)
{
	(void)pipeline_event(ctx, ev);
}

/* Loop, last events, summary. Returns the exit code. */
static int trace(struct run *r)
{
	struct loop l = {
		.ops = r->ops, .source = r->source, .pipeline = r->pipeline, .signals = r->signals, .out = stdout,
	};
	enum loop_end end;
	bool gone;
	int err, code;

	l.paced = r->env.paced;
	l.unhurried = r->n_views == 1 && r->views[0]->unhurried;
	if (r->o->cmd->view->redraw) {
		l.screen = r->o->cmd->view;
		l.screen_state = r->states[r->n_views - 1];
		l.out = NULL;		/* the keyboard's descriptor tells when the terminal is gone */
	}
	if (r->o->cmd->view->clients_fd && r->o->cmd->view->clients_fd(r->states[r->n_views - 1]) >= 0) {
		l.server = r->o->cmd->view;
		l.server_state = r->states[r->n_views - 1];
	}
	if (r->env.live && r->o->source.no_seed)
		on_traced(r);
	if (r->program.p)
		l.program = &r->program;
	end = loop_run(&l, &err);
	if (end == LOOP_DONE)
		r->ops->finish(r->source, feed, r->pipeline);
	if (end != LOOP_PIPELINE) {
		int e = pipeline_end(r->pipeline);

		if (e && end == LOOP_DONE) {
			end = LOOP_PIPELINE;
			err = e;
		}
	} else {
		(void)pipeline_end(r->pipeline);
	}
	gone = end == LOOP_PIPELINE && err == -EPIPE;
	if (!gone && r->o->json && !(r->o->write_path && !strcmp(r->o->write_path, "-"))) {
		int e = summary_json(r->pipeline, &r->env);

		if (e && end == LOOP_DONE) {
			end = LOOP_PIPELINE;
			err = e;
		}
	}
	errno = 0;
	if (fflush(stdout) && end == LOOP_DONE) {
		end = LOOP_PIPELINE;
		err = errno ? -errno : -EIO;
	}
	gone = end == LOOP_PIPELINE && err == -EPIPE;
	code = explain(r, end, err);
	if (gone)
		return code;
	/* Who asks what is there now wants no account of a run. */
	if (!r->o->quiet && (!opts_list_now(r->o) || summary_loss(r->pipeline) > 0))
		summary_print(r->pipeline);
	if (!code && r->o->max_loss >= 0 && summary_loss(r->pipeline) > r->o->max_loss) {
		log_error("lost %.3g%% of all events, more than --max-loss allows: try a larger --ring-size",
			  100 * summary_loss(r->pipeline));
		return EX_LOSS;
	}
	for (int i = 0; i < r->n_views && !code; i++)
		code = r->views[i]->verdict ? r->views[i]->verdict(r->states[i]) : 0;
	return code;
}

/* The keeper is born before anything is open that is none of its business. Returns an exit code. */
static int prepare_program(struct run *r)
{
	const struct options *o = r->o;
	int code = program_prepare(o->program, o->cmd->view->redraw != NULL, &r->program.p);
	__u32 keeper;

	if (code)
		return code;
	r->program.linger_ns = (__u64)(o->linger_s * 1e9);
	if (o->all)
		return 0;
	keeper = (__u32)program_keeper(r->program.p);
	r->tree = tree_new(keeper, proc_start_ms(keeper), TREE_MAX);
	if (!r->tree) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	filter_set_tree(o->filter, r->tree);
	return 0;
}

/* A program's failure says that what was measured is not what was meant: it comes before ours. */
static int end_program(struct run *r, int code)
{
	const struct loop_program *lp = &r->program;
	int its = program_finish(lp->p, !lp->ended_ns || lp->asked);

	if (r->tree && tree_overflow(r->tree))
		log_info("%llu processes of the program were too many to follow: their connections are missing",
			 (unsigned long long)tree_overflow(r->tree));
	return lp->ended_ns && its ? its : code;
}

static int run_view(const struct options *o)
{
	struct run r = { .o = o, .signals = -1 };
	int code = 0, err;

	if (o->program)
		code = prepare_program(&r);
	if (code)
		goto out;
	r.signals = loop_catch_signals(o->cmd->view->redraw != NULL);
	if (r.signals < 0) {
		log_error("cannot catch signals: %s", strerror(-r.signals));
		code = EX_FAILURE;
		goto out;
	}
	code = open_source(&r);
	if (!code)
		code = describe(&r);
	if (!code)
		code = open_views(&r);
	if (!code && r.env.live) {
		privs_hurry();
		err = privs_drop(enters_netns(o), wants_stacks(o));
		if (err) {
			log_error("cannot give up capabilities: %s", strerror(-err));
			code = EX_FAILURE;
		}
	}
	if (!code)
		code = trace(&r);
	if (r.program.p)
		code = end_program(&r, code);

	for (int i = 0; i < r.n_views; i++)
		r.views[i]->close(r.states[i]);
	pipeline_free(r.pipeline);
	if (r.source)
		r.ops->close(r.source);
	strbuf_free(&r.about);
	close(r.signals);
out:
	filter_set_tree(o->filter, NULL);
	tree_free(r.tree);
	program_free(r.program.p);
	return code;
}

/* A descriptor that the caller closed must not come back as one of ours: output would go into it. */
static int fill_standard_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Not writable: what is written there fails as it should. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return -1;
	}
	return 0;
}

/* A command that needs no run of events, or a view's in the form that does not. */
static bool is_alone(const struct options *o)
{
	return o->cmd->run && (!o->cmd->view || o->compare || (o->cmd->takes & TAKES_EXPLAIN && !o->explain.watch) ||
			       o->serve.check || o->serve.list);
}

int main(int argc, char **argv)
{
	static char lines[1 << 16];
	struct options o;
	bool done;
	int code;

	if (fill_standard_fds())
		return EX_FAILURE;
	/* The loop flushes before it waits: a line is seen at once, thousands cost one call. */
	(void)setvbuf(stdout, lines, _IOFBF, sizeof(lines));
	code = opts_parse(argc, argv, &o, &done);
	if (!code && !done)
		code = is_alone(&o) ? o.cmd->run(&o) : run_view(&o);
	opts_free(&o);
	return code;
}
