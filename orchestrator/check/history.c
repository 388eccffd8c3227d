/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of before: the last run of this cluster, and who vouches for the packages. */
#include <errno.h>
#include <inttypes.h>

#include "orchestrator/check/look.h"

void look_signatures(struct look *look)
{
	const struct bundle *bundle = look->target->bundle;
	bool required = look->wishes->require_signatures;

	if (bundle->proven >= bundle->package_count)
		checks_add(look->checks, CHECK_SIGNATURES, PLAN_NO_NODE, CHECK_PASS,
			"a good signature vouches for every package");
	else
		check_fix(
			checks_add(look->checks, CHECK_SIGNATURES, PLAN_NO_NODE,
				required ? CHECK_FAIL : CHECK_WARN,
				"no good signature vouches for %zu of %zu packages: nothing proves who made them",
				bundle->package_count - bundle->proven, bundle->package_count),
			"give the public keys of who made them with --keyring; haupgrade verify %s says more",
			bundle->path);
}

static bool has_ended(enum journal_state state)
{
	switch (state) {
	case JOURNAL_RUNNING:
	case JOURNAL_STOPPED:
	case JOURNAL_FAILED:
		return false;
	case JOURNAL_DONE:
	case JOURNAL_ABORTED:
	case JOURNAL_ROLLED_BACK:
	case JOURNAL_STATE_COUNT:
		break;
	}
	return true;
}

static void tell_unfinished(struct look *look, const struct journal_record *record)
{
	const char *cluster = look->nodes->cluster->file;
	struct check *check = checks_add(look->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_FAIL,
		"run %" PRId64 " of this cluster, by %s, did not end (%s%s%s)", record->run_id,
		record->invoker, journal_state_name(record->state), record->reason[0] ? ": " : "",
		record->reason);

	if (record->kind == PLAN_BOOTSTRAP)
		check_fix(check, "finish it: haupgrade bootstrap %s %s", cluster, record->bundle);
	else
		check_fix(check,
			"go on with it: haupgrade resume %" PRId64
			"; or go back: haupgrade rollback %" PRId64
			"; or leave things as they are: haupgrade abort %" PRId64,
			record->run_id, record->run_id, record->run_id);
}

/* A rollback is about the previous run; it is no obstacle to it. */
void look_previous_run(struct look *look)
{
	CLEANUP(cleanup_journal_record) struct journal_record record = {0};
	CLEANUP(error_release) struct error err = {0};
	int result;

	if (!look->wishes->journal) {
		checks_add(look->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_UNLOOKED,
			"there is no journal here to look into");
		return;
	}
	result = journal_run_load(
		look->wishes->journal, 0, look->nodes->cluster->name, &record, &err);
	if (result < 0 && result != -ENOENT)
		check_fix(checks_add(look->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_FAIL,
				  "%s", error_text(&err)),
			"mend the journal, or use another one with --state-dir");
	else if (result == 0 && look->target->kind != PLAN_ROLLBACK &&
		 record.run_id != look->wishes->run_id && !has_ended(record.state))
		tell_unfinished(look, &record);
	else
		checks_add(look->checks, CHECK_PREVIOUS_RUN, PLAN_NO_NODE, CHECK_PASS,
			"no run of this cluster is unfinished here");
}
