// SPDX-License-Identifier: GPL-2.0-only
// What happened to a connection, in sentences. The words explained are those of the man page.
import { fmtDuration } from "./format.js";

const CLOSE_SAYS = {
	active: "This host closed first: the TIME_WAIT is here.",
	passive: "The peer closed first: the TIME_WAIT is on its side.",
	simultaneous: "Both ends closed at the same time: both have a TIME_WAIT.",
	abort: "This host aborted it with an RST instead of a FIN.",
	reset: "The peer aborted it with an RST.",
	refused: "The peer refused it: nobody listens on that port.",
	unreachable: "The network said that the peer cannot be reached.",
	"connect-timeout": "The peer did not answer to any SYN.",
	"connect-cancelled": "The program gave up before the peer had answered.",
	"no-port": "connect() found no free local port.",
	"orphan-timeout": "The program had closed, and the peer did not end it within net.ipv4.tcp_fin_timeout.",
	unknown: "Why it ended was not seen.",
};

const REASON_SAYS = {
	linger: "The program had set SO_LINGER to zero seconds.",
	unread: "The program closed with received data that it had not read.",
	keepalive: "Keepalive probes were not answered.",
	"user-timeout": "TCP_USER_TIMEOUT ran out.",
	"retransmit-timeout": "Segments were sent again until net.ipv4.tcp_retries2 was used up.",
	killed: "It was killed from outside, as by `ss -K`.",
	"data-after-close": "Data came after the program had closed.",
	disconnect: "The program disconnected it with connect(AF_UNSPEC).",
	memory: "The kernel had no memory left for orphans.",
	"not-accepted": "Its listener was closed before anybody accepted it.",
};

const END_SAYS = {
	expired: "its time was over",
	reused: "a connect() of this host took its port over",
	reopened: "the peer's SYN opened it anew",
	reset: "the peer's RST ended it",
	purged: "its network namespace went away",
	killed: "it was killed from outside",
	unknown: "how it ended was not seen",
	overflow: "the kernel's table was full",
};

const STATE_SAYS = {
	SYN_SENT: "It waits for the peer's answer to its SYN.",
	SYN_RECV: "It waits for the last segment of the handshake.",
	FIN_WAIT1: "This host closed; the peer has not acknowledged that yet.",
	FIN_WAIT2: "This host closed; it waits for the peer to close too.",
	CLOSING: "Both ends closed at once; the last acknowledgement is missing.",
	CLOSE_WAIT: "The peer closed; the program here has not. No setting of the kernel ends this: the program must call close().",
	LAST_ACK: "Both ends closed; the peer's last acknowledgement is missing.",
	TIME_WAIT: "It is over; the kernel keeps the pair of ports for 60 seconds, so that late segments harm no successor.",
	LISTEN: "It waits for connections.",
};

// Sentences about a row of `conn -j`, in the order in which things happened.
export function explainConnection(row) {
	const said = [];
	const by = row.closer_comm ? ` ${row.closer_comm} (${row.closer_pid}) closed it.` : "";
	if (row.began_before)
		said.push("It began before the tracer did: what was before is not known.");
	if (row.close)
		said.push((CLOSE_SAYS[row.close] ?? "") + by);
	if (row.close_reason)
		said.push(REASON_SAYS[row.close_reason] ?? "");
	if (STATE_SAYS[row.state])
		said.push(STATE_SAYS[row.state]);
	if (row.tw_end)
		said.push(`Its TIME_WAIT ended${typeof row.tw_ns === "number" ? " after " + fmtDuration(row.tw_ns) : ""}: ${END_SAYS[row.tw_end] ?? row.tw_end}` +
			(row.tw_ender_comm ? ` (${row.tw_ender_comm}, ${row.tw_ender_pid}).` : "."));
	if (row.reconstructed)
		said.push("When its TIME_WAIT began was computed from the kernel's timer, not seen.");
	if (row.healed)
		said.push("Some of its events were lost; a look at all sockets corrected that.");
	if (row.retrans_segs)
		said.push(`${row.retrans_segs} of ${row.segs_out} segments were sent again.`);
	return said.filter((s) => s);
}
