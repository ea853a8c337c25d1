/* SPDX-License-Identifier: GPL-2.0-only */
/* The arguments of hist, which of its options go together, and what names a phase. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "cli/cmd.h"
#include "cli/opt_table.h"
#include "core/stats/hist/phase.h"
#include "run/log.h"

/* "100ms" into nanoseconds. Returns 0 or -EINVAL. */
static int duration(const char *text, __u64 *ret_ns)
{
	static const struct { const char *unit; double ns; } units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	size_t len = strspn(text, "0123456789."), i;
	char number[32];
	double n;

	if (!len || len >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, len);
	number[len] = '\0';
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(text + len, units[i].unit))
			break;
	if (i == sizeof(units) / sizeof(units[0]) || opt_number(number, 0, 1e9, &n))
		return -EINVAL;
	*ret_ns = (__u64)(n * units[i].ns);
	return 0;
}

int opt_slower(struct opt_parse *p, const struct opt_def *d, const char *arg)
{
	size_t len = strcspn(arg, "=");
	__u32 phase, states, seen;
	char name[32];
	__u64 ns;

	(void)d;
	if (!arg[len] || len >= sizeof(name))
		return log_usage("bad argument '%s' of --slower; give a phase and a time, for example connect=100ms", arg);
	memcpy(name, arg, len);
	name[len] = '\0';
	if (phase_parse(name, &phase) || phase & (phase - 1))
		return log_usage("unknown phase '%s' of --slower; see: twtrace hist --help", name);
	phase_states((unsigned int)__builtin_ctz(phase), &states, &seen);
	if (!states)
		return log_usage("--slower is for the times between states; for round trips use --min-rtt MS");
	if (duration(arg + len + 1, &ns))
		return log_usage("bad time '%s' of --slower; give a number and ns, us, ms or s, for example 100ms", arg + len + 1);
	if (filter_add_slower(p->o->filter, states, seen, ns)) {
		log_error("out of memory");
		return EX_FAILURE;
	}
	return 0;
}

/* Whether --by can tell anything about @phase. */
#define PHASES_WITH_END (1U << PHASE_FIN_WAIT2 | 1U << PHASE_TIME_WAIT | 1U << PHASE_LIFE)

static int unknown_phase(const char *word)
{
	char list[256] = "";
	unsigned int i;

	for (i = 0; i < PHASE_MAX; i++) {
		size_t used = strlen(list);

		(void)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", phases[i].name);
	}
	return log_usage("unknown phase '%s'; there are: %s, all", word, list);
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789.") == strlen(s);
}

/* [interval [count]] off the end of the words. Without them there is one report, at the end. */
static int take_interval(struct opt_parse *p)
{
	struct options *o = p->o;
	int n = o->n_args, numbers = 0;

	while (numbers < 2 && numbers < n && is_number(o->args[n - 1 - numbers]))
		numbers++;
	if (numbers && p->have_interval)
		return log_usage("the interval is given twice, by -i and by '%s'", o->args[n - numbers]);
	if (!numbers && !p->have_interval)
		o->interval_s = 0;
	if (numbers && opt_number(o->args[n - numbers], 0.001, 86400, &o->interval_s))
		return log_usage("bad interval '%s'; give seconds from 0.001 to 86400", o->args[n - numbers]);
	if (numbers == 2 && opt_count(o->args[n - 1], 1, ULLONG_MAX, &o->count))
		return log_usage("bad count '%s'; give how many times to print, 1 or more", o->args[n - 1]);
	o->n_args -= numbers;
	return 0;
}

static int take_phases(struct options *o, int from)
{
	__u32 mask;

	for (int i = from; i < o->n_args; i++) {
		if (phase_parse(o->args[i], &mask))
			return unknown_phase(o->args[i]);
		o->phases |= mask;
	}
	if (o->by && !strcmp(o->by, "end")) {
		if (!o->phases)
			o->phases = 1U << PHASE_TIME_WAIT;
		if (o->phases & ~PHASES_WITH_END)
			return log_usage("--by end tells how a TIME_WAIT ended, so only fin-wait2, time-wait "
					 "and life can be "
					 "grouped by it");
	}
	if (!o->phases)
		o->phases = PHASES_DEFAULT;
	return 0;
}

static int check_compare(const struct options *o)
{
	if (o->replay || o->write_path || o->synth)
		return log_usage("--compare reads the two recordings that follow it; -r and -w have no use "
				 "with it");
	if (o->live_states || o->by || o->csv || o->hgrm || o->cumulative || o->interval_s > 0)
		return log_usage("--compare shows two recordings as a whole; --live, --by, --csv, --hgrm and "
				 "intervals do not go "
				 "with it");
	if (o->n_asserts)
		return log_usage("--assert is for one run; with a recording: twtrace -r FILE hist --assert ...");
	if (o->n_args < 2)
		return log_usage("--compare needs two recordings: twtrace hist --compare A.twr B.twr "
				 "[PHASE...]");
	return 0;
}

static int check_output(const struct options *o)
{
	if (o->json + o->csv + o->hgrm > 1)
		return log_usage("only one of -j, --csv and --hgrm can be asked for");
	if (o->hgrm && (o->by || o->live_states || o->interval_s > 0 || __builtin_popcount(o->phases) != 1))
		return log_usage("--hgrm is for one histogram; give one phase, and no --by, --live or "
				 "interval");
	if (o->live_states && o->n_args)
		return log_usage("--live shows a state's ages instead of phases; leave '%s' away",
				 o->args[0]);
	return 0;
}

int opt_hist_arguments(struct opt_parse *p)
{
	struct options *o = p->o;
	int err = 0;

	/* Request sockets are only counted: they have no age. */
	o->live_states &= (1U << (ST_SHOWN + 1)) - 1;
	if (o->compare && !p->have_interval)
		o->interval_s = 0;
	else
		err = take_interval(p);
	if (!err && o->compare)
		err = check_compare(o);
	if (!err && !o->live_states)
		err = take_phases(o, o->compare ? 2 : 0);
	return err ? err : check_output(o);
}
