/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says has become of the packages' configuration files, and how it is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "orchestrator/node/config_files.h"

static void expect(const char *output, const char *words)
{
	CLEANUP(cleanup_config_changes) struct config_changes changes = {0};
	CLEANUP(cleanup_text) struct text told = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(config_changes_parse(output, strlen(output), &changes, &err), 0);
	config_changes_tell(&changes, &told);
	assert_string_equal(text_string(&told), words);
}

static void what_was_left_beside_is_told(void **state)
{
	(void)state;
	expect("new /etc/ha.d/ha.cf.rpmnew\nend\n",
		"/etc/ha.d/ha.cf was kept, the package's is ha.cf.rpmnew");
	expect("new /etc/k/k.conf.dpkg-dist\nend\n",
		"/etc/k/k.conf was kept, the package's is k.conf.dpkg-dist");
	expect("new /etc/a.rpmsave\nnew /etc/b.rpmorig\nend\n",
		"/etc/a is the package's, the previous one is a.rpmsave; /etc/b is the package's, the previous one is b.rpmorig");
	/* Left beside again, with other content. */
	expect("changed /etc/a.rpmnew\nend\n", "/etc/a was kept, the package's is a.rpmnew");
}

static void what_is_of_no_interest_is_not(void **state)
{
	(void)state;
	expect("new /etc/brought\nwelcome to node1\nwelcome /here\nend\nnew /etc/x.rpmnew\n", "");
	expect("end\n", "");
}

static void replaced_and_removed_files_are_told(void **state)
{
	(void)state;
	expect("changed /etc/a b\nremoved /etc/c\nend\n",
		"/etc/a b was replaced by the package's; /etc/c was removed");
	expect("removed /etc/\x1b[1mc\nend\n", "/etc/\\x1b[1mc was removed");
}

static void only_some_are_shown(void **state)
{
	CLEANUP(cleanup_text) struct text output = {0}, told = {0};
	CLEANUP(cleanup_config_changes) struct config_changes changes = {0};
	CLEANUP(error_release) struct error err = {0};
	int i;

	(void)state;
	for (i = 0; i < 13; i++)
		text_appendf(&output, "removed /etc/%d\n", i);
	text_append(&output, "end\n");
	assert_int_equal(
		config_changes_parse(text_string(&output), output.length, &changes, &err), 0);
	assert_int_equal(changes.count, 13);
	config_changes_tell(&changes, &told);
	assert_true(text_ends_with(text_string(&told), "/etc/9 was removed; and 3 more"));
	while (i++ < CONFIG_CHANGES_MAX + 1)
		text_appendf(&output, "removed /etc/%d\n", i);
	text_append(&output, "end\n");
	config_changes_clear(&changes);
	/* What comes behind the end is not read. */
	assert_int_equal(
		config_changes_parse(text_string(&output), output.length, &changes, &err), 0);
	assert_int_equal(changes.count, 13);
}

static void nonsense_is_refused(void **state)
{
	CLEANUP(cleanup_config_changes) struct config_changes changes = {0};
	CLEANUP(cleanup_text) struct text output = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(config_changes_parse("removed /x\n", 11, &changes, &err), -EPROTO);
	assert_non_null(strstr(error_text(&err), "cut off"));
	for (int i = 0; i <= CONFIG_CHANGES_MAX; i++)
		text_append(&output, "removed /x\n");
	text_append(&output, "end\n");
	assert_int_equal(
		config_changes_parse(text_string(&output), output.length, &changes, &err), -EPROTO);
	assert_non_null(strstr(error_text(&err), "more than 1000 changed configuration files"));
	assert_null(changes.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_left_beside_is_told),
		cmocka_unit_test(what_is_of_no_interest_is_not),
		cmocka_unit_test(replaced_and_removed_files_are_told),
		cmocka_unit_test(only_some_are_shown),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
