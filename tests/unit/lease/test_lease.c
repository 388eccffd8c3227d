/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lease: what its text means, and what the nodes' scripts do, run by a local shell here. */
#include "orchestrator/lease/lease_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/lease/script.h"
#include "orchestrator/remote/quote.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define FIELDS                                                                   \
	"token " A "\nidentity " B "\nowner root@adm\npurpose upgrade, run 12\n" \
	"cluster demo\nheir resume\nsince 1000\n"

static struct lease_answer parse(const char *words)
{
	struct lease_answer answer;
	CLEANUP(error_release) struct error err = {0};

	if (lease_answer_parse(words, strlen(words), &answer, &err) < 0)
		fail_msg("%s", error_text(&err));
	return answer;
}

static void refuse(const char *words, const char *why)
{
	struct lease_answer answer = {.now_s = 7};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(lease_answer_parse(words, strlen(words), &answer, &err), -EPROTO);
	assert_non_null(strstr(error_text(&err), "/var/lib/haupgrade/lease cannot be read: "));
	assert_non_null(strstr(error_text(&err), why));
	assert_int_equal(answer.now_s, 7);
}

static void test_text(void **state)
{
	struct lease_answer answer =
		parse("Welcome!\nnow 1700\nlease\n" FIELDS "renewed 1690\nlater words\nend\n");

	(void)state;
	assert_true(answer.there);
	assert_false(answer.taken);
	assert_string_equal(answer.text.token, A);
	assert_string_equal(answer.text.identity, B);
	assert_string_equal(answer.text.owner, "root@adm");
	assert_string_equal(answer.text.purpose, "upgrade, run 12");
	assert_string_equal(answer.text.cluster, "demo");
	assert_false(answer.text.heir_any);
	assert_int_equal(answer.text.since_s, 1000);
	assert_int_equal(lease_answer_left(&answer), 110);

	answer = parse("now 1700\nend\n");
	assert_false(answer.there);
	assert_int_equal(lease_answer_left(&answer), 0);
	answer = parse("now 1700\ntaken\nend\n");
	assert_true(answer.taken);
	answer = parse("now 1700\nlease\nheir any\n" FIELDS "renewed 1690\nend\n");
	assert_false(answer.text.heir_any);
}

static void test_malformed(void **state)
{
	(void)state;
	refuse("", "cut off before its end");
	refuse("now 1700\nlease\n" FIELDS "renewed 1690\n", "cut off before its end");
	refuse("end\n", "does not tell its time");
	refuse("now soon\nend\n", "now");
	refuse("now 1700\nlease\nrenewed 1690\nend\n", "no token");
	refuse("now 1700\nlease\n" FIELDS "end\n", "does not say when it was renewed");
	refuse("now 1700\nlease\ntoken 12\nend\n", "token is not 64 hexadecimal digits");
	refuse("now 1700\nlease\nidentity " A "a\nend\n", "identity is not 64 hexadecimal");
	refuse("now 1700\nlease\nrenewed -1\nend\n", "renewed");
	refuse("now 1700\nlease\nrenewed 08\nend\n", "renewed: '08' begins with 0");
	refuse("now 1700\nlease\n\nend\n",
		"no token in it; it may be another run's: if no haupgrade works on the cluster, remove it there (rm -r /var/lib/haupgrade/lease)");
	refuse("now 1700\nlease\ntoken 1\nend\n", "hexadecimal digits; it may be another run's: ");
	/* What a file says is its own text only. */
	refuse("now 1700\nlease\ntaken\nend\n", "no token in it");
	refuse("now 1700\nlease\nnow 1\ntoken " A "\nend\n", "does not say when");
}

/* An answer that did not come whole says nothing against the file. */
static void test_cut_off(void **state)
{
	struct lease_answer answer;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(lease_answer_parse("now 1\nlease\ntok", 15, &answer, &err), -EPROTO);
	assert_null(strstr(error_text(&err), "rm -r"));
}

