/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves root behind: another user with a few capabilities, never to gain others. */
#ifndef LIB_PROGRAM_PRIVILEGES_H
#define LIB_PROGRAM_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

/*
 * Started as root: becomes user (with its groups), keeping only the count capabilities
 * (CAP_NET_ADMIN, ...), none of them inheritable, and sets no_new_privs. Not root: keeps the user
 * and of the capabilities those it has. user NULL: root stays root but keeps only these
 * capabilities.
 * -ENOENT when there is no such user, and only then, not when it could not be looked up; any other
 * failure leaves the process in a state in which it must end.
 */
int privileges_keep(const char *user, const int *capabilities, size_t count, struct error *err);

#endif
