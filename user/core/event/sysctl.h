/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the settings that TWT_SYSCTL tells. */
#ifndef CORE_EVENT_SYSCTL_H
#define CORE_EVENT_SYSCTL_H

/* "ip_local_port_range", ...: as the file below /proc/sys/net/ipv4, net/core or net/netfilter is called. "-" out of range, never NULL. */
const char *sysctl_name(unsigned int id);
#endif
