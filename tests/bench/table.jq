# SPDX-License-Identifier: GPL-2.0-only
# The results of tests/bench/run, as text of at most 100 columns: what the README shows.
def part($p): map(select(.part == $p));
def pad($n): tostring | . + " " * ([$n - length, 0] | max);
def lpad($n): tostring | " " * ([$n - length, 0] | max) + .;
def fixed($digits): if . == null then "-" else
	(. * pow(10; $digits) | round | fabs | tostring) as $d
	| if $digits == 0 then $d else ("0" * ([$digits + 1 - ($d | length), 0] | max) + $d) | .[:-$digits] + "." + .[-$digits:] end end;
def percent: if . == null then "-" elif . == 0 then "0" else (100 * . | fixed(3)) + "%" end;
def mb: . / 1024 | fixed(1);
def million: 1000 / . | fixed(1);

(part("machine")[0] | "\(.version), Linux \(.kernel), \(.cores) x \(.cpu), \(.date)"),

(part("rate") | select(length > 0) |
 "",
 "Connections a second over loopback (both ends, two processes, median of pairs A B, B A, ...), and the",
 "processor time of one: the workload\u0027s own, what programs do in it included, and the tool\u0027s",
 ("with" | pad(12)) + ("rate" | lpad(8)) + ("ratio" | lpad(8)) + ("lost" | lpad(9)) + ("its CPU us" | lpad(12)) + ("tool CPU us" | lpad(13)) + ("peak MB" | lpad(9)),
 (.[] | (.tool | pad(12)) + (.per_second | fixed(0) | lpad(8)) + (if .ratio then (.ratio | fixed(3)) else "1" end | lpad(8))
	+ (if .tool == "nothing" then "" else (.lost | percent) end | lpad(9))
	+ (.workload_us | fixed(2) | lpad(12))
	+ (if .tool == "nothing" then "" else (.cpu_us | fixed(2)) end | lpad(13))
	+ (if .tool == "nothing" then "" else (.peak_kb | mb) end | lpad(9)))),
(part("skipped")[] | "\(.tool): \(.why)"),

(part("hooks") | select(length > 0) |
 "",
 "Nanoseconds a run, the kernel's own measuring included",
 ("" | pad(14)) + ("program" | pad(20)) + ("runs" | lpad(10)) + ("ns" | lpad(8)),
 (.[] | (.who | pad(14)) + (.program | pad(20)) + (.runs | fixed(0) | lpad(10)) + (.ns | fixed(0) | lpad(8)))),

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
 (.[] | (.sockets | lpad(12)) + (.first_line_ms | fixed(0) | lpad(15)) + (.rss_kb | mb | lpad(9)) + (.anon_kb | mb | lpad(9))
	+ (.map_kb | mb | lpad(13)))),
(part("size")[] | "Program: \(.binary_bytes / 1024 | fixed(0)) KB, stripped"),

(part("soak")[] |
 "",
 "As fast as the machine goes (two processes that both connect, `closers` beside them)",
 "\(.connections) connections at \(.per_second) a second (alone: \(.alone_per_second)), \(.events) events, \(.lost) lost",
 "CPU \(.cpu_us | fixed(2)) us a connection, peak \(.peak_kb | mb) MB")
