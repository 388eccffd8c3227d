/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files read and written whole; writing survives power loss at any moment. */
#ifndef LIB_BASE_FILE_H
#define LIB_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/base/error.h"

/*
 * Opens a regular file for reading; nothing else is opened even for a moment, for that alone may
 * start a watchdog or rewind a tape. Needs /proc. *descriptor is owned. 0, -EINVAL when it is no
 * regular file, or the negative errno of opening.
 */
int file_open_regular(const char *path, int *descriptor);

/*
 * Reads a regular file of at most limit bytes. *content is owned, terminated behind *length
 * bytes (length may be NULL). Errors name the path; -EFBIG when it is larger than the limit.
 */
int file_read(const char *path, size_t limit, char **content, size_t *length, struct error *err);

/* The same from an open descriptor; path is for messages only. */
int file_read_descriptor(int descriptor, const char *path, size_t limit, char **content,
	size_t *length, struct error *err);

/*
 * Puts the bytes at path so that at any moment the old or the new content is there whole:
 * temporary file beside it, fsync, rename, fsync of the folder.
 */
int file_write(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err);

/*
 * All bytes into a descriptor that blocks: write(2) again after EINTR and short counts. 0, or a
 * negative errno (-EPIPE only where SIGPIPE is ignored).
 */
int file_write_all(int descriptor, const void *bytes, size_t length);

/* mkdir -p; existing folders are left as they are. */
int file_make_folders(const char *path, mode_t mode, struct error *err);

#endif
