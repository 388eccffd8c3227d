/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing arrays. */
#include "lib/base/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *vector_resize(void *items, size_t count, size_t size)
{
	void *resized = reallocarray(items, count ? count : 1, size);

	if (!resized) {
		fprintf(stderr, "out of memory: %zu items of %zu bytes\n", count, size);
		abort();
	}
	return resized;
}

void *vector_append(void **items, size_t *count, size_t size)
{
	char *fresh;

	/* Room is made whenever the count is a power of two, so no capacity needs to be kept. */
	if ((*count & (*count - 1)) == 0)
		*items = vector_resize(*items, *count ? *count * 2 : 1, size);
	fresh = (char *)*items + *count * size;
	memset(fresh, 0, size);
	(*count)++;
	return fresh;
}
