/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many connections a server has. */
#include "lib/ipc/connection_limits.h"

#include <stddef.h>

bool ipc_connection_limits_are_reached(
	const struct ipc_connection_limits *limits, unsigned int in_all, uid_t user)
{
	unsigned int kept = user == 0 ? 0 : limits->root_part;

	return in_all + kept >= limits->in_all;
}

bool ipc_connection_limits_may_drop(
	const struct ipc_connection_limits *limits, uid_t user, uint64_t silent_ms)
{
	return user != 0 && silent_ms > limits->idle_ms;
}

const char *ipc_connection_limits_refusal(const struct ipc_connection_limits *limits,
	const struct ipc_connection_usage *usage, uid_t user)
{
	if (ipc_connection_limits_are_reached(limits, usage->in_all, user))
		return user == 0 ? "too many connections" : "too many connections but for root";
	if (user == 0)
		return NULL;
	if (usage->of_user >= limits->per_user)
		return "too many connections of this user";
	if (usage->is_last_descriptor)
		return "too many open files";
	return NULL;
}
