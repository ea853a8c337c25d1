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
#include "core/several/hosts.h"
#include "core/stats/hist/phase.h"
#include "core/text/fmt.h"
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
#include "source/progress.h"
#include "source/several.h"
#include "source/source.h"
#include "summary.h"
#include "tracks.h"
#include "views/closers/closers.h"
#include "views/view.h"

#define TREE_MAX (1U << 20)	/* processes of a program that are told from others */

struct run {
	const struct options *o;
	const struct source_ops *ops;
	struct source *source;
	struct tracks tracks;
	bool live;
	struct source *paced;	/* .source, where it has a speed */
	struct source_wants wants;
	struct strbuf about;
	char host[HOST_NAME_LEN];
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
		pipeline_stop(r->tracks.t[0].pipeline);
	if (r->program.p)
		program_start(r->program.p);
}

static void on_snapshot(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed)
{
	const struct track *t = ctx;
	const struct run *r = t->all->run;
	struct strbuf host = { 0 };

	(void)netns;
	if (why == TWT_SNAP_START && r->live)
		on_traced(r);
	if (r->o->quiet || (why != TWT_SNAP_HEAL && why != TWT_SNAP_ASKED))
		return;
	if (t->env.host) {
		fmt_comm(&host, t->host.name);
		strbuf_adds(&host, ": ");
	}
	log_info("%shealed: looked at all sockets anew, %llu found, %llu corrected", host.s ? host.s : "", (unsigned long long)found,
		 (unsigned long long)changed);
	strbuf_free(&host);
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
	       (o->cmd->takes & TAKES_NAMES && (o->json || o->wide || o->cmd->view->redraw || o->cmd->takes & (TAKES_DOCTOR | TAKES_REPORT) ||
						filter_has(o->filter, FK_PID)));
}

/* Round trips, retransmissions and limits, for who shows them, and for whoever reads a recording later. */
static bool wants_wire(const struct options *o)
{
	bool shown = o->cmd->view == &view_top || o->cmd->view == &view_doctor || o->cmd->view == &view_report || (o->cmd->view == &view_conn && (o->json || o->wide || o->live)) ||
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
	return reasons_about_ports(o) || o->cmd->takes & (TAKES_SERVE | TAKES_REPORT) || o->write_path || o->cmd->view->redraw;
}

static int open_source(struct run *r)
{
	struct source_config cfg = r->o->source;
	char err[512] = "";
	int e = 0;

	r->ops = r->o->synth ? &source_synth : cfg.n_paths > 1 ? &source_several : r->o->replay ? &source_file : &source_bpf;
	r->live = r->ops == &source_bpf;
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
	cfg.binds = reasons_about_ports(r->o) || r->o->write_path;
	cfg.wants = &r->wants;
	if (r->tree)	/* its processes are told from others */
		cfg.needs |= TWT_NEED_NAMES | TWT_NEED_FORKS;
	if (r->live)
		e = privs_check(err, sizeof(err));
	if (!e)
		e = r->ops->open(&cfg, &r->source, err, sizeof(err));
	if (e) {
		log_error("%s", *err ? err : strerror(-e));
		return exit_code(e);
	}
	if (r->live && wants_names(r->o)) {
		struct source *named = named_new(r->ops, r->source, r->o->names_root);

		if (!named) {
			log_error("out of memory");
			return EX_FAILURE;
		}
		r->source = named;
		r->ops = &source_named;
	}
	if (!r->live && r->o->cmd->view->redraw) {
		r->paced = pace_new(r->ops, r->source, r->o->speed);
		if (!r->paced) {
			log_error("out of memory");
			return EX_FAILURE;
		}
		r->source = r->paced;
		r->ops = &source_paced;
	}
	return 0;
}

/* What a recording says about itself. A copy of one keeps the original's words; made-up events say nothing about this host. */
static int describe(struct run *r)
{
	struct utsname u;

	if (r->live && !uname(&u))
		strbuf_addf(&r->about, "twtrace=%s\nhost=%s\nkernel=%s\nmachine=%s\n", twtrace_version(), u.nodename,
			    u.release, u.machine);
	r->ops->describe(r->source, &r->about);
	if (r->about.failed) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	host_of(r->about.s, r->host);
	if (r->about.len)
		log_debug("%.*s", (int)r->about.len - 1, r->about.s);
	return 0;
}

static int add_view(struct run *r, const struct view_ops *v)
{
	char err[512] = "";
	int e = tracks_add(&r->tracks, v, err, sizeof(err));

	if (e)
		log_error("%s", *err ? err : strerror(-e));
	return e ? EX_FAILURE : 0;
}

static int on_tree_event(void *tree, const struct twt_event *ev)
{
	tree_event(tree, ev);
	return 0;
}

/* Before all views: what they ask about an event's process is known then. */
static const struct pipeline_hooks tree_hooks = { .event = on_tree_event };

/* What the views of a track know, of each of several its own host's. Returns 0 or -ENOMEM. */
static int fill_env(struct run *r, size_t i)
{
	struct view_env *env = &r->tracks.t[i].env;
	time_t now = time(NULL);
	struct tm tm;

	env->opts = r->o;
	env->filter = r->o->filter;
	env->out = stdout;
	env->wants = &r->wants;
	env->live = r->live;
	env->paced = r->paced;
	env->utc_offset = localtime_r(&now, &tm) ? tm.tm_gmtoff : 0;
	env->about = r->about.s ? r->about.s : "";
	env->host_name = r->host;
	env->labels = r->o->labels;
	if (r->tracks.n == 1)
		return 0;
	env->about = several_about(r->source, i);
	env->host_name = several_host(r->source, i);
	return tracks_name(&r->tracks, i, env->host_name, r->o->labels);
}

