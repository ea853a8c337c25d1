#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The screen over what the kernel does now: each pane says what `ss` says of the test's namespace.
load ../lib/live
load ../lib/tui

setup() {
	T=$BATS_TEST_TMPDIR
	command -v tmux > /dev/null || skip "tmux is missing"
	ns_new
}

teardown() {
	tui_cleanup
	ns_cleanup
}

# The screen of the test's namespace, tall enough for all that is opened here.
traced() { # PANE ARG...
	tui_start 160x160 -N "$NS" -i 0.2 --pane "$1" "${@:2}" top
	shows "^ twtrace .*netns $NS +up .* live +every 0.2s"
}

ended_well() {
	tui_quit
	grep -q '^events: .* nothing lost' "$T/tui.err" || fail "$(< "$T/tui.err")"
}

# "STATE LOCAL REMOTE" of each connection: as ss says, and as the pane of connections does.
ss_list() {
	ss -tanH -N "$NS" | sed 's/^ESTAB /ESTABLISHED /; s/^UNCONN /CLOSE /; s/^FIN-WAIT-/FIN_WAIT/; s/^\([A-Z]*\)-/\1_/' |
		awk '{ print $1, $4, $5 == "*:*" ? "[::]:*" : $5 }' | sort
}
shown_list() { screen | sed '1,/^STATE /d; $d' | awk 'NF { print $1, $7, $8 }' | sort; }

same_list() { [[ $(shown_list) == "$(ss_list)" ]]; }
lists_as_ss() { # WHAT
	tui_until same_list || diff -u --label "$1: is shown" --label "$1: ss" <(shown_list) <(ss_list)
}

shown_counts() {
	local state n out=
	for state in ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING; do
		n=$(header_count "$state")
		out+=",\"$state\":${n:-null}"
	done
	echo "{${out#,}}"
}
same_counts() { [[ $(shown_counts | jq -cS .) == "$(ss_counts | jq -cS .)" ]]; }
counts_as_ss() { # WHAT
	tui_until same_counts || assert_json_eq "$(shown_counts)" "$(ss_counts)" "$1"
}

# Open now, without TIME_WAITs and listeners.
ss_open() { ss_list | grep -cvE '^(TIME_WAIT|LISTEN)'; }

@test "screen: listeners are looked at while their pane is shown" {
	job server nsenter --net="/run/netns/$NS" -- "$TOOLS/doorwork" --backlog 8 --connect 12 --accept 5
	job_wait_line server out '"step":"listen"'
	traced listeners -w "$T/rec.twr"
	shows '^127.0.0.1:7777 +0 +0 +8 '
	job_line server
	job_wait_line server out '"step":"connect"'
	shows "^127.0.0.1:7777 +9 +9 +8 .* 3 doorwork ${JOB_PID[server]} "
	keys 1
	shows '^STATE +NOW'
	job_line server
	job_wait_line server out '"step":"accept"'
	keys 8
	shows '^127.0.0.1:7777 +4 +9 +8 '
	ended_well
	job_line server
	job_wait server
	# While the other pane was shown nobody looked.
	keys q
	run -0 "$TWTRACE" -q -r "$T/rec.twr" listeners -j 1000
	jq -es 'any(.[]; .event == "listener" and .lport == 7777 and .looks > 0)' <<< "$output" > /dev/null
}

enters_listener() {
	keys Enter
	shows '^(127\.0\.0\.1:700[0-9], |it does not listen)'
	! tui_matches '^127\.0\.0\.1:7001, ' || return 0
	keys Escape
	shows '^LISTENER +QUEUE'
	return 1
}

