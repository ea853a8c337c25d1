#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# doctor: rules that it takes a machine of one's own to provoke: modules are loaded, settings of the whole kernel changed.
load ../lib/live
load ../lib/doctor

@test "findings: the firewall's table, each rule alone" {
	modprobe nf_conntrack
	each_scenario guest 'conntrack|conntrack-tw'
}

@test "findings: too many orphans" {
	"$TWTRACE" features | grep -q '^yes .*tcp_send_reset (reason)' || skip "this kernel gives no reason for a reset"
	each_scenario guest memory
}

@test "findings: settings of the firewall help where its table is nearly full" {
	modprobe nf_conntrack
	sysctl -qw net.netfilter.nf_conntrack_max=100
	do_tracked settings 90
	"$TWTRACE" -q -N "$NS" doctor -j -d 0.3 --sysctl net.netfilter.nf_conntrack_max=655360 --sysctl net.nf_conntrack_max=50 \
		--sysctl net.netfilter.nf_conntrack_tcp_timeout_time_wait=60 > "$T/advice"
	assert_eq "$(jq -rs 'map(select(.event == "setting") | .advice) | join(", ")' "$T/advice")" "helps here, removed, helps here" "advice"
	grep -q 'here 9[0-9] of 100 entries are taken' "$T/advice" || fail "$(cat "$T/advice")"
	work_end w_settings
}
