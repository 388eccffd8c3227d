/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question to a node for its facts, answered by this machine, under each shell nodes have. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/cluster/stamp.h"
#include "orchestrator/node/facts.h"
#include "orchestrator/remote/quote.h"

#define BACKUP_LINE "heartbeatd[7]: notice: Configuring as backup"
#define PRIMARY_LINE "heartbeatd[7]: notice: Configuring as primary"

/* The tests' folder: log is the role log, bin what a node's PATH is. */
static char folder[] = "/tmp/test-facts.XXXXXX";

/* Runs the script, with the folder for $1; its output, owned. */
static char *shell(const char *script)
{
	const char *arguments[] = {folder};
	CLEANUP(cleanup_free) char *line = NULL;
	struct text text = {0};
	char buffer[4096];
	size_t count;
	FILE *pipe;

	assert_int_equal(quote_script(script, arguments, 1, &line, NULL), 0);
	pipe = popen(line, "re");
	assert_non_null(pipe);
	while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		text_append_bytes(&text, buffer, count);
	if (pclose(pipe) != 0)
		fail_msg("%s: %s", script, text_string(&text));
	return text_take(&text);
}

static void run(const char *script)
{
	free(shell(script));
}

/* What a node answers whose `sh`, and more perhaps, is in the folder's bin; facts are owned. */
static void ask(struct profile *profile, const char *path, struct facts *facts)
{
	const struct cluster cluster = {.profile = profile};
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_free) char *script = NULL;
	CLEANUP(cleanup_free) char *output = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(facts_command(&cluster, false, &line, &err), 0);
	script = text_format("PATH=%s; export PATH\n%s", path, line);
	output = shell(script);
	if (facts_parse(output, strlen(output), profile, facts, &err) < 0)
		fail_msg("%s: %s", error_text(&err), output);
}

static struct word_list words(char **items)
{
	struct word_list list = {.items = items};

	while (items[list.count])
		list.count++;
	return list;
}

/* A profile that looks into the log: one service that runs, one that does not. */
static struct profile make_profile(const char *log)
{
	static char true_word[] = "true", false_word[] = "false", one[] = "one", two[] = "two";
	static char iso[] = STAMP_ISO;
	static char *runs[] = {true_word, NULL}, *fails[] = {false_word, NULL};
	static char *names[] = {one, two, NULL};
	static struct word_list active[2];
	struct profile profile = {.role_time = iso, .role_log = text_copy(log)};

	active[0] = words(runs);
	active[1] = words(fails);
	profile.active = (struct profile_commands){.items = active, .count = 2};
	profile.services = words(names);
	assert_int_equal(pattern_make("Configuring as primary", &profile.role_primary, NULL), 0);
	assert_int_equal(pattern_make("Configuring as backup", &profile.role_backup, NULL), 0);
	return profile;
}

static void clear_profile(struct profile *profile)
{
	free(profile->role_log);
	pattern_free(profile->role_primary);
	pattern_free(profile->role_backup);
}

/* The log as a power cut may leave it, and what was rotated away. */
static void write_log(void)
{
	run("cd \"$1\"; now=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)\n"
	    "printf '%s " BACKUP_LINE "\\n\\0\\0\\0%s other words\\n' $now $now >log\n"
	    "printf '%s " PRIMARY_LINE "\\n' $now | gzip >log.2.gz\n");
}

