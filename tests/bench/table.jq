# SPDX-License-Identifier: GPL-2.0-only
# The samples of tests/bench/run, as text of at most 100 columns. With --arg short 1: what the README shows.
def pad($n): tostring | . + " " * ([$n - length, 0] | max);
def lpad($n): tostring | " " * ([$n - length, 0] | max) + .;
def fixed($digits): if . == null then "-" else
	(. * pow(10; $digits) | round) as $i | ($i | fabs | tostring) as $d
	| (if $i < 0 then "-" else "" end)
	+ if $digits == 0 then $d else ("0" * ([$digits + 1 - ($d | length), 0] | max) + $d) | .[:-$digits] + "." + .[-$digits:] end end;
def percent($digits): if . == null then "-" elif . == 0 then "0" else (100 * . | fixed($digits)) + "%" end;
def mb: if . == null then "-" else . / 1024 | fixed(1) end;
def million: 1000 / . | fixed(1);
def mean: if length == 0 then null else add / length end;
def median: sort | if length == 0 then null else (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2 end;
def part($p): map(select(.part == $p));
# Tools in the order in which they were first measured.
def tools: reduce .[].tool as $t ([]; if $t == null or index($t) then . else . + [$t] end);
def of($tool): map(select(.tool == $tool));

# ns of a run that does nothing, in these samples; of a program, over that; and of all programs, per @per.
def empty_ns($tool): [of($tool)[].programs[] | .ns / .runs] | median;
def over($empty; per): (.programs | map(.ns - .runs * $empty) | add) / per;

# A tool's runs of one block against those of that block without a tool: the median of the blocks.
def beside($tool; value; compare):
	. as $all | [of($tool)[].round] | unique | map(. as $r | $all | map(select(.round == $r))
	| [(of($tool) | map(value) | mean), (of("nothing") | map(value) | mean)] | select(.[1] != null) | compare) | median;

def rate_rows: . as $all | tools | map(. as $t | $all | of($t) as $mine | {
	tool: $t, per_second: ($mine | map(.per_second) | median), idle: ($mine | map(.idle) | median), busy_us: ($mine | map(.busy_us) | median),
	left: beside($t; .per_second; .[0] / .[1]), more_us: beside($t; .busy_us; .[0] - .[1]),
	tool_us: ($mine | map(.tool_us) | median), peak_kb: ($mine | map(.peak_kb | select(. != null)) | max),
	lost: (($mine | map(select(.seen != null) | .lost / (.seen + .lost)) | max) // ($all[] | select(.lines_of == $t) | .lost_share) // null)});

def hook_rows: map(select(.with == "")) as $all | ($all | empty_ns("empty")) as $empty | $all | tools
	| map(select(test("^(0.1.0:)?(count|hist|closers(-wide)?)$"))) | map(. as $t | {tool: $t, ns: ($all | of($t) | map(over($empty; .all)) | median)});

def rate_table:
	("with" | pad(16)) + ("conn/s" | lpad(9)) + ("idle" | lpad(7)) + ("rate left" | lpad(11)) + ("CPU us each" | lpad(13)) + ("more" | lpad(7))
		+ ("of it user" | lpad(12)) + ("lost" | lpad(9)) + ("peak MB" | lpad(9)),
	(rate_rows[] | (.tool | pad(16)) + (.per_second | fixed(0) | lpad(9)) + (.idle | percent(1) | lpad(7))
		+ (if .tool == "nothing" then "" else (.left | fixed(3)) end | lpad(11)) + (.busy_us | fixed(2) | lpad(13))
		+ if .tool == "nothing" then "" else (.more_us | fixed(2) | lpad(7)) + (.tool_us | fixed(2) | lpad(12)) + (.lost | percent(3) | lpad(9))
			+ (.peak_kb | mb | lpad(9)) end);

def everyday_rows: . as $all | empty_ns("empty") as $empty | $all[] | select(.tool != "empty")
	| {tool, user: .tool_core, kernel: (over($empty; 1e9 * .seconds)), wakeups: .tool_wakeups, rss_kb, own_kb};

# A program's ns a run over one that does nothing; of a tool that has one of them alone, that one's.
def program_ns($tool; $name): map(select(.with == "")) | empty_ns("empty") as $empty
	| [of($tool)[].programs[] | select($name == null or .name == $name) | .ns / .runs] | median | if . == null then null else . - $empty end;

# What was aimed at, beside what was measured and what 0.1.0 did in the same run. Rows whose part was not measured are left out.
def aim($what; $old; $now; $least; $most; show): select($now != null)
	| {what: $what, old: ($old | if . == null then "-" else show end), now: ($now | show),
	   aim: (if $least then ">= " + ($least | show) else "<= " + ($most | show) end),
	   reached: (if $least then $now >= $least else $now <= $most end)};
def aims:
	(part("hooks") | if length > 0 then hook_rows else [] end) as $hooks | (part("rate") | if length > 0 then rate_rows else [] end) as $rate
	| def ns($t): [$hooks[] | select(.tool == $t) | .ns] | first // null;
	  def rated($t; value): [$rate[] | select(.tool == $t) | value] | first // null;
	  def every($t; value): [part("everyday") | select(length > 0) | everyday_rows | select(.tool == $t) | value] | first // null;
	({count: 0.45, hist: 0.45, closers: 0.6} | to_entries[] | .key as $t | ns($t) as $now | ns("0.1.0:" + $t) as $old
		| aim("programs, ns a connection, of 0.1.0\u0027s: \($t)"; if $old then 1 else null end; if $now and $old then $now / $old else null end; null; .value; fixed(2))),
	(. as $all | {count: 0.92, hist: 0.92, closers: 0.9} | to_entries[] | .key as $t
		| aim("rate left, nobody idle: \($t)"; rated("0.1.0:" + $t; .left); rated($t; .left); .value; null; fixed(2))),
	(("count", "hist", "closers") as $t | aim("user side, us a connection: \($t)"; rated("0.1.0:" + $t; .tool_us); rated($t; .tool_us); null; 1.2; fixed(2))),
	(part("hooks") | select(length > 0) | program_ns("stamped-96"; null) as $bare | program_ns("closers"; "set_state") as $now | program_ns("0.1.0:closers"; "set_state") as $old
		| aim("set_state (closers) over a bare stamped record"; if $old and $bare then $old / $bare else null end; if $now and $bare then $now / $bare else null end; null; 1.25; fixed(2))),
	aim("lost, of all events, at most"; null; [$rate[] | select(.tool | test("^(count|closers|hist|stream|stream-j|record|count-w)$")) | .lost | values] | max; null; 0; percent(3)),
	aim("1,000 a second, closers: user side"; every("0.1.0:closers-rows"; .user); every("closers-rows"; .user); null; 0.0025; percent(2)),
	aim("1,000 a second, closers: programs"; every("0.1.0:closers-rows"; .kernel); every("closers-rows"; .kernel); null; 0.005; percent(2)),
	aim("nobody connects: wake-ups a second"; [part("idle")[] | select(.tool == "0.1.0:closers-quiet") | .wakeups] | first // null;
		[part("idle")[] | select(.tool | startswith("0.1.0:") | not) | .wakeups] | max; null; 2; fixed(1));

def machine: part("machine")[0] | "\(.version), Linux \(.kernel), \(.cores) x \(.cpu), \(.date)";

def long:
machine,
(part("rate") | select(length > 0) |
 "",
 "All processors busy (one pair of processes more than processors, short connections over loopback; without,",
 "A, B, without, B, A, without; medians). CPU: of the whole machine, per connection (both ends)",
 rate_table),

(part("hooks") | select(length > 0) |
 (map(select(.with == "")) | empty_ns("empty")) as $empty
 | (map(select(.with == "talk")) | empty_ns("empty-timer")) as $empty_timer |
 "",
 "Programs, ns per connection over programs that do nothing (kernel.bpf_stats_enabled)",
 (hook_rows as $rows | $rows[] | ("0.1.0:" + .tool) as $old | ([$rows[] | select(.tool == $old)] | first // null) as $o
	| (.tool | pad(16)) + (.ns | fixed(0) | lpad(9)) + if $o then "   \(.ns / $o.ns | fixed(2)) of 0.1.0\u0027s" else "" end),
 "",
 "... and each of them: runs per connection, ns a run over one that does nothing (that one: \($empty | fixed(0)))",
 ("with" | pad(16)) + ("program" | pad(18)) + ("runs" | lpad(8)) + ("ns" | lpad(8)),
 (map(select(.with == "")) as $all | $all | tools[] | . as $t | $all | of($t) as $mine
	| [$mine[].programs[].name] | unique[] | . as $name | [$mine[] | .all as $n | .programs[] | select(.name == $name) | . + {all: $n}]
	| (map(.runs / .all) | median) as $runs | select($runs >= 0.01)
	| ($t | pad(16)) + ($name | pad(18)) + ($runs | fixed(2) | lpad(8)) + ((map(.ns / .runs) | median) - $empty | fixed(0) | lpad(8))),
 "",
 "... called for timers that are not TCP\u0027s (a program that does nothing: \($empty_timer | fixed(0)))",
 (map(select(.with == "talk")) as $all | $all | tools[] | select(. != "empty-timer") | . as $t | $all | of($t)
	| [.[].programs[] | select(.name | startswith("timer_"))] | group_by(.name)[]
	| ($t | pad(16)) + (.[0].name | pad(18)) + ("" | lpad(8)) + ((map(.ns / .runs) | median) - $empty_timer | fixed(0) | lpad(8)))),

(part("everyday") | select(length > 0) |
 "",
 "1,000 connections a second: share of one processor, wake-ups a second, memory",
 ("with" | pad(16)) + ("user" | lpad(9)) + ("programs" | lpad(10)) + ("wake-ups" | lpad(10)) + ("RSS MB" | lpad(9)) + ("own MB" | lpad(9)),
 (everyday_rows | (.tool | pad(16)) + (.user | percent(2) | lpad(9)) + (.kernel | percent(2) | lpad(10)) + (.wakeups | fixed(1) | lpad(10))
	+ (.rss_kb | mb | lpad(9)) + (.own_kb | mb | lpad(9)))),

(part("serve") | select(length > 0) |
 "",
 "serve, scraped each 15 s and with an open page, beside count",
 (map(select(.round)) | select(length > 0) | rate_table),
 (map(select(.everyday)) | select(length > 0) |
  "1,000 connections a second: share of one processor, memory. serve: a page and scraped, scraped alone; node_exporter's tcpstat alone, scraped",
  "each 15 s, too; ss -tan | awk each second",
  (.[] | (.everyday | pad(16)) + (.tool_core | percent(2) | lpad(9)) + (if .rss_kb then "\(.rss_kb | mb) MB, \(.bytes) bytes a scrape" | lpad(36) else "" end))),
 (.[] | select(.crowd) |
  "200 clients, 100 of which never read (30 pages), \(.per_second | fixed(0)) connections a second: \(.lost) lost, "
   + "a scrape takes \(.crowd.p50_ms) ms, the slowest of a hundred \(.crowd.p99_ms) ms")),

([aims] | select(length > 0) |
 "",
 ("What was aimed at" | pad(52)) + ("0.1.0" | lpad(9)) + ("now" | lpad(9)) + ("aim" | lpad(11)) + ("reached" | lpad(10)),
 (.[] | (.what | pad(52)) + (.old | lpad(9)) + (.now | lpad(9)) + (.aim | lpad(11)) + (if .reached then "yes" else "no" end | lpad(10)))),

(part("idle") | select(length > 0) |
 "",
 "Nobody connects: wake-ups a second, share of one processor",
 (.[] | (.tool | pad(16)) + (.wakeups | fixed(1) | lpad(9)) + (.core | percent(3) | lpad(10)))),

(part("core")[] |
 "",
 "Core, one thread, million events a second",
 ("decode" | pad(34)) + (.decode_ns | million | lpad(8)),
 ("decode + table" | pad(34)) + (.table_ns | million | lpad(8)),
 ("decode + table + closers" | pad(34)) + (.closers_ns | million | lpad(8)),
 ("decode + table + histograms" | pad(34)) + (.hist_ns | million | lpad(8))),

(part("memory") | select(length > 0) |
 "",
 "Bytes of memory for each connection",
 ("connections" | lpad(12)) + ("family" | lpad(8)) + ("live" | lpad(8)) + ("TIME_WAIT" | lpad(11)) + ("ns/event" | lpad(10)),
 (.[] | (.connections | lpad(12)) + ("IPv\(.family)" | lpad(8)) + (.live_bytes | fixed(0) | lpad(8))
	+ (.time_wait_bytes | fixed(0) | lpad(11)) + (.event_ns | fixed(0) | lpad(10)))),

(part("start") | select(length > 0) |
 "",
 "Start of `count`",
 ("sockets" | lpad(12)) + ("first line ms" | lpad(15)) + ("RSS MB" | lpad(9)) + ("own MB" | lpad(9)) + ("BPF maps MB" | lpad(13)),
 (.[] | (.sockets | lpad(12)) + (.first_ns | median / 1e6 | fixed(0) | lpad(15)) + (.rss_kb | mb | lpad(9)) + (.own_kb | mb | lpad(9))
	+ (.map_kb | mb | lpad(13))),
 "Program: \(.[0].binary_bytes / 1024 | fixed(0)) KB, stripped"),

(part("ports") | select(length > 0) |
 "",
 "Beside \(.[0].time_waits) TIME_WAITs to one destination, 1,000 connections a second: share of one processor, memory",
 (. as $all | map(select(.tool)) | tools[] | . as $t | $all | of($t)
	| ($t | pad(16)) + (map(.tool_core) | median | percent(2) | lpad(9)) + (map(.peak_kb) | max | mb | lpad(9)) + " MB"),
 (map(select(.explain)) | group_by(.explain)[] | ("explain \(.[0].explain)" | pad(34)) + (map(.first_ns) | median / 1e6 | fixed(0) | lpad(8)) + " ms")),

(part("stacks") | select(length > 0) |
 "",
 "Stacks of each connect(), first use and close(); 5,000 connections a second, then nobody idle: medians",
 ("with" | pad(24)) + ("conn/s" | lpad(9)) + ("idle" | lpad(7)) + ("CPU us each" | lpad(13)) + ("of it user" | lpad(12)) + ("lost" | lpad(9)) + ("peak MB" | lpad(9)),
 (group_by(.load) | reverse[] | . as $all | tools[] | . as $t | $all | of($t)
	| ("\($t), \(.[0].load)" | pad(24)) + (map(.per_second) | median | fixed(0) | lpad(9)) + (map(.idle) | median | percent(1) | lpad(7))
		+ (map(.busy_us) | median | fixed(2) | lpad(13)) + (map(.tool_us) | median | fixed(2) | lpad(12)) + (map(.lost) | max | lpad(9))
		+ (map(.peak_kb | select(. != null)) | max | mb | lpad(9)))),

(part("calls") | select(length > 0) |
 "",
 "A system call, and a bind() that fails at once, ns each",
 (. as $all | tools[] | . as $t | $all | of($t)
	| ($t | if . == "calls" then "stream --calls" else . end | pad(16)) + (map(.getppid_ns) | median | fixed(0) | lpad(9)) + (map(.bind_ns) | median | fixed(0) | lpad(9)))),

(part("soak")[] |
 "",
 "As fast as the machine goes, `closers`, \(.seconds | fixed(0)) s: \(.all) connections at \(.per_second) a second, \(.seen) events, \(.lost) lost,",
 "tool CPU \(.tool_us | fixed(2)) us a connection, peak \(.peak_kb | mb) MB");

# Ten lines: each command beside 0.1.0 and the peers.
def short:
machine,
("with" | pad(12)) + ("rate left" | lpad(11)) + ("CPU us more" | lpad(13)) + ("of it user" | lpad(12)) + ("lost" | lpad(8)) + ("rate left with 0.1.0" | lpad(22)),
((part("rate") | rate_rows) as $rows | $rows[] | select(.tool | test("^(count|closers|hist|stream|record|tcpstates|tcplife)$"))
 | ("0.1.0:" + .tool) as $old
 | (.tool | pad(12)) + (.left | fixed(2) | lpad(11)) + (.more_us | fixed(2) | lpad(13)) + (.tool_us | fixed(2) | lpad(12)) + (.lost | percent(1) | lpad(8))
	+ ([$rows[] | select(.tool == $old) | .left | fixed(2)] | first // "" | lpad(22)));

if $ARGS.named.short then short else long end
