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
