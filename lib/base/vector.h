/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing arrays: VECTOR_APPEND on a plain pointer, count and capacity. */
#ifndef LIB_BASE_VECTOR_H
#define LIB_BASE_VECTOR_H

#include <stddef.h>

/* realloc for count items of size bytes; ends the program on overflow or exhausted memory. */
void *vector_resize(void *items, size_t count, size_t size);

/*
 * Makes room for one more item in an array and hands out its address, zeroed:
 *     struct node *node = VECTOR_APPEND(cluster->nodes, cluster->node_count);
 * The array starts as NULL with count 0 and is released with free().
 */
void *vector_append(void **items, size_t *count, size_t size);
#define VECTOR_APPEND(items, count) \
	((__typeof__(items))vector_append((void **)&(items), &(count), sizeof(*(items))))

#endif
