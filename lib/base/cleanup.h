/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope-bound release of memory, descriptors and streams: CLEANUP(x) before a declaration. */
#ifndef LIB_BASE_CLEANUP_H
#define LIB_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Calls FUNCTION(&variable) when the variable goes out of scope, on every path. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/* Hands a pointer's ownership out of the scope that would have released it. */
#define TAKE(pointer)                                   \
	({                                              \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* For descriptors; -1 means "none". */
static inline void cleanup_close(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
}

static inline void cleanup_fclose(FILE **stream)
{
	if (*stream)
		fclose(*stream);
}

static inline void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* Defines cleanup_<name> for an opaque type released by <name>_free (NULL is legal there). */
#define CLEANUP_DEFINE(name)                                    \
	static inline void cleanup_##name(struct name **object) \
	{                                                       \
		name##_free(*object);                           \
	}                                                       \
	struct name

#endif
