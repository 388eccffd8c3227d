/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The package manager's own test of the packages, with nothing but their headers. */
#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/check/named_checks.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/node/target.h"
#include "orchestrator/remote/quote.h"

enum { TEST_DEADLINE_MS = 300000 };

struct test_input {
	const char **arguments;
	size_t argument_count;
	char **owned;
	size_t owned_count;
	struct text bytes;
};

static const char *keep(struct test_input *input, char *words)
{
	*VECTOR_APPEND(input->owned, input->owned_count) = words;
	return words;
}

static void test_input_clear(struct test_input *input)
{
	size_t i;

	for (i = 0; i < input->owned_count; i++)
		free(input->owned[i]);
	free(input->owned);
	free(input->arguments);
	text_clear(&input->bytes);
}

static int test_input_make(
	const struct target *target, size_t node, struct test_input *input, struct error *err)
{
	uint64_t kilobytes = 1024;
	size_t i;
	int result;

	for (i = 0; i < target->bundle->package_count; i++)
		kilobytes += target->bundle->packages[i].size / 1024 + 4;
	*VECTOR_APPEND(input->arguments, input->argument_count) =
		keep(input, target_folder(target->bundle_digest));
	*VECTOR_APPEND(input->arguments, input->argument_count) =
		keep(input, text_format("%" PRIu64, kilobytes));
	for (i = 0; i < target->bundle->package_count; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];
		size_t before = input->bytes.length;

		if (!target_wants(target, node, package))
			continue;
		result = bundle_read_header(package, &input->bytes, err);
		if (result < 0)
			return result;
		*VECTOR_APPEND(input->arguments, input->argument_count) = package->file;
		*VECTOR_APPEND(input->arguments, input->argument_count) =
			keep(input, text_format("%zu", input->bytes.length - before));
	}
	return 0;
}

/* Folder and size come first, the packages after them. */
static bool wants_any(const struct test_input *input)
{
	return input->argument_count > 2;
}

struct test_data {
	struct test_input *inputs; /* one per node; made in one thread, as librpm wants it */
	const char *script;
};

static int test_transaction(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct test_data *test = data;
	const struct test_input *input = &test->inputs[node];
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {
		.input = input->bytes.data,
		.input_length = input->bytes.length,
		.deadline_ms = TEST_DEADLINE_MS,
	};
	int result;

	if (!wants_any(input) || !nodes->items[node].facts.boot)
		return 0;
	result = quote_script(test->script, input->arguments, input->argument_count, &line, err);
	if (result < 0)
		return result;
	command.line = line;
	return link_expect(&nodes->items[node].link, "test the transaction", &command, NULL, err);
}

static void judge(
	struct check_context *context, size_t node, bool wants, const struct error *trouble)
{
	const struct packager *packager = packager_of(context->nodes->cluster->profile);
	const char *words = context->target->kind == PLAN_ROLLBACK ? packager->back_test_words
								   : packager->test_words;
	struct check *check;

	if (trouble->number) {
		check = checks_add(context->checks, CHECK_TRANSACTION, (int)node, CHECK_FAIL, "%s",
			error_text(trouble));
		check_fix(check, "make the node meet what its package manager says it lacks");
		return;
	}
	checks_add(context->checks, CHECK_TRANSACTION, (int)node, CHECK_PASS, "%s",
		wants ? words : "nothing to install here");
}

/* The packages could not be read here: no node was asked anything. */
static void judge_unmade(struct check_context *context, const struct error *trouble)
{
	check_fix(checks_add(context->checks, CHECK_TRANSACTION, PLAN_NO_NODE, CHECK_FAIL,
			  "the test could not be made on any node: %s", error_text(trouble)),
		"make the bundle readable and whole: haupgrade verify %s",
		context->target->bundle->path);
	for (size_t i = 0; i < context->nodes->cluster->node_count; i++)
		checks_add(context->checks, CHECK_TRANSACTION, (int)i, CHECK_UNLOOKED,
			"not tested: the packages could not be read");
}

void check_transaction(struct check_context *context)
{
	const struct target *target = context->target;
	size_t count = context->nodes->count, i;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	CLEANUP(error_release) struct error unmade = {0};
	struct test_input inputs[CLUSTER_NODES_MAX] = {0};
	const struct packager *packager = packager_of(context->nodes->cluster->profile);
	struct test_data data = {.inputs = inputs,
		.script = target->kind == PLAN_ROLLBACK ? packager->back_test_script
							: packager->test_script};
	int result = 0;

	for (i = 0; i < count && result == 0; i++)
		result = test_input_make(target, i, &inputs[i], &unmade);
	if (result == 0)
		nodes_each(context->nodes, test_transaction, &data, errors, NULL);
	else
		judge_unmade(context, &unmade);
	for (i = 0; i < count; i++) {
		if (result == 0 && context->nodes->items[i].facts.boot)
			judge(context, i, wants_any(&inputs[i]), &errors[i]);
		test_input_clear(&inputs[i]);
	}
}
