/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles of any bytes: what is accepted has every command, what is not has its problem told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/cluster/profile.h"
#include "orchestrator/cluster/stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct word_list *list)
{
	if (!list->count || list->items[list->count])
		abort();
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i] || !*list->items[i])
			abort();
}

static void check_commands(const struct profile_commands *commands)
{
	if (!commands->count)
		abort();
	for (size_t i = 0; i < commands->count; i++)
		check_list(&commands->items[i]);
}

static void check(const struct profile *profile)
{
	uint64_t wall_us = 0, width_us = 0;

	check_list(&profile->packages);
	check_commands(&profile->stop);
	check_commands(&profile->start);
	check_commands(&profile->active);
	check_list(&profile->failover);
	check_list(&profile->reboot);
	if (profile->active.count != (profile->services.count ?: 1) || !profile->role_primary ||
		!profile->role_backup)
		abort();
	if (profile->role_log ? *profile->role_log != '/' || !profile->role_time
			      : !profile->role_command.count)
		abort();
	/* Whatever was accepted can be used. */
	pattern_matches(profile->role_primary, "2026-11-22T12:34:56Z Configuring as primary");
	if (profile->role_time &&
		!stamp_parse(profile->role_time, "", &(struct stamp_clock){0}, &wall_us, &width_us))
		wall_us = 0;
	if (!profile->deadlines.stop || !profile->deadlines.failover)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = strndup((const char *)data, size);
	struct profile *profile = NULL;
	struct problems problems = {0};
	CLEANUP(error_release) struct error err = {0};
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
