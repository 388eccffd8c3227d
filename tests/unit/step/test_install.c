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
#include "orchestrator/node/job.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/step/step.h"
#include "tests/unit/step/fake_node.h"

static struct {
	struct bundle_package packages[2]; /* the second one is not on the node, so not wanted */
	struct bundle bundle;
	/* The job on the node: what it would answer if it was asked. */
	enum job_state job;
	const char *said;
	/* At the next question for the job it ends so, before it is answered. */
	bool ends, ends_upgraded;
	enum job_state ends_as;
	/* ... a started one does what this says. */
	enum job_state started_as;
	bool started_upgrades;
	/* What haupgrade did. */
	unsigned starts, marks;
	struct text evidence;
} world;

enum job_state __wrap_job_wait(
	struct link *link, const struct job *job, char **said, struct error *err);
int __wrap_job_start(struct link *link, const struct job *job, const char *line, struct error *err);
int __wrap_job_forget(struct link *link, const struct job *job, struct error *err);
int __wrap_link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err);
int __wrap_packager_install_line(const struct profile *profile, bool back, const char *const *paths,
	size_t path_count, char **line, struct error *err);
bool __wrap_packager_is_busy(const struct packager *packager, const char *said);
int __wrap_step_upload_mend(struct run_context *run, int node, struct error *err);
int __wrap_config_files_before(
	struct link *link, const struct config_files *files, struct error *err);
int __wrap_config_files_after(struct link *link, const struct config_files *files,
	struct config_changes *changes, struct error *err);

/* The bundle's packages are there. */
static void upgrade(void)
{
	fake.nodes[0].versions[0] = "0:2-1";
}

enum job_state __wrap_job_wait(
	struct link *link, const struct job *job, char **said, struct error *err)
{
	(void)link, (void)err;
	assert_string_equal(job->run, "shop-1");
	assert_string_equal(job->step, "install");
	if (world.ends) {
		world.ends = false;
		world.job = world.ends_as;
		if (world.ends_upgraded)
			upgrade();
	}
	if (world.job == JOB_DONE || world.job == JOB_FAILED)
		*said = text_copy(world.said);
	return world.job;
}

int __wrap_job_start(struct link *link, const struct job *job, const char *line, struct error *err)
{
	(void)link, (void)job, (void)err;
	assert_string_equal(line, "install it");
	/* Nothing is put on a node that was not marked before. */
	assert_int_equal(world.marks, world.starts + 1);
	world.starts++;
	world.job = world.started_as;
	if (world.started_upgrades)
		upgrade();
	return 0;
}

int __wrap_job_forget(struct link *link, const struct job *job, struct error *err)
{
	(void)link, (void)job, (void)err;
	world.job = JOB_NONE;
	return 0;
}

int __wrap_link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err)
{
	(void)link, (void)script, (void)deadline_ms, (void)result, (void)err;
	assert_string_equal(what, "note what was installed");
	assert_string_equal(arguments[0], "shop-1");
	world.marks++;
	return 0;
}

int __wrap_packager_install_line(const struct profile *profile, bool back, const char *const *paths,
	size_t path_count, char **line, struct error *err)
{
	(void)profile, (void)back, (void)err;
	assert_int_equal(path_count, 1);
	assert_string_equal(paths[0], "/var/lib/haupgrade/bundles/d1/new-2.rpm");
	*line = text_copy("install it");
	return 0;
}

bool __wrap_packager_is_busy(const struct packager *packager, const char *said)
{
	(void)packager;
	return strcmp(said, "busy") == 0;
}

int __wrap_step_upload_mend(struct run_context *run, int node, struct error *err)
{
	(void)run, (void)node, (void)err;
	return 0;
}

int __wrap_config_files_before(
	struct link *link, const struct config_files *files, struct error *err)
{
	(void)link, (void)files, (void)err;
	return 0;
}

int __wrap_config_files_after(struct link *link, const struct config_files *files,
	struct config_changes *changes, struct error *err)
{
	(void)link, (void)files, (void)changes, (void)err;
	return 0;
}

static int set_up(void **state)
{
	static char name[] = "a", other[] = "b", evr[] = "0:2-1", file[] = "new-2.rpm";

	fake_node_begin(state);
	memset(&world, 0, sizeof(world));
	for (size_t i = 0; i < 2; i++) {
		world.packages[i].package.name = i ? other : name;
		world.packages[i].package.evr = evr;
		world.packages[i].file = file;
	}
	world.bundle.packages = world.packages;
	world.bundle.package_count = 2;
	fake.run.target.bundle = &world.bundle;
	snprintf(fake.run.target.bundle_digest, sizeof(fake.run.target.bundle_digest), "d1");
	snprintf(fake.run.job, sizeof(fake.run.job), "shop-1");
	world.job = JOB_NONE;
	world.said = "";
	world.started_as = JOB_DONE;
	world.started_upgrades = true;
	return 0;
}

static int tear_down(void **state)
{
	text_clear(&world.evidence);
	return fake_node_end(state);
}

static enum step_result install(bool may_act)
{
	error_release(&fake.error);
	text_clear(&world.evidence);
	return step_install(&fake.run, 0, may_act, &world.evidence, &fake.error);
}

static void old_packages_are_replaced_once(void **state)
{
	(void)state;
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 1);
	assert_string_equal(text_string(&world.evidence), "installed: a-2-1.noarch");
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 1);
}

static void a_look_alone_begins_nothing(void **state)
{
	(void)state;
	assert_int_equal(install(false), STEP_WAIT);
	assert_string_equal(error_text(&fake.error),
		"web1: installed are a-1-1.noarch, not the bundle's versions");
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

	step_told(&fake.run, &step);
	fake.run.state.nodes[0].job_started = fake.run.state.nodes[0].job_ran = false;
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
		error_text(&fake.error), "web1: the installation failed: error: the disk is full");
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
	upgrade();
	assert_int_equal(install(true), STEP_DONE);
	assert_int_equal(world.starts, 0);
}

static void what_had_no_effect_is_begun_anew(void **state)
{
	(void)state;
	world.started_upgrades = false;
	assert_int_equal(install(true), STEP_RETRY);
	assert_string_equal(error_text(&fake.error),
		"web1: the installation ended without effect: installed are a-1-1.noarch");
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
	world.said = "warning: %post scriptlet failed, exit status 1";
	assert_int_equal(install(true), STEP_REFUSED);
	assert_non_null(strstr(error_text(&fake.error), "a package's script failed"));
	/* Killed before the journal had it: it is told again. */
	fake.run.state.nodes[0].job_started = fake.run.state.nodes[0].job_ran = false;
	assert_int_equal(install(false), STEP_REFUSED);
	tell();
	assert_int_equal(install(false), STEP_DONE);
	assert_int_equal(world.starts, 1);
}

/* haupgrade was killed while it ran: the next one is the first to see how it ended. */
static void a_script_that_failed_unseen_is_none_either(void **state)
{
	(void)state;
	world.said = "warning: %post scriptlet failed, exit status 1";
	world.job = JOB_DONE;
	upgrade();
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
