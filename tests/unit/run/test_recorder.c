/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder: what changes on the nodes and what the probe sees gets into the journal, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/recorder.h"
#include "tests/unit/journal/journal_fixture.h"

static char name1[] = "web1", name2[] = "web2", boot1[] = "b1", boot2[] = "b2";
static struct cluster_node cluster_nodes[] = {{.name = name1}, {.name = name2}};
static const struct cluster cluster = {.nodes = cluster_nodes, .node_count = 2};

/* The text of that note of that kind, or NULL; owned. */
static char *find_note(struct journal *journal, int64_t run_id, const char *kind, size_t which)
{
	struct journal_line *lines = NULL;
	char *text = NULL;
	size_t count = 0;

	assert_int_equal(journal_run_lines(journal, run_id, &lines, &count, NULL), 0);
	for (size_t i = 0; i < count && !text; i++) {
		if (strcmp(lines[i].kind, kind) == 0 && which-- == 0)
			text = text_copy(lines[i].text);
	}
	journal_lines_free(lines, count);
	return text;
}

static void expect_note(
	struct journal *journal, int64_t run_id, const char *kind, size_t which, const char *words)
{
	CLEANUP(cleanup_free) char *text = find_note(journal, run_id, kind, which);

	if (!words && text)
		fail_msg("there is %s", text);
	if (words && (!text || !strstr(text, words)))
		fail_msg("no \"%s\" in %s", words, text ? text : "nothing");
}

static void test_nodes(void **state)
{
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t run_id = journal_fixture_begin(journal);
	struct node nodes[2] = {{.facts.boot = boot1}, {.facts.boot = boot2}};
	struct run_context run = {.nodes = {.cluster = &cluster, .items = nodes, .count = 2}};
	CLEANUP(cleanup_recorder)
	struct recorder *recorder = recorder_start(&run, journal, run_id);
	struct cluster_view view = {.node_count = 2,
		.nodes = {{.reachable = true,
				  .role = ROLE_PRIMARY,
				  .holds_floating_ip = true,
				  .services_active = true},
			{.reachable = true, .role = ROLE_BACKUP}}};

	recorder_observe(recorder, &view);
	recorder_observe(recorder, &view);
	view.nodes[1].reachable = false;
	nodes[1].facts.boot = NULL;
	recorder_observe(recorder, &view);
	recorder_stop(recorder);
	expect_note(journal, run_id, NOTE_OBSERVED, 0,
		"{\"nodes\":[{\"name\":\"web1\",\"role\":\"primary\",\"services\":true,\"holds\":true,\"reachable\":true,\"upgraded\":false,\"boot\":\"b1\"},{\"name\":\"web2\",\"role\":\"backup\",");
	expect_note(journal, run_id, NOTE_OBSERVED, 1, "\"reachable\":false,\"upgraded\":false}]}");
	expect_note(journal, run_id, NOTE_OBSERVED, 2, NULL);
	/* Without a probe nothing is told of one. */
	expect_note(journal, run_id, NOTE_PROBED, 0, NULL);
}

/* Nobody listens on port 1 of loopback: each request fails at once. */
static void test_probe(void **state)
{
	const struct probe_config config = {.url = "tcp://127.0.0.1:1", .rate = 50};
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	int64_t run_id = journal_fixture_begin(journal);
	struct node nodes[2] = {0};
	struct run_context run = {.nodes = {.cluster = &cluster, .items = nodes, .count = 2}};
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct recorder *recorder;
	CLEANUP(error_release) struct error err = {0};
	char *text = NULL;
	json_t *note;

	assert_int_equal(probe_start(&config, &probe, &err), 0);
	run.probe = probe;
	recorder = recorder_start(&run, journal, run_id);
	/* The recorder's own thread writes a note in the middle of the run. */
	while (!text)
		text = find_note(journal, run_id, NOTE_PROBE, 0);
	recorder_free(recorder);
	note = json_loads(text, 0, NULL);
	free(text);
	assert_string_equal(json_string_value(json_object_get(note, "vantage")), NOTE_PROBE_ADMIN);
	assert_true(json_integer_value(json_object_get(note, "failed")) > 0);
	assert_true(json_array_size(json_object_get(note, "cells")) > 0);
	json_decref(note);
	expect_note(journal, run_id, NOTE_PROBED, 0, "\"good\":0,");
	expect_note(journal, run_id, NOTE_PROBED, 0, "\"error\":\"");
	expect_note(journal, run_id, NOTE_PROBED, 1, NULL);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nodes),
		TEST(test_probe),
	};

	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
