/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A daemon's door for local clients. */
#include "lib/ipc/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/vector.h"
#include "lib/ipc/message.h"
#include "lib/ipc/packet.h"
#include "lib/ipc/socket_closer.h"

/* What one turn of the loop serves at most: packets, and connections that come. */
#define EVENTS_PER_TURN 8
/* After an accept that failed for want of something; and between two lines of trouble. */
#define PAUSE_MS 1000
#define TROUBLE_MS 10000
/* While so many sockets take long to close, nobody new is accepted; how often to look. */
#define CLOSING_MAX 64
#define CLOSING_MS 100
/* The listening socket among the epoll set's keys; connections count from 1. */
#define LISTENER 0

struct connection {
	uint64_t id;
	int descriptor;
	uid_t user;
	bool greeted;
	uint64_t hello_by;
	uint64_t heard_at;
	uint32_t topics;
};

struct ipc_server {
	struct event_loop *loop;
	struct ipc_server_config config;
	struct event_timer *timer;
	int epoll;
	int listener; /* -1: not listening */
	/* Kept free for one connection of root when all other descriptors are taken. */
	int spare;
	uint64_t paused_until; /* accepts nothing; 0: does */
	uint64_t tend_at;      /* the closer; 0: it has nothing */
	uint64_t trouble_at;
	uint64_t last_id;
	struct ipc_socket_closer *closer;
	struct connection **connections;
	struct ipc_server_counters counters;
	/* Of the message at hand: with this a turn needs no memory. */
	char buffer[IPC_MESSAGE_MAX + 1];
};

static void trouble(struct ipc_server *server, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void trouble(struct ipc_server *server, const char *format, ...)
{
	uint64_t now = event_loop_now(server->loop);
	char words[512];
	va_list arguments;

	if (now < server->trouble_at)
		return;
	server->trouble_at = now + TROUBLE_MS;
	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	server->config.on_trouble(words, server->config.context);
}

static void spare_take(struct ipc_server *server)
{
	if (server->spare < 0)
		server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static struct connection *connection_find(const struct ipc_server *server, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < server->counters.connected; i++)
		if (server->connections[i]->id == id)
			return server->connections[i];
	return NULL;
}

static void timer_arm(struct ipc_server *server)
{
	uint64_t next = UINT64_MAX;
	unsigned int i;

	if (server->paused_until)
		next = server->paused_until;
	if (server->tend_at && server->tend_at < next)
		next = server->tend_at;
	for (i = 0; i < server->counters.connected; i++)
		if (!server->connections[i]->greeted && server->connections[i]->hello_by < next)
			next = server->connections[i]->hello_by;
	event_timer_set(server->timer, next);
}

/* The way in which every socket of ours is closed: who knows what is in its queue. */
static void hand_over(struct ipc_server *server, int descriptor)
{
	ipc_socket_closer_take(server->closer, descriptor);
	if (ipc_socket_closer_count(server->closer) && !server->tend_at) {
		server->tend_at = event_loop_now(server->loop) + CLOSING_MS;
		timer_arm(server);
	}
	spare_take(server);
}

static void connection_close(struct ipc_server *server, struct connection *connection)
{
	unsigned int *count = &server->counters.connected, i;

	for (i = 0; i < *count && server->connections[i] != connection; i++)
		;
	server->connections[i] = server->connections[--*count];
	/* Closing alone would do only once nobody else holds it. */
	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, connection->descriptor, NULL);
	hand_over(server, connection->descriptor);
	free(connection);
}

static void connection_drop(
	struct ipc_server *server, struct connection *connection, const char *why)
{
	server->counters.dropped++;
	trouble(server, "a connection of user %u was dropped: %s", connection->user, why);
	connection_close(server, connection);
}

/* Returns whether the connection is still there. */
static bool message_send(
	struct ipc_server *server, struct connection *connection, const struct ipc_message *message)
{
	int result = ipc_packet_send(connection->descriptor, message);

	if (result == 0)
		return true;
	if (result == -EPIPE || result == -ECONNRESET)
		connection_close(server, connection);
	else
		connection_drop(server, connection,
			result == -EAGAIN ? "it does not read" : strerror(-result));
	return false;
}

