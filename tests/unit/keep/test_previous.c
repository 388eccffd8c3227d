/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going back: which packages are missing, and which of a bundle's are wanted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/keep/kept_packages.h"
#include "orchestrator/keep/previous.h"
#include "orchestrator/node/packager.h"
#include "tests/unit/journal/journal_fixture.h"

/* A run of two nodes that has no links. */
struct world {
	struct profile profile;
	struct cluster cluster;
	struct node items[2];
	struct nodes nodes;
	struct target target;
};

static void world_begin(struct world *world)
{
	*world = (struct world){.profile = {.packager = PROFILE_RPM}};
	world->cluster = (struct cluster){.profile = &world->profile, .node_count = 2};
	world->nodes =
		(struct nodes){.cluster = &world->cluster, .items = world->items, .count = 2};
	world->target = (struct target){.nodes = &world->nodes, .kind = PLAN_ROLLBACK};
}

static void world_end(struct world *world)
{
	for (size_t i = 0; i < 2; i++) {
		facts_clear(&world->items[i].facts);
		free(world->target.goal[i]);
	}
}

static void install(struct world *world, size_t node, const char *name, const char *evr)
{
	struct facts *facts = &world->items[node].facts;

	*VECTOR_APPEND(facts->packages, facts->package_count) = (struct facts_package){
		text_copy(name), text_copy(evr), text_copy("noarch"), text_copy("")};
}

static void goal(struct world *world, size_t node, const char *words)
{
	free(world->target.goal[node]);
	world->target.goal[node] = text_copy(words);
}

static void what_differs_is_missing_once(void **state)
{
	CLEANUP(cleanup_previous) struct previous previous = {0};
	CLEANUP(world_end) struct world world;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world_begin(&world);
	for (size_t i = 0; i < 2; i++) {
		install(&world, i, "a", "0:2-1");
		install(&world, i, "b-c", "0:1-1");
		goal(&world, i, "a-1-1.noarch b-c-1-1.noarch gone-1-1.noarch");
	}
	assert_int_equal(previous_missing(&world.target, &previous, &err), 0);
	assert_int_equal(previous.count, 2);
	assert_string_equal(previous.labels[0], "a-1-1.noarch");
	assert_string_equal(previous.labels[1], "gone-1-1.noarch");
}

static void nothing_is_missing_where_all_is_as_before(void **state)
{
	CLEANUP(cleanup_previous) struct previous previous = {0};
	CLEANUP(world_end) struct world world;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world_begin(&world);
	install(&world, 0, "a", "0:1-1");
	goal(&world, 0, "a-1-1.noarch");
	/* node2 was not taken down: nothing is known to miss. */
	assert_int_equal(previous_missing(&world.target, &previous, &err), 0);
	assert_int_equal(previous.count, 0);
}

/* It has the packages of before, and runs those of the run until it boots. */
static void who_has_not_booted_misses_all_of_them(void **state)
{
	CLEANUP(cleanup_previous) struct previous previous = {0};
	CLEANUP(world_end) struct world world;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world_begin(&world);
	for (size_t i = 0; i < 2; i++) {
		install(&world, i, "a", "0:1-1");
		goal(&world, i, "a-1-1.noarch");
	}
	world.items[1].facts.unbooted = true;
	assert_int_equal(previous_missing(&world.target, &previous, &err), 0);
	assert_int_equal(previous.count, 1);
	assert_string_equal(previous.labels[0], "a-1-1.noarch");
}

static void different_nodes_need_a_bundle_that_says_what(void **state)
{
	CLEANUP(cleanup_previous) struct previous previous = {0};
	CLEANUP(world_end) struct world world;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world_begin(&world);
	install(&world, 0, "a", "0:3-1");
	install(&world, 1, "a", "0:3-1");
	goal(&world, 0, "a-1-1.noarch");
	goal(&world, 1, "a-2-1.noarch");
	assert_int_equal(previous_missing(&world.target, &previous, &err), -EINVAL);
	assert_non_null(
		strstr(error_text(&err), "different versions: a-1-1.noarch and a-2-1.noarch"));
	assert_non_null(strstr(error_text(&err), "--previous BUNDLE"));
	assert_null(previous.labels);
	/* Also where one of them has what it had: the bundle would take it from there. */
	goal(&world, 1, "a-3-1.noarch");
	assert_int_equal(previous_missing(&world.target, &previous, &err), -EINVAL);
	assert_non_null(
		strstr(error_text(&err), "different versions: a-1-1.noarch and a-3-1.noarch"));
}

