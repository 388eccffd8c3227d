/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The syntax of a file of blocks, checked as a whole before libconfuse sees it. Pure. */
#ifndef LIB_CONF_BLOCK_SYNTAX_H
#define LIB_CONF_BLOCK_SYNTAX_H

#include <confuse.h>

#include "lib/conf/problems.h"

/*
 * Adds every violation of the syntax and of the options' names, kinds and counts to problems and
 * returns what is left when the wrong statements are taken out: owned text, lines numbered as in
 * the original, in which libconfuse's lexer finds nothing to expand. libconfuse itself would stop
 * at the first violation, and counts comment lines more than once (3.3).
 */
char *block_syntax_check(
	const char *path, const char *bytes, cfg_opt_t *options, struct problems *problems);

#endif
