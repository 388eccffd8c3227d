/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that a daemon has before others take it. */
#include "lib/program/memory_reserve.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define STACK (256 * 1024)
/* Pieces, for one great block would be mapped on its own and given back when it is freed. */
#define PIECE (64 * 1024)
#define PIECES_MAX 1024

static __attribute__((noinline)) void stack_touch(void)
{
	volatile char room[STACK];
	size_t i;

	for (i = 0; i < sizeof(room); i += 1024)
		room[i] = 0;
}

int memory_reserve(size_t bytes, struct error *err)
{
	void *pieces[PIECES_MAX];
	size_t count = bytes / PIECE, i, had;

	if (count > PIECES_MAX)
		return error_set(err, EINVAL, "a reserve of %zu bytes; the limit is %d", bytes,
			PIECES_MAX * PIECE);
	/* Nothing is given back, nothing is mapped on its own, all threads share one arena. Another
	 * malloc, as that of a sanitizer, does as it likes. */
	(void)mallopt(M_TRIM_THRESHOLD, -1);
	(void)mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	(void)mallopt(M_ARENA_MAX, 1);
	for (had = 0; had < count; had++) {
		pieces[had] = malloc(PIECE);
		if (!pieces[had])
			break;
		memset(pieces[had], 1, PIECE);
	}
	for (i = 0; i < had; i++)
		free(pieces[i]);
	stack_touch();
	return had == count ? 0
			    : error_set(err, ENOMEM, "%zu bytes of memory cannot be had", bytes);
}
