/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade verify: is this bundle whole, unaltered, complete? */
#include "orchestrator/command/command.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/shared_options.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/step/preview.h"

struct verify_settings {
	const char *against; /* a cluster, or NULL */
	struct signature_wishes signatures;
};

/* For scripts: the verdict on each line, as md5sum -c prints it. */
static void line_event(void *data, const struct bundle_line *line)
{
	bool proper = line->verdict != BUNDLE_LINE_IMPROPER;

	(void)data;
	output_event(json_pack("{s:s, s:o, s:I, s:o, s:s?, s:s?, s:s?, s:s}", "event", "line",
		"manifest", note_string(line->manifest), "line", (json_int_t)line->line, "file",
		proper ? note_string(line->name) : json_null(), "digest",
		proper ? digest_name(line->kind) : NULL, "expected", line->expected, "actual",
		line->actual, "verdict", bundle_verdict_name(line->verdict)));
}

static void tell_change(const struct settings *settings, const char *node,
	const struct bundle_package *package, enum preview_change change, const char *installed)
{
	if (settings->json)
		output_event(json_pack("{s:s, s:s, s:o, s:s, s:s?, s:s}", "event", "change", "node",
			node, "file", note_string(package->entry), "nevra", package->package.nevra,
			"installed", installed, "change", preview_change_name(change)));
	else
		output_say(settings, "%-12s %-14s %s%s%s\n", node, preview_change_name(change),
			package->package.nevra, installed ? ", installed is " : "",
			installed ? installed : "");
}

/* What stands in the way of the bundle on a node is told; whether there is anything. */
static bool tell_node(const struct settings *settings, const struct target *target, size_t i,
	const struct preview *answer)
{
	const struct packager *packager = packager_of(target->nodes->cluster->profile);
	const char *node = target->nodes->cluster->nodes[i].name;
	CLEANUP(cleanup_free) char *words = NULL;
	bool hindered = answer->trouble.number != 0;

	for (size_t j = 0; j < target->bundle->package_count; j++) {
		const struct bundle_package *package = &target->bundle->packages[j];
		enum preview_change change;
		const char *installed;

		if (package->damage)
			continue;
		change = preview_judge(answer, packager->format, &package->package, &installed);
		tell_change(settings, node, package, change, installed);
		hindered |= preview_change_hinders(change);
	}
	if (answer->is_tested && !answer->trouble.number) {
		output_say(settings, "%-12s %s\n", node, packager->test_words);
	} else if (answer->trouble.number) {
		words = text_format(
			"%s: it cannot be installed: %s", node, error_text(&answer->trouble));
		command_complain(settings, words);
	}
	return hindered;
}

/* Takes the bundle over. */
static int compare_with_cluster(
	const struct settings *settings, const char *cluster_name, struct bundle *bundle)
{
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(cleanup_nodes) struct nodes nodes = {0};
	CLEANUP(target_clear) struct target target = {0};
	struct preview answers[CLUSTER_NODES_MAX] = {0};
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	int status = inputs_cluster(&settings->process, cluster_name, &cluster);

	if (status != EXIT_DONE) {
		bundle_free(bundle);
		return status;
	}
	nodes_init(&nodes, cluster, settings->process.interrupted);
	target_init(&target, &nodes, bundle);
	preview_ask(&target, answers, errors, NULL);
	for (size_t i = 0; i < cluster->node_count; i++) {
		if (errors[i].number) {
			command_complain(settings, error_text(&errors[i]));
			status = EXIT_USAGE;
		} else if (tell_node(settings, &target, i, &answers[i]) && status == EXIT_DONE) {
			status = EXIT_NO;
		}
		preview_clear(&answers[i]);
	}
	return status;
}

static int verify(const struct settings *settings, const void *own, char **arguments, int count)
{
	const struct verify_settings *wanted = own;
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	int status = inputs_bundle(&settings->process, &wanted->signatures, arguments[0], &bundle);
	size_t i;

	(void)count;
	if (!bundle)
		return status;
	if (settings->json)
		bundle_lines(bundle, line_event, NULL);
	for (i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const char *nevra = package->damage ? "damaged" : package->package.nevra;
		char file[512];

		if (settings->json)
			output_event(json_pack("{s:s, s:o, s:o, s:s, s:s}", "event", "package",
				"file", note_string(package->entry), "nevra", note_string(nevra),
				"sha256", package->sha256, "signature",
				package->damage
					? "none"
					: package_signature_name(package->package.signature)));
		else
			output_say(settings, "%-8s %s (%s)\n", package->damage ? "DAMAGED" : "read",
				text_printable(file, sizeof(file), package->entry), nevra);
	}
	if (settings->json)
		output_event(
			json_pack("{s:s, s:b}", "event", "verdict", "whole", status == EXIT_DONE));
	else
		output_say(settings, "%s: %s\n", bundle->path,
			status == EXIT_DONE ? "whole and unaltered" : "must not be used");
	if (wanted->against && status == EXIT_DONE)
		status = compare_with_cluster(settings, wanted->against, TAKE(bundle));
	return status;
}

static const struct option_entry options[] = {
	{.name = "against",
		.argument = "CLUSTER",
		.help = "ask the nodes, too: what would it change there? Touches nothing",
		.kind = OPTION_TEXT,
		.offset = offsetof(struct verify_settings, against)},
	{0},
};

static const struct option_group groups[] = {
	{options, 0},
	{shared_options_signatures, offsetof(struct verify_settings, signatures)},
	{0},
};

const struct command command_verify = {
	.name = "verify",
	.page =
		{
			.usage = "haupgrade verify [OPTION...] BUNDLE",
			.summary =
				"Is this bundle whole, unaltered, complete?\n"
				"Reads every package and manifest of the folder or archive; every problem is told, not just the first.",
			.notes =
				"Exit status: 0 yes, 1 no (with --against: also when it would downgrade a node or cannot be installed there), 2 could not tell.",
		},
	.groups = groups,
	.own_size = sizeof(struct verify_settings),
	.minimum = 1,
	.maximum = 1,
	.run = verify,
};
