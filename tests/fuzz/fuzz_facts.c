/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says of itself. */
#include <stdint.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/stamp.h"
#include "orchestrator/node/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_facts) struct facts facts = {0};
	CLEANUP(error_release) struct error err = {0};

	/* The first byte chooses the form of time stamps. */
	static const char *const forms[] = {
		STAMP_ISO, STAMP_SYSLOG, "%Y/%m/%d_%H:%M:%S", "%c", NULL};
	struct profile profile = {0};
	char *form = NULL;

	if (!size)
		return 0;
	if (forms[data[0] % 5])
		form = text_copy(forms[data[0] % 5]);
	profile.role_time = form;
	pattern_make("as primary|MASTER", &profile.role_primary, NULL);
	pattern_make("as backup|^B", &profile.role_backup, NULL);
	facts_parse((const char *)data + 1, size - 1, &profile, &facts, &err);
	pattern_free(profile.role_primary);
	pattern_free(profile.role_backup);
	free(form);
	return 0;
}
