/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of where a daemon's socket is, who may put one there, and of clients; some need root. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/ipc/client.h"
#include "lib/ipc/socket_opener.h"
#include "lib/ipc/socket_place.h"
#include "tests/unit/ipc/ipc_world.h"

static void test_a_socket_that_somebody_left_there_is_replaced(void **state)
{
	struct ipc_world *world = *state;
	int listener = -1, status;
	CLEANUP(error_release) struct error err = {0};
	pid_t child;

	if (geteuid() != 0)
		skip();
	/* Ours answers: a second daemon must not take its place. */
	assert_int_equal(ipc_listen(world->place, (gid_t)-1, &listener, &err), -EADDRINUSE);
	assert_non_null(strstr(error_text(&err), "listens there already"));
	ipc_server_free(world->server);
	world->server = NULL;
	ipc_world_open_wall(world);
	assert_int_equal(chmod(world->place, 0777), 0);
	assert_int_equal(unlink(world->path), 0);
	child = fork();
	if (child == 0) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		int squatter = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		strcpy(address.sun_path, world->path);
		if (setresuid(IPC_WORLD_NOBODY, IPC_WORLD_NOBODY, IPC_WORLD_NOBODY) < 0 ||
			bind(squatter, (struct sockaddr *)&address, sizeof(address)) < 0 ||
			chmod(world->path, 0777) < 0 || listen(squatter, 5) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	/* He is named, and nothing is said to him, first for the open folder, then for himself. */
	{
		CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;

		assert_int_equal(
			ipc_client_open(world->place, IPC_WORLD_WAIT_MS, &client, &err), -EPERM);
		assert_non_null(strstr(error_text(&err), "answered by uid 65534 (nobody) pid"));
		assert_non_null(strstr(error_text(&err), "instead of uid 0 (root)"));
		assert_non_null(strstr(error_text(&err), "has mode 0777"));
		assert_int_equal(chmod(world->place, 0755), 0);
		assert_int_equal(
			ipc_client_open(world->place, IPC_WORLD_WAIT_MS, &client, &err), -EPERM);
		assert_non_null(strstr(error_text(&err), "answered by uid 65534 (nobody) pid"));
	}
	assert_int_equal(ipc_listen(world->place, (gid_t)-1, &listener, NULL), 0);
	close(listener);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

#define RACERS 4

/* Says to the parent whether it got the place, and keeps it until the parent closes `stay`. */
static _Noreturn void racer_run(const char *place, int go, const int *stay, int answer)
{
	char byte;
	int listener;

	close(stay[1]);
	if (read(go, &byte, 1) != 1)
		_exit(1);
	byte = ipc_listen(place, (gid_t)-1, &listener, NULL) == 0 ? 'y' : 'n';
	if (write(answer, &byte, 1) != 1)
		_exit(1);
	_exit(read(stay[0], &byte, 1) != 0);
}

static void race(const char *place)
{
	int go[2], stay[2], answers[2], got = 0, i, status;
	char bytes[RACERS] = "";

	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(stay), 0);
	assert_int_equal(pipe(answers), 0);
	for (i = 0; i < RACERS; i++)
		if (fork() == 0)
			racer_run(place, go[0], stay, answers[1]);
	assert_int_equal(write(go[1], bytes, RACERS), RACERS);
	for (i = 0; i < RACERS; i++) {
		assert_int_equal(read(answers[0], bytes, 1), 1);
		got += bytes[0] == 'y';
	}
	close(stay[1]);
	for (i = 0; i < RACERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	close(stay[0]);
	close(go[0]);
	close(go[1]);
	close(answers[0]);
	close(answers[1]);
	assert_int_equal(got, 1);
}

static void test_of_several_at_once_one_listens(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_free) char *lock = text_format("%s/lock", world->place);
	CLEANUP(error_release) struct error err = {0};
	int i, listener;

	ipc_server_free(world->server);
	world->server = NULL;
	for (i = 0; i < 300; i++)
		race(world->place);
	/* A lock that somebody else may hold is none. */
	assert_int_equal(chmod(lock, 0644), 0);
	assert_int_equal(ipc_listen(world->place, (gid_t)-1, &listener, &err), -EPERM);
	assert_non_null(strstr(error_text(&err),
		"/lock is no file that only this daemon's user can open; remove it"));
}

static void test_a_folder_of_somebody_else_is_not_used(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;
	CLEANUP(error_release) struct error err = {0};
	int listener;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(world->place, IPC_WORLD_NOBODY, IPC_WORLD_NOBODY), 0);
	assert_int_equal(ipc_listen(world->place, (gid_t)-1, &listener, &err), -EPERM);
	assert_non_null(strstr(error_text(&err), "belongs to uid 65534"));
	assert_int_equal(ipc_client_open(world->place, IPC_WORLD_WAIT_MS, &client, &err), -EPERM);
	assert_non_null(strstr(error_text(&err), "belongs to uid 65534, not to root"));
}

