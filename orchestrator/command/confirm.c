/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the operator at the terminal. */
#include "orchestrator/command/confirm.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

bool confirm_is_possible(const struct settings *settings)
{
	if (isatty(STDIN_FILENO) && !settings->json)
		return true;
	command_complain(
		settings, "nobody can be asked here: look at `haupgrade plan`, then use --yes");
	return false;
}

enum outcome confirm_proceed(const struct settings *settings)
{
	printf("Proceed? [y/N] ");
	fflush(stdout);
	if (confirm_answer(settings, NULL, NULL) == 1)
		return OUTCOME_DONE;
	command_complain(settings, "not confirmed; no node was touched");
	return OUTCOME_NO;
}

/* poll is not restarted after a signal, so ^C ends the question. */
int confirm_answer(const struct settings *settings, bool (*given_up)(void *data), void *data)
{
	enum { LOOK_MS = 300 };
	struct pollfd answered = {.fd = STDIN_FILENO, .events = POLLIN};
	char answer[16] = "";
	int ready;

	while ((ready = poll(&answered, 1, LOOK_MS)) == 0 && !*settings->process.interrupted) {
		if (given_up && given_up(data))
			return -ECANCELED;
	}
	if (ready != 1 || *settings->process.interrupted)
		return -EINTR;
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}
