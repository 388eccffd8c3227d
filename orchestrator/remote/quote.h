/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the one shell command line that ssh carries out of words that may hold anything. Pure. */
#ifndef ORCHESTRATOR_REMOTE_QUOTE_H
#define ORCHESTRATOR_REMOTE_QUOTE_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * ssh carries one string, and the login shell on the node runs it as `SHELL -c STRING` (RFC 4254,
 * 6.5), so it may be no longer than Linux takes for one argument (MAX_ARG_STRLEN, 128 KiB with
 * its NUL).
 */
#define QUOTE_LINE_MAX 131071

/*
 * argv -> 'word' 'word' ...: what a POSIX shell (sh, bash, dash, ksh, zsh) takes apart into exactly
 * these words. Every word is quoted, so that none is a keyword, an alias, an assignment or a
 * pattern. Any byte but NUL (which C strings cannot hold) is legal, newlines too; words may be
 * empty. Each word before the end is not NULL; count >= 1 and the first word not empty.
 * *line is owned. -E2BIG when it would be longer than QUOTE_LINE_MAX, -EINVAL for no command.
 */
int quote_argv(const char *const *argv, size_t count, char **line, struct error *err);

/*
 * sh -c 'script' 'sh' 'argument' ...: script is a constant of our code; what varies reaches it
 * only as "$1", "$2", ... and is never read as shell text. count may be 0. Errors as quote_argv.
 */
int quote_script(const char *script, const char *const *arguments, size_t count, char **line,
	struct error *err);

#endif
