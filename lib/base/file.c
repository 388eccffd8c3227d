/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files read and written whole. */
#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

int file_open_regular(const char *path, int *descriptor)
{
	CLEANUP(cleanup_close) int place = open(path, O_PATH | O_CLOEXEC);
	CLEANUP(cleanup_free) char *again = NULL;
	struct stat status;

	if (place < 0 || fstat(place, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	again = text_format("/proc/self/fd/%d", place);
	*descriptor = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *descriptor < 0 ? -errno : 0;
}

int file_read(const char *path, size_t limit, char **content, size_t *length, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO by mistake must not hang. */
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	return file_read_descriptor(descriptor, path, limit, content, length, err);
}

int file_read_descriptor(int descriptor, const char *path, size_t limit, char **content,
	size_t *length, struct error *err)
{
	CLEANUP(cleanup_text) struct text text = {0};
	char buffer[16384];
	struct stat status;
	ssize_t count;

	if (fstat(descriptor, &status) < 0)
		return error_system(err, errno, "%s: cannot stat", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	while ((count = read(descriptor, buffer, sizeof(buffer))) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_system(err, errno, "%s: cannot read", path);
		if (text.length + (size_t)count > limit)
			return error_set(
				err, EFBIG, "%s: larger than the limit of %zu bytes", path, limit);
		text_append_bytes(&text, buffer, (size_t)count);
	}
	if (length)
		*length = text.length;
	*content = text_take(&text);
	return 0;
}

int file_write_all(int descriptor, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t count = write(descriptor, at, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		at += count;
		length -= (size_t)count;
	}
	return 0;
}

static int folder_sync(const char *path)
{
	CLEANUP(cleanup_free) char *folder = text_copy(path);
	CLEANUP(cleanup_close) int descriptor = -1;
	char *slash = strrchr(folder, '/');

	if (slash)
		slash[slash == folder] = '\0';
	descriptor = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return descriptor < 0 || fsync(descriptor) < 0 ? -errno : 0;
}

int file_write(const char *path, const void *bytes, size_t length, mode_t mode, struct error *err)
{
	CLEANUP(cleanup_free) char *temporary = text_format("%s.XXXXXX", path);
	CLEANUP(cleanup_close) int descriptor = mkostemp(temporary, O_CLOEXEC);
	int result;

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot create a file beside it", path);
	result = file_write_all(descriptor, bytes, length);
	if (result == 0 && (fchmod(descriptor, mode) < 0 || fsync(descriptor) < 0 ||
				   rename(temporary, path) < 0))
		result = -errno;
	if (result < 0) {
		unlink(temporary);
		return error_system(err, -result, "%s: cannot write", path);
	}
	result = folder_sync(path);
	return result < 0 ? error_system(err, -result, "%s: cannot sync its folder", path) : 0;
}

int file_make_folders(const char *path, mode_t mode, struct error *err)
{
	CLEANUP(cleanup_free) char *part = text_copy(path);
	char *slash = part;
	struct stat status;

	while (slash) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return error_system(err, errno, "%s: cannot make the folder", part);
		if (slash)
			*slash = '/';
	}
	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return error_set(err, ENOTDIR, "%s: not a folder", path);
	return 0;
}