static void test_a_child_makes_the_socket_when_that_is_possible(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_free) char *lock = text_format("%s/lock", world->place);
	CLEANUP(cleanup_free) char *other = text_format("%s/run/other", world->top);
	const struct ipc_socket_opener_config config = {world->place, (gid_t)-1, 20, false, NULL};
	CLEANUP(cleanup_ipc_socket_opener) struct ipc_socket_opener *opener = NULL;
	CLEANUP(cleanup_close) int listener = -1;
	CLEANUP(error_release) struct error err = {0};
	struct pollfd ready = {.events = POLLIN};
	struct stat status;

	ipc_server_free(world->server);
	world->server = NULL;
	/* Not a folder at all. */
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(rmdir(world->place), 0);
	assert_int_equal(symlink("/nowhere", world->place), 0);
	assert_int_equal(ipc_socket_opener_start(&config, &opener, NULL), 0);
	ready.fd = ipc_socket_opener_descriptor(opener);
	/* Why not is said once, until it is for another reason. */
	assert_int_equal(poll(&ready, 1, IPC_WORLD_WAIT_MS), 1);
	assert_int_equal(ipc_socket_opener_take(opener, &listener, &err), -EBUSY);
	assert_non_null(strstr(error_text(&err), "/run/d: "));
	assert_int_equal(poll(&ready, 1, 100), 0);
	assert_int_equal(ipc_socket_opener_take(opener, &listener, NULL), -EAGAIN);
	if (geteuid() == 0) {
		assert_int_equal(mkdir(other, 0700), 0);
		assert_int_equal(chown(other, IPC_WORLD_NOBODY, IPC_WORLD_NOBODY), 0);
		assert_int_equal(
			renameat2(AT_FDCWD, other, AT_FDCWD, world->place, RENAME_EXCHANGE), 0);
		assert_int_equal(poll(&ready, 1, IPC_WORLD_WAIT_MS), 1);
		assert_int_equal(ipc_socket_opener_take(opener, &listener, &err), -EBUSY);
		assert_non_null(strstr(error_text(&err), "belongs to uid 65534"));
		assert_int_equal(rmdir(world->place), 0);
	} else {
		assert_int_equal(unlink(world->place), 0);
	}
	assert_int_equal(poll(&ready, 1, IPC_WORLD_WAIT_MS), 1);
	assert_int_equal(ipc_socket_opener_take(opener, &listener, NULL), 0);
	assert_int_equal(stat(world->place, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(world->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

/* The next socket that the child makes. */
static int opener_await(struct ipc_socket_opener *opener)
{
	struct pollfd ready = {.fd = ipc_socket_opener_descriptor(opener), .events = POLLIN};
	int listener;

	assert_int_equal(poll(&ready, 1, IPC_WORLD_WAIT_MS), 1);
	assert_int_equal(ipc_socket_opener_take(opener, &listener, NULL), 0);
	return listener;
}

static void test_a_socket_that_was_taken_away_is_made_again_and_served(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_free) char *elsewhere = text_format("%s/run/elsewhere", world->top);
	const struct ipc_socket_opener_config config = {world->place, (gid_t)-1, 20, true, NULL};
	CLEANUP(cleanup_ipc_socket_opener) struct ipc_socket_opener *opener = NULL;
	int old = ipc_world_greeted(world), fresh, i;
	struct pollfd ready = {.events = POLLIN};
	char words[64];

	assert_int_equal(ipc_socket_opener_start(&config, &opener, NULL), 0);
	ready.fd = ipc_socket_opener_descriptor(opener);
	/* It is there: there is nothing to do. */
	assert_int_equal(poll(&ready, 1, 200), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(i == 0 ? unlink(world->path) : rename(world->place, elsewhere), 0);
		assert_int_equal(ipc_server_listen(world->server, opener_await(opener), NULL), 0);
		fresh = ipc_world_greeted(world);
		assert_int_equal(ipc_world_heard(fresh, words, sizeof(words)), IPC_WELCOME);
		close(fresh);
	}
	/* Whoever was connected still is. */
	assert_int_equal(ipc_world_heard(old, words, sizeof(words)), IPC_WELCOME);
	ipc_world_say(old, (struct ipc_message){.kind = IPC_REQUEST, .number = 1});
	ipc_world_settle(world);
	assert_int_equal(ipc_world_heard(old, words, sizeof(words)), IPC_REPLY);
	close(old);
}

/* No descriptor is free any more; what was allowed before. */
static struct rlimit descriptors_exhaust(void)
{
	struct rlimit before, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)dup(0);
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(dup(0), -1);
	return before;
}

static void test_a_socket_that_comes_when_all_descriptors_are_taken_is_not_lost(void **state)
{
	struct ipc_world *world = *state;
	const struct ipc_socket_opener_config config = {world->place, (gid_t)-1, 20, true, NULL};
	CLEANUP(cleanup_ipc_socket_opener) struct ipc_socket_opener *opener = NULL;
	CLEANUP(error_release) struct error err = {0};
	struct pollfd ready = {.events = POLLIN};
	struct rlimit before;
	char words[64];
	int spare_one, fresh;

	assert_int_equal(ipc_socket_opener_start(&config, &opener, NULL), 0);
	ready.fd = ipc_socket_opener_descriptor(opener);
	before = descriptors_exhaust();
	assert_int_equal(unlink(world->path), 0);
	spare_one = opener_await(opener);
	/* The place that was kept for it is taken now: the next one waits. */
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(poll(&ready, 1, IPC_WORLD_WAIT_MS), 1);
	assert_int_equal(ipc_socket_opener_take(opener, &fresh, &err), -EMFILE);
	assert_non_null(strstr(error_text(&err), "too many open files"));
	assert_int_equal(ipc_socket_opener_take(opener, &fresh, &err), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	close(spare_one);
	assert_int_equal(ipc_server_listen(world->server, opener_await(opener), NULL), 0);
	fresh = ipc_world_greeted(world);
	assert_int_equal(ipc_world_heard(fresh, words, sizeof(words)), IPC_WELCOME);
	close(fresh);
}

static void test_names_are_plain(void **state)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "a b", ".x",
		"01234567890123456789012345678901234567890123456789012345678901234"};
	CLEANUP(cleanup_free) char *path = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ipc_socket_place_path(bad[i], &path, NULL), -EINVAL);
	assert_int_equal(ipc_socket_place_path("heartbeatd", &path, NULL), 0);
	assert_string_equal(path, "/run/hacluster/heartbeatd");
}

