/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade propagate: the cluster's configuration files, the same on all nodes or none. */
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/command/drift.h"
#include "orchestrator/command/output.h"
#include "orchestrator/files/new_authkeys.h"
#include "orchestrator/journal/lock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/run_lease.h"

struct propagate_settings {
	bool check;		/* compare only */
	bool generate_authkeys; /* make a key, do nothing else */
	bool replace_authkeys;	/* the same, even when there is one */
};

static const char *became(unsigned int drift)
{
	if (drift == WANTED_SAME)
		return "unchanged";
	return drift & WANTED_MISSING ? "created" : "updated";
}

static void print_table(const struct settings *settings, const struct propagate *propagate)
{
	const struct cluster *cluster = propagate->nodes->cluster;

	output_say(settings, "%-32s", "");
	for (size_t n = 0; n < cluster->node_count; n++)
		output_say(settings, " %-12s", cluster->nodes[n].name);
	output_say(settings, "\n");
	for (size_t f = 0; f < propagate->set->count; f++) {
		output_say(settings, "%-32s", propagate->set->files[f].entry->target);
		for (size_t n = 0; n < cluster->node_count; n++)
			output_say(settings, " %-12s",
				became(propagate->before[f * cluster->node_count + n]));
		output_say(settings, "\n");
	}
	output_say(settings, "%-32s", "start at boot");
	for (size_t n = 0; n < cluster->node_count; n++)
		output_say(settings, " %-12s", propagate->was_enabled[n] ? "unchanged" : "enabled");
	output_say(settings, "\n");
}

static void print_events(const struct propagate *propagate)
{
	const struct cluster *cluster = propagate->nodes->cluster;

	for (size_t n = 0; n < cluster->node_count; n++) {
		const char *name = cluster->nodes[n].name;

		for (size_t f = 0; f < propagate->set->count; f++)
			output_event(json_pack("{s:s, s:s, s:s, s:s}", "event", "file", "node",
				name, "file", propagate->set->files[f].entry->target, "state",
				became(propagate->before[f * cluster->node_count + n])));
		for (size_t i = 0; i < propagate->surveys[n].service_count; i++)
			output_event(json_pack("{s:s, s:s, s:s, s:b}", "event", "service", "node",
				name, "service", propagate->surveys[n].services[i].name, "enabled",
				survey_is_enabled(&propagate->surveys[n].services[i])));
		output_event(json_pack("{s:s, s:s, s:b}", "event", "running", "node", name, "stale",
			propagate->stale[n]));
	}
}

static bool secret_changed(const struct propagate *propagate)
{
	size_t nodes = propagate->nodes->cluster->node_count;

	for (size_t f = 0; f < propagate->set->count; f++)
		for (size_t n = 0; n < nodes; n++)
			if (propagate->set->files[f].entry->secret == FILE_YES &&
				propagate->stale[n] &&
				propagate->before[f * nodes + n] & WANTED_CONTENT)
				return true;
	return false;
}

static void print_commands(const struct settings *settings, const struct profile_commands *commands)
{
	for (size_t i = 0; i < commands->count; i++) {
		output_say(settings, "   ");
		for (size_t j = 0; j < commands->items[i].count; j++)
			output_say(settings, " %s", commands->items[i].items[j]);
		output_say(settings, "\n");
	}
}

static void print_stale(const struct settings *settings, const struct propagate *propagate)
{
	const struct cluster *cluster = propagate->nodes->cluster;
	const struct profile *profile = cluster->profile;
	size_t stale = 0;

	for (size_t n = 0; n < cluster->node_count; n++)
		if (propagate->stale[n])
			output_say(settings, "%s%s", stale++ ? ", " : "", cluster->nodes[n].name);
	if (!stale)
		return;
	output_say(settings,
		" run%s with the configuration from before: nothing was restarted. To make the new one take effect, on one node after the other, backups first:\n",
		stale == 1 ? "s" : "");
	print_commands(settings, &profile->stop);
	print_commands(settings, &profile->start);
	output_say(settings,
		"  and on the primary, before these, hand over as `failover` of profile %s does\n",
		profile->name);
	if (secret_changed(propagate))
		output_say(settings,
			"note: a key was changed. Nodes with different keys do not hear each other: until all are restarted, do not let one of them restart alone; authkeys(5) says how keys are changed one step at a time\n");
}

/* The table of files and nodes, and how the change takes effect. */
static void print_result(const struct settings *settings, const struct propagate *propagate)
{
	if (settings->json) {
		print_events(propagate);
		return;
	}
	print_table(settings, propagate);
	print_stale(settings, propagate);
}

