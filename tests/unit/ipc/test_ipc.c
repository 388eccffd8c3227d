/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the server and client for local messages, with real sockets; some need root. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
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
#include "lib/ipc/message.h"
#include "lib/ipc/opener.h"
#include "lib/ipc/place.h"
#include "lib/ipc/server.h"

#define NOBODY 65534
#define HELLO_MS 2000
#define IDLE_MS 300000
#define WAIT_MS 10000

/* A folder for the socket, and a server by a clock of its own. */
struct world {
	char top[32];
	char *place; /* top/run/d */
	char *path;  /* of the socket */
	uint64_t now;
	struct event_loop *loop;
	struct ipc_server *server;
	char trouble[512];
	unsigned int requests;
};

static uint64_t world_now(void *context)
{
	return *(const uint64_t *)context;
}

/* Time passes only when a test says so. */
static int world_wait(
	int epoll, struct epoll_event *events, int room, uint64_t deadline_ms, void *context)
{
	(void)deadline_ms;
	(void)context;
	return epoll_wait(epoll, events, room, 0);
}

static void on_trouble(const char *words, void *context)
{
	struct world *world = context;

	snprintf(world->trouble, sizeof(world->trouble), "%s", words);
}

/* Says it back; "big" is answered by as much as fits. */
static void on_request(const struct ipc_request *request, void *context)
{
	static char big[IPC_PAYLOAD_MAX];
	struct world *world = context;

	world->requests++;
	if (request->length == 3 && memcmp(request->payload, "big", 3) == 0)
		ipc_server_reply(
			world->server, request->connection, request->number, big, sizeof(big));
	else
		ipc_server_reply(world->server, request->connection, request->number,
			request->payload, request->length);
	if (request->length == 5 && memcmp(request->payload, "event", 5) == 0)
		ipc_server_publish(world->server, 3, "news", 4);
}

static void server_begin(struct world *world, const struct event_clock *clock)
{
	const struct ipc_server_config config = {
		.group = (gid_t)-1,
		.connections_max = 12,
		.root_part = 4,
		.user_max = 3,
		.hello_ms = HELLO_MS,
		.idle_ms = IDLE_MS,
		.request_max = 4096,
		.who_may = "this is for root",
		.on_request = on_request,
		.on_trouble = on_trouble,
		.context = world,
	};
	int listener;

	assert_int_equal(event_loop_new(clock, &world->loop, NULL), 0);
	assert_int_equal(ipc_server_new(world->loop, &config, &world->server, NULL), 0);
	assert_int_equal(ipc_listen(world->place, (gid_t)-1, &listener, NULL), 0);
	assert_int_equal(ipc_server_listen(world->server, listener, NULL), 0);
}

static int world_setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct event_clock clock = {world_now, world_wait, &world->now};

	strcpy(world->top, "/tmp/ipc.XXXXXX");
	assert_non_null(mkdtemp(world->top));
	world->place = text_format("%s/run/d", world->top);
	world->path = text_format("%s/socket", world->place);
	server_begin(world, &clock);
	*state = world;
	return 0;
}

static int world_teardown(void **state)
{
	struct world *world = *state;
	CLEANUP(cleanup_free) char *command = text_format("rm -rf %s", world->top);

	ipc_server_free(world->server);
	event_loop_free(world->loop);
	assert_int_equal(system(command), 0);
	free(world->place);
	free(world->path);
	free(world);
	return 0;
}

static struct ipc_server_counters counters(const struct world *world)
{
	return ipc_server_counters(world->server);
}

/* More turns than anything that a test has set going needs. */
static void settle(struct world *world)
{
	int i;

	for (i = 0; i < 100; i++)
		event_loop_turn(world->loop);
}

static int raw_connect(const struct world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(descriptor >= 0);
	strcpy(address.sun_path, world->path);
	assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	return descriptor;
}

