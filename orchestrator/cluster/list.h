/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of words, as profiles and cluster files hold them. Plain data. */
#ifndef ORCHESTRATOR_CLUSTER_LIST_H
#define ORCHESTRATOR_CLUSTER_LIST_H

#include <stddef.h>

/* items has a NULL behind the last, so that it serves as an argv. Owned: list_clear. */
struct profile_list {
	char **items; /* never NULL after loading */
	size_t count;
};

/* Takes the word. */
void list_append(struct profile_list *list, char *word);
void list_clear(struct profile_list *list);

#endif
