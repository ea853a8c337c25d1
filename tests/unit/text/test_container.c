/* SPDX-License-Identifier: GPL-2.0-only */
/* Container ids out of cgroup paths. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "core/text/container.h"

static void containers_by_path(void **state)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	char id[CONTAINER_ID_LEN + 1];

	(void)state;
	assert_true(container_id("/docker/" ID, id));
	assert_string_equal(id, ID);
	assert_true(container_id("/system.slice/docker-" ID ".scope", id));
	assert_true(container_id("/kubepods.slice/x/cri-containerd-" ID ".scope/sub", id));
	assert_true(container_id("/docker/" ID "/docker/f" "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", id));
	assert_int_equal(id[0], 'f');
	assert_false(container_id("/", id));
	assert_false(container_id("/system.slice/nginx.service", id));
	assert_false(container_id("/docker/" ID "0", id));	/* 65 digits are no id */
	assert_false(container_id("/docker/0123456789abcdef", id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(containers_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