@test "screen: failed calls are counted, and on the pages of those that they asked for" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40007"
	traced ports --calls
	job load nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$TOOLS/failcalls" 3 port-0
	job_wait_line load out '^done'
	shows '^any +127\.0\.0\.5 .* 3 +'
	keys Enter
	shows "^  failed calls: [0-9:.]+ failcalls \(${JOB_PID[load]}\): bind\(\) to 127\.0\.0\.5:0 failed: EADDRINUSE"
	keys Escape
	job_line load
	job_wait load
	job other nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$TOOLS/failcalls" 3
	job_wait_line other out '^done'
	keys 8
	shows '^127\.0\.0\.1:7001 '
	# One that listened for a moment may still be in the list.
	tui_until enters_listener || fail "$(screen)"
	shows "^  failed calls: [0-9:.]+ failcalls \(${JOB_PID[other]}\): bind\(\) to 127\.0\.0\.1:7001 failed: EADDRINUSE"
	keys Escape
	ended_well
	job_line other
	job_wait other
}

@test "screen: connections are those of ss, found and new ones, until they end" {
	work before -4 hold-established 7 -6 hold-close-wait 7 -m server-first 7
	traced connections
	counts_as_ss "what was there"
	lists_as_ss "what was there"
	work after -4 hold-established 7 -6 hold-close-wait 7 -m server-first 7
	counts_as_ss "new ones"
	lists_as_ss "new ones"
	shows ' tcpwork +(client|server) +127\.0\.0\.1:'
	work_end before
	work_end after
	counts_as_ss "they ended"
	lists_as_ss "they ended"
	ended_well
}

@test "screen: each pane tells of the same connections" {
	traced states
	work load -4 client-first "$COUNT" -6 hold-established "$COUNT"
	local pid=${JOB_PID[load]} tw open
	tw=$(jq .TIME_WAIT <<< "$(ss_counts)")
	open=$(ss_open)
	assert_eq "$tw $open" "$COUNT $((2 * COUNT))" "what ss says"
	shows "^TIME_WAIT +$tw +0 +$tw "
	shows "^ESTABLISHED +$open +0 +[0-9]+ "
	keys 2
	shows "^ +$pid tcpwork +$open +$((2 * COUNT)) +50 +50 .* $tw +[0-9.]+ +[0-9]+ +0 +- alive "
	keys 4
	shows "^\[?(127\.0\.0\.1|::1)\]?:[0-9]+ +$COUNT +"
	keys 5
	shows "^connect +$((2 * COUNT)) +[0-9.]+us"
	shows "^handshake +$((2 * COUNT)) "
	keys 6
	shows " $pid tcpwork .* FIN_WAIT2→TIME_WAIT "
	keys Home
	shows "1 of [1-9][0-9]+\$"
	keys 2
	shows "^ +$pid tcpwork"
	keys Enter
	shows "^tcpwork \(pid $pid\)"
	shows "TIME_WAIT: +$tw now, $tw created"
	keys Escape
	work_end load
	shows "tcpwork .* exited "
	ended_well
}

@test "screen: a leak of CLOSE_WAITs is seen: in the processes, and first of the connections" {
	traced processes
	work leak -4 hold-established "$COUNT" hold-close-wait "$COUNT"
	local pid=${JOB_PID[leak]}
	TUI_SECONDS=40 shows "^ +$pid tcpwork .* $((2 * COUNT)) +[0-9]+s alive"	# after 10 s; FIN_WAIT2s are their other ends
	keys 3 s
	shows '^ stuck first'
	keys Home Down Enter
	shows ' by stuck first$'
	assert_eq "$(screen | sed '1,/^STATE /d' | head -n "$COUNT" | awk '{ print $1, $4, $5, $9 }' | sort | uniq -c | xargs)" \
		"$COUNT CLOSE_WAIT $pid tcpwork passive" "the first ones"
	keys Home
	shows '1 of '
	keys Enter
	shows "^ +owner +tcpwork \(pid $pid\)"
	shows '^ +verdict +passive'
	shows '^ +CLOSE_WAIT .* and counting'
	keys Escape
	work_end leak
	counts_as_ss "they are closed"
	ended_well
}

