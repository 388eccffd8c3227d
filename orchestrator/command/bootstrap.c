/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade bootstrap: first installation on fresh nodes. */
#include "orchestrator/command/bootstrap.h"

#include <errno.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/bootstrap/bootstrap_survey.h"
#include "orchestrator/command/prepare.h"
#include "orchestrator/run/plan_record.h"

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

int bootstrap_arm(struct conduct *conduct)
{
	struct run_context *run = &conduct->run;
	int status = propagate_view_load(conduct->settings, conduct->cluster, &conduct->set);

	if (status != EXIT_DONE)
		return status;
	cover_bundle(conduct->cluster, run->target.bundle);
	run->target.kind = PLAN_BOOTSTRAP;
	propagate_init(&conduct->propagate, &run->nodes, conduct->set);
	propagate_view_init(&conduct->files, conduct->settings, conduct->cluster);
	conduct->propagate.listener = &conduct->files.listener;
	run->propagate = &conduct->propagate;
	return EXIT_DONE;
}

struct conduct_wish bootstrap_wish(void)
{
	return (struct conduct_wish){.kind = PLAN_BOOTSTRAP, .done = "the cluster serves"};
}

/* An earlier bootstrap of these packages that did not come to its end. */
struct earlier {
	struct journal_record record;
	bool there;
	bool may_go_on;	     /* not that of a version whose plan was none, nor an aborted one */
	bool start_intended; /* it was about to start services */
};

/* 0, there is one or none; any other end is the journal's trouble: nobody knows of an earlier run.
 */
static int find_earlier(const struct conduct *conduct, struct earlier *earlier, struct error *err)
{
	const struct journal_record *record = &earlier->record;
	int result = journal_run_load(
		conduct->journal, 0, conduct->cluster->name, &earlier->record, err);

	if (result == -ENOENT) {
		error_release(err);
		return 0;
	}
	if (result < 0)
		return result;
	if (record->kind != PLAN_BOOTSTRAP || record->state == JOURNAL_DONE ||
		strcmp(record->bundle_digest, conduct->run.target.bundle_digest) != 0)
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
static int confirm(struct conduct *conduct, const struct earlier *earlier, struct text *evidence)
{
	const struct settings *settings = conduct->settings;
	const int64_t run_id = earlier->there ? earlier->record.run_id : 0;
	CLEANUP(error_release) struct error err = {0};
	int status = prepare_probe(settings, conduct->cluster, &conduct->probe);

	if (status != EXIT_DONE)
		return status;
	conduct->run.probe = conduct->probe;
	text_append(evidence, "; ");
	if (bootstrap_survey_answer(&conduct->run, evidence, &err) < 0) {
		error_prefix(&err, "%snothing was changed, but", text_string(evidence));
		return command_fail(settings, &err, EXIT_NO);
	}
	if (run_id && earlier->record.state != JOURNAL_ABORTED)
		journal_run_state(
			conduct->journal, run_id, JOURNAL_DONE, "seen running as wanted", &err);
	text_append(evidence, "; there is nothing to do");
	output_nothing(settings, run_id, text_string(evidence));
	return EXIT_DONE;
}

static int bring_up(struct conduct *conduct, struct earlier *earlier)
{
	const struct conduct_wish wish = bootstrap_wish();
	CLEANUP(cleanup_text) struct text evidence = {0};
	enum bootstrap_state state = BOOTSTRAP_FRESH;
	CLEANUP(error_release) struct error err = {0};

	if (find_earlier(conduct, earlier, &err) < 0)
		return command_fail(conduct->settings, &err, EXIT_USAGE);
	if (bootstrap_survey(&conduct->run, earlier->start_intended, &state, &evidence, &err) < 0) {
		command_fail(conduct->settings, &err, EXIT_NO);
		command_complain(conduct->settings, "nothing was changed on any node");
		return EXIT_NO;
	}
	if (state == BOOTSTRAP_WANTED)
		return confirm(conduct, earlier, &evidence);
	if (!earlier->may_go_on)
		return conduct_begin(conduct, &wish);
	lock_name_run(conduct->lock, earlier->record.run_id);
	return conduct_go_on(conduct, &wish, &earlier->record);
}

static int bootstrap(const struct settings *settings, char **arguments, int count)
{
	struct earlier earlier = {0};
	CLEANUP(cleanup_conduct) struct conduct conduct;
	int status;

	(void)count;
	conduct_init(&conduct, settings);
	status = conduct_load(&conduct, arguments[0], arguments[1]);
	if (status == EXIT_DONE)
		status = bootstrap_arm(&conduct);
	if (status == EXIT_DONE)
		status = conduct_lock(&conduct, conduct.cluster->name);
	if (status == EXIT_DONE)
		status = conduct_open(&conduct);
	if (status == EXIT_DONE)
		status = bring_up(&conduct, &earlier);
	journal_record_clear(&earlier.record);
	return status;
}

static const struct option_spec options[] = {
	COMMAND_SIGNATURE_OPTIONS,
	{0},
};

const struct command command_bootstrap = {
	.name = "bootstrap",
	.page =
		{
			.usage = "haupgrade bootstrap [OPTION...] CLUSTER BUNDLE",
			.summary =
				"First installation on fresh nodes.\n"
				"Verifies the bundle, looks at every node, installs, propagates the configuration files,\n"
				"starts the services, and confirms one primary, the others backup and an answering\n"
				"floating IP. Refuses nodes that serve already; may be run again at any point.",
			.options = options,
			.notes =
				"Exit status: 0 the cluster serves, 1 refused or stopped safely (run it again, or resume), 2\n"
				"usage or environment.",
		},
	.minimum = 2,
	.maximum = 2,
	.run = bootstrap,
};
