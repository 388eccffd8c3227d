/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What propagate runs on a node, run here by a local shell in a temporary folder: above all what is
 * left when the machine stops before any one of the commands.
 */
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
#include "orchestrator/files/script.h"
#include "orchestrator/remote/quote.h"

#define TX "20260101T000000Z-00000001.demo"
#define NEXT "20260101T000001Z-00000002.demo"
/* Of this haupgrade's lease on the node, and of another's. */
#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* The node: everything is in this folder. */
static char folder[32];

/* Commands that change something; each may be the one before which the machine stops. */
static const char crash_bin[] =
	"cd \"$0\" && mkdir -p bin && for name in mv cp sync rm mkdir chmod chown find; do\n"
	"  real=$(command -v $name)\n"
	"  { echo '#!/bin/sh'\n"
	"    echo \"n=\\$((\\$(cat $0/count) + 1)); echo \\$n >$0/count\"\n"
	"    echo \"[ \\$n != \\\"\\$CRASH_AT\\\" ] || kill -9 0\"\n"
	"    echo \"exec $real \\\"\\$@\\\"\"\n"
	"  } >bin/$name; chmod 755 bin/$name\n"
	"done\n";

static char *shell_output(const char *line)
{
	struct text text = {0};
	char buffer[4096];
	size_t count;
	FILE *pipe = popen(line, "re");

	assert_non_null(pipe);
	while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		text_append_bytes(&text, buffer, count);
	pclose(pipe);
	return text_take(&text);
}

static void shell(const char *script)
{
	const char *argv[] = {"sh", "-ec", script, folder};
	CLEANUP(cleanup_free) char *line = NULL;

	assert_int_equal(quote_argv(argv, 4, &line, NULL), 0);
	if (system(line) != 0)
		fail_msg("%s", script);
}

static int make_node(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/haupgrade-node.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	shell(crash_bin);
	return 0;
}

static int remove_node(void **state)
{
	CLEANUP(cleanup_free) char *line = text_format("rm -rf %s", folder);

	(void)state;
	return system(line);
}

/* Runs a script of ours with arguments behind ROOT, the transaction and the token; "@" begins a
 * path of the node. The exit status; 137 when the machine stopped before change number crash_at (0:
 * never). */
static int run_as(const char *token, const char *script, const char *transaction,
	const char *const *arguments, int crash_at)
{
	CLEANUP(cleanup_free) char *root = text_format("%s/lib/files", folder);
	CLEANUP(cleanup_free) char *inner = NULL, *line = NULL;
	const char *argv[16] = {root, transaction, token};
	char *owned[16] = {0};
	size_t count = 3;
	int status;

	for (; arguments && *arguments; arguments++, count++)
		argv[count] =
			**arguments != '@'
				? *arguments
				: (owned[count] = text_format("%s%s", folder, *arguments + 1));
	assert_int_equal(quote_script(script, argv, count, &inner, NULL), 0);
	line = text_format(
		"echo 0 >%s/count; CRASH_AT=%d PATH=%s/bin:$PATH setsid --wait %s >%s/said 2>&1",
		folder, crash_at, folder, inner, folder);
	status = system(line);
	for (size_t i = 0; i < count; i++)
		free(owned[i]);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int run(
	const char *script, const char *transaction, const char *const *arguments, int crash_at)
{
	return run_as(TOKEN, script, transaction, arguments, crash_at);
}

static char *said(void)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/said", folder);
	char *bytes = NULL;

	return file_read(path, 1 << 20, &bytes, NULL, NULL) < 0 ? text_copy("") : bytes;
}

static void expect_run(const char *script, const char *transaction, const char *const *arguments)
{
	int status = run(script, transaction, arguments, 0);
	CLEANUP(cleanup_free) char *words = said();

	if (status)
		fail_msg("status %d: %s", status, words);
}

/* Before: a and b are there, c is not, and the lease is ours. */
static const char before[] = "rm -rf \"$0/etc\" \"$0/lib\"; mkdir -p \"$0/etc/x y\" \"$0/lib\"\n"
			     "echo 'token " TOKEN "' >\"$0/lib/lease\"\n"
			     "cd \"$0/etc\"; echo old >a; chmod 640 a; echo old >'x y/b'\n";
static const char upload[] = "cd \"$0/lib/files/" TX "/new$0/etc\"\n"
			     "echo new >a; echo new >'x y/b'; echo new >c\n";

static void stage(void)
{
	CLEANUP(cleanup_free) char *user = shell_output("id -un | tr -d '\\n'");
	CLEANUP(cleanup_free) char *group = shell_output("id -gn | tr -d '\\n'");
	const char *targets[] = {"@/etc/a", "@/etc/x y/b", "@/etc/c", NULL};
	const char *files[] = {user, group, "0600", "@/etc/a", user, group, "0644", "@/etc/x y/b",
		user, group, "0644", "@/etc/c", NULL};

	shell(before);
	expect_run(script_files_begin, TX, NULL);
	expect_run(script_files_prepare, TX, targets);
	shell(upload);
	expect_run(script_files_stage, TX, files);
}

