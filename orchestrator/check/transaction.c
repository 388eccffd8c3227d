/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The package manager's own test of the packages, with nothing but their headers. */
#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/check/look.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/step/step.h"

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
	const struct run *run, size_t node, struct test_input *input, struct error *err)
{
	uint64_t kilobytes = 1024;
	size_t i;
	int result;

	for (i = 0; i < run->bundle->package_count; i++)
		kilobytes += run->bundle->packages[i].size / 1024 + 4;
	*VECTOR_APPEND(input->arguments, input->argument_count) =
		keep(input, step_upload_folder(run));
	*VECTOR_APPEND(input->arguments, input->argument_count) =
		keep(input, text_format("%" PRIu64, kilobytes));
	for (i = 0; i < run->bundle->package_count; i++) {
		const struct bundle_package *package = &run->bundle->packages[i];
		size_t before = input->bytes.length;

		if (!run_wants(run, node, package))
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
};

static int test_transaction(struct run *run, size_t node, void *data, struct error *err)
{
	const struct test_input *input = &((struct test_data *)data)->inputs[node];
	const struct packager *packager = packager_of(run->cluster->profile);
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {
		.input = input->bytes.data,
		.input_length = input->bytes.length,
		.deadline_ms = TEST_DEADLINE_MS,
	};
	int result;

	if (!wants_any(input) || !run->nodes[node].facts.boot)
		return 0;
	result = quote_script(run->back ? packager->back_test_script : packager->test_script,
		input->arguments, input->argument_count, &line, err);
	if (result < 0)
		return result;
	command.line = line;
	return link_expect(&run->nodes[node].link, "test the transaction", &command, NULL, err);
}

static void judge(struct look *look, size_t node, bool wants, const struct error *trouble)
{
	const struct packager *packager = packager_of(look->run->cluster->profile);
	const char *words = look->run->back ? packager->back_test_words : packager->test_words;
	struct check *check;

	if (trouble->number) {
		check = checks_add(look->checks, CHECK_TRANSACTION, (int)node, CHECK_FAIL, "%s",
			error_text(trouble));
		check_fix(check, "make the node meet what its package manager says it lacks");
		return;
	}
	checks_add(look->checks, CHECK_TRANSACTION, (int)node, CHECK_PASS, "%s",
		wants ? words : "nothing to install here");
}

/* The packages could not be read here: no node was asked anything. */
static void judge_unmade(struct look *look, const struct error *trouble)
{
	check_fix(checks_add(look->checks, CHECK_TRANSACTION, PLAN_NO_NODE, CHECK_FAIL,
			  "the test could not be made on any node: %s", error_text(trouble)),
		"make the bundle readable and whole: haupgrade verify %s", look->run->bundle->path);
	for (size_t i = 0; i < look->run->cluster->node_count; i++)
		checks_add(look->checks, CHECK_TRANSACTION, (int)i, CHECK_UNLOOKED,
			"not tested: the packages could not be read");
}

void look_transaction(struct look *look)
{
	struct run *run = look->run;
	size_t count = run->cluster->node_count, i;
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	CLEANUP(error_release) struct error unmade = {0};
	struct test_input inputs[CLUSTER_NODES_MAX] = {0};
	struct test_data data = {inputs};
	int result = 0;

	for (i = 0; i < count && result == 0; i++)
		result = test_input_make(run, i, &inputs[i], &unmade);
	if (result == 0)
		run_each_node(run, test_transaction, &data, errors, NULL);
	else
		judge_unmade(look, &unmade);
	for (i = 0; i < count; i++) {
		if (result == 0 && run->nodes[i].facts.boot)
			judge(look, i, wants_any(&inputs[i]), &errors[i]);
		test_input_clear(&inputs[i]);
	}
}
