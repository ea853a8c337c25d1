/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/conn/filter.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/tcp.h"

#define VALUES_MAX 256		/* of one key */
#define WORD_LEN 64		/* longest single value of a list */
#define GLOB_LEN 512		/* longest name or pattern */
#define ID_PREFIX_MIN 4		/* digits of a container's id */

/* One alternative of a key: a range of numbers, a prefix of @lo bits, a mask of states in @lo, or a glob. */
struct value {
	__u32 lo, hi;
	__u64 ns;
	__u8 addr[16];
	char *glob;			/* of the filter */
};

struct filter {
	struct value *values[FK_MAX];	/* VALUES_MAX of them, allocated with the first */
	size_t n[FK_MAX];
	bool any;		/* there may be a condition */
	const struct tree *tree;	/* NULL: any process */
};

struct filter *filter_new(void)
{
	return calloc(1, sizeof(struct filter));
}

void filter_free(struct filter *f)
{
	int k;

	if (!f)
		return;
	for (k = 0; k < FK_MAX; k++) {
		for (size_t i = 0; i < f->n[k]; i++)
			free(f->values[k][i].glob);
		free(f->values[k]);
	}
	free(f);
}

/* Where the sentence for the user goes. */
struct err { char *text; size_t size; };

/* Returns -EINVAL. */
__attribute__((format(printf, 2, 3)))
static int refuse(struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, err->size, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* All of @text up to @end is one decimal number: no sign, no blank, no rest. -ERANGE above @max. */
static int parse_number(const char *text, const char *end, __u32 max, __u32 *ret)
{
	unsigned long v;
	char *stop;

	if (text == end || *text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	v = strtoul(text, &stop, 10);
	if (stop != end)
		return -EINVAL;
	if (errno || v > max)
		return -ERANGE;
	*ret = (__u32)v;
	return 0;
}

static int parse_id(const char *word, __u32 max, const char *what, const char *example, struct value *ret,
		    struct err *err)
{
	__u32 id = 0;
	int r = parse_number(word, word + strlen(word), max, &id);

	if (r == -EINVAL)
		return refuse(err, "\"%s\" is not a %s: give a number such as %s", word, what, example);
	if (r || id == 0)
		return refuse(err, "%s %s is out of range: it must be 1 to %u", what, word, max);
	ret->lo = ret->hi = id;
	return 0;
}

static int parse_ports(const char *word, struct value *ret, struct err *err)
{
	const char *end = word + strlen(word), *dash = strchr(word, '-'), *mid = dash ? dash : end;
	int r_lo = parse_number(word, mid, 65535, &ret->lo);
	int r_hi = dash ? parse_number(dash + 1, end, 65535, &ret->hi) : 0;

	if (r_lo == -EINVAL || r_hi == -EINVAL)
		return refuse(err, "\"%s\" is not a port: give a number, a range such as 8000-8999 "
			      "or a list such as 80,443", word);
	if (r_lo)
		return refuse(err, "port %.*s is out of range: ports are 0 to 65535",
			      (int)(mid - word), word);
	if (r_hi)
		return refuse(err, "port %s is out of range: ports are 0 to 65535", dash + 1);
	if (!dash)
		ret->hi = ret->lo;
	if (ret->lo > ret->hi)
		return refuse(err, "port range %s is backwards: write %u-%u", word, ret->hi, ret->lo);
	return 0;
}

static int parse_prefix(const char *word, struct value *ret, struct err *err)
{
	size_t n = strcspn(word, "/");
	char addr[WORD_LEN];
	__u32 bits, given;

	memcpy(addr, word, n);
	addr[n] = '\0';
	if (inet_pton(AF_INET, addr, ret->addr + 12) == 1) {
		bits = 32;
		ret->addr[10] = ret->addr[11] = 0xff;
	} else if (inet_pton(AF_INET6, addr, ret->addr) == 1) {
		bits = 128;
	} else {
		return refuse(err, "\"%s\" is not an address: give an IPv4 or IPv6 address, or a prefix "
			      "such as 10.0.0.0/8 or fd00::/8", word);
	}
	given = bits;
	if (word[n] == '/' && parse_number(word + n + 1, word + strlen(word), bits, &given))
		return refuse(err, "\"%s\" has a bad prefix length: an IPv%d one is 0 to %u", word,
			      bits == 32 ? 4 : 6, bits);
	ret->lo = given + 128 - bits;
	return 0;
}

/* The keys whose value is one name or pattern, with commas and all. */
static const struct { enum filter_key key; const char *what, *example; size_t max; } named[] = {
	{ FK_COMM, "process name", "nginx*", WORD_LEN }, { FK_CONTAINER, "container", "web-*, or the first digits of its id", GLOB_LEN },
	{ FK_POD, "pod", "shop/cart-*", GLOB_LEN }, { FK_UNIT, "unit", "nginx.service or user@*", GLOB_LEN },
};
#define N_NAMED (sizeof(named) / sizeof(named[0]))

/* Its place in named[], or N_NAMED. */
static size_t named_key(enum filter_key key)
{
	size_t i = 0;

	while (i < N_NAMED && named[i].key != key)
		i++;
	return i;
}

static int parse_name(size_t i, const char *word, struct value *ret, struct err *err)
{
	size_t n = strlen(word);

	if (n == 0)
		return refuse(err, "an empty %s matches nothing: give a name or a pattern such as %s", named[i].what, named[i].example);
	if (named[i].key == FK_COMM && n >= TWT_COMM_LEN && !strpbrk(word, "*?"))
		return refuse(err, "\"%.40s\" can never match: the kernel keeps %d bytes of a process "
			      "name, here \"%.*s\"", word, TWT_COMM_LEN - 1, TWT_COMM_LEN - 1, word);
	if (n >= named[i].max)
		return refuse(err, "the name pattern \"%.20s...\" is too long: at most %zu bytes", word, named[i].max - 1);
	ret->glob = strdup(word);
	return ret->glob ? 0 : -ENOMEM;
}

/* Milliseconds into microseconds. */
static int parse_rtt(const char *word, struct value *ret, struct err *err)
{
	char *end;
	double ms = strtod(word, &end);

	if (!*word || strspn(word, "0123456789.") != strlen(word) || *end || ms > 4e6)
		return refuse(err, "\"%s\" is not a round trip time: give milliseconds such as 20 or 0.5", word);
	ret->lo = (__u32)(ms * 1000 + 0.5);
	return 0;
}

static int parse_word(enum filter_key key, const char *word, struct value *ret, struct err *err)
{
	switch (key) {
	case FK_PID:
		return parse_id(word, INT32_MAX, "process id", "812 or a list such as 812,813", ret, err);
	case FK_NETNS:
		return parse_id(word, UINT32_MAX, "network namespace inode", "4026531840", ret, err);
	case FK_COMM:
	case FK_CONTAINER:
	case FK_POD:
	case FK_UNIT:
		return parse_name(named_key(key), word, ret, err);
	case FK_LPORT:
	case FK_RPORT:
	case FK_PORT:
		return parse_ports(word, ret, err);
	case FK_LADDR:
	case FK_RADDR:
		return parse_prefix(word, ret, err);
	case FK_FAMILY:
		if (strcmp(word, "4") != 0 && strcmp(word, "6") != 0)
			return refuse(err, "\"%s\" is not an address family: give 4 or 6", word);
		ret->lo = word[0] == '4' ? AF_INET : AF_INET6;
		return 0;
	case FK_STATE:
		if (tcp_state_parse(word, &ret->lo) == 0)
			return 0;
		return refuse(err, "\"%s\" is not a TCP state: give one such as time-wait or "
			      "CLOSE_WAIT, or all, connected, synchronized, bucket or big", word);
	case FK_MIN_RTT:
		return parse_rtt(word, ret, err);
	case FK_RETRANS:
		return strcmp(word, "yes") ? refuse(err, "\"%s\" says nothing here: give yes", word) : 0;
	case FK_SLOWER:
	case FK_MAX:
		break;
	}
	return refuse(err, "no such filter");
}

static int add_value(struct filter *f, enum filter_key key, const char *word, struct err *err)
{
	struct value v = { 0 };
	int r;

	if (f->n[key] == VALUES_MAX)
		return refuse(err, "more than %d values for one filter: use a range, a prefix or a pattern",
			      VALUES_MAX);
	r = parse_word(key, word, &v, err);
	if (r)
		return r;
	f->values[key][f->n[key]++] = v;
	f->any = true;
	return 0;
}

int filter_add(struct filter *f, enum filter_key key, const char *text, char *err, size_t errlen)
{
	size_t before = f->n[key], n;
	struct err e = { err, errlen };
	char word[WORD_LEN];
	int r;

	if (!f->values[key])
		f->values[key] = calloc(VALUES_MAX, sizeof(struct value));
	if (!f->values[key])
		return -ENOMEM;
	if (named_key(key) < N_NAMED)	/* a name may hold a comma */
		return add_value(f, key, text, &e);
	for (;;) {
		n = strcspn(text, ",");
		if (n == 0) {
			r = refuse(&e, "a value is missing in the list: write it as 80,443");
			break;
		}
		if (n >= sizeof(word)) {
			r = refuse(&e, "\"%.20s...\" is too long for a filter value", text);
			break;
		}
		memcpy(word, text, n);
		word[n] = '\0';
		r = add_value(f, key, word, &e);
		if (r || text[n] == '\0')
			break;
		text += n + 1;
	}
	if (r)
		f->n[key] = before;	/* all of the list or none of it */
	return r;
}

int filter_add_slower(struct filter *f, __u32 states, __u32 seen, __u64 ns)
{
	if (!f->values[FK_SLOWER])
		f->values[FK_SLOWER] = calloc(VALUES_MAX, sizeof(struct value));
	if (!f->values[FK_SLOWER])
		return -ENOMEM;
	if (f->n[FK_SLOWER] == VALUES_MAX)
		return -EINVAL;
	f->any = true;
	f->values[FK_SLOWER][f->n[FK_SLOWER]++] = (struct value){ .lo = states, .hi = seen, .ns = ns };
	return 0;
}

/* @pattern with * (any bytes) and ? (one byte). Goes back to the last star only: no blow-up. */
static bool glob_match(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s) {
		if (*pattern == '*') {
			star = pattern++;
			retry = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star + 1;
			s = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool in_prefix(const __u8 addr[16], const struct value *v)
{
	__u32 bytes = v->lo / 8, bits = v->lo % 8;

	if (memcmp(addr, v->addr, bytes) != 0)
		return false;
	return bits == 0 || ((addr[bytes] ^ v->addr[bytes]) >> (8 - bits)) == 0;
}

static bool in_range(__u32 x, const struct value *v)
{
	return x >= v->lo && x <= v->hi;
}

static bool is_pid(const struct actors *as, __u32 id, const struct value *v)
{
	const struct actor *a = actors_get(as, id);

	return a && in_range(a->tgid, v);
}

static bool is_container(const struct name *n, const char *pattern)
{
	const char *id = name_part(n, TWT_NP_CONTAINER), *name = name_part(n, TWT_NP_CONTAINER_NAME);
	size_t len = strlen(pattern);
	struct strbuf label = { 0 };
	bool match;

	if (!id)
		return false;
	if ((name && glob_match(pattern, name)) || glob_match(pattern, id))
		return true;
	if (len >= ID_PREFIX_MIN && strspn(pattern, "0123456789abcdef") == len && !strncmp(id, pattern, len))
		return true;
	match = strchr(pattern, '/') && name_label_by(n, NAME_BY_CONTAINER, &label) && !label.failed && glob_match(pattern, label.s);
	strbuf_free(&label);
	return match;
}

static bool is_pod(const struct name *n, const char *pattern)
{
	const char *pod = name_part(n, TWT_NP_POD);
	struct strbuf label = { 0 };
	bool match;

	if (!pod || !strchr(pattern, '/'))
		return pod && glob_match(pattern, pod);
	match = name_label_by(n, NAME_BY_POD, &label) && !label.failed && glob_match(pattern, label.s);
	strbuf_free(&label);
	return match;
}

static bool is_unit(const char *unit, const char *pattern)
{
	size_t len = strlen(pattern);

	return unit && (glob_match(pattern, unit) || (!strncmp(unit, pattern, len) && !strcmp(unit + len, ".service")));
}

static bool is_slower(const struct conn *c, const struct value *v)
{
	unsigned int st;
	__u64 ns = 0;

	if (v->hi && !(c->states_seen & v->hi))
		return false;
	for (st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		if (v->lo & 1U << st)
			ns += c->in_ns[st];
	return ns >= v->ns && c->states_seen & v->lo;
}

static bool value_matches(enum filter_key key, const struct value *v, const struct conn *c,
			  const struct actors *as, __u32 states)
{
	const struct actor *owner;

	switch (key) {
	case FK_PID:
		return is_pid(as, c->owner, v) || is_pid(as, c->opener, v) || is_pid(as, c->closer, v);
	case FK_COMM:
		owner = actors_get(as, c->owner);
		return owner && glob_match(v->glob, owner->comm);
	case FK_LPORT:
		return in_range(c->lport, v);
	case FK_RPORT:
		return in_range(c->rport, v);
	case FK_PORT:
		return in_range(c->lport, v) || in_range(c->rport, v);
	case FK_LADDR:
		return in_prefix(c->laddr, v);
	case FK_RADDR:
		return in_prefix(c->raddr, v);
	case FK_FAMILY:
		return c->family == v->lo;
	case FK_STATE:
		return (states & v->lo) != 0;
	case FK_NETNS:
		return in_range(c->netns, v);
	case FK_CONTAINER:
		return is_container(actors_name(as, c->owner), v->glob);
	case FK_POD:
		return is_pod(actors_name(as, c->owner), v->glob);
	case FK_UNIT:
		return is_unit(name_part(actors_name(as, c->owner), TWT_NP_USER_UNIT), v->glob) ||
		       is_unit(name_part(actors_name(as, c->owner), TWT_NP_UNIT), v->glob);
	case FK_MIN_RTT:
		return c->wire && c->wire->min_rtt_us && c->wire->min_rtt_us >= v->lo;
	case FK_RETRANS:
		return c->wire && c->wire->retrans_segs;
	case FK_SLOWER:
		return is_slower(c, v);
	case FK_MAX:
		break;
	}
	return false;
}

void filter_set_tree(struct filter *f, const struct tree *t)
{
	f->tree = t;
}

static bool in_tree(const struct tree *t, const struct actors *as, __u32 id)
{
	const struct actor *a = actors_get(as, id);

	return a && tree_has(t, a->tgid, a->start_ms);
}

bool filter_match(const struct filter *f, const struct conn *c, const struct actors *as, __u32 states)
{
	unsigned int k;
	size_t i;

	for (k = 0; f->any && k < FK_MAX; k++) {
		if (f->n[k] == 0)
			continue;
		for (i = 0; i < f->n[k]; i++) {
			if (value_matches(k, &f->values[k][i], c, as, states))
				break;
		}
		if (i == f->n[k])
			return false;
	}
	return !f->tree || in_tree(f->tree, as, c->owner) || in_tree(f->tree, as, c->opener) || in_tree(f->tree, as, c->closer);
}

bool filter_wants_names(const struct filter *f)
{
	return f->n[FK_CONTAINER] || f->n[FK_POD] || f->n[FK_UNIT];
}

bool filter_has(const struct filter *f, enum filter_key key)
{
	return f->n[key] != 0;
}

bool filter_only(const struct filter *f, __u32 keys)
{
	for (unsigned int k = 0; k < FK_MAX; k++)
		if (f->n[k] && !(keys >> k & 1))
			return false;
	return !f->tree;
}

bool filter_is_empty(const struct filter *f)
{
	int k;

	for (k = 0; k < FK_MAX; k++) {
		if (f->n[k])
			return false;
	}
	return !f->tree;
}
