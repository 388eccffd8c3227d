/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeatd from its command line to its running loop. */
#include "daemons/heartbeat/startup.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "daemons/heartbeat/actor.h"
#include "daemons/heartbeat/daemon.h"
#include "daemons/heartbeat/groups.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/cluster/authkeys.h"
#include "lib/cluster/generation.h"
#include "lib/program/log.h"
#include "lib/program/options.h"
#include "lib/program/reserve.h"
#include "lib/program/sandbox.h"
#include "lib/wire/control.h"
#include <config.h>

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2 };

/* How long --release tries, and how often. */
#define RELEASE_MS 10000
#define RELEASE_PAUSE_MS 100
/* Of a switch-over of 64 addresses and an answer for hactl, several times over. */
#define MEMORY_BYTES (8 * 1024 * 1024)

enum {
	OPTION_CHECK = 1,
	OPTION_RELEASE,
	OPTION_FOREGROUND,
	OPTION_CONFIG_DIR,
	OPTION_STATE_DIR,
	OPTION_NODE,
	OPTION_IPC_NAME,
	OPTION_USER,
	OPTION_VERBOSE,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option_spec options[] = {
	{OPTION_CHECK, 'n', "check", NULL,
		"check the configuration files, print all problems, exit"},
	{OPTION_FOREGROUND, 'f', "foreground", NULL, "stay in the foreground (always done)"},
	{OPTION_RELEASE, 0, "release", NULL,
		"take the floating addresses and rules off this node, exit"},
	{OPTION_CONFIG_DIR, 0, "config-dir", "DIR",
		"where ha.cf, authkeys and groups.conf are (/etc/ha.d)"},
	{OPTION_STATE_DIR, 0, "state-dir", "DIR",
		"where the generation is kept (/var/lib/hacluster)"},
	{OPTION_NODE, 0, "node", "NAME", "this node's name in ha.cf (uname -n)"},
	{OPTION_IPC_NAME, 0, "ipc-name", "NAME",
		"under which hactl finds this daemon, or a folder (heartbeatd)"},
	{OPTION_USER, 0, "user", "NAME", "run as this user, \"\" to stay root (hacluster)"},
	{OPTION_VERBOSE, 'v', "verbose", NULL, "log details too"},
	{OPTION_VERSION, 'V', "version", NULL, "print the version, exit"},
	{OPTION_HELP, 'h', "help", NULL, "print this help, exit"},
	{0, 0, NULL, NULL, NULL},
};

static const struct options_page page = {
	.usage = "heartbeatd [OPTION...]",
	.summary = "Watches which nodes of the cluster are alive and holds the failover group's\n"
		   "floating addresses on one of them.",
	.options = options,
	.notes = "Exit status: 0 done, 1 the answer is no, 2 wrong usage or environment.\n"
		 "Signals: SIGTERM hands the group to another node and ends, SIGHUP opens the\n"
		 "logfile anew.",
};

struct settings {
	bool check, release, verbose, user_given;
	const char *config_dir, *state_dir, *node, *ipc_name, *user;
};

/* The three files, read. */
struct files {
	struct ha_cf *config;
	struct authkeys *keys;
	struct groups *groups;
};

static void cleanup_files(struct files *files)
{
	ha_cf_free(files->config);
	authkeys_free(files->keys);
	groups_free(files->groups);
}

/* Returns -1 to go on, else the exit status. */
static int settings_read(int argc, char **argv, struct settings *settings)
{
	struct options_cursor cursor = {.argc = argc, .argv = argv, .options = options};
	CLEANUP(error_release) struct error err = {0};
	const char *value;
	int id;

	while ((id = options_next(&cursor, &value, &err)) > 0) {
		switch (id) {
		case OPTION_CHECK:
			settings->check = true;
			break;
		case OPTION_RELEASE:
			settings->release = true;
			break;
		case OPTION_CONFIG_DIR:
			settings->config_dir = value;
			break;
		case OPTION_STATE_DIR:
			settings->state_dir = value;
			break;
		case OPTION_NODE:
			settings->node = value;
			break;
		case OPTION_IPC_NAME:
			settings->ipc_name = value;
			break;
		case OPTION_USER:
			settings->user = value;
			settings->user_given = true;
			break;
		case OPTION_VERBOSE:
			settings->verbose = true;
			break;
		case OPTION_VERSION:
			printf("heartbeatd %s\n", VERSION);
			return EXIT_DONE;
		case OPTION_HELP:
			options_print_help(stdout, &page);
			return EXIT_DONE;
		}
	}
	if (id == OPTIONS_BAD) {
		fprintf(stderr, "heartbeatd: %s\n", error_text(&err));
		return EXIT_USAGE;
	}
	if (cursor.position < argc) {
		fprintf(stderr, "heartbeatd: '%s' is too much; see heartbeatd --help\n",
			argv[cursor.position]);
		return EXIT_USAGE;
	}
	return -1;
}

/* All files are read even when the first is wrong, so that all problems show at once. */
static bool files_read(const struct settings *settings, struct files *files)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *ha_cf = text_format("%s/ha.cf", settings->config_dir);
	CLEANUP(cleanup_free) char *authkeys = text_format("%s/authkeys", settings->config_dir);
	CLEANUP(cleanup_free) char *groups = text_format("%s/groups.conf", settings->config_dir);
	CLEANUP(cleanup_free) char *text = NULL;
	size_t i;