/* All that does not depend on the role, and the role. */
static void expect_role(const char *path, enum role role)
{
	CLEANUP(cleanup_free) char *log = text_format("%s/log", folder);
	struct profile profile = make_profile(log);
	CLEANUP(cleanup_facts) struct facts facts = {0};
	CLEANUP(cleanup_free) char *boot = shell("cat /proc/sys/kernel/random/boot_id");
	CLEANUP(cleanup_free) char *started = shell("sed 's/.*) //' /proc/1/stat | cut -d' ' -f20");
	CLEANUP(cleanup_free) char *identity = NULL;
	char loopback[] = "127.0.0.1";
	char *items[] = {loopback, NULL};
	const struct word_list list = words(items);

	text_trim(boot);
	text_trim(started);
	identity = text_format("%s:%s", boot, started);
	ask(&profile, path, &facts);
	assert_string_equal(facts.boot, identity);
	assert_false(facts.unbooted);
	assert_int_equal(facts.user, getuid());
	assert_int_equal(facts_count_addresses(&facts, &list), 1);
	assert_int_equal(facts.service_count, 2);
	assert_string_equal(facts.services[0].name, "one");
	assert_true(facts.services[0].active);
	assert_false(facts.services[1].active);
	assert_int_equal(facts.role, role);
	assert_non_null(strstr(facts.role_line, role == ROLE_BACKUP ? BACKUP_LINE : PRIMARY_LINE));
	clear_profile(&profile);
}

static void expect_answer(const char *path)
{
	write_log();
	expect_role(path, ROLE_BACKUP);
	/* Nothing in the present log: an older one, packed, says it. */
	run(": >\"$1/log\"");
	expect_role(path, ROLE_PRIMARY);
}

static void expect_command(const char *path)
{
	static char command[] = "printf", format[] = "%s\\n",
		    line[] = "Configuring as primary's 'x'";
	char *argv[] = {command, format, line, NULL};
	struct profile profile = make_profile("");
	CLEANUP(cleanup_facts) struct facts facts = {0};

	free(profile.role_log);
	profile.role_log = NULL;
	profile.role_time = NULL;
	profile.role_command = words(argv);
	ask(&profile, path, &facts);
	assert_int_equal(facts.role, ROLE_PRIMARY);
	assert_string_equal(facts.role_line, line);
	clear_profile(&profile);
}

static void test_usual_shell(void **state)
{
	const char *path = getenv("PATH");

	(void)state;
	expect_answer(path);
	expect_command(path);
}

static void test_bash(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/bash:%s", folder, getenv("PATH"));

	(void)state;
	run("mkdir \"$1/bash\" && ln -s \"$(command -v bash)\" \"$1/bash/sh\"");
	expect_answer(path);
	expect_command(path);
}

/* Nothing but busybox: the script looks into the usual folders last, so it finds its applets. */
static void test_busybox(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/busybox", folder);

	(void)state;
	run("mkdir \"$1/busybox\" && busybox --install -s \"$1/busybox\"");
	expect_answer(path);
	expect_command(path);
}

/* A date that knows no nanoseconds; busybox of glibc prints "%N", of musl nothing at all. */
static void expect_without_nanoseconds(const char *name, const char *nanoseconds)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, name);
	CLEANUP(cleanup_free)
	char *script = text_format(
		"mkdir \"$1/%s\" && busybox --install -s \"$1/%s\" && cd \"$1/%s\"\n"
		"rm date && ln -s \"$(command -v busybox)\" busybox\n"
		"printf '%%s\\n' '#!/bin/sh' 'case $* in'   '*%%s%%N) echo \"+0000 $(busybox date +%%s)%s\" ;;'   '*) exec busybox date \"$@\" ;; esac' >date && chmod 755 date",
		name, name, name, nanoseconds);

	run(script);
	expect_answer(path);
}

static void test_small_node(void **state)
{
	(void)state;
	expect_without_nanoseconds("small", "%N");
	expect_without_nanoseconds("smaller", "");
}

/* No file can be written: not even one that a shell makes for itself. */
static void test_full_disk(void **state)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
	CLEANUP(cleanup_free) char *path = text_format("%s/bash:%s", folder, getenv("PATH"));
	struct rlimit before;

	(void)state;
	write_log();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	setenv("BASH_COMPAT", "50", 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	expect_role(path, ROLE_BACKUP);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	unsetenv("BASH_COMPAT");
	signal(SIGXFSZ, SIG_DFL);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	run("rm -r -- \"$1\"");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual_shell),
		cmocka_unit_test(test_bash),
		cmocka_unit_test(test_busybox),
		cmocka_unit_test(test_small_node),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests_name("facts_command", tests, make_folder, remove_folder);
}
