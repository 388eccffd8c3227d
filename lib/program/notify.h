/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the service manager how the daemon is: the datagrams of sd_notify(3). */
#ifndef LIB_PROGRAM_NOTIFY_H
#define LIB_PROGRAM_NOTIFY_H

#include <stdbool.h>

/*
 * Sends e.g. "READY=1\nSTATUS=..." to $NOTIFY_SOCKET. Never blocks: false when it could not be sent
 * now, for the service manager's queue may be full. Without that variable there is nobody to tell:
 * true.
 */
bool notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
