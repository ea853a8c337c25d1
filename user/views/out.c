/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/out.h"
#include <errno.h>
#include <string.h>
#include "core/text/fmt.h"
#include "run/log.h"
#include "run/opts.h"

void out_free(struct out *o)
{
	strbuf_free(&o->b);
	strbuf_free(&o->labelled);
}

const struct strbuf *out_labelled(const struct strbuf *b, struct strbuf *scratch, const char *labels)
{
	const char *s = b->s, *end;

	if (!labels || b->failed || !b->len)
		return b;
	strbuf_reset(scratch);
	for (; *s; s = *end ? end + 1 : end) {
		end = strchrnul(s, '\n');
		if (end > s + 1 && end[-1] == '}') {
			strbuf_add(scratch, s, (size_t)(end - 1 - s));
			strbuf_adds(scratch, labels);
			strbuf_addc(scratch, '}');
		} else {
			strbuf_add(scratch, s, (size_t)(end - s));
		}
		if (*end)
			strbuf_addc(scratch, '\n');
	}
	return scratch;
}

static int stream_error(void)
{
	return errno ? -errno : -EIO;
}

/* As head(1) and tail(1) tell files apart. In .labelled: lines of text have no other use for it. */
static void add_heading(struct out *o, const struct view_env *env)
{
	struct view_hosts *all = env->host->all;

	strbuf_reset(&o->labelled);
	if (all->last != env->host) {
		strbuf_adds(&o->labelled, all->last && !all->blank ? "\n==> " : "==> ");
		fmt_comm(&o->labelled, env->host->name);
		strbuf_adds(&o->labelled, " <==\n");
	}
	all->last = env->host;
	all->blank = o->b.s[o->b.len - 1] == '\n' && (o->b.len == 1 || o->b.s[o->b.len - 2] == '\n');
}

int out_line(struct out *o, const struct view_env *env)
{
	bool headed = env->headed && !env->opts->json && o->b.len;
	const struct strbuf *b = env->opts->json ? out_labelled(&o->b, &o->labelled, env->labels) : &o->b;
	int err = 0;

	errno = 0;
	if (headed) {
		add_heading(o, env);
		if (o->labelled.len && fwrite(o->labelled.s, 1, o->labelled.len, env->out) != o->labelled.len)
			err = stream_error();
	}
	if (err)
		;
	else if (b->failed)
		err = -ENOMEM;
	else if (fwrite(b->s, 1, b->len, env->out) != b->len || ferror(env->out))
		err = stream_error();
	strbuf_reset(&o->b);
	return err;
}

int out_flush(const struct view_env *env)
{
	errno = 0;
	return fflush(env->out) || ferror(env->out) ? stream_error() : 0;
}

void out_time(struct out *o, const struct view_env *env, __u64 base_ns, __u64 ts_ns)
{
	__u64 since = ts_ns - base_ns;

	if (env->opts->timestamp_col && !env->opts->time_col)
		strbuf_addf(&o->b, "%llu.%06llu s", (unsigned long long)(since / 1000000000),
			    (unsigned long long)(since % 1000000000 / 1000));
	else
		fmt_clock(&o->b, (long long)ts_ns + tracker_clock_offset(env->tracker), env->utc_offset);
}

void out_stamp(struct json *j, const struct view_env *env, const char *event, __u64 ts_ns)
{
	struct strbuf time = { 0 };

	fmt_rfc3339(&time, (long long)ts_ns + tracker_clock_offset(env->tracker));
	json_str(j, "event", event);
	json_str(j, "time", time.s);
	json_u64(j, "ts_ns", ts_ns);
	j->out->failed |= time.failed;
	strbuf_free(&time);
}

void out_stacks(struct json *j, const struct tracker *t, const struct conn *c)
{
	const struct stacks *ss = tracker_stacks(t);

	if (!ss)
		return;
	stack_json(j, "open_stack", "open_stack_why", stacks_get(ss, c->open_stack));
	stack_json(j, "close_stack", "close_stack_why", stacks_get(ss, c->close_stack));
}

void out_names(struct json *j, const struct name *n)
{
	json_str(j, "container", name_part(n, TWT_NP_CONTAINER));
	json_str(j, "container_name", name_part(n, TWT_NP_CONTAINER_NAME));
	json_str(j, "image", name_part(n, TWT_NP_IMAGE));
	json_str(j, "runtime", name_part(n, TWT_NP_RUNTIME));
	json_str(j, "pod", name_part(n, TWT_NP_POD));
	json_str(j, "pod_namespace", name_part(n, TWT_NP_POD_NAMESPACE));
	json_str(j, "unit", name_unit(n));
}

const char *out_netns_name(const struct view_env *env, __u32 inode)
{
	return name_part(names_netns(tracker_names(env->tracker), inode), TWT_NP_NETNS);
}

void out_netns(struct strbuf *b, const struct view_env *env, __u32 inode, size_t width)
{
	const char *name = out_netns_name(env, inode);
	size_t start = b->len;

	if (name)
		fmt_comm(b, name);
	else
		strbuf_addf(b, "%u", inode);
	if (b->len - start < width)
		strbuf_pad_to(b, start, width);
}

static int json_losses(struct out *o, const struct view_env *env, __u64 ts_ns)
{
	struct json j;
	unsigned int i;

	json_init(&j, &o->b);
	json_open(&j, NULL, '{');
	out_stamp(&j, env, "lost", ts_ns);
	json_open(&j, "lost", '{');
	for (i = 0; i < LOSS_MAX; i++)
		json_u64(&j, loss_name(i), o->lost[i]);
	json_close(&j, '}');
	json_close(&j, '}');
	strbuf_addc(&o->b, '\n');
	return out_line(o, env);
}

static void say_losses(const struct out *o, const struct view_env *env)
{
	struct strbuf b = { 0 }, host = { 0 };
	__u64 total = 0;
	unsigned int i;

	for (i = 0; i < LOSS_MAX; i++) {
		total += o->lost[i];
		if (o->lost[i])
			strbuf_addf(&b, "%s%s %llu", b.len ? ", " : "", loss_name(i),
				    (unsigned long long)o->lost[i]);
	}
	if (env->host) {
		fmt_comm(&host, env->host->name);
		strbuf_adds(&host, ": ");
	}
	log_error("%slost %llu events so far (%s)", host.s ? host.s : "", (unsigned long long)total, b.s ? b.s : "");
	strbuf_free(&host);
	strbuf_free(&b);
}

int out_losses(struct out *o, const struct view_env *env, __u64 ts_ns)
{
	__u64 lost[LOSS_MAX];

	tracker_losses(env->tracker, lost);
	if (memcmp(lost, o->lost, sizeof(lost)) == 0)
		return 0;
	memcpy(o->lost, lost, sizeof(lost));
	if (env->opts->json)
		return json_losses(o, env, ts_ns);
	say_losses(o, env);
	return 0;
}
