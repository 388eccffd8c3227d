/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sudo: how it is called, and what its refusals mean. */
#include "orchestrator/remote/sudo.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/remote/script.h"

struct sudo_marks sudo_marks(const unsigned char *random)
{
	struct sudo_marks marks;
	char hex[33];

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", random[i]);
	/* No percent sign: sudo would expand it. */
	snprintf(marks.prompt, sizeof(marks.prompt), "<ask %.16s>", hex);
	snprintf(marks.random, sizeof(marks.random), "%s", hex + 16);
	snprintf(marks.ready, sizeof(marks.ready), "<run %s>", marks.random);
	return marks;
}

int sudo_wrap(const char *line, const struct sudo_marks *marks, char **wrapped, struct error *err)
{
	/*
	 * -k with a command: ask even if it was asked a moment ago, and remember nothing, so that a
	 * run leaves no door open behind it. -p takes the place of PAM's words, too.
	 */
	const char *argv[] = {"env", "LC_ALL=C", "sudo", "-S", "-k", "-H", "-p", marks->prompt,
		"--", "sh", "-c", script_remote_sudo_ready, "sh", marks->random, line};

	return quote_argv(argv, sizeof(argv) / sizeof(argv[0]), wrapped, err);
}

/* With one blank for all white space: sudo breaks lines where it likes. Owned. */
static char *unfold(const char *errors)
{
	struct text text = {0};

	for (const char *p = errors; *p; p++) {
		bool blank = isspace((unsigned char)*p);

		if (!blank || (text.length && text.data[text.length - 1] != ' '))
			text_append_bytes(&text, blank ? " " : p, 1);
	}
	return text_take(&text);
}

/* The last line that says something, cut to fit. */
static const char *last_line(const char *errors, char *buffer, size_t size)
{
	CLEANUP(cleanup_free) char *copy = text_copy(errors);
	char *words = text_trim(copy), *newline = strrchr(words, '\n');

	return text_printable(buffer, size, newline ? newline + 1 : words);
}

int sudo_refusal(const char *user, const char *errors, int status, struct error *err)
{
	static const struct {
		const char *said; /* by sudo 1.8 and 1.9 */
		const char *means;
	} meanings[] = {
		{"must have a tty",
			"sudo there wants a terminal: add \"Defaults:%s !requiretty\" to its sudoers"},
		{"not in the sudoers file",
			"user %s may not use sudo there: add it to sudoers (visudo), for all commands as root"},
		{"may not run sudo",
			"user %s may not use sudo there: add it to sudoers (visudo), for all commands as root"},
		{"not allowed to execute",
			"user %s may not run a shell (sh) as root by sudo there: sudoers must allow it all commands"},
		{"incorrect password", "sudo does not accept the password of %s"},
		{"no password was provided", "sudo wants the password of %s, and none was given"},
		{"effective uid is not 0",
			"sudo is not set-user-ID root there, so %s cannot use it"},
	};
	CLEANUP(cleanup_free) char *said = unfold(errors);
	char words[300];

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		CLEANUP(cleanup_free) char *text = NULL;
		const char *gap = strstr(meanings[i].means, "%s");

		if (!strstr(said, meanings[i].said))
			continue;
		text = text_format("%.*s%s%s", (int)(gap - meanings[i].means), meanings[i].means,
			user, gap + 2);
		return error_set(
			err, strstr(meanings[i].said, "password") ? EACCES : EPERM, "%s", text);
	}
	if (status == 127)
		return error_set(err, ENOENT,
			"there is no sudo for user %s; install it there, or log in as root", user);
	last_line(errors, words, sizeof(words));
	return error_set(err, EACCES, "sudo refused user %s with exit status %d%s%s", user, status,
		*words ? ": " : "", words);
}
