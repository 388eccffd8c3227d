/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon says: to stderr, a logfile and syslog, from a thread so that no caller waits. */
#ifndef LIB_PROGRAM_LOG_H
#define LIB_PROGRAM_LOG_H

#include <stdbool.h>
#include <syslog.h>

#include "lib/base/error.h"

struct log_config {
	const char *program; /* "heartbeatd" */
	const char *node;    /* host name in logfile lines */
	const char *file;    /* path, or NULL for none */
	int facility;	     /* LOG_DAEMON..., or -1: not to syslog */
	int level;	     /* LOG_INFO: that and everything more important */
};

/*
 * Lines look like "2026-01-31T12:34:56.789Z node1 heartbeatd[123]: info: text" (UTC) in the file;
 * on stderr they are the same, or "<6>text" when stderr is the journal (JOURNAL_STREAM is set).
 * The texts of config are copied. Until log_start all is written at once by the caller itself.
 */
void log_open(const struct log_config *config);

/*
 * Opens the logfile and starts the writing thread: to be called when the process has dropped its
 * privileges, as capabilities belong to threads. A logfile that cannot be opened is told of on the
 * other targets and tried again at each log_reopen and, once in ten seconds, when there is a line.
 */
void log_start(void);

/* The logfile is opened anew before the next line; safe at any time, does not block. */
void log_reopen(void);

/* Writes what is waiting and closes. Where nobody takes the lines it gives up after five seconds.
 */
void log_close(void);

/*
 * One line, of 4031 bytes at most; never waits: 256 lines wait at most, and of those that come then
 * a line behind them says how many were lost. What remote machines said must have gone through
 * text_printable.
 */
void log_write(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * As log_write, and the logfile is fdatasync'ed behind the line, by the writing thread: for lines
 * that are evidence after a power failure.
 */
void log_write_durable(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "daemon", "local0", ... to LOG_DAEMON, ...; "none" is -1. -EINVAL with the known names. */
int log_facility(const char *name, int *facility, struct error *err);

#endif
