# shellcheck shell=bash disable=SC2046,SC2207,SC2153,SC2154 # lists of words; variables of bench/run
# SPDX-License-Identifier: GPL-2.0-only
# The parts of the bench. plan_PART prints a line for each step, "SECONDS KEY ARGUMENT..."; step_PART does one: it leaves one sample. Sourced by
# bench/run.

old_of() { [[ -z $OLD ]] || printf '0.1.0:%s ' "$@"; }

peers() {
	local t
	for t in tcpstates tcplife; do
		! command -v "$t" > /dev/null || printf '%s ' "$t"
	done
}

# A B B A: there and back through the list, so that a machine that gets slower does so for all.
there_and_back() { # SECONDS ROUNDS TOOL...
	local seconds=$1 rounds=$2 r i
	shift 2
	local tools=("$@")
	for ((r = 1; r <= rounds; r++)); do
		for ((i = 0; i < ${#tools[@]}; i++)); do echo "$seconds $r/$i ${tools[i]}"; done
		for ((i = ${#tools[@]} - 1; i >= 0; i--)); do echo "$seconds $r/back-$i ${tools[i]}"; done
	done
}

# --- rate: nobody idle --------------------------------------------------------------------------------------------------

# A B B A with nothing before, between and after: what a tool takes is told by the runs beside its own.
block() { # ROUND NAME TOOL...
	local round=$1 name=$2 i=0 t
	shift 2
	for t in nothing "$@" nothing $(printf '%s\n' "$@" | tac) nothing; do
		echo "$((SECONDS_EACH + 2)) $round/$name-$((i++)) $t"
	done
}

plan_rate() {
	local r c
	for ((r = 1; r <= ROUNDS; r++)); do
		for c in count closers hist; do block "$r" "$c" $(old_of "$c") "$c"; done
		block "$r" floor floor
	done
	# Those of which nothing is promised but that they lose nothing.
	block 1 stream stream stream-j
	block 1 record record count-w
	[[ -z $(peers) ]] || block 1 peers $(peers)
	[[ -z $(peers) ]] || printf "$((SECONDS_EACH + 2)) lost/%s lines\n" $(peers)
}

step_rate() { # KEY TOOL
	[[ $2 != lines ]] || { rate_lost "${1#lost/}"; return; }
	bench_ns
	tool_start "$2"
	pairs $(($(nproc) + 1)) "$SECONDS_EACH"
	tool_stop
	ns_drop
	sample --arg tool "$2" --arg round "${1%-*}" --argjson p "$PAIRS" --argjson kb "$TOOL_KB" --argjson seen "$TOOL_SEEN" \
		--argjson lost "$TOOL_LOST" '{tool: $tool, round: $round, peak_kb: $kb, seen: $seen, lost: $lost} + $p'
}

# What a peer prints per connection is known: lines that are missing were lost.
rate_lost() { # TOOL
	local each=10 lines
	[[ $1 != tcplife ]] || each=2
	bench_ns
	tool_start "$1" "$T/lines"
	pairs $(($(nproc) + 1)) "$SECONDS_EACH"
	tool_stop
	ns_drop
	lines=$(grep -c '127\.0\.0\.' "$T/lines" || true)
	rm -f "$T/lines"
	sample --arg tool "$1" --argjson p "$PAIRS" --argjson n "$lines" --argjson each "$each" \
		'{lines_of: $tool, lost_share: ([1 - $n / ($each * $p.all), 0] | max)}'
}

# --- hooks: the kernel's own measure of the programs ----------------------------------------------------------------------

plan_hooks() {
	local tools=(empty stamped-96 count) c
	for c in hist closers closers-wide; do tools+=("$c"); done
	tools+=($(old_of count hist closers) submit-96 submit-128)
	there_and_back $((SECONDS_EACH + 2)) "$HOOK_ROUNDS" "${tools[@]}"
	there_and_back 4 "$HOOK_ROUNDS" empty-timer $(old_of count) count | sed 's| | talk/|'
}

step_hooks() { # KEY TOOL
	bench_ns
	tool_start "$2"
	programs_begin
	PAIRS='{"all":0}'
	case $1 in
	talk/*) in_ns "$BENCH/talk" 100000 ;;
	*) pairs $(($(nproc) + 1)) "$SECONDS_EACH" ;;
	esac
	programs_end
	tool_stop
	ns_drop
	sample --arg tool "$2" --argjson p "$PAIRS" --argjson programs "$PROGRAMS" --arg with "$([[ $1 != talk/* ]] || echo talk)" \
		'{tool: $tool, with: $with, all: $p.all, programs: $programs}'
}

# --- everyday: 1,000 connections a second; idle: none ---------------------------------------------------------------------

plan_everyday() {
	local t
	for t in empty $(old_of closers-rows) closers-rows count stream; do
		echo "$((EVERYDAY + 2)) $t $t"
	done
}

resident() { # PID WHAT: kB
	awk -v what="$2:" '$1 == what { print $2 }' "/proc/$1/status"
}

step_everyday() { # KEY TOOL
	local rss own
	bench_ns
	tool_start "$2"
	programs_begin
	pairs 1 "$EVERYDAY" 1000
	programs_end
	rss=$(resident "$TOOL_PID" VmRSS)
	own=$(resident "$TOOL_PID" RssAnon)
	tool_stop
	ns_drop
	sample --arg tool "$2" --argjson p "$PAIRS" --argjson programs "$PROGRAMS" --argjson rss "$rss" --argjson own "$own" \
		'{tool: $tool, programs: $programs, rss_kb: $rss, own_kb: $own} + $p'
}

plan_idle() {
	local t
	for t in $(old_of closers-quiet) closers-quiet stream record count; do
		echo "7 $t $t"
	done
}

step_idle() { # KEY TOOL
	bench_ns
	tool_start "$2"
	pairs 0 5
	tool_stop
	ns_drop
	sample --arg tool "$2" --argjson p "$PAIRS" '{tool: $tool, wakeups: $p.tool_wakeups, core: $p.tool_core}'
}

# --- user side -----------------------------------------------------------------------------------------------------------

plan_core() { echo '25 core'; }

step_core() {
	"$TWTRACE" -q --synth 3000000 record "$T/synth"
	gzip -dc "$T/synth" | "$BENCH/core" > "$T/core"
	rm "$T/synth"
	sample --slurpfile c "$T/core" '$c[0]'
}

plan_memory() {
	local n f
	for n in 1000 100000 1000000; do
		for f in -4 -6; do echo "$((1 + n / 200000)) $n$f $n $f"; done
	done
}

step_memory() { # KEY N FAMILY
	"$BENCH/memory" "$2" "$3" > "$T/memory"
	sample --slurpfile m "$T/memory" '$m[0]'
}

plan_start() { printf '%s\n' '4 0 0' '6 10000 10000' '15 100000 100000'; }

step_start() { # KEY SOCKETS
	local i
	bench_ns
	job sockets nsenter --net="/run/netns/$NS" -- "$BENCH/sockets" "$2"
	job_wait_line sockets out ready 60
	: > "$T/first"
	for ((i = 0; i < 5; i++)); do
		"$BENCH/meter" -1 "$T/meter" "$TWTRACE" -q -H -N "$NS" count
		tail -n 1 "$T/meter" | jq .first_ns >> "$T/first"
	done
	job idle "$TWTRACE" -q -H -N "$NS" count
	job_wait_line idle out .
	i=${JOB_PID[idle]}
	cp "$TWTRACE" "$T/stripped"
	strip "$T/stripped"
	sample --argjson n "$2" --slurpfile ns "$T/first" --argjson rss "$(resident "$i" VmRSS)" --argjson own "$(resident "$i" RssAnon)" \
		--argjson maps "$("$BENCH/probe" show "$i" | jq .map_bytes)" --argjson bytes "$(stat -L -c %s "$T/stripped")" \
		'{sockets: $n, first_ns: $ns, rss_kb: $rss, own_kb: $own, map_kb: ($maps / 1024), binary_bytes: $bytes}'
	job_stop idle
	job_close idle
	job_close sockets
	ns_drop
}

# --- ports: beside 100,000 TIME_WAITs to one destination, from two addresses: one has no more than 64,511 ports -----------------

PORTS_TW=100000

plan_ports() {
	local t n=0
	# shellcheck disable=SC2046 # words
	for t in closers $(old_of closers) ports ports $(old_of closers) closers; do
		echo "14 1/$((n++)) $t"
	done
	echo '10 explain explain'
}

# They last for a minute: each step makes its own.
many_time_waits() {
	local src
	bench_ns
	job port nsenter --net="/run/netns/$NS" -- "$TOOLS/portwork"
	echo "serve 4 127.0.0.1 1024" >&"$JOB_IN_port"
	for src in 127.0.0.1 127.0.0.2; do
		echo "wait $((PORTS_TW / 2)) 4 $src connect 127.0.0.1 1024" >&"$JOB_IN_port"
	done
	"$TOOLS/waitline" -p "${JOB_PID[port]}" -a 2 "$T/port.out" '"done"' 60 > /dev/null || fail "no TIME_WAITs: $(cat "$T/port.err")"
}

step_ports() { # KEY TOOL
	local what
	many_time_waits
	if [[ $2 == explain ]]; then
		for what in 'bind 127.0.0.1:1024' 'bind 127.0.0.1:40000' 'connect 127.0.0.1:1024'; do
			for _ in 1 2 3; do
				# shellcheck disable=SC2086 # words; it may say no
				"$BENCH/meter" -1 "$T/meter" "$TWTRACE" -N "$NS" explain -j $what || true
				sample --arg what "$what" --argjson ns "$(tail -n 1 "$T/meter" | jq .first_ns)" --argjson n "$PORTS_TW" \
					'{explain: $what, first_ns: $ns, time_waits: $n}'
			done
		done
	else
		tool_start "$2"
		pairs 1 6 1000
		tool_stop
		sample --arg tool "$2" --argjson p "$PAIRS" --argjson kb "$TOOL_KB" --argjson lost "$TOOL_LOST" --argjson n "$PORTS_TW" \
			'{tool: $tool, time_waits: $n, peak_kb: $kb, lost: $lost} + $p'
	fi
	job_close port
	ns_drop
}

# --- calls: what --calls costs a system call ----------------------------------------------------------------------------------

plan_calls() { there_and_back 4 "$HOOK_ROUNDS" nothing stream calls; }

step_calls() { # KEY TOOL
	bench_ns
	tool_start "$2"
	"$BENCH/calls" 1000000 > "$T/calls"
	tool_stop
	ns_drop
	sample --arg tool "$2" --slurpfile c "$T/calls" '{tool: $tool} + $c[0]'
}

# --- stacks: 5,000 connections a second, and as many as there can be ------------------------------------------------------------

plan_stacks() {
	there_and_back $((SECONDS_EACH + 2)) "$HOOK_ROUNDS" nothing closers closers-stacks stacks | sed 's| | paced/|'
	there_and_back $((SECONDS_EACH + 2)) "$HOOK_ROUNDS" nothing closers closers-stacks | sed 's| | full/|'
}

step_stacks() { # KEY TOOL
	bench_ns
	tool_start "$2"
	if [[ $1 == paced/* ]]; then pairs 2 "$SECONDS_EACH" 5000; else pairs $(($(nproc) + 1)) "$SECONDS_EACH"; fi
	tool_stop
	ns_drop
	sample --arg tool "$2" --arg load "${1%%/*}" --argjson p "$PAIRS" --argjson kb "$TOOL_KB" --argjson seen "$TOOL_SEEN" --argjson lost "$TOOL_LOST" \
		'{tool: $tool, load: $load, peak_kb: $kb, seen: $seen, lost: $lost} + $p'
}

# --- serve: one scraper each 15 s and one open page, beside count -------------------------------------------------------------

plan_serve() {
	local t
	block 1 serve count serve
	for t in serve serve-scraped node-exporter ss; do echo "$((EVERYDAY + 2)) everyday/$t $t"; done
	echo "$((SECONDS_EACH + 4)) crowd serve"
}

# --unix-socket or a namespace, as it is asked
scraper() { # CURL-ARG...
	# shellcheck disable=SC2016 # the other bash expands it
	job scraper bash -c 'while curl -s -o /dev/null "$@"; do read -rt 15 || (($? > 128)) || exit; done' bash "$@"
}

page() {
	# What the page asks for as it opens (user/web/app.js: ON_OVERVIEW).
	job page curl -sN --unix-socket "$T/serve" -o /dev/null 'http://localhost/api/v1/stream?view=states,findings,processes,connections,destinations&limit=10'
}

page_stop() {
	[[ -n ${JOB_PID[page]:-} ]] || return 0
	kill "${JOB_PID[page]}" 2> /dev/null || true
	job_wait page
	job_eof page
	rm -f "$T/page."{in,out,err}
	unset 'JOB_PID[page]'
}

step_serve() { # KEY TOOL
	case $1 in
	everyday/node-exporter | everyday/ss) serve_peer "$2" ;;
	everyday/*) serve_everyday "$2" ;;
	crowd) serve_crowd ;;
	*) serve_rate "$@" ;;
	esac
}

serve_rate() { # KEY TOOL
	bench_ns
	tool_start "$2"
	[[ $2 != serve ]] || { scraper --unix-socket "$T/serve" http://localhost/metrics && page; }
	pairs $(($(nproc) + 1)) "$SECONDS_EACH"
	page_stop
	[[ $2 != serve ]] || job_close scraper
	tool_stop
	ns_drop
	sample --arg tool "$2" --arg round "${1%-*}" --argjson p "$PAIRS" --argjson kb "$TOOL_KB" --argjson seen "$TOOL_SEEN" --argjson lost "$TOOL_LOST" \
		'{tool: $tool, round: $round, peak_kb: $kb, seen: $seen, lost: $lost} + $p'
}

# At its end there are as many TIME_WAITs as connections were made.
serve_everyday() { # serve | serve-scraped
	local rss size
	bench_ns
	tool_start serve
	scraper --unix-socket "$T/serve" http://localhost/metrics
	[[ $1 != serve ]] || page
	pairs 1 "$EVERYDAY" 1000
	rss=$(resident "$TOOL_PID" VmRSS)
	size=$(curl -s --unix-socket "$T/serve" http://localhost/metrics | wc -c)
	page_stop
	job_close scraper
	tool_stop
	ns_drop
	sample --arg tool "$1" --argjson p "$PAIRS" --argjson rss "$rss" --argjson bytes "$size" '{everyday: $tool, rss_kb: $rss, bytes: $bytes} + $p'
}

# Processor time of a process and of its children that ended, in ticks.
ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 + $14 + $15 }'; }

# What else counts sockets by state: scraped each 15 s, or looking each second, as often as the page is told something.
serve_peer() { # node-exporter | ss
	local program begin end
	bench_ns
	if [[ $1 == ss ]]; then
		# shellcheck disable=SC2016 # the other bash expands it
		job peer nsenter --net="/run/netns/$NS" -- bash -c 'while ss -Htan | awk "{ n[\$1]++ } END { for (s in n) print s, n[s] }"; do read -rt 1 || (($? > 128)) || exit; done'
	elif program=$("$here/../lib/server.sh" prometheus-node-exporter); then
		job peer nsenter --net="/run/netns/$NS" -- "$program" --collector.disable-defaults --collector.tcpstat --web.listen-address=127.0.0.1:9100
		job_wait_line peer err 'istening on'
		# shellcheck disable=SC2016
		job scraper nsenter --net="/run/netns/$NS" -- \
			bash -c 'while curl -s -o /dev/null http://127.0.0.1:9100/metrics; do read -rt 15 || (($? > 128)) || exit; done'
	else
		say "$1 is left out: $program"
		ns_drop
		return
	fi
	TOOL_PID=0
	begin=$(ticks "${JOB_PID[peer]}")
	pairs 1 "$EVERYDAY" 1000
	end=$(ticks "${JOB_PID[peer]}")
	[[ $1 == ss ]] || job_close scraper
	kill "${JOB_PID[peer]}" 2> /dev/null || true
	job_wait peer
	job_eof peer
	rm -f "$T/peer."{in,out,err}
	ns_drop
	sample --arg tool "$1" --argjson p "$PAIRS" --argjson core "$(calc "($end - $begin) / $(getconf CLK_TCK) / $EVERYDAY")" '{everyday: $tool} + $p + {tool_core: $core}'
}

# 200 clients, of which 100 never read; nobody idle.
serve_crowd() {
	bench_ns
	tool_start serve
	job crowd /usr/bin/python3 "$here/../lib/webcrowd.py" "$T/serve" 100 1
	job_wait_line crowd out ready
	pairs $(($(nproc) + 1)) "$((SECONDS_EACH + 1))"
	job_line crowd
	job_wait crowd
	tail -n 1 "$T/crowd.out" > "$T/said"
	job_eof crowd
	rm -f "$T/crowd."{in,out,err}
	tool_stop
	ns_drop
	sample --slurpfile crowd "$T/said" --argjson p "$PAIRS" --argjson kb "$TOOL_KB" --argjson seen "$TOOL_SEEN" --argjson lost "$TOOL_LOST" \
		'{crowd: $crowd[0], peak_kb: $kb, seen: $seen, lost: $lost} + $p'
}

# --- soak: as much as the machine can do, for long --------------------------------------------------------------------------

plan_soak() { echo "$((SOAK + 3)) closers closers"; }

step_soak() { # KEY TOOL
	bench_ns
	tool_start "$2"
	pairs $(($(nproc) + 1)) "$SOAK"
	tool_stop
	ns_drop
	sample --arg tool "$2" --argjson p "$PAIRS" --argjson kb "$TOOL_KB" --argjson seen "$TOOL_SEEN" --argjson lost "$TOOL_LOST" \
		'{tool: $tool, peak_kb: $kb, seen: $seen, lost: $lost} + $p'
}