/* A lease of the text above, so many seconds after its renewal. */
static enum lease_verdict judge(int64_t age, const struct lease_claim *claim)
{
	CLEANUP(cleanup_free)
	char *words = text_format(
		"now %lld\nlease\n" FIELDS "renewed 100000\nend\n", 100000 + (long long)age);
	struct lease_answer answer = parse(words);

	return lease_judge(&answer, claim);
}

static void test_judge(void **state)
{
	static const char *const earlier[] = {C, A};
	const struct lease_claim stranger = {.token = C, .identity = C};
	const struct lease_claim here = {.token = C, .identity = B};
	const struct lease_claim resume_here = {
		.token = C, .identity = B, .tokens = earlier, .token_count = 2};
	const struct lease_claim resume_there = {
		.token = B, .identity = C, .tokens = earlier, .token_count = 2};
	const struct lease_claim ours = {.token = A};
	const struct lease_claim looking = {0};
	struct lease_answer answer = parse("now 1700\nend\n");

	(void)state;
	assert_int_equal(lease_judge(&answer, &stranger), LEASE_FREE);
	assert_int_equal(judge(0, &stranger), LEASE_HELD);
	assert_int_equal(judge(119, &stranger), LEASE_HELD);
	assert_int_equal(judge(120, &stranger), LEASE_FREE);
	/* A clock that was set back a little leaves it alone. */
	assert_int_equal(judge(-119, &stranger), LEASE_HELD);
	assert_int_equal(judge(-120, &stranger), LEASE_FREE);
	/* A dead owner's is for its own run alone. */
	assert_int_equal(judge(10, &here), LEASE_HELD);
	assert_int_equal(judge(10, &resume_here), LEASE_INHERITED);
	assert_int_equal(judge(10, &resume_there), LEASE_WAIT);
	assert_int_equal(judge(44, &resume_there), LEASE_WAIT);
	assert_int_equal(judge(45, &resume_there), LEASE_INHERITED);
	assert_int_equal(judge(10, &ours), LEASE_OURS);
	assert_int_equal(judge(500, &ours), LEASE_OURS);
	assert_int_equal(judge(10, &looking), LEASE_HELD);
	/* A command that cannot be resumed may be begun again. */
	answer = parse("now 1700\nlease\n" FIELDS "heir any\nrenewed 1690\nend\n");
	assert_int_equal(lease_judge(&answer, &here), LEASE_INHERITED);
	assert_int_equal(lease_judge(&answer, &stranger), LEASE_HELD);
}

/* The node: its folder. */
static char folder[64];

static int make_node(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/haupgrade-lease.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	/* It is made by whoever takes first. */
	strcat(folder, "/lib");
	return 0;
}

static int remove_node(void **state)
{
	CLEANUP(cleanup_free) char *line = NULL;

	(void)state;
	*strrchr(folder, '/') = '\0';
	line = text_format("rm -rf %s", folder);
	return system(line);
}

static struct lease_answer run(const char *script, const char *const *arguments)
{
	const char *argv[16] = {folder};
	CLEANUP(cleanup_free) char *line = NULL;
	char output[8192];
	size_t count = 1, length;
	FILE *pipe;

	for (; *arguments; arguments++)
		argv[count++] = *arguments;
	assert_int_equal(quote_script(script, argv, count, &line, NULL), 0);
	pipe = popen(line, "re");
	assert_non_null(pipe);
	length = fread(output, 1, sizeof(output) - 1, pipe);
	output[length] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return length ? parse(output) : (struct lease_answer){0};
}

static struct lease_answer take(const char *token, const char *inherited, const char *how)
{
	const char *arguments[] = {token, inherited, "120", how, B, "root@adm", "upgrade, run 12",
		"demo", "resume", NULL};

	return run(script_lease_take, arguments);
}

static struct lease_answer look(void)
{
	const char *arguments[] = {NULL};

	return run(script_lease_look, arguments);
}

static void end(const char *token)
{
	const char *arguments[] = {token, NULL};

	run(script_lease_end, arguments);
}

