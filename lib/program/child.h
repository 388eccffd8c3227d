/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs another program: without a shell, bounded in time, with nothing of ours but what is said. */
#ifndef LIB_PROGRAM_CHILD_H
#define LIB_PROGRAM_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/* What is kept of each of its outputs; the rest is read and thrown away. */
enum { CHILD_OUTPUT_MAX = 64 * 1024 };

/* All borrowed. */
struct child_job {
	char *const *argv; /* ends with NULL; a program without a slash is looked for in PATH */
	const char *input; /* its standard input, a file in memory */
	size_t length;
	/* "NAME=VALUE" besides PATH, HOME, USER, LOGNAME, LANG, LC_ALL and TZ; ends with NULL. */
	const char *const *environment;
	/* In our folder and with all of our environment, in place of / and that short list; what it
	 * says on standard error is kept apart. */
	bool as_we;
	uint64_t timeout_ms;
	const volatile sig_atomic_t *cancel; /* ends it early; or NULL */
};

struct child_end {
	/* Of standard output and error, NUL-free, terminated; owned, never NULL. */
	char *output;
	char *errors; /* of standard error alone, when it is kept apart; else "" */
	uint64_t elapsed_ms;
};

/*
 * Runs it in a session and process group of its own, in the folder /, with no descriptors but these
 * three, default signals. At the deadline, or when it is cancelled, the group is ended (SIGTERM,
 * SIGKILL two seconds later, and left alone if that does not end it within five). 0 when it exited
 * with 0; -ETIMEDOUT, -EINTR (cancelled), -ECHILD (exit status or signal, the last line of its
 * output in the message; or nobody knows), or why it could not be run.
 * *end is filled in any case; it can be zero before.
 */
int child_run(const struct child_job *job, struct child_end *end, struct error *err);

void child_end_clear(struct child_end *end);
static inline void cleanup_child_end(struct child_end *end)
{
	child_end_clear(end);
}

#endif
