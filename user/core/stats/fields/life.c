/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole connection as a JSON object. */
#include "core/stats/fields/field.h"

size_t fields_lived(const struct conn *c, bool alive, __u8 ret[ST_MAX])
{
	/* The way through a life. */
	static const __u8 life[] = {
		ST_SYN_SENT, ST_SYN_RECV, ST_ESTABLISHED, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_CLOSING, ST_TIME_WAIT, ST_CLOSE_WAIT, ST_LAST_ACK,
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(life); i++)
		if (c->states_seen & 1U << life[i] && (alive || life[i] != c->state))
			ret[n++] = life[i];
	return n;
}

/* Time by state; null where its beginning was not seen. */
static void json_states(struct json *j, const struct conn *c, bool alive)
{
	__u8 states[ST_MAX];
	size_t n = fields_lived(c, alive, states);

	json_open(j, "states", '{');
	for (size_t i = 0; i < n; i++) {
		if (c->states_unknown & 1U << states[i])
			json_null(j, tcp_state_name(states[i]));
		else
			json_u64(j, tcp_state_name(states[i]), c->in_ns[states[i]]);
	}
	json_close(j, '}');
}

void fields_conn_object(struct json *j, const struct field_src *src)
{
	fields_json(j, fields_conn_json, src);
	if (src->alive)
		fields_json(j, fields_live_json, src);
	json_states(j, src->conn, src->alive);
	fields_json(j, fields_conn_names, src);
}
