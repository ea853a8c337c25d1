-- Connections of many hosts, as `twtrace conn -j --label host=NAME` tells them; for ClickHouse from 20.3 on.
--
-- A portion that is posted again (the server took it, and its answer was lost) leaves the same rows twice: ReplacingMergeTree takes them
-- together when parts are merged, and FINAL in a query does at once.
CREATE DATABASE IF NOT EXISTS twtrace;

CREATE TABLE IF NOT EXISTS twtrace.conn (
	host LowCardinality(String) DEFAULT '',
	day Date DEFAULT toDate(time),
	time DateTime('UTC'),
	ts_ns UInt64,				-- since the host's boot: the order of one host's rows
	event LowCardinality(String),
	netns UInt32, netns_name LowCardinality(Nullable(String)),
	cookie UInt64,
	family UInt8, laddr IPv6, lport UInt16, raddr IPv6, rport UInt16,
	role Nullable(Enum8('client' = 1, 'server' = 2, 'listener' = 3)),
	kernel UInt8,
	opened Nullable(DateTime('UTC')), opener_pid Nullable(UInt32), opener_comm LowCardinality(Nullable(String)),
	owner_pid Nullable(UInt32), owner_comm LowCardinality(Nullable(String)), cgroup Nullable(UInt64),
	closer_pid Nullable(UInt32), closer_comm LowCardinality(Nullable(String)),
	close LowCardinality(Nullable(String)), close_reason LowCardinality(Nullable(String)), rst LowCardinality(Nullable(String)),
	bytes_acked Nullable(UInt64), bytes_received Nullable(UInt64),
	tw_end LowCardinality(Nullable(String)), tw_ns Nullable(UInt64), tw_ender_pid Nullable(UInt32), tw_ender_comm LowCardinality(Nullable(String)),
	life_ns Nullable(UInt64), began_before UInt8, reconstructed UInt8, healed UInt8,
	srtt_us Nullable(UInt32), min_rtt_us Nullable(UInt32), syn_retrans Nullable(UInt8), segs_out Nullable(UInt32), segs_in Nullable(UInt32),
	bytes_sent Nullable(UInt64), bytes_retrans Nullable(UInt64), retrans_segs Nullable(UInt32),
	busy_ns Nullable(UInt64), rwnd_limited_ns Nullable(UInt64), sndbuf_limited_ns Nullable(UInt64), mss Nullable(UInt16),
	-- nanoseconds in each state; 0 where it was not in it
	`states.SYN_SENT` UInt64, `states.SYN_RECV` UInt64, `states.ESTABLISHED` UInt64, `states.FIN_WAIT1` UInt64, `states.FIN_WAIT2` UInt64,
	`states.CLOSING` UInt64, `states.TIME_WAIT` UInt64, `states.CLOSE_WAIT` UInt64, `states.LAST_ACK` UInt64,
	container LowCardinality(Nullable(String)), container_name LowCardinality(Nullable(String)), image LowCardinality(Nullable(String)),
	pod LowCardinality(Nullable(String)), pod_namespace LowCardinality(Nullable(String)), unit LowCardinality(Nullable(String))
) ENGINE = ReplacingMergeTree
PARTITION BY day
ORDER BY (day, host, ts_ns, netns, cookie, lport, rport)