static void raw_send(int descriptor, const void *bytes, size_t length)
{
	assert_int_equal(send(descriptor, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void raw_say(int descriptor, struct ipc_message message)
{
	uint8_t bytes[IPC_FRONT_MAX + 64];
	size_t length = ipc_message_write(&message, bytes);

	if (message.length)
		memcpy(bytes + length, message.payload, message.length);
	raw_send(descriptor, bytes, length + message.length);
}

static int raw_greeted(struct world *world)
{
	int descriptor = raw_connect(world);

	raw_say(descriptor, (struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
	settle(world);
	return descriptor;
}

/* What the server says next: its kind, the payload as text; 0: it hung up, -1: nothing. */
static int raw_heard(int descriptor, char *words, size_t size)
{
	static char bytes[IPC_MESSAGE_MAX];
	ssize_t length = recv(descriptor, bytes, sizeof(bytes), 0);
	struct ipc_message message;

	words[0] = '\0';
	/* Said once, in front of what the server said before it hung up. */
	if (length < 0 && errno == ECONNRESET)
		length = recv(descriptor, bytes, sizeof(bytes), 0);
	if (length < 0)
		return -1;
	if (length == 0)
		return 0;
	assert_int_equal(ipc_message_read(bytes, (size_t)length, IPC_SERVER, &message, NULL), 0);
	snprintf(words, size, "%.*s", (int)message.length, (const char *)message.payload);
	return (int)message.kind;
}

/* The server has hung up on this one, has said why to the administrator, and serves others. */
static void assert_only_this_one_is_dropped(struct world *world, int descriptor, const char *why)
{
	char words[256];
	int other, kind;

	settle(world);
	do
		kind = raw_heard(descriptor, words, sizeof(words));
	while (kind > 0);
	assert_int_equal(kind, 0);
	assert_non_null(strstr(world->trouble, why));
	close(descriptor);
	other = raw_greeted(world);
	assert_int_equal(raw_heard(other, words, sizeof(words)), IPC_WELCOME);
	raw_say(other, (struct ipc_message){
			       .kind = IPC_REQUEST, .number = 9, .payload = "echo", .length = 4});
	settle(world);
	assert_int_equal(raw_heard(other, words, sizeof(words)), IPC_REPLY);
	assert_string_equal(words, "echo");
	close(other);
	settle(world);
	assert_int_equal(counters(world).connected, 0);
	/* The next line of trouble is not held back. */
	world->now += 60000;
}

static void test_whoever_is_silent_is_dropped_at_the_deadline(void **state)
{
	struct world *world = *state;
	int idle = raw_connect(world), half = raw_connect(world);
	char words[64];

	settle(world);
	assert_int_equal(counters(world).connected, 2);
	world->now += HELLO_MS - 1;
	settle(world);
	assert_int_equal(counters(world).connected, 2);
	world->now += 1;
	settle(world);
	assert_int_equal(counters(world).connected, 0);
	assert_int_equal(raw_heard(half, words, sizeof(words)), 0);
	close(half);
	assert_only_this_one_is_dropped(world, idle, "no hello in time");
}

static void test_odd_messages_end_their_own_connection_only(void **state)
{
	static const char garbage[] = "GET / HTTP/1.0\r\n\r\n";
	struct world *world = *state;
	static char long_one[IPC_MESSAGE_MAX + 2];
	int odd = raw_connect(world);

	raw_send(odd, garbage, sizeof(garbage));
	assert_only_this_one_is_dropped(world, odd, "no message of ours");
	odd = raw_greeted(world);
	raw_send(odd, "Ha", 2);
	assert_only_this_one_is_dropped(world, odd, "no message of ours");
	odd = raw_greeted(world);
	raw_send(odd, long_one, sizeof(long_one));
	assert_only_this_one_is_dropped(world, odd, "its message is too long");
	odd = raw_greeted(world);
	memcpy(long_one, "\x48\x61\x04\x00\x00\x00\x00\x01", 8);
	raw_send(odd, long_one, 8 + 4096 + 1);
	assert_only_this_one_is_dropped(world, odd, "its request is too long");
	odd = raw_connect(world);
	raw_say(odd, (struct ipc_message){.kind = IPC_REQUEST, .number = 1});
	assert_only_this_one_is_dropped(world, odd, "not a hello first");
	odd = raw_greeted(world);
	raw_say(odd, (struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
	assert_only_this_one_is_dropped(world, odd, "a second hello");
	odd = raw_greeted(world);
	raw_say(odd, (struct ipc_message){.kind = IPC_REPLY, .number = 1});
	assert_only_this_one_is_dropped(world, odd, "a reply from the wrong side");
	assert_int_equal(world->requests, 7);
}

static void test_a_version_that_nobody_speaks_is_refused_in_words(void **state)
{
	struct world *world = *state;
	int late = raw_connect(world);
	char words[256];

	raw_say(late, (struct ipc_message){.kind = IPC_HELLO, .oldest = 7, .newest = 9});
	settle(world);
	assert_int_equal(raw_heard(late, words, sizeof(words)), IPC_REFUSAL);
	assert_non_null(strstr(words, "the client speaks versions 7 to 9, the daemon 1 to 1"));
	assert_only_this_one_is_dropped(world, late, "the client speaks versions");
}

static int descriptors_open(void)
{
	int count = 0, i;

	for (i = 0; i < 256; i++)
		count += fcntl(i, F_GETFD) >= 0;
	return count;
}

static void test_descriptors_are_not_taken(void **state)
{
	struct world *world = *state;
	int generous = raw_greeted(world), before = descriptors_open();
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec part = {(char[]){"\x48\x61\x04\x00\x00\x00\x00\x01"}, 8};
	struct msghdr packet = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.head), &generous, sizeof(int));
	/* Since Linux 6.16 the kernel does not even take it (SO_PASSRIGHTS). */
	if (sendmsg(generous, &packet, 0) < 0) {
		assert_int_equal(errno, EPERM);
		assert_int_equal(send(generous, "\x48\x61\x00", 3, 0), 3);
		assert_only_this_one_is_dropped(world, generous, "");
		assert_int_equal(descriptors_open(), before - 2);
		return;
	}
	assert_only_this_one_is_dropped(world, generous, "it sent descriptors");
	assert_int_equal(descriptors_open(), before - 2);
}

static void test_who_does_not_read_is_dropped_and_never_waited_for(void **state)
{
	struct world *world = *state;
	int slow = raw_greeted(world), i;

	for (i = 1; i <= 8; i++)
		raw_say(slow, (struct ipc_message){.kind = IPC_REQUEST,
				      .number = (uint32_t)i,
				      .payload = "big",
				      .length = 3});
	assert_only_this_one_is_dropped(world, slow, "it does not read");
}

static void test_everybody_gets_a_turn_beside_one_who_floods(void **state)
{
	struct world *world = *state;
	int flood = raw_greeted(world), other = raw_greeted(world), i;
	char words[64];

	assert_int_equal(raw_heard(other, words, sizeof(words)), IPC_WELCOME);
	for (i = 1; i <= 100; i++)
		raw_say(flood, (struct ipc_message){.kind = IPC_REQUEST, .number = 1});
	raw_say(other, (struct ipc_message){.kind = IPC_REQUEST, .number = 2});
	event_loop_turn(world->loop);
	assert_int_equal(raw_heard(other, words, sizeof(words)), IPC_REPLY);
	assert_true(world->requests <= 8);
	close(flood);
	close(other);
}

/*
 * How many connections a child of that user, with the group of the same number, is given when it
 * asks for so many. They stay until *keep is closed.
 */
static unsigned int welcomed(struct world *world, uid_t user, int wanted, int *keep)
{
	unsigned int before = counters(world).connected;
	int ready[2], go[2], i;
	char letter;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	if (fork() == 0) {
		close(go[1]);
		if (setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0)
			_exit(1);
		for (i = 0; i < wanted; i++)
			raw_say(raw_connect(world),
				(struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
		(void)!write(ready[1], "r", 1);
		(void)!read(go[0], &letter, 1);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &letter, 1), 1);
	close(ready[0]);
	settle(world);
	*keep = go[1];
	return counters(world).connected - before;
}

/* As if the administrator had opened folder and socket: the second wall. */
static void wall_open(const struct world *world)
{
	CLEANUP(cleanup_free) char *run = text_format("%s/run", world->top);

	assert_int_equal(chmod(world->top, 0755), 0);
	assert_int_equal(chmod(run, 0755), 0);
	assert_int_equal(chmod(world->place, 0755), 0);
	assert_int_equal(chmod(world->path, 0666), 0);
}

static void test_a_stranger_is_refused_even_where_the_folder_is_open(void **state)
{
	struct world *world = *state;
	int keep;

	if (geteuid() != 0)
		skip();
	wall_open(world);
	assert_int_equal(welcomed(world, NOBODY, 5, &keep), 0);
	close(keep);
	assert_int_equal(counters(world).refused, 5);
	assert_non_null(strstr(world->trouble, "refused user 65534"));
	assert_non_null(strstr(world->trouble, "this is for root"));
}

/* The server of 12 connections, 4 of them root's and 3 a user's, lets this group in. */
static void group_admit(struct world *world, gid_t group)
{
	int listener;

	ipc_server_free(world->server);
	assert_int_equal(ipc_server_new(world->loop,
				 &(struct ipc_server_config){.group = group,
					 .connections_max = 12,
					 .root_part = 4,
					 .user_max = 3,
					 .hello_ms = HELLO_MS,
					 .idle_ms = IDLE_MS,
					 .request_max = 4096,
					 .who_may = "this is for a group",
					 .on_request = on_request,
					 .on_trouble = on_trouble,
					 .context = world},
				 &world->server, NULL),
		0);
	assert_int_equal(ipc_listen(world->place, group, &listener, NULL), 0);
	assert_int_equal(ipc_server_listen(world->server, listener, NULL), 0);
	wall_open(world);
}

static void test_a_user_has_his_share_and_root_has_his(void **state)
{
	struct world *world = *state;
	static const unsigned int shares[] = {3, 3, 2, 0};
	int keep[5], root[5], i;
	uint64_t accepted;
	gid_t shared = 4000;
	char words[64];

	if (geteuid() != 0)
		skip();
	group_admit(world, shared);
	/* Members by a group that is not their first, as people are. */
	assert_int_equal(setgroups(1, &shared), 0);
	for (i = 0; i < 4; i++) {
		/* Three each, until only root's part of the twelve is left. */
		assert_int_equal(welcomed(world, 5000 + (uid_t)i, 10, &keep[i]), shares[i]);
		assert_non_null(
			strstr(world->trouble, i < 2 ? "too many connections of this user"
						     : "too many connections but for root"));
		world->now += 60000;
		world->trouble[0] = '\0';
	}
	assert_int_equal(setgroups(0, NULL), 0);
	for (i = 0; i < 4; i++) {
		root[i] = raw_greeted(world);
		assert_int_equal(raw_heard(root[i], words, sizeof(words)), IPC_WELCOME);
	}
	root[4] = raw_greeted(world);
	assert_int_equal(raw_heard(root[4], words, sizeof(words)), IPC_REFUSAL);
	assert_string_equal(words, "too many connections");
	for (i = 0; i < 5; i++)
		close(root[i]);
	settle(world);
	assert_int_equal(setgroups(1, &shared), 0);
	/* They are 240 s idle; at 300 a newcomer gets the place of the one who is so for longest.
	 */
	world->now += 60000 + 1;
	accepted = counters(world).accepted;
	assert_int_equal(welcomed(world, 5004, 1, &keep[4]), 0);
	assert_int_equal(counters(world).accepted, accepted + 1);
	assert_non_null(
		strstr(world->trouble, "a connection of user 5000 was dropped: it was idle"));
	assert_int_equal(counters(world).connected, 8);
	assert_int_equal(setgroups(0, NULL), 0);
	for (i = 0; i < 5; i++)
		close(keep[i]);
	while (wait(NULL) > 0)
		;
	settle(world);
	assert_int_equal(counters(world).connected, 0);
}

static void test_without_descriptors_the_spare_one_serves_root(void **state)
{
	struct world *world = *state;
	int first = raw_connect(world), second = raw_connect(world), third = raw_connect(world);
	struct rlimit before, none;
	char words[64];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	/* Exactly as many as are open: the next must fail. */
	none.rlim_cur = (rlim_t)(dup(0));
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	settle(world);
	assert_int_equal(counters(world).accepted, 1);
	assert_non_null(strstr(world->trouble, "no connection can be accepted now"));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	/* The others waited, and a pause later they are accepted. */
	world->now += 1000;
	settle(world);
	assert_int_equal(counters(world).accepted, 3);
	raw_say(third, (struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
	settle(world);
	assert_int_equal(raw_heard(third, words, sizeof(words)), IPC_WELCOME);
	close(first);
	close(second);
	close(third);
}

static void test_a_socket_that_somebody_left_there_is_replaced(void **state)
{
	struct world *world = *state;
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
	wall_open(world);
	assert_int_equal(chmod(world->place, 0777), 0);
	assert_int_equal(unlink(world->path), 0);
	child = fork();
	if (child == 0) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		int squatter = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		strcpy(address.sun_path, world->path);
		if (setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
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

		assert_int_equal(ipc_client_open(world->place, WAIT_MS, &client, &err), -EPERM);
		assert_non_null(strstr(error_text(&err), "answered by uid 65534 (nobody) pid"));
		assert_non_null(strstr(error_text(&err), "instead of uid 0 (root)"));
		assert_non_null(strstr(error_text(&err), "has mode 0777"));
		assert_int_equal(chmod(world->place, 0755), 0);
		assert_int_equal(ipc_client_open(world->place, WAIT_MS, &client, &err), -EPERM);
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
	struct world *world = *state;
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
	struct world *world = *state;
	CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;
	CLEANUP(error_release) struct error err = {0};
	int listener;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(world->place, NOBODY, NOBODY), 0);
	assert_int_equal(ipc_listen(world->place, (gid_t)-1, &listener, &err), -EPERM);
	assert_non_null(strstr(error_text(&err), "belongs to uid 65534"));
	assert_int_equal(ipc_client_open(world->place, WAIT_MS, &client, &err), -EPERM);
	assert_non_null(strstr(error_text(&err), "belongs to uid 65534, not to root"));
}

static void test_a_child_makes_the_socket_when_that_is_possible(void **state)
{
	struct world *world = *state;
	CLEANUP(cleanup_free) char *lock = text_format("%s/lock", world->place);
	CLEANUP(cleanup_ipc_opener) struct ipc_opener *opener = NULL;
	CLEANUP(cleanup_close) int listener = -1;
	struct pollfd ready = {.events = POLLIN};
	struct stat status;

	ipc_server_free(world->server);
	world->server = NULL;
	/* Not a folder at all. */
	assert_int_equal(unlink(world->path), 0);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(rmdir(world->place), 0);
	assert_int_equal(symlink("/nowhere", world->place), 0);
	assert_int_equal(ipc_opener_start(world->place, (gid_t)-1, 20, &opener, NULL), 0);
	ready.fd = ipc_opener_descriptor(opener);
	assert_int_equal(poll(&ready, 1, 100), 0);
	assert_int_equal(ipc_opener_take(opener, &listener, NULL), -EAGAIN);
	assert_int_equal(unlink(world->place), 0);
	assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
	assert_int_equal(ipc_opener_take(opener, &listener, NULL), 0);
	assert_int_equal(stat(world->place, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(world->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void test_names_are_plain(void **state)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "a b", ".x",
		"01234567890123456789012345678901234567890123456789012345678901234"};
	CLEANUP(cleanup_free) char *path = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ipc_place_path(bad[i], &path, NULL), -EINVAL);
	assert_int_equal(ipc_place_path("heartbeatd", &path, NULL), 0);
	assert_string_equal(path, "/run/hacluster/heartbeatd");
}

/* A server by the machine's clock in a child, for a client that waits. */
static pid_t serve_apart(struct world *world)
{
	int ready[2];
	pid_t child;
	char letter;

	ipc_server_free(world->server);
	world->server = NULL;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		server_begin(world, NULL);
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
	struct world *world = *state;
	CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;
	pid_t child = serve_apart(world);
	const char *words;
	CLEANUP(error_release) struct error err = {0};
	size_t length;
	uint32_t topic;

	assert_int_equal(ipc_client_open(world->place, WAIT_MS, &client, &err), 0);
	assert_int_equal(ipc_client_ask(client, "hello", 5, WAIT_MS, &words, &length, &err), 0);
	assert_string_equal(words, "hello");
	assert_int_equal(ipc_client_ask(client, "big", 3, WAIT_MS, &words, &length, &err), 0);
	assert_int_equal(length, IPC_PAYLOAD_MAX);
	/* Not subscribed: no event. */
	assert_int_equal(ipc_client_ask(client, "event", 5, WAIT_MS, &words, &length, &err), 0);
	assert_int_equal(ipc_client_event(client, 0, &topic, &words, &length, &err), -ETIMEDOUT);
	assert_int_equal(ipc_client_subscribe(client, 1U << 3, WAIT_MS, &err), 0);
	assert_int_equal(ipc_client_ask(client, "event", 5, WAIT_MS, &words, &length, &err), 0);
	assert_int_equal(ipc_client_event(client, WAIT_MS, &topic, &words, &length, &err), 0);
	assert_int_equal(topic, 3);
	assert_string_equal(words, "news");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(
		ipc_client_ask(client, "hello", 5, WAIT_MS, &words, &length, &err), -ECONNRESET);
}

static void test_a_client_does_not_wait_for_ever(void **state)
{
	struct world *world = *state;
	CLEANUP(cleanup_ipc_client) struct ipc_client *client = NULL;
	CLEANUP(error_release) struct error err = {0};

	/* The server is there but its loop does not turn. */
	assert_int_equal(ipc_client_open(world->place, 50, &client, &err), -ETIMEDOUT);
	assert_string_equal(error_text(&err), "no answer in time");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_whoever_is_silent_is_dropped_at_the_deadline),
		TEST(test_odd_messages_end_their_own_connection_only),
		TEST(test_a_version_that_nobody_speaks_is_refused_in_words),
		TEST(test_descriptors_are_not_taken),
		TEST(test_who_does_not_read_is_dropped_and_never_waited_for),
		TEST(test_everybody_gets_a_turn_beside_one_who_floods),
		TEST(test_a_stranger_is_refused_even_where_the_folder_is_open),
		TEST(test_a_user_has_his_share_and_root_has_his),
		TEST(test_without_descriptors_the_spare_one_serves_root),
		TEST(test_a_socket_that_somebody_left_there_is_replaced),
		TEST(test_of_several_at_once_one_listens),
		TEST(test_a_folder_of_somebody_else_is_not_used),
		TEST(test_a_child_makes_the_socket_when_that_is_possible),
		TEST(test_a_client_asks_and_hears_events),
		TEST(test_a_client_does_not_wait_for_ever),
		cmocka_unit_test(test_names_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
