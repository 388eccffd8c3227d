/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of its packages, and what a bundle would change there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/step/preview.h"

static void assert_change(const struct preview *answer, enum package_format format,
	const char *name, const char *evr, const char *arch, const char *expected)
{
	struct package package = {.format = format,
		.name = text_copy(name),
		.evr = text_copy(evr),
		.arch = text_copy(arch)};
	const char *installed = "";

	assert_string_equal(
		preview_change_name(preview_judge(answer, PACKAGE_RPM, &package, &installed)),
		expected);
	package_clear(&package);
}

static void test_judge(void **state)
{
	static const char said[] = "machine x86_64\n"
				   "have a 0:1.0-1 noarch install ok installed\n"
				   "have kernel 0:5.1-1 x86_64 install ok installed\n"
				   "have kernel 0:6.1-1 x86_64 install ok installed\n"
				   "have e 1:1.0-1 noarch install ok installed\n"
				   "end\n";
	struct preview answer = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(preview_parse(said, strlen(said), &answer, &err), 0);
	assert_int_equal(answer.count, 4);
	assert_change(&answer, PACKAGE_RPM, "a", "1.0-2", "noarch", "upgrade");
	assert_change(&answer, PACKAGE_RPM, "a", "1.0-1", "noarch", "same");
	assert_change(&answer, PACKAGE_RPM, "a", "0.9-7", "noarch", "downgrade");
	assert_change(&answer, PACKAGE_RPM, "b", "1-1", "i686", "new");
	assert_change(&answer, PACKAGE_RPM, "e", "2.0-1", "noarch", "downgrade");
	assert_change(&answer, PACKAGE_RPM, "kernel", "5.9-1", "x86_64", "downgrade");
	assert_change(&answer, PACKAGE_RPM, "kernel", "6.2-1", "aarch64", "other machine");
	assert_change(&answer, PACKAGE_DEB, "a", "2", "all", "other packager");
	assert_false(preview_change_hinders(PREVIEW_NEW));
	assert_true(preview_change_hinders(PREVIEW_DOWNGRADE));
	preview_clear(&answer);
}

static void test_dpkg(void **state)
{
	static const char said[] = "machine amd64\n"
				   "have a 1.0-1 all install ok installed\n"
				   "have b 1.0-1 amd64 deinstall ok config-files\n"
				   "have c 1.0-1 amd64 install ok half-configured\n"
				   "have d   unknown ok not-installed\n"
				   "end\n";
	struct preview answer = {0};

	(void)state;
	assert_int_equal(preview_parse(said, strlen(said), &answer, NULL), 0);
	assert_int_equal(answer.count, 1);
	assert_string_equal(answer.packages[0].name, "a");
	preview_clear(&answer);
}

static void test_incomplete(void **state)
{
	static const char *const bad[] = {"", "end\n", "machine x86_64\n", "machine \nend\n",
		"machine x86_64\nhave a 1\nend\n"};
	struct preview answer = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(preview_parse(bad[i], strlen(bad[i]), &answer, &err), -EPROTO);
	assert_string_equal(error_text(&err),
		"line 2 \"have a 1\": a package without name, version, architecture and state");
	assert_null(answer.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_dpkg),
		cmocka_unit_test(test_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
