/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade's command line: what every subcommand is given, and what they share. */
#ifndef ORCHESTRATOR_COMMAND_COMMAND_H
#define ORCHESTRATOR_COMMAND_COMMAND_H

#include <signal.h>
#include <stdbool.h>

#include "lib/base/error.h"
#include "orchestrator/command/option_table.h"
#include "orchestrator/run/execution.h"

/* Exit statuses; scripts rely on them. */
enum {
	EXIT_DONE = OUTCOME_DONE,
	EXIT_NO = OUTCOME_NO,	     /* the answer is no, or the run stopped safely */
	EXIT_USAGE = OUTCOME_UNABLE, /* usage or environment */
};

/* What holds of every command. Plain data. */
struct settings {
	bool json;
	bool quiet;
	bool verbose;
	struct run_process process; /* its teller shows runs in the way that is wanted */
	/* The live tree, while there is one: what else is said goes above it. */
	struct screen **screen;
	/* Prints, while nothing may wait for whoever reads (output_unblock); else it holds NULL. */
	struct output_queue **queue;
};

struct command {
	const char *name;
	struct options_page page;	   /* without options: those are the groups' */
	const struct option_group *groups; /* or NULL: none of its own */
	size_t own_size;		   /* of the struct that groups are of */
	int minimum, maximum;		   /* arguments */
	/* own: that struct, filled in; what was not given is 0. NULL where own_size is 0. */
	int (*run)(const struct settings *settings, const void *own, char **arguments, int count);
};

extern const struct command command_verify, command_plan, command_upgrade, command_resume,
	command_rollback, command_abort, command_status, command_profile, command_propagate,
	command_bootstrap, command_history, command_report;

/* SIGINT, SIGTERM and SIGHUP set the process's interrupted once; a second one of the kind ends the
 * process at once. Again, where work goes on after the first. */
void command_catch_signals(void);

/* The whole program; returns the exit status. */
int command_main(int argc, char **argv);

/* "haupgrade: WORDS" on standard error, or an "error" event with --json. */
void command_complain(const struct settings *settings, const char *words);
/* The same of an error; returns the status, for `return command_fail(...)`. */
int command_fail(const struct settings *settings, const struct error *err, int status);

#endif
