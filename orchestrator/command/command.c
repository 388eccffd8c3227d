/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade's command line: options, help, and the way to the subcommands. */
#include "orchestrator/command/command.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/run_view.h"
#include "orchestrator/journal/note.h"

static const struct option_spec everywhere[] = {
	{OPTION_JSON, 0, "json", NULL, "one JSON object per line (haupgrade(8) describes them)"},
	{OPTION_QUIET, 'q', "quiet", NULL, "say only what went wrong"},
	{OPTION_VERBOSE, 'v', "verbose", NULL, "say also what is waited for, and every check"},
	{OPTION_STATE, 0, "state-dir", "DIR",
		"where the journal is (default " LOCALSTATEDIR "/lib/haupgrade)"},
	{OPTION_PROFILES, 0, "profile-dir", "DIR", "look for profiles here first"},
	{OPTION_PASSWORD, 0, "password-fd", "N", "read the password for sudo from descriptor N"},
	{OPTION_PASSPHRASE, 0, "passphrase-fd", "N",
		"read the passphrase of the key from descriptor N"},
	{OPTION_HELP, 'h', "help", NULL, "this text"},
	{OPTION_VERSION, 'V', "version", NULL, "the version"},
	{0},
};

static const struct command *const commands[] = {
	&command_verify,
	&command_plan,
	&command_upgrade,
	&command_resume,
	&command_rollback,
	&command_abort,
	&command_status,
	&command_history,
	&command_report,
	&command_bootstrap,
	&command_propagate,
	&command_profile,
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

void command_catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	/* Twice ^C ends it at once: the journal bears that too. */
	action.sa_flags = SA_RESTART | SA_RESETHAND;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup means what it says. */
	if (signal(SIGHUP, SIG_IGN) != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Whoever started us may have ignored it; then nobody learns how a child ended. */
	signal(SIGCHLD, SIG_DFL);
}

static void print_help(void)
{
	size_t i;

	puts("usage: haupgrade COMMAND [OPTION...] ARGUMENT...\n"
	     "\n"
	     "Upgrades a running high-availability cluster, packages, reboots and all, without its\n"
	     "clients noticing.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *usage = commands[i]->page.usage + strlen("haupgrade ");
		const char *summary = commands[i]->page.summary;

		printf("  %-38.*s %.*s\n", (int)strcspn(usage, "\n"), usage,
			(int)strcspn(summary, ".\n"), summary);
	}
	puts("");
	options_print_help(stdout,
		&(const struct options_page){
			.more_options = everywhere,
			.notes =
				"CLUSTER is a cluster file or the name of one in " SYSCONFDIR
				"/haupgrade/clusters;\n"
				"BUNDLE is a folder or archive of packages and their manifest (SHA256SUMS).\n"
				"\n"
				"Exit status: 0 done or yes, 1 no or stopped safely, 2 usage or environment.\n"
				"See `haupgrade COMMAND --help`, haupgrade(8), haupgrade-cluster(5), haupgrade-profile(5).",
		});
}

/* An open descriptor that no program we start shall have. -1 to go on, else the exit status. */
static int take_descriptor(
	const char *option, const char *value, int *descriptor, const struct settings *settings)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t number = 0;

	/* Not 1 and 2, and not 0, from which a question before an upgrade is answered. */
	if (number_parse(value, option, 3, 1023, &number, &err) == 0 &&
		fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0)
		error_set(&err, EBADF, "%s: descriptor %s is not open", option, value);
	if (err.number) {
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	*descriptor = (int)number;
	return -1;
}

static int take_waiver(const char *value, struct settings *settings)
{
	CLEANUP(error_release) struct error err = {0};

	if (waiver_take(&settings->wishes.waivers, value, &err) == 0)
		return -1;
	command_complain(settings, error_text(&err));
	return EXIT_USAGE;
}

/* The same of an option that may be given several times. */
static int take_gate(int (*add)(struct gate_options *options, const char *words, struct error *err),
	const char *value, struct settings *settings)
{
	CLEANUP(error_release) struct error err = {0};

	if (add(&settings->wishes.gates, value, &err) == 0)
		return -1;
	command_complain(settings, error_text(&err));
	return EXIT_USAGE;
}

/* Returns -1 to go on, else the exit status. */
static int take_on_failure(const char *value, struct settings *settings)
{
	if (strcmp(value, "stop") != 0 && strcmp(value, "rollback") != 0) {
		command_complain(settings, "--on-failure: stop or rollback");
		return EXIT_USAGE;
	}
	settings->wishes.on_failure =
		strcmp(value, "rollback") == 0 ? ON_FAILURE_ROLLBACK : ON_FAILURE_STOP;
	return -1;
}

/* Returns -1 to go on, else the exit status. */
static int take_option(
	int id, const char *value, struct settings *settings, const struct command *command)
{
	switch ((enum option_id)id) {
	case OPTION_JSON:
		settings->json = true;
		return -1;
	case OPTION_QUIET:
		settings->quiet = true;
		return -1;
	case OPTION_VERBOSE:
		settings->verbose = true;
		return -1;
	case OPTION_YES:
		settings->wishes.confirmed = true;
		return -1;
	case OPTION_STATE:
		settings->process.state_folder = value;
		return -1;
	case OPTION_PROFILES:
		settings->process.profile_folder = value;
		return -1;
	case OPTION_PASSWORD:
		return take_descriptor(
			"--password-fd", value, &settings->process.password_file, settings);
	case OPTION_PASSPHRASE:
		return take_descriptor(
			"--passphrase-fd", value, &settings->process.passphrase_file, settings);
	case OPTION_KEYRING:
		settings->wishes.signatures.keyring = value;
		return -1;
	case OPTION_ED25519_KEY:
		settings->wishes.signatures.ed25519_key = value;
		return -1;
	case OPTION_REQUIRE_SIGNATURES:
		settings->wishes.signatures.required = true;
		return -1;
	case OPTION_PREVIOUS:
		settings->wishes.previous = value;
		return -1;
	case OPTION_ON_FAILURE:
		return take_on_failure(value, settings);
	case OPTION_NO_WAIT:
		settings->no_wait = true;
		return -1;
	case OPTION_CLUSTER:
		settings->cluster_file = value;
		return -1;
	case OPTION_BUNDLE:
		settings->bundle = value;
		return -1;
	case OPTION_AGAINST:
		settings->against = value;
		return -1;
	case OPTION_HTML:
		settings->html = value;
		return -1;
	case OPTION_CHECK:
		settings->check = true;
		return -1;
	case OPTION_GENERATE_AUTHKEYS:
		settings->generate_authkeys = true;
		return -1;
	case OPTION_REPLACE_AUTHKEYS:
		settings->replace_authkeys = true;
		return -1;
	case OPTION_REHEARSE:
		settings->wishes.rehearse = true;
		return -1;
	case OPTION_WAIVE:
		return take_waiver(value, settings);
	case OPTION_WINDOW:
		return take_gate(gate_options_window, value, settings);
	case OPTION_PAUSE_AFTER:
		return take_gate(gate_options_pause, value, settings);
	case OPTION_APPROVE:
		settings->wishes.gates.approve = true;
		return -1;
	case OPTION_HELP:
		if (command)
			options_print_help(stdout, &command->page);
		else
			print_help();
		return EXIT_DONE;
	case OPTION_VERSION:
		puts("haupgrade " PACKAGE_VERSION);
		return EXIT_DONE;
	}
	return EXIT_USAGE;
}

/* Reads options into settings; -1 to go on with the arguments at cursor->position. */
static int read_options(
	struct options_cursor *cursor, struct settings *settings, const struct command *command)
{
	CLEANUP(error_release) struct error err = {0};
	const char *value = NULL;
	int id, status = -1;

	while (status < 0 && (id = options_next(cursor, &value, &err)) > 0)
		status = take_option(id, value, settings, command);
	if (status < 0 && id == OPTIONS_BAD) {
		command_complain(settings, error_text(&err));
		status = EXIT_USAGE;
	}
	return status;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static int run_command(struct settings *settings, int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);
	struct options_cursor cursor = {.argc = argc, .argv = argv, .more_options = everywhere};
	struct run_view view;
	char words[256];
	int count, status;

	if (!command) {
		snprintf(words, sizeof(words), "unknown command '%.64s' (see haupgrade --help)",
			argv[0]);
		command_complain(settings, words);
		return EXIT_USAGE;
	}
	cursor.options = command->page.options;
	status = read_options(&cursor, settings, command);
	if (status >= 0)
		return status;
	count = argc - cursor.position;
	if (count < command->minimum || count > command->maximum) {
		snprintf(words, sizeof(words), "usage: %.*s (see haupgrade %s --help)",
			(int)strcspn(command->page.usage, "\n"), command->page.usage,
			command->name);
		command_complain(settings, words);
		return EXIT_USAGE;
	}
	run_view_init(&view, settings);
	settings->process.teller = &view.teller;
	command_catch_signals();
	status = command->run(settings, argv + cursor.position, count);
	output_finish(settings);
	return status;
}

int command_main(int argc, char **argv)
{
	struct screen *screen = NULL;
	struct output_queue *queue = NULL;
	struct settings settings = {
		.process = {.state_folder = LOCALSTATEDIR "/lib/haupgrade",
			.interrupted = &interrupted},
		.screen = &screen,
		.queue = &queue,
	};
	struct options_cursor cursor = {
		.argc = argc, .argv = argv, .options = everywhere, .stop_at_argument = true};
	int status = read_options(&cursor, &settings, NULL);

	if (status >= 0)
		return status;
	if (cursor.position >= argc) {
		command_complain(&settings, "a command is needed (see haupgrade --help)");
		return EXIT_USAGE;
	}
	return run_command(&settings, argc - cursor.position, argv + cursor.position);
}

void command_complain(const struct settings *settings, const char *words)
{
	if (settings->json)
		output_event(
			json_pack("{s:s, s:o}", "event", "error", "message", note_string(words)));
	else
		output_complain(settings, words);
}

int command_fail(const struct settings *settings, const struct error *err, int status)
{
	command_complain(settings, error_text(err));
	return status;
}
