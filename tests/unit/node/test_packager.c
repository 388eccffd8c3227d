/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between package managers: names, command lines, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/base/text.h"
#include "orchestrator/node/packager.h"

static const struct packager *packager(enum profile_packager kind)
{
	const struct profile profile = {.packager = kind};

	return packager_of(&profile);
}

static void expect_label(enum profile_packager kind, const char *name, const char *evr,
	const char *label, const char *file)
{
	CLEANUP(cleanup_free) char *made = packager_label(packager(kind), name, evr, "all");
	CLEANUP(cleanup_free)
	char *path = packager_file(packager(kind), label, strlen(label));

	assert_string_equal(made, label);
	assert_string_equal(path, file);
	assert_true(packager_label_has(packager(kind), label, strlen(label), name));
	assert_false(packager_label_has(packager(kind), label, strlen(label), "key"));
}

static void labels_keep_their_parts_apart(void **state)
{
	(void)state;
	expect_label(PROFILE_RPM, "a-b", "0:1.0-2", "a-b-1.0-2.all", "a-b-1.0-2.all.rpm");
	expect_label(PROFILE_RPM, "a", "3:1.0-2", "a-3:1.0-2.all", "a-3:1.0-2.all.rpm");
	/* Debian's versions may have any number of "-", and files leave the epoch out. */
	expect_label(PROFILE_DPKG, "keepalived", "1:2.2.7-1+b2", "keepalived_1:2.2.7-1+b2_all",
		"keepalived_2.2.7-1+b2_all.deb");
	expect_label(PROFILE_DPKG, "a-b", "0:1-2-3", "a-b_1-2-3_all", "a-b_1-2-3_all.deb");
	expect_label(PROFILE_DPKG, "a", "0:7", "a_7_all", "a_7_all.deb");
	assert_false(packager_label_has(packager(PROFILE_RPM), "a-b-1-2.x", 9, "a"));
	assert_false(packager_label_has(packager(PROFILE_DPKG), "a-b_1_x", 7, "a"));
	assert_false(packager_label_has(packager(PROFILE_DPKG), "a", 1, "a"));
}

static char *line_of(const struct profile *profile, bool back)
{
	static const char *const paths[] = {"/b/it's.deb", "/b/two.deb"};
	CLEANUP(error_release) struct error err = {0};
	char *line = NULL;

	assert_int_equal(packager_install_line(profile, back, paths, 2, &line, &err), 0);
	return line;
}

static void packages_stand_behind_the_words(void **state)
{
	char own[] = "rpm", freshen[] = "-Fvh", service[] = "keepalived";
	char *words[] = {own, freshen, NULL}, *services[] = {service, NULL};
	CLEANUP(cleanup_free)
	char *usual = line_of(&(struct profile){.packager = PROFILE_RPM}, false);
	CLEANUP(cleanup_free)
	char *given =
		line_of(&(struct profile){.packager = PROFILE_RPM, .install = {words, 2}}, false);
	CLEANUP(cleanup_free)
	char *debian = line_of(
		&(struct profile){.packager = PROFILE_DPKG, .services = {services, 1}}, false);

	/* In Debian the words are run by scripts, which stand before the services. */
	(void)state;
	assert_string_equal(usual, "'rpm' '-U' '--' '/b/it'\\''s.deb' '/b/two.deb'");
	assert_string_equal(given, "'rpm' '-Fvh' '/b/it'\\''s.deb' '/b/two.deb'");
	assert_true(text_ends_with(debian,
		"shift; exec \"$@\"' 'keepalived' '--' 'dpkg' '--force-confdef' '--force-confold' '-i' '--' '/b/it'\\''s.deb' '/b/two.deb'"));
}

/* A profile's own words may only ever go forward. */
static void going_back_has_words_of_its_own(void **state)
{
	char own[] = "rpm", freshen[] = "-Fvh";
	char *words[] = {own, freshen, NULL};
	CLEANUP(cleanup_free)
	char *rpm =
		line_of(&(struct profile){.packager = PROFILE_RPM, .install = {words, 2}}, true);
	CLEANUP(cleanup_free)
	char *debian = line_of(&(struct profile){.packager = PROFILE_DPKG}, true);

	(void)state;
	assert_string_equal(rpm,
		"'rpm' '-U' '--oldpackage' '--replacepkgs' '--' '/b/it'\\''s.deb' '/b/two.deb'");
	assert_true(text_ends_with(debian,
		"shift; exec \"$@\"' '--' 'dpkg' '--force-confdef' '--force-confold' '--force-downgrade' '-i' '--' '/b/it'\\''s.deb' '/b/two.deb'"));
}

static void another_one_at_work_is_recognized(void **state)
{
	(void)state;
	assert_true(packager_is_busy(packager(PROFILE_DPKG),
		"dpkg: error: dpkg frontend lock was locked by another process with pid 42|Note"));
	assert_true(packager_is_busy(packager(PROFILE_DPKG),
		"E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7"));
	assert_true(packager_is_busy(packager(PROFILE_RPM),
		"error: can't create transaction lock on /var/lib/rpm/.rpm.lock"));
	assert_false(packager_is_busy(packager(PROFILE_DPKG), "dpkg: error processing package x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_keep_their_parts_apart),
		cmocka_unit_test(packages_stand_behind_the_words),
		cmocka_unit_test(going_back_has_words_of_its_own),
		cmocka_unit_test(another_one_at_work_is_recognized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
