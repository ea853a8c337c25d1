/* SPDX-License-Identifier: GPL-2.0-only */
/* What made-up connections do, step by step, as the kernel's hooks would tell it. source_synth.c plays it. */
#ifndef SOURCE_SYNTH_SCRIPT_H
#define SOURCE_SYNTH_SCRIPT_H
#include <linux/types.h>

enum synth_side { CLI, SRV, FST, OTH };		/* FST: who closes first, OTH: the other end */

enum synth_op {
	OP_END = 0, OP_STATE, OP_TW_START, OP_TW_CANCEL, OP_TW_EXPIRE, OP_SEGMENT, OP_RST_SENT, OP_RST_RCVD,
	OP_DESTROY, OP_TOUCH,
	OP_REBORN	/* no event: from here on the next connection with the same addresses and ports */
};

/* How long until the step: microseconds, or one of these. */
enum { T_LIFE = 1 << 24, T_THINK, T_TW_END, T_LATER };

struct synth_step {
	__u32 after;
	__u8 side, op;
	__u8 from, to;		/* states; OP_TW_*, OP_SEGMENT: .to is the substate */
	__u32 flags;		/* TWT_F_* */
	__u16 code;		/* errno, or enum twt_rst_reason */
};

struct synth_script {
	unsigned int weight;
	enum synth_side first;			/* whom FST means */
	const struct synth_step *parts[8];	/* one after the other, NULL ends */
};

extern const struct synth_script synth_scripts[];
extern const unsigned int synth_n_scripts;
#endif
