/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include "cli/values.h"
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/event/tcp.h"
#include "core/pairs/columns.h"
#include "core/stats/fields/field.h"
#include "core/stats/hist/out.h"
#include "core/stats/hist/phase.h"
#include "core/stats/paths/paths.h"
#include "host/names/facts.h"
#include "host/names/walk.h"
#include "host/netns.h"
#include "host/proc.h"
#include "views/export/export.h"
#include "views/screen/panes.h"

static void give_pid(void *ctx, __u32 pid, const char *comm)
{
	struct value_sink *s = ctx;
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", pid);
	s->give(s, text, comm);
}

static void pids(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	proc_each(give_pid, s);
}

static void give_comm(void *ctx, __u32 pid, const char *comm)
{
	struct value_sink *s = ctx;

	(void)pid;
	s->give(s, comm, NULL);
}

static void comms(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	s->repeats = true;
	proc_each(give_comm, s);
}

static void give_name(void *ctx, const char *name)
{
	struct value_sink *s = ctx;

	s->give(s, name, "ip netns");
}

/* What a cgroup is part of, as an option takes it. */
struct named { struct value_sink *s; enum name_by by; const char *prefix; };

static bool give_facts(void *ctx, const struct facts *f)
{
	const struct named *n = ctx;
	char text[2 * FACT_LEN + 16] = "";

	if (n->by == NAME_BY_CONTAINER && f->name[0])
		(void)snprintf(text, sizeof(text), "%s%s", n->prefix, f->name);
	else if (n->by == NAME_BY_CONTAINER && f->cg.container[0])
		(void)snprintf(text, sizeof(text), "%s%.12s", n->prefix, f->cg.container);
	else if (n->by == NAME_BY_POD && f->pod[0])
		(void)snprintf(text, sizeof(text), "%s%s/%s", n->prefix, f->pod_namespace, f->pod);
	else if (n->by == NAME_BY_UNIT)
		(void)snprintf(text, sizeof(text), "%s", f->cg.user_unit[0] ? f->cg.user_unit : f->cg.unit);
	if (text[0])
		n->s->give(n->s, text, n->by == NAME_BY_CONTAINER && f->image[0] ? f->image : NULL);
	return false;
}

static void give_named(struct value_sink *s, enum name_by by, const char *prefix)
{
	static const struct walk_ops ops = { .cgroup = give_facts };
	struct named n = { s, by, prefix };

	s->repeats = true;
	(void)walk_processes(s->names_root, &ops, &n);
}

static void containers(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_named(s, NAME_BY_CONTAINER, "");
}

static void pods(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_named(s, NAME_BY_POD, "");
}

static void systemd_units(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_named(s, NAME_BY_UNIT, "");
}

static void namespaces(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	s->give(s, "self", "the one that twtrace is started in");
	netns_each_name(give_name, s);
	give_named(s, NAME_BY_CONTAINER, "container:");
	give_named(s, NAME_BY_POD, "pod:");
}

static void states(const struct command *cmd, struct value_sink *s)
{
	const char *word;

	(void)cmd;
	for (unsigned int i = 0; (word = tcp_state_word(i)); i++)
		s->give(s, word, NULL);
}

static void panes(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	for (unsigned int i = 0; i < PANE_MAX; i++)
		s->give(s, top_pane_names[i], NULL);
}

static void traced(const struct command *cmd, struct value_sink *s)
{
	for (cmd = commands; cmd->name; cmd++)
		if (cmd->view)
			s->give(s, cmd->name, command_summary(cmd));
}

static void units(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	for (int u = HIST_AUTO; u < HIST_UNITS; u++)
		s->give(s, hist_unit_name((enum hist_unit)u), NULL);
}

/* Each word of @list, which has commas between them. */
static void give_list(const char *list, struct value_sink *s)
{
	char word[32];

	while (*list) {
		size_t len = strcspn(list, ",");

		(void)snprintf(word, sizeof(word), "%.*s", (int)len, list);
		s->give(s, word, NULL);
		list += len + (list[len] == ',');
	}
}

/* Without a command, what any of them groups by. */
static void group_keys(const struct command *cmd, struct value_sink *s)
{
	s->repeats = true;
	if (cmd && cmd->by)
		give_list(cmd->by, s);
	for (cmd = cmd ? NULL : commands; cmd && cmd->name; cmd++)
		if (cmd->by)
			give_list(cmd->by, s);
}

static void sort_keys(const struct command *cmd, struct value_sink *s)
{
	s->repeats = true;
	if (cmd && cmd->sort)
		give_list(cmd->sort, s);
	for (cmd = cmd ? NULL : commands; cmd && cmd->name; cmd++)
		if (cmd->sort)
			give_list(cmd->sort, s);
}

static void when_color(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("auto,always,never", s);
}

static void when_line(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("end,close", s);
}

static void paths(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	for (unsigned int i = 0; i < PATHS_OF_MAX; i++)
		s->give(s, paths_of_name((enum paths_of)i), NULL);
}

static void severities(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("warning,critical", s);
}

static void places(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("127.0.0.1:19293,unix:/run/twtrace.sock", s);
}

static void urls(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("http://127.0.0.1:19293,unix:/run/twtrace.sock", s);
}

static void labels(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("comm,container,pod,unit,lport,remote,none", s);
}

