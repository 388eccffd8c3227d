/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gates with their cluster and journal for tests. */
#include "tests/unit/gate/gate_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "orchestrator/step/step.h"
#include "tests/unit/journal/journal_fixture.h"

int gate_fixture_set_up(void **state)
{
	struct gate_fixture *world = calloc(1, sizeof(*world));
	void *folder = NULL;

	setenv("TZ", "UTC", 1);
	if (!world || journal_fixture_folder(&folder) < 0) {
		free(world);
		return -1;
	}
	world->answer = 1;
	world->folder = folder;
	world->journal = journal_fixture_open(world->folder);
	*state = world;
	return 0;
}

int gate_fixture_tear_down(void **state)
{
	struct gate_fixture *world = *state;
	void *folder = world->folder;

	gate_free(world->gate);
	run_context_clear(&world->run);
	cluster_free(world->cluster);
	journal_free(world->journal);
	free(world->question);
	text_clear(&world->told);
	free(world);
	return journal_fixture_remove(&folder);
}

static const char *source_folder(void)
{
	return getenv("srcdir") ? getenv("srcdir") : ".";
}

void gate_fixture_load(struct gate_fixture *world, const char *statements)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *path = text_format("%s/shop.conf", world->folder);
	CLEANUP(cleanup_free) char *profiles = text_format("%s/profiles", source_folder());
	CLEANUP(cleanup_free)
	char *text = text_format("cluster shop { profile = hacluster floating_ips = \"192.0.2.9\"\n"
				 "node web1 { address = \"192.0.2.1\" }\n"
				 "node web2 { address = \"192.0.2.2\" }\n%s\n}\n",
		statements);
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(file_write(path, text, strlen(text), 0600, &err), 0);
	if (cluster_load(path, profiles, &world->cluster, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	/* Whoever looks at the nodes asks none: their links are cut. */
	world->cut = 1;
	run_context_init(&world->run, world->cluster, NULL, &world->cut);
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &world->run.plan, &err), 0);
	world->run_id = journal_fixture_begin(world->journal);
}

static void told(void *data, const struct gate_news *news)
{
	struct gate_fixture *world = data;

	text_appendf(&world->told, "%s %s %s %d: %s\n", news->what, news->name, news->node,
		news->good, news->text);
}

static int ask(void *data, const char *question, bool (*given_up)(void *gate), void *gate)
{
	struct gate_fixture *world = data;

	free(world->question);
	world->question = text_copy(question);
	return given_up(gate) ? -ECANCELED : world->answer;
}

int gate_fixture_open(struct gate_fixture *world, bool somebody, struct error *err)
{
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	const struct gate_setup gate_setup = {
		.target = &world->run.target,
		.plan = &world->run.plan,
		.deadlines_ms = deadlines_ms,
		.journal = world->journal,
		.options = &world->options,
		.interrupted = &world->interrupted,
		.told = told,
		.ask = somebody ? ask : NULL,
		.data = world,
	};

	gate_free(world->gate);
	world->gate = NULL;
	step_deadlines(world->cluster, deadlines_ms);
	error_release(err);
	return gate_new(&gate_setup, &world->gate, err);
}

void gate_fixture_begin(struct gate_fixture *world, bool somebody, size_t first_step, bool resumed)
{
	CLEANUP(error_release) struct error err = {0};
	const struct gate_run run = {world->run_id, "upgrade", first_step, resumed};

	if (gate_fixture_open(world, somebody, &err) < 0 || gate_begin(world->gate, &run, &err) < 0)
		fail_msg("%s", error_text(&err));
}

size_t gate_fixture_index(const struct gate_fixture *world, enum step_kind kind, int node)
{
	for (size_t i = 0; i < world->run.plan.count; i++) {
		if (world->run.plan.steps[i].kind == kind && world->run.plan.steps[i].node == node)
			return i;
	}
	fail_msg("no step %s of node %d", plan_step_name(kind), node);
	return 0;
}

enum gate_answer gate_fixture_ask(
	struct gate_fixture *world, enum step_kind kind, int node, struct error *err)
{
	error_release(err);
	return gate_ask(
		world->gate, &world->run.plan.steps[gate_fixture_index(world, kind, node)], err);
}

size_t gate_fixture_go(struct gate_fixture *world, size_t first, struct error *err)
{
	size_t i;

	error_release(err);
	for (i = first; i < world->run.plan.count; i++) {
		if (gate_ask(world->gate, &world->run.plan.steps[i], err) != GATE_GO)
			break;
	}
	return i;
}
