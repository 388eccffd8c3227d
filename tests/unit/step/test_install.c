/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a node's packages are installed, and what is believed afterwards. The node is what the test
 * says it is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/node/config_files.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/node/start.h"
#include "orchestrator/step/step.h"

static struct {
	struct cluster cluster;
	struct cluster_node node;
	struct profile profile;
	struct bundle_package package;
	struct bundle bundle;
	struct run run;
	struct node run_node;
	struct packager packager;
	/* The node itself: what it would answer if it was asked. */
	bool upgraded;
	enum job_state job;
	const char *said;
	/* At the next question for the job it ends so, before it is answered. */
	bool ends, ends_upgraded;
	enum job_state ends_as;
	/* ... a started one does what this says. */
	enum job_state started_as;
	bool started_upgrades;
	/* What haupgrade knows, and what it did. */
	bool known_upgraded;
	unsigned starts, marks;
	struct text evidence;
	struct error error;
} world;

int nodes_ask(struct nodes *nodes, int node, bool with_packages, struct error *err)
{
	(void)nodes, (void)node, (void)with_packages, (void)err;
	world.known_upgraded = world.upgraded;
	return 0;
}

int nodes_look(struct nodes *nodes, int node, struct error *err)
{
	return nodes_ask(nodes, node, true, err);
}

bool target_needs_upgrade(const struct target *target, size_t node)
{
	(void)target, (void)node;
	return !world.known_upgraded;
}

bool target_wants(const struct target *target, size_t node, const struct bundle_package *package)
{
	(void)package;
	return target_needs_upgrade(target, node);
}

bool target_was_changed(const struct target *target, size_t node)
{
	return !target_needs_upgrade(target, node);
}

char *nodes_versions(const struct nodes *nodes, size_t node)
{
	(void)nodes;
	return text_copy(target_needs_upgrade(&world.run.target, node) ? "old-1" : "new-2");
}

int nodes_commands(struct nodes *nodes, int node, const char *what,
	const struct profile_commands *commands, uint64_t deadline_ms, struct error *err)
{
	(void)nodes, (void)node, (void)commands, (void)deadline_ms, (void)err;
	fail_msg("%s", what);
	return 0;
}

bool facts_own_stopped(const struct facts *facts)
{
	(void)facts;
	return true;
}

bool facts_own_active(const struct facts *facts)
{
	(void)facts;
	return false;
}

struct job installation_job(const char *run)
{
	return (struct job){.run = run, .step = "install"};
}

int installation_await(
	struct link *link, const char *run, const struct job_patience *patience, struct error *err)
{
	(void)link, (void)patience, (void)err;
	fail_msg("%s", run);
	return 0;
}

int node_start(struct link *link, uint64_t deadline_ms, struct error *err)
{
	(void)link, (void)deadline_ms, (void)err;
	fail_msg("the services were started");
	return 0;
}

enum job_state job_wait(struct link *link, const struct job *job, char **said, struct error *err)
{
	(void)link, (void)err;
	assert_string_equal(job->run, "shop-1");
	assert_string_equal(job->step, "install");
	if (world.ends) {
		world.ends = false;
		world.job = world.ends_as;
		world.upgraded = world.ends_upgraded;
	}
	if (world.job == JOB_DONE || world.job == JOB_FAILED)
		*said = text_copy(world.said);
	return world.job;
}

int job_start(struct link *link, const struct job *job, const char *line, struct error *err)
{
	(void)link, (void)job, (void)err;
	assert_string_equal(line, "install it");
	/* Nothing is put on a node that was not marked before. */
	assert_int_equal(world.marks, world.starts + 1);
	world.starts++;
	world.job = world.started_as;
	world.upgraded = world.upgraded || world.started_upgrades;
	return 0;
}

int job_forget(struct link *link, const struct job *job, struct error *err)
{
	(void)link, (void)job, (void)err;
	world.job = JOB_NONE;
	return 0;
}

int link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err)
{
	(void)link, (void)script, (void)deadline_ms, (void)result, (void)err;
	assert_string_equal(what, "note what was installed");
	assert_string_equal(arguments[0], "shop-1");
	world.marks++;
	return 0;
}

bool link_may_recover(int result)
{
	return result == -ENOTCONN;
}

const struct packager *packager_of(const struct profile *profile)
{
	(void)profile;
	return &world.packager;
}

int packager_install_line(const struct profile *profile, bool back, const char *const *paths,
	size_t path_count, char **line, struct error *err)
{
	(void)profile, (void)back, (void)err;
	assert_int_equal(path_count, 1);
	assert_string_equal(paths[0], "/folder/new-2.rpm");
	*line = text_copy("install it");
	return 0;
}

bool packager_is_busy(const struct packager *packager, const char *said)
{
	(void)packager;
	return strcmp(said, "busy") == 0;
}

char *target_folder(const char *digest)
{
	(void)digest;
	return text_copy("/folder");
}

void run_note(const struct run *run, const char *kind, const char *text)
{
	(void)run, (void)kind, (void)text;
}

int step_upload_mend(struct run *run, int node, struct error *err)
{
	(void)run, (void)node, (void)err;
	return 0;
}

const struct facts_package *nodes_installed(
	const struct nodes *nodes, size_t node, const char *name)
{
	(void)nodes, (void)node, (void)name;
	return NULL;
}

int config_files_before(struct link *link, const struct config_files *files, struct error *err)
{
	(void)link, (void)files, (void)err;
	return 0;
}

