/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands over ssh, against a real sshd: what they say, give and take. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/remote/session_fixture.h"

static size_t open_descriptors(void)
{
	CLEANUP(cleanup_closedir) DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(directory))
		count++;
	return count;
}

static void test_run(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *line = session_fixture_script("printf '%s' \"$1\"; echo bad >&2; exit 7", "it's\n$x");
	struct session_command command = {.line = line};
	CLEANUP(error_release) struct error err = {0};

	assert_string_equal(session_node(session), "web1");
	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_int_equal(result.status, 7);
	assert_string_equal(result.output, "it's\n$x");
	assert_string_equal(result.errors, "bad\n");
	assert_false(result.output_cut || result.errors_cut);
}

static void test_many_commands(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(error_release) struct error err = {0};

	for (int i = 0; i < 50; i++) {
		CLEANUP(cleanup_session_result) struct session_result result = {0};

		assert_int_equal(session_fixture_run(session, "echo again", 0, &result, &err), 0);
		assert_int_equal(result.status, 0);
		assert_string_equal(result.output, "again\n");
		assert_string_equal(result.errors, "");
	}
}

static void test_signal(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(session_fixture_run(session, "kill -TERM $$", 0, &result, &err), 0);
	assert_int_equal(result.status, 128 + SIGTERM);
}

static void test_expect(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *bad = session_fixture_script("printf 'no\\033space\\nleft\\n' >&2; exit 3", NULL);
	CLEANUP(cleanup_free) char *good = session_fixture_script("echo fine", NULL);
	struct session_command command = {.line = bad};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(
		session_expect(session, "install packages", &command, &result, &err), -EREMOTEIO);
	assert_null(result.output);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): install packages failed with exit status 3: no\\x1bspace left");
	command.line = good;
	assert_int_equal(session_expect(session, "ask", &command, &result, &err), 0);
	assert_string_equal(result.output, "fine\n");
	assert_int_equal(session_expect(session, "ask", &command, NULL, &err), 0);
}

static void test_output_is_bounded(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *line = session_fixture_script(
		"head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2", NULL);
	struct session_command command = {.line = line, .output_limit = 100000};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.output_length, 100000);
	assert_int_equal(result.errors_length, 100000);
	assert_true(result.output_cut && result.errors_cut);
}

static void test_input(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *bytes = calloc(1, 5000000);
	CLEANUP(cleanup_free) char *count = session_fixture_script("wc -c", NULL);
	CLEANUP(cleanup_free) char *deaf = session_fixture_script("exec <&-; echo gone", NULL);
	struct session_command command = {.line = count, .input = bytes, .input_length = 5000000};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_string_equal(result.output, "5000000\n");
	session_result_clear(&result);
	/* A command that does not read its input is no error. */
	command.line = deaf;
	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.output, "gone\n");
}

static void *work_alone(void *argument)
{
	const struct sshd *sshd = argument;

	for (int i = 0; i < 5; i++) {
		struct session_target target = session_fixture_target(sshd);
		CLEANUP(cleanup_session) struct session *session = NULL;
		CLEANUP(cleanup_session_result) struct session_result result = {0};
		CLEANUP(error_release) struct error err = {0};

		if (session_open(&target, &session, &err) < 0 ||
			session_fixture_run(session, "head -c 300000 /dev/zero | tr '\\0' x", 0,
				&result, &err) < 0 ||
			result.output_length != 300000)
			return text_copy(error_text(&err));
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct sshd *sshd = *state;
	pthread_t threads[4];
	void *complaint;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work_alone, sshd), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &complaint);
		if (complaint)
			fail_msg("%s", (char *)complaint);
	}
}

static void test_no_descriptor_is_left(void **state)
{
	struct sshd *sshd = *state;
	size_t before = open_descriptors();
	struct session_target target = session_fixture_target(sshd);
	struct session *session = NULL;
	struct session_result result = {0};
	uint64_t deadline;

	for (int i = 0; i < 10; i++)
		session_free(session_fixture_open(sshd));
	session = session_fixture_open(sshd);
	assert_int_equal(session_fixture_run(session, "sleep 60", 100, &result, NULL), -ETIMEDOUT);
	session_free(TAKE(session));
	target.hop.identities[0] = sshd->stranger;
	assert_int_equal(session_open(&target, &session, NULL), -EACCES);
	target.hop.port = 1;
	assert_int_equal(session_open(&target, &session, NULL), -ECONNREFUSED);
	session_free(NULL);
	/* The thread that looked a name up may be closing its last descriptor just now. */
	deadline = clock_monotonic_ms() + 30000;
	while (open_descriptors() > before && clock_monotonic_ms() < deadline)
		sched_yield();
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_many_commands),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_output_is_bounded),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests_name(
		"session", tests, session_fixture_begin, session_fixture_end);
}
