// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/places.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/text/json_pick.h"

#define LOOK_APART_NS 5000000000ULL
#define CMDLINE_MAX 16384

/* Where each kind is unless somebody says otherwise. */
static const struct { enum place kind; const char *dir; } usual[] = {
	{ PLACE_DOCKER, "/var/lib/docker" }, { PLACE_DOCKER, "/var/snap/docker/common/var-lib-docker" },
	{ PLACE_CONTAINERD, "/run/containerd" }, { PLACE_CONTAINERD, "/run/k3s/containerd" },
	{ PLACE_CONTAINERD, "/var/snap/microk8s/common/run/containerd" },
	{ PLACE_STORAGE, "/var/lib/containers/storage" }, { PLACE_STORAGE, "/run/containers/storage" },
};

/* What daemons are told on their command lines, as "--option DIR" or "--option=DIR". */
static const struct { const char *comm, *option; enum place kind; } told[] = {
	{ "dockerd", "--data-root", PLACE_DOCKER }, { "dockerd", "--graph", PLACE_DOCKER }, { "dockerd", "-g", PLACE_DOCKER },
	{ "containerd", "--state", PLACE_CONTAINERD },
};

__attribute__((format(printf, 3, 0)))
static void path_of(const struct places *p, char ret[PATH_MAX], const char *fmt, va_list ap)
{
	size_t n = strlen(p->root);

	ret[0] = '\0';
	if (n >= PATH_MAX)
		return;
	memcpy(ret, p->root, n);
	if (vsnprintf(ret + n, PATH_MAX - n, fmt, ap) >= (int)(PATH_MAX - n))
		ret[0] = '\0';		/* longer than any path: nothing is there */
}

static char *slurp(const char *path, size_t max, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = NULL, *grown;
	size_t len = 0, cap = 0;
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_size > 0 && (size_t)st.st_size > max))
		goto out;
	while (n > 0 && len <= max) {
		if (cap - len < 4096) {
			cap = cap ? cap * 2 : 16384;
			grown = realloc(text, cap + 1);
			if (!grown)
				goto out;
			text = grown;
		}
		n = read(fd, text + len, cap - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (n || len > max)
		goto out;
	close(fd);
	text[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return text;
out:
	free(text);
	close(fd);
	return NULL;
}

char *places_read(const struct places *p, size_t *ret_len, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	path_of(p, path, fmt, ap);
	va_end(ap);
	return slurp(path, PLACE_FILE_MAX, ret_len);
}

int places_list(const struct places *p, int (*fn)(void *ctx, const char *name), void *ctx, const char *fmt, ...)
{
	char path[PATH_MAX];
	struct dirent *e;
	va_list ap;
	int err = 0;
	DIR *d;

	va_start(ap, fmt);
	path_of(p, path, fmt, ap);
	va_end(ap);
	d = opendir(path);
	if (!d)
		return 0;
	while (!err && (e = readdir(d))) {
		if (e->d_name[0] != '.')
			err = fn(ctx, e->d_name);
	}
	(void)closedir(d);
	return err;
}

/* Returns 1 if it is new. Where there is no room left, it is not looked into. */
static size_t add(struct places *p, enum place kind, const char *dir)
{
	char *copy;

	if (dir[0] != '/' || p->n[kind] == PLACES_MAX)
		return 0;
	for (size_t i = 0; i < p->n[kind]; i++) {
		if (!strcmp(p->dir[kind][i], dir))
			return 0;
	}
	copy = strdup(dir);
	if (!copy)
		return 0;
	p->dir[kind][p->n[kind]++] = copy;
	return 1;
}

/* graphroot = "/DIR" of a TOML file. */
static void add_graphroot(struct places *p, char *text)
{
	char *line, *save = NULL, *from, *to;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		from = strncmp(line, "graphroot", 9) ? NULL : strchr(line, '"');
		to = from ? strchr(from + 1, '"') : NULL;
		if (!to)
			continue;
		*to = '\0';
		(void)add(p, PLACE_STORAGE, from + 1);
	}
}

int places_init(struct places *p, const char *root)
{
	char dir[PATH_MAX] = "", *text;
	const struct json_want want = { { "data-root" }, dir, sizeof(dir) };
	size_t len;

	memset(p, 0, sizeof(*p));
	p->root = strdup(root ? root : "");
	if (!p->root)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		(void)add(p, usual[i].kind, usual[i].dir);
	text = places_read(p, &len, "/etc/docker/daemon.json");
	if (text) {
		(void)json_pick(text, len, &want, 1);
		(void)add(p, PLACE_DOCKER, dir);
	}
	free(text);
	text = places_read(p, NULL, "/etc/containers/storage.conf");
	add_graphroot(p, text);
	free(text);
	return 0;
}

void places_free(struct places *p)
{
	for (int kind = 0; kind < PLACE_KINDS; kind++) {
		while (p->n[kind])
			free(p->dir[kind][--p->n[kind]]);
	}
	free(p->root);
	p->root = NULL;
}

static size_t add_told(struct places *p, const char *comm, const char *args, size_t len)
{
	size_t found = 0;

	for (const char *a = args; a < args + len; a += strlen(a) + 1) {
		for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
			size_t n = strlen(told[i].option);
			const char *next = a + strlen(a) + 1;

			if (strcmp(told[i].comm, comm) != 0 || strncmp(a, told[i].option, n) != 0)
				continue;
			if (a[n] == '=')
				found += add(p, told[i].kind, a + n + 1);
			else if (!a[n] && next < args + len)
				found += add(p, told[i].kind, next);
		}
	}
	return found;
}

size_t places_refresh(struct places *p, __u64 now_ns)
{
	char path[64], *text;
	size_t found = 0, len;
	struct dirent *e;
	DIR *d;

	if (p->looked_ns && now_ns - p->looked_ns < LOOK_APART_NS)
		return 0;
	p->looked_ns = now_ns ? now_ns : 1;
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]) || strlen(e->d_name) > 10)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%.10s/comm", e->d_name);
		text = slurp(path, 64, NULL);
		if (text && (!strcmp(text, "dockerd\n") || !strcmp(text, "containerd\n"))) {
			char *args;

			text[strcspn(text, "\n")] = '\0';
			(void)snprintf(path, sizeof(path), "/proc/%.10s/cmdline", e->d_name);
			args = slurp(path, CMDLINE_MAX, &len);
			if (args)
				found += add_told(p, text, args, len);
			free(args);
		}
		free(text);
	}
	if (d)
		(void)closedir(d);
	return found;
}

void places_of_user(struct places *p, unsigned int uid)
{
	char path[PATH_MAX], dir[PATH_MAX], line[4096];
	struct passwd pw, *found;
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/etc/passwd", p->root) >= (int)sizeof(path))
		return;
	f = fopen(path, "re");
	if (!f)
		return;
	while (!fgetpwent_r(f, &pw, line, sizeof(line), &found)) {
		if (pw.pw_uid != uid || pw.pw_dir[0] != '/')
			continue;
		if (snprintf(dir, sizeof(dir), "%s/.local/share/docker", pw.pw_dir) < (int)sizeof(dir))
			(void)add(p, PLACE_DOCKER, dir);
		if (snprintf(dir, sizeof(dir), "%s/.local/share/containers/storage", pw.pw_dir) < (int)sizeof(dir))
			(void)add(p, PLACE_STORAGE, dir);
		break;
	}
	(void)fclose(f);
}