/* "640 old|644 old|-": mode and content of a, b and c, and what else lies beside them. */
static char *look(void)
{
	const char *argv[] = {"sh", "-c",
		"cd \"$0/etc\"; for f in a 'x y/b' c; do if [ -e \"$f\" ]; then\n"
		"  echo \"$(stat -c %a \"$f\") $(cat \"$f\")\"; else echo -; fi; done | paste -sd'|'\n"
		"ls -A . 'x y' | grep haupgrade",
		folder};
	CLEANUP(cleanup_free) char *line = NULL;
	char *text;

	assert_int_equal(quote_argv(argv, 4, &line, NULL), 0);
	text = shell_output(line);
	text_trim(text);
	return text;
}

#define OLD "640 old|644 old|-"
#define NEW "600 new|644 new|644 new"

static char *state_of(const char *transaction)
{
	CLEANUP(cleanup_free)
	char *path = text_format("%s/lib/files/%s/state", folder, transaction);
	char *bytes = NULL;

	if (file_read(path, 64, &bytes, NULL, NULL) < 0)
		return text_copy("");
	text_trim(bytes);
	return bytes;
}

static void expect_look(const char *wanted, const char *when, int number)
{
	CLEANUP(cleanup_free) char *found = look();

	if (strcmp(found, wanted) != 0)
		fail_msg("%s %d: found %s, not %s", when, number, found, wanted);
}

static void test_commit_and_settle(void **state)
{
	const char *settle[] = {TX, NULL};
	CLEANUP(cleanup_free) char *found = NULL;

	(void)state;
	stage();
	expect_look(OLD, "staged", 0);
	expect_run(script_files_commit, TX, NULL);
	expect_look(NEW, "committed", 0);
	/* A job may be begun twice. */
	expect_run(script_files_commit, TX, NULL);
	expect_run(script_files_settle, TX, settle);
	expect_run(script_files_settle, TX, settle);
	found = state_of(TX);
	assert_string_equal(found, "settled");
	/* What was before is kept, what is new is not kept twice. */
	shell("cd \"$0/lib/files/" TX "\"; [ \"$(cat \"old$0/etc/a\")\" = old ]; [ ! -e new ]\n"
	      "grep -qx \"$0/etc/c\" absent");
	expect_run(script_files_end, TX, NULL);
}

static void test_revert(void **state)
{
	const char *other[] = {TX, NULL};

	(void)state;
	stage();
	expect_run(script_files_commit, TX, NULL);
	expect_run(script_files_begin, NEXT, NULL);
	expect_run(script_files_revert, NEXT, other);
	expect_look(OLD, "reverted", 0);
	shell("[ ! -e \"$0/lib/files/" TX "\" ]");
	expect_run(script_files_revert, NEXT, other);
}

/* What somebody wrote after the commit is not ours to put back. */
static void test_changed_since(void **state)
{
	const char *other[] = {TX, NULL};
	CLEANUP(cleanup_free) char *words = NULL, *wanted = NULL;

	(void)state;
	stage();
	expect_run(script_files_commit, TX, NULL);
	shell("echo mine >\"$0/etc/a\"; echo mine >\"$0/etc/c\"");
	expect_run(script_files_revert, TX, other);
	words = said();
	wanted = text_format("left as it is, changed by somebody else: %s/etc/a\n"
			     "left as it is, changed by somebody else: %s/etc/c\n",
		folder, folder);
	assert_string_equal(words, wanted);
	expect_look("600 mine|644 old|644 mine", "changed since", 0);
}

static void lease_is(const char *token)
{
	CLEANUP(cleanup_free)
	char *script = text_format("echo 'token %s' >\"$0/lib/lease\"", token);

	shell(script);
}

