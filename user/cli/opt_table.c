/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/opt_table.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/cmd.h"
#include "core/doctor/finding.h"
#include "core/ports/whatif/whatif.h"
#include "host/names/find.h"
#include "core/web/where.h"
#include "host/netns.h"
#include "run/log.h"
#include "source/pace.h"
#include "views/screen/panes.h"

#define RING_MAX (1ULL << 30)
#define AT(member) ((long)offsetof(struct options, member))

static int set_flag(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)arg;
	*(bool *)((char *)p->o + d->data) = true;
	return 0;
}

static int set_text(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	if (*arg == '\0')
		return log_usage("option '--%s' needs an argument: %s", d->name, d->arg);
	*(const char **)((char *)p->o + d->data) = arg;
	return 0;
}

static int set_synth(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	p->o->synth = true;
	if (opt_count(arg, 1, 1ULL << 40, &p->o->source.synth_events))
		return log_usage("bad number of events '%s'", arg);
	return 0;
}

static int set_filter(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	char err[256];
	int e = filter_add(p->o->filter, (enum filter_key)d->data, arg, err, sizeof(err));

	if (e == -ENOMEM) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	if (e)
		return log_usage("%s", err);
	if (d->data == FK_PID)
		p->pids = arg;
	return 0;
}

static int set_retrans(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)arg;
	return set_filter(p, d, "yes");
}

static int set_family(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)arg;
	if (d->letter == '4')
		p->family4 = true;
	else
		p->family6 = true;
	return set_filter(p, d, d->letter == '4' ? "4" : "6");
}

static int set_netns(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct source_config *src = &p->o->source;
	char err[512], text[16], *names = p->o->netns_names;
	size_t used;
	__u32 inode;
	int e = find_netns_takes(arg) ? find_netns(arg, p->o->names_root, &inode, err, sizeof(err)) :
		netns_resolve(arg, &inode, err, sizeof(err));

	if (e == -EINVAL)
		return log_usage("%s", err);
	if (e) {
		log_error("%s", err);
		return e == -EACCES || e == -EPERM ? EX_NOPERM_ : EX_FAILURE;
	}
	if (src->n_netns == TWT_MAX_NETNS)
		return log_usage("more than %d network namespaces; leave -N away to see all", TWT_MAX_NETNS);
	src->netns[src->n_netns++] = inode;
	used = strlen(names);
	if (used + strlen(arg) + 6 < sizeof(p->o->netns_names))
		(void)snprintf(names + used, sizeof(p->o->netns_names) - used, "%s%s", used ? "," : "", arg);
	else if (used < 4 || strcmp(names + used - 4, ",...") != 0)
		(void)snprintf(names + used, sizeof(p->o->netns_names) - used, "%s...", used ? "," : "");
	(void)snprintf(text, sizeof(text), "%u", inode);
	return set_filter(p, d, text);
}

static int set_color(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (!arg || !strcmp(arg, "always"))
		p->o->color = 1;
	else if (!strcmp(arg, "never"))
		p->o->color = 0;
	else if (!strcmp(arg, "auto"))
		p->o->color = -1;
	else
		return log_usage("bad argument '%s' of --color; it is always, never or auto", arg);
	return 0;
}

static int set_interval(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	p->have_interval = true;
	if (opt_number(arg, 0.001, 86400, &p->o->interval_s))
		return log_usage("bad interval '%s'; give seconds from 0.001 to 86400", arg);
	return 0;
}

static int set_duration(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (opt_number(arg, 0.001, 1e9, &p->o->duration_s))
		return log_usage("bad duration '%s'; give seconds, at least 0.001", arg);
	return 0;
}

static int set_linger(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (opt_number(arg, 0, 1e9, &p->o->linger_s))
		return log_usage("bad argument '%s' of --linger; give seconds, for example 65 for a TIME_WAIT's whole life", arg);
	return 0;
}

static int set_max_loss(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	double percent;

	(void)d;
	if (opt_number(arg, 0, 100, &percent))
		return log_usage("bad argument '%s' of --max-loss; give per cent of all events, 0 to 100", arg);
	p->o->max_loss = percent / 100;
	return 0;
}

