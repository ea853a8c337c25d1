// SPDX-License-Identifier: GPL-2.0-only
/* All panes: one entry each, here and in enum pane. */
#include "views/panes/panes.h"

const char *const top_pane_names[PANE_MAX] = {
	[PANE_STATES] = "states", [PANE_PROCESSES] = "processes", [PANE_CONNECTIONS] = "connections",
	[PANE_DESTINATIONS] = "destinations", [PANE_LATENCY] = "latency", [PANE_EVENTS] = "events",
	[PANE_PORTS] = "ports", [PANE_LISTENERS] = "listeners", [PANE_FINDINGS] = "findings",
};

const struct pane_ops *const top_panes[PANE_MAX] = {
	[PANE_STATES] = &pane_states, [PANE_PROCESSES] = &pane_processes, [PANE_CONNECTIONS] = &pane_connections,
	[PANE_DESTINATIONS] = &pane_destinations, [PANE_LATENCY] = &pane_latency, [PANE_EVENTS] = &pane_events,
	[PANE_PORTS] = &pane_ports, [PANE_LISTENERS] = &pane_listeners, [PANE_FINDINGS] = &pane_findings,
};
