/* SPDX-License-Identifier: GPL-2.0-only */
/* --fields: the rows alone, a line each, with the columns that were asked for. */
#include "run/opts.h"
#include "views/closers/closers.h"

void closers_src(const struct closers_view *v, const struct closer_row *r, __u64 ts_ns, struct strbuf *label, struct closer_src *ret_of,
		 struct field_src *ret)
{
	bool labelled = r->key.known && closers_label(v, r, label) && !label->failed;

	*ret_of = (struct closer_src){
		.row = r, .by = v->by, .cgroup = closers_cgroup(v, r), .name = closers_name(v, r),
		.label = labelled && label->s ? label->s : NULL,
		.sees_processes = v->sees_processes, .interval_ns = v->interval_ns,
	};
	*ret = (struct field_src){
		.of = ret_of, .clock_offset = tracker_clock_offset(v->env->tracker), .utc_offset = v->env->utc_offset,
		.now_ns = ts_ns, .start_ns = v->reports.base_ns, .host = v->env->host_name,
	};
}

void closers_members(struct json *j, const char *const *keys, const struct field_src *src)
{
	fields_json_of(j, closer_columns, keys, src);
}

static int print_titles(struct closers_view *v, const char *const *keys)
{
	if (v->reports.n || v->env->opts->json || v->env->opts->no_header || v->env->first)
		return 0;
	fields_header_of(&v->out.b, closer_columns, keys);
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

int closers_chosen(struct closers_view *v, const struct closers_report *rep)
{
	const char *const *keys = v->env->opts->fields;
	int err = print_titles(v, keys);

	for (size_t i = 0; i < rep->n && !err; i++) {
		struct strbuf label = { 0 };
		struct closer_src of;
		struct field_src src;
		struct json j;

		closers_src(v, rep->rows[i], rep->ts_ns, &label, &of, &src);
		if (v->env->opts->json) {
			json_init(&j, &v->out.b);
			json_open(&j, NULL, '{');
			closers_members(&j, keys, &src);
			json_close(&j, '}');
		} else {
			fields_text_of(&v->out.b, closer_columns, keys, &src);
		}
		strbuf_addc(&v->out.b, '\n');
		strbuf_free(&label);
		err = out_line(&v->out, v->env);
	}
	return err;
}
