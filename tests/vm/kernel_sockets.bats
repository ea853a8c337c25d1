#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Sockets that the kernel opens for itself are the kernel's, not modprobe's or mount's, in whose context it does so.
# In guests only: modules are loaded.
load ../lib/live

@test "kernel sockets: RDS listens, in modprobe's context; existing ones are told apart too" {
	trace stream stream -j
	modprobe rds_tcp
	wait_matches stream '"lport":16385,.*"newstate":"LISTEN"' 1
	trace_stop stream
	assert_jq "$T/stream.out" 'map(select(.event == "transition")) | length == 1 and .[0].pid == 0 and .[0].comm == "kernel"' "whose"
	trace count count -j --by comm 0.2
	wait_matches count '"by":"comm","key":"kernel",.*"LISTEN":1' 1
	trace_stop count
}

@test "kernel sockets: CIFS connects, in mount's context" {
	modprobe cifs
	mkdir "$T/mnt"
	trace conn conn -j
	# Nobody listens: both ports that it tries are refused.
	run in_ns mount -i -t cifs //127.0.0.1/x "$T/mnt" -o unc=//127.0.0.1/x,ip=127.0.0.1,username=u,password=p
	((status != 0))
	wait_matches conn '"event":"conn"' 2
	trace_stop conn
	assert_jq "$T/conn.out" 'map(select(.event == "conn")) | length == 2 and (map(.rport) | sort) == [139, 445]
		and all(.[]; .close == "refused" and .opener_pid == 0 and .opener_comm == "kernel" and .owner_comm == "kernel")' "whose"
}
