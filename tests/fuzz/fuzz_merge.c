/* SPDX-License-Identifier: GPL-2.0-only */
/* Any order of what programs do: nothing is told before something older, nothing is left out, no slot is lost. */
#include "../unit/lane_model.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static struct lane_model m;

	model_init(&m);
	for (size_t i = 0; i < len; i++) {
		unsigned int lane = data[i] & (MODEL_LANES - 1), what = data[i] >> 2;

		if (what & 1)
			model_step(&m, lane);
		else if (what & 2)
			model_claim(&m, lane);
		else
			model_read(&m, what >> 2);
	}
	model_end(&m);
	return 0;
}
