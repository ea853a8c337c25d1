/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/doctor/settings/setting.h"

static void reads(const char *text, const char *name, const char *value)
{
	struct setting_line l;
	enum setting_read r = setting_read(text, strlen(text), &l);

	if (!name) {
		if (r == SETTING_TAKEN)
			fail_msg("'%s' was taken as %s = %s", text, l.name, l.value);
		return;
	}
	if (r != SETTING_TAKEN || strcmp(l.name, name) || strcmp(l.value, value))
		fail_msg("'%s' was read as %s = %s", text, r == SETTING_TAKEN ? l.name : "nothing", r == SETTING_TAKEN ? l.value : "");
}

static void reads_what_people_write(void **state)
{
	(void)state;
	reads("net.ipv4.tcp_tw_reuse = 1", "net.ipv4.tcp_tw_reuse", "1");
	reads("  net/ipv4/tcp_tw_reuse=1\r\n", "net.ipv4.tcp_tw_reuse", "1");
	reads("-net.ipv4.tcp_tw_reuse=1", "net.ipv4.tcp_tw_reuse", "1");
	reads("- `net.ipv4.tcp_tw_reuse = 1`", "net.ipv4.tcp_tw_reuse", "1");
	reads("sudo sysctl -q -w net.ipv4.tcp_tw_reuse=1", "net.ipv4.tcp_tw_reuse", "1");
	reads("$ sysctl -w \"net.ipv4.ip_local_port_range=1024 65535\"", "net.ipv4.ip_local_port_range", "1024 65535");
	reads("echo 30 > /proc/sys/net/ipv4/tcp_fin_timeout", "net.ipv4.tcp_fin_timeout", "30");
	reads("echo \"1024 65535\" >/proc/sys/net/ipv4/ip_local_port_range # more", "net.ipv4.ip_local_port_range", "1024 65535");
	reads("net.ipv4.tcp_fin_timeout = 30   # or less", "net.ipv4.tcp_fin_timeout", "30");
	reads("net.ipv4.tcp_fin_timeout 30", "net.ipv4.tcp_fin_timeout", "30");
	reads("tcp_fin_timeout=30", "tcp_fin_timeout", "30");
	reads("", NULL, NULL);
	reads("# net.ipv4.tcp_fin_timeout = 30", NULL, NULL);
	reads("; x", NULL, NULL);
	reads("Set the timeout = 30 to be fast", NULL, NULL);
	reads("net.ipv4.tcp_fin_timeout =", NULL, NULL);
	reads("echo hello", NULL, NULL);
	reads("a=b", NULL, NULL);
	reads("net.ipv4.\033[31m = 3", NULL, NULL);
}

struct fixture { struct tracker *t; struct filter *filter; struct facts *f; };

static struct fixture host(const char *kernel)
{
	static const struct tracker_ops ops;
	const struct tracker_config cfg = { .max_conns = 16, .max_actors = 16 };
	struct fixture x;

	x.filter = filter_new();
	assert_int_equal(tracker_new(&cfg, &ops, NULL, &x.t), 0);
	x.f = facts_new(rule_families, x.t, x.filter, kernel);
	assert_non_null(x.f);
	return x;
}

static void leave(struct fixture *x)
{
	facts_free(x->f);
	tracker_free(x->t);
	filter_free(x->filter);
}

static enum advice judged(const struct facts *f, const char *text)
{
	struct setting_line l;
	const struct setting *s;
	struct strbuf why = { 0 };
	enum advice a;

	assert_int_equal(setting_read(text, strlen(text), &l), SETTING_TAKEN);
	a = setting_judge(f, &l, &s, &why);
	assert_true(why.len > 0);
	assert_null(strchr(why.s, '\n'));
	strbuf_free(&why);
	return a;
}

static void answers_by_kernel(void **state)
{
	struct fixture x = host("5.15.0-91-generic");

	(void)state;
	assert_int_equal(x.f->kernel, 5015);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_recycle = 1"), ADVICE_REMOVED);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse_delay = 100"), ADVICE_NOT_YET);
	leave(&x);
	x = host("6.18.4");
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse_delay = 100"), ADVICE_FINE);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse_delay = 0"), ADVICE_BAD_VALUE);
	leave(&x);
}

static void told(struct facts *f, enum twt_sysctl which, __u64 value)
{
	const struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = TWT_SYSCTL, .ts_ns = 1, .netns = 7, .aux = which, .arg0 = value,
		.lport = 32768, .rport = 60999,
	};

	assert_int_equal(facts_event(f, &ev), 0);
}

