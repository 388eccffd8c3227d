/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named checks: their names, what may be waived, and what an outcome keeps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/check/waiver.h"

/* haupgrade(8) has a paragraph for each. */
static void every_check_is_in_the_manual(void **state)
{
	const char *source = getenv("srcdir") ? getenv("srcdir") : ".";
	CLEANUP(cleanup_free) char *path = text_format("%s/docs/man/haupgrade.8.adoc", source);
	CLEANUP(cleanup_free) char *manual = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(file_read(path, 1 << 20, &manual, NULL, &err), 0);
	for (unsigned int kind = 0; kind < CHECK_KIND_COUNT; kind++) {
		CLEANUP(cleanup_free)
		char *entry = text_format("\n*%s*:: ", check_name((enum check_kind)kind));

		if (!strstr(manual, entry))
			fail_msg("%s is not explained", check_name((enum check_kind)kind));
	}
}

static void names_are_words_and_lead_back(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < CHECK_KIND_COUNT; kind++) {
		const char *name = check_name((enum check_kind)kind);

		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		assert_int_equal(check_find(name), kind);
	}
	assert_int_equal(check_find("dance"), CHECK_KIND_COUNT);
	assert_int_equal(check_find(""), CHECK_KIND_COUNT);
}

/* What the engine refuses all the same. */
static void invariants_cannot_be_waived(void **state)
{
	static const char *const firm[] = {"reachable", "privilege", "packages", "versions",
		"lease", "one-primary", "floating-ip"};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(firm) / sizeof(firm[0]); i++) {
		struct waivers waivers = {0};
		CLEANUP(error_release) struct error err = {0};
		char words[64];

		snprintf(words, sizeof(words), "%s=I know better", firm[i]);
		assert_int_equal(waiver_take(&waivers, words, &err), -EINVAL);
		assert_non_null(strstr(error_text(&err), "cannot be waived: "));
		assert_int_equal(waivers.count, 0);
	}
	for (unsigned int kind = 0; kind < CHECK_KIND_COUNT; kind++) {
		CLEANUP(cleanup_free)
		char *words = text_format("%s=I know better", check_name((enum check_kind)kind));
		struct waivers waivers = {0};

		count += waiver_take(&waivers, words, NULL) < 0;
	}
	assert_int_equal(count, sizeof(firm) / sizeof(firm[0]));
}

static void expect_refused(const char *words, const char *expected)
{
	struct waivers waivers = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(waiver_take(&waivers, words, &err), -EINVAL);
	if (!strstr(error_text(&err), expected))
		fail_msg("\"%s\" is not in \"%s\"", expected, error_text(&err));
	assert_int_equal(waivers.count, 0);
}

static void waivers_want_a_name_and_a_reason(void **state)
{
	struct waivers waivers = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	expect_refused("clock-skew", "say why, for the journal: --waive 'clock-skew=REASON'");
	expect_refused("clock-skew=", "say why");
	expect_refused("clock-skew= \t", "say why");
	expect_refused(
		"clock=late", "no check is called \"clock\"; those that can be waived are: ");
	expect_refused("=reason", "no check is called \"\"");
	expect_refused("", "clock-skew, ");
	assert_int_equal(waiver_take(&waivers, "clock-skew=NTP comes = tomorrow", &err), 0);
	assert_string_equal(waivers.items[0].reason, "NTP comes = tomorrow");
	assert_int_equal(waiver_take(&waivers, "clock-skew=again", &err), -EINVAL);
	assert_string_equal(error_text(&err), "--waive: clock-skew is waived twice");
	assert_int_equal(waivers.count, 1);
}

static void waivers_hold_for_their_check_alone(void **state)
{
	CLEANUP(cleanup_checks) struct checks checks = {0};
	struct waivers waivers = {0};

	(void)state;
	waiver_take(&waivers, "clock-skew=known", NULL);
	checks_add(&checks, CHECK_CLOCK_SKEW, 0, CHECK_FAIL, "off by %d s", 40);
	checks_add(&checks, CHECK_CLOCK_SKEW, 1, CHECK_PASS, "good");
	checks_add(&checks, CHECK_UNITS, 1, CHECK_WARN, "failed");
	checks_add(&checks, CHECK_LEASE, 1, CHECK_UNLOOKED, "nobody asked");
	assert_false(checks_passed(&checks));
	assert_string_equal(checks_first_failure(&checks)->text, "off by 40 s");
	waiver_apply(&checks, &waivers);
	assert_true(checks_passed(&checks));
	assert_string_equal(checks.items[0].waived, "known");
	assert_null(checks.items[1].waived);
	checks_add(&checks, CHECK_SERVICES, 1, CHECK_FAIL, "NOT ACTIVE");
	waiver_apply(&checks, &waivers);
	assert_ptr_equal(checks_first_failure(&checks), &checks.items[4]);
	assert_int_equal(checks_count(&checks, CHECK_FAIL), 2);
}

static void evidence_is_bounded_and_printable(void **state)
{
	CLEANUP(cleanup_checks) struct checks checks = {0};
	char answer[4 * CHECK_ANSWER_MAX];
	struct check *check = checks_add(&checks, CHECK_UNITS, 0, CHECK_WARN, "failed");

	(void)state;
	assert_string_equal(check->fix, "");
	check_fix(check, "on %s: look", "node1");
	check_fix(check, "on %s: look", "node2");
	assert_string_equal(check->fix, "on node2: look");
	check_evidence(check, "systemctl", "a\033[2Jb");
	assert_string_equal(check->answer, "a\\x1b[2Jb");
	memset(answer, 'x', sizeof(answer) - 1);
	answer[sizeof(answer) - 1] = '\0';
	check_evidence(check, "systemctl", answer);
	assert_true(strlen(check->answer) < CHECK_ANSWER_MAX);
	check_evidence(check, "systemctl", NULL);
	assert_string_equal(check->answer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_check_is_in_the_manual),
		cmocka_unit_test(names_are_words_and_lead_back),
		cmocka_unit_test(invariants_cannot_be_waived),
		cmocka_unit_test(waivers_want_a_name_and_a_reason),
		cmocka_unit_test(waivers_hold_for_their_check_alone),
		cmocka_unit_test(evidence_is_bounded_and_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