static void other_packages_are_no_way_back(void **state)
{
	char name[] = "a", older[] = "1-1", newer[] = "3-1", arch[] = "noarch", path[] = "/b";
	struct bundle_package package = {
		.package = {.format = PACKAGE_RPM, .name = name, .evr = older, .arch = arch}};
	struct bundle bundle = {.path = path, .packages = &package, .package_count = 1};
	CLEANUP(world_end) struct world world;
	char node1[] = "node1", node2[] = "node2";
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world_begin(&world);
	world.cluster.nodes = (struct cluster_node[]){{.name = node1}, {.name = node2}};
	world.target.bundle = &bundle;
	install(&world, 0, "a", "0:2-1");
	install(&world, 0, "b", "0:1-1");
	install(&world, 1, "a", "0:2-1");
	goal(&world, 0, "a-1-1.noarch b-1-1.noarch");
	goal(&world, 1, "a-1-1.noarch(half-installed)");
	/* b is as before and need not be there. */
	assert_int_equal(previous_judge(&world.target, &err), 0);
	package.package.evr = newer;
	assert_int_equal(previous_judge(&world.target, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"/b has a-3-1.noarch, but a-1-1.noarch was on node1 before the run: these are not the previous packages");
	/* Where the nodes differed, one of what they had is as good as the other. */
	goal(&world, 1, "a-3-1.noarch");
	assert_int_equal(previous_judge(&world.target, &err), 0);
	package.package.evr = older;
	goal(&world, 1, "a-1-1.noarch c-1-1.noarch");
	assert_int_equal(previous_judge(&world.target, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"/b does not have c-1-1.noarch, which was on node2 before the run: these are not all of the previous packages");
}

static void newer_packages_are_wanted_back_only_in_a_rollback(void **state)
{
	char name[] = "a", evr[] = "1-1";
	struct bundle_package package = {
		.package = {.format = PACKAGE_RPM, .name = name, .evr = evr}};
	struct bundle bundle = {.packages = &package, .package_count = 1};
	CLEANUP(world_end) struct world world;

	(void)state;
	world_begin(&world);
	world.target.bundle = &bundle;
	install(&world, 0, "a", "0:2-1");
	install(&world, 1, "a", "0:1-1");
	assert_true(target_wants(&world.target, 0, &package));
	assert_false(target_wants(&world.target, 1, &package));
	world.target.kind = PLAN_UPGRADE;
	assert_false(target_wants(&world.target, 0, &package));
	/* What a broken transaction lost is wanted in either. */
	facts_clear(&world.items[0].facts);
	assert_false(target_wants(&world.target, 0, &package));
	goal(&world, 0, "a-1-1.noarch");
	assert_true(target_wants(&world.target, 0, &package));
}

/* What a node says that it keeps of a-1-1.noarch, what it sends then, and whether it answers. */
struct keeper {
	const char *file; /* NULL: it keeps nothing */
	const char *sent;
	bool is_away;
};

static struct keeper keepers[2];

/* SHA-256 of "whole\n". */
#define WHOLE_SHA256 "3661291e28107bb940142d346bdb3a86da68415ae7fe451374d403c6037b9fa5"

int __wrap_kept_packages_ask(struct link *link, struct kept_packages *kept, struct error *err);
int __wrap_link_expect(struct link *link, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err);

static const struct keeper *keeper_of(const struct link *link)
{
	return &keepers[strcmp(link->node->name, "node2") == 0];
}

int __wrap_kept_packages_ask(struct link *link, struct kept_packages *kept, struct error *err)
{
	const struct keeper *keeper = keeper_of(link);
	struct kept_package *package;

	if (keeper->is_away)
		return error_set(err, EHOSTUNREACH, "%s: no route to host", link->node->name);
	if (!keeper->file)
		return 0;
	package = VECTOR_APPEND(kept->packages, kept->count);
	*package = (struct kept_package){.folder = text_copy("0123"),
		.file = text_copy(keeper->file),
		.sha256 = WHOLE_SHA256,
		.size = strlen("whole\n"),
		.label = text_copy("a-1-1.noarch")};
	return 0;
}

int __wrap_link_expect(struct link *link, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err)
{
	const struct keeper *keeper = keeper_of(link);

	(void)what;
	(void)command;
	if (!keeper->sent)
		return error_set(err, EPIPE, "%s: the connection is lost", link->node->name);
	*result = (struct session_result){.output = text_copy(keeper->sent),
		.errors = text_copy(""),
		.output_length = strlen(keeper->sent)};
	return 0;
}

static int fetch_from(
	struct keeper first, struct keeper second, const char *folder, struct error *err)
{
	static char node1[] = "node1", node2[] = "node2";
	static char label[] = "a-1-1.noarch";
	struct cluster_node nodes[] = {{.name = node1}, {.name = node2}};
	char *labels[] = {label};
	const struct previous previous = {labels, 1};
	struct world world;

	world_begin(&world);
	world.cluster.nodes = nodes;
	for (size_t i = 0; i < 2; i++)
		world.items[i].link.node = &nodes[i];
	keepers[0] = first;
	keepers[1] = second;
	error_release(err);
	return previous_fetch(&world.target, &previous, folder, err);
}

static void expect_fetched(const char *folder, const char *file)
{
	CLEANUP(cleanup_free) char *sums_path = text_format("%s/SHA256SUMS", folder);
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, file);
	CLEANUP(cleanup_free) char *wanted = text_format("%s  %s\n", WHOLE_SHA256, file);
	CLEANUP(cleanup_free) char *sums = NULL, *content = NULL;

	assert_int_equal(file_read(sums_path, 1 << 20, &sums, NULL, NULL), 0);
	assert_string_equal(sums, wanted);
	assert_int_equal(file_read(path, 1 << 20, &content, NULL, NULL), 0);
	assert_string_equal(content, "whole\n");
}

/* One node that keeps it is enough: a damaged copy, or a node that goes away, ends nothing. */
static void the_next_node_is_asked(void **state)
{
	const struct keeper damaged = {"a.rpm", "awful\n", false}, lost = {"a.rpm", NULL, false},
			    empty = {0}, good = {"a.rpm", "whole\n", false},
			    renamed = {"b.rpm", "whole\n", false};
	CLEANUP(cleanup_free) char *folder = text_format("%s/previous", (const char *)*state);
	CLEANUP(cleanup_free) char *old = text_format("%s/a.rpm", folder);
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(fetch_from(damaged, good, folder, &err), 0);
	expect_fetched(folder, "a.rpm");
	assert_int_equal(file_write(old, "other\n", 6, 0600, &err), 0);
	assert_int_equal(fetch_from(lost, good, folder, &err), 0);
	expect_fetched(folder, "a.rpm");
	assert_int_equal(fetch_from(empty, good, folder, &err), 0);
	expect_fetched(folder, "a.rpm");
	/* Nothing is left of what it was to be called. */
	assert_int_equal(file_write(old, "other\n", 6, 0600, &err), 0);
	assert_int_equal(fetch_from(lost, renamed, folder, &err), 0);
	expect_fetched(folder, "b.rpm");
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(fetch_from(damaged, lost, folder, &err), -EPIPE);
	assert_string_equal(error_text(&err),
		"node1: 0123/a.rpm is not the package that its SHA256SUMS names; give the previous packages with --previous BUNDLE; node2: the connection is lost");
}

static void who_could_not_be_asked_is_named(void **state)
{
	const struct keeper away = {.is_away = true}, empty = {0};
	CLEANUP(cleanup_free) char *folder = text_format("%s/nothing", (const char *)*state);
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(fetch_from(empty, empty, folder, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"no node keeps a-1-1.noarch, which was installed before; give it with --previous BUNDLE");
	assert_int_equal(fetch_from(empty, away, folder, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"no node that could be asked keeps a-1-1.noarch, which was installed before; bring back who could not (node2: no route to host), or give the package with --previous BUNDLE");
	assert_int_equal(access(folder, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_differs_is_missing_once),
		cmocka_unit_test(nothing_is_missing_where_all_is_as_before),
		cmocka_unit_test(who_has_not_booted_misses_all_of_them),
		cmocka_unit_test(different_nodes_need_a_bundle_that_says_what),
		cmocka_unit_test(other_packages_are_no_way_back),
		cmocka_unit_test(newer_packages_are_wanted_back_only_in_a_rollback),
		cmocka_unit_test_setup_teardown(
			the_next_node_is_asked, journal_fixture_folder, journal_fixture_remove),
		cmocka_unit_test_setup_teardown(who_could_not_be_asked_is_named,
			journal_fixture_folder, journal_fixture_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