/* A server by the machine's clock in a child, for a client that waits. */
static pid_t serve_apart(struct ipc_world *world)
{
	int ready[2];
	pid_t child;
	char letter;

	ipc_server_free(world->server);
	world->server = NULL;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		world->loop = NULL;
		ipc_world_serve(world, NULL, (gid_t)-1);
		(void)!write(ready[1], "r", 1);
		event_loop_run(world->loop);
	}
	assert_int_equal(read(ready[0], &letter, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void test_a_client_asks_and_hears_events(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;
	pid_t child = serve_apart(world);
	const char *words;
	CLEANUP(error_release) struct error err = {0};
	size_t length;
	uint32_t topic;

	assert_int_equal(ipc_client_open(world->place, IPC_WORLD_WAIT_MS, &client, &err), 0);
	assert_int_equal(
		ipc_client_ask(client, "hello", 5, IPC_WORLD_WAIT_MS, &words, &length, &err), 0);
	assert_string_equal(words, "hello");
	assert_int_equal(
		ipc_client_ask(client, "big", 3, IPC_WORLD_WAIT_MS, &words, &length, &err), 0);
	assert_int_equal(length, IPC_PAYLOAD_MAX);
	/* Not subscribed: no event. */
	assert_int_equal(
		ipc_client_ask(client, "event", 5, IPC_WORLD_WAIT_MS, &words, &length, &err), 0);
	assert_int_equal(ipc_client_event(client, 0, &topic, &words, &length, &err), -ETIMEDOUT);
	assert_int_equal(ipc_client_subscribe(client, 1U << 3, IPC_WORLD_WAIT_MS, &err), 0);
	assert_int_equal(
		ipc_client_ask(client, "event", 5, IPC_WORLD_WAIT_MS, &words, &length, &err), 0);
	assert_int_equal(
		ipc_client_event(client, IPC_WORLD_WAIT_MS, &topic, &words, &length, &err), 0);
	assert_int_equal(topic, 3);
	assert_string_equal(words, "news");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(
		ipc_client_ask(client, "hello", 5, IPC_WORLD_WAIT_MS, &words, &length, &err),
		-ECONNRESET);
}

static void test_a_client_does_not_wait_for_ever(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;
	CLEANUP(error_release) struct error err = {0};

	/* The server is there but its loop does not turn. */
	assert_int_equal(ipc_client_open(world->place, 50, &client, &err), -ETIMEDOUT);
	assert_string_equal(error_text(&err), "no answer in time");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ipc_world_setup, ipc_world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_socket_that_somebody_left_there_is_replaced),
		TEST(test_of_several_at_once_one_listens),
		TEST(test_a_folder_of_somebody_else_is_not_used),
		TEST(test_a_child_makes_the_socket_when_that_is_possible),
		TEST(test_a_socket_that_comes_when_all_descriptors_are_taken_is_not_lost),
		cmocka_unit_test(test_names_are_plain),
		TEST(test_a_socket_that_was_taken_away_is_made_again_and_served),
		TEST(test_a_client_asks_and_hears_events),
		TEST(test_a_client_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
