/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the service manager how the daemon is: the datagrams of sd_notify(3). */
#ifndef LIB_PROGRAM_NOTIFY_H
#define LIB_PROGRAM_NOTIFY_H

/*
 * Sends e.g. "READY=1\nSTATUS=..." to $NOTIFY_SOCKET. Without that variable, or when nobody
 * listens, nothing happens; never blocks.
 */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
