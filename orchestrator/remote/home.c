/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where ssh keeps its files in the home of the user who runs us. */
#include "orchestrator/remote/home.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/text.h"

static char *in_home(const char *name)
{
	const char *home = getenv("HOME");

	return text_format("%s/.ssh/%s", home && *home ? home : "/root", name);
}

char *home_identity(void)
{
	static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = in_home(names[i]);

		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return in_home(names[0]);
}

char *home_known_hosts(void)
{
	return in_home("known_hosts");
}
