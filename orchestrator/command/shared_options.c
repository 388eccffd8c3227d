/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that several subcommands have: groups of them, each of a small struct. */
#include "orchestrator/command/shared_options.h"

#include <assert.h>

#include "orchestrator/run/execution.h"

const struct option_entry shared_options_signatures[] = {
	{.name = "keyring",
		.argument = "PATH",
		.help = "OpenPGP public keys: a file, a folder of files or of an rpm database",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct signature_wishes, keyring)},
	{.name = "ed25519-key",
		.argument = "FILE",
		.help = "public key (PEM) for Ed25519 signatures of manifests",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct signature_wishes, ed25519_key)},
	{.name = "require-signatures",
		.help = "a package that no signature vouches for is a problem",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct signature_wishes, required)},
	{0},
};

const struct option_entry shared_options_confirmed[] = {
	{.name = "yes",
		.letter = 'y',
		.help = "do not ask before the first change",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct run_wishes, confirmed)},
	{0},
};

const struct option_entry shared_options_previous[] = {
	{.name = "previous",
		.argument = "BUNDLE",
		.help = "the packages to go back to, if the nodes do not keep them",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct run_wishes, previous)},
	{0},
};

static_assert(ON_FAILURE_STOP == 1 && ON_FAILURE_ROLLBACK == 2, "as the option lists them");

const struct option_entry shared_options_on_failure[] = {
	{.name = "on-failure",
		.argument = "stop|rollback",
		.help = "what to do when a step fails once a node was changed (stop)",
		.kind = OPTION_CHOICE,
		.offset = offsetof(struct run_wishes, on_failure)},
	{0},
};

const struct option_entry shared_options_rehearse[] = {
	{.name = "rehearse",
		.help = "fail over and back before anything is put on a node",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct run_wishes, rehearse)},
	{0},
};

static int add_waiver(void *field, const char *value, struct error *err)
{
	return waiver_take(field, value, err);
}

const struct option_entry shared_options_waive[] = {
	{.name = "waive",
		.argument = "NAME=REASON",
		.help = "let this check fail for once, for a reason that is kept",
		.kind = OPTION_ADDED,
		.offset = offsetof(struct run_wishes, waivers),
		.add = add_waiver},
	{0},
};

static int add_window(void *field, const char *value, struct error *err)
{
	return gate_options_window(field, value, err);
}

static int add_pause(void *field, const char *value, struct error *err)
{
	return gate_options_pause(field, value, err);
}

const struct option_entry shared_options_gates[] = {
	{.name = "window",
		.argument = "TIMES",
		.help = "begin steps only then, e.g. \"sat,sun 22:00-04:00\" (or always)",
		.kind = OPTION_ADDED,
		.add = add_window},
	{.name = "pause-after",
		.argument = "POINT",
		.help = "stop after this STEP, NODE or NODE:STEP; resume goes on",
		.kind = OPTION_ADDED,
		.add = add_pause},
	{.name = "approve",
		.help = "ask before each node and before the fail-over",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct gate_options, approve)},
	{0},
};

const struct option_entry shared_options_cluster[] = {
	{.name = "cluster",
		.argument = "FILE",
		.help = "the run's cluster file, where it lies now",
		.kind = OPTION_TEXT},
	{0},
};
