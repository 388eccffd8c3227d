/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node said of its packages, read and compared; pure. The contract is in against.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/completeness.h"
#include "orchestrator/node/answer.h"
#include "orchestrator/step/against.h"

enum { PACKAGES_MAX = 4096 };

static void cleanup_against(struct against *answer)
{
	against_clear(answer);
}

/* "NAME EVR ARCH WANT ERROR STATE"; only what is wholly installed counts. */
static int take_package(struct answer *said, struct against *answer, char *words, struct error *err)
{
	char *rest = NULL, *parts[6];
	struct against_package *package;

	for (size_t i = 0; i < 6; i++) {
		parts[i] = strtok_r(i ? NULL : words, " ", &rest);
		if (!parts[i])
			/* dpkg knows of packages that it has never had, without version. */
			return strcmp(parts[i ? i - 1 : 0] ?: "", "not-installed") == 0
				       ? 0
				       : error_set(err, EPROTO,
						 "a package without name, version, architecture and state");
	}
	if (strcmp(parts[5], "installed") != 0)
		return 0;
	if (answer_count(said, PACKAGES_MAX, "packages", err) < 0)
		return -EPROTO;
	package = VECTOR_APPEND(answer->packages, answer->count);
	*package = (struct against_package){
		text_copy(parts[0]), text_copy(parts[1]), text_copy(parts[2])};
	return 0;
}

int against_parse(const char *output, size_t length, struct against *answer, struct error *err)
{
	CLEANUP(cleanup_against) struct against found = {0};
	CLEANUP(answer_clear) struct answer said = answer_begin(output, length);
	int result = 0;

	while (result == 0 && answer_next(&said)) {
		if (strcmp(said.key, "have") == 0)
			result = take_package(&said, &found, said.value, err);
		else if (strcmp(said.key, "machine") == 0 && !found.machine)
			found.machine = text_copy(said.value);
	}
	if (result == 0 && (!said.is_whole || !found.machine || !*found.machine))
		return error_set(err, EPROTO, "what the node said of its packages is not complete");
	result = answer_finish(&said, result, err);
	if (result < 0)
		return result;
	*answer = found;
	found = (struct against){0};
	return 0;
}

void against_clear(struct against *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		free(answer->packages[i].name);
		free(answer->packages[i].evr);
		free(answer->packages[i].arch);
	}
	free(answer->packages);
	free(answer->machine);
	error_release(&answer->trouble);
	*answer = (struct against){0};
}

enum against_change against_judge(const struct against *answer, enum package_format format,
	const struct package *package, const char **installed)
{
	enum against_change change = AGAINST_NEW;

	*installed = NULL;
	if (package->format != format)
		return AGAINST_OTHER_PACKAGER;
	if (!completeness_fits(answer->machine, package->arch))
		return AGAINST_OTHER_MACHINE;
	/* Of several instances (kernels, two architectures) the newest decides. */
	for (size_t i = 0; i < answer->count; i++) {
		const struct against_package *there = &answer->packages[i];
		int order;

		if (strcmp(there->name, package->name) != 0)
			continue;
		if (*installed && package_compare_evr(format, there->evr, *installed) < 0)
			continue;
		order = package_compare_evr(format, package->evr, there->evr);
		change = order > 0    ? AGAINST_UPGRADE
			 : order == 0 ? AGAINST_SAME
				      : AGAINST_DOWNGRADE;
		*installed = there->evr;
	}
	return change;
}

const char *against_change_name(enum against_change change)
{
	switch (change) {
	case AGAINST_NEW:
		return "new";
	case AGAINST_UPGRADE:
		return "upgrade";
	case AGAINST_SAME:
		return "same";
	case AGAINST_DOWNGRADE:
		return "downgrade";
	case AGAINST_OTHER_MACHINE:
		return "other machine";
	case AGAINST_OTHER_PACKAGER:
		return "other packager";
	}
	return "";
}

bool against_change_hinders(enum against_change change)
{
	switch (change) {
	case AGAINST_NEW:
	case AGAINST_UPGRADE:
	case AGAINST_SAME:
		return false;
	case AGAINST_DOWNGRADE:
	case AGAINST_OTHER_MACHINE:
	case AGAINST_OTHER_PACKAGER:
		return true;
	}
	return true;
}
