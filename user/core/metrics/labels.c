// SPDX-License-Identifier: GPL-2.0-only
/* Whose row it is, and what rows are called. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/metrics/parts.h"
#include "core/stats/dests.h"
#include "core/text/fmt.h"

static const char *const who_names[] = {
	[WHO_COMM] = "comm", [WHO_CONTAINER] = "container", [WHO_POD] = "pod", [WHO_UNIT] = "unit",
};
static const char *const row_names[ROW_SLOTS] = { "other", "unknown", "kernel" };

const char *metrics_who_name(enum metrics_who who)
{
	return who_names[who];
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncmp(text, word, len);
}

int metrics_labels_parse(const char *text, struct metrics_labels *ret, char *err, size_t errlen)
{
	struct metrics_labels l = { .who = WHO_NONE };

	if (!strcmp(text, "none")) {
		*ret = l;
		return 0;
	}
	while (*text) {
		size_t len = strcspn(text, ",");
		unsigned int who = WHO_COMM;

		while (who <= WHO_UNIT && !is_word(text, len, who_names[who]))
			who++;
		if (who <= WHO_UNIT && l.who != WHO_NONE && l.who != who) {
			(void)snprintf(err, errlen, "processes have one label: %s or %s", who_names[l.who], who_names[who]);
			return -EINVAL;
		}
		if (who <= WHO_UNIT) {
			l.who = who;
		} else if (is_word(text, len, "lport")) {
			l.lport = true;
		} else if (is_word(text, len, "remote")) {
			l.remote = true;
		} else {
			(void)snprintf(err, errlen, "unknown label '%.*s'; there are comm, container, pod, unit, lport and remote, or none at all: none",
				       (int)(len > 40 ? 40 : len), text);
			return -EINVAL;
		}
		text += len + (text[len] == ',');
	}
	if (l.who == WHO_NONE && !l.lport && !l.remote) {
		(void)snprintf(err, errlen, "no label is named; for none at all say none");
		return -EINVAL;
	}
	*ret = l;
	return 0;
}

/* ROW_SLOTS and more, or one of those before. */
static unsigned int row_of_name(struct metrics *m, const char *name, __u64 now_ns)
{
	struct strbuf clean = { 0 };
	int slot;

	for (unsigned int i = 0; i < ROW_SLOTS; i++)
		if (!strcmp(name, row_names[i]))
			return i;
	/* Two names that are cleaned to the same text are one: no series comes twice. */
	expo_clean(&clean, name, SLOT_KEY_MAX);
	slot = clean.failed || !clean.len ? -1 : slots_get(m->whos, clean.s, clean.len, now_ns);
	strbuf_free(&clean);
	return slot < 0 ? ROW_OTHER : ROW_SLOTS + (unsigned int)slot;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if (*s & 0x80)
			return false;
	return true;
}

static unsigned int find_row_of_comm(struct metrics *m, const char *comm, __u64 now_ns)
{
	int slot;

	/* Nearly always: nothing to clean, and none of ours. */
	if (*comm && is_ascii(comm) && comm[0] != 'o' && comm[0] != 'u' && comm[0] != 'k') {
		slot = slots_get(m->whos, comm, strlen(comm), now_ns);
		return slot < 0 ? ROW_OTHER : ROW_SLOTS + (unsigned int)slot;
	}
	return row_of_name(m, comm, now_ns);
}

/* Asked some times for each connection, and for each one that is looked at: of the same few names. */
static unsigned int row_of_comm(struct metrics *m, const struct actor *owner, __u64 now_ns)
{
	unsigned int i = (owner->tgid * 0x9e3779b1U >> 16) % WHO_KNOWN;

	if (!owner->comm[0] || memcmp(m->known[i].comm, owner->comm, sizeof(owner->comm)) != 0) {
		m->known[i].row = find_row_of_comm(m, owner->comm, now_ns);
		memcpy(m->known[i].comm, owner->comm, sizeof(owner->comm));
	} else if (m->known[i].row >= ROW_SLOTS) {
		slots_touch(m->whos, m->known[i].row - ROW_SLOTS, now_ns);
	}
	return m->known[i].row;
}

struct who_row *metrics_who_of(struct metrics *m, const struct conn *c, __u64 now_ns)
{
	const struct actors *as = tracker_actors(m->tracker);
	const struct actor *owner = actors_get(as, c->owner);
	struct strbuf label = { 0 };
	unsigned int row = ROW_UNKNOWN;

	if (!m->who)
		return NULL;
	if (owner ? owner->kernel : (c->flags & CONN_KERNEL) != 0)
		return &m->who[ROW_KERNEL];
	if (!owner)
		return &m->who[ROW_UNKNOWN];
	if (m->cfg.labels.who == WHO_COMM)
		return &m->who[row_of_comm(m, owner, now_ns)];
	if (name_label_by(actors_name(as, c->owner), (enum name_by)(NAME_BY_CONTAINER + (m->cfg.labels.who - WHO_CONTAINER)), &label) && label.s)
		row = row_of_name(m, label.s, now_ns);
	strbuf_free(&label);
	return &m->who[row];
}

struct dest_row *metrics_dest_at(struct metrics *m, const __u8 addr[16], unsigned int family, __u16 port, __u64 now_ns)
{
	struct dest_key key;

	if (!m->dest)
		return NULL;
	memset(&key, 0, sizeof(key));
	memcpy(key.addr, addr, sizeof(key.addr));
	key.port = port;
	key.family = (__u16)family;
	return &m->dest[1 + slots_get(m->dests, &key, sizeof(key), now_ns)];
}

/* Only what we opened: a peer's port changes every time, and its address is nobody's business. */
struct dest_row *metrics_dest_of(struct metrics *m, const struct conn *c, __u64 now_ns)
{
	return c->role == ROLE_CLIENT ? metrics_dest_at(m, c->raddr, c->family, c->rport, now_ns) : NULL;
}

struct door_row *metrics_door_at(struct metrics *m, __u16 lport, __u64 now_ns)
{
	return m->door ? &m->door[1 + slots_get(m->doors, &lport, sizeof(lport), now_ns)] : NULL;
}

bool metrics_who_label(const struct metrics *m, unsigned int i, struct strbuf *b)
{
	const struct slot *s = i < ROW_SLOTS ? NULL : slots_at(m->whos, i - ROW_SLOTS);

	if (i < ROW_SLOTS)
		strbuf_adds(b, row_names[i]);
	else if (s)
		strbuf_add(b, s->key, s->len);
	return i < ROW_SLOTS || s;
}

bool metrics_dest_label(const struct metrics *m, unsigned int i, struct strbuf *b)
{
	const struct slot *s = i ? slots_at(m->dests, i - 1) : NULL;
	char addr[FMT_ADDR_LEN];
	struct dest_key key;

	if (!i) {
		strbuf_adds(b, "other");
		return true;
	}
	if (!s)
		return false;
	memcpy(&key, s->key, sizeof(key));
	fmt_addr(key.addr, key.family, addr);
	strbuf_addf(b, strchr(addr, ':') ? "[%s]:%u" : "%s:%u", addr, key.port);
	return true;
}

bool metrics_door_label(const struct metrics *m, unsigned int i, struct strbuf *b)
{
	const struct slot *s = i ? slots_at(m->doors, i - 1) : NULL;
	__u16 lport;

	if (!i)
		strbuf_adds(b, "other");
	if (s) {
		memcpy(&lport, s->key, sizeof(lport));
		strbuf_addu(b, lport, 1);
	}
	return !i || s;
}
