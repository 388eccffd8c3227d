/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade's command line: what every subcommand is given, and what they share. */
#ifndef ORCHESTRATOR_COMMAND_COMMAND_H
#define ORCHESTRATOR_COMMAND_COMMAND_H

#include <signal.h>
#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/program/options.h"
#include "orchestrator/run/execution.h"

/* Exit statuses; scripts rely on them. */
enum {
	EXIT_DONE = OUTCOME_DONE,
	EXIT_NO = OUTCOME_NO,	     /* the answer is no, or the run stopped safely */
	EXIT_USAGE = OUTCOME_UNABLE, /* usage or environment */
};

/* What options_next returns; a command's own options stand here too, so that ids are unique. */
enum option_id {
	OPTION_JSON = 1,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_YES,
	OPTION_STATE,
	OPTION_PROFILES,
	OPTION_PASSWORD,
	OPTION_PASSPHRASE,
	OPTION_KEYRING,
	OPTION_ED25519_KEY,
	OPTION_REQUIRE_SIGNATURES,
	OPTION_AGAINST,
	OPTION_HTML,
	OPTION_NO_WAIT,
	OPTION_CLUSTER,
	OPTION_BUNDLE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_CHECK,
	OPTION_GENERATE_AUTHKEYS,
	OPTION_REPLACE_AUTHKEYS,
	OPTION_WAIVE,
	OPTION_REHEARSE,
	OPTION_WINDOW,
	OPTION_PAUSE_AFTER,
	OPTION_APPROVE,
	OPTION_PREVIOUS,
	OPTION_ON_FAILURE,
};

/* Plain data. */
struct settings {
	bool json;
	bool quiet;
	bool verbose;
	bool yes;
	bool check;		    /* propagate: compare only */
	bool generate_authkeys;	    /* propagate: make a key, do nothing else */
	bool replace_authkeys;	    /* the same, even when there is one */
	struct run_process process; /* its teller shows runs in the way that is wanted */
	struct run_wishes wishes;
	bool no_wait;		  /* abort */
	const char *cluster_file; /* resume, abort, rollback: NULL: where it was */
	const char *bundle;	  /* resume: the same */
	const char *against;	  /* verify: a cluster, or NULL */
	const char *html;	  /* report: a file, "-", or NULL */
	/* The live tree, while there is one: what else is said goes above it. */
	struct screen **screen;
	/* Prints, while nothing may wait for whoever reads (output_unblock); else it holds NULL. */
	struct output_queue **queue;
};

struct command {
	const char *name;
	struct options_page page;
	int minimum, maximum; /* arguments */
	int (*run)(const struct settings *settings, char **arguments, int count);
};

extern const struct command command_verify, command_plan, command_upgrade, command_resume,
	command_rollback, command_abort, command_status, command_profile, command_propagate,
	command_bootstrap, command_history, command_report;

/* SIGINT, SIGTERM and SIGHUP set the process's interrupted once; a second one of the kind ends the
 * process at once. Again, where work goes on after the first. */
void command_catch_signals(void);

/* Of the commands that open a bundle: a table's entries. */
#define COMMAND_SIGNATURE_OPTIONS                                                        \
	{OPTION_KEYRING, 0, "keyring", "PATH",                                           \
		"OpenPGP public keys: a file, a folder of files or of an rpm database"}, \
		{OPTION_ED25519_KEY, 0, "ed25519-key", "FILE",                           \
			"public key (PEM) for Ed25519 signatures of manifests"},         \
	{                                                                                \
		OPTION_REQUIRE_SIGNATURES, 0, "require-signatures", NULL,                \
			"a package that no signature vouches for is a problem"           \
	}

/* Of the commands that go forward, and may have to go back. */
#define COMMAND_PREVIOUS_OPTION                                                     \
	{                                                                           \
		OPTION_PREVIOUS, 0, "previous", "BUNDLE",                           \
			"the packages to go back to, if the nodes do not keep them" \
	}
#define COMMAND_ON_FAILURE_OPTION                                                     \
	{                                                                             \
		OPTION_ON_FAILURE, 0, "on-failure", "stop|rollback",                  \
			"what to do when a step fails once a node was changed (stop)" \
	}

/* Of the commands that make preflight's checks. */
#define COMMAND_WAIVE_OPTION                                                      \
	{                                                                         \
		OPTION_WAIVE, 0, "waive", "NAME=REASON",                          \
			"let this check fail for once, for a reason that is kept" \
	}

/* Of the commands that carry out a run. */
#define COMMAND_GATE_OPTIONS                                                        \
	{OPTION_WINDOW, 0, "window", "TIMES",                                       \
		"begin steps only then, e.g. \"sat,sun 22:00-04:00\" (or always)"}, \
		{OPTION_PAUSE_AFTER, 0, "pause-after", "POINT",                     \
			"stop after this STEP, NODE or NODE:STEP; resume goes on"}, \
	{                                                                           \
		OPTION_APPROVE, 0, "approve", NULL,                                 \
			"ask before each node and before the fail-over"             \
	}

/* Of the commands that plan an upgrade. */
#define COMMAND_REHEARSE_OPTION                                               \
	{                                                                     \
		OPTION_REHEARSE, 0, "rehearse", NULL,                         \
			"fail over and back before anything is put on a node" \
	}

/* Of the commands that carry out a run: a table's entries. */
#define COMMAND_RUN_OPTIONS COMMAND_SIGNATURE_OPTIONS, COMMAND_WAIVE_OPTION, COMMAND_GATE_OPTIONS

/* The whole program; returns the exit status. */
int command_main(int argc, char **argv);

/* "haupgrade: WORDS" on standard error, or an "error" event with --json. */
void command_complain(const struct settings *settings, const char *words);
/* The same of an error; returns the status, for `return command_fail(...)`. */
int command_fail(const struct settings *settings, const struct error *err, int status);

#endif
