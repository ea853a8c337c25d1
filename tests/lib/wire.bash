# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What `ss -tin` says of connections, beside what twtrace says of the same ones. To be sourced (after live.bash).

# Each full socket of the test's namespace that ss shows, as one object with the names and units of `conn -j`; what ss leaves out is 0.
ss_wire() { # STATE
	# shellcheck disable=SC2016 # jq's
	in_ns ss -tineHO state "$1" | jq -cR '
		def num($re): [capture("(^| )" + $re + "(?<n>[0-9.]+)(ms)?( |/|\\(|$)")][0].n // "0" | tonumber;
		def hex: reduce (ascii_downcase | explode[]) as $c (0; . * 16 + (if $c > 57 then $c - 87 else $c - 48 end));
		{cookie: ([capture(" sk:(?<n>[0-9a-f]+)")][0].n | hex), srtt_us: (num("rtt:") * 1000 | round), min_rtt_us: (num("minrtt:") * 1000 | round),
		 mss: num("mss:"), bytes_sent: num("bytes_sent:"), bytes_retrans: num("bytes_retrans:"), bytes_acked: num("bytes_acked:"),
		 bytes_received: num("bytes_received:"), segs_out: num("segs_out:"), segs_in: num("segs_in:"), retrans_segs: num("retrans:[0-9]+/"),
		 reord_seen: num("reord_seen:"), busy_ms: num("busy:"), rwnd_ms: num("rwnd_limited:"), sndbuf_ms: num("sndbuf_limited:")}'
}

# wire_is_ss FILE SS CONDITION WHAT: for each line of SS there must be one line of the JSON lines FILE with its cookie, of which
# CONDITION holds: a jq filter of $t (twtrace, nulls as 0, times in ms too) and $s (ss); is(NAME...) says that these are equal.
wire_is_ss() {
	local wrong
	wrong=$(jq -cn --slurpfile ev "$1" --slurpfile ss "$2" '
		def lines: map(select(.event == "conn") | {key: (.cookie | tostring), value: (map_values(. // 0)
			+ {busy_ms: ((.busy_ns // 0) / 1000000 | floor), rwnd_ms: ((.rwnd_limited_ns // 0) / 1000000 | floor),
			   sndbuf_ms: ((.sndbuf_limited_ns // 0) / 1000000 | floor)})}) | from_entries;
		($ev | lines) as $by
		| if ($ss | length) == 0 then "ss shows nothing" else
		  [$ss[] | . as $s | ($by[$s.cookie | tostring] // {}) as $t
		   | def is(names): all(names; $t[.] == $s[.]); select(('"$3"') | not)
		   | {ss: $s, twtrace: ($t | {role, srtt_us, min_rtt_us, mss, bytes_sent, bytes_retrans, bytes_acked, bytes_received, segs_out, segs_in, retrans_segs,
				reord_seen, busy_ms, rwnd_ms, sndbuf_ms})}] | .[:3][] end') || return
	[[ -z $wrong ]] || fail "$4: wrong are, for example"$'\n'"$wrong"
}

# What must be equal of a connection on which nothing moves; but segs_in, which the segment that ends it adds to.
# shellcheck disable=SC2034
STILL='is("srtt_us", "min_rtt_us", "mss", "bytes_sent", "bytes_retrans", "bytes_acked", "bytes_received", "segs_out", "retrans_segs", "reord_seen",
	"busy_ms", "rwnd_ms", "sndbuf_ms")'
