/* SPDX-License-Identifier: GPL-2.0-only */
/* A line for each connection: comma-separated values (RFC 4180), or an object of JSON. */
#include <string.h>
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/export/export.h"
#include "views/out.h"

/* What conn -j tells, in the same order. */
static const char *const keys[] = {
	"time", "ts_ns", "netns", "cookie", "family", "laddr", "lport", "raddr", "rport",
	"role", "kernel", "opened", "opener_pid", "opener_comm", "owner_pid", "owner_comm", "cgroup",
	"closer_pid", "closer_comm", "close", "close_reason", "rst", "bytes_acked", "bytes_received",
	"tw_end", "tw_ns", "tw_ender_pid", "tw_ender_comm", "life_ns", "began_before", "reconstructed", "healed",
	"srtt_us", "min_rtt_us", "syn_retrans", "segs_out", "segs_in", "bytes_sent", "bytes_retrans", "retrans_segs", "reord_seen",
	"busy_ns", "rwnd_limited_ns", "sndbuf_limited_ns", "mss", "keepalive", "ecn", "fastopen",
	"cgroup_path", "container", "container_name", "image", "runtime", "pod", "pod_namespace", "unit", "netns_name", NULL,
};

/*
 * A cell; what does not print shows as '?'. Text that a spreadsheet would take for a formula is led by an apostrophe, which makes it text there:
 * names of processes and containers are whatever their owners like.
 */
static void add_cell(struct export_view *v, const char *text)
{
	const char *quote, *s, *rest;

	strbuf_reset(&v->cell);
	fmt_comm(&v->cell, text);
	s = v->cell.s ? v->cell.s : "";
	quote = strpbrk(s, ",\"") ? "\"" : "";
	strbuf_adds(&v->b, quote);
	if (*s && strchr("=+-@", *s))
		strbuf_addc(&v->b, '\'');
	for (; (rest = strchr(s, '"')); s = rest + 1) {
		strbuf_add(&v->b, s, (size_t)(rest - s));
		strbuf_adds(&v->b, "\"\"");
	}
	strbuf_adds(&v->b, s);
	strbuf_adds(&v->b, quote);
	v->b.failed |= v->cell.failed;
}

static int csv_begin(struct export_view *v)
{
	for (const char *const *k = v->keys; *k; k++)
		strbuf_addf(&v->b, "%s%s", k == v->keys ? "" : ",", *k);
	strbuf_adds(&v->b, "\r\n");
	return 0;
}

static int csv_conn(struct export_view *v, const struct field_src *src)
{
	struct field_value f;

	for (const char *const *k = v->keys; *k; k++) {
		if (k != v->keys)
			strbuf_addc(&v->b, ',');
		f.type = FT_NONE;
		field_by_key(*k)->get(src, &f);
		if (f.type == FT_STR)
			add_cell(v, f.s);
		else if (f.type == FT_BOOL)
			strbuf_adds(&v->b, f.u ? "true" : "false");
		else if (f.type != FT_NONE)
			strbuf_addf(&v->b, "%llu", (unsigned long long)f.u);
	}
	strbuf_adds(&v->b, "\r\n");
	return 0;
}

static int ndjson_conn(struct export_view *v, const struct field_src *src)
{
	struct json j;

	json_init(&j, &v->b);
	json_open(&j, NULL, '{');
	fields_json(&j, v->keys, src);
	json_close(&j, '}');
	strbuf_addc(&v->b, '\n');
	if (out_labelled(&v->b, &v->cell, v->env->labels) == &v->cell) {
		struct strbuf labelled = v->cell;

		v->cell = v->b;
		v->b = labelled;
	}
	return 0;
}

const struct export_format export_csv = {
	.name = "csv", .help = "comma-separated values with a line of titles, nothing where it is not known", .keys = keys,
	.begin = csv_begin, .conn = csv_conn,
};

const struct export_format export_ndjson = {
	.name = "ndjson", .help = "an object of JSON for each line", .keys = keys, .conn = ndjson_conn,
	.labelled = true,
};
