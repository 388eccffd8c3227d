/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade's command line: options, help, and the way to the subcommands. */
#include "orchestrator/command/command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "lib/base/text.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/run_view.h"
#include "orchestrator/journal/note.h"

static const struct option_entry everywhere[] = {
	{.name = "json",
		.help = "one JSON object per line (haupgrade(8) describes them)",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct settings, json)},
	{.name = "quiet",
		.letter = 'q',
		.help = "say only what went wrong",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct settings, quiet)},
	{.name = "verbose",
		.letter = 'v',
		.help = "say also what is waited for, and every check",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct settings, verbose)},
	{.name = "state-dir",
		.argument = "DIR",
		.help = "where the journal is (default " LOCALSTATEDIR "/lib/haupgrade)",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct settings, process.state_folder)},
	{.name = "profile-dir",
		.argument = "DIR",
		.help = "look for profiles here first",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct settings, process.profile_folder)},
	/* Not 1 and 2, and not 0, from which a question before an upgrade is answered. */
	{.name = "password-fd",
		.argument = "N",
		.help = "read the password for sudo from descriptor N",
		.kind = OPTION_DESCRIPTOR,
		.offset = offsetof(struct settings, process.password_file),
		.low = 3,
		.high = 1023},
	{.name = "passphrase-fd",
		.argument = "N",
		.help = "read the passphrase of the key from descriptor N",
		.kind = OPTION_DESCRIPTOR,
		.offset = offsetof(struct settings, process.passphrase_file),
		.low = 3,
		.high = 1023},
	{.name = "help", .letter = 'h', .help = "this text", .kind = OPTION_HELP},
	{.name = "version", .letter = 'V', .help = "the version", .kind = OPTION_VERSION},
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
	option_table_print_help(stdout,
		&(const struct options_page){
			.notes =
				"CLUSTER is a cluster file or the name of one in " SYSCONFDIR
				"/haupgrade/clusters;\n"
				"BUNDLE is a folder or archive of packages and their manifest (SHA256SUMS).\n"
				"\n"
				"Exit status: 0 done or yes, 1 no or stopped safely, 2 usage or environment.\n"
				"See `haupgrade COMMAND --help`, haupgrade(8), haupgrade-cluster(5), haupgrade-profile(5).",
		},
		NULL, everywhere);
}

/* Reads options; -1 to go on with the arguments at pass->position, else the exit status. command:
 * whose options they are, or NULL. */
static int read_options(struct option_pass *pass, const struct command *command)
{
	CLEANUP(error_release) struct error err = {0};

	switch (option_table_read(pass, &err)) {
	case OPTIONS_END:
		return -1;
	case OPTION_HELP:
		if (command)
			option_table_print_help(stdout, &command->page, command->groups, NULL);
		else
			print_help();
		return EXIT_DONE;
	case OPTION_VERSION:
		puts("haupgrade " PACKAGE_VERSION);
		return EXIT_DONE;
	default:
		return command_fail(pass->settings, &err, EXIT_USAGE);
	}
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

/* Once its own struct is there. */
static int run_command(
	const struct command *command, struct settings *settings, void *own, int argc, char **argv)
{
	struct option_pass pass = {
		.argc = argc,
		.argv = argv,
		.groups = command->groups,
		.own = own,
		.everywhere = everywhere,
		.settings = settings,
	};
	struct run_view view;
	char words[256];
	int count, status = read_options(&pass, command);

	if (status >= 0)
		return status;
	count = argc - pass.position;
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
	status = command->run(settings, own, argv + pass.position, count);
	output_finish(settings);
	return status;
}

static int run_named(struct settings *settings, int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);
	CLEANUP(cleanup_free) char *own = NULL;
	char words[256];

	if (!command) {
		snprintf(words, sizeof(words), "unknown command '%.64s' (see haupgrade --help)",
			argv[0]);
		command_complain(settings, words);
		return EXIT_USAGE;
	}
	if (command->own_size) {
		own = calloc(1, command->own_size);
		if (!own) {
			command_complain(settings, "out of memory");
			return EXIT_USAGE;
		}
	}
	return run_command(command, settings, own, argc, argv);
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
	struct option_pass pass = {
		.argc = argc,
		.argv = argv,
		.everywhere = everywhere,
		.settings = &settings,
		.stop_at_argument = true,
	};
	int status = read_options(&pass, NULL);

	if (status >= 0)
		return status;
	if (pass.position >= argc) {
		command_complain(&settings, "a command is needed (see haupgrade --help)");
		return EXIT_USAGE;
	}
	return run_named(&settings, argc - pass.position, argv + pass.position);
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
