/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon from its command line to its loop. */
#include "lib/program/service.h"

#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/program/memory_reserve.h"
#include "lib/program/privileges.h"

enum {
	OPTION_CHECK = 1,
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

static const struct option_spec common[] = {
	{OPTION_CHECK, 'n', "check", NULL,
		"check the configuration files, print all problems, exit"},
	{OPTION_FOREGROUND, 'f', "foreground", NULL, "stay in the foreground (always done)"},
	{OPTION_CONFIG_DIR, 0, "config-dir", "DIR",
		"where the configuration files are (/etc/ha.d)"},
	{OPTION_STATE_DIR, 0, "state-dir", "DIR", "where state is kept (/var/lib/hacluster)"},
	{OPTION_NODE, 0, "node", "NAME", "this node's name in ha.cf (uname -n)"},
	{OPTION_IPC_NAME, 0, "ipc-name", "NAME",
		"under which clients find this daemon, or a folder (the daemon's name)"},
	{OPTION_USER, 0, "user", "NAME", "run as this user, \"\" to stay root (hacluster)"},
	{OPTION_VERBOSE, 'v', "verbose", NULL, "log details too"},
	{OPTION_VERSION, 'V', "version", NULL, "print the version, exit"},
	{OPTION_HELP, 'h', "help", NULL, "print this help, exit"},
	{0, 0, NULL, NULL, NULL},
};

/* All that one start has. */
struct start {
	const struct service *service;
	struct service_settings settings;
	void *context;
};

static void help_print(const struct service *service)
{
	CLEANUP(cleanup_free) char *usage = text_format("%s [OPTION...]", service->name);
	const struct options_page page = {
		.usage = usage,
		.summary = service->summary,
		.options = service->options,
		.more_options = common,
		.notes = service->notes,
	};

	options_print_help(stdout, &page);
}

/* -1 to go on, else the exit status. */
static int option_take(struct start *start, int id, const char *value)
{
	struct service_settings *settings = &start->settings;

	switch (id) {
	case OPTION_CHECK:
		settings->check = true;
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
		printf("%s %s\n", start->service->name, start->service->version);
		return SERVICE_DONE;
	case OPTION_HELP:
		help_print(start->service);
		return SERVICE_DONE;
	default:
		if (id >= SERVICE_OWN_OPTIONS)
			start->service->stages.option(id, value, start->context);
	}
	return -1;
}

static int options_read(struct start *start, int argc, char **argv)
{
	struct options_cursor cursor = {.argc = argc,
		.argv = argv,
		.options = start->service->options,
		.more_options = common};
	CLEANUP(error_release) struct error err = {0};
	const char *value;
	int id, status = -1;

	while (status < 0 && (id = options_next(&cursor, &value, &err)) > 0)
		status = option_take(start, id, value);
	if (status >= 0)
		return status;
	if (id == OPTIONS_BAD) {
		fprintf(stderr, "%s: %s\n", start->service->name, error_text(&err));
		return SERVICE_USAGE;
	}
	if (cursor.position < argc) {
		fprintf(stderr, "%s: '%s' is too much; see %s --help\n", start->service->name,
			argv[cursor.position], start->service->name);
		return SERVICE_USAGE;
	}
	return -1;
}

/* To be called last before the loop: from here on nothing of root is left. */
static int privileges_drop(const struct start *start, struct error *err)
{
	const struct service *service = start->service;
	const char *user = start->settings.user[0] ? start->settings.user : NULL;
	int result = privileges_keep(user, service->capabilities, service->capability_count, err);

	/* A machine for development has no such user; one asked for by name must be there. */
	if (result == -ENOENT && !start->settings.user_given) {
		log_write(LOG_WARNING, "%s; staying root", error_text(err));
		result = privileges_keep(
			NULL, service->capabilities, service->capability_count, err);
	}
	return result;
}

static int serve(const struct start *start, struct error *err)
{
	const struct service_stages *stages = &start->service->stages;
	int result = memory_reserve(start->service->memory_bytes, err);

	if (result == 0)
		result = file_make_folders(start->settings.state_dir, 0755, err);
	if (result == 0)
		result = stages->open(&start->settings, start->context, err);
	if (result == 0)
		result = privileges_drop(start, err);
	if (result < 0)
		return result;
	log_start();
	log_write(LOG_NOTICE, "%s %s begins", start->service->name, start->service->version);
	return stages->run(start->context, err);
}

static int serve_or_instead(const struct start *start)
{
	CLEANUP(error_release) struct error err = {0};
	int status = start->service->stages.instead ? start->service->stages.instead(start->context)
						    : -1;

	if (status >= 0)
		return status;
	if (serve(start, &err) == 0)
		return SERVICE_DONE;
	log_write(LOG_CRIT, "%s", error_text(&err));
	return SERVICE_USAGE;
}

int service_main(const struct service *service, int argc, char **argv, void *context)
{
	struct start start = {
		.service = service, .settings = service->defaults, .context = context};
	struct log_config log = {.program = service->name, .facility = -1};
	struct utsname system;
	int status;

	uname(&system);
	if (!start.settings.node)
		start.settings.node = system.nodename;
	log.node = start.settings.node;
	status = options_read(&start, argc, argv);
	if (status >= 0)
		return status;
	if (!service->stages.configure(&start.settings, context))
		return SERVICE_NO;
	if (start.settings.check)
		return SERVICE_DONE;
	log.level = start.settings.verbose ? LOG_DEBUG : LOG_INFO;
	service->stages.log(&log, context);
	log_open(&log);
	status = serve_or_instead(&start);
	log_close();
	return status;
}
