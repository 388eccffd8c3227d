/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a set that not every node took. The nodes are what the test says they are. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/files/propagate_node.h"

static char name1[] = "web1", name2[] = "web2", target[] = "/etc/x";
static struct cluster_node cluster_nodes[] = {{.name = name1}, {.name = name2}};
static const struct cluster cluster = {.nodes = cluster_nodes, .node_count = 2};
static struct file_entry entry = {.target = target};
static struct wanted_file file = {.entry = &entry};
static const struct wanted_files set = {.cluster = &cluster, .files = &file, .count = 1};
static struct {
	enum survey_state states[2]; /* of the transaction, once a commit was tried */
	bool commit_tried;
	bool away; /* the second node answers nobody after that */
	bool reverts;
} world;

static int is_there(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	(void)nodes, (void)node, (void)data, (void)err;
	return 0;
}

int propagate_node_begin(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	return is_there(nodes, node, data, err);
}

int propagate_node_stage(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	return is_there(nodes, node, data, err);
}

int propagate_node_check(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	return is_there(nodes, node, data, err);
}

int propagate_node_settle(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	return is_there(nodes, node, data, err);
}

int propagate_node_enable(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	return is_there(nodes, node, data, err);
}

int propagate_node_end(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	return is_there(nodes, node, data, err);
}

int propagate_node_look(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct propagate *propagate = data;
	struct survey *survey = &propagate->surveys[node];

	(void)nodes;
	if (world.commit_tried && world.away && node == 1)
		return error_set(err, ETIMEDOUT, "web2: no answer");
	survey_clear(survey);
	survey->files = calloc(1, sizeof(*survey->files));
	survey->files[0].kind = SURVEY_ABSENT;
	survey->file_count = 1;
	if (!world.commit_tried)
		return 0;
	survey->transactions = calloc(1, sizeof(*survey->transactions));
	survey->transactions[0].name = text_copy(propagate->transaction);
	survey->transactions[0].state = world.states[node];
	survey->transaction_count = 1;
	return 0;
}

int propagate_node_commit(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	(void)nodes, (void)data;
	world.commit_tried = true;
	return world.states[node] == SURVEY_COMMITTED
		       ? 0
		       : error_set(err, EREMOTEIO, "another run holds the lease");
}

int propagate_node_revert(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	(void)nodes, (void)node, (void)data;
	return world.reverts ? 0 : error_set(err, EREMOTEIO, "not ours any more");
}

static void expect(const char *words)
{
	struct node items[2] = {0};
	struct nodes nodes = {.cluster = &cluster, .items = items, .count = 2};
	CLEANUP(cleanup_propagate) struct propagate propagate;
	CLEANUP(error_release) struct error err = {0};

	propagate_init(&propagate, &nodes, &set);
	world.commit_tried = false;
	assert_int_equal(propagate_run(&propagate, &err), -EREMOTEIO);
	assert_string_equal(error_text(&err), words);
}

static void what_is_put_back_was_not_changed(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.states[0] = SURVEY_COMMITTED;
	world.states[1] = SURVEY_STAGED;
	world.reverts = true;
	expect("nothing was changed on any node: another run holds the lease");
}

static void lost_before_anybody_began_nothing_was_replaced(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.states[0] = world.states[1] = SURVEY_STAGED;
	expect("no node had replaced a file when they were looked at last, but what lies ready there could not be removed (not ours any more); the next propagate does it: another run holds the lease");
}

static void who_has_begun_is_not_put_back(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.states[0] = SURVEY_COMMITTED;
	world.states[1] = SURVEY_STAGED;
	expect("not every node could be put back (not ours any more); the next propagate does it: another run holds the lease");
	world.states[0] = SURVEY_COMMITTING;
	expect("not every node could be put back (not ours any more); the next propagate does it: another run holds the lease");
}

static void who_cannot_be_asked_may_have_begun(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.states[0] = world.states[1] = SURVEY_STAGED;
	world.away = true;
	expect("not every node could be put back (not ours any more); the next propagate does it: another run holds the lease");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_back_was_not_changed),
		cmocka_unit_test(lost_before_anybody_began_nothing_was_replaced),
		cmocka_unit_test(who_has_begun_is_not_put_back),
		cmocka_unit_test(who_cannot_be_asked_may_have_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
