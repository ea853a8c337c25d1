/* SPDX-License-Identifier: GPL-2.0-only */
/* Room for events: as much as was asked for, on machines of all sizes and with pages of all sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "core/event/merge.h"

static const size_t asked[] = { 0, 1, 4096, 65536, 65537, 1U << 20, 33U << 20, 1U << 30 };
static const long processors[] = { -1, 0, 1, 2, 3, 7, 64, 96, 1000, TWT_LANES_MAX, 5000 };

static size_t pages(size_t bytes, size_t page)
{
	return (bytes + page - 1) / page * page;
}

/* What the loader tells the kernel, and what the reader maps: all at once where lanes are small, else pieces of 256 KiB (source/window.c). */
static void a_mapping(struct ring_size size, size_t page)
{
	size_t bytes = lanes_bytes(size), lane = bytes / size.lanes;
	__u32 entries = size.lanes << size.slot_bits;

	/* kernel/bpf/arraymap.c: array_map_mmap() allows what array_map_alloc() rounded up to whole pages. */
	assert_true(pages(bytes, page) <= pages((size_t)entries * TWT_SLOT, page));
	if (lane >= 256 << 10)
		assert_int_equal(lane % (256 << 10) + (256 << 10) % page, 0);
}

static void sizes(void **state)
{
	(void)state;
	for (size_t p = 0; p < sizeof(processors) / sizeof(*processors); p++) {
		for (size_t a = 0; a < sizeof(asked) / sizeof(*asked); a++) {
			struct ring_size size = lanes_for(processors[p], asked[a]);
			size_t want = asked[a] ? asked[a] : 32U << 20, least = ((size_t)size.lanes << LANE_BITS_LEAST) * TWT_SLOT;

			assert_in_range(size.lanes, 1, TWT_LANES_MAX);
			if (processors[p] > 0 && processors[p] <= TWT_LANES_MAX)
				assert_int_equal(size.lanes, processors[p]);
			if (!asked[a] && (size_t)size.lanes << 19 > want)
				want = (size_t)size.lanes << 19;
			assert_true(lanes_bytes(size) <= (want > least ? want : least));
			assert_true(lanes_bytes(size) > want / 2 || size.slot_bits == LANE_BITS_LEAST);
			assert_true(lanes_bytes(size) / TWT_SLOT <= UINT32_MAX);
			assert_in_range(lanes_wake_at(size), 1, (1ULL << size.slot_bits) - 1);
			for (size_t page = 4096; page <= 65536; page *= 4)
				a_mapping(size, page);
		}
	}
}

/* The reader takes all of them. */
static void are_read(void **state)
{
	struct twt_lane *lanes = calloc(TWT_LANES_MAX, sizeof(*lanes));
	struct merge *m;

	(void)state;
	assert_non_null(lanes);
	for (size_t p = 0; p < sizeof(processors) / sizeof(*processors); p++) {
		for (size_t a = 0; a < sizeof(asked) / sizeof(*asked); a++) {
			struct ring_size size = lanes_for(processors[p], asked[a]);

			assert_int_equal(merge_new(lanes, lanes, size.lanes, size.slot_bits, &m), 0);
			assert_true(merge_is_empty(m));
			merge_free(m);
		}
	}
	free(lanes);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sizes), cmocka_unit_test(are_read) };

	return cmocka_run_group_tests_name("event/lanes", tests, NULL, NULL);
}
