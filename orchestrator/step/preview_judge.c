/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node said of its packages, read and compared; pure. The contract is in preview.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/completeness.h"
#include "orchestrator/node/answer.h"
#include "orchestrator/step/preview.h"

enum { PACKAGES_MAX = 4096 };

static void cleanup_preview(struct preview *answer)
{
	preview_clear(answer);
}

/* "NAME EVR ARCH WANT ERROR STATE"; only what is wholly installed counts. */
static int take_package(struct answer *said, struct preview *answer, char *words, struct error *err)
{
	char *rest = NULL, *parts[6];
	struct preview_package *package;

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
	*package = (struct preview_package){
		text_copy(parts[0]), text_copy(parts[1]), text_copy(parts[2])};
	return 0;
}

int preview_parse(const char *output, size_t length, struct preview *answer, struct error *err)
{
	CLEANUP(cleanup_preview) struct preview found = {0};
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
	found = (struct preview){0};
	return 0;
}

void preview_clear(struct preview *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		free(answer->packages[i].name);
		free(answer->packages[i].evr);
		free(answer->packages[i].arch);
	}
	free(answer->packages);
	free(answer->machine);
	error_release(&answer->trouble);
	*answer = (struct preview){0};
}

enum preview_change preview_judge(const struct preview *answer, enum package_format format,
	const struct package *package, const char **installed)
{
	enum preview_change change = PREVIEW_NEW;

	*installed = NULL;
	if (package->format != format)
		return PREVIEW_OTHER_PACKAGER;
	if (!completeness_fits(answer->machine, package->arch))
		return PREVIEW_OTHER_MACHINE;
	/* Of several instances (kernels, two architectures) the newest decides. */
	for (size_t i = 0; i < answer->count; i++) {
		const struct preview_package *there = &answer->packages[i];
		int order;

		if (strcmp(there->name, package->name) != 0)
			continue;
		if (*installed && package_compare_evr(format, there->evr, *installed) < 0)
			continue;
		order = package_compare_evr(format, package->evr, there->evr);
		change = order > 0    ? PREVIEW_UPGRADE
			 : order == 0 ? PREVIEW_SAME
				      : PREVIEW_DOWNGRADE;
		*installed = there->evr;
	}
	return change;
}

const char *preview_change_name(enum preview_change change)
{
	switch (change) {
	case PREVIEW_NEW:
		return "new";
	case PREVIEW_UPGRADE:
		return "upgrade";
	case PREVIEW_SAME:
		return "same";
	case PREVIEW_DOWNGRADE:
		return "downgrade";
	case PREVIEW_OTHER_MACHINE:
		return "other machine";
	case PREVIEW_OTHER_PACKAGER:
		return "other packager";
	}
	return "";
}

bool preview_change_hinders(enum preview_change change)
{
	switch (change) {
	case PREVIEW_NEW:
	case PREVIEW_UPGRADE:
	case PREVIEW_SAME:
		return false;
	case PREVIEW_DOWNGRADE:
	case PREVIEW_OTHER_MACHINE:
	case PREVIEW_OTHER_PACKAGER:
		return true;
	}
	return true;
}
