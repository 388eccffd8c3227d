/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: ${NAME} in a file stands for a value of the node. Pure. */
#ifndef ORCHESTRATOR_FILES_TEMPLATE_H
#define ORCHESTRATOR_FILES_TEMPLATE_H

#include "lib/base/text.h"
#include "lib/conf/problems.h"

/* The value of a name of that length, borrowed; NULL: there is none. */
typedef const char *template_lookup(const char *name, size_t length, void *context);

struct template_values {
	template_lookup *lookup;
	void *context;
	const char *whose; /* "node \"node1\"", for messages */
};

/*
 * Appends the bytes to text with each ${NAME} replaced; $${ becomes ${ and any other $ stays. Every
 * unknown name, and every ${ that is not of that form, is a problem of file:line; text is then of
 * no use.
 */
void template_render(const char *file, const char *bytes, size_t length,
	const struct template_values *values, struct text *text, struct problems *problems);

#endif
