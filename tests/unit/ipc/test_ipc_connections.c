/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the server's connections, with real sockets; some need root. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "tests/unit/ipc/ipc_world.h"

/* The server has hung up on this one, has said why to the administrator, and serves others. */
static void assert_only_this_one_is_dropped(
	struct ipc_world *world, int descriptor, const char *why)
{
	const struct timespec pause = {0, 1000000};
	char words[256];
	int other, kind, i;

	ipc_world_settle(world);
	do
		kind = ipc_world_heard(descriptor, words, sizeof(words));
	while (kind > 0);
	assert_int_equal(kind, 0);
	assert_non_null(strstr(world->trouble, why));
	close(descriptor);
	other = ipc_world_greeted(world);
	assert_int_equal(ipc_world_heard(other, words, sizeof(words)), IPC_WELCOME);
	ipc_world_say(
		other, (struct ipc_message){
			       .kind = IPC_REQUEST, .number = 9, .payload = "echo", .length = 4});
	ipc_world_settle(world);
	assert_int_equal(ipc_world_heard(other, words, sizeof(words)), IPC_REPLY);
	assert_string_equal(words, "echo");
	close(other);
	/* A thread that just closes something for the server may hold our end, too. */
	for (i = 0; i == 0 || (ipc_world_counters(world).connected && i < IPC_WORLD_WAIT_MS); i++) {
		nanosleep(&pause, NULL);
		ipc_world_settle(world);
	}
	assert_int_equal(ipc_world_counters(world).connected, 0);
	/* The next line of trouble is not held back. */
	world->now += 60000;
}

static void test_whoever_is_silent_is_dropped_at_the_deadline(void **state)
{
	struct ipc_world *world = *state;
	int idle = ipc_world_connect(world), half = ipc_world_connect(world);
	char words[64];

	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).connected, 2);
	world->now += IPC_WORLD_HELLO_MS - 1;
	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).connected, 2);
	world->now += 1;
	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).connected, 0);
	assert_int_equal(ipc_world_heard(half, words, sizeof(words)), 0);
	close(half);
	assert_only_this_one_is_dropped(world, idle, "no hello in time");
}

static void test_odd_messages_end_their_own_connection_only(void **state)
{
	static const char garbage[] = "GET / HTTP/1.0\r\n\r\n";
	struct ipc_world *world = *state;
	static char long_one[IPC_MESSAGE_MAX + 2];
	int odd = ipc_world_connect(world);

	ipc_world_send(odd, garbage, sizeof(garbage));
	assert_only_this_one_is_dropped(world, odd, "no message of ours");
	odd = ipc_world_greeted(world);
	ipc_world_send(odd, "Ha", 2);
	assert_only_this_one_is_dropped(world, odd, "no message of ours");
	odd = ipc_world_greeted(world);
	ipc_world_send(odd, long_one, sizeof(long_one));
	assert_only_this_one_is_dropped(world, odd, "its message is too long");
	odd = ipc_world_greeted(world);
	memcpy(long_one, "\x48\x61\x04\x00\x00\x00\x00\x01", 8);
	ipc_world_send(odd, long_one, 8 + 4096 + 1);
	assert_only_this_one_is_dropped(world, odd, "its request is too long");
	odd = ipc_world_connect(world);
	ipc_world_say(odd, (struct ipc_message){.kind = IPC_REQUEST, .number = 1});
	assert_only_this_one_is_dropped(world, odd, "not a hello first");
	odd = ipc_world_greeted(world);
	ipc_world_say(odd, (struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
	assert_only_this_one_is_dropped(world, odd, "a second hello");
	odd = ipc_world_greeted(world);
	ipc_world_say(odd, (struct ipc_message){.kind = IPC_REPLY, .number = 1});
	assert_only_this_one_is_dropped(world, odd, "a reply from the wrong side");
	assert_int_equal(world->requests, 7);
}

static void test_a_version_that_nobody_speaks_is_refused_in_words(void **state)
{
	struct ipc_world *world = *state;
	int late = ipc_world_connect(world);
	char words[256];

	ipc_world_say(late, (struct ipc_message){.kind = IPC_HELLO, .oldest = 7, .newest = 9});
	ipc_world_settle(world);
	assert_int_equal(ipc_world_heard(late, words, sizeof(words)), IPC_REFUSAL);
	assert_non_null(strstr(words, "the client speaks versions 7 to 9, the daemon 1 to 1"));
	assert_only_this_one_is_dropped(world, late, "the client speaks versions");
}

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

/* As on a kernel that cannot keep descriptors from coming: those who connect from now on send them.
 */
static void descriptors_let_through(const struct ipc_world *world)
{
	const int on = 1;

	if (setsockopt(world->listener, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof(on)) < 0)
		assert_int_equal(errno, ENOPROTOOPT);
}

static ssize_t descriptor_send(int to, int sent, const void *bytes, size_t length)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec part = {(void *)(uintptr_t)bytes, length};
	struct msghdr packet = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.head), &sent, sizeof(int));
	return sendmsg(to, &packet, MSG_NOSIGNAL);
}