/* The words may not arrive; the end of the connection does. */
static void refuse(int descriptor, const char *words)
{
	const struct ipc_message message = {
		.kind = IPC_REFUSAL, .payload = words, .length = strlen(words)};

	(void)ipc_packet_send(descriptor, &message);
}

static bool is_member(const struct ipc_server *server, int descriptor, gid_t first)
{
	CLEANUP(cleanup_free) gid_t *groups = NULL;
	socklen_t size = 0, i;

	if (server->config.group == (gid_t)-1)
		return false;
	if (first == server->config.group)
		return true;
	/* Without room for them the kernel says how much they need. */
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return false;
	groups = vector_resize(NULL, size, 1);
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == server->config.group)
			return true;
	return false;
}

static unsigned int connections_of(const struct ipc_server *server, uid_t user)
{
	unsigned int count = 0, i;

	for (i = 0; i < server->counters.connected; i++)
		count += server->connections[i]->user == user;
	return count;
}

/* Many users may be one person's (subuids): the limit of each does not keep a place for others. */
static void idlest_drop(struct ipc_server *server)
{
	uint64_t now = event_loop_now(server->loop);
	struct connection *idlest = NULL;
	unsigned int i;

	for (i = 0; i < server->counters.connected; i++) {
		struct connection *one = server->connections[i];

		if (one->greeted &&
			ipc_connection_limits_may_drop(
				&server->config.limits, one->user, now - one->heard_at) &&
			(!idlest || one->heard_at < idlest->heard_at))
			idlest = one;
	}
	if (idlest)
		connection_drop(server, idlest, "it was idle, and others want its place");
}

/* NULL, or why this user gets no connection now. */
static const char *why_not(struct ipc_server *server, int descriptor, const struct ucred *who)
{
	const struct ipc_server_config *config = &server->config;
	struct ipc_connection_usage usage = {.of_user = connections_of(server, who->uid)};

	if (who->uid != 0 && who->uid != geteuid() && !is_member(server, descriptor, who->gid))
		return config->who_may;
	/* Nobody loses his place to one who is above his own limit. */
	if (ipc_connection_limits_are_reached(
		    &config->limits, server->counters.connected, who->uid) &&
		!ipc_connection_limits_refusal(&config->limits, &usage, who->uid))
		idlest_drop(server);
	usage.in_all = server->counters.connected;
	usage.is_last_descriptor = server->spare < 0;
	return ipc_connection_limits_refusal(&config->limits, &usage, who->uid);
}

static void connection_add(struct ipc_server *server, int descriptor, uid_t user)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = server->last_id + 1};
	const int room = 2 * IPC_MESSAGE_MAX;
	struct connection *connection;

	/* One answer of any length must fit, whatever the machine's default is. */
	(void)setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) {
		trouble(server, "a connection of user %u cannot be served: %s", user,
			strerror(errno));
		hand_over(server, descriptor);
		return;
	}
	connection = vector_resize(NULL, 1, sizeof(*connection));
	*connection = (struct connection){
		.id = ++server->last_id,
		.descriptor = descriptor,
		.user = user,
		.hello_by = event_loop_now(server->loop) + server->config.hello_ms,
		.heard_at = event_loop_now(server->loop),
	};
	server->connections[server->counters.connected++] = connection;
	server->counters.accepted++;
	timer_arm(server);
}

static void newcomer(struct ipc_server *server, int descriptor)
{
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t size = sizeof(who);
	const char *why;

	ipc_packet_prepare(descriptor);
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		why = "it cannot be seen who it is";
	else
		why = why_not(server, descriptor, &who);
	if (!why) {
		connection_add(server, descriptor, who.uid);
		return;
	}
	server->counters.refused++;
	trouble(server, "refused user %u (pid %d): %s", who.uid, who.pid, why);
	refuse(descriptor, why);
	hand_over(server, descriptor);
}

static void listener_set(struct ipc_server *server, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = LISTENER};

	(void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener, &event);
}

static void pause_accepting(struct ipc_server *server, const char *why)
{
	/* They wait in the backlog meanwhile; asking at once again would ask for ever. */
	trouble(server, "no connection can be accepted now: %s; trying again", why);
	listener_set(server, 0);
	server->paused_until = event_loop_now(server->loop) + PAUSE_MS;
	timer_arm(server);
}

