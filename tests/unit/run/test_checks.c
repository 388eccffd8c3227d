/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of the run's own step "preflight": each is in the journal, like those of the first
 * look. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/run/drive.h"
#include "tests/unit/journal/journal_fixture.h"

static const char words[] = "cluster shop { profile = hacluster floating_ips = \"192.0.2.9\"\n"
			    "node web1 { address = \"192.0.2.1\" }\n"
			    "node web2 { address = \"192.0.2.2\" } }\n";

static struct cluster *load(const char *folder)
{
	const char *source = getenv("srcdir") ? getenv("srcdir") : ".";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *path = text_format("%s/shop.conf", folder);
	CLEANUP(cleanup_free) char *profiles = text_format("%s/profiles", source);
	struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(file_write(path, words, strlen(words), 0600, &err), 0);
	if (cluster_load(path, profiles, &cluster, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	return cluster;
}

/* Is there a note of that check of that node with that result? */
static bool is_noted(struct journal *journal, int64_t run_id, enum check_kind kind,
	const char *node, enum check_outcome outcome)
{
	struct journal_line *lines = NULL;
	bool found = false;
	size_t count = 0;

	assert_int_equal(journal_run_lines(journal, run_id, &lines, &count, NULL), 0);
	for (size_t i = 0; i < count && !found; i++) {
		json_t *note = json_loads(lines[i].text, 0, NULL);

		found = strcmp(lines[i].kind, NOTE_CHECK) == 0 &&
			text_equal(json_string_value(json_object_get(note, "name")),
				check_name(kind)) &&
			text_equal(json_string_value(json_object_get(note, "node")), node) &&
			text_equal(json_string_value(json_object_get(note, "result")),
				check_outcome_name(outcome));
		json_decref(note);
	}
	journal_lines_free(lines, count);
	return found;
}

static void ignore_step(struct drive_listener *listener, const struct step *step)
{
	(void)listener, (void)step;
}

static void ignore_words(struct drive_listener *listener, const struct step *step, const char *text)
{
	(void)listener, (void)step, (void)text;
}

static void ignore_end(struct drive_listener *listener, const struct step *step,
	uint64_t elapsed_ms, const char *text)
{
	(void)listener, (void)step, (void)elapsed_ms, (void)text;
}

/* No node is asked: its links are cut. */
static void test_each_is_noted(void **state)
{
	static struct drive_listener nobody = {.step_began = ignore_step,
		.step_waits = ignore_words,
		.step_done = ignore_end,
		.step_stopped = ignore_end};
	static volatile sig_atomic_t interrupted;
	const volatile sig_atomic_t cut = 1;
	CLEANUP(cleanup_journal) struct journal *journal = journal_fixture_open(*state);
	CLEANUP(cleanup_cluster) struct cluster *cluster = load(*state);
	const struct preflight_wishes wishes = {
		.journal = journal, .run_id = journal_fixture_begin(journal)};
	CLEANUP(cleanup_run_context) struct run_context run = {0};
	const struct drive drive = {
		.run = &run, .interrupted = &interrupted, .listener = &nobody, .wishes = &wishes};
	struct drive_end end;
	CLEANUP(error_release) struct error err = {0};

	run_context_init(&run, cluster, vector_resize(NULL, 1, sizeof(*run.target.bundle)), &cut);
	*run.target.bundle = (struct bundle){0};
	run.plan = (struct plan){
		.count = 1, .node_count = 2, .steps = {{STEP_PREFLIGHT, PLAN_NO_NODE}}};
	run.journal = journal;
	run.id = wishes.run_id;
	assert_int_equal(drive_plan(&drive, &end, &err), -ECANCELED);
	assert_non_null(strstr(error_text(&err), "web1: reachable: "));
	assert_int_equal(end.cause, CAUSE_FAILURE);
	assert_true(is_noted(journal, run.id, CHECK_PACKAGES, NULL, CHECK_PASS));
	assert_true(is_noted(journal, run.id, CHECK_REACHABLE, "web1", CHECK_FAIL));
	assert_true(is_noted(journal, run.id, CHECK_REACHABLE, "web2", CHECK_FAIL));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, journal_fixture_folder, journal_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_is_noted),
	};

	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