static int descriptors_open(void)
{
	int count = 0, i;

	for (i = 0; i < 256; i++)
		count += fcntl(i, F_GETFD) >= 0;
	return count;
}

static void test_since_linux_6_16_descriptors_cannot_be_sent(void **state)
{
	struct ipc_world *world = *state;
	int generous = ipc_world_greeted(world);
	ssize_t sent = descriptor_send(generous, generous, "x", 1);

	close(generous);
	if (sent == 1)
		skip();
	assert_int_equal(sent, -1);
}

/* A socket that takes an hour to close, for its peer, *peer, reads nothing; both are owned. */
static int lingering(int *peer)
{
	const struct linger hour = {.l_onoff = 1, .l_linger = 3600};
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), full = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(address);
	static const char bytes[65536];

	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(connect(full, (struct sockaddr *)&address, sizeof(address)), 0);
	*peer = accept(listener, NULL, NULL);
	assert_true(*peer >= 0);
	close(listener);
	while (send(full, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(setsockopt(full, SOL_SOCKET, SO_LINGER, &hour, sizeof(hour)), 0);
	return full;
}

/* The last descriptor of such a socket; *peer is owned. */
static void lingering_send(int to, const void *bytes, size_t length, int *peer)
{
	int full = lingering(peer);

	assert_int_equal(descriptor_send(to, full, bytes, length), (ssize_t)length);
	close(full);
}

/* All that was sent is closed by now, or soon. Whoever has to wait for the hour does not end. */
static void assert_all_is_closed(struct ipc_world *world)
{
	const struct timespec pause = {0, 1000000};
	int i;

	for (i = 0; ipc_world_counters(world).closing && i < IPC_WORLD_WAIT_MS; i++) {
		nanosleep(&pause, NULL);
		world->now += 100;
		ipc_world_settle(world);
	}
	assert_int_equal(ipc_world_counters(world).closing, 0);
}

static const char request[] = "\x48\x61\x04\x00\x00\x00\x00\x01";

static void test_nobody_waits_for_a_descriptor_that_takes_an_hour_to_close(void **state)
{
	struct ipc_world *world = *state;
	int before, odd, peer;

	descriptors_let_through(world);
	before = descriptors_open();
	alarm(IPC_WORLD_WAIT_MS / 1000);
	/* With the first packet, with a request, and with one that is empty. */
	odd = ipc_world_connect(world);
	lingering_send(odd, request, 8, &peer);
	assert_only_this_one_is_dropped(world, odd, "it sent descriptors");
	close(peer);
	odd = ipc_world_greeted(world);
	lingering_send(odd, request, 8, &peer);
	assert_only_this_one_is_dropped(world, odd, "it sent descriptors");
	close(peer);
	odd = ipc_world_greeted(world);
	lingering_send(odd, "", 0, &peer);
	assert_only_this_one_is_dropped(world, odd, "it sent descriptors");
	close(peer);
	/* In the queue of one that is dropped for another reason, behind an empty packet. */
	odd = ipc_world_greeted(world);
	ipc_world_send(odd, "Ha", 2);
	ipc_world_send(odd, "", 0);
	lingering_send(odd, request, 8, &peer);
	assert_only_this_one_is_dropped(world, odd, "no message of ours");
	close(peer);
	/* He who sent it is gone before it is seen. */
	odd = ipc_world_connect(world);
	lingering_send(odd, request, 8, &peer);
	close(odd);
	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).connected, 0);
	close(peer);
	assert_all_is_closed(world);
	assert_int_equal(descriptors_open(), before);
	alarm(0);
}

