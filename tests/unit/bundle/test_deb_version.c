/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of Debian's versions: every pair of a list, as dpkg --compare-versions orders it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/deb_version.h"
#include "tests/unit/bundle/package_fixture.h"

/* Policy's own examples, and what people write. */
static const char *const versions[] = {"0", "1", "1.0", "1.00", "1.0-0", "1.0-1", "1.0-1.1",
	"1.0-1+b1", "1.0-1~bpo12+1", "1.0-1+deb12u1", "1.0~", "1.0~~", "1.0~~a", "1.0~rc1",
	"1.0~rc1-1", "1.0a", "1.0a~", "1.0b2", "1.0+git20220101.abcdef", "1.0+dfsg", "1.0.1",
	"1.0-beta-1", "1.0-beta-2", "1.10", "1.9", "1.09", "0:1.0", "1:0.1", "1:0.1-1", "2:0",
	"10:1", "9:1", "1.0-a", "1.0-+", "1.0.", "1.0..1", "1.a.1", "1.A", "1.Z", "1.z", "1.+",
	"00001", "18446744073709551617", "18446744073709551616", "3.0.6-13", "3.0.6-13haupgrade1",
	"0:1.0:2", "0:1.0:2-3", "1-0", "1-00", "1-~", "1-0~", "2.0.0~beta.3", "2.0.0~beta.12"};

enum { COUNT = sizeof(versions) / sizeof(versions[0]) };

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void test_as_dpkg(void **state)
{
	char *folder = package_fixture_begin();
	CLEANUP(cleanup_free) char *input = text_format("%s/pairs", folder);
	CLEANUP(cleanup_free)
	char *script = text_format(
		"while read -r a b; do if dpkg --compare-versions \"$a\" lt \"$b\"; then echo '<'; elif dpkg --compare-versions \"$a\" gt \"$b\"; then echo '>'; else echo =; fi; done <%s >%s.out",
		input, input);
	CLEANUP(cleanup_free) char *output = text_format("%s.out", input);
	CLEANUP(cleanup_free) char *answers = NULL;
	CLEANUP(cleanup_text) struct text pairs = {0};
	const char *const version[] = {"dpkg", "--version", NULL};
	const char *answer;

	(void)state;
	if (package_fixture_run(version) != 0) {
		package_fixture_end(folder);
		print_message("dpkg is not installed\n");
		skip();
	}
	for (int i = 0; i < COUNT; i++)
		for (int j = i + 1; j < COUNT; j++)
			text_appendf(&pairs, "%s %s\n", versions[i], versions[j]);
	assert_int_equal(file_write(input, pairs.data, pairs.length, 0600, NULL), 0);
	assert_int_equal(package_fixture_run((const char *const[]){"sh", "-c", script, NULL}), 0);
	assert_int_equal(file_read(output, 1 << 20, &answers, NULL, NULL), 0);
	answer = answers;
	for (int i = 0; i < COUNT; i++) {
		for (int j = i + 1; j < COUNT; j++, answer += 2) {
			int ours = sign(deb_version_compare(versions[i], versions[j]));

			if ("<=>"[ours + 1] != *answer)
				fail_msg("%s %c %s, says dpkg", versions[i], *answer, versions[j]);
			assert_int_equal(
				sign(deb_version_compare(versions[j], versions[i])), -ours);
		}
		assert_int_equal(deb_version_compare(versions[i], versions[i]), 0);
	}
	assert_int_equal(*answer, '\0');
	package_fixture_end(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_dpkg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
