/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command on a node that must run to its end whatever happens to the connection or to
 * haupgrade: it is started apart from the session, under a name, and asked for later.
 */
#ifndef ORCHESTRATOR_NODE_JOB_H
#define ORCHESTRATOR_NODE_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/node/link.h"

/* Names a job on a node: /var/lib/haupgrade/jobs/RUN-STEP there. Plain words, no slash. */
struct job {
	const char *run;
	const char *step;
};

/* Its folder on the node; owned. */
char *job_folder(const struct job *job);

/*
 * Starts the command line (made by quote.h) unless the job is running. The caller has seen that
 * the effect is missing, so one that ended before, however, is started anew.
 */
int job_start(struct link *link, const struct job *job, const char *line, struct error *err);

enum job_state {
	JOB_UNKNOWN, /* the node could not be asked; err says why */
	JOB_NONE,    /* was never started, or died with its node before its end */
	JOB_RUNNING,
	JOB_DONE,   /* exit status 0 */
	JOB_FAILED, /* any other exit status */
};

/*
 * Waits up to a few seconds for the job's end, but not at all for that of another run's job, during
 * which this one counts as running. *said gets the end of what it printed, lines joined by "|",
 * when it is done or failed (owned).
 */
enum job_state job_wait(struct link *link, const struct job *job, char **said, struct error *err);

/* Reads the answer: what job_wait gives. Pure. */
enum job_state job_parse(const char *output, size_t length, char **said, struct error *err);

/* How it ended does not count any more: JOB_NONE from now on. What it said stays for people. */
int job_forget(struct link *link, const struct job *job, struct error *err);

struct job_patience {
	uint64_t until_ms;	     /* monotonic */
	void (*waiting)(void *data); /* told once that there is something to wait for; or NULL */
	void *data;
};

/* Waits for the job's end: JOB_RUNNING when the time is over, or the link was cancelled. */
enum job_state job_await(struct link *link, const struct job *job,
	const struct job_patience *patience, struct error *err);

#endif
