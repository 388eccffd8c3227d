/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What did a run stop that nobody will start any more, and may it be started? */
#include "orchestrator/run/start_services_again_judge.h"

#include <errno.h>
#include <string.h>

bool start_services_again_judge_was_stopped(
	enum plan_kind kind, enum step_kind step, enum journal_kind event)
{
	/* What a first installation stops served nobody. */
	if (kind == PLAN_BOOTSTRAP || event == JOURNAL_REFUSED)
		return false;
	/* To hand over may mean to stop the services, too. */
	return step == STEP_STOP || step == STEP_FAILOVER || step == STEP_REHEARSE;
}

/* One in a state of its own, two instances of one, or none at all. */
static int check_packages(const struct facts *facts, const char *name, struct error *err)
{
	for (size_t i = 0; i < facts->package_count; i++) {
		const struct facts_package *package = &facts->packages[i];

		if (package->state[0])
			return error_set(err, EBADMSG,
				"%s: package %s is %s, so the services stay stopped", name,
				package->name, package->state);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(facts->packages[j].name, package->name) == 0 &&
				strcmp(facts->packages[j].arch, package->arch) == 0)
				return error_set(err, EBADMSG,
					"%s: package %s is installed twice, as after an interrupted installation, so the services stay stopped",
					name, package->name);
		}
	}
	if (!facts->package_count)
		return error_set(err, EBADMSG,
			"%s: none of the profile's packages is installed, so the services stay stopped",
			name);
	return 0;
}

enum start_services_again_move start_services_again_judge_move(
	const struct facts *facts, bool as_before, const char *name, struct error *err)
{
	if (check_packages(facts, name, err) < 0)
		return START_SERVICES_AGAIN_NOT;
	return as_before ? START_SERVICES_AGAIN_UNMARK : START_SERVICES_AGAIN_START;
}
