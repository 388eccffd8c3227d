/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What propagate decides on the admin machine: templates, node lines, surveys, recovery, keys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/files/diff.h"
#include "orchestrator/files/mask.h"
#include "orchestrator/files/new_authkeys.h"
#include "orchestrator/files/node_lines.h"
#include "orchestrator/files/recovery.h"
#include "orchestrator/files/survey.h"
#include "orchestrator/files/template.h"
#include "orchestrator/files/wanted_files.h"

static const char *look_up(const char *name, size_t length, void *context)
{
	(void)context;
	if (length == 4 && memcmp(name, "node", 4) == 0)
		return "n1";
	return length == 5 && memcmp(name, "empty", 5) == 0 ? "" : NULL;
}

/* What a template becomes; or its problems, in problems. */
static char *rendered(const char *bytes, struct problems *problems)
{
	const struct template_values values = {look_up, NULL, "node \"n1\""};
	struct text text = {0};

	template_render("f", bytes, strlen(bytes), &values, &text, problems);
	return text_take(&text);
}

static void expect_rendered(const char *bytes, const char *wanted)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *text = rendered(bytes, &problems);

	assert_int_equal(problems.count, 0);
	assert_string_equal(text, wanted);
}

static void test_template(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *text = NULL, *told = NULL;

	(void)state;
	expect_rendered("", "");
	expect_rendered("a ${node}${node} b${empty}\n", "a n1n1 b\n");
	expect_rendered("$ $$ $x {node} $${node} $", "$ $$ $x {node} ${node} $");
	text = rendered("one\n${nodes} ${node}\n${a b}\n${\n${node", &problems);
	told = problems_text(&problems);
	assert_string_equal(told,
		"f:2: ${nodes}: node \"n1\" has no such value; add nodes=... to its values in the cluster file\n"
		"f:3: \"${\" begins no ${NAME} (letters, digits and \"_\", a letter first); write $${ for the characters themselves\n"
		"f:4: \"${\" begins no ${NAME} (letters, digits and \"_\", a letter first); write $${ for the characters themselves\n"
		"f:5: \"${\" begins no ${NAME} (letters, digits and \"_\", a letter first); write $${ for the characters themselves");
}

static char *node_problems(const char *bytes)
{
	struct cluster_node nodes[] = {{.name = (char[]){"n1"}}, {.name = (char[]){"n2"}}};
	const struct cluster cluster = {
		.file = (char[]){"/c.conf"}, .nodes = nodes, .node_count = 2};
	CLEANUP(cleanup_problems) struct problems problems = {0};

	node_lines_check("ha.cf", bytes, strlen(bytes), &cluster, &problems);
	return problems_text(&problems);
}

static void test_node_lines(void **state)
{
	CLEANUP(cleanup_free) char *good = node_problems("node n1 N2\nkeepalive 1\n");
	CLEANUP(cleanup_free) char *bad = node_problems("# node n2\nnode n1\nnode n3 # x\n");

	(void)state;
	assert_string_equal(good, "");
	assert_string_equal(bad,
		"ha.cf:3: node n3 is not in the cluster file /c.conf; add it there, or take it out here\n"
		"ha.cf: there is no line \"node n2\", but the cluster file /c.conf has that node");
}

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void test_survey(void **state)
{
	static const char output[] = "Welcome!\nnow 100\n"
				     "transaction t1.demo settled\ntransaction t2.demo \n"
				     "file 600 0 0 root root 90 " DIGEST "\n"
				     "symlink /else where\nabsent\nfolderless\nother\n"
				     "service enabled 80 one\nservice masked - two\nend\n";
	CLEANUP(cleanup_survey) struct survey survey = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(survey_parse(output, strlen(output), 5, 2, &survey, &err), 0);
	assert_int_equal(survey.now_s, 100);
	assert_int_equal(survey_state_of(&survey, "t1.demo"), SURVEY_SETTLED);
	assert_int_equal(survey_state_of(&survey, "t2.demo"), SURVEY_BEGUN);
	assert_int_equal(survey_state_of(&survey, "t3.demo"), SURVEY_REVERTED);
	assert_string_equal(survey.files[0].sha256, DIGEST);
	assert_int_equal(survey.files[0].changed_s, 90);
	assert_string_equal(survey.files[1].link, "/else where");
	assert_int_equal(survey.files[2].kind, SURVEY_ABSENT);
	assert_int_equal(survey.files[3].kind, SURVEY_FOLDERLESS);
	assert_int_equal(survey.files[4].kind, SURVEY_OTHER);
	assert_true(survey_is_enabled(&survey.services[0]));
	assert_int_equal(survey.services[0].since_s, 80);
	assert_false(survey_is_enabled(&survey.services[1]));
	assert_int_equal(survey.services[1].since_s, 0);
}

