/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in libconfuse syntax (blocks with braces), read with all problems reported at once. */
#ifndef LIB_CONF_BLOCK_H
#define LIB_CONF_BLOCK_H

#include <confuse.h>

#include "lib/conf/problems.h"

/*
 * Reads the file against the options. Returns an owned cfg_t (release with cfg_free) as far as
 * the file could be understood, or NULL when it could not be read at all; either way every
 * problem found, unknown options included, has been added to problems. The file's size is
 * limited to 1 MiB.
 *
 * The text is checked as a whole by block_syntax first, and libconfuse is given only statements
 * that are right, in words quoted anew: so nothing of it writes to standard error, no environment
 * variable or "~" is expanded ("${" is a problem), and functions, include() among them, are unknown
 * options. Options given twice and sections named twice are problems. For values of lists use a
 * value parsing callback (parsecb), which is called once for each; validcb is called for lists
 * after each value and once more at the end. Not to be called from a callback.
 */
cfg_t *block_parse(const char *path, cfg_opt_t *options, struct problems *problems);
/* The same for bytes that are in memory already; path is for messages. */
cfg_t *block_parse_bytes(
	const char *path, const char *bytes, cfg_opt_t *options, struct problems *problems);
/*
 * The file's text alone, for block_parse_bytes; owned. NULL, with a problem, when it cannot be
 * read, is larger than 1 MiB or holds a zero byte.
 */
char *block_read(const char *path, struct problems *problems);

/*
 * To be called in a validation callback: reports a problem at the line being read. Returns 0 so
 * that reading goes on and finds the other problems too. Outside of callbacks it is lost.
 */
int block_problem(cfg_t *section, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void cleanup_cfg(cfg_t **cfg)
{
	if (*cfg)
		cfg_free(*cfg);
}

#endif
