/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The package managers' test of the way back, made to run on a node that it leaves as it was. */
#ifndef ORCHESTRATOR_KEEP_WAY_BACK_SCRIPT_H
#define ORCHESTRATOR_KEEP_WAY_BACK_SCRIPT_H

#include "orchestrator/bundle/package.h"

/*
 * A script for quote_script. $1 folder that will hold the packages, $2 KiB needed there, then pairs
 * of a name and a length: of the packages to come, "--", and of the previous ones; their headers
 * (header.h) are on standard input one after the other. Instead of a length "-": the name is the
 * absolute path of that package on the node. Enters the packages to come into a private copy of the
 * package database and tries to put the previous ones in their place; says on standard error what
 * is in the way.
 */
const char *way_back_script(enum package_format format);

#endif