static void expect_bad_survey(const char *output, size_t files, const char *wanted)
{
	struct survey survey = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(survey_parse(output, strlen(output), files, 0, &survey, &err), -EPROTO);
	assert_string_equal(error_text(&err), wanted);
	assert_null(survey.files);
}

static void test_bad_surveys(void **state)
{
	(void)state;
	expect_bad_survey("absent\n", 1, "the answer is cut off before its end");
	expect_bad_survey("end\n", 1, "asked for 1 files and 0 services, got 0 and 0");
	expect_bad_survey("file 600 0 0 root root 9 short\nend\n", 1,
		"line 1 \"file 600 0 0 root root 9 short\": a digest is no SHA-256");
	expect_bad_survey(
		"file 600 0\nend\n", 1, "line 1 \"file 600 0\": group is missing or too long");
	expect_bad_survey("file 66666666600 0 0 r r 9 x\nend\n", 1,
		"line 1 \"file 66666666600 0 0 r r 9 x\": mode is missing or too long");
}

static struct survey survey_of(const char *lines)
{
	CLEANUP(cleanup_free) char *output = text_format("%send\n", lines);
	struct survey survey = {0};

	assert_int_equal(survey_parse(output, strlen(output), 0, 0, &survey, NULL), 0);
	return survey;
}

/* "settle t2.demo, revert t1.demo" for what two nodes say. */
static char *decided(const char *one, const char *two)
{
	struct survey surveys[] = {survey_of(one), survey_of(two)};
	static const char *const names[] = {"n1", "n2"};
	CLEANUP(cleanup_recovery) struct recovery recovery = {0};
	struct text text = {0};
	CLEANUP(error_release) struct error err = {0};

	if (recovery_decide(surveys, names, 2, "demo", &recovery, &err) < 0)
		text_append(&text, error_text(&err));
	for (size_t i = 0; i < recovery.count; i++)
		text_appendf(&text, "%s%s %s", i ? ", " : "",
			recovery.items[i].settle ? "settle" : "revert",
			recovery.items[i].transaction);
	survey_clear(&surveys[0]);
	survey_clear(&surveys[1]);
	return text_take(&text);
}

static void expect_decided(const char *one, const char *two, const char *wanted)
{
	CLEANUP(cleanup_free) char *text = decided(one, two);

	assert_string_equal(text, wanted);
}

static void test_recovery(void **state)
{
	(void)state;
	expect_decided("", "", "");
	expect_decided("transaction t.demo settled\n", "transaction t.demo settled\n", "");
	expect_decided("transaction t.demo committed\n", "transaction t.demo committed\n",
		"settle t.demo");
	expect_decided(
		"transaction t.demo settled\n", "transaction t.demo committed\n", "settle t.demo");
	expect_decided("transaction t.demo committed\n", "transaction t.demo committing\n",
		"revert t.demo");
	expect_decided(
		"transaction t.demo committed\n", "transaction t.demo staged\n", "revert t.demo");
	expect_decided("transaction t.demo committed\n", "", "revert t.demo");
	expect_decided("transaction t.demo \n", "", "revert t.demo");
	expect_decided("transaction t1.demo reverted\ntransaction t2.demo committed\n",
		"transaction t1.demo committing\ntransaction t2.demo committed\n",
		"settle t2.demo, revert t1.demo");
	/* Only what has replaced something matters to others. */
	expect_decided("transaction t.other staged\n", "", "");
	expect_decided("transaction t.other committed\n", "",
		"n1: propagate t.other of another cluster was interrupted while it replaced files; run `haupgrade propagate` for that cluster first");
}

