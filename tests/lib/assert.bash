# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What tests compare, and how they say that it differs. To be sourced (through live.bash).

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

assert_eq() { # ACTUAL EXPECTED WHAT
	[[ $1 == "$2" ]] || fail "$3:"$'\n'"  is       $1"$'\n'"  expected $2"
}

# Two JSON values, shown side by side where they differ.
assert_json_eq() { # ACTUAL EXPECTED WHAT
	[[ $(jq -cS . <<< "$1") != "$(jq -cS . <<< "$2")" ]] || return 0
	diff --label "$3: is" --label "$3: expected" -u <(jq -S . <<< "$1") <(jq -S . <<< "$2") >&2
	return 1
}

# A jq filter that must be true for the lines of a file, all in one array.
assert_jq() { # FILE FILTER WHAT [JQ-ARG...]
	local file=$1 filter=$2 what=$3
	shift 3
	jq -se "$@" "$filter" "$file" > /dev/null || fail "$what"$'\n'"  not true: $filter"
}

# JSON object of all eleven states, from `ss -tan` of the test's namespace.
ss_counts() {
	ss -tanH -N "$NS" | jq -Rsc '
		{"ESTAB":"ESTABLISHED","SYN-SENT":"SYN_SENT","SYN-RECV":"SYN_RECV","FIN-WAIT-1":"FIN_WAIT1",
		 "FIN-WAIT-2":"FIN_WAIT2","TIME-WAIT":"TIME_WAIT","UNCONN":"CLOSE","CLOSE-WAIT":"CLOSE_WAIT",
		 "LAST-ACK":"LAST_ACK","LISTEN":"LISTEN","CLOSING":"CLOSING"} as $name
		| (reduce $name[] as $s ({}; .[$s] = 0)) as $zero
		| reduce (split("\n")[] | select(. != "") | split(" ")[0]) as $s ($zero; .[$name[$s] // $s] += 1)'
}

count_last() { # NAME: counts of the newest whole line of a `count -j`
	local line
	line=$(grep '"event":"count"' "$T/$1.out" | tail -n 1)
	jq -c .counts <<< "$line"
}

# At a quiet moment: the counts of NAME become those of ss within a few intervals, and stay so for two more.
assert_counts_as_ss() { # NAME WHAT
	local want got i
	want=$(ss_counts)
	for ((i = 0; i < 20; i++)); do
		next_lines "$1"
		got=$(count_last "$1")
		[[ $(jq -cS . <<< "$got") != "$(jq -cS . <<< "$want")" ]] || break
	done
	assert_json_eq "$got" "$want" "$2" || return 1
	next_lines "$1" 1
	# What is quiet stays quiet; where a timer ran out in between, ss saw the same.
	assert_json_eq "$(count_last "$1")" "$(ss_counts)" "$2, two intervals later"
}

# The kernel's own counters of the test's namespace, as one JSON object.
kernel_counters() {
	in_ns cat /proc/net/netstat /proc/net/snmp /proc/net/sockstat | awk '
		/^TCP: / { for (i = 2; i < NF; i += 2) if ($i == "tw") v["sockstat.tw"] = $(i + 1); next }
		/^(Tcp|TcpExt): / {
			if ($1 != head) { head = $1; split($0, name, " "); next }
			for (i = 2; i <= NF; i++) v[name[i]] = $i
			head = ""
		}
		END {
			n = split("TW TWKilled TWRecycled TCPTimeWaitOverflow ActiveOpens PassiveOpens EstabResets AttemptFails sockstat.tw", want, " ")
			for (i = 1; i <= n; i++) printf "%s\"%s\":%d", i == 1 ? "{" : ",", want[i], v[want[i]]
			print "}"
		}'
}

# Differences of two such objects; sockstat.tw is a gauge, its difference is what was added.
counters_delta() { # BEFORE AFTER
	jq -nc --argjson a "$1" --argjson b "$2" '$b | with_entries(.value -= $a[.key])'
}

summary_of() { jq -c 'select(.event == "summary")' "$T/$1.out" | tail -n 1; }

assert_no_loss() { # NAME: a job whose last line is its summary
	local summary
	summary=$(summary_of "$1")
	[[ -n $summary ]] || fail "$1: no summary at the end of its output" || return 1
	jq -e '.lost | length > 0 and all(.[]; . == 0)' <<< "$summary" > /dev/null ||
		fail "$1: events were lost: $(jq -c .lost <<< "$summary")"
}
