/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that must be true before a run, found out without changing anything on a node. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/number.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/step/packager.h"
#include "orchestrator/step/step.h"

enum { TEST_DEADLINE_MS = 300000 };

void checks_clear(struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count; i++)
		free(checks->items[i].text);
	free(checks->items);
	*checks = (struct checks){0};
}

static void add(struct checks *checks, const char *name, int node, bool passed, const char *format,
	...) __attribute__((format(printf, 5, 6)));

static void add(
	struct checks *checks, const char *name, int node, bool passed, const char *format, ...)
{
	struct check *check = VECTOR_APPEND(checks->items, checks->count);
	char words[ERROR_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	*check = (struct check){name, node, passed, text_copy(words)};
}

static void check_services(const struct run *run, size_t i, struct checks *checks)
{
	const struct facts *facts = &run->nodes[i].facts;
	struct text text = {0};
	size_t j;

	for (j = 0; j < facts->service_count; j++)
		text_appendf(&text, "%s%s %s", j ? ", " : "", facts->services[j].name,
			facts->services[j].active ? "active" : "NOT ACTIVE");
	add(checks, "services", (int)i, run->back || facts_services_active(facts), "%s",
		text_string(&text));
	text_clear(&text);
}

/* Only a rollback may take a node back; for it, one that does not serve is no obstacle. */
static void check_versions(const struct run *run, size_t i, struct checks *checks)
{
	CLEANUP(cleanup_free) char *versions = run_versions(run, i);
	size_t j, installed = 0;

	for (j = 0; j < run->bundle->package_count; j++) {
		const struct bundle_package *package = &run->bundle->packages[j];
		const struct facts_package *there = run_installed(run, i, package->package.name);

		if (!there)
			continue;
		installed++;
		if (!run->back && package_compare_evr(package->package.format, package->package.evr,
					  there->evr) < 0)
			add(checks, "versions", (int)i, false,
				"%s in the bundle is older than the installed %s-%s; use a newer "
				"bundle",
				package->package.nevra, there->name, there->evr);
	}
	if (run->fresh)
		add(checks, "versions", (int)i, true, "%zu of the bundle's packages installed",
			installed);
	else if (!installed)
		add(checks, "versions", (int)i, false,
			"none of the bundle's packages is installed; bootstrap comes first");
	else
		add(checks, "versions", (int)i, true, "%s", versions);
}

static void check_role(const struct run *run, size_t i, struct checks *checks)
{
	const struct facts *facts = &run->nodes[i].facts;
	char line[256];

	text_printable(line, sizeof(line), facts->role_line);
	if (facts->role == ROLE_UNKNOWN)
		add(checks, "role", (int)i, run->back,
			"unknown: no role line from this boot in what %s says: %s%s%s",
			run_role_source(run->cluster), facts->role_trouble, line[0] ? ": " : "",
			line);
	else
		add(checks, "role", (int)i, true, "%s since this boot (%s)",
			plan_role_name(facts->role), run_role_source(run->cluster));
}

/* The bundle's packages must be of the kind that the nodes' package manager takes. */
static void check_format(const struct run *run, struct checks *checks)
{
	const struct profile *profile = run->cluster->profile;
	size_t i;

	for (i = 0; i < run->bundle->package_count; i++) {
		const struct bundle_package *package = &run->bundle->packages[i];

		if (package->package.format != packager_of(profile)->format)
			add(checks, "packages", PLAN_NO_NODE, false,
				"%s is not for %s, the package_manager of profile %s",
				package->file, profile_packager_name(profile->packager),
				profile->name);
	}
}

static void check_privilege(const struct run *run, size_t i, struct checks *checks)
{
	const struct facts *facts = &run->nodes[i].facts;

	add(checks, "privilege", (int)i, facts->user == 0,
		facts->user == 0 ? "commands run as root"
				 : "commands run as user id %" PRIu64 ", not as root",
		facts->user);
}

static void check_node(const struct run *run, size_t i, struct checks *checks)
{
	if (!run->nodes[i].facts.boot)
		return;
	check_privilege(run, i, checks);
	check_services(run, i, checks);
	check_role(run, i, checks);
	check_versions(run, i, checks);
}

static void check_cluster(const struct run *run, struct checks *checks)
{
	size_t i, primaries = 0, holders = 0, wrong = 0, count = run->cluster->node_count;
	const char *primary = "";

	for (i = 0; i < count; i++) {
		struct node_view view = run_node_view(run, i);

		primaries += view.role == ROLE_PRIMARY;
		holders += view.holds_floating_ip;
		wrong += view.holds_all != (view.role == ROLE_PRIMARY);
		if (view.role == ROLE_PRIMARY)
			primary = run->cluster->nodes[i].name;
	}
	if (primaries == 1)
		add(checks, "one primary", PLAN_NO_NODE, true, "%s", primary);
	else
		add(checks, "one primary", PLAN_NO_NODE, false,
			"%zu nodes are primary, exactly one must be", primaries);
	add(checks, "floating IP", PLAN_NO_NODE, holders == 1 && wrong == 0,
		holders == 1 && wrong == 0
			? "held by the primary alone (%zu holder)"
			: "%zu nodes hold floating IPs; the primary, and nobody else, must hold "
			  "all of them",
		holders);
}

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

