// SPDX-License-Identifier: GPL-2.0-only
#include "http/web_config.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#define FILE_MAX (1U << 20)

static char *copy(const char *value)
{
	return strdup(value);
}

static int set_cert(struct web_config *c, const char *name, const char *value, char *err, size_t errlen)
{
	(void)name;
	(void)err;
	(void)errlen;
	free(c->cert_file);
	c->cert_file = copy(value);
	return c->cert_file ? 0 : -ENOMEM;
}

static int set_key(struct web_config *c, const char *name, const char *value, char *err, size_t errlen)
{
	(void)name;
	(void)err;
	(void)errlen;
	free(c->key_file);
	c->key_file = copy(value);
	return c->key_file ? 0 : -ENOMEM;
}

static int set_version(struct web_config *c, const char *name, const char *value, char *err, size_t errlen)
{
	(void)name;
	if (!strcmp(value, "TLS12") || !strcmp(value, "TLS13")) {
		c->tls_minor = value[4] - '0';
		return 0;
	}
	(void)snprintf(err, errlen, "min_version is TLS12 or TLS13");
	return -EINVAL;
}

static int set_user(struct web_config *c, const char *name, const char *value, char *err, size_t errlen)
{
	struct web_user *u = &c->users[c->n_users];

	if (c->n_users == WEB_USERS_MAX || !*name || strlen(name) >= sizeof(u->name) || strchr(name, ':')) {
		(void)snprintf(err, errlen, "at most %d users, whose names have 1 to %d bytes and no colon", WEB_USERS_MAX, WEB_USER_MAX - 1);
		return -EINVAL;
	}
	if (*value != '$' || strlen(value) >= sizeof(u->hash)) {
		(void)snprintf(err, errlen, "the password of user \"%s\" is no hash; make one with: htpasswd -nBC 10 %s", name, name);
		return -EINVAL;
	}
	(void)snprintf(u->name, sizeof(u->name), "%s", name);
	(void)snprintf(u->hash, sizeof(u->hash), "%s", value);
	c->n_users++;
	return 0;
}

/* What there may be, as exporter-toolkit calls it. @key NULL: any. */
static const struct {
	const char *section, *key;
	int (*set)(struct web_config *c, const char *name, const char *value, char *err, size_t errlen);
} settings[] = {
	{ "tls_server_config", "cert_file", set_cert },
	{ "tls_server_config", "key_file", set_key },
	{ "tls_server_config", "min_version", set_version },
	{ "basic_auth_users", NULL, set_user },
};
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int take(struct web_config *c, const char *section, const char *key, const char *value, char *err, size_t errlen)
{
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (!strcmp(settings[i].section, section) && (!settings[i].key || !strcmp(settings[i].key, key)))
			return settings[i].set(c, key, value, err, errlen);
	(void)snprintf(err, errlen, "%.40s.%.40s is not understood; there are tls_server_config with cert_file, key_file and min_version, and "
		       "basic_auth_users", section, key);
	return -EINVAL;
}

static int is_section(const char *name)
{
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (!strcmp(settings[i].section, name))
			return 1;
	return 0;
}

/* Where in the file we are: a map of sections, each a map of words. */
struct place { int depth; char section[64], key[WEB_USER_MAX]; int has_section, has_key, documents; };

