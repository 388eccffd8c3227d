/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A first installation: begun, gone on with, or found to be there already. */
#include "orchestrator/run/first_installation.h"

#include <errno.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/run/bootstrap_survey.h"
#include "orchestrator/run/plan_record.h"
#include "orchestrator/run/planning.h"

/* An earlier bootstrap of these packages that did not come to its end. */
struct earlier {
	struct journal_record record;
	bool there;
	bool may_go_on;	     /* not that of a version whose plan was none, nor an aborted one */
	bool start_intended; /* it was about to start services */
};

/* Facts are asked of the profile's packages only; here all of the bundle's count. */
static void cover_bundle(struct cluster *cluster, const struct bundle *bundle)
{
	struct word_list *list = &cluster->profile->packages;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const char *name = bundle->packages[i].package.name;

		if (profile_has_package(cluster->profile, name))
			continue;
		/* The NULL behind the last moves on: the list is an argv too. */
		list->items = vector_resize(list->items, list->count + 2, sizeof(*list->items));
		list->items[list->count++] = text_copy(name);
		list->items[list->count] = NULL;
	}
}

enum outcome first_installation_arm(struct execution *execution)
{
	struct run_context *run = &execution->run;
	const enum outcome outcome =
		inputs_files(execution->process, execution->cluster, &execution->set);

	if (outcome != OUTCOME_DONE)
		return outcome;
	cover_bundle(execution->cluster, run->target.bundle);
	run->target.kind = PLAN_BOOTSTRAP;
	propagate_init(&execution->propagate, &run->nodes, execution->set);
	execution->propagate.listener = execution->teller->files;
	run->propagate = &execution->propagate;
	return OUTCOME_DONE;
}

struct execution_goal first_installation_goal(void)
{
	return (struct execution_goal){.kind = PLAN_BOOTSTRAP, .done = "the cluster serves"};
}

/* 0, there is one or none; any other end is the journal's trouble: nobody knows of an earlier run.
 */
static int find_earlier(
	const struct execution *execution, struct earlier *earlier, struct error *err)
{
	const struct journal_record *record = &earlier->record;
	int result = journal_run_load(
		execution->journal, 0, execution->cluster->name, &earlier->record, err);

	if (result == -ENOENT) {
		error_release(err);
		return 0;
	}
	if (result < 0)
		return result;
	if (record->kind != PLAN_BOOTSTRAP || record->state == JOURNAL_DONE ||
		strcmp(record->bundle_digest, execution->run.target.bundle_digest) != 0)
		return 0;
	earlier->there = true;
	earlier->may_go_on =
		record->state != JOURNAL_ABORTED && !plan_record_is_bootstrap(record->plan);
	for (size_t i = 0; i < record->step_count; i++)
		if (strcmp(record->steps[i].name, plan_step_name(STEP_START)) == 0)
			earlier->start_intended = true;
	return 0;
}

/* What the nodes say is not enough: an earlier run may have stopped at this. */
static enum outcome confirm(
	struct execution *execution, const struct earlier *earlier, struct text *evidence)
{
	const int64_t run_id = earlier->there ? earlier->record.run_id : 0;
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome =
		planning_start_probe(execution->teller, execution->cluster, &execution->probe);

	if (outcome != OUTCOME_DONE)
		return outcome;
	execution->run.probe = execution->probe;
	text_append(evidence, "; ");
	if (bootstrap_survey_answer(&execution->run, evidence, &err) < 0) {
		error_prefix(&err, "%snothing was changed, but", text_string(evidence));
		return teller_fail(execution->teller, &err, OUTCOME_NO);
	}
	if (run_id && earlier->record.state != JOURNAL_ABORTED)
		journal_run_state(
			execution->journal, run_id, JOURNAL_DONE, "seen running as wanted", &err);
	text_append(evidence, "; there is nothing to do");
	teller_idle(execution->teller, run_id, text_string(evidence));
	return OUTCOME_DONE;
}

static enum outcome bring_up(struct execution *execution, struct earlier *earlier)
{
	const struct execution_goal goal = first_installation_goal();
	CLEANUP(cleanup_text) struct text evidence = {0};
	enum bootstrap_state state = BOOTSTRAP_FRESH;
	CLEANUP(error_release) struct error err = {0};

	if (find_earlier(execution, earlier, &err) < 0)
		return teller_fail(execution->teller, &err, OUTCOME_UNABLE);
	if (bootstrap_survey(&execution->run, earlier->start_intended, &state, &evidence, &err) <
		0) {
		teller_fail(execution->teller, &err, OUTCOME_NO);
		teller_complain(execution->teller, "nothing was changed on any node");
		return OUTCOME_NO;
	}
	if (state == BOOTSTRAP_WANTED)
		return confirm(execution, earlier, &evidence);
	if (!earlier->may_go_on)
		return execution_begin(execution, &goal);
	lock_name_run(execution->lock, earlier->record.run_id);
	return execution_go_on(execution, &goal, &earlier->record);
}

enum outcome first_installation_run(
	struct execution *execution, const char *cluster_file, const char *bundle)
{
	struct earlier earlier = {0};
	enum outcome outcome = execution_load(execution, cluster_file, bundle);

	if (outcome == OUTCOME_DONE)
		outcome = first_installation_arm(execution);
	if (outcome == OUTCOME_DONE)
		outcome = execution_lock(execution, execution->cluster->name);
	if (outcome == OUTCOME_DONE)
		outcome = execution_open(execution);
	if (outcome == OUTCOME_DONE)
		outcome = bring_up(execution, &earlier);
	journal_record_clear(&earlier.record);
	return outcome;
}