static void test_nobody_waits_for_those_of_whom_is_refused_or_never_accepted(void **state)
{
	struct ipc_world *world = *state;
	int many[IPC_WORLD_CONNECTIONS], refused, i;
	struct pollfd waiting = {.events = POLLIN};
	int peers[3];
	char words[64];

	descriptors_let_through(world);
	alarm(IPC_WORLD_WAIT_MS / 1000);
	for (i = 0; i < IPC_WORLD_CONNECTIONS; i++)
		many[i] = ipc_world_greeted(world);
	refused = ipc_world_connect(world);
	lingering_send(refused, request, 8, &peers[0]);
	ipc_world_settle(world);
	assert_int_equal(ipc_world_heard(refused, words, sizeof(words)), IPC_REFUSAL);
	assert_int_equal(ipc_world_heard(refused, words, sizeof(words)), 0);
	assert_all_is_closed(world);
	waiting.fd = ipc_world_connect(world);
	lingering_send(waiting.fd, request, 8, &peers[1]);
	/* One that is served has some of his unread, too. */
	lingering_send(many[0], request, 8, &peers[2]);
	ipc_server_free(world->server);
	world->server = NULL;
	/* It may be a thread that ends it. */
	assert_int_equal(poll(&waiting, 1, IPC_WORLD_WAIT_MS), 1);
	assert_int_equal(ipc_world_heard(waiting.fd, words, sizeof(words)), 0);
	alarm(0);
	for (i = 0; i < IPC_WORLD_CONNECTIONS; i++)
		close(many[i]);
	close(refused);
	close(waiting.fd);
	for (i = 0; i < 3; i++)
		close(peers[i]);
}

static void test_who_does_not_read_is_dropped_and_never_waited_for(void **state)
{
	struct ipc_world *world = *state;
	int slow = ipc_world_greeted(world), i;

	for (i = 1; i <= 8; i++)
		ipc_world_say(slow, (struct ipc_message){.kind = IPC_REQUEST,
					    .number = (uint32_t)i,
					    .payload = "big",
					    .length = 3});
	assert_only_this_one_is_dropped(world, slow, "it does not read");
}

static void test_everybody_gets_a_turn_beside_one_who_floods(void **state)
{
	struct ipc_world *world = *state;
	int flood = ipc_world_greeted(world), other = ipc_world_greeted(world), i;
	char words[64];

	assert_int_equal(ipc_world_heard(other, words, sizeof(words)), IPC_WELCOME);
	for (i = 1; i <= 100; i++)
		ipc_world_say(flood, (struct ipc_message){.kind = IPC_REQUEST, .number = 1});
	ipc_world_say(other, (struct ipc_message){.kind = IPC_REQUEST, .number = 2});
	event_loop_turn(world->loop);
	assert_int_equal(ipc_world_heard(other, words, sizeof(words)), IPC_REPLY);
	assert_true(world->requests <= 8);
	close(flood);
	close(other);
}

/*
 * How many connections a child of that user, with the group of the same number, is given when it
 * asks for so many. They stay until *keep is closed.
 */