/* One piece of the file. Returns 0, -EINVAL or -ENOMEM. */
static int piece(struct web_config *c, struct place *p, const yaml_event_t *e, char *err, size_t errlen)
{
	const char *word = e->type == YAML_SCALAR_EVENT ? (const char *)e->data.scalar.value : "";

	switch (e->type) {
	case YAML_MAPPING_START_EVENT:
		if (p->depth == 2 || (p->depth == 1 && !p->has_section))
			break;
		p->depth++;
		return 0;
	case YAML_MAPPING_END_EVENT:
		p->depth--;
		p->has_section = p->has_key = 0;
		return 0;
	case YAML_SCALAR_EVENT:
		if (strlen(word) != e->data.scalar.length)
			break;
		if (p->depth == 0 && !*word)	/* an empty file */
			return 0;
		if (p->depth == 1 && !p->has_section) {
			if (!is_section(word)) {
				(void)snprintf(err, errlen, "%.40s is not understood; there are tls_server_config and basic_auth_users", word);
				return -EINVAL;
			}
			(void)snprintf(p->section, sizeof(p->section), "%s", word);
			p->has_section = 1;
			return 0;
		}
		if (p->depth == 1 && !*word) {	/* a section without anything */
			p->has_section = 0;
			return 0;
		}
		if (p->depth == 2 && !p->has_key) {
			if (strlen(word) >= sizeof(p->key))
				break;
			(void)snprintf(p->key, sizeof(p->key), "%s", word);
			p->has_key = 1;
			return 0;
		}
		if (p->depth != 2)
			break;
		p->has_key = 0;
		return take(c, p->section, p->key, word, err, errlen);
	case YAML_DOCUMENT_START_EVENT:
		if (p->documents++)
			break;
		return 0;
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	default:
		break;
	}
	(void)snprintf(err, errlen, "it is not made of sections with \"name: value\" in them");
	return -EINVAL;
}

int web_config_parse(const char *text, size_t len, struct web_config *ret, char *err, size_t errlen)
{
	struct web_config c = { .tls_minor = 2 };
	struct place p = { 0 };
	char why[256] = "";
	yaml_parser_t parser;
	yaml_event_t e;
	size_t line = 0;
	int fail = 0, over = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (!fail && !over) {
		if (!yaml_parser_parse(&parser, &e)) {
			(void)snprintf(why, sizeof(why), "it is no YAML: %s", parser.problem ? parser.problem : "damaged");
			line = parser.problem_mark.line;
			fail = -EINVAL;
			break;
		}
		line = e.start_mark.line;
		fail = piece(&c, &p, &e, why, sizeof(why));
		over = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	if (!fail && !c.cert_file != !c.key_file) {
		(void)snprintf(why, sizeof(why), "tls_server_config needs both cert_file and key_file");
		fail = -EINVAL;
	}
	if (fail) {
		(void)snprintf(err, errlen, "line %zu: %s", line + 1, fail == -ENOMEM ? "out of memory" : why);
		web_config_clear(&c);
		return fail;
	}
	*ret = c;
	return 0;
}

void web_config_clear(struct web_config *c)
{
	free(c->cert_file);
	free(c->key_file);
	explicit_bzero(c, sizeof(*c));
}

char *web_config_slurp(const char *path, size_t *ret_len, char *err, size_t errlen)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), why;
	char *text = NULL;
	size_t len = 0;
	struct stat st;
	ssize_t n = -1;

	errno = fd < 0 ? errno : 0;
	if (fd < 0 || fstat(fd, &st))
		goto fail;
	errno = !S_ISREG(st.st_mode) ? EINVAL : st.st_size > FILE_MAX ? EFBIG : 0;
	if (errno)
		goto fail;
	text = malloc(FILE_MAX + 1);
	if (!text)
		goto fail;
	while (len < FILE_MAX && (n = read(fd, text + len, FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		goto fail;
	close(fd);
	text[len] = '\0';
	*ret_len = len;
	return text;
fail:
	why = errno;
	(void)snprintf(err, errlen, "cannot read %s: %s", path, strerror(why));
	free(text);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int beside(const char *path, char **file)
{
	const char *slash = strrchr(path, '/');
	char *full;

	if (!*file || **file == '/' || !slash)
		return 0;
	if (asprintf(&full, "%.*s/%s", (int)(slash - path), path, *file) < 0)
		return -ENOMEM;
	free(*file);
	*file = full;
	return 0;
}

int web_config_read(const char *path, struct web_config *ret, char *err, size_t errlen)
{
	char why[512];
	size_t len;
	char *text = web_config_slurp(path, &len, err, errlen);
	int e;

	if (!text)
		return -EINVAL;
	e = web_config_parse(text, len, ret, why, sizeof(why));
	explicit_bzero(text, len);
	free(text);
	if (e) {
		(void)snprintf(err, errlen, "--web-config %s, %s", path, why);
		return e;
	}
	e = beside(path, &ret->cert_file);
	return e ? e : beside(path, &ret->key_file);
}