static int set_ring(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	unsigned long long n;
	size_t digits = strspn(arg, "0123456789");
	char text[24];
	int shift;

	(void)d;
	switch (digits ? arg[digits] : 'x') {
	case '\0': shift = 0; break;
	case 'k': case 'K': shift = 10; break;
	case 'm': case 'M': shift = 20; break;
	case 'g': case 'G': shift = 30; break;
	default: shift = -1;
	}
	if (shift < 0 || digits >= sizeof(text) || (shift && arg[digits + 1]))
		goto bad;
	memcpy(text, arg, digits);
	text[digits] = '\0';
	if (opt_count(text, 1, RING_MAX >> shift, &n))
		goto bad;
	p->o->source.ring_bytes = (size_t)n << shift;
	return 0;
bad:
	return log_usage("bad ring size '%s'; give bytes up to 1G, for example 65536, 512K or 16M", arg);
}

static int set_for(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	const struct command *c = command_find(arg);

	(void)d;
	if (!c || !c->view)
		return log_usage("'%s' of --for traces nothing; give a command, for example: twtrace features --for count", arg);
	p->o->features_for = c->name;
	return 0;
}

static int set_live(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (tcp_state_parse(arg, &p->o->live_states))
		return log_usage("unknown state '%s' of --live; give one as ss spells it, for example close-wait", arg);
	return 0;
}

static int set_unit(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	for (int u = HIST_AUTO; u < HIST_UNITS; u++) {
		if (!strcmp(arg, hist_unit_name((enum hist_unit)u))) {
			p->o->unit = (enum hist_unit)u;
			return 0;
		}
	}
	return log_usage("bad argument '%s' of --unit; it is auto, ns, us, ms or s", arg);
}

static int set_assert(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct options *o = p->o;
	char err[256];

	(void)d;
	if (!o->asserts)
		o->asserts = calloc(ASSERT_MAX, sizeof(*o->asserts));
	if (!o->asserts) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	if (o->n_asserts == ASSERT_MAX)
		return log_usage("more than %d assertions", ASSERT_MAX);
	if (assert_parse(arg, &o->asserts[o->n_asserts], err, sizeof(err)))
		return log_usage("%s", err);
	o->n_asserts++;
	return 0;
}

static int set_sysctl(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct options *o = p->o;
	char **more;

	if (!*arg)
		return log_usage("option '--%s' needs an argument: %s", d->name, d->arg);
	more = realloc(o->sysctls, (o->n_sysctls + 1) * sizeof(*more));
	if (!more) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	o->sysctls = more;
	o->sysctls[o->n_sysctls++] = (char *)arg;
	return 0;
}

static int set_fail_on(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	for (unsigned int s = SEV_WARNING; s <= SEV_CRITICAL; s++) {
		if (!strcmp(arg, severity_name((enum severity)s))) {
			p->o->fail_on = s;
			return 0;
		}
	}
	return log_usage("bad argument '%s' of --fail-on; it is warning or critical", arg);
}

static int set_top(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (opt_count(arg, 1, 4096, &p->o->top))
		return log_usage("bad argument '%s' of --top; give a number of groups from 1 to 4096", arg);
	p->o->top_given = true;
	return 0;
}

static int set_at(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (strcmp(arg, "close") && strcmp(arg, "end"))
		return log_usage("bad argument '%s' of --at; it is close (the socket is gone) or end (its TIME_WAIT too)", arg);
	p->o->at_close = !strcmp(arg, "close");
	return 0;
}

static int set_stuck(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (opt_number(arg, 0, 1e6, &p->o->stuck_s))
		return log_usage("bad argument '%s' of --stuck; give seconds, for example 60", arg);
	return 0;
}

static int set_of(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	if (paths_of_parse(arg, &p->o->paths_of))
		return log_usage("bad argument '%s' of --of; it is opened, closed, stuck or listened", arg);
	return 0;
}

static int set_what_if(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	static struct what_if scratch;
	char err[256];

	(void)d;
	if (what_if_parse(&scratch, arg, err, sizeof(err)))
		return log_usage("%s", err);
	if (p->o->n_what_ifs == WHAT_IFS_MAX)
		return log_usage("more than %d settings of --what-if", WHAT_IFS_MAX);
	p->o->what_ifs[p->o->n_what_ifs++] = arg;
	return 0;
}

