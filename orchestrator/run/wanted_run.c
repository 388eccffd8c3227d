/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which run of the journal the operator means, and whether it may go on or be taken back. */
#include "orchestrator/run/wanted_run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "orchestrator/run/later_runs.h"

/* Number 0 is the journal's newest run, whatever it is. */
static int load(struct journal *journal, const char *name, uint64_t run_id,
	struct journal_record *record, struct error *err)
{
	int result = name ? number_parse(name, "RUN", 1, INT64_MAX, &run_id, err) : 0;

	return result < 0 ? result : journal_run_load(journal, (int64_t)run_id, NULL, record, err);
}

int wanted_run_to_go_on(
	struct journal *journal, const char *name, struct journal_record *record, struct error *err)
{
	struct journal_record *records = NULL;
	uint64_t run_id = 0;
	size_t count = 0;
	int result = name ? 0 : journal_run_list(journal, NULL, 0, &records, &count, err);

	/* The list begins with the newest; what can only be ended is named by whoever wants that.
	 */
	for (size_t i = 0; i < count && !run_id && result == 0; i++) {
		CLEANUP(cleanup_journal_record) struct journal_record newer = {0};

		if (!later_runs_is_open(records[i].state))
			continue;
		result = later_runs_in_the_way(journal, &records[i], &newer, err);
		if (!newer.run_id)
			run_id = (uint64_t)records[i].run_id;
	}
	journal_list_free(records, count);
	return result < 0 ? result : load(journal, name, run_id, record, err);
}

int wanted_run_to_take_back(struct journal *journal, const char *folder, const char *name,
	struct journal_record *record, struct error *err)
{
	struct journal_record *records = NULL;
	uint64_t run_id = 0;
	size_t count = 0;
	int result = name ? 0 : journal_run_list(journal, NULL, 0, &records, &count, err);

	/* The list begins with the newest. */
	for (size_t i = 0; i < count && !run_id; i++)
		if (records[i].kind == PLAN_UPGRADE)
			run_id = (uint64_t)records[i].run_id;
	journal_list_free(records, count);
	if (result == 0 && !name && !run_id)
		result = error_set(err, ENOENT, "the journal in %s knows of no upgrade", folder);
	return result < 0 ? result : load(journal, name, run_id, record, err);
}

int wanted_run_is_of(
	const struct journal_record *record, const struct cluster *cluster, struct error *err)
{
	if (strcmp(cluster->name, record->cluster) == 0)
		return 0;
	return error_set(err, EINVAL,
		"%s is of cluster \"%s\", but run %" PRId64
		" is of \"%s\": give the file of that cluster with --cluster",
		cluster->file, cluster->name, record->run_id, record->cluster);
}

int wanted_run_may_go_on(
	struct journal *journal, const struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0};
	int result = later_runs_in_the_way(journal, record, &newer, err);

	if (result < 0 || !newer.run_id)
		return result;
	if (later_runs_is_open(newer.state))
		return error_set(err, EINVAL,
			"run %" PRId64 " of cluster %s is newer than run %" PRId64
			" and did not end: go on with that one, or end it with `haupgrade abort %" PRId64
			"`",
			newer.run_id, record->cluster, record->run_id, newer.run_id);
	return error_set(err, EINVAL,
		"run %" PRId64 " of cluster %s is newer than run %" PRId64
		" and changed nodes: end this one with `haupgrade abort %" PRId64
		"`, and begin anew with %s",
		newer.run_id, record->cluster, record->run_id, record->run_id,
		record->kind == PLAN_BOOTSTRAP ? "bootstrap" : "upgrade");
}

int wanted_run_is_upgrade(const struct journal_record *record, struct error *err)
{
	switch (record->kind) {
	case PLAN_UPGRADE:
		return 0;
	case PLAN_ROLLBACK:
		return error_set(err, EINVAL,
			"run %" PRId64 " is a rollback itself (of run %" PRId64
			"): haupgrade resume goes on with it, haupgrade upgrade goes forward again",
			record->run_id, record->of_run);
	case PLAN_BOOTSTRAP:
	case PLAN_KIND_COUNT:
		break;
	}
	return error_set(err, EINVAL,
		"run %" PRId64 " is a bootstrap: nothing was there to go back to", record->run_id);
}

/* One that ended is in the way only because it may have installed something. */
static int refuse_past_bootstrap(
	const struct journal_record *record, const struct journal_record *newer, struct error *err)
{
	CLEANUP(cleanup_free)
	char *way =
		later_runs_is_open(newer->state)
			? text_format(
				  "; if it has installed nothing, end it with `haupgrade abort %" PRId64
				  "`",
				  newer->run_id)
			: NULL;

	return error_set(err, EINVAL,
		"run %" PRId64 " of cluster %s is newer than run %" PRId64
		" and a bootstrap: there is no way back past it%s",
		newer->run_id, record->cluster, record->run_id, way ?: "");
}

int wanted_run_may_be_taken_back(
	struct journal *journal, const struct journal_record *record, struct error *err)
{
	CLEANUP(cleanup_journal_record) struct journal_record newer = {0}, back = {0};
	int result = later_runs_before_rollback(journal, record, &newer, err);

	if (result == 0)
		result = later_runs_open_rollback(journal, record, &back, err);
	if (result < 0)
		return result;
	if (newer.run_id && newer.kind == PLAN_BOOTSTRAP)
		return refuse_past_bootstrap(record, &newer, err);
	if (newer.run_id)
		return error_set(err, EINVAL,
			"run %" PRId64 " of cluster %s is newer than run %" PRId64
			": roll that one back first%s",
			newer.run_id, record->cluster, record->run_id,
			later_runs_is_open(newer.state) ? ", or end it with `haupgrade abort`"
							: "");
	if (back.run_id && record->state != JOURNAL_ROLLED_BACK)
		return error_set(err, EINVAL,
			"run %" PRId64 " takes run %" PRId64
			" back and did not end: `haupgrade resume %" PRId64
			"` goes on with it; `haupgrade abort %" PRId64
			"` ends it, and then rollback begins anew",
			back.run_id, record->run_id, back.run_id, back.run_id);
	return 0;
}
