/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of words, as profiles and cluster files hold them. */
#include "orchestrator/cluster/word_list.h"

#include <stdlib.h>

#include "lib/base/vector.h"

void word_list_append(struct word_list *list, char *word)
{
	*VECTOR_APPEND(list->items, list->count) = word;
	/* The NULL behind the last is not counted. */
	VECTOR_APPEND(list->items, list->count);
	list->count--;
}

void word_list_clear(struct word_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct word_list){0};
}