static unsigned int welcomed(struct ipc_world *world, uid_t user, int wanted, int *keep)
{
	unsigned int before = ipc_world_counters(world).connected;
	int ready[2], go[2], i;
	char letter;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	if (fork() == 0) {
		close(go[1]);
		if (setresgid(user, user, user) < 0 || setresuid(user, user, user) < 0)
			_exit(1);
		for (i = 0; i < wanted; i++)
			ipc_world_say(ipc_world_connect(world),
				(struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
		(void)!write(ready[1], "r", 1);
		(void)!read(go[0], &letter, 1);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	assert_int_equal(read(ready[0], &letter, 1), 1);
	close(ready[0]);
	ipc_world_settle(world);
	*keep = go[1];
	return ipc_world_counters(world).connected - before;
}

static void test_a_stranger_is_refused_even_where_the_folder_is_open(void **state)
{
	struct ipc_world *world = *state;
	int keep;

	if (geteuid() != 0)
		skip();
	ipc_world_open_wall(world);
	assert_int_equal(welcomed(world, IPC_WORLD_NOBODY, 5, &keep), 0);
	close(keep);
	assert_int_equal(ipc_world_counters(world).refused, 5);
	assert_non_null(strstr(world->trouble, "refused user 65534"));
	assert_non_null(strstr(world->trouble, "this is for root"));
}

static void test_a_user_has_his_share_and_root_has_his(void **state)
{
	struct ipc_world *world = *state;
	static const unsigned int shares[] = {3, 3, 2, 0};
	int keep[6], root[5], i;
	uint64_t accepted, dropped;
	gid_t shared = 4000;
	char words[64];

	if (geteuid() != 0)
		skip();
	ipc_server_free(world->server);
	ipc_world_serve(world, NULL, shared);
	ipc_world_open_wall(world);
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
		root[i] = ipc_world_greeted(world);
		assert_int_equal(ipc_world_heard(root[i], words, sizeof(words)), IPC_WELCOME);
	}
	root[4] = ipc_world_greeted(world);
	assert_int_equal(ipc_world_heard(root[4], words, sizeof(words)), IPC_REFUSAL);
	assert_string_equal(words, "too many connections");
	for (i = 0; i < 5; i++)
		close(root[i]);
	ipc_world_settle(world);
	assert_int_equal(setgroups(1, &shared), 0);
	/* They are 240 s idle; at 300 a newcomer gets the place of the one who is so for longest.
	 */
	world->now += 60000 + 1;
	accepted = ipc_world_counters(world).accepted;
	assert_int_equal(welcomed(world, 5004, 1, &keep[4]), 0);
	assert_int_equal(ipc_world_counters(world).accepted, accepted + 1);
	assert_non_null(
		strstr(world->trouble, "a connection of user 5000 was dropped: it was idle"));
	assert_int_equal(ipc_world_counters(world).connected, 8);
	/* Who has his three already takes nobody's, however idle that is. */
	world->now += IPC_WORLD_IDLE_MS + 1;
	dropped = ipc_world_counters(world).dropped;
	assert_int_equal(welcomed(world, 5001, 1, &keep[5]), 0);
	assert_int_equal(ipc_world_counters(world).accepted, accepted + 1);
	assert_int_equal(ipc_world_counters(world).dropped, dropped);
	assert_int_equal(ipc_world_counters(world).connected, 8);
	assert_int_equal(setgroups(0, NULL), 0);
	for (i = 0; i < 6; i++)
		close(keep[i]);
	while (wait(NULL) > 0)
		;
	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).connected, 0);
}

static void test_without_descriptors_the_spare_one_serves_root(void **state)
{
	struct ipc_world *world = *state;
	int first = ipc_world_connect(world), second = ipc_world_connect(world),
	    third = ipc_world_connect(world);
	struct rlimit before, none;
	char words[64];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	/* Exactly as many as are open: the next must fail. */
	none.rlim_cur = (rlim_t)(dup(0));
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).accepted, 1);
	assert_non_null(strstr(world->trouble, "no connection can be accepted now"));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	/* The others waited, and a pause later they are accepted. */
	world->now += 1000;
	ipc_world_settle(world);
	assert_int_equal(ipc_world_counters(world).accepted, 3);
	ipc_world_say(third, (struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
	ipc_world_settle(world);
	assert_int_equal(ipc_world_heard(third, words, sizeof(words)), IPC_WELCOME);
	close(first);
	close(second);
	close(third);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ipc_world_setup, ipc_world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_whoever_is_silent_is_dropped_at_the_deadline),
		TEST(test_odd_messages_end_their_own_connection_only),
		TEST(test_a_version_that_nobody_speaks_is_refused_in_words),
		TEST(test_since_linux_6_16_descriptors_cannot_be_sent),
		TEST(test_nobody_waits_for_a_descriptor_that_takes_an_hour_to_close),
		TEST(test_nobody_waits_for_those_of_whom_is_refused_or_never_accepted),
		TEST(test_who_does_not_read_is_dropped_and_never_waited_for),
		TEST(test_everybody_gets_a_turn_beside_one_who_floods),
		TEST(test_a_stranger_is_refused_even_where_the_folder_is_open),
		TEST(test_a_user_has_his_share_and_root_has_his),
		TEST(test_without_descriptors_the_spare_one_serves_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
