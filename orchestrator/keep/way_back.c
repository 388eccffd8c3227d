/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Could the cluster go back from the run's bundle to what is there now? */
#include "orchestrator/keep/way_back.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/keep/kept_packages.h"
#include "orchestrator/keep/script.h"
#include "orchestrator/remote/quote.h"

enum { TEST_DEADLINE_MS = 300000 };

static const char *const tests[] = {
	[PACKAGE_RPM] = script_keep_way_back_rpm,
	[PACKAGE_DEB] = script_keep_way_back_dpkg,
};

/* What is asked of one node. */
struct question {
	struct kept_packages kept;
	const char **arguments;
	size_t argument_count;
	char **owned;
	size_t owned_count;
	struct text bytes;
	size_t replaced; /* packages that would be replaced there */
};

static void question_clear(struct question *question)
{
	kept_packages_clear(&question->kept);
	for (size_t i = 0; i < question->owned_count; i++)
		free(question->owned[i]);
	free(question->owned);
	free(question->arguments);
	text_clear(&question->bytes);
}

static void add(struct question *question, const char *word)
{
	*VECTOR_APPEND(question->arguments, question->argument_count) = word;
}

static void own(struct question *question, char *word)
{
	*VECTOR_APPEND(question->owned, question->owned_count) = word;
	add(question, word);
}

void way_back_clear(struct way_back *way)
{
	free(way->text);
	*way = (struct way_back){0};
}

static int add_header(
	struct question *question, const struct bundle_package *package, struct error *err)
{
	size_t before = question->bytes.length;
	int result = bundle_read_header(package, &question->bytes, err);

	if (result < 0)
		return result;
	add(question, package->file);
	own(question, text_format("%zu", question->bytes.length - before));
	return 0;
}

static char *label_of(const struct target *target, const struct bundle_package *package)
{
	return packager_label(packager_of(target->nodes->cluster->profile), package->package.name,
		package->package.evr, package->package.arch);
}

/* The previous bundle's package of that label, or NULL. */
static const struct bundle_package *find_previous(const struct target *target, const char *label)
{
	for (size_t i = 0; i < target->previous->package_count; i++) {
		const struct bundle_package *package = &target->previous->packages[i];
		CLEANUP(cleanup_free) char *own_label = label_of(target, package);

		if (strcmp(own_label, label) == 0)
			return package;
	}
	return NULL;
}

static int add_previous(const struct target *target, struct question *question, const char *label,
	struct error *err)
{
	const struct bundle_package *given;
	const struct kept_package *kept;

	if (!target->previous) {
		kept = kept_packages_find(&question->kept, label, strlen(label));
		if (!kept)
			return error_set(err, ENOENT, "it does not keep %s", label);
		own(question, kept_packages_path(kept));
		add(question, "-");
		return 0;
	}
	given = find_previous(target, label);
	if (!given)
		return error_set(err, ENOENT, "%s is not in %s", label, target->previous->path);
	return add_header(question, given, err);
}

/* The bundle's packages that would replace what the node has, and then what they replace. */
static int fill(
	const struct target *target, size_t node, struct question *question, struct error *err)
{
	const struct packager *packager = packager_of(target->nodes->cluster->profile);
	const struct facts *facts = &target->nodes->items[node].facts;
	int result = 0;

	for (size_t i = 0; i < target->bundle->package_count && result == 0; i++) {
		if (!target_wants(target, node, &target->bundle->packages[i]))
			continue;
		question->replaced++;
		result = add_header(question, &target->bundle->packages[i], err);
	}
	add(question, "--");
	for (size_t i = 0; i < target->bundle->package_count && result == 0; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];

		if (!target_wants(target, node, package))
			continue;
		for (size_t j = 0; j < facts->package_count && result == 0; j++) {
			const struct facts_package *there = &facts->packages[j];
			CLEANUP(cleanup_free)
			char *label =
				packager_label(packager, there->name, there->evr, there->arch);

			if (strcmp(there->name, package->package.name) == 0)
				result = add_previous(target, question, label, err);
		}
	}
	return result;
}

static uint64_t kilobytes_needed(const struct target *target)
{
	uint64_t kilobytes = 1024;

	for (size_t i = 0; i < target->bundle->package_count; i++)
		kilobytes += target->bundle->packages[i].size / 1024 + 4;
	for (size_t i = 0; target->previous && i < target->previous->package_count; i++)
		kilobytes += target->previous->packages[i].size / 1024 + 4;
	return kilobytes;
}

static int ask_kept(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct question *questions = data;

	return kept_packages_ask(&nodes->items[node].link, &questions[node].kept, err);
}

static int test(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct question *question = &((struct question *)data)[node];
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {
		.input = question->bytes.data,
		.input_length = question->bytes.length,
		.deadline_ms = TEST_DEADLINE_MS,
	};
	int result;

	if (!question->replaced)
		return 0;
	result = quote_script(tests[packager_of(nodes->cluster->profile)->format],
		question->arguments, question->argument_count, &line, err);
	if (result < 0)
		return result;
	command.line = line;
	return link_expect(&nodes->items[node].link, "test the way back", &command, NULL, err);
}

/* Each step in words of its own; 0 when the way is there and tested. */
static int look(const struct target *target, struct question *questions, struct error *err)
{
	size_t count = target->nodes->cluster->node_count;
	int result = 0;

	for (size_t i = 0; i < count; i++)
		if (!target->nodes->items[i].facts.boot)
			return error_set(err, EHOSTUNREACH, "%s cannot be asked",
				target->nodes->cluster->nodes[i].name);
	if (!target->previous)
		result = nodes_each(target->nodes, ask_kept, questions, NULL, err);
	/* In one thread, as librpm wants it. */
	for (size_t i = 0; i < count && result == 0; i++) {
		own(&questions[i], target_folder(target->bundle_digest));
		own(&questions[i], text_format("%" PRIu64, kilobytes_needed(target)));
		result = fill(target, i, &questions[i], err);
		if (result < 0)
			return error_prefix(err, "%s", target->nodes->cluster->nodes[i].name);
	}
	return result == 0 ? nodes_each(target->nodes, test, questions, NULL, err) : result;
}

void way_back_test(const struct target *target, struct way_back *way)
{
	struct question questions[CLUSTER_NODES_MAX] = {0};
	CLEANUP(error_release) struct error err = {0};

	way->possible = look(target, questions, &err) == 0;
	if (!way->possible)
		way->text = text_copy(error_text(&err));
	else if (target->previous)
		way->text =
			text_format("previous packages come from %s, inverse transaction tested",
				target->previous->path);
	else
		way->text = text_format("previous packages are on %s, inverse transaction tested",
			target->nodes->cluster->node_count == 2 ? "both nodes" : "all nodes");
	for (size_t i = 0; i < target->nodes->cluster->node_count; i++)
		question_clear(&questions[i]);
}
