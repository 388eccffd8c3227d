/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections a node serves, as its cluster software lists them. */
#ifndef ORCHESTRATOR_NODE_CONNECTIONS_H
#define ORCHESTRATOR_NODE_CONNECTIONS_H

#include "lib/base/text.h"
#include "orchestrator/node/link.h"

enum { CONNECTIONS_SHOWN_MAX = 20 };

/*
 * Runs the profile's command `connections` on the node, which must have one. *count: lines it
 * printed, blank ones left out; the first CONNECTIONS_SHOWN_MAX of them are added to lines (may be
 * NULL), each with a new line. Errors are those of link_script, -EPROTO for an odd answer.
 */
int connections_ask(struct link *link, uint64_t *count, struct text *lines, struct error *err);

/* Reads the answer. Pure; -EPROTO when it is not one, count and lines are untouched then. */
int connections_parse(
	const char *output, size_t length, uint64_t *count, struct text *lines, struct error *err);

#endif
