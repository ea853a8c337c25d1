// SPDX-License-Identifier: GPL-2.0-only
/*
 * Engines name a container's cgroup after its id: /docker/ID, .../docker-ID.scope, .../cri-containerd-ID.scope, .../libpod-ID.scope/container;
 * kubelets put a pod's uid above it. Units: the rules of systemd's src/basic/cgroup-util.c.
 */
#include "core/event/cgroup_name.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64
#define HEX "0123456789abcdef"

struct part { const char *s; size_t len; };

static bool is(struct part p, const char *text)
{
	return p.len == strlen(text) && !memcmp(p.s, text, p.len);
}

static bool begins(struct part p, const char *text)
{
	size_t n = strlen(text);

	return p.len >= n && !memcmp(p.s, text, n);
}

static bool ends(struct part p, const char *text)
{
	size_t n = strlen(text);

	return p.len >= n && !memcmp(p.s + p.len - n, text, n);
}

static struct part after(struct part p, size_t n)
{
	return (struct part){ p.s + n, p.len - n };
}

static struct part without_end(struct part p, const char *end)
{
	if (ends(p, end))
		p.len -= strlen(end);
	return p;
}

static void copy(struct part p, char ret[CGROUP_NAME_LEN])
{
	size_t n = p.len < CGROUP_NAME_LEN ? p.len : CGROUP_NAME_LEN - 1;

	memcpy(ret, p.s, n);
	ret[n] = '\0';
}

static size_t split(const char *path, struct part parts[DEPTH_MAX])
{
	size_t n = 0;

	while (n < DEPTH_MAX) {
		path += strspn(path, "/");
		if (!*path)
			break;
		parts[n].s = path;
		parts[n].len = strcspn(path, "/");
		path += parts[n++].len;
	}
	return n;
}

bool container_id_valid(const char *id, size_t len)
{
	return len == CONTAINER_ID_LEN && strspn(id, HEX) >= CONTAINER_ID_LEN;
}

/* --- units ------------------------------------------------------------------------------------------------------------- */

static bool is_slice(struct part p)
{
	return p.len > 6 && ends(p, ".slice");
}

static bool is_unit(struct part p)
{
	static const char *const kinds[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (p.len > strlen(kinds[i]) && ends(p, kinds[i]))
			return true;
	}
	return false;
}

/* A leading "_" only tells it from files of the kernel. */
static struct part unit_of(struct part p)
{
	return p.len && *p.s == '_' ? after(p, 1) : p;
}

/* user-1000.slice, user@1000.service */
static void find_uid(struct part p, struct cgroup_name *ret)
{
	bool slice = begins(p, "user-") && ends(p, ".slice"), manager = begins(p, "user@") && ends(p, ".service");
	size_t digits = slice || manager ? strspn(p.s + 5, "0123456789") : 0;

	if (!digits || digits > 9 || digits + 5 + strlen(slice ? ".slice" : ".service") != p.len)
		return;
	ret->uid = (unsigned int)strtoul(p.s + 5, NULL, 10);
	ret->has_uid = true;
}

/* The unit that the components from @i on belong to. False if they are no systemd's. */
static bool find_unit(const struct part *parts, size_t n, size_t i, struct cgroup_name *ret)
{
	struct part unit;
	size_t first = i;

	for (; i < n && is_slice(parts[i]); i++)
		find_uid(parts[i], ret);
	if (i > first)
		copy(parts[i - 1], ret->slice);
	if (i == n || !is_unit(parts[i]))
		return i > first;
	unit = unit_of(parts[i]);
	copy(unit, ret->unit);
	find_uid(unit, ret);
	if (begins(unit, "session-") && ends(unit, ".scope"))
		copy(without_end(after(unit, 8), ".scope"), ret->session);
	if (!begins(unit, "user@"))
		return true;
	for (i++; i < n && is_slice(parts[i]); i++)
		copy(parts[i], ret->slice);
	if (i < n && is_unit(parts[i]))
		copy(unit_of(parts[i]), ret->user_unit);
	return true;
}