static int set_pane(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	for (unsigned int i = 0; i < PANE_MAX; i++) {
		if (!strcmp(arg, top_pane_names[i])) {
			p->o->pane = i;
			return 0;
		}
	}
	return log_usage("bad argument '%s' of --pane; it is states, processes, connections, destinations, latency, events, ports, listeners or findings", arg);
}

static int set_speed(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	p->o->speed = PACE_MAX;
	if (strcmp(arg, "max") != 0 && opt_number(arg, 0.01, 1e6, &p->o->speed))
		return log_usage("bad argument '%s' of --speed; give 1 for as it was, 50 for 50 times as fast, 0.01 to 1000000, or max",
				 arg);
	return 0;
}

static int set_names_root(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct stat st;

	(void)d;
	if (stat(arg, &st) || !S_ISDIR(st.st_mode))
		return log_usage("'%s' of --names-root is no folder; give the one where the host's / is mounted, such as /host", arg);
	p->o->names_root = arg;
	return 0;
}

static int set_help(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	(void)arg;
	p->help = true;
	return 0;
}

static int set_version(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	(void)arg;
	p->version = true;
	return 0;
}

static int set_uid(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	unsigned long long n;

	(void)d;
	if (opt_count(arg, 0, UINT_MAX - 1, &n))
		return log_usage("bad argument '%s' of --uid; give a user's number, for example 1000", arg);
	p->o->explain.uid = (unsigned int)n;
	p->o->explain.uid_given = true;
	return 0;
}

static int set_man(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	(void)d;
	p->man = true;
	p->man_path = arg ? arg : "user/cli/twtrace.8.in";
	return 0;
}

const char *const opt_group_title[OPT_GROUP_MAX] = {
	[OPT_RECORDING] = "Recordings", [OPT_FILTER] = "Which connections", [OPT_OUTPUT] = "Output",
	[OPT_RUN] = "The run", [OPT_GENERAL] = "General",
};

static int set_listen(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	struct web_where w;
	char err[256];

	(void)d;
	if (web_where_parse(arg, &w, err, sizeof(err)))
		return log_usage("%s", err);
	if (p->o->serve.n_listen == SERVE_LISTEN_MAX)
		return log_usage("more than %d addresses to listen at", SERVE_LISTEN_MAX);
	p->o->serve.listen[p->o->serve.n_listen++] = arg;
	return 0;
}

static int set_host(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	if (!*arg)
		return log_usage("option '--%s' needs an argument: %s", d->name, d->arg);
	if (p->o->serve.n_hosts == SERVE_HOSTS_MAX)
		return log_usage("more than %d names of --%s", SERVE_HOSTS_MAX, d->name);
	p->o->serve.hosts[p->o->serve.n_hosts++] = arg;
	return 0;
}

static int set_labels(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	char err[256];

	(void)d;
	return metrics_labels_parse(arg, &p->o->serve.labels, err, sizeof(err)) ? log_usage("%s", err) : 0;
}