static void what_ifs(const struct command *cmd, struct value_sink *s)
{
	(void)cmd;
	give_list("tcp_tw_reuse=0,tcp_tw_reuse=1,ip_local_port_range=1024-65535,close=peer,close=keepalive:10", s);
}

/* One after the other, with commas. */
static void field_keys(const struct command *cmd, struct value_sink *s)
{
	s->repeats = true;
	for (const struct field *f = cmd && cmd->columns ? cmd->columns : field_table(); f->key; f++)
		s->give(s, f->key, f->help);
	for (const struct field *f = cmd && cmd->takes & TAKES_AT ? pair_columns : NULL; f && f->key; f++)
		s->give(s, f->key, f->help);
}

/* By what help calls an argument; where one word means several things, by the option too, and by what its row needs. The first that fits. */
static const struct {
	const char *arg, *option;
	unsigned int needs;
	enum values values;
	void (*list)(const struct command *cmd, struct value_sink *s);
} table[] = {
	{ "FILE", NULL, 0, VALUES_FILE, NULL },
	{ "[FILE]", NULL, 0, VALUES_FILE, NULL },
	{ "PID", NULL, 0, VALUES_WORDS, pids },
	{ "FILE|NAME=VALUE", NULL, 0, VALUES_FILE, NULL },
	{ "SEVERITY", NULL, 0, VALUES_WORDS, severities },
	{ "DIR", NULL, 0, VALUES_FILE, NULL },
	{ "NAME", "comm", 0, VALUES_WORDS, comms },
	{ "NAME", "container", 0, VALUES_WORDS, containers },
	{ "NAME", "allow-host", 0, VALUES_FREE, NULL },
	{ "WHERE", NULL, 0, VALUES_WORDS, places },
	{ "URL", NULL, 0, VALUES_WORDS, urls },
	{ "LIST", "labels", 0, VALUES_WORDS, labels },
	{ "NAME", "pane", 0, VALUES_WORDS, panes },
	{ "UID", NULL, 0, VALUES_FREE, NULL },
	{ "NAME", "device", 0, VALUES_FREE, NULL },
	{ "SETTING", NULL, 0, VALUES_WORDS, what_ifs },
	{ "COMMAND", "for", 0, VALUES_WORDS, traced },
	{ "STATE", NULL, 0, VALUES_WORDS, states },
	{ "NETNS", NULL, 0, VALUES_WORDS, namespaces },
	{ "KEY", "by", 0, VALUES_WORDS, group_keys },
	{ "KEY", "sort", 0, VALUES_WORDS, sort_keys },
	{ "[WHEN]", "color", 0, VALUES_WORDS, when_color },
	{ "WHEN", "at", 0, VALUES_WORDS, when_line },
	{ "WHICH", "of", 0, VALUES_WORDS, paths },
	{ "POD", NULL, 0, VALUES_WORDS, pods },
	{ "UNIT", "systemd-unit", 0, VALUES_WORDS, systemd_units },
	{ "UNIT", "unit", TAKES_UNIT, VALUES_WORDS, systemd_units },
	{ "UNIT", "unit", 0, VALUES_WORDS, units },
	{ "ADDR", NULL, 0, VALUES_FREE, NULL },
	{ "ASSERTION", NULL, 0, VALUES_FREE, NULL },
	{ "BYTES", NULL, 0, VALUES_FREE, NULL },
	{ "FACTOR", NULL, 0, VALUES_FREE, NULL },
	{ "KEY=VALUE", NULL, 0, VALUES_FREE, NULL },
	{ "KEYS", NULL, 0, VALUES_WORDS, field_keys },
	{ "MS", NULL, 0, VALUES_FREE, NULL },
	{ "N", NULL, 0, VALUES_FREE, NULL },
	{ "PHASE=TIME", NULL, 0, VALUES_FREE, NULL },
	{ "PERCENT", NULL, 0, VALUES_FREE, NULL },
	{ "PORT", NULL, 0, VALUES_FREE, NULL },
	{ "SECONDS", NULL, 0, VALUES_FREE, NULL },
	{ "TIME", NULL, 0, VALUES_FREE, NULL },
};

enum values values_of_option(const struct opt_def *d, const struct command *cmd, struct value_sink *s)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].arg, d->arg) != 0 || (table[i].option && strcmp(table[i].option, d->name) != 0) ||
		    (d->needs & table[i].needs) != table[i].needs)
			continue;
		if (table[i].list)
			table[i].list(cmd, s);
		return table[i].values;
	}
	return VALUES_UNKNOWN;
}

enum values values_of_argument(const struct command *cmd, int n, bool compare, struct value_sink *s)
{
	if ((cmd->takes & TAKES_FILE) && n == 0)
		return VALUES_FILE;
	if ((cmd->takes & TAKES_EXPORT) && n == 0) {
		for (const struct export_format *const *f = export_formats; *f; f++)
			s->give(s, (*f)->name, (*f)->help);
		return VALUES_WORDS;
	}
	if (!(cmd->takes & TAKES_HIST))
		return VALUES_FREE;
	if (compare && n < 2)
		return VALUES_FILE;
	for (unsigned int i = 0; i < PHASE_MAX; i++)
		s->give(s, phases[i].name, phases[i].about);
	s->give(s, "all", "all phases but rtt and min-rtt");
	return VALUES_WORDS;
}