	if (input->argument_count <= 2 || !run->nodes[node].facts.boot)
		return 0;
	result = quote_script(run->back ? packager->back_test_script : packager->test_script,
		input->arguments, input->argument_count, &line, err);
	if (result < 0)
		return result;
	command.line = line;
	return link_expect(&run->nodes[node].link, "test the transaction", &command, NULL, err);
}

static void check_transactions(struct run *run, struct checks *checks)
{
	size_t count = run->cluster->node_count, i;
	struct error errors[CLUSTER_NODES_MAX] = {0};
	struct test_input inputs[CLUSTER_NODES_MAX] = {0};
	struct test_data data = {inputs};
	const struct packager *packager = packager_of(run->cluster->profile);
	int result = 0;

	for (i = 0; i < count && result == 0; i++)
		result = test_input_make(run, i, &inputs[i], &errors[i]);
	if (result == 0)
		run_each_node(run, test_transaction, &data, errors, NULL);
	for (i = 0; i < count; i++) {
		if (run->nodes[i].facts.boot)
			add(checks, "transaction", (int)i, !errors[i].number, "%s",
				errors[i].number ? errors[i].text
				: run->back	 ? packager->back_test_words
						 : packager->test_words);
		test_input_clear(&inputs[i]);
	}
}

/* A probe that asks at the wrong place would watch over nothing. */
static void check_answers(const struct run *run, struct checks *checks)
{
	enum { GOOD_ANSWERS = 5, PAUSE_MS = 50 };
	const struct cluster_probe *probe = &run->cluster->probe;
	uint32_t rate = probe->rate ? probe->rate : 1;
	uint64_t until =
		clock_monotonic_ms() + probe->timeout_ms + 1000 + (GOOD_ANSWERS + 1) * 1000 / rate;
	uint64_t since_us = clock_monotonic_us();
	struct tally_summary summary = {0};

	if (!run->probe)
		return;
	while (probe_good_since(run->probe, since_us) < GOOD_ANSWERS &&
		clock_monotonic_ms() < until && !*run->cancel)
		clock_sleep_ms(PAUSE_MS);
	probe_snapshot(run->probe, &summary);
	if (probe_good_since(run->probe, since_us) < GOOD_ANSWERS)
		add(checks, "service", PLAN_NO_NODE, false,
			"the probe got no good answers from %s: %s; is the address in the probe "
			"block right?",
			probe->url ? probe->url : probe->host,
			summary.last_error[0] ? summary.last_error : "no answer in time");
	else
		add(checks, "service", PLAN_NO_NODE, true,
			"answers requests from outside (%llu so far, %llu failed)",
			(unsigned long long)summary.answered, (unsigned long long)summary.failed);
}

static size_t check_reachable(struct run *run, struct checks *checks)
{
	struct error errors[CLUSTER_NODES_MAX] = {0};
	size_t i, reached = 0;

	run_ask_all(run, PLAN_NO_NODE, errors);
	for (i = 0; i < run->cluster->node_count; i++) {
		bool there = run->nodes[i].facts.boot != NULL;

		reached += there;
		add(checks, "reachable", (int)i, there, "%s",
			there ? "ssh works, the host key is the known one" : errors[i].text);
	}
	return reached;
}

static bool all_passed(const struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count && checks->items[i].passed; i++)
		;
	return i == checks->count;
}

static int first_failure(const struct run *run, const struct checks *checks, struct error *err)
{
	size_t i;

	for (i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (!check->passed)
			return error_set(err, EPERM, "%s: %s: %.800s",
				check->node == PLAN_NO_NODE ? run->cluster->name
							    : run->cluster->nodes[check->node].name,
				check->name, check->text);
	}
	return 0;
}

int preflight(struct run *run, struct checks *checks, struct error *err)
{
	size_t i, reached;

	check_format(run, checks);
	reached = check_reachable(run, checks);
	for (i = 0; i < run->cluster->node_count; i++)
		check_node(run, i, checks);
	if (reached == run->cluster->node_count)
		check_cluster(run, checks);
	check_answers(run, checks);
	/* A test transaction says nothing useful where the plain facts are wrong already. */
	if (all_passed(checks))
		check_transactions(run, checks);
	return first_failure(run, checks, err);
}

int preflight_fresh(struct run *run, struct checks *checks, struct error *err)
{
	size_t i;

	check_format(run, checks);
	check_reachable(run, checks);
	for (i = 0; i < run->cluster->node_count; i++) {
		if (!run->nodes[i].facts.boot)
			continue;
		check_privilege(run, i, checks);
		check_versions(run, i, checks);
	}
	if (all_passed(checks))
		check_transactions(run, checks);
	return first_failure(run, checks, err);
}
