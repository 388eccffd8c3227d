/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ssh configurations of any bytes, and the routes made of what is accepted. */
#include <stdint.h>
#include <stdlib.h>

#include "orchestrator/remote/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ssh_config *config, const char *name)
{
	const struct route_home home = {.user = "me", .folder = "/nonexistent"};
	const struct route_wish wish = {.address = name};
	struct route route = {0};
	CLEANUP(error_release) struct error err = {0};

	if (route_make(&wish, config, &home, &route, &err) < 0) {
		if (!error_is_set(&err))
			abort();
		return;
	}
	if (!route.count || route.count > HOP_JUMPS_MAX + 1)
		abort();
	for (size_t i = 0; i < route.count; i++) {
		const struct hop *hop = &route.hops[i];

		if (!hop->address || !hop->user || hop->port > 65535 || !hop->known_hosts[0])
			abort();
	}
	route_clear(&route);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssh_config *config = NULL;
	struct problems problems = {0};
	CLEANUP(error_release) struct error err = {0};
	int result = ssh_config_parse("c", (const char *)data, size, &config, &problems, &err);

	if ((result == 0) != (problems.count == 0) || (result == 0) != (config != NULL))
		abort();
	if (config) {
		check(config, "web1");
		check(config, "2001:db8::1");
	}
	ssh_config_free(config);
	problems_clear(&problems);
	return 0;
}
