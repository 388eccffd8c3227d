/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that do not answer, stop answering or take too long, and being cancelled meanwhile. */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/remote/session_fixture.h"

static void test_unreachable(void **state)
{
	struct sshd *sshd = *state;
	struct session_target target = session_fixture_target(sshd);

	target.hop.port = 1;
	session_fixture_refused(&target, ECONNREFUSED,
		"web1 (127.0.0.1 port 1): cannot connect to 127.0.0.1 port 1: Connection refused");
	/* The namespace has no route. */
	target.hop.address = "192.0.2.1";
	session_fixture_refused(&target, ENETUNREACH, "Network is unreachable");
	target.hop.address = "web1.invalid";
	session_fixture_refused(&target, EAGAIN, "cannot look up the name web1.invalid: ");
	assert_true(session_is_unreachable(-ECONNREFUSED) && session_is_unreachable(-ENETUNREACH));
	assert_false(session_is_unreachable(-EKEYREJECTED) || session_is_unreachable(-EACCES));
}

static int listen_on(unsigned port, int backlog)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	assert_true(listener >= 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, backlog), 0);
	return listener;
}

/* The kernel accepts the connection, and nobody ever says anything. */
static void test_silent_server(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int listener = listen_on(3333, 10);
	struct session_target target = session_fixture_target(sshd);

	assert_true(listener >= 0);
	target.hop.port = 3333;
	target.connect_timeout_ms = 200;
	session_fixture_refused(&target, ETIMEDOUT,
		"web1 (127.0.0.1 port 3333): connected, but no end of the key exchange within 200 ms; is the machine overloaded, or is it no ssh server?");
}

/* The queue of new connections is full: packets get no answer at all, as from a dead machine. */
static void test_black_hole(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int listener = listen_on(3334, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(3334),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct session_target target = session_fixture_target(sshd);
	int fillers[4];

	assert_true(listener >= 0);
	for (size_t i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
	}
	target.hop.port = 3334;
	target.connect_timeout_ms = 200;
	session_fixture_refused(&target, ETIMEDOUT,
		"web1 (127.0.0.1 port 3334): 127.0.0.1 port 3334 does not answer; is the machine up, and does a firewall let ssh through?");
	for (size_t i = 0; i < 4; i++)
		close(fillers[i]);
}

static void *greet_wrongly(void *argument)
{
	int listener = *(int *)argument;
	static const char words[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	(void)!write(connection, words, strlen(words));
	close(connection);
	return NULL;
}

static void test_no_ssh_server(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int listener = listen_on(3335, 10);
	struct session_target target = session_fixture_target(sshd);
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, greet_wrongly, &listener), 0);
	target.hop.port = 3335;
	session_fixture_refused(&target, ECONNRESET, "connection lost during the key exchange: ");
	pthread_join(thread, NULL);
}

static void test_deadline(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(session_fixture_run(session, "sleep 60", 300, &result, &err), -ETIMEDOUT);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): the command did not end within 300 ms; it may still be running there");
	assert_int_equal(session_fixture_run(session, "true", 0, &result, &err), -ENOTCONN);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): the connection has ended; open a new one");
	assert_null(result.output);
}

static void test_deadline_of_a_talker(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(
		session_fixture_run(session, "exec cat /dev/zero", 300, &result, &err), -ETIMEDOUT);
}

/* The node takes no input while the pipe is full: the deadline holds there, too. */
static void test_deadline_while_giving_input(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(cleanup_free) char *bytes = calloc(1, 10000000);
	CLEANUP(cleanup_free) char *line = session_fixture_script("sleep 60", NULL);
	struct session_command command = {
		.line = line, .input = bytes, .input_length = 10000000, .deadline_ms = 500};
	struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(session_run(session, &command, &result, &err), -ETIMEDOUT);
}

struct later {
	volatile sig_atomic_t cancel;
	struct sshd *sshd;
	char *flag; /* a file that says the command has begun */
};