static void expect_token(const char *token)
{
	struct lease_answer answer = look();

	assert_int_equal(answer.there, token != NULL);
	if (token)
		assert_string_equal(answer.text.token, token);
}

/* So long ago it was taken and renewed. */
static void age(int seconds)
{
	CLEANUP(cleanup_free)
	char *line = text_format(
		"cd %s && t=$(($(date +%%s) - %d)) && sed -i \"s/^\\(since\\|renewed\\) .*/\\1 $t/\" lease",
		folder, seconds);

	assert_int_equal(system(line), 0);
}

static void test_take(void **state)
{
	struct lease_answer answer;

	(void)state;
	expect_token(NULL);
	assert_true(take(A, "", "take").taken);
	expect_token(A);
	/* Again, and renewed: it is ours, and since when stays. */
	age(100);
	assert_true(take(A, "", "take").taken);
	answer = look();
	assert_true(lease_answer_left(&answer) > 100);
	assert_true(answer.now_s - answer.text.since_s >= 100);
	assert_true(take(A, "", "renew").taken);
	/* Another's attempt changes nothing and is told whose it is. */
	answer = take(C, "", "take");
	assert_false(answer.taken);
	assert_string_equal(answer.text.token, A);
	assert_string_equal(answer.text.owner, "root@adm");
	assert_string_equal(answer.text.purpose, "upgrade, run 12");
	assert_false(take(C, B, "take").taken);
	expect_token(A);
	end(C);
	expect_token(A);
	end(A);
	expect_token(NULL);
	end(A);
}

static void test_inherit(void **state)
{
	struct lease_answer answer;

	(void)state;
	assert_true(take(A, "", "take").taken);
	age(60);
	assert_true(take(C, A, "take").taken);
	answer = look();
	assert_string_equal(answer.text.token, C);
	assert_true(answer.now_s - answer.text.since_s < 60);
	/* Whom it was taken from may wake up later. */
	assert_false(take(A, "", "renew").taken);
	expect_token(C);
	end(C);
}

static void test_expiry(void **state)
{
	struct lease_answer answer;

	(void)state;
	assert_true(take(A, "", "take").taken);
	age(115);
	assert_false(take(C, "", "take").taken);
	age(120);
	/* Somebody was here while we were away. */
	assert_false(take(C, "", "renew").taken);
	assert_true(take(C, "", "take").taken);
	expect_token(C);
	/* A clock that was set back: a little, and beyond all meaning. */
	age(-60);
	assert_false(take(A, "", "take").taken);
	age(-200);
	assert_true(take(A, "", "take").taken);
	end(A);
	/* None is not renewed: another may have come and gone. */
	answer = take(A, "", "renew");
	assert_false(answer.taken);
	assert_false(answer.there);
	expect_token(NULL);
}

/* The lease is made by a shell command in the node's folder. */
static void make_lease(const char *command)
{
	CLEANUP(cleanup_free)
	char *line = text_format(
		"mkdir -p %s && cd %s && rm -rf lease && { %s; }", folder, folder, command);

	assert_int_equal(system(line), 0);
}

/* What a script prints, unread. */
static void print(
	const char *script, const char *const *argv, size_t count, char *output, size_t size)
{
	CLEANUP(cleanup_free) char *line = NULL;
	size_t length;
	FILE *pipe;

	assert_int_equal(quote_script(script, argv, count, &line, NULL), 0);
	pipe = popen(line, "re");
	assert_non_null(pipe);
	length = fread(output, 1, size - 1, pipe);
	output[length] = '\0';
	assert_int_equal(pclose(pipe), 0);
}