/* systemd-escape's \xNN. */
static void unescape(struct part p, char ret[CGROUP_NAME_LEN])
{
	size_t i, n = 0;

	for (i = 0; i < p.len && n < CGROUP_NAME_LEN - 1; i++) {
		char hex[3] = "", *end;

		if (p.len - i >= 4 && p.s[i] == '\\' && p.s[i + 1] == 'x') {
			memcpy(hex, p.s + i + 2, 2);
			ret[n] = (char)strtoul(hex, &end, 16);
			if (end == hex + 2 && ret[n] && hex[0] != '-' && hex[0] != '+' && hex[0] != ' ') {
				n++;
				i += 3;
				continue;
			}
		}
		ret[n++] = p.s[i];
	}
	ret[n] = '\0';
}

/* --- containers -------------------------------------------------------------------------------------------------------- */

static const struct { const char *prefix, *runtime; } engines[] = {
	{ "docker", "docker" }, { "cri-containerd", "containerd" }, { "crio", "cri-o" }, { "libpod-payload", "podman" },
	{ "libpod", "podman" }, { "nerdctl", "containerd" },
};

/* PREFIX-ID, PREFIX-ID.scope, or as runc names it where it was given systemd's form: SLICE:PREFIX:ID. */
static bool by_prefix(struct part p, struct part *ret_id, const char **ret_runtime)
{
	const char *colon;

	p = without_end(p, ".scope");
	if (p.len <= CONTAINER_ID_LEN || !container_id_valid(p.s + p.len - CONTAINER_ID_LEN, CONTAINER_ID_LEN))
		return false;
	*ret_id = after(p, p.len - CONTAINER_ID_LEN);
	p.len -= CONTAINER_ID_LEN + 1;
	if (p.s[p.len] == ':') {
		colon = memrchr(p.s, ':', p.len);
		if (colon)
			p = after(p, (size_t)(colon - p.s) + 1);
	} else if (p.s[p.len] != '-') {
		return false;
	}
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (is(p, engines[i].prefix)) {
			*ret_runtime = engines[i].runtime;
			return true;
		}
	}
	return false;
}

/* What watches a container beside it: a conmon, LXC's monitor, nspawn's supervisor. */
static bool is_monitor(struct part p)
{
	return begins(p, "crio-conmon-") || begins(p, "libpod-conmon-") || is(p, "conmon") || begins(p, "lxc.monitor");
}

/*
 * machine-NAME.scope, systemd-nspawn@NAME.service: nspawn's, or one of libvirt's virtual machines, which is no container. A machine's
 * name is a host name (systemd's hostname_is_valid()), so one that is empty or has a slash in it is somebody's joke.
 */
static bool find_machine(struct part p, struct cgroup_name *ret)
{
	char name[CGROUP_NAME_LEN];
	const char *rest;
	bool libvirt;

	if (begins(p, "machine-") && ends(p, ".scope"))
		p = without_end(after(p, 8), ".scope");
	else if (begins(p, "systemd-nspawn@") && ends(p, ".service"))
		p = without_end(after(p, 15), ".service");
	else
		return false;
	unescape(p, name);
	if (!name[0] || strchr(name, '/'))
		return false;
	libvirt = !strncmp(name, "qemu-", 5) || !strncmp(name, "lxc-", 4);	/* DRIVER-NUMBER-NAME */
	rest = name;
	if (libvirt) {
		rest += strcspn(rest, "-") + 1;
		rest += strspn(rest, "0123456789");
		rest = *rest == '-' && rest[1] ? rest + 1 : name;
	}
	(void)snprintf(ret->machine, sizeof(ret->machine), "%s", rest);
	return !libvirt;
}

