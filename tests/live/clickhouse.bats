#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# contrib/clickhouse against the real server: rows of several hosts in, answers out, a server that goes away. TWT_ROWS=1000000 for a long run.
bats_require_minimum_version 1.5.0
load ../lib/live
load ../lib/engines

FEED=$BATS_TEST_DIRNAME/../../contrib/clickhouse/twtrace-clickhouse
EVENTS=$((${TWT_ROWS:-30000} * 8))

# Statements of a file, one a line.
statements() { (sed 's/--.*//' "$1" | tr '\n\t' '  ' | tr ';' '\n'; echo) | sed '/^ *$/d'; }
ask() { in_ns curl -sS --max-time 60 -H Expect: --data-binary @- http://127.0.0.1:8123/ <<< "$1"; }

# Debian's server is from 2018: no IPv6 among its types, LowCardinality behind a setting.
schema() {
	statements "$BATS_TEST_DIRNAME/../../contrib/clickhouse/schema.sql" | sed -E 's/LowCardinality\(((Nullable\()?String\)?)\)/\1/g; s/\bIPv6\b/String/g'
}

server_start() {
	local server
	server=$("$LIB/server.sh" clickhouse-server) || skip "$server"
	mkdir -p "$T/ch"
	touch "$T/ch/log"
	printf '%s\n' "<yandex><logger><level>warning</level><log>$T/ch/log</log><errorlog>$T/ch/errors</errorlog></logger><listen_host>127.0.0.1</listen_host>" \
		"<http_port>8123</http_port><tcp_port>9000</tcp_port><path>$T/ch/data/</path><tmp_path>$T/ch/tmp/</tmp_path><user_files_path>$T/ch/files/</user_files_path>" \
		"<users_config>$T/ch/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>" \
		"<mark_cache_size>268435456</mark_cache_size><timezone>UTC</timezone></yandex>" > "$T/ch/config.xml"
	printf '%s' '<yandex><profiles><default/></profiles><users><default><password></password><networks><ip>127.0.0.1</ip></networks>' \
		'<profile>default</profile><quota>default</quota></default></users><quotas><default/></quotas></yandex>' > "$T/ch/users.xml"
	job ch nsenter --net="/run/netns/$NS" -- "$server" --config-file="$T/ch/config.xml"
	until_ok "${JOB_PID[ch]}" "$T/ch/log" answers || fail "the server does not answer: $(tail -n 3 "$T/ch/errors")"
	while IFS= read -r one; do
		assert_eq "$(ask "$one")" "" "$one"
	done < <(schema)
}
answers() { [[ $(in_ns curl -s --max-time 5 http://127.0.0.1:8123/ping) == Ok.* ]]; }
rows() { ask "SELECT count() FROM twtrace.conn${1:+ WHERE $1}"; }
feed() { in_ns "$FEED" --spool "$T/spool" "$@"; }

@test "clickhouse: rows of three hosts and of a live feed, a dozen questions, answers as the recordings tell" {
	server_start
	local host one n=0
	for host in a b c; do
		"$TWTRACE" --synth $((EVENTS / (2 + ++n))) -q record "$T/$host.twr"
		"$TWTRACE" -q -r "$T/$host.twr" conn -j --label host=$host > "$T/$host.rows"
		feed --rows 5000 -- cat "$T/$host.rows" 2> "$T/feed.err"
		assert_eq "$(rows "host = '$host'")" "$(grep -c '"event":"conn"' "$T/$host.rows")" "rows of $host"
		# What `closers` says of the same recording: connections whose socket is gone, by process and how they ended.
		feed --rows 5000 -- "$TWTRACE" -q -r "$T/$host.twr" conn -j --at close --label "host=closed-$host" 2> "$T/feed.err"
		assert_eq "$(ask "SELECT ifNull(owner_comm, '-') AS c, count(), countIf(close IN ('active', 'orphan-timeout')), countIf(close = 'passive'), countIf(close = 'abort'), countIf(close = 'reset'),
			countIf(close = 'refused') FROM twtrace.conn WHERE host = 'closed-$host' GROUP BY c ORDER BY c")" \
			"$("$TWTRACE" -q -r "$T/$host.twr" closers -j --by comm 86400 | jq -r 'select(.event == "closers" and .closed > 0)
				| [.comm // "-", .closed, .active + .other."orphan-timeout", .passive, .abort, .reset, .other.refused] | @tsv' | LC_ALL=C sort)" "what closers says of $host"
	done
	((${TWT_ROWS:-0} <= 100000)) || return 0	# the rest holds all rows in memory
	jq -c 'select(.event == "conn")' "$T"/?.rows > "$T/all"
	assert_eq "$(rows "host IN ('a', 'b', 'c')")" "$(wc -l < "$T/all")" "rows"
	assert_eq "$(ask "SELECT host, owner_comm, close, count(), sum(life_ns), sum(tw_ns), sum(\`states.ESTABLISHED\`) FROM twtrace.conn WHERE host IN ('a', 'b', 'c')
		GROUP BY host, owner_comm, close ORDER BY host, owner_comm, close")" \
		"$(jq -rs 'group_by([.host, .owner_comm, .close])[] | [.[0].host, .[0].owner_comm // "\\N", .[0].close // "\\N", length, (map(.life_ns) | add // 0),
			(map(.tw_ns) | if all(. == null) then "\\N" else add end), (map(.states.ESTABLISHED // 0) | add)] | @tsv' "$T/all" | sed 's/\\\\N/\\N/g' | LC_ALL=C sort)" "answers"
	while IFS= read -r one; do
		run -0 ask "$one"
		[[ $output != *Exception* ]] || fail "$one: $output"
		((++n))
	done < <(statements "$BATS_TEST_DIRNAME/../../contrib/clickhouse/queries.sql")
	((n >= 15)) || fail "only $((n - 3)) questions"
	assert_eq "$(find "$T/spool" -type f)" "" "portions left over"

	# Rows that the server cannot read are kept aside, those behind them go on.
	printf '%s\n' '{"event":"conn","cookie":"no number"}' > "$T/bad"
	feed -- cat "$T/bad" 2> "$T/bad.err"
	grep -q 'the server refuses' "$T/bad.err" || fail "$(cat "$T/bad.err")"
	cmp "$T/bad" "$T"/spool/*.refused
	"$TWTRACE" --synth 2000 -q conn -j --label host=z > "$T/z.rows"
	feed -- cat "$T/z.rows" 2> "$T/feed.err"
	assert_eq "$(rows "host = 'z'")" "$(grep -c '"event":"conn"' "$T/z.rows")" "rows behind those"
	rm "$T"/spool/*.refused

	# A live feed shows rows while it runs, and ends with its program.
	job feed nsenter --net="/run/netns/$NS" -- "$FEED" --spool "$T/spool" --every 0.2 -- "$TWTRACE" -N "$NS" conn -j --at close --label host=here
	job_wait_line feed err '^Tracing'
	work load -4 client-first 20 server-first 20
	work_end load
	until_ok "${JOB_PID[feed]}" "$T/feed.err" eval '(($(rows "host = '"'here'"' AND lport != 8123 AND rport != 8123") >= 80))' || fail "only $(rows) rows"
	job_stop feed TERM
	assert_eq "${JOB_STATUS[feed]}" 0 "exit status"
	grep -q ', 0 wait in .*, 0 rows dropped$' "$T/feed.err" || fail "$(cat "$T/feed.err")"
}

@test "clickhouse: while the server is away rows wait, the oldest go where they are too many, and are counted" {
	"$LIB/server.sh" clickhouse-server > "$T/which" || skip "$(cat "$T/which")"
	"$TWTRACE" --synth $((EVENTS / 4)) -q conn -j --label host=a > "$T/a.rows"
	local n dropped
	n=$(grep -c '"event":"conn"' "$T/a.rows")
	feed --rows 1000 -- cat "$T/a.rows" 2> "$T/away.err"
	grep -q ' 0 portions posted' "$T/away.err" || fail "$(cat "$T/away.err")"
	assert_eq "$(cat "$T"/spool/*.rows | wc -l)" "$n" "rows that wait"
	feed --spool "$T/small" --rows 500 --limit 2000000 -- sed 's/"host":"a"/"host":"b"/' "$T/a.rows" 2> "$T/full.err"
	dropped=$(sed -n 's/.*, \([0-9]*\) rows dropped$/\1/p' "$T/full.err")
	((dropped > 0)) || fail "$(cat "$T/full.err")"
	assert_eq $((dropped + $(cat "$T"/small/*.rows | wc -l))) "$n" "rows dropped and kept"
	server_start
	feed -- true 2> "$T/back.err"
	feed --spool "$T/small" -- true 2>> "$T/back.err"
	assert_eq "$(rows "host = 'a'")" "$n" "rows after it is back"
	assert_eq $((dropped + $(rows "host = 'b'"))) "$n" "rows dropped and there"
}
