/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a step may be expected to take, learned from the journal's earlier runs. */
#include "orchestrator/gate/expected_duration.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* Of one step on one node, or anywhere. */
struct samples {
	uint64_t ms[EXPECTED_DURATION_RUNS];
	size_t count;
};

struct learning {
	const struct cluster *cluster;
	struct samples node[STEP_KIND_COUNT][PLAN_NODES_MAX];
	struct samples any[STEP_KIND_COUNT];
};

static void add(struct samples *samples, uint64_t ms)
{
	/* The newest runs come first. */
	if (samples->count < EXPECTED_DURATION_RUNS)
		samples->ms[samples->count++] = ms;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The upper median: rather too long than too short. */
static uint64_t median(struct samples *samples)
{
	qsort(samples->ms, samples->count, sizeof(samples->ms[0]), compare);
	return samples->count ? samples->ms[samples->count / 2] : 0;
}

static void learn_step(struct learning *learning, const struct journal_step *step)
{
	enum step_kind kind = plan_step_kind(step->name);
	/* Never 0, which says that nothing is known. */
	uint64_t ms = (step->wall_us - step->begun_wall_us) / 1000 + 1;

	if (kind == STEP_KIND_COUNT || step->kind != JOURNAL_STEP_DONE || !step->begun_wall_us ||
		step->wall_us < step->begun_wall_us)
		return;
	add(&learning->any[kind], ms);
	for (size_t i = 0; i < learning->cluster->node_count && i < PLAN_NODES_MAX; i++) {
		if (text_equal(step->node, learning->cluster->nodes[i].name))
			add(&learning->node[kind][i], ms);
	}
}

static int learn_run(
	struct learning *learning, struct journal *journal, int64_t run_id, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	int result = journal_run_load(journal, run_id, NULL, &record, err);

	for (size_t i = 0; result == 0 && i < record.step_count; i++)
		learn_step(learning, &record.steps[i]);
	return result;
}

int expected_duration_learn(struct journal *journal, const struct cluster *cluster,
	struct expected_duration *expect, struct error *err)
{
	CLEANUP(cleanup_free) struct learning *learning = calloc(1, sizeof(*learning));
	struct journal_record *records = NULL;
	size_t count = 0;
	int result;

	if (!learning)
		abort();
	learning->cluster = cluster;
	/* More than are wanted: some ended early. */
	result = journal_run_list(
		journal, cluster->name, 3 * EXPECTED_DURATION_RUNS, &records, &count, err);
	for (size_t i = 0; i < count && result == 0; i++) {
		if (records[i].kind != PLAN_BOOTSTRAP)
			result = learn_run(learning, journal, records[i].run_id, err);
	}
	journal_list_free(records, count);
	if (result < 0)
		return result;
	for (unsigned int kind = 0; kind < STEP_KIND_COUNT; kind++) {
		expect->any_ms[kind] = median(&learning->any[kind]);
		for (size_t i = 0; i < PLAN_NODES_MAX; i++)
			expect->node_ms[kind][i] = median(&learning->node[kind][i]);
	}
	return 0;
}

uint64_t expected_duration_step_ms(const struct expected_duration *expect, const struct step *step)
{
	uint64_t here = step->node >= 0 && step->node < PLAN_NODES_MAX
				? expect->node_ms[step->kind][step->node]
				: 0;

	return here ? here : expect->any_ms[step->kind];
}

static uint64_t needed_ms(const struct expected_duration *expect, const struct step *step,
	const uint64_t deadlines_ms[STEP_KIND_COUNT])
{
	uint64_t expected = expected_duration_step_ms(expect, step),
		 deadline = deadlines_ms[step->kind];

	if (!expected)
		return step->kind == STEP_UPLOAD ? 0 : deadline;
	return expected > deadline / 2 ? deadline : 2 * expected;
}

uint64_t expected_duration_needed_ms(const struct expected_duration *expect,
	const struct plan *plan, size_t index, const uint64_t deadlines_ms[STEP_KIND_COUNT])
{
	const struct step *step = &plan->steps[index];
	uint64_t sum = needed_ms(expect, step, deadlines_ms);

	if (step->kind < STEP_STOP || step->kind > STEP_ROLE)
		return sum;
	for (size_t i = index + 1;
		i < plan->count && plan->steps[i].node == step->node &&
		plan->steps[i].kind > STEP_STOP && plan->steps[i].kind <= STEP_ROLE;
		i++)
		sum += needed_ms(expect, &plan->steps[i], deadlines_ms);
	return sum;
}