static void *cancel_later(void *argument)
{
	struct later *later = argument;

	session_fixture_await(later->flag);
	later->cancel = 1;
	return NULL;
}

static void *kill_later(void *argument)
{
	struct later *later = argument;

	session_fixture_await(later->flag);
	sshd_kill(later->sshd);
	return NULL;
}

static void test_cancel(void **state)
{
	struct sshd *sshd = *state;
	struct later later = {.flag = text_format("%s/cancel-now", sshd->folder)};
	CLEANUP(cleanup_free)
	char *line = session_fixture_script("touch \"$1\"; exec sleep 60", later.flag);
	struct session_target target = session_fixture_target(sshd);
	struct session_command command = {.line = line};
	struct session *session = NULL;
	struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};
	pthread_t thread;

	target.cancel = &later.cancel;
	assert_int_equal(session_open(&target, &session, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, cancel_later, &later), 0);
	assert_int_equal(session_run(session, &command, &result, &err), -ECANCELED);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): cancelled while a command ran; it may still be running there");
	pthread_join(thread, NULL);
	session_free(session);
	session_fixture_refused(&target, ECANCELED, "cancelled while looking up 127.0.0.1");
	free(later.flag);
}

static void test_connection_lost(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	struct later later = {.sshd = sshd, .flag = text_format("%s/kill-now", sshd->folder)};
	CLEANUP(cleanup_free)
	char *line = session_fixture_script("touch \"$1\"; exec sleep 60", later.flag);
	struct session_command command = {.line = line};
	struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, kill_later, &later), 0);
	assert_int_equal(session_run(session, &command, &result, &err), -ECONNRESET);
	if (!text_starts_with(error_text(&err),
		    "web1 (127.0.0.1 port 2222): connection lost while a command ran: "))
		fail_msg("%s", error_text(&err));
	pthread_join(thread, NULL);
	free(later.flag);
	sshd_start(sshd);
	/* A session whose peer went away between commands says the same. */
	session_free(session);
	session = session_fixture_open(sshd);
	sshd_kill(sshd);
	assert_int_equal(session_fixture_run(session, "true", 0, &result, &err), -ECONNRESET);
	sshd_start(sshd);
}

static void *cut_later(void *argument)
{
	struct later *later = argument;

	session_fixture_await(later->flag);
	session_fixture_loopback(false);
	return NULL;
}

/* Packets vanish from one moment to the next: nobody says goodbye. */
static void test_power_cut(void **state)
{
	struct sshd *sshd = *state;
	struct later later = {.flag = text_format("%s/cut-now", sshd->folder)};
	CLEANUP(cleanup_free)
	char *line = session_fixture_script("touch \"$1\"; exec sleep 600", later.flag);
	struct session_target target = session_fixture_target(sshd);
	struct session_command command = {.line = line, .deadline_ms = 120000};
	struct session *session = NULL;
	struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};
	pthread_t thread;

	target.silence_timeout_ms = 2000;
	assert_int_equal(session_open(&target, &session, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, cut_later, &later), 0);
	assert_int_equal(session_run(session, &command, &result, &err), -ECONNRESET);
	pthread_join(thread, NULL);
	/* The flag file is there: cut again, and now with a deadline before the silence ends. */
	session_free(session);
	session_fixture_loopback(true);
	target.silence_timeout_ms = 60000;
	assert_int_equal(session_open(&target, &session, &err), 0);
	session_fixture_loopback(false);
	assert_int_equal(session_fixture_run(session, "true", 300, &result, &err), -ETIMEDOUT);
	session_free(session);
	session_fixture_loopback(true);
	free(later.flag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_black_hole),
		cmocka_unit_test(test_no_ssh_server),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_deadline_of_a_talker),
		cmocka_unit_test(test_deadline_while_giving_input),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_connection_lost),
		cmocka_unit_test(test_power_cut),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests_name(
		"session loss", tests, session_fixture_begin, session_fixture_end);
}
