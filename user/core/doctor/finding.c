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

void finding_subject(struct strbuf *b, const struct subject *s)
{
	char addr[FMT_ADDR_LEN];
	size_t start = b->len;

	if (s->has_process) {
		fmt_comm(b, s->comm);
		strbuf_addf(b, " (pid %u)", s->tgid);
	}
	if (s->has_listener)
		strbuf_addf(b, "%sport %u", b->len > start ? ", " : "", s->port);
	if (s->has_dest) {
		fmt_addr(s->addr, s->family, addr);
		strbuf_addf(b, b->len > start ? " to " : "to ");
		strbuf_addf(b, strchr(addr, ':') && s->port ? "[%s]" : "%s", addr);
		if (s->port)
			strbuf_addf(b, ":%u", s->port);
	}
	if (b->len == start)
		strbuf_adds(b, "this host");
}