const struct opt_def opt_table[] = {
	{ 'r', "read", "FILE", OPT_RECORDING, 0,
	  "read events from a recording instead of the kernel; '-' is standard input. Given again, those of several hosts at once, in the order of the wall clock",
	  opt_read, 0 },
	{ 'w', "write", "FILE", OPT_RECORDING, TAKES_WRITE,
	  "record all events to FILE, beside the view; '-' is standard output. Filters other than -N, -4 and -6 do not "
	  "thin a recording", set_text, AT(write_path) },

	{ 'p', "pid", "PID", OPT_FILTER, TAKES_FILTER,
	  "connections that this process owns, opened or closed; several with commas", set_filter, FK_PID },
	{ 0, "comm", "NAME", OPT_FILTER, TAKES_FILTER,
	  "connections owned by processes of this name; * and ? are wild", set_filter, FK_COMM },
	{ 0, "container", "NAME", OPT_FILTER, TAKES_FILTER,
	  "connections of this container: its name, NAMESPACE/POD/NAME in a pod, or the first digits of its id; * and ? are wild",
	  set_filter, FK_CONTAINER },
	{ 0, "pod", "POD", OPT_FILTER, TAKES_FILTER, "connections of this Kubernetes pod: NAMESPACE/NAME or NAME; * and ? are wild",
	  set_filter, FK_POD },
	{ 0, "what-if", "SETTING", OPT_OUTPUT, TAKES_WHAT_IF,
	  "with -r: the peak and the failed connects as they would have been with tcp_tw_reuse=1, ip_local_port_range=1024-65535, "
	  "close=peer, close=keepalive:10, ...; several together", set_what_if, 0 },
	{ 0, "unit", "UNIT", OPT_FILTER, TAKES_FILTER | TAKES_UNIT,
	  "connections of this systemd unit, with or without .service, a user's too; * and ? are wild", set_filter, FK_UNIT },
	{ 0, "systemd-unit", "UNIT", OPT_FILTER, TAKES_FILTER | TAKES_HIST,
	  "connections of this systemd unit, as --unit of other commands; * and ? are wild", set_filter, FK_UNIT },
	{ 'L', "lport", "PORT", OPT_FILTER, TAKES_FILTER, "local port: 80, 80,443 or 8000-8999", set_filter, FK_LPORT },
	{ 'D', "rport", "PORT", OPT_FILTER, TAKES_FILTER, "remote port", set_filter, FK_RPORT },
	{ 'P', "port", "PORT", OPT_FILTER, TAKES_FILTER, "local or remote port", set_filter, FK_PORT },
	{ 0, "laddr", "ADDR", OPT_FILTER, TAKES_FILTER,
	  "local address or network: 10.0.0.0/8, ::1, 2001:db8::/32", set_filter, FK_LADDR },
	{ 0, "raddr", "ADDR", OPT_FILTER, TAKES_FILTER, "remote address or network", set_filter, FK_RADDR },
	{ '4', "ipv4", NULL, OPT_FILTER, TAKES_SOURCE, "IPv4 sockets only", set_family, FK_FAMILY },
	{ '6', "ipv6", NULL, OPT_FILTER, TAKES_SOURCE,
	  "IPv6 sockets only, v4-mapped connections included", set_family, FK_FAMILY },
	{ 0, "state", "STATE", OPT_FILTER, TAKES_FILTER,
	  "state or group as ss or the kernel spell it: time-wait, FIN_WAIT2, connected, bucket; of a transition "
	  "either end", set_filter, FK_STATE },
	{ 'N', "netns", "NETNS", OPT_FILTER, TAKES_SOURCE,
	  "network namespace: a name of 'ip netns', a path, an inode number, pid:N, container:NAME, pod:NAMESPACE/NAME or self; "
	  "may be given again",
	  set_netns, FK_NETNS },
	{ 0, "min-rtt", "MS", OPT_FILTER, TAKES_WIRE, "connections whose least round trip took so many milliseconds, as far as it is known then",
	  set_filter, FK_MIN_RTT },
	{ 0, "retrans", NULL, OPT_FILTER, TAKES_WIRE, "connections that had to send something again, their SYN or SYN-ACK included", set_retrans, FK_RETRANS },
	{ 0, "slower", "PHASE=TIME", OPT_FILTER, TAKES_WIRE,
	  "connections that spent so much time in this phase (hist --help lists them): connect=100ms, close-wait=5s", opt_slower, 0 },

	{ 'j', "json", NULL, OPT_OUTPUT, TAKES_JSON, "JSON, one object a line", set_flag, AT(json) },
	{ 0, "label", "KEY=VALUE", OPT_OUTPUT, 0,
	  "one more member of every object of -j and of export ndjson, for example host=web-1; may be given again", opt_label, 0 },
	{ 0, "by", "KEY", OPT_OUTPUT, TAKES_BY,
	  "one row for each process, port, ...; COMMAND --help says what a command can group by", set_text, AT(by) },
	{ 0, "wide", NULL, OPT_OUTPUT, TAKES_COLUMNS,
	  "more columns; of conn and closers what the wire did, too, which costs each connection some 0.3 us in the kernel", set_flag, AT(wide) },
	{ 'H', "no-header", NULL, OPT_OUTPUT, TAKES_COLUMNS, "no column titles", set_flag, AT(no_header) },
	{ 'T', "time", NULL, OPT_OUTPUT, TAKES_COLUMNS, "a column with the time of day", set_flag, AT(time_col) },
	{ 't', "timestamp", NULL, OPT_OUTPUT, TAKES_COLUMNS,
	  "a column with seconds since the start", set_flag, AT(timestamp_col) },
	{ 0, "color", "[WHEN]", OPT_OUTPUT, TAKES_SOURCE,
	  "colours: auto (the default: on a terminal), always or never; NO_COLOR in the environment turns auto off",
	  set_color, 0 },
	{ 0, "ascii", NULL, OPT_OUTPUT, TAKES_SOURCE, "no characters beyond ASCII", set_flag, AT(ascii) },

	{ 0, "reuseaddr", NULL, OPT_FILTER, TAKES_EXPLAIN, "the socket has SO_REUSEADDR", set_flag, AT(explain.reuseaddr) },
	{ 0, "reuseport", NULL, OPT_FILTER, TAKES_EXPLAIN, "the socket has SO_REUSEPORT", set_flag, AT(explain.reuseport) },
	{ 0, "v6only", NULL, OPT_FILTER, TAKES_EXPLAIN, "the socket has IPV6_V6ONLY", set_flag, AT(explain.v6only) },
	{ 0, "uid", "UID", OPT_FILTER, TAKES_EXPLAIN, "whose socket it is (the caller's)", set_uid, 0 },
	{ 0, "device", "NAME", OPT_FILTER, TAKES_EXPLAIN, "the socket has SO_BINDTODEVICE", set_text, AT(explain.device) },

	{ 0, "pane", "NAME", OPT_OUTPUT, TAKES_SCREEN,
	  "what the screen shows first: states, processes, connections, destinations, latency, events, ports, listeners or findings", set_pane, 0 },

	{ 0, "live", "STATE", OPT_OUTPUT, TAKES_HIST,
	  "instead of phases, the ages of the connections that are in STATE: a leak in close-wait shows only here",
	  set_live, 0 },
	{ 0, "live", NULL, OPT_OUTPUT, TAKES_LIVE,
	  "list the connections that are not over, and end; with -d, a program or a recording those that are there at its end. Each is asked "
	  "what the wire did to it once, for the list", set_flag, AT(live) },
	{ 0, "cumulative", NULL, OPT_OUTPUT, TAKES_HIST,
	  "at each interval everything since the start, not only what the interval brought", set_flag, AT(cumulative) },
	{ 0, "top", "N", OPT_OUTPUT, TAKES_TOP, "the first N groups, the rest as one (10; closers -j: all); of listeners the first N (all); of serve so many names of "
	  "each label, up to 200 (20)", set_top, 0 },
	{ 0, "at", "WHEN", OPT_OUTPUT, TAKES_AT,
	  "when a connection's line appears: end (the default), when its TIME_WAIT is over too, or close, when its socket is gone",
	  set_at, 0 },
	{ 0, "pairs", NULL, OPT_OUTPUT, TAKES_AT,
	  "both ends of one connection in a line, where both are there: who closed first, how each ended, what the FIN took", set_flag, AT(pairs) },
	{ 0, "sort", "KEY", OPT_OUTPUT, TAKES_SORT,
	  "order of the rows, by what comes first then; COMMAND --help says what a command can sort by, its default first", set_text, AT(sort) },
	{ 0, "stuck", "SECONDS", OPT_OUTPUT, TAKES_CLOSERS,
	  "a socket is stuck if it is that long in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK (60)", set_stuck, 0 },
	{ 0, "stuck", "SECONDS", OPT_OUTPUT, TAKES_STACKS,
	  "a socket is stuck if it is that long in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK (60)", set_stuck, 0 },
	{ 0, "of", "WHICH", OPT_OUTPUT, TAKES_STACKS,
	  "code paths by which connections were opened (the default: connect() and accept()), closed (first FIN, or abort), by which those were opened that are "
	  "stuck, or listened", set_of, 0 },
	{ 0, "folded", NULL, OPT_OUTPUT, TAKES_STACKS, "a line for each code path, as flame-graph tools read it", set_flag, AT(folded) },
	{ 0, "stuck", "SECONDS", OPT_OUTPUT, TAKES_REPORT,
	  "tell sockets that are longer than this in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK (60)", set_stuck, 0 },
	{ 0, "stuck", "SECONDS", OPT_OUTPUT, TAKES_SERVE,
	  "a socket is stuck if it is that long in CLOSE_WAIT, FIN_WAIT2 or LAST_ACK (60)", set_stuck, 0 },
	{ 0, "listen", "WHERE", OPT_OUTPUT, TAKES_SERVE,
	  "ADDR:PORT or unix:PATH to listen at, instead of 127.0.0.1:19293 and [::1]:19293; may be given again", set_listen, 0 },
	{ 0, "insecure-listen", NULL, OPT_OUTPUT, TAKES_SERVE, "--listen at an address that other hosts reach, without a password",
	  set_flag, AT(serve.insecure) },
	{ 0, "web-config", "FILE", OPT_OUTPUT, TAKES_SERVE,
	  "TLS and users, as Prometheus' exporters read them: tls_server_config (cert_file, key_file, min_version) and basic_auth_users",
	  set_text, AT(serve.web_config) },
	{ 0, "allow-host", "NAME", OPT_OUTPUT, TAKES_SERVE,
	  "a name that requests may call this host by, beside its addresses and localhost; may be given again", set_host, 0 },
	{ 0, "labels", "LIST", OPT_OUTPUT, TAKES_SERVE,
	  "what series are told apart by: comm, container, pod or unit; lport; remote (comm,lport); or none", set_labels, 0 },
	{ 0, "findings", NULL, OPT_OUTPUT, TAKES_SERVE,
	  "tell what doctor finds, too: by rule and severity. What rules ask for is counted all the time then, not only while somebody looks at the page",
	  set_flag, AT(serve.findings) },
	{ 0, "once", NULL, OPT_RUN, TAKES_SERVE, "print the metrics once, in Prometheus' text format, and end; with -d after that time", set_flag, AT(serve.once) },
	{ 0, "check", "URL", OPT_RUN, TAKES_SERVE,
	  "ask the twtrace serve at http://ADDR:PORT or unix:PATH whether all is well; exit code 1 if it is not", set_text, AT(serve.check) },
	{ 0, "unit", "UNIT", OPT_OUTPUT, TAKES_HIST, "unit of all durations: ns, us, ms or s; auto chooses for each",
	  set_unit, 0 },
	{ 0, "assert", "ASSERTION", OPT_OUTPUT, TAKES_HIST,
	  "what must hold at the end, else exit code 5: 'p99(connect) < 5ms', 'count(time-wait) < 1000'; may be given again. "
	  "p0 to p100, min, mean, max and a duration (ns, us, ms, s, m); count (ended, or in it at the end; also of how connections "
	  "closed: 'count(reset) == 0') and open (in it at the end); <, <=, >, >=, ==, !=. Where nothing was measured it does not hold",
	  set_assert, 0 },
	{ 0, "sysctl", "FILE|NAME=VALUE", OPT_OUTPUT, TAKES_DOCTOR,
	  "instead of findings: what these settings do here, by kernel and by what was measured; lines of sysctl.conf or of an article, '-' is "
	  "standard input; may be given again", set_sysctl, 0 },
	{ 0, "fail-on", "SEVERITY", OPT_RUN, TAKES_DOCTOR,
	  "exit with code 5 if there is a finding that is a warning (or worse), or critical; with --sysctl: if a setting is harmful or refused",
	  set_fail_on, 0 },
	{ 'o', "output", "FILE", OPT_OUTPUT, TAKES_EXPORT,
	  "write to FILE, compressed if its name ends in .gz; it appears when all of it is there (standard output)", set_text, AT(export.path) },
	{ 'o', "output", "FILE", OPT_OUTPUT, TAKES_REPORT,
	  "write the report to FILE; it appears when all of it is there (standard output, if that is no terminal)", set_text, AT(report.path) },
	{ 0, "from", "TIME", OPT_OUTPUT, TAKES_EXPORT,
	  "leave out connections that were over by then: seconds since the first event, or 2026-11-21T09:15:02Z", opt_moment, AT(export.from) },
	{ 0, "to", "TIME", OPT_OUTPUT, TAKES_EXPORT, "leave out connections that began later", opt_moment, AT(export.to) },
	{ 0, "fields", "KEYS", OPT_OUTPUT, TAKES_FIELDS, "these columns, in this order: keys of FIELDS, with commas", opt_fields, 0 },
	{ 0, "csv", NULL, OPT_OUTPUT, TAKES_HIST, "comma-separated values, one line for each phase and group",
	  set_flag, AT(csv) },
	{ 0, "hgrm", NULL, OPT_OUTPUT, TAKES_HIST,
	  "one phase as HdrHistogram's percentile text, which its plotters read; in ms unless --unit says other",
	  set_flag, AT(hgrm) },
	{ 0, "compare", "FILE", OPT_OUTPUT, TAKES_REPORT,
	  "a second recording beside the first one: before and after a change", set_text, AT(report.other) },
	{ 0, "compare", NULL, OPT_OUTPUT, TAKES_HIST,
	  "two recordings side by side: hist --compare A.twr B.twr [PHASE...]", set_flag, AT(compare) },

	{ 'i', "interval", "SECONDS", OPT_RUN, TAKES_INTERVAL, "time between outputs (1)", set_interval, 0 },
	{ 0, "speed", "FACTOR", OPT_RUN, TAKES_SCREEN,
	  "with -r, how fast the screen replays: 1 (the default) as it was, 50, 0.1, or max", set_speed, 0 },
	{ 'd', "duration", "SECONDS", OPT_RUN, TAKES_SOURCE, "end after this time; doctor: 30 unless told, with --sysctl 5", set_duration, 0 },
	{ 0, "linger", "SECONDS", OPT_RUN, TAKES_PROGRAM,
	  "with -- PROGRAM, go on for this time after its end (0): a TIME_WAIT lives for a minute", set_linger, 0 },
	{ 0, "all", NULL, OPT_FILTER, TAKES_PROGRAM,
	  "with -- PROGRAM, connections of all processes, not only of the program and those it starts", set_flag, AT(all) },
	{ 0, "max-loss", "PERCENT", OPT_RUN, TAKES_SOURCE,
	  "exit with code 4 if more than this share of all events was lost", set_max_loss, 0 },
	{ 0, "ring-size", "BYTES", OPT_RUN, TAKES_SOURCE,
	  "room for events in the kernel, shared out to all processors (32M, or 512K for each); K, M and G are understood", set_ring, 0 },
	{ 0, "names-root", "DIR", OPT_RUN, TAKES_SOURCE,
	  "look for the files of container engines, kubelet and systemd below DIR: the host's / as a container sees it", set_names_root, 0 },
	{ 0, "calls", NULL, OPT_RUN, TAKES_CALLS,
	  "also bind(), listen() and connect() that fail; it costs each system call of the machine some 0.1 us, one that fails 0.3 to 0.7", set_flag, AT(calls) },
	{ 0, "stacks", NULL, OPT_RUN, TAKES_WRITE,
	  "also by which code of its process each connection was opened and closed: in conn -j, a connection's page, doctor's findings, recordings. It costs "
	  "each connect(), listen(), first use and close() some 3 us, and each code path once some 0.1 to 20 ms of a processor", set_flag, AT(stacks) },
	{ 0, "watch", NULL, OPT_RUN, TAKES_EXPLAIN,
	  "explain each bind(), listen() and connect() that fails, the moment it does; it costs each system call of the machine some 0.1 us, one that fails 0.3 to 0.7",
	  set_flag, AT(explain.watch) },
	{ 0, "no-seed", NULL, OPT_RUN, TAKES_SOURCE,
	  "do not look for sockets that exist already", set_flag, AT(source.no_seed) },
	{ 0, "for", "COMMAND", OPT_RUN, TAKES_FOR, "the plan of that command: what it does not need is left out", set_for, 0 },
	{ 0, "no-refine", NULL, OPT_RUN, 0, "only the hooks that every kernel has", set_flag, AT(source.no_refine) },
	{ 'q', "quiet", NULL, OPT_RUN, TAKES_SOURCE, "no banner and no summary on standard error", set_flag, AT(quiet) },

	{ 'v', "verbose", NULL, OPT_GENERAL, 0, "say on standard error what is being done", set_flag, AT(verbose) },
	{ 'V', "version", NULL, OPT_GENERAL, 0, "versions of twtrace, libbpf and the kernel", set_version, 0 },
	{ 'h', "help", NULL, OPT_GENERAL, 0, "this text; after a command, what that command takes", set_help, 0 },

	{ 0, "synth", "N", OPT_HIDDEN, TAKES_SOURCE, "N made-up events instead of the kernel's", set_synth, 0 },
	{ 0, "metrics-list", NULL, OPT_HIDDEN, TAKES_SERVE, "the table of metrics, for README", set_flag, AT(serve.list) },
	{ 0, "man", "[FILE]", OPT_HIDDEN, 0, "print the man page from its template", set_man, 0 },
	{ 0 }
};