static void expect_diff(const char *left, const char *right, const char *wanted)
{
	const struct diff_side sides[] = {
		{left, strlen(left), "there"}, {right, strlen(right), "here"}};
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (diff_unified(&sides[0], &sides[1], &text, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(text, wanted);
}

static void test_diff(void **state)
{
	(void)state;
	expect_diff("a\n", "a\n", "");
	expect_diff("a\nb\n", "a\nc\n", "--- there\n+++ here\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
	expect_diff("", "x\n", "--- there\n+++ here\n@@ -0,0 +1 @@\n+x\n");
}

static int make_folder(void **state)
{
	static char folder[32];

	strcpy(folder, "/tmp/haupgrade-files.XXXXXX");
	*state = folder;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	CLEANUP(cleanup_free) char *line = text_format("rm -rf %s", (const char *)*state);

	return system(line);
}

static void test_key(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/authkeys", (const char *)*state);
	CLEANUP(cleanup_free) char *first = NULL, *second = NULL;
	CLEANUP(cleanup_free) char *wanted = NULL;
	CLEANUP(error_release) struct error err = {0};
	struct stat status;

	assert_int_equal(new_authkeys_write(path, false, &err), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(file_read(path, 4096, &first, NULL, NULL), 0);
	assert_true(text_starts_with(first, "auth 1\n1 sha256 "));
	assert_int_equal(strspn(first + strlen("auth 1\n1 sha256 "), "0123456789abcdef"), 64);
	assert_int_equal(new_authkeys_write(path, false, &err), -EEXIST);
	wanted = text_format(
		"%s: there is a key already; --replace-authkeys makes a new one, which all nodes of a running cluster must then be restarted with (authkeys(5) says how to do it without an interruption)",
		path);
	assert_string_equal(error_text(&err), wanted);
	assert_int_equal(new_authkeys_write(path, true, &err), 0);
	assert_int_equal(file_read(path, 4096, &second, NULL, NULL), 0);
	assert_string_not_equal(first, second);
}

/* A cluster of two nodes in folder with one file, whose source has these bytes and mode. */
static char *set_problems(const char *folder, struct file_entry *entry, const char *bytes,
	mode_t mode, struct wanted_files **set)
{
	static char n1[] = "n1", n2[] = "n2", address1[] = "192.0.2.1", address2[] = "192.0.2.2";
	static char address[] = "192.0.2.9", value[] = "dev=eth1", name[] = "demo";
	static struct cluster_node nodes[] = {
		{.name = n1, .address = address1}, {.name = n2, .address = address2}};
	static char *floating[] = {address, NULL};
	static char *values[] = {value, NULL};
	static char path[64];
	static struct cluster cluster;
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *source = text_format("%s/%s", folder, entry->source);
	CLEANUP(error_release) struct error err = {0};

	snprintf(path, sizeof(path), "%s/c.conf", folder);
	nodes[1].values = (struct word_list){values, 1};
	cluster = (struct cluster){.name = name,
		.file = path,
		.nodes = nodes,
		.node_count = 2,
		.floating_ips = {floating, 1},
		.files = {entry, 1}};
	assert_int_equal(file_write(source, bytes, strlen(bytes), mode, NULL), 0);
	if (wanted_files_load(&cluster, set, &problems, &err) == 0)
		assert_int_equal(problems.count, 0);
	return problems_text(&problems);
}

static struct file_entry an_entry(void)
{
	static char target[] = "/etc/f", source[] = "f", owner[] = "root", group[] = "0";
	static char mode[] = "0640";

	return (struct file_entry){.target = target,
		.source = source,
		.owner = owner,
		.group = group,
		.mode = mode,
		.secret = FILE_NO,
		.is_template = FILE_YES,
		.node_lines = FILE_NO};
}

static void test_set(void **state)
{
	struct survey_file found = {.kind = SURVEY_FILE,
		.mode = "640",
		.user = "0",
		.group = "0",
		.user_name = "root",
		.group_name = "root"};
	CLEANUP(cleanup_wanted_files) struct wanted_files *set = NULL;
	struct file_entry entry = an_entry();
	CLEANUP(cleanup_free)
	char *problems =
		set_problems(*state, &entry, "${node} ${address} ${cluster} $${x}\n", 0644, &set);

	assert_string_equal(problems, "");
	assert_string_equal(set->files[0].contents[0].bytes, "n1 192.0.2.1 demo ${x}\n");
	assert_string_equal(set->files[0].contents[1].bytes, "n2 192.0.2.2 demo ${x}\n");
	assert_int_equal(wanted_files_compare(set, 0, 0, &found), WANTED_CONTENT);
	strcpy(found.sha256, set->files[0].contents[0].sha256);
	assert_int_equal(wanted_files_compare(set, 0, 0, &found), WANTED_SAME);
	assert_int_equal(wanted_files_compare(set, 0, 1, &found), WANTED_CONTENT);
	strcpy(found.mode, "644");
	strcpy(found.user_name, "daemon");
	strcpy(found.user, "1");
	assert_int_equal(wanted_files_compare(set, 0, 0, &found), WANTED_MODE | WANTED_OWNER);
	found.kind = SURVEY_ABSENT;
	assert_int_equal(wanted_files_compare(set, 0, 0, &found), WANTED_MISSING);
	found.kind = SURVEY_SYMLINK;
	assert_int_equal(wanted_files_compare(set, 0, 0, &found), WANTED_KIND);
}

static void expect_set_problems(
	const char *folder, struct file_entry *entry, const char *bytes, const char *wanted)
{
	CLEANUP(cleanup_wanted_files) struct wanted_files *set = NULL;
	CLEANUP(cleanup_free) char *problems = set_problems(folder, entry, bytes, 0644, &set);
	CLEANUP(cleanup_free) char *whole = text_format("%s/%s", folder, wanted);

	assert_null(set);
	assert_string_equal(problems, whole);
}

static void test_set_problems(void **state)
{
	struct file_entry entry = an_entry();
	CLEANUP(cleanup_free) char *wanted = NULL;

	/* Only one of the nodes lacks it. */
	expect_set_problems(*state, &entry, "\n${dev}\n",
		"f:2: ${dev}: node \"n1\" has no such value; add dev=... to its values in the cluster file");
	entry.is_template = FILE_NO;
	entry.secret = FILE_YES;
	wanted = text_format(
		"f: mode 0644 lets others than its owner at a secret; do: chmod 600 %s/f",
		(const char *)*state);
	expect_set_problems(*state, &entry, "key\n", wanted);
}

/* The path stands before the message, and not once more in it. */
static void test_a_source_that_is_no_file_is_named_once(void **state)
{
	struct cluster_node nodes[] = {{.name = (char[]){"n1"}}};
	struct file_entry entry = an_entry();
	const struct cluster cluster = {.name = (char[]){"demo"},
		.file = (char[]){"/c.conf"},
		.nodes = nodes,
		.node_count = 1,
		.files = {.items = &entry, .count = 1}};
	CLEANUP(cleanup_wanted_files) struct wanted_files *set = NULL;
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *told = NULL, *wanted = NULL;
	CLEANUP(error_release) struct error err = {0};

	entry.source = *state;
	assert_int_equal(wanted_files_load(&cluster, &set, &problems, &err), -EINVAL);
	told = problems_text(&problems);
	wanted = text_format("%s: not a regular file", (const char *)*state);
	assert_string_equal(told, wanted);
}

static void test_mask(void **state)
{
	static const struct {
		const char *lines, *shown;
	} rows[] = {
		{"", ""},
		{"-\tauth_pass aB 12\n+\tauth_pass x\n \tauth_type PASS\n",
			"-\tauth_pass (masked)\n+\tauth_pass (masked)\n \tauth_type PASS\n"},
		{"+user a insecure-password b\n+stats auth a:b\n",
			"+user a insecure-password (masked)\n+stats auth (masked)\n"},
		{" db_password=\"a b\"", " db_password (masked)"},
		{"+proxy_pass http://a;\n-keepalive 2\n", "+proxy_pass http://a;\n-keepalive 2\n"},
		{"-password a", "-password (masked)"},
		{"password\n\n-\n", "password\n\n-\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CLEANUP(cleanup_free) char *shown = mask_passwords(rows[i].lines);

		assert_string_equal(shown, rows[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_node_lines),
		cmocka_unit_test(test_survey),
		cmocka_unit_test(test_bad_surveys),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_mask),
		cmocka_unit_test_setup_teardown(test_key, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_set, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_set_problems, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			test_a_source_that_is_no_file_is_named_once, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