static int accept_one(const struct ipc_server *server)
{
	int descriptor = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return descriptor < 0 ? -errno : descriptor;
}

static void on_newcomer(struct ipc_server *server)
{
	int descriptor;

	if (ipc_socket_closer_count(server->closer) >= CLOSING_MAX) {
		pause_accepting(server, "too many descriptors that were sent take long to close");
		return;
	}
	descriptor = accept_one(server);
	if (descriptor == -EMFILE && server->spare >= 0) {
		close(server->spare);
		server->spare = -1;
		descriptor = accept_one(server);
	}
	if (descriptor >= 0) {
		newcomer(server, descriptor);
		spare_take(server);
		return;
	}
	spare_take(server);
	if (descriptor == -EAGAIN || descriptor == -ECONNABORTED || descriptor == -EINTR)
		return;
	pause_accepting(server, strerror(-descriptor));
}

static void on_timer(void *context)
{
	struct ipc_server *server = context;
	uint64_t now = event_loop_now(server->loop);
	unsigned int i;

	if (server->tend_at && now >= server->tend_at) {
		ipc_socket_closer_tend(server->closer);
		server->tend_at = ipc_socket_closer_count(server->closer) ? now + CLOSING_MS : 0;
	}
	spare_take(server);
	if (server->paused_until && now >= server->paused_until) {
		server->paused_until = 0;
		listener_set(server, EPOLLIN);
	}
	/* Backwards: the last one takes the place of one that is closed. */
	for (i = server->counters.connected; i-- > 0;) {
		struct connection *connection = server->connections[i];

		if (!connection->greeted && now >= connection->hello_by)
			connection_drop(server, connection, "no hello in time");
	}
	timer_arm(server);
}

static void hello_heard(
	struct ipc_server *server, struct connection *connection, const struct ipc_message *hello)
{
	struct ipc_message welcome = {.kind = IPC_WELCOME};
	CLEANUP(error_release) struct error err = {0};
	int version = ipc_version_choose(hello, IPC_VERSION_OLDEST, IPC_VERSION_NEWEST, &err);

	if (version < 0) {
		refuse(connection->descriptor, error_text(&err));
		connection_drop(server, connection, error_text(&err));
		return;
	}
	connection->greeted = true;
	welcome.newest = (uint8_t)version;
	timer_arm(server);
	message_send(server, connection, &welcome);
}

static void request_heard(
	struct ipc_server *server, struct connection *connection, const struct ipc_message *message)
{
	const struct ipc_request request = {
		.connection = connection->id,
		.number = message->number,
		.user = connection->user,
		.payload = message->payload,
		.length = message->length,
	};

	if (message->length > server->config.request_max)
		connection_drop(server, connection, "its request is too long");
	else
		server->config.on_request(&request, server->config.context);
}

static void packet_heard(struct ipc_server *server, struct connection *connection, size_t length)
{
	struct ipc_message message;
	CLEANUP(error_release) struct error err = {0};

	connection->heard_at = event_loop_now(server->loop);
	if (ipc_message_read(server->buffer, length, IPC_CLIENT, &message, &err) < 0) {
		connection_drop(server, connection, error_text(&err));
		return;
	}
	if ((message.kind == IPC_HELLO) == connection->greeted) {
		connection_drop(server, connection,
			connection->greeted ? "a second hello" : "not a hello first");
		return;
	}
	switch (message.kind) {
	case IPC_HELLO:
		hello_heard(server, connection, &message);
		break;
	case IPC_REQUEST:
		request_heard(server, connection, &message);
		break;
	case IPC_SUBSCRIBE:
		connection->topics = message.topics;
		ipc_server_reply(server, connection->id, message.number, NULL, 0);
		break;
	case IPC_WELCOME:
	case IPC_REFUSAL:
	case IPC_REPLY:
	case IPC_EVENT:
		break;
	}
}

