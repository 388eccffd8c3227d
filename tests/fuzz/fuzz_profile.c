/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles of any bytes: what is accepted has every command, what is not has its problem told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/cluster/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct profile_list *list)
{
	if (!list->count || list->items[list->count])
		abort();
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i] || !*list->items[i])
			abort();
}

static void check(const struct profile *profile)
{
	check_list(&profile->packages);
	check_list(&profile->stop);
	check_list(&profile->start);
	check_list(&profile->active);
	check_list(&profile->failover);
	check_list(&profile->reboot);
	if (*profile->role_log != '/' || strcmp(profile->role_primary, profile->role_backup) == 0)
		abort();
	if (!profile->deadlines.stop || !profile->deadlines.failover)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = strndup((const char *)data, size);
	struct profile *profile = NULL;
	struct problems problems = {0};
	struct error err = {0};
	int result = profile_parse("p", "p.conf", bytes, &profile, &problems, &err);

	if ((result == 0) != (problems.count == 0) || (result == 0) != (profile != NULL))
		abort();
	if (profile)
		check(profile);
	profile_free(profile);
	problems_clear(&problems);
	free(bytes);
	return 0;
}
