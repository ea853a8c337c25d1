// SPDX-License-Identifier: GPL-2.0-only
/* What paths of cgroups say: one row for each engine, driver and nesting that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "core/event/cgroup_name.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID "2f0b1c5e-9a77-4b6f-8d3c-0a1b2c3d4e5f"
#define UID_ "2f0b1c5e_9a77_4b6f_8d3c_0a1b2c3d4e5f"
#define STATIC_UID "0123456789abcdef0123456789abcdef"

struct row { const char *path, *runtime, *container, *outer, *pod_uid, *unit, *user_unit; };

static const struct row rows[] = {
	{ "/", NULL, "", "", "", "", "" },
	{ "/docker/" ID, "docker", ID, "", "", "", "" },
	{ "/system.slice/docker-" ID ".scope", "docker", ID, "", "", "docker-" ID ".scope", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", "docker", ID, "", "",
	  "user@1000.service", "docker-" ID ".scope" },
	{ "/docker/buildkit/abcdefghijklmnopqrstuvwxy", NULL, "", "", "", "", "" },
	{ "/system.slice/docker.service/buildkit/abc", NULL, "", "", "", "docker.service", "" },
	{ "/k8s.io/plain-name", NULL, "", "", "", "", "" },
	{ "/default/" ID, NULL, ID, "", "", "", "" },
	{ "/system.slice/nerdctl-" ID ".scope", "containerd", ID, "", "", "nerdctl-" ID ".scope", "" },
	{ "/kubepods/burstable/pod" UID "/" ID, NULL, ID, "", UID, "", "" },
	{ "/kubepods/pod" UID "/" ID, NULL, ID, "", UID, "", "" },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID ".scope", "containerd", ID, "",
	  UID, "cri-containerd-" ID ".scope", "" },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", "containerd", ID, "", UID,
	  "cri-containerd-" ID ".scope", "" },
	{ "/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID, "containerd", ID, "", UID,
	  "containerd.service", "" },
	{ "/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID, "containerd", ID, "", UID, "", "" },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC_UID ".slice/crio-" ID ".scope/container", "cri-o", ID, "",
	  STATIC_UID, "crio-" ID ".scope", "" },
	{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" UID_ ".slice/crio-conmon-" ID ".scope", NULL, "", "", "",
	  "crio-conmon-" ID ".scope", "" },
	{ "/kubepods.slice/kubepods-pod" UID_ ".slice/docker-" ID ".scope", "docker", ID, "", UID, "docker-" ID ".scope", "" },
	{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" UID_ ".slice/cri-containerd-" ID2 ".scope", "containerd",
	  ID2, ID, UID, "", "" },
	{ "/docker/" ID "/docker/" ID2, "docker", ID2, ID, "", "", "" },
	{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID, "", "", "libpod-" ID ".scope", "" },
	{ "/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "podman", ID, "", "", "libpod-" ID ".scope", "" },
	{ "/machine.slice/libpod-conmon-" ID ".scope", NULL, "", "", "", "libpod-conmon-" ID ".scope", "" },
	{ "/libpod_parent/libpod-" ID, "podman", ID, "", "", "", "" },
	{ "/libpod_parent/conmon", NULL, "", "", "", "", "" },
	{ "/libpod_parent/" ID2 "/libpod-" ID, "podman", ID, "", "", "", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/libpod-payload-" ID, "podman", ID, "", "",
	  "user@1000.service", "web.service" },
	{ "/lxc.payload.c1", "lxc", "c1", "", "", "", "" },
	{ "/lxc.payload.c1/system.slice/nginx.service", "lxc", "c1", "", "", "nginx.service", "" },
	{ "/lxc.monitor.c1", NULL, "", "", "", "", "" },
	{ "/lxc/101/ns", "lxc", "101", "", "", "", "" },
	{ "/lxc.payload.host/docker/" ID, "docker", ID, "host", "", "", "" },
	{ "/machine.slice/machine-web\\x2d1.scope/payload", "nspawn", "web-1", "", "", "machine-web\\x2d1.scope", "" },
	{ "/machine.slice/machine-web\\x2d1.scope/supervisor", NULL, "", "", "", "machine-web\\x2d1.scope", "" },
	{ "/machine.slice/systemd-nspawn@deb.service/payload/system.slice/x.service", "nspawn", "deb", "", "", "x.service", "" },
	{ "/machine.slice/machine-qemu\\x2d3\\x2dvm1.scope/libvirt/emulator", NULL, "", "", "", "machine-qemu\\x2d3\\x2dvm1.scope", "" },
	{ "/system.slice/nginx.service", NULL, "", "", "", "nginx.service", "" },
	{ "/system.slice/system-foo.slice/foo@bar.service", NULL, "", "", "", "foo@bar.service", "" },
	{ "/_cpu.service", NULL, "", "", "", "cpu.service", "" },
	{ "/init.scope", NULL, "", "", "", "init.scope", "" },
	{ "/user.slice/user-1000.slice/session-3.scope", NULL, "", "", "", "session-3.scope", "" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/y.service", NULL, "", "", "", "user@1000.service", "y.service" },
	{ "/system.slice/var-lib-docker-containers-" ID "-shm.mount", NULL, "", "", "", "var-lib-docker-containers-" ID "-shm.mount", "" },
	{ "/ecs/task/" ID, "docker", ID, "", "", "", "" },
	{ "/docker/" ID "0", NULL, "", "", "", "", "" },		/* 65 digits are no id */
	{ "/docker/0123456789abcdef", NULL, "", "", "", "", "" },
	{ "/x/docker" ID, NULL, "", "", "", "", "" },
	{ "/podcast/pod" UID, NULL, "", "", "", "", "" },
	{ "/kubepods/pod" UID "x/" ID, NULL, ID, "", "", "", "" },
};

