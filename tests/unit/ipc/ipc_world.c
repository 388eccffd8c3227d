/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of local messages share. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "tests/unit/ipc/ipc_world.h"

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
	struct ipc_world *world = context;

	snprintf(world->trouble, sizeof(world->trouble), "%s", words);
}

/* Says it back; "big" is answered by as much as fits. */
static void on_request(const struct ipc_request *request, void *context)
{
	static char big[IPC_PAYLOAD_MAX];
	struct ipc_world *world = context;

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

void ipc_world_serve(struct ipc_world *world, const struct event_clock *clock, gid_t group)
{
	const struct ipc_server_config config = {
		.group = group,
		.limits.in_all = IPC_WORLD_CONNECTIONS,
		.limits.root_part = 4,
		.limits.per_user = 3,
		.hello_ms = IPC_WORLD_HELLO_MS,
		.limits.idle_ms = IPC_WORLD_IDLE_MS,
		.request_max = 4096,
		.who_may = "this is for root",
		.on_request = on_request,
		.on_trouble = on_trouble,
		.context = world,
	};

	if (!world->loop)
		assert_int_equal(event_loop_new(clock, &world->loop, NULL), 0);
	assert_int_equal(ipc_server_new(world->loop, &config, &world->server, NULL), 0);
	assert_int_equal(ipc_listen(world->place, group, &world->listener, NULL), 0);
	assert_int_equal(ipc_server_listen(world->server, world->listener, NULL), 0);
}

int ipc_world_setup(void **state)
{
	struct ipc_world *world = calloc(1, sizeof(*world));
	const struct event_clock clock = {world_now, world_wait, &world->now};

	strcpy(world->top, "/tmp/ipc.XXXXXX");
	assert_non_null(mkdtemp(world->top));
	world->place = text_format("%s/run/d", world->top);
	world->path = text_format("%s/socket", world->place);
	ipc_world_serve(world, &clock, (gid_t)-1);
	*state = world;
	return 0;
}

int ipc_world_teardown(void **state)
{
	struct ipc_world *world = *state;
	CLEANUP(cleanup_free) char *command = text_format("rm -rf %s", world->top);

	ipc_server_free(world->server);
	event_loop_free(world->loop);
	assert_int_equal(system(command), 0);
	free(world->place);
	free(world->path);
	free(world);
	return 0;
}

struct ipc_server_counters ipc_world_counters(const struct ipc_world *world)
{
	return ipc_server_counters(world->server);
}

void ipc_world_settle(struct ipc_world *world)
{
	int i;

	for (i = 0; i < 100; i++)
		event_loop_turn(world->loop);
}

int ipc_world_connect(const struct ipc_world *world)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(descriptor >= 0);
	strcpy(address.sun_path, world->path);
	assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	return descriptor;
}

void ipc_world_send(int descriptor, const void *bytes, size_t length)
{
	assert_int_equal(send(descriptor, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

void ipc_world_say(int descriptor, struct ipc_message message)
{
	uint8_t bytes[IPC_FRONT_MAX + 64];
	size_t length = ipc_message_write(&message, bytes);

	if (message.length)
		memcpy(bytes + length, message.payload, message.length);
	ipc_world_send(descriptor, bytes, length + message.length);
}

int ipc_world_greeted(struct ipc_world *world)
{
	int descriptor = ipc_world_connect(world);

	ipc_world_say(
		descriptor, (struct ipc_message){.kind = IPC_HELLO, .oldest = 1, .newest = 1});
	ipc_world_settle(world);
	return descriptor;
}

int ipc_world_heard(int descriptor, char *words, size_t size)
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

void ipc_world_open_wall(const struct ipc_world *world)
{
	CLEANUP(cleanup_free) char *run = text_format("%s/run", world->top);

	assert_int_equal(chmod(world->top, 0755), 0);
	assert_int_equal(chmod(run, 0755), 0);
	assert_int_equal(chmod(world->place, 0755), 0);
	assert_int_equal(chmod(world->path, 0666), 0);
}
