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
	[[ $1 != "$2" && $(jq -cS . <<< "$1") != "$(jq -cS . <<< "$2")" ]] || return 0
	diff --label "$3: is" --label "$3: expected" -u <(jq -S . <<< "$1") <(jq -S . <<< "$2") >&2
	return 1
}

# A jq filter that must be true for the lines of a file, all in one array; $n is COUNT.
assert_jq() { # FILE FILTER WHAT [JQ-ARG...]
	local file=$1 filter=$2 what=$3
	shift 3
	jq -se --argjson n "$COUNT" "$@" "$filter" "$file" > /dev/null || fail "$what"$'\n'"  not true: $filter"
}

# JSON object of all eleven states, from `ss -tan` of the test's namespace; spelled as `count -j` does. No jq here, nor in what
# else is called often: it takes a quarter of a second to start in a guest.
ss_counts() {
	ss -tanH -N "$NS" | awk '
		BEGIN {
			n = split("ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING", of_ss)
			split("ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING", name)
			for (i = 1; i <= n; i++) known[of_ss[i]] = 1
		}
		!($1 in known) { known[$1] = 1; of_ss[++n] = $1; name[n] = $1 }
		{ count[$1]++ }
		END {
			for (i = 1; i <= n; i++) printf "%s\"%s\":%d", i == 1 ? "{" : ",", name[i], count[of_ss[i]]
			print "}"
		}'
}

count_last() { # NAME: counts of the newest whole line of a `count -j`
	awk 'match($0, /"counts":\{[^}]*\}/) { counts = substr($0, RSTART + 9, RLENGTH - 9) } END { print counts }' "$T/$1.out"
}

# At a quiet moment: the counts of NAME become those of ss within a few intervals, and stay so for two more.
assert_counts_as_ss() { # NAME WHAT
	local want got i
	for ((i = 0; i < 20; i++)); do
		next_lines "$1" || return 1
		want=$(ss_counts)
		got=$(count_last "$1")
		[[ $got != "$want" ]] || break
	done
	assert_json_eq "$got" "$want" "$2" || return 1
	# What is quiet stays quiet. Where a timer runs out in between, ss sees the same: again, then.
	for ((i = 0; i < 20; i++)); do
		want=$(ss_counts)
		next_lines "$1" 1 || return 1
		got=$(count_last "$1")
		[[ $(ss_counts) != "$want" ]] || break
	done
	assert_json_eq "$got" "$want" "$2, two intervals later"
}

# The longest a TIME_WAIT can take: the timer wheel rounds 60 s up to its next step, whose size depends on HZ.
longest_ns() {
	local hz
	hz=$({ zcat /proc/config.gz || cat "/boot/config-$(uname -r)" "/lib/modules/$(uname -r)/config"; } 2> /dev/null |
		sed -n 's/^CONFIG_HZ=//p')
	case $hz in
	250) echo $((62050000000 + LATE_NS)) ;;
	300) echo $((61750000000 + LATE_NS)) ;;
	1000) echo $((64150000000 + LATE_NS)) ;;
	*) echo $((65250000000 + LATE_NS)) ;;
	esac
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

counter() { # COUNTERS NAME: one of them
	[[ $1 =~ \"$2\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

time_waits_alive() { counter "$(kernel_counters)" sockstat.tw; }

summary_of() { grep '"event":"summary"' "$T/$1.out" | tail -n 1; }

# On an emulated processor interrupts nest: timers that fire inside our timer programs are skipped by the kernel, most of them not TCP's. There
# such misses may be, if they were counted and a look at all sockets followed.
assert_no_loss() { # NAME: a job whose last line is its summary
	local summary lost
	summary=$(summary_of "$1")
	[[ -n $summary ]] || fail "$1: no summary at the end of its output" || return 1
	[[ $summary =~ \"lost\":(\{[^}]+\}) ]] || fail "$1: no losses in its summary: $summary" || return 1
	lost=${BASH_REMATCH[1]}
	if [[ -n ${TWT_GUEST:-} && $lost =~ ^(.*\"recursion_miss\":)[1-9][0-9]*(.*)$ ]] && grep -q '^healed: ' "$T/$1.err"; then
		lost=${BASH_REMATCH[1]}0${BASH_REMATCH[2]}
	fi
	[[ $lost != *:[1-9]* ]] || fail "$1: events were lost: $lost"
}
