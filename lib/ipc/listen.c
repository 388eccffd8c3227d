/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a daemon's socket, as root. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "lib/base/text.h"
#include "lib/ipc/server.h"
#include "lib/ipc/socket_place.h"

/* More than the server ever has unaccepted: it accepts and refuses faster than others connect. */
#define BACKLOG 256

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

/*
 * One at a time looks whether somebody listens there and puts its own socket in the place. In a
 * file that only we can open: whoever may enter the folder could lock the folder itself.
 */
static int lock_take(int folder, const char *folder_path, int *lock, struct error *err)
{
	CLEANUP(cleanup_close)
	int fresh = openat(folder, "lock",
		O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat status;

	if (fresh < 0 || fstat(fresh, &status) < 0)
		return error_system(err, errno, "%s/lock: cannot be opened", folder_path);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_mode & 077)
		return error_set(err, EPERM,
			"%s/lock is no file that only this daemon's user can open; remove it",
			folder_path);
	if (flock(fresh, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? error_set(err, EADDRINUSE,
					 "%s: somebody else is just making a socket there",
					 folder_path)
			       : error_system(err, errno, "%s/lock: cannot be locked", folder_path);
	*lock = fresh;
	fresh = -1;
	return 0;
}

/* 0: nobody answers there, or somebody who is not of our user; whatever is there may go. */
static int neighbour_check(const struct sockaddr_un *address, const char *path, struct error *err)
{
	CLEANUP(cleanup_close)
	int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred who = {0};
	socklen_t length = sizeof(who);

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot look for another daemon", path);
	if (connect(descriptor, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		/* Its backlog is full: we cannot see who it is. In our own folder it is ours. */
		if (errno == EAGAIN)
			return error_set(err, EADDRINUSE, "%s: somebody listens there", path);
		return errno == ENOENT || errno == ECONNREFUSED || errno == ENOTSOCK ||
				       errno == EPROTOTYPE
			       ? 0
			       : error_system(
					 err, errno, "%s: cannot look for another daemon", path);
	}
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &length) < 0)
		return error_system(err, errno, "%s: cannot see who listens", path);
	if (who.uid != geteuid())
		return 0;
	return error_set(err, EADDRINUSE, "%s: pid %d listens there already", path, who.pid);
}

static int socket_make(
	int folder, const char *path, gid_t group, int *descriptor, struct error *err)
{
	CLEANUP(cleanup_close)
	int fresh = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	bool shared = group != (gid_t)-1;
	const int off = 0;

	if (fresh < 0)
		return error_system(err, errno, "%s: no socket can be made", path);
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, ENAMETOOLONG, "%s: longer than %zu bytes", path,
			sizeof(address.sun_path) - 1);
	/*
	 * Who connects inherits it: a descriptor cannot be sent to us. Closing somebody's last one
	 * of a socket with SO_LINGER waits as long as he likes. Kernels that do not know it say
	 * ENOPROTOOPT.
	 */
	(void)setsockopt(fresh, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
	strcpy(address.sun_path, path);
	if (unlinkat(folder, "socket", 0) < 0 && errno != ENOENT)
		return error_system(err, errno, "%s: what is there cannot be removed", path);
	if (bind(fresh, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_system(err, errno, "%s: cannot be made", path);
	if ((shared && chown(path, (uid_t)-1, group) < 0) || chmod(path, shared ? 0660 : 0600) < 0)
		return error_system(err, errno, "%s: its group and mode cannot be set", path);
	if (listen(fresh, BACKLOG) < 0)
		return error_system(err, errno, "%s: cannot listen", path);
	*descriptor = fresh;
	fresh = -1;
	return 0;
}

int ipc_listen(const char *name, gid_t group, int *descriptor, struct error *err)
{
	CLEANUP(cleanup_free) char *folder_path = NULL;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_close) int folder = -1, lock = -1;
	struct sockaddr_un address;
	uid_t owner;
	int result = ipc_socket_place_path(name, &folder_path, err);

	if (result == 0)
		result = ipc_socket_place_make(folder_path, group, err);
	if (result == 0)
		result = ipc_socket_place_open(folder_path, &folder, &owner, err);
	if (result == 0)
		result = lock_take(folder, folder_path, &lock, err);
	if (result < 0)
		return result;
	path = text_format("%s/socket", folder_path);
	ipc_socket_place_address(folder, &address);
	result = neighbour_check(&address, path, err);
	return result < 0 ? result : socket_make(folder, path, group, descriptor, err);
}
