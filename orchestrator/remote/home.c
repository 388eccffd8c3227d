/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user who runs us, as far as ssh is concerned. */
#include "orchestrator/remote/home.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/text.h"

struct home home_find(void)
{
	const struct passwd *user = getpwuid(getuid());
	const char *folder = getenv("HOME"), *agent = getenv("SSH_AUTH_SOCK");

	if (!folder || !*folder)
		folder = user ? user->pw_dir : "/root";
	return (struct home){
		.user = text_copy(user ? user->pw_name : "root"),
		.folder = text_copy(folder),
		.agent = agent && *agent ? text_copy(agent) : NULL,
	};
}

void home_clear(struct home *home)
{
	free(home->user);
	free(home->folder);
	free(home->agent);
	*home = (struct home){0};
}
