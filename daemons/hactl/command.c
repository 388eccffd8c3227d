/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl's commands. */
#include "daemons/hactl/command.h"

#include <config.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemons/hactl/client.h"
#include "daemons/hactl/report.h"
#include "lib/base/clock.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/program/options.h"
#include "lib/wire/control.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2 };

#define WAIT_DEFAULT_MS 30000
#define WAIT_MAX_MS 3600000
#define ASK_AGAIN_MS 50

enum { OPTION_JSON = 1, OPTION_WAIT, OPTION_IPC_NAME, OPTION_VERSION, OPTION_HELP };

static const struct option_spec options[] = {
	{OPTION_JSON, 0, "json", NULL, "print one JSON object per line, see hactl(8)"},
	{OPTION_WAIT, 0, "wait", "TIME", "how long to wait for a switch-over (30s)"},
	{OPTION_IPC_NAME, 0, "ipc-name", "NAME",
		"the daemon's control socket, or its folder (heartbeatd)"},
	{OPTION_VERSION, 'V', "version", NULL, "print the version, exit"},
	{OPTION_HELP, 'h', "help", NULL, "print this help, exit"},
	{0, 0, NULL, NULL, NULL},
};

static const struct options_page page = {
	.usage = "hactl [OPTION...] COMMAND",
	.summary = "Shows and moves the failover group, as this node's heartbeatd sees it.",
	.options = options,
	.notes = "Commands:\n"
		 "  status    who is alive, who holds the group, where the addresses are\n"
		 "  standby   hand the group to another node without an interruption\n"
		 "  takeover  take the group to this node without an interruption\n"
		 "\n"
		 "Exit status: 0 done, 1 the answer is no, 2 wrong usage or no heartbeatd.",
};

struct settings {
	bool json;
	uint64_t wait_ms;
	const char *ipc_name, *command;
};

/* Returns -1 to go on, else the exit status. */
static int settings_read(int argc, char **argv, struct settings *settings)
{
	struct options_cursor cursor = {.argc = argc, .argv = argv, .options = options};
	CLEANUP(error_release) struct error err = {0};
	const char *value;
	int id;

	while ((id = options_next(&cursor, &value, &err)) > 0) {
		switch (id) {
		case OPTION_JSON:
			settings->json = true;
			break;
		case OPTION_WAIT:
			if (number_parse_duration(value, "--wait", 0, WAIT_MAX_MS,
				    &settings->wait_ms, &err) < 0) {
				fprintf(stderr, "hactl: %s\n", error_text(&err));
				return EXIT_USAGE;
			}
			break;
		case OPTION_IPC_NAME:
			settings->ipc_name = value;
			break;
		case OPTION_VERSION:
			printf("hactl %s\n", VERSION);
			return EXIT_DONE;
		case OPTION_HELP:
			options_print_help(stdout, &page);
			return EXIT_DONE;
		}
	}
	if (id == OPTIONS_BAD) {
		fprintf(stderr, "hactl: %s\n", error_text(&err));
		return EXIT_USAGE;
	}
	if (cursor.position + 1 != argc) {
		fprintf(stderr, "hactl: give one command; see hactl --help\n");
		return EXIT_USAGE;
	}
	settings->command = argv[cursor.position];
	return -1;
}

static int failed(const struct error *err)
{
	fprintf(stderr, "hactl: %s\n", error_text(err));
	return err->number == EREMOTEIO ? EXIT_NO : EXIT_USAGE;
}

static void json_print(const json_t *value)
{
	CLEANUP(cleanup_free) char *text = json_dumps(value, JSON_COMPACT);

	printf("%s\n", text ? text : "{}");
}

static int status_run(struct client *client, const struct settings *settings)
{
	CLEANUP(cleanup_json) json_t *answer = NULL;
	CLEANUP(error_release) struct error err = {0};
	json_t *status;

	if (client_ask(client, json_pack("{s:s}", "command", "status"), &answer, &err) < 0)
		return failed(&err);
	status = json_object_get(answer, "status");
	if (settings->json) {
		json_object_set_new(status, "version", json_integer(CONTROL_VERSION));
		json_print(status);
	} else {
		report_print(stdout, status);
	}
	return EXIT_DONE;
}

/* Prints how the request ended. */
static int outcome(const struct settings *settings, const json_t *answer, const char *state)
{
	const char *reason = json_string_value(json_object_get(answer, "reason"));
	bool good = strcmp(state, "done") == 0;
	char text[512];

	if (!reason || !reason[0])
		reason = state;
	if (settings->json) {
		CLEANUP(cleanup_json)
		json_t *line = json_pack("{s:i, s:s, s:s, s:s}", "version", CONTROL_VERSION,
			"command", settings->command, "state", state, "reason", reason);

		json_print(line);
	} else {
		fprintf(good ? stdout : stderr, "%s: %s: %s\n", settings->command, state,
			text_printable(text, sizeof(text), reason));
	}
	return good ? EXIT_DONE : EXIT_NO;
}

static int switch_run(struct client *client, const struct settings *settings)
{
	CLEANUP(cleanup_json) json_t *answer = NULL;
	uint64_t deadline = clock_monotonic_ms() + settings->wait_ms;
	json_int_t number;
	const char *state;
	CLEANUP(error_release) struct error err = {0};
	char reason[96];

	if (client_ask(client, json_pack("{s:s}", "command", settings->command), &answer, &err) < 0)
		return failed(&err);
	for (;;) {
		number = json_integer_value(json_object_get(answer, "request"));
		state = json_string_value(json_object_get(answer, "state"));
		if (!state)
			return error_set(&err, EPROTO, "heartbeatd's answer has no state"),
			       failed(&err);
		if (strcmp(state, "running") != 0)
			return outcome(settings, answer, state);
		if (clock_monotonic_ms() >= deadline)
			break;
		clock_sleep_ms(ASK_AGAIN_MS);
		json_decref(answer);
		answer = NULL;
		if (client_ask(client,
			    json_pack("{s:s, s:I}", "command", "request", "number", number),
			    &answer, &err) < 0)
			return failed(&err);
	}
	snprintf(reason, sizeof(reason),
		"not done within %" PRIu64 " ms, it goes on; see hactl status", settings->wait_ms);
	json_object_set_new(answer, "reason", json_string(reason));
	return outcome(settings, answer, "running");
}

int command_main(int argc, char **argv)
{
	struct settings settings = {.wait_ms = WAIT_DEFAULT_MS, .ipc_name = CONTROL_NAME};
	CLEANUP(cleanup_client) struct client *client = NULL;
	CLEANUP(error_release) struct error err = {0};
	int status = settings_read(argc, argv, &settings);
	bool is_status, is_switch;

	if (status >= 0)
		return status;
	is_status = strcmp(settings.command, "status") == 0;
	is_switch = strcmp(settings.command, "standby") == 0 ||
		    strcmp(settings.command, "takeover") == 0;
	if (!is_status && !is_switch) {
		fprintf(stderr,
			"hactl: unknown command '%.32s'; known are status, standby, takeover\n",
			settings.command);
		return EXIT_USAGE;
	}
	if (client_open(settings.ipc_name, &client, &err) < 0)
		return failed(&err);
	return is_status ? status_run(client, &settings) : switch_run(client, &settings);
}
