/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services are started: all of them are told, and whose complaint counts. */
#include "orchestrator/node/start.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/text.h"

static struct {
	int results[3]; /* of the commands, in order */
	size_t told;
	struct text lines; /* what the node was told */
} world;

/* The node: a session that only counts. */
int session_open(const struct session_target *target, struct session **session, struct error *err)
{
	(void)target, (void)err;
	*session = (struct session *)&world;
	return 0;
}

int session_dial(const struct session_target *target, uint64_t timeout_ms, struct error *err)
{
	(void)target, (void)timeout_ms, (void)err;
	return 0;
}

void session_free(struct session *session)
{
	(void)session;
}

bool session_is_unreachable(int result)
{
	return result == -ETIMEDOUT;
}

int session_expect(struct session *session, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err)
{
	int status = world.results[world.told];

	assert_ptr_equal(session, &world);
	assert_null(result);
	assert_int_equal(command->deadline_ms, 5000);
	text_appendf(&world.lines, "%s; ", command->line);
	world.told++;
	return status < 0 ? error_set(err, -status, "%s %zu", what, world.told) : 0;
}

int session_upload(struct session *session, const struct session_file *file, struct error *err)
{
	(void)session, (void)file, (void)err;
	return 0;
}

void session_result_clear(struct session_result *result)
{
	(void)result;
}

int access_target(const struct access *access, size_t node, const volatile sig_atomic_t *cancel,
	struct session_target *target, struct error *err)
{
	(void)access, (void)node, (void)cancel, (void)target, (void)err;
	return 0;
}

static int start(const int results[3], struct error *err)
{
	char *first[] = {(char[]){"start"}, (char[]){"mirrord"}, NULL};
	char *second[] = {(char[]){"start"}, (char[]){"atmd"}, NULL};
	char *third[] = {(char[]){"start"}, (char[]){"heart beatd"}, NULL};
	struct word_list items[] = {{first, 2}, {second, 2}, {third, 2}};
	struct profile profile = {.start = {.items = items, .count = 3}};
	struct cluster_node nodes[] = {{.name = (char[]){"one"}}};
	const struct cluster cluster = {.profile = &profile, .nodes = nodes, .node_count = 1};
	CLEANUP(link_clear) struct link link = {0};

	text_clear(&world.lines);
	world.told = 0;
	memcpy(world.results, results, sizeof(world.results));
	link_init(&link, &cluster, 0, NULL, NULL);
	return node_start(&link, 5000, err);
}

static void all_are_told_in_their_order(void **state)
{
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(start((int[3]){0, 0, 0}, &err), 0);
	assert_string_equal(text_string(&world.lines),
		"'start' 'mirrord'; 'start' 'atmd'; 'start' 'heart beatd'; ");
	assert_false(error_is_set(&err));
}

static void a_complaint_keeps_none_from_being_told(void **state)
{
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(start((int[3]){0, -EREMOTEIO, -EREMOTEIO}, &err), -EREMOTEIO);
	assert_int_equal(world.told, 3);
	assert_string_equal(error_text(&err), "start the services 2");
}

static void a_lost_node_is_told_no_more(void **state)
{
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(start((int[3]){-ETIMEDOUT, 0, 0}, &err), -ETIMEDOUT);
	assert_int_equal(world.told, 1);
	/* The first failure counts, the node's silence after it ends it. */
	assert_int_equal(start((int[3]){-EREMOTEIO, -ETIMEDOUT, 0}, &err), -EREMOTEIO);
	assert_int_equal(world.told, 2);
	assert_string_equal(error_text(&err), "start the services 1");
}

static int clean(void **state)
{
	(void)state;
	text_clear(&world.lines);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_told_in_their_order),
		cmocka_unit_test(a_complaint_keeps_none_from_being_told),
		cmocka_unit_test(a_lost_node_is_told_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, clean);
}