static int generate(const struct settings *settings, const struct cluster *cluster, bool replace)
{
	CLEANUP(error_release) struct error err = {0};

	for (size_t i = 0; i < cluster->files.count; i++) {
		const struct file_entry *entry = &cluster->files.items[i];
		CLEANUP(cleanup_free) char *path = NULL;

		if (!text_ends_with(entry->target, "/authkeys"))
			continue;
		path = wanted_files_source(cluster, entry);
		if (new_authkeys_write(path, replace, &err) < 0)
			return command_fail(settings, &err, EXIT_USAGE);
		if (settings->json)
			output_event(json_pack(
				"{s:s, s:o}", "event", "authkeys", "file", note_string(path)));
		output_say(settings,
			"%s: a new key of 256 bits. No node was touched; `haupgrade propagate` brings it there.\n",
			path);
		if (replace)
			output_say(settings,
				"note: nodes with different keys do not hear each other. On a running cluster all nodes must be restarted together with it, or keys be changed one step at a time as authkeys(5) says.\n");
		return EXIT_DONE;
	}
	command_complain(settings, "the cluster has no file whose target ends in /authkeys");
	return EXIT_USAGE;
}

static int bring(const struct settings *settings, struct propagate *propagate)
{
	uint64_t began_ms = clock_monotonic_ms();
	CLEANUP(error_release) struct error err = {0};
	int result = propagate_run(propagate, &err);
	double seconds = (double)(clock_monotonic_ms() - began_ms) / 1000;

	if (result == 0)
		print_result(settings, propagate);
	else
		command_complain(settings, error_text(&err));
	if (settings->json)
		output_event(json_pack("{s:s, s:i, s:s, s:f, s:o}", "event", "end", "run", 0,
			"result", result == 0 ? "done" : "stopped", "seconds", seconds, "reason",
			note_string(error_text(&err))));
	return result == 0 ? EXIT_DONE : EXIT_NO;
}

/* No run works on the nodes meanwhile. Killed, it is begun again at once from here. */
static int hold(const struct settings *settings, struct nodes *nodes, struct lease **lease)
{
	const struct run_lease_wish wish = {
		.process = &settings->process, .purpose = "propagate", .heir_any = true};
	CLEANUP(error_release) struct error err = {0};

	if (run_lease_take(nodes, &wish, lease, &err) == 0)
		return EXIT_DONE;
	command_fail(settings, &err, EXIT_NO);
	command_complain(settings, "no node was touched");
	return EXIT_NO;
}

static int propagate(const struct settings *settings, const void *own, char **arguments, int count)
{
	const struct propagate_settings *wanted = own;
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_nodes) struct nodes nodes = {0};
	CLEANUP(cleanup_wanted_files) struct wanted_files *set = NULL;
	CLEANUP(cleanup_propagate) struct propagate propagate = {0};
	CLEANUP(cleanup_lock) struct lock *lock = NULL;
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};
	int status = inputs_cluster(&settings->process, arguments[0], &cluster);

	(void)count;
	if (status == EXIT_DONE && (wanted->generate_authkeys || wanted->replace_authkeys))
		return generate(settings, cluster, wanted->replace_authkeys);
	if (status == EXIT_DONE)
		status = inputs_files(&settings->process, cluster, &set);
	if (status != EXIT_DONE)
		return status;
	nodes_init(&nodes, cluster, settings->process.interrupted);
	propagate_init(&propagate, &nodes, set);
	if (wanted->check)
		return drift_show(settings, &propagate);
	if (lock_take(settings->process.state_folder, cluster->name, &lock, &err) < 0)
		return command_fail(settings, &err, EXIT_USAGE);
	propagate.listener = settings->process.teller->files;
	status = hold(settings, &nodes, &lease);
	if (status == EXIT_DONE) {
		propagate.token = lease_held_token(lease);
		status = bring(settings, &propagate);
	}
	run_lease_end(settings->process.interrupted, lease);
	return status;
}

static const struct option_entry options[] = {
	{.name = "check",
		.help = "only compare, and show what differs",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct propagate_settings, check)},
	{.name = "generate-authkeys",
		.help = "only make a key in the source of authkeys, on this machine",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct propagate_settings, generate_authkeys)},
	{.name = "replace-authkeys",
		.help = "the same in place of an existing key",
		.kind = OPTION_FLAG,
		.offset = offsetof(struct propagate_settings, replace_authkeys)},
	{0},
};

static const struct option_group groups[] = {
	{options, 0},
	{0},
};

const struct command command_propagate = {
	.name = "propagate",
	.page =
		{
			.usage = "haupgrade propagate [OPTION...] CLUSTER",
			.summary =
				"Brings the cluster's configuration files to all nodes or none.\n"
				"Every node's own software checks the whole set before any file is put in place; when\n"
				"one node cannot take it, every node keeps what it had. Services are enabled at boot,\n"
				"but neither started nor restarted.",
			.notes =
				"Exit status: 0 all nodes have the files (--check: no drift), 1 they have not\n"
				"(--check: drift), 2 usage or environment (--check: could not tell).",
		},
	.groups = groups,
	.own_size = sizeof(struct propagate_settings),
	.minimum = 1,
	.maximum = 1,
	.run = propagate,
};
