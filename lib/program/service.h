/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon from its command line to its loop: what is the same for each of them. */
#ifndef LIB_PROGRAM_SERVICE_H
#define LIB_PROGRAM_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/program/log.h"
#include "lib/program/options.h"

enum { SERVICE_DONE = 0, SERVICE_NO = 1, SERVICE_USAGE = 2 };
/* Options of a daemon's own have ids from here on. */
enum { SERVICE_OWN_OPTIONS = 100 };

/* What the options that all daemons have said. Plain data, borrowed from argv. */
struct service_settings {
	bool check;   /* -n: read the configuration, print all problems, exit */
	bool verbose; /* log details too */
	const char *config_dir, *state_dir, *node, *ipc_name;
	const char *user;
	bool user_given;
};

/*
 * What a daemon does at each stage, in this order; all are called once at most, those that are NULL
 * not at all. context: the daemon's own.
 */
struct service_stages {
	/* An option of its own. */
	void (*option)(int id, const char *value, void *context);
	/* Reads its files and prints, on stderr, all that is wrong in one go. False: SERVICE_NO. */
	bool (*configure)(const struct service_settings *settings, void *context);
	/* Where the log goes; program and level are filled already. */
	void (*log)(struct log_config *log, void *context);
	/* Something else than serving, with the log open and all privileges: the exit status; -1
	 * for "serve". */
	int (*instead)(void *context);
	/* Opens what needs root, with one thread. The state folder is there, memory in reserve. */
	int (*open)(const struct service_settings *settings, void *context, struct error *err);
	/* Serves: as the user, with the capabilities that are kept, the log's thread running. */
	int (*run)(void *context, struct error *err);
};

/* Plain data; all borrowed. */
struct service {
	const char *name, *version;
	const char *summary, *notes;	   /* of --help */
	const struct option_spec *options; /* its own; ends with a NULL name */
	struct service_settings defaults;  /* node NULL: uname -n */
	const int *capabilities;	   /* kept when root is given up */
	size_t capability_count;
	size_t memory_bytes; /* in reserve, see memory_reserve.h */
	struct service_stages stages;
};

/* The whole program; returns its exit status: 0 done, 1 no, 2 wrong usage or environment. */
int service_main(const struct service *service, int argc, char **argv, void *context);

#endif
