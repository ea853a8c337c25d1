/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/doctor/finding.h"
#include <math.h>
#include <string.h>
#include "core/text/fmt.h"

const char *severity_name(enum severity s)
{
	static const char *const names[] = { "none", "info", "warning", "critical" };

	return names[s];
}

void finding_ev(struct finding *f, const char *key, enum evidence_unit unit, double value)
{
	if (f->n_ev < EVIDENCE_MAX)
		f->ev[f->n_ev++] = (struct evidence){ key, value, unit };
}

void evidence_fmt(struct strbuf *b, const struct evidence *e)
{
	switch (e->unit) {
	case EV_COUNT:
		fmt_count(b, (unsigned long long)(e->value > 0 ? e->value : 0));
		break;
	case EV_SECONDS:
		fmt_duration(b, (unsigned long long)(e->value > 0 ? e->value * 1e9 : 0));
		break;
	case EV_PER_S:
		strbuf_addf(b, e->value < 100 ? "%.1f/s" : "%.0f/s", e->value);
		break;
	case EV_PERCENT:
		strbuf_addf(b, e->value < 10 && e->value > 0 ? "%.1f%%" : "%.0f%%", e->value);
		break;
	}
}

void finding_text(struct strbuf *b, const struct finding *f, const char *tmpl)
{
	while (*tmpl) {
		size_t plain = strcspn(tmpl, "{"), len, i;

		strbuf_add(b, tmpl, plain);
		tmpl += plain;
		if (!*tmpl)
			break;
		len = strcspn(tmpl, "}");
		for (i = 0; i < f->n_ev; i++)
			if (strlen(f->ev[i].key) == len - 1 && !strncmp(f->ev[i].key, tmpl + 1, len - 1))
				break;
		if (i < f->n_ev && tmpl[len]) {
			evidence_fmt(b, &f->ev[i]);
			tmpl += len + 1;
		} else {
			strbuf_addc(b, *tmpl++);
		}
	}
}

/* The container, pod or unit; else the name of its namespace. */
static void add_place(struct strbuf *b, const struct subject *s, const struct names *ns)
{
	const char *netns = name_part(names_netns(ns, s->netns), TWT_NP_NETNS), *in = s->has_process || s->has_listener ? " in " : "";
	struct strbuf label = { 0 };

	if (s->has_process && name_label(names_cgroup(ns, s->cgroup), &label) && !label.failed) {
		strbuf_adds(b, " in ");
		fmt_comm(b, label.s);
	} else if (netns) {
		strbuf_addf(b, "%snetns ", in);
		fmt_comm(b, netns);
	}
	b->failed |= label.failed;
	strbuf_free(&label);
}

void finding_subject(struct strbuf *b, const struct subject *s, const struct names *ns)
{
	char addr[FMT_ADDR_LEN];
	size_t start = b->len;

	if (s->has_process) {
		fmt_comm(b, s->comm);
		strbuf_addf(b, " (pid %u)", s->tgid);
	}
	if (s->has_listener)
		strbuf_addf(b, "%sport %u", b->len > start ? ", " : "", s->port);
	if (b->len > start || !s->has_dest)
		add_place(b, s, ns);
	if (b->len == start && !s->has_dest)
		strbuf_adds(b, "this host");
	if (s->has_dest) {
		fmt_addr(s->addr, s->family, addr);
		strbuf_adds(b, b->len > start ? " to " : "to ");
		strbuf_addf(b, strchr(addr, ':') && s->port ? "[%s]" : "%s", addr);
		if (s->port)
			strbuf_addf(b, ":%u", s->port);
	}
}