static void rows_say_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct cgroup_name n;

		cgroup_name_parse(r->path, &n);
		print_message("# %s\n", r->path);
		assert_string_equal(n.runtime ? n.runtime : "-", r->runtime ? r->runtime : "-");
		assert_string_equal(n.container, r->container);
		assert_string_equal(n.outer, r->outer);
		assert_string_equal(n.pod_uid, r->pod_uid);
		assert_string_equal(n.unit, r->unit);
		assert_string_equal(n.user_unit, r->user_unit);
	}
}

static void the_rest_of_it(void **state)
{
	struct cgroup_name n;

	(void)state;
	cgroup_name_parse("/user.slice/user-1000.slice/session-c3.scope", &n);
	assert_string_equal(n.session, "c3");
	assert_string_equal(n.slice, "user-1000.slice");
	assert_true(n.has_uid);
	assert_int_equal(n.uid, 1000);
	cgroup_name_parse("/user.slice/user-x.slice/user@12345678901.service", &n);
	assert_false(n.has_uid);
	cgroup_name_parse("/machine.slice/machine-qemu\\x2d3\\x2dvm1.scope", &n);
	assert_string_equal(n.machine, "vm1");
	cgroup_name_parse("/machine.slice/machine-bad\\x2.scope/payload", &n);
	assert_string_equal(n.container, "bad\\x2");
	/* No names of machines: what they would leave of an earlier container is kept. */
	cgroup_name_parse("/docker/" ID "/machine-.scope/payload", &n);
	assert_string_equal(n.container, ID);
	assert_string_equal(n.outer, "");
	cgroup_name_parse("/machine-a\\x2fb.scope/payload", &n);
	assert_string_equal(n.container, "");
	cgroup_name_parse("/machine-web.scope/payload/machine-qemu-3.scope/x", &n);
	assert_string_equal(n.container, "web");
	assert_string_equal(n.machine, "qemu-3");
	cgroup_name_parse("/k8s.io/plain-name/deeper", &n);
	assert_string_equal(n.maybe_namespace, "k8s.io");
	assert_string_equal(n.maybe_id, "plain-name");
	cgroup_name_parse("/system.slice/x.service", &n);
	assert_string_equal(n.maybe_namespace, "");
	cgroup_name_parse("/../../" ID, &n);
	assert_string_equal(n.container, ID);
}

/* Deeper and longer than any kernel allows. */
static void bounds_hold(void **state)
{
	char path[20000];
	struct cgroup_name n;

	(void)state;
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 2 ? 'a' : '/';
	path[sizeof(path) - 1] = '\0';
	cgroup_name_parse(path, &n);
	assert_string_equal(n.maybe_id, "a");
	memset(path, 'x', sizeof(path) - 1);
	memcpy(path, "/a.slice/", 9);
	memcpy(path + sizeof(path) - 9, ".service", 9);
	cgroup_name_parse(path, &n);
	assert_int_equal(strlen(n.unit), CGROUP_NAME_LEN - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_say_so),
		cmocka_unit_test(the_rest_of_it),
		cmocka_unit_test(bounds_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