@test "screen: w records what is there and what comes; -r reads it" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40199" net.ipv4.ip_local_reserved_ports=40010-40019,40030
	work before -4 hold-close-wait "$COUNT"
	traced connections
	counts_as_ss "what was there"
	keys w
	shows '^record to: twtrace-[0-9]+-[0-9]+\.twr'
	keys C-u
	typed live.twr
	keys Enter
	shows 'REC live'
	work load -6 client-first "$COUNT"
	counts_as_ss "while it is recorded"
	keys w
	shows 'recorded to live.twr'
	local want
	want=$(ss_counts)
	work later -4 client-first 1		# too late
	work_end later
	ended_well
	"$TWTRACE" -q -r "$T/live.twr" stream -j > "$T/live.out"
	assert_jq "$T/live.out" 'map(select(.event == "transition" and .newstate == "FIN_WAIT1")) | length == $n' "active closes" \
		--argjson n "$COUNT"
	"$TWTRACE" -q -r "$T/live.twr" count -j 0.05 > "$T/count.out"
	assert_json_eq "$(count_last count)" "$want" "counts at its end"
	# Settings of namespaces are told once, at the start: it has them, too.
	"$TWTRACE" -q -r "$T/live.twr" ports -j 1000 > "$T/ports"
	assert_jq "$T/ports" 'map(select(.event == "ports")) | length > 0 and all(.[]; .range == [40000, 40199] and .usable + .closed == 189)' \
		"the range, less what is reserved"
	work_end before
	work_end load
}

@test "screen: a crash while it traces gives the terminal back" {
	traced states
	kill -SEGV "$(tui_pid)"
	tui_ends 139
}

page_says_segments() { screen | grep -qE "^  segments +$1 sent, $2 of them again, $3 received"; }

@test "screen: the page of a connection that lives asks the kernel what the wire did" {
	traced connections
	work load -4 "connect accept | pour:c pour:s" 1
	lists_as_ss "what was opened"
	keys /
	typed 'state=established'
	keys Enter
	shows '1 of 2$'
	keys Home Enter
	shows '^  socket +cookie [0-9]+'
	local cookie out in again
	cookie=$(screen | sed -n 's/.*(ss -e: \([0-9a-f]*\)).*/\1/p')
	# As ss has it now; the events of before told of the handshake alone.
	read -r out in < <(ss -tineHO -N "$NS" state established | grep " sk:$cookie " | sed 's/.* segs_out:\([0-9]*\) segs_in:\([0-9]*\).*/\1 \2/')
	again=0
	((out > 30 && in > 30)) || fail "ss: $out segments out, $in in"
	tui_until page_says_segments "$out" "$again" "$in" || fail "ss: $out segments out, $in in"$'\n'"$(screen)"
	shows '^  round trip +[0-9.]+.s, at least '
	keys Escape
	work_end load
	ended_well
}

@test "screen: a leak is found while it runs, with its code, and is over when it ends" {
	traced findings --stacks
	shows 'nothing is wrong'
	job leak nsenter --net="/run/netns/$NS" -- "$TOOLS/stackwork" 0 7
	shows "^\\* warning +close-wait-leak +7 .* stackwork \\(pid ${JOB_PID[leak]}\\)"
	shows ' 9 Findings 1( |$)'
	keys 1
	shows '^STATE +NOW'
	shows ' 9 Findings 1( |$)'
	keys 9 Enter
	shows '^  code path +7 of 7 were opened or accepted by this code, innermost first:'
	shows '^ +take_and_forget( |$)'
	shows '^  since '
	keys Enter
	shows '^only those of close-wait-leak: .* state=CLOSE_WAIT'
	[[ $(screen | grep -c '^CLOSE_WAIT ') == 7 ]] || fail "$(screen)"
	job_eof leak
	job_wait leak
	keys 9
	shows 'nothing is wrong'
	shows ' 9 Findings( {2}| *$)'
	ended_well
}