static void answers_by_what_was_measured(void **state)
{
	struct fixture x = host("6.1.0-42-amd64");

	(void)state;
	assert_int_equal(judged(x.f, "net.ipv4.tcp_fin_timeout = 15"), ADVICE_NO_EFFECT);
	x.f->live[ST_FIN_WAIT2] = 500;
	assert_int_equal(judged(x.f, "net.ipv4.tcp_fin_timeout = 15"), ADVICE_HELPS);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_fin_timeout = 1"), ADVICE_HARMFUL);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse = 1"), ADVICE_NO_EFFECT);
	x.f->sum.closed[CLOSE_NO_PORT] = 3;
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse = 1"), ADVICE_HELPS);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse = 3"), ADVICE_BAD_VALUE);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_tw_reuse = one"), ADVICE_BAD_VALUE);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_max_tw_buckets = 5000"), ADVICE_HARMFUL);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_max_tw_buckets = 500000"), ADVICE_NO_EFFECT);
	x.f->sum.overflow = 9;
	assert_int_equal(judged(x.f, "net.ipv4.tcp_max_tw_buckets = 500000"), ADVICE_HELPS);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_rfc1337 = 1"), ADVICE_FINE);
	x.f->sum.tw_ended[TW_END_RESET] = 2;
	assert_int_equal(judged(x.f, "net.ipv4.tcp_rfc1337 = 1"), ADVICE_HELPS);
	assert_int_equal(judged(x.f, "net.ipv4.ip_local_port_range = 60999 32768"), ADVICE_BAD_VALUE);
	assert_int_equal(judged(x.f, "net.ipv4.ip_local_port_range = 40000"), ADVICE_BAD_VALUE);
	assert_int_equal(judged(x.f, "net.ipv4.tcp_turbo = 1"), ADVICE_UNKNOWN);
	assert_int_equal(judged(x.f, "net.ipv4.ip_conntrack_max = 1"), ADVICE_REMOVED);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_max = 1"), ADVICE_NO_EFFECT);
	told(x.f, TWT_SC_PORT_RANGE, 0);
	told(x.f, TWT_SC_CONNTRACK_COUNT, 900);
	told(x.f, TWT_SC_CONNTRACK_MAX, 1000);
	told(x.f, TWT_SC_CONNTRACK_TIME_WAIT, 120);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_max = 800"), ADVICE_HARMFUL);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_max = 1000"), ADVICE_FINE);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_max = 4000"), ADVICE_HELPS);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_tcp_timeout_time_wait = 60"), ADVICE_HELPS);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_tcp_timeout_time_wait = 120"), ADVICE_NO_EFFECT);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_tcp_timeout_time_wait = 1"), ADVICE_HARMFUL);
	told(x.f, TWT_SC_CONNTRACK_COUNT, 10);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_max = 4000"), ADVICE_NO_EFFECT);
	assert_int_equal(judged(x.f, "net.netfilter.nf_conntrack_tcp_timeout_time_wait = 60"), ADVICE_NO_EFFECT);
	leave(&x);
}

static void every_entry_is_whole(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct setting *s = settings; s->name; s++, n++) {
		assert_non_null(s->truth);
		assert_non_null(s->scope);
		assert_non_null(s->standard);
		assert_ptr_equal(setting_find(s->name), s);
		for (const char *const *old = s->old_names; old && *old; old++)
			assert_ptr_equal(setting_find(*old), s);
	}
	assert_true(n >= 30);
	assert_null(setting_find("tcp"));
	assert_null(setting_find("max"));
}

static void every_rule_is_whole(void **state)
{
	(void)state;
	for (const struct rule_family *fam = rule_families; fam->rules; fam++) {
		for (size_t i = 0; i < *fam->n; i++) {
			const struct rule *r = &fam->rules[i];

			assert_true(r->id && r->title && r->sure && r->cause && r->outlook && r->fix && r->fix[0]);
			assert_true(r->on == ON_HOST ? r->each != NULL : r->calls || r->matches || r->states || r->ends || r->on == ON_HALF_OPEN);
			assert_true(r->judge || r->each || r->info || r->warning || r->critical);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_people_write),
		cmocka_unit_test(answers_by_kernel),
		cmocka_unit_test(answers_by_what_was_measured),
		cmocka_unit_test(every_entry_is_whole),
		cmocka_unit_test(every_rule_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