/* "pod" and a uid, at the beginning or after a dash, and nothing but ".slice" or ":..." behind it. */
static void find_pod(struct part p, char ret[POD_UID_LEN])
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t at, n, i;

	for (at = 0; at + 3 + 32 <= p.len; at++) {
		struct part uid = after(p, at + 3), rest;

		if (memcmp(p.s + at, "pod", 3) != 0 || (at && p.s[at - 1] != '-'))
			continue;
		for (n = 0; n < uid.len && n < 36; n++) {
			if (form[n] == '-' ? uid.s[n] != '-' && uid.s[n] != '_' : !strchr(HEX, uid.s[n]))
				break;
		}
		if (n < 36) {
			n = 0;
			while (n < uid.len && strchr(HEX, uid.s[n]))
				n++;
			if (n != 32)
				continue;
		}
		rest = after(uid, n);
		if (begins(rest, ".slice"))
			rest = after(rest, 6);
		if (rest.len && *rest.s != ':')
			continue;
		for (i = 0; i < n; i++)
			ret[i] = uid.s[i] == '_' ? '-' : uid.s[i];
		ret[n] = '\0';
	}
}

static void found(struct cgroup_name *ret, struct part id, const char *runtime)
{
	memcpy(ret->outer, ret->container, sizeof(ret->outer));
	copy(id, ret->container);
	ret->runtime = runtime;
}

static const char *bare_runtime(const struct part *parts, size_t i)
{
	if ((i >= 1 && is(parts[i - 1], "docker")) || (i >= 2 && is(parts[i - 2], "ecs")))
		return "docker";
	return NULL;
}

/* Look at component @i. Returns how many of them were the container's, 0 if it is none. */
static size_t find_container(const struct part *parts, size_t n, size_t i, struct cgroup_name *ret)
{
	const char *runtime;
	struct part id, p = parts[i];

	if (ends(p, ".mount"))		/* has an id in its name: the container's files, not its processes */
		return 0;
	if (by_prefix(p, &id, &runtime)) {
		found(ret, id, runtime);
		return 1;
	}
	if (container_id_valid(p.s, p.len) && !(i && is(parts[i - 1], "libpod_parent"))) {
		found(ret, p, bare_runtime(parts, i));
		return 1;
	}
	if (begins(p, "lxc.payload.") && p.len > 12) {
		found(ret, after(p, 12), "lxc");
		return 1;
	}
	if ((is(p, "lxc.payload") || (i == 0 && is(p, "lxc"))) && i + 1 < n) {
		found(ret, parts[i + 1], "lxc");
		return 2;
	}
	if (find_machine(p, ret) && i + 1 < n && !is(parts[i + 1], "supervisor")) {
		found(ret, (struct part){ ret->machine, strlen(ret->machine) }, "nspawn");
		return 1;
	}
	return 0;
}

void cgroup_name_parse(const char *path, struct cgroup_name *ret)
{
	struct part parts[DEPTH_MAX];
	size_t n = split(path, parts), i, end = 0, used;
	bool kube = false, units;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < n; i += used ? used : 1) {
		if (is_monitor(parts[i])) {
			ret->container[0] = ret->outer[0] = ret->pod_uid[0] = '\0';
			ret->runtime = NULL;
			(void)find_unit(parts, n, 0, ret);
			return;
		}
		kube |= memmem(parts[i].s, parts[i].len, "kubepods", 8) != NULL;
		if (kube)
			find_pod(parts[i], ret->pod_uid);
		used = find_container(parts, n, i, ret);
		if (used)
			end = i + used;
	}
	units = find_unit(parts, n, 0, ret);
	if (end && end < n && (is(parts[end], "payload") || is(parts[end], "container") || is(parts[end], "ns")))
		end++;		/* nspawn's, crun's, LXC's level between the container and what is in it */
	if (end && end < n && (is_slice(parts[end]) || is_unit(parts[end]))) {	/* a systemd of its own */
		ret->unit[0] = ret->user_unit[0] = ret->session[0] = '\0';
		(void)find_unit(parts, n, end, ret);
	}
	if (!end && !units && !kube && n >= 2) {
		copy(parts[0], ret->maybe_namespace);
		copy(parts[1], ret->maybe_id);
	}
}
