/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a daemon's socket is, and whether nobody else could have put one there. */
#ifndef LIB_IPC_SOCKET_PLACE_H
#define LIB_IPC_SOCKET_PLACE_H

#include <sys/types.h>
#include <sys/un.h>

#include "lib/base/error.h"

/* Each daemon has a folder of its own in here, and in that its "socket". */
#define IPC_FOLDER "/run/hacluster"

/*
 * The folder of that name, owned: IPC_FOLDER/NAME for a NAME of 1..64 letters, digits and ".-_"
 * that does not begin with a dot; what begins with "/" is the whole path. -EINVAL with words.
 */
int ipc_socket_place_path(const char *name, char **path, struct error *err);

/*
 * Opens the folder (O_PATH; *folder is owned) and looks at it and at the one it is in: both must
 * belong to root or to this process's user, and nobody else may write there. Links are not
 * followed. 0 with the folder's owner in *owner.
 *
 * -EPERM with words when it is somebody else's: then, too, *folder is open, for the caller to say
 * who sits there. Else a negative errno and *folder is -1.
 */
int ipc_socket_place_open(const char *path, int *folder, uid_t *owner, struct error *err);

/*
 * Makes the folder if it is not there, and one above it, sets its mode and group: nobody but its
 * owner and the group (-1: no group) gets as far as the socket. -EPERM as ipc_socket_place_open.
 */
int ipc_socket_place_make(const char *path, gid_t group, struct error *err);

/* The socket's address within an open folder: no length of a path, and no rename, matters. */
void ipc_socket_place_address(int folder, struct sockaddr_un *address);

#endif
