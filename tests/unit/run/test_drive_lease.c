/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run loses its lease while a step waits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/run/drive.h"
#include "orchestrator/step/step.h"
#include "tests/unit/journal/journal_fixture.h"
#include "tests/unit/step/fake_node.h"

/* The step: how often it was run, and what it came to. */
static struct {
	unsigned acted, acted_without_lease;
	unsigned lost_after, done_after; /* so many acts */
} step;

enum step_result __wrap_step_run(struct run_context *run, const struct step *step, bool may_act,
	struct text *evidence, struct error *err);

enum step_result __wrap_step_run(struct run_context *run, const struct step *which, bool may_act,
	struct text *evidence, struct error *err)
{
	(void)run, (void)which, (void)evidence;
	if (may_act) {
		step.acted++;
		step.acted_without_lease += fake.lease_lost;
	}
	if (step.acted >= step.lost_after)
		fake.lease_lost = true;
	if (step.done_after && step.acted >= step.done_after)
		return STEP_DONE;
	error_set(err, EAGAIN, "not yet");
	return STEP_WAIT;
}

static void step_began(struct drive_listener *listener, const struct step *which)
{
	(void)listener, (void)which;
}

static void step_waits(struct drive_listener *listener, const struct step *which, const char *words)
{
	(void)listener, (void)which, (void)words;
}

static void step_ended(struct drive_listener *listener, const struct step *which,
	uint64_t elapsed_ms, const char *words)
{
	(void)listener, (void)which, (void)elapsed_ms, (void)words;
}

static int set_up(void **state)
{
	memset(&step, 0, sizeof(step));
	step.lost_after = 2;
	fake_node_begin(state);
	return journal_fixture_folder(state);
}

static int tear_down(void **state)
{
	fake_node_end(state);
	return journal_fixture_remove(state);
}

/* Drives a plan of that step alone. */
static int drive(const char *folder, enum step_kind kind, struct drive_end *end)
{
	static struct drive_listener listener = {.step_began = step_began,
		.step_waits = step_waits,
		.step_done = step_ended,
		.step_stopped = step_ended};
	static volatile sig_atomic_t interrupted;
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(folder);
	const struct drive wish = {
		.run = &fake.run, .interrupted = &interrupted, .listener = &listener};

	fake.run.plan = (struct plan){.count = 1, .node_count = 2, .steps = {{kind, 0}}};
	fake.run.journal = journal;
	fake.run.id = journal_fixture_begin(journal);
	return drive_plan(&wish, end, &fake.error);
}

static void a_step_that_waits_acts_no_more_once_the_lease_is_lost(void **state)
{
	struct drive_end end = {0};

	assert_int_equal(drive(*state, STEP_PROPAGATE, &end), -ECANCELED);
	assert_int_equal(step.acted, 2);
	assert_int_equal(step.acted_without_lease, 0);
	assert_int_equal(end.cause, CAUSE_FAILURE);
	assert_int_equal(end.step, 0);
	assert_string_equal(error_text(&fake.error),
		"this run's lease on the nodes is lost: another run may be working on them");
}

/* It touches nothing, and not to wait would help nobody. */
static void a_step_that_only_waits_goes_on_without_the_lease(void **state)
{
	struct drive_end end = {.cause = CAUSE_FAILURE};

	step.done_after = 5;
	assert_int_equal(drive(*state, STEP_SERVICES, &end), 0);
	assert_int_equal(step.acted, 5);
	assert_int_equal(end.cause, CAUSE_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_step_that_waits_acts_no_more_once_the_lease_is_lost),
		TEST(a_step_that_only_waits_goes_on_without_the_lease),
	};

	return cmocka_run_group_tests_name("drive_lease", tests, NULL, NULL);
}