	files->config = ha_cf_read(ha_cf, settings->node, &problems);
	files->keys = authkeys_read(authkeys, &problems);
	files->groups = groups_read(groups, files->config, &problems);
	for (i = 0; files->config && i < files->config->warning_count; i++)
		fprintf(stderr, "warning: %s\n", files->config->warnings[i]);
	if (!problems.count)
		return true;
	text = problems_text(&problems);
	fprintf(stderr, "%s\n", text);
	return false;
}

static void log_begin(const struct settings *settings, const struct ha_cf *config)
{
	struct log_config log = {
		.program = "heartbeatd",
		.node = config->nodes[config->self],
		.file = config->logfile,
		.facility = config->logfacility,
		.level = settings->verbose || config->debug ? LOG_DEBUG : LOG_INFO,
	};

	log_open(&log);
}

/* To be called last before the loop: from here on nothing of root is left. */
static int privileges_drop(const struct settings *settings, struct error *err)
{
	static const int kept[] = {CAP_NET_ADMIN, CAP_NET_RAW};
	const char *user = settings->user[0] ? settings->user : NULL;
	int result = sandbox_enter(user, kept, sizeof(kept) / sizeof(kept[0]), err);

	/* A machine for development has no such user; one asked for by name must be there. */
	if (result == -ENOENT && !settings->user_given) {
		log_write(LOG_WARNING, "%s; staying root", error_text(err));
		result = sandbox_enter(NULL, kept, sizeof(kept) / sizeof(kept[0]), err);
	}
	return result;
}

static int serve(const struct settings *settings, const struct files *files, struct error *err)
{
	CLEANUP(cleanup_daemon) struct daemon *daemon = NULL;
	struct daemon_setup setup = {
		.config = files->config,
		.keys = files->keys,
		.groups = files->groups,
		.ipc_name = settings->ipc_name,
	};
	int result = reserve_memory(MEMORY_BYTES, err);

	if (result == 0)
		result = file_make_folders(settings->state_dir, 0755, err);
	if (result == 0)
		result = generation_next(
			settings->state_dir, clock_wall_us() / 1000000, &setup.generation, err);
	if (result == 0)
		result = daemon_open(&setup, &daemon, err);
	if (result == 0)
		result = privileges_drop(settings, err);
	if (result < 0)
		return result;
	log_start();
	log_write(
		LOG_NOTICE, "heartbeatd %s begins, generation %" PRIu64, VERSION, setup.generation);
	daemon_run(daemon);
	return 0;
}

static int release(const struct files *files)
{
	CLEANUP(cleanup_actor) struct actor *actor = NULL;
	uint64_t deadline = clock_monotonic_ms() + RELEASE_MS;
	CLEANUP(error_release) struct error err = {0};

	if (actor_new(files->groups, &actor, &err) < 0) {
		log_write(LOG_CRIT, "%s", error_text(&err));
		return EXIT_USAGE;
	}
	actor_prepare(actor);
	actor_release(actor, clock_monotonic_ms());
	while (!actor_is_released(actor) && clock_monotonic_ms() < deadline) {
		clock_sleep_ms(RELEASE_PAUSE_MS);
		actor_tick(actor, clock_monotonic_ms());
	}
	return actor_is_released(actor) ? EXIT_DONE : EXIT_NO;
}

int startup_main(int argc, char **argv)
{
	struct settings settings = {
		.config_dir = "/etc/ha.d",
		.state_dir = "/var/lib/hacluster",
		.ipc_name = CONTROL_NAME,
		.user = "hacluster",
	};
	CLEANUP(cleanup_files) struct files files = {0};
	CLEANUP(error_release) struct error err = {0};
	struct utsname system;
	int status;

	uname(&system);
	settings.node = system.nodename;
	status = settings_read(argc, argv, &settings);
	if (status >= 0)
		return status;
	if (!files_read(&settings, &files))
		return EXIT_NO;
	if (settings.check)
		return EXIT_DONE;
	log_begin(&settings, files.config);
	if (settings.release) {
		status = release(&files);
	} else if (serve(&settings, &files, &err) < 0) {
		log_write(LOG_CRIT, "%s", error_text(&err));
		status = EXIT_USAGE;
	} else {
		status = EXIT_DONE;
	}
	log_close();
	return status;
}