/* Nobody knows whose it is: nobody takes, renews or removes it, and both sides say so. */
static void expect_odd(const char *command)
{
	const char *argv[] = {folder, A, "", "120", "take", B, "o", "p", "c", "any"};
	char before[8192], after[8192];

	make_lease(command);
	print(script_lease_look, argv, 1, before, sizeof(before));
	refuse(before, "; it may be another run's: ");
	print(script_lease_take, argv, 10, after, sizeof(after));
	refuse(after, "; it may be another run's: ");
	argv[4] = "renew";
	print(script_lease_take, argv, 10, after, sizeof(after));
	refuse(after, "; it may be another run's: ");
	end(A);
	print(script_lease_look, argv, 1, after, sizeof(after));
	refuse(after, "; it may be another run's: ");
}

/* What somebody else wrote there is never run either. */
static void test_odd(void **state)
{
	CLEANUP(cleanup_free) char *path = NULL;

	(void)state;
	expect_odd("printf 'token x\\nrenewed a[$(touch ran)]\\nsince $(touch ran)\\n' >lease");
	path = text_format("%s/ran", folder);
	assert_int_not_equal(access(path, F_OK), 0);
	expect_odd("echo hello >lease");
	expect_odd("printf 'token " C "\\n' >lease");
	expect_odd("printf 'token " C "\\nrenewed 08\\n' >lease");
	expect_odd("printf 'token " C "\\nrenewed 99999999999\\n' >lease");
	expect_odd("printf 'token " C "\\nrenewed 4294967296\\n' >lease");
	expect_odd("mkdir lease");
	expect_odd("ln -s nowhere lease");
	expect_odd("ln -s /dev/zero lease");
	expect_odd("mkfifo lease");
	/* Ten gigabytes, none of them read. */
	expect_odd("printf 'token " A "\\nrenewed 1\\n' >lease && truncate -s 10G lease");
}

/* The folder's name is something else's: said is what it is and what to do, and it stays. */
static void expect_in_the_way(const char *command, const char *what)
{
	const char *const scripts[] = {script_lease_look, script_lease_take, script_lease_end};
	const char *argv[] = {folder, A, "", "120", "take", B, "o", "p", "c", "any"};
	CLEANUP(cleanup_free)
	char *make = text_format("rm -rf %s && %s %s", folder, command, folder);
	CLEANUP(cleanup_free)
	char *wanted = text_format(
		"%s is no folder there but a %s: look what it is and move it away, haupgrade makes its own\n",
		folder, what);

	assert_int_equal(system(make), 0);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		CLEANUP(cleanup_free) char *line = NULL, *both = NULL;
		char said[512];
		size_t length;
		FILE *pipe;

		assert_int_equal(quote_script(scripts[i], argv, 10, &line, NULL), 0);
		both = text_format("%s 2>&1", line);
		pipe = popen(both, "re");
		assert_non_null(pipe);
		length = fread(said, 1, sizeof(said) - 1, pipe);
		said[length] = '\0';
		assert_int_not_equal(pclose(pipe), 0);
		assert_string_equal(said, wanted);
	}
}

static void test_something_else_has_the_folders_name(void **state)
{
	(void)state;
	expect_in_the_way("touch", "regular empty file");
	expect_in_the_way("mkfifo", "fifo");
	expect_in_the_way("ln -s nowhere", "symbolic link");
}

/* In the far future by a clock that was wrong, or empty after a full disk: nobody has it. */
static void test_left_over(void **state)
{
	(void)state;
	make_lease(": >lease");
	expect_token(NULL);
	assert_true(take(A, "", "take").taken);
	end(A);
	make_lease("printf 'token " C "\\nrenewed 4294967295\\n' >lease");
	expect_token(C);
	assert_true(take(A, "", "take").taken);
	end(A);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_judge),
		cmocka_unit_test_setup_teardown(test_take, make_node, remove_node),
		cmocka_unit_test_setup_teardown(test_inherit, make_node, remove_node),
		cmocka_unit_test_setup_teardown(test_expiry, make_node, remove_node),
		cmocka_unit_test_setup_teardown(test_odd, make_node, remove_node),
		cmocka_unit_test_setup_teardown(test_left_over, make_node, remove_node),
		cmocka_unit_test_setup_teardown(
			test_something_else_has_the_folders_name, make_node, remove_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
