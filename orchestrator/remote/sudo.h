/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines that run as root by sudo, whether sudo asks for a password or not. Pure.
 *
 * sudo is told to ask with a mark of ours, on stderr; the password is sent only as the answer to
 * that mark. The command is preceded by another mark, on stdout and stderr, and its own input is
 * sent only behind that one. So the password cannot become the command's input, nor the input a
 * password, whatever sudoers say and whatever sudo remembers.
 */
#ifndef ORCHESTRATOR_REMOTE_SUDO_H
#define ORCHESTRATOR_REMOTE_SUDO_H

#include <stddef.h>

#include "lib/base/error.h"

/* Other ones for every command, so that no file or log on the node can hold them already. */
struct sudo_marks {
	char prompt[40];
	char ready[40];
	char random[17]; /* what is in ready */
};

/* random: 16 bytes. */
struct sudo_marks sudo_marks(const unsigned char *random);

/* line: made by quote.h. *wrapped is owned; errors as quote_argv. */
int sudo_wrap(const char *line, const struct sudo_marks *marks, char **wrapped, struct error *err);

/*
 * Why the command never began, from what was on stderr (LC_ALL=C) and the exit status; always a
 * negative errno: -EACCES the password was wrong, or the reason is not known; -EPERM sudo does not
 * let this user; -ENOENT there is no sudo.
 */
int sudo_refusal(const char *user, const char *errors, int status, struct error *err);

#endif
