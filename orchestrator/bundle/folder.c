/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a folder and of the folders in it. */
#include "orchestrator/bundle/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

enum { FILES_MAX = 10000, DEPTH_MAX = 8 };

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool is_folder(int folder, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

/* inside: the folder below path, "" or with a slash at its end. */
static int walk(const char *path, const char *inside, int depth, struct folder_names *names,
	struct error *err)
{
	CLEANUP(cleanup_free) char *whole = text_format("%s/%s", path, inside);
	CLEANUP(cleanup_closedir) DIR *folder = opendir(whole);
	struct dirent *entry;
	int result = 0;

	if (!folder)
		return error_system(err, errno, "%s: cannot open the folder", whole);
	for (errno = 0; (entry = readdir(folder)); errno = 0) {
		if (!is_folder(dirfd(folder), entry)) {
			if (names->count >= FILES_MAX)
				return error_set(err, E2BIG,
					"%s: more than %d files: no bundle has so many", path,
					FILES_MAX);
			*VECTOR_APPEND(names->items, names->count) =
				text_format("%s%s", inside, entry->d_name);
		} else if (entry->d_name[0] != '.') {
			CLEANUP(cleanup_free)
			char *below = text_format("%s%s/", inside, entry->d_name);

			if (depth >= DEPTH_MAX)
				return error_set(err, E2BIG,
					"%s: folders in it are more than %d deep: no bundle's are",
					path, DEPTH_MAX);
			result = walk(path, below, depth + 1, names, err);
			if (result < 0)
				return result;
		}
	}
	return errno ? error_system(err, errno, "%s: cannot read the folder", whole) : 0;
}

int folder_list(const char *path, struct folder_names *names, struct error *err)
{
	int result = walk(path, "", 0, names, err);

	/* The order of a folder is accidental; that of the findings should not be. */
	if (names->count)
		qsort(names->items, names->count, sizeof(char *), compare_names);
	return result;
}

void folder_names_clear(struct folder_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct folder_names){0};
}
