/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/sysctl.h"
#include "twtrace.h"

const char *sysctl_name(unsigned int id)
{
	static const char *const names[TWT_SC_MAX] = {
		[TWT_SC_PORT_RANGE] = "ip_local_port_range",
		[TWT_SC_RESERVED_PORTS] = "ip_local_reserved_ports",
		[TWT_SC_TW_REUSE] = "tcp_tw_reuse",
		[TWT_SC_TW_REUSE_DELAY] = "tcp_tw_reuse_delay",
		[TWT_SC_TIMESTAMPS] = "tcp_timestamps",
		[TWT_SC_UNPRIVILEGED_PORT_START] = "ip_unprivileged_port_start",
		[TWT_SC_AUTOBIND_REUSE] = "ip_autobind_reuse",
		[TWT_SC_SOMAXCONN] = "somaxconn",
		[TWT_SC_SYNCOOKIES] = "tcp_syncookies",
		[TWT_SC_MAX_SYN_BACKLOG] = "tcp_max_syn_backlog",
		[TWT_SC_ABORT_ON_OVERFLOW] = "tcp_abort_on_overflow",
		[TWT_SC_FIN_TIMEOUT] = "tcp_fin_timeout",
		[TWT_SC_MAX_TW_BUCKETS] = "tcp_max_tw_buckets",
		[TWT_SC_SYN_RETRIES] = "tcp_syn_retries",
		[TWT_SC_SYNACK_RETRIES] = "tcp_synack_retries",
		[TWT_SC_RFC1337] = "tcp_rfc1337",
		[TWT_SC_CONNTRACK_COUNT] = "nf_conntrack_count",
		[TWT_SC_CONNTRACK_MAX] = "nf_conntrack_max",
		[TWT_SC_CONNTRACK_TIME_WAIT] = "nf_conntrack_tcp_timeout_time_wait",
	};

	return id < TWT_SC_MAX && names[id] ? names[id] : "-";
}
