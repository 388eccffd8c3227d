/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says it keeps of earlier bundles. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "orchestrator/keep/kept_packages.h"
#include "orchestrator/keep/tidy.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct packager *packager(enum profile_packager kind)
{
	const struct profile profile = {.packager = kind};

	return packager_of(&profile);
}

static int parse(enum profile_packager kind, const char *output, struct kept_packages *kept,
	struct error *err)
{
	return kept_packages_parse(packager(kind), output, strlen(output), kept, err);
}

static void packages_are_found_by_what_they_are(void **state)
{
	static const char label[] = "a-b-1.0-2.x86_64 more";
	CLEANUP(cleanup_kept_packages) struct kept_packages kept = {0};
	CLEANUP(cleanup_free) char *path = NULL;
	const struct kept_package *package;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(parse(PROFILE_RPM,
				 "Last login: today\nbundle 00112233\npackage " DIGEST
				 " 77 a-b 0:1.0-2 x86_64 a b.rpm\nbundle ff\npackage " DIGEST
				 " 0 c 2:1-1 noarch c.rpm\nend\n",
				 &kept, &err),
		0);
	assert_int_equal(kept.count, 2);
	package = kept_packages_find(&kept, label, strcspn(label, " "));
	assert_non_null(package);
	assert_int_equal(package->size, 77);
	assert_string_equal(package->sha256, DIGEST);
	path = kept_packages_path(package);
	assert_string_equal(path, "/var/lib/haupgrade/bundles/00112233/a b.rpm");
	assert_ptr_equal(kept_packages_find(&kept, "c-2:1-1.noarch", 14), &kept.packages[1]);
	assert_string_equal(kept.packages[1].folder, "ff");
	assert_null(kept_packages_find(&kept, "a-b-1.0-2.x86_6", 15));
}

static void debian_versions_may_lack_an_epoch(void **state)
{
	CLEANUP(cleanup_kept_packages) struct kept_packages kept = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(parse(PROFILE_DPKG,
				 "bundle 1\npackage " DIGEST
				 " 5 keepalived 1:2.2.7-1 amd64 k.deb\npackage " DIGEST
				 " 5 x 0:7 all x.deb\npackage " DIGEST " 5 y 7 all y.deb\nend\n",
				 &kept, &err),
		0);
	assert_non_null(kept_packages_find(&kept, "keepalived_1:2.2.7-1_amd64", 26));
	assert_non_null(kept_packages_find(&kept, "x_7_all", 7));
	assert_non_null(kept_packages_find(&kept, "y_7_all", 7));
}

static void expect_refused(const char *output, const char *words)
{
	CLEANUP(cleanup_kept_packages) struct kept_packages kept = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(parse(PROFILE_RPM, output, &kept, &err), -EPROTO);
	assert_non_null(strstr(error_text(&err), words));
	assert_null(kept.packages);
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	expect_refused("", "cut off before its end");
	expect_refused("bundle a\n", "cut off before its end");
	expect_refused("package " DIGEST " 5 a 0:1-1 x a.rpm\nend\n", "a kept package without");
	expect_refused("bundle a\npackage " DIGEST " 5 a 0:1-1 x\nend\n", "a kept package without");
	expect_refused("bundle a\npackage abc 5 a 0:1-1 x a.rpm\nend\n", "a kept package without");
	expect_refused("bundle a\npackage " DIGEST " -5 a 0:1-1 x a.rpm\nend\n", "is no number");
	/* Such names lead out of the folder, or into an option. */
	expect_refused(
		"bundle a\npackage " DIGEST " 5 a 0:1-1 x ../a.rpm\nend\n", "a kept package");
	expect_refused("bundle a\npackage " DIGEST " 5 a 0:1-1 x b/a.rpm\nend\n", "a kept package");
	expect_refused("bundle a\npackage " DIGEST " 5 a 0:1-1 x -a.rpm\nend\n", "a kept package");
	expect_refused(
		"bundle a\npackage " DIGEST " 5 a 0:1-1 x SHA256SUMS\nend\n", "a kept package");
	expect_refused("bundle ..\nend\n", "a kept bundle without a name");
	expect_refused("bundle a/b\nend\n", "a kept bundle without a name");
}

static void what_stays_is_read_beside_chatter(void **state)
{
	static const char said[] = "Welcome!\nkept aa11/SHA256SUMS\nYou have mail.\n"
				   "kept bb\x1b[2J22/SHA256SUMS\nBye.\n";
	CLEANUP(cleanup_free) char *names = tidy_parse(said, strlen(said));
	CLEANUP(cleanup_free) char *none = tidy_parse("", 0);

	(void)state;
	assert_string_equal(names, "aa11 bb\\x1b[2J22");
	assert_string_equal(none, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_are_found_by_what_they_are),
		cmocka_unit_test(debian_versions_may_lack_an_epoch),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(what_stays_is_read_beside_chatter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