int config_files_after(struct link *link, const struct config_files *files,
	struct config_changes *changes, struct error *err)
{
	(void)link, (void)files, (void)changes, (void)err;
	return 0;
}

void config_changes_clear(struct config_changes *changes)
{
	(void)changes;
}

void config_changes_tell(const struct config_changes *changes, struct text *text)
{
	(void)changes, (void)text;
}

const char *config_change_kind_name(enum config_change_kind kind)
{
	(void)kind;
	return "";
}

static int set_up(void **state)
{
	static char name[] = "one", file[] = "new-2.rpm";

	(void)state;
	memset(&world, 0, sizeof(world));
	world.node.name = name;
	world.cluster.nodes = &world.node;
	world.cluster.node_count = 1;
	world.cluster.profile = &world.profile;
	world.package.file = file;
	world.bundle.packages = &world.package;
	world.bundle.package_count = 1;
	world.run.nodes.cluster = &world.cluster;
	world.run.nodes.items = &world.run_node;
	world.run.nodes.count = 1;
	world.run.target.bundle = &world.bundle;
	snprintf(world.run.job, sizeof(world.run.job), "shop-1");
	world.job = JOB_NONE;
	world.said = "";
	world.started_as = JOB_DONE;
	world.started_upgrades = true;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	error_release(&world.error);
	text_clear(&world.evidence);
	return 0;
}

static enum step_result install(bool may_act)
{
	error_release(&world.error);
	text_clear(&world.evidence);
	return step_install(&world.run, 0, may_act, &world.evidence, &world.error);
}

static void old_packages_are_replaced_once(void **state)
{
	(void)state;
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 1);
	assert_string_equal(text_string(&world.evidence), "installed: new-2");
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 1);
}

static void a_look_alone_begins_nothing(void **state)
{
	(void)state;
	assert_int_equal(install(false), STEP_WAIT);
	assert_string_equal(
		error_text(&world.error), "one: installed are old-1, not the bundle's versions");
	assert_int_equal(world.starts + world.marks, 0);
}

/* A resume: the job of the process that died runs, and ends before anybody has asked for it. */
static void one_that_ends_just_now_is_not_begun_anew(void **state)
{
	(void)state;
	world.job = JOB_RUNNING;
	world.ends = true;
	world.ends_as = JOB_DONE;
	world.ends_upgraded = true;
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 0);
}

/* Of an earlier process, and the journal has it now. */
static void tell(void)
{
	const struct step step = {STEP_INSTALL, 0};

	step_told(&world.run, &step);
	world.run.state.nodes[0].job_started = world.run.state.nodes[0].job_ran = false;
}

static void one_that_runs_is_waited_for(void **state)
{
	(void)state;
	world.job = JOB_RUNNING;
	assert_int_equal(install(true), STEP_WAIT);
	assert_int_equal(install(true), STEP_WAIT);
	world.job = JOB_FAILED;
	world.said = "error: the disk is full";
	assert_int_equal(install(true), STEP_REFUSED);
	assert_string_equal(
		error_text(&world.error), "one: the installation failed: error: the disk is full");
	assert_int_equal(world.starts, 0);
	/* A resume, after the disk has got room. */
	tell();
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 1);
}

static void what_was_mended_by_hand_is_good(void **state)
{
	(void)state;
	world.job = JOB_FAILED;
	world.said = "busy";
	world.upgraded = true;
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 0);
}

static void what_had_no_effect_is_begun_anew(void **state)
{
	(void)state;
	world.started_upgrades = false;
	assert_int_equal(install(true), STEP_RETRY);
	assert_string_equal(error_text(&world.error),
		"one: the installation ended without effect: installed are old-1");
	world.started_upgrades = true;
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 2);
}

static void a_busy_package_manager_is_asked_again(void **state)
{
	(void)state;
	world.started_as = JOB_FAILED;
	world.started_upgrades = false;
	world.said = "busy";
	assert_int_equal(install(true), STEP_RETRY);
	world.started_as = JOB_DONE;
	world.started_upgrades = true;
	world.said = "";
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 2);
}

static void a_script_that_failed_is_no_success(void **state)
{
	(void)state;
	world.packager.half_done = "scriptlet failed";
	world.said = "warning: %post scriptlet failed, exit status 1";
	assert_int_equal(install(true), STEP_REFUSED);
	assert_non_null(strstr(error_text(&world.error), "a package's script failed"));
	/* Killed before the journal had it: it is told again. */
	world.run.state.nodes[0].job_started = world.run.state.nodes[0].job_ran = false;
	assert_int_equal(install(false), STEP_REFUSED);
	tell();
	assert_int_equal(install(false), STEP_DONE);
	assert_int_equal(world.starts, 1);
}

/* haupgrade was killed while it ran: the next one is the first to see how it ended. */
static void a_script_that_failed_unseen_is_none_either(void **state)
{
	(void)state;
	world.packager.half_done = "scriptlet failed";
	world.said = "warning: %post scriptlet failed, exit status 1";
	world.job = JOB_DONE;
	world.upgraded = true;
	assert_int_equal(install(false), STEP_REFUSED);
	tell();
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(old_packages_are_replaced_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_look_alone_begins_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			one_that_ends_just_now_is_not_begun_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_runs_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_had_no_effect_is_begun_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_busy_package_manager_is_asked_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_mended_by_hand_is_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_script_that_failed_is_no_success, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_script_that_failed_unseen_is_none_either, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("install", tests, NULL, NULL);
}