static int open_views(struct run *r)
{
	const struct options *o = r->o;
	struct pipeline_config cfg = {
		.interval_ns = o->cmd->takes & (TAKES_INTERVAL | TAKES_DOCTOR | TAKES_EXPORT | TAKES_SERVE | TAKES_REPORT) ? (__u64)(o->interval_s * 1e9) : 0,
		.max_intervals = o->count + (o->count && o->cmd->view->sums_up),
		.duration_ns = (__u64)(o->duration_s * 1e9),
		.live = r->live,
		.snapshot = on_snapshot,
	};
	size_t n = o->source.n_paths > 1 ? o->source.n_paths : 1;
	int code, err;

	r->tracks.run = r;
	err = tracks_open(&r->tracks, n, &cfg, r->ops, r->source);
	for (size_t i = 0; i < n && !err; i++)
		err = fill_env(r, i);
	if (err) {
		log_error("out of memory for the connection table");
		return EX_FAILURE;
	}
	if (r->tree)
		(void)pipeline_add(r->tracks.t[0].pipeline, &tree_hooks, r->tree);
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

/* The file that could not be written; NULL: standard output. */
static const char *failed_output(const struct run *r, bool *ret_recording)
{
	*ret_recording = tracks_failed(&r->tracks, r->tree != NULL) == &view_record;
	if (*ret_recording)
		return strcmp(r->o->write_path, "-") != 0 ? r->o->write_path : NULL;
	return r->o->report.path ? r->o->report.path : r->o->export.path;
}

/* Say why the run ended, if that was a failure. Returns the exit code. */
static int explain(const struct run *r, enum loop_end end, int err)
{
	const char *file, *text;
	bool recording;

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
		if (err == -ENODATA)	/* a view lacks something in the recording, and has said what */
			return EX_FAILURE;
		file = failed_output(r, &recording);
		if (file && (recording || err != -ENOMEM))
			log_error("cannot write %s: %s%s", file, strerror(-err), recording ? "; what was written before can be read" : "");
		else if (err == -ENOMEM)
			log_error("out of memory");
		else
			log_error("cannot write to standard output: %s", strerror(-err));
		return EX_FAILURE;
	case LOOP_SYSTEM:
		break;
	}
	log_error("cannot wait for events: %s", strerror(-err));
	return EX_FAILURE;
}

/* The totals of each track, of several below its host's name. */
static void print_summaries(const struct run *r)
{
	for (size_t i = 0; i < r->tracks.n; i++)
		summary_print(r->tracks.t[i].pipeline, r->tracks.t[i].env.host ? r->tracks.t[i].host.name : NULL);
}

static int write_summaries(struct run *r)
{
	int err = 0;

	for (size_t i = 0; i < r->tracks.n && !err; i++)
		err = summary_json(r->tracks.t[i].pipeline, &r->tracks.t[i].env);
	return err;
}

/* Of several the worst. */
static double loss_of(const struct run *r)
{
	double worst = 0, loss;

	for (size_t i = 0; i < r->tracks.n; i++) {
		loss = summary_loss(r->tracks.t[i].pipeline);
		if (loss > worst)
			worst = loss;
	}
	return worst;
}

/* Loop, last events, summary. Returns the exit code. */
static int trace(struct run *r)
{
	struct loop l = {
		.ops = r->ops, .source = r->source, .tracks = &r->tracks, .signals = r->signals, .out = stdout,
	};
	const struct view_ops *view = r->o->cmd->view;
	void *state = r->tracks.t[0].states[r->tracks.n_views - 1];
	struct progress progress;
	enum loop_end end;
	bool gone;
	int err, code;

	l.paced = r->paced;
	l.unhurried = r->tracks.n_views == 1 && r->tracks.views[0]->unhurried;
	if (view->redraw) {
		l.screen = view;
		l.screen_state = state;
		l.out = NULL;		/* the keyboard's descriptor tells when the terminal is gone */
	}
	if (view->clients_fd && view->clients_fd(state) >= 0) {
		l.server = view;
		l.server_state = state;
	}
	if (r->live && r->o->source.no_seed)
		on_traced(r);
	if (r->program.p)
		l.program = &r->program;
	progress_begin(&progress, r->ops, r->source, r->o->replay && !r->paced && !r->o->quiet);
	l.progress = &progress;
	end = loop_run(&l, &err);
	progress_end(&progress);
	if (end == LOOP_DONE)
		r->ops->finish(r->source, tracks_feed, &r->tracks);
	for (size_t i = 0; i < r->tracks.n && end == LOOP_SOURCE; i++)
		r->tracks.t[i].env.cut = r->ops->error(r->source);
	if (end != LOOP_PIPELINE) {
		int e = tracks_end(&r->tracks);

		if (e && end == LOOP_DONE) {
			end = LOOP_PIPELINE;
			err = e;
		}
	} else {
		(void)tracks_end(&r->tracks);
	}
	gone = end == LOOP_PIPELINE && err == -EPIPE;
	if (!gone && r->o->json && !(r->o->write_path && !strcmp(r->o->write_path, "-"))) {
		int e = write_summaries(r);

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
	if (!r->o->quiet && (!opts_list_now(r->o) || loss_of(r) > 0))
		print_summaries(r);
	if (!code && r->o->max_loss >= 0 && loss_of(r) > r->o->max_loss) {
		log_error("lost %.3g%% of all events, more than --max-loss allows: try a larger --ring-size", 100 * loss_of(r));
		return EX_LOSS;
	}
	return code ? code : tracks_verdict(&r->tracks);
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
	if (!code && r.live) {
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

	tracks_free(&r.tracks);
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
