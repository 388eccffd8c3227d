/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that the screen shows of a run at one moment. Plain data. */
#ifndef ORCHESTRATOR_SCREEN_MODEL_H
#define ORCHESTRATOR_SCREEN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/plan/plan.h"

enum { MODEL_WORDS_MAX = 512, MODEL_SECONDS = 60 };

enum model_state {
	MODEL_AHEAD,
	MODEL_NOW,
	MODEL_DONE,
	MODEL_EARLIER, /* done by an earlier process */
	MODEL_STOPPED,
};

struct model_step {
	enum model_state state;
	uint64_t began_ms;	     /* of the step under way, monotonic */
	uint64_t elapsed_ms;	     /* of one that has ended */
	uint64_t expected_ms;	     /* learned; 0: nothing is known */
	char words[MODEL_WORDS_MAX]; /* evidence, what is waited for, why it stopped: printable */
};

struct model_node {
	const char *name; /* borrowed */
	char words[64];	  /* "backup, upgraded" */
};

/* What the probe saw in one second. */
struct model_second {
	uint32_t good, failed;
	uint32_t latency_max_us;
};

struct model {
	char title[128];	 /* "run 7: cluster web" */
	const struct plan *plan; /* borrowed */
	struct model_step steps[PLAN_STEPS_MAX];
	struct model_node nodes[PLAN_NODES_MAX];
	bool has_probe;
	struct model_second seconds[MODEL_SECONDS]; /* oldest first */
	size_t second_count;
	uint64_t asked, failed, longest_gap_ms;
	uint64_t gap_ms; /* since the newest good answer */
	char more[160];	 /* what else watches the service; "" for nothing */
	uint64_t began_ms, now_ms;
};

#endif
