/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a daemon's socket is. */
#include "lib/ipc/socket_place.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define NAME_MAX_LENGTH 64

static bool is_plain(const char *name)
{
	size_t length = strlen(name), i;

	for (i = 0; i < length; i++) {
		unsigned char c = (unsigned char)name[i];

		if (!(c < 0x80 && isalnum(c)) && !strchr(".-_", c))
			return false;
	}
	return length > 0 && length <= NAME_MAX_LENGTH && name[0] != '.';
}

int ipc_socket_place_path(const char *name, char **path, struct error *err)
{
	if (name[0] == '/') {
		*path = text_copy(name);
		return 0;
	}
	if (!is_plain(name))
		return error_set(err, EINVAL,
			"'%.80s' is no name of a control socket: 1 to %d letters, digits and .-_, or a folder's whole path",
			name, NAME_MAX_LENGTH);
	*path = text_format("%s/%s", IPC_FOLDER, name);
	return 0;
}

/* The part of path before its last name; owned. */
static char *above(const char *path)
{
	char *folder = text_copy(path), *slash = strrchr(folder, '/');

	slash[slash == folder] = '\0';
	return folder;
}

static int owner_check(int folder, const char *path, uid_t *owner, struct error *err)
{
	struct stat status;

	if (fstat(folder, &status) < 0)
		return error_system(err, errno, "%s: cannot be looked at", path);
	*owner = status.st_uid;
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return error_set(err, EPERM,
			"%s belongs to uid %u, not to root: no daemon of ours is believed there",
			path, status.st_uid);
	/* In a sticky folder, as /tmp, what is there is safe from others but for its owner. */
	if (status.st_mode & (S_IWGRP | S_IWOTH) && !(status.st_mode & S_ISVTX))
		return error_set(err, EPERM,
			"%s has mode %04o: others than its owner may put a socket there; do: chmod go-w %s",
			path, status.st_mode & 07777, path);
	return 0;
}

int ipc_socket_place_open(const char *path, int *folder, uid_t *owner, struct error *err)
{
	CLEANUP(cleanup_free) char *parent_path = above(path);
	CLEANUP(cleanup_close) int parent = open(parent_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *name = strrchr(path, '/') + 1;
	uid_t parent_owner;
	int result, here;

	*folder = -1;
	if (parent < 0)
		return error_system(err, errno, "%s", parent_path);
	*folder = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*folder < 0)
		return error_system(err, errno, "%s", path);
	result = owner_check(parent, parent_path, &parent_owner, err);
	here = owner_check(*folder, path, owner, result < 0 ? NULL : err);
	return result < 0 ? result : here;
}

int ipc_socket_place_make(const char *path, gid_t group, struct error *err)
{
	CLEANUP(cleanup_free) char *parent = above(path);
	CLEANUP(cleanup_close) int folder = -1;
	struct stat status;

	if (mkdir(parent, 0755) < 0 && errno != EEXIST)
		return error_system(err, errno, "%s: cannot make the folder", parent);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_system(err, errno, "%s: cannot make the folder", path);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 || fstat(folder, &status) < 0)
		return error_system(err, errno, "%s", path);
	if (status.st_uid != geteuid())
		return error_set(err, EPERM,
			"%s belongs to uid %u; remove it, so that it can be made anew", path,
			status.st_uid);
	if (group != (gid_t)-1 && status.st_gid != group && fchown(folder, (uid_t)-1, group) < 0)
		return error_system(err, errno, "%s: cannot be given to group %u", path, group);
	/* Whatever it was before: what is found in there is removed by the caller. */
	if (fchmod(folder, group == (gid_t)-1 ? 0700 : 0750) < 0)
		return error_system(err, errno, "%s: its mode cannot be set", path);
	return 0;
}

void ipc_socket_place_address(int folder, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/socket", folder);
}
