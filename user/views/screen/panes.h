/* SPDX-License-Identifier: GPL-2.0-only */
/* The panes of the screen, as --pane names them and in the order of the keys 1 to 9. */
#ifndef VIEWS_SCREEN_PANES_H
#define VIEWS_SCREEN_PANES_H

enum pane { PANE_STATES, PANE_PROCESSES, PANE_CONNECTIONS, PANE_DESTINATIONS, PANE_LATENCY, PANE_EVENTS, PANE_PORTS, PANE_LISTENERS, PANE_FINDINGS,
	    PANE_MAX };

extern const char *const top_pane_names[PANE_MAX];
#endif
