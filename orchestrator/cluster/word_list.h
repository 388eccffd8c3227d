/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of words, as profiles and cluster files hold them. Plain data. */
#ifndef ORCHESTRATOR_CLUSTER_WORD_LIST_H
#define ORCHESTRATOR_CLUSTER_WORD_LIST_H

#include <stddef.h>

/* items has a NULL behind the last, so that it serves as an argv. Owned: word_list_clear. */
struct word_list {
	char **items; /* never NULL after loading */
	size_t count;
};

/* Takes the word. */
void word_list_append(struct word_list *list, char *word);
void word_list_clear(struct word_list *list);

#endif
