-- Questions that many hosts' connections answer. One statement each, with its question above it.

-- Who closes first across the fleet? (a server that does keeps the TIME_WAITs)
SELECT owner_comm, lport, count() AS n, round(countIf(close = 'active') / n, 3) AS closes_first, countIf(close = 'reset') AS resets
FROM twtrace.conn WHERE role = 'server' GROUP BY owner_comm, lport ORDER BY n DESC LIMIT 20;

-- Whose clients pay for it: active closes by process of the connecting side, and the TIME_WAITs that they leave?
SELECT host, owner_comm, countIf(close = 'active') AS active, countIf(tw_ns IS NOT NULL) AS time_waits
FROM twtrace.conn WHERE role = 'client' GROUP BY host, owner_comm ORDER BY time_waits DESC LIMIT 20;

-- TIME_WAIT seconds by destination?
SELECT raddr, rport, countIf(tw_ns > 0) AS time_waits, round(sum(tw_ns) / 1e9, 1) AS seconds, countIf(tw_end = 'expired') AS ran_out
FROM twtrace.conn WHERE role = 'client' GROUP BY raddr, rport HAVING time_waits > 0 ORDER BY seconds DESC LIMIT 20;

-- How do TIME_WAITs end, by host?
SELECT host, tw_end, count() AS n FROM twtrace.conn WHERE tw_ns IS NOT NULL GROUP BY host, tw_end ORDER BY host, n DESC;

-- p99 of CLOSE_WAIT by service and host: whose programs close late?
SELECT owner_comm, host, count() AS n, round(quantile(0.99)(`states.CLOSE_WAIT`) / 1e6, 3) AS p99_ms, round(max(`states.CLOSE_WAIT`) / 1e9, 3) AS max_s
FROM twtrace.conn WHERE `states.CLOSE_WAIT` > 0 GROUP BY owner_comm, host ORDER BY p99_ms DESC LIMIT 20;

-- Which hosts will run out of ports: TIME_WAITs that ended in the busiest minute, of the 28,232 ports of the usual range, by destination?
SELECT host, raddr, rport, max(n) AS in_a_minute, round(in_a_minute / 28232, 3) AS of_the_range FROM (
	SELECT host, raddr, rport, toStartOfMinute(time) AS minute, countIf(tw_ns > 0) AS n FROM twtrace.conn WHERE role = 'client' GROUP BY host, raddr, rport, minute
) GROUP BY host, raddr, rport ORDER BY in_a_minute DESC LIMIT 20;

-- Which connect() calls found no port?
SELECT host, owner_comm, raddr, rport, count() AS n FROM twtrace.conn WHERE close = 'no-port' GROUP BY host, owner_comm, raddr, rport ORDER BY n DESC LIMIT 20;

-- Resets by pair of services?
SELECT owner_comm, role, raddr, if(role = 'client', rport, lport) AS port, countIf(rst = 'sent') AS sent, countIf(rst = 'received') AS received
FROM twtrace.conn WHERE rst IS NOT NULL GROUP BY owner_comm, role, raddr, port ORDER BY sent + received DESC LIMIT 20;

-- Why does this side abort?
SELECT owner_comm, close_reason, count() AS n FROM twtrace.conn WHERE close = 'abort' GROUP BY owner_comm, close_reason ORDER BY n DESC LIMIT 20;

-- Refused and timed-out connects by destination?
SELECT raddr, rport, close, count() AS n, uniq(host) AS hosts FROM twtrace.conn
WHERE close IN ('refused', 'connect-timeout', 'unreachable') GROUP BY raddr, rport, close ORDER BY n DESC LIMIT 20;

-- Slowest handshakes that did not lose a SYN, by destination: which servers accept late?
SELECT raddr, rport, count() AS n, round(quantile(0.99)(`states.SYN_SENT`) / 1e6, 3) AS p99_ms
FROM twtrace.conn WHERE role = 'client' AND `states.SYN_SENT` > 0 AND ifNull(syn_retrans, 0) = 0 GROUP BY raddr, rport ORDER BY p99_ms DESC LIMIT 20;

-- Sent again, by destination: whose wire loses?
SELECT raddr, round(sum(bytes_retrans) / sum(bytes_sent), 5) AS sent_again, round(quantile(0.5)(srtt_us) / 1e3, 3) AS rtt_ms, count() AS n
FROM twtrace.conn WHERE bytes_sent > 0 GROUP BY raddr ORDER BY sent_again DESC LIMIT 20;