static void on_packet(struct ipc_server *server, struct connection *connection)
{
	const int what = ipc_packet_look(connection->descriptor);
	ssize_t length;

	if (what == IPC_PACKET_NONE)
		return;
	if (what == IPC_PACKET_DESCRIPTORS) {
		connection_drop(server, connection, "it sent descriptors");
		return;
	}
	if (what != IPC_PACKET_PLAIN) {
		connection_close(server, connection);
		return;
	}
	length = recv(connection->descriptor, server->buffer, sizeof(server->buffer),
		MSG_DONTWAIT | MSG_TRUNC);
	if (length < 0)
		connection_close(server, connection);
	else if ((size_t)length > sizeof(server->buffer))
		connection_drop(server, connection, "its message is too long");
	else
		packet_heard(server, connection, (size_t)length);
}

/* The kernel hands out who is ready in turn, so that nobody who floods keeps others from theirs. */
static void on_ready(int descriptor, uint32_t events, void *context)
{
	struct ipc_server *server = context;
	struct epoll_event ready[EVENTS_PER_TURN];
	int count = epoll_wait(descriptor, ready, EVENTS_PER_TURN, 0), i;

	(void)events;
	for (i = 0; i < count; i++) {
		struct connection *connection = connection_find(server, ready[i].data.u64);

		if (ready[i].data.u64 == LISTENER)
			on_newcomer(server);
		else if (connection)
			on_packet(server, connection);
	}
}

int ipc_server_new(struct event_loop *loop, const struct ipc_server_config *config,
	struct ipc_server **server, struct error *err)
{
	CLEANUP(cleanup_ipc_server)
	struct ipc_server *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	int result;

	*fresh = (struct ipc_server){.loop = loop, .config = *config, .listener = -1, .spare = -1};
	fresh->connections =
		vector_resize(NULL, config->limits.in_all, sizeof(struct connection *));
	/* All connections may be dropped while so many are with it, and the listening socket too.
	 */
	fresh->closer = ipc_socket_closer_new(CLOSING_MAX + config->limits.in_all + 1);
	fresh->timer = event_timer_new(loop, on_timer, fresh);
	fresh->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (fresh->epoll < 0)
		return error_system(err, errno, "the control socket cannot be served");
	spare_take(fresh);
	result = event_loop_add(loop, fresh->epoll, EPOLLIN, on_ready, fresh, err);
	if (result < 0)
		return result;
	*server = TAKE(fresh);
	return 0;
}

void ipc_server_free(struct ipc_server *server)
{
	if (!server)
		return;
	while (server->counters.connected)
		connection_close(server, server->connections[0]);
	free(server->connections);
	if (server->listener >= 0)
		ipc_socket_closer_take(server->closer, server->listener);
	ipc_socket_closer_free(server->closer);
	event_timer_free(server->timer);
	if (server->epoll >= 0) {
		event_loop_remove(server->loop, server->epoll);
		close(server->epoll);
	}
	if (server->spare >= 0)
		close(server->spare);
	free(server);
}

int ipc_server_listen(struct ipc_server *server, int descriptor, struct error *err)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = LISTENER};

	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, descriptor, &event) < 0)
		return error_system(err, errno, "the control socket cannot be served");
	if (server->listener >= 0) {
		(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, server->listener, NULL);
		hand_over(server, server->listener);
	}
	server->listener = descriptor;
	server->paused_until = 0;
	return 0;
}

bool ipc_server_is_listening(const struct ipc_server *server)
{
	return server->listener >= 0;
}

void ipc_server_reply(struct ipc_server *server, uint64_t connection, uint32_t number,
	const void *payload, size_t length)
{
	struct connection *to = connection_find(server, connection);
	const struct ipc_message message = {
		.kind = IPC_REPLY, .number = number, .payload = payload, .length = length};

	if (to && length <= IPC_PAYLOAD_MAX)
		message_send(server, to, &message);
	else if (to)
		connection_drop(server, to, "its answer is too long");
}

void ipc_server_publish(
	struct ipc_server *server, uint32_t topic, const void *payload, size_t length)
{
	const struct ipc_message message = {
		.kind = IPC_EVENT, .number = topic, .payload = payload, .length = length};
	unsigned int i;

	for (i = server->counters.connected; i-- > 0;)
		if (server->connections[i]->topics >> topic & 1)
			message_send(server, server->connections[i], &message);
}

struct ipc_server_counters ipc_server_counters(const struct ipc_server *server)
{
	struct ipc_server_counters counters = server->counters;

	counters.closing = ipc_socket_closer_count(server->closer);
	return counters;
}