/* Who has lost the lease, or never had one, changes nothing: in any step. */
static void test_a_lost_lease_ends_every_step(void **state)
{
	static const char *const scripts[] = {script_files_begin, script_files_prepare,
		script_files_stage, script_files_commit, script_files_revert, script_files_settle,
		script_files_enable};
	const char *other[] = {TX, NULL};
	CLEANUP(cleanup_free) char *found = NULL, *wanted = NULL;

	(void)state;
	stage();
	lease_is(OTHER);
	wanted = text_format(
		"the lease there (%s/lib/lease) is not this haupgrade's any more: another may be working there, nothing was done\n",
		folder);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		CLEANUP(cleanup_free) char *words = NULL;

		assert_int_equal(run(scripts[i], TX, other, 0), 1);
		words = said();
		assert_string_equal(words, wanted);
	}
	/* It says goodbye without a word: what is there is the other's to judge. */
	expect_run(script_files_end, TX, NULL);
	expect_look(OLD, "lost", 0);
	found = state_of(TX);
	assert_string_equal(found, "staged");
	assert_int_equal(run_as("", script_files_commit, TX, NULL, 0), 1);
	shell("rm \"$0/lib/lease\"");
	assert_int_equal(run(script_files_commit, TX, NULL, 0), 1);
	assert_int_equal(run_as("", script_files_commit, TX, NULL, 0), 1);
	expect_look(OLD, "removed", 0);
	lease_is(TOKEN);
	expect_run(script_files_commit, TX, NULL);
	expect_look(NEW, "held", 0);
}

/* As long as a commit is at work nobody can take the lease: its lock is held to the end. */
static void test_commit_keeps_the_lease_locked(void **state)
{
	(void)state;
	stage();
	shell("printf '#!/bin/sh\\nflock -n \"%s/lib/lease.lock\" true && echo free >>\"%s/free\"\\n'"
	      " \"$0\" \"$0\" >\"$0/try\"; chmod 755 \"$0/try\"\n"
	      "for name in mv cp sync; do sed -i \"2i$0/try\" \"$0/bin/$name\"; done; : >\"$0/free\"\n"
	      "\"$0/try\"; [ -s \"$0/free\" ]; : >\"$0/free\"");
	expect_run(script_files_commit, TX, NULL);
	expect_look(NEW, "committed", 0);
	shell("[ ! -s \"$0/free\" ]; sed -i 2d \"$0/bin/mv\" \"$0/bin/cp\" \"$0/bin/sync\"");
}

static void test_oddities(void **state)
{
	const char *link[] = {"0", "0", "0644", "@/etc/a", NULL};
	CLEANUP(cleanup_free) char *words = NULL;

	(void)state;
	stage();
	shell("cd \"$0/etc\"; mv a real; ln -s real a");
	assert_int_equal(run(script_files_stage, TX, link, 0), 1);
	words = said();
	assert_non_null(strstr(words, "/etc/a is a symbolic link to real; name the file itself"));
	assert_int_equal(run(script_files_commit, TX, NULL, 0), 1);
	shell("[ \"$(cat \"$0/etc/real\")\" = old ]; [ -L \"$0/etc/a\" ]");
}

/* What the next propagate does with what it finds: the one node is all nodes. */
static void recover(int crash_at)
{
	CLEANUP(cleanup_free) char *found = state_of(TX);
	const char *other[] = {TX, NULL};
	bool settle = strcmp(found, "committed") == 0 || strcmp(found, "settled") == 0;

	expect_run(script_files_begin, NEXT, NULL);
	run(settle ? script_files_settle : script_files_revert, NEXT, other, crash_at);
}

static void test_stop_before_every_command_of_commit(void **state)
{
	int at = 1, status;

	(void)state;
	do {
		CLEANUP(cleanup_free) char *found = NULL;
		bool settle;

		stage();
		status = run(script_files_commit, TX, NULL, at);
		found = state_of(TX);
		settle = strcmp(found, "committed") == 0;
		recover(0);
		expect_look(settle ? NEW : OLD, "stopped before command", at);
		at++;
	} while (status == 137);
	assert_int_equal(status, 0);
	/* The commit has that many moments at least; a wrapper that does nothing has none. */
	assert_true(at > 20);
}

/* And once more while it is put back. */
static void test_stop_before_every_command_of_revert(void **state)
{
	int at = 1, changes = 1;

	(void)state;
	for (; changes; at++) {
		CLEANUP(cleanup_free) char *words = NULL;
		CLEANUP(cleanup_free) char *path = text_format("%s/count", folder);

		stage();
		expect_run(script_files_commit, TX, NULL);
		shell("echo committing >\"$0/lib/files/" TX "/state\"");
		recover(at);
		assert_int_equal(file_read(path, 64, &words, NULL, NULL), 0);
		changes = atoi(words) >= at;
		recover(0);
		expect_look(OLD, "stopped twice, before command", at);
	}
	assert_true(at > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit_and_settle),
		cmocka_unit_test(test_revert),
		cmocka_unit_test(test_changed_since),
		cmocka_unit_test(test_a_lost_lease_ends_every_step),
		cmocka_unit_test(test_commit_keeps_the_lease_locked),
		cmocka_unit_test(test_oddities),
		cmocka_unit_test(test_stop_before_every_command_of_commit),
		cmocka_unit_test(test_stop_before_every_command_of_revert),
	};

	return cmocka_run_group_tests(tests, make_node, remove_node);
}
