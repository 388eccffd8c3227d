/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of a daemon on the same machine. */
#include "lib/ipc/client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/ipc/message.h"
#include "lib/ipc/socket_place.h"

#define EVENTS_KEPT 16

struct event {
	uint32_t topic;
	char *payload;
	size_t length;
};

struct ipc_client {
	int descriptor;
	uint32_t last_number;
	struct event events[EVENTS_KEPT]; /* the oldest first */
	unsigned int event_count;
	char *event_payload; /* of the event that was handed out */
	char buffer[IPC_MESSAGE_MAX + 1];
};

static char *user_name(uid_t user)
{
	const struct passwd *entry = getpwuid(user);

	return entry ? text_format("uid %u (%s)", user, entry->pw_name)
		     : text_format("uid %u", user);
}

/* Who listens behind the descriptor; a folder's owner is expected there. */
static int listener_check(int descriptor, uid_t expected, const char *path, struct error *err)
{
	CLEANUP(cleanup_free) char *found = NULL;
	CLEANUP(cleanup_free) char *wanted = NULL;
	struct ucred who = {0};
	socklen_t size = sizeof(who);

	/* Of the moment of listen(2): a daemon has changed its user since. */
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return error_system(err, errno, "%s: it cannot be seen who listens", path);
	if (who.uid == expected)
		return 0;
	found = user_name(who.uid);
	wanted = user_name(expected);
	return error_set(err, EPERM,
		"%s: answered by %s pid %d instead of %s; nothing was said to it", path, found,
		who.pid, wanted);
}

static int dial(
	int folder, const char *path, uint64_t timeout_ms, int *descriptor, struct error *err)
{
	const struct timeval patience = {
		(time_t)(timeout_ms / 1000), (suseconds_t)(timeout_ms % 1000 * 1000)};
	CLEANUP(cleanup_close) int fresh = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	int result;

	if (fresh < 0)
		return error_system(err, errno, "no socket can be made");
	ipc_socket_place_address(folder, &address);
	/* Connecting waits, as long as sending would, while the daemon has not accepted others. */
	if (setsockopt(fresh, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return error_system(err, errno, "%s/socket", path);
	do
		result = connect(fresh, (struct sockaddr *)&address, sizeof(address));
	while (result < 0 && errno == EINTR);
	if (result < 0 && errno == EAGAIN)
		return error_set(err, ETIMEDOUT, "%s/socket: not accepted within %llu ms", path,
			(unsigned long long)timeout_ms);
	if (result < 0)
		return error_system(err, errno, "%s/socket", path);
	*descriptor = fresh;
	fresh = -1;
	return 0;
}

/* Somebody else could have put the socket there: err says so already, and now who did. */
static int squatter_tell(int folder, const char *path, uint64_t timeout_ms, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = -1;
	CLEANUP(error_release) struct error who = {0};

	if (dial(folder, path, timeout_ms, &descriptor, NULL) == 0 &&
		listener_check(descriptor, 0, path, &who) < 0)
		error_prefix(err, "%s", error_text(&who));
	return -EPERM;
}

static int message_send(
	struct ipc_client *client, const struct ipc_message *message, struct error *err)
{
	uint8_t front[IPC_FRONT_MAX];
	struct iovec parts[2] = {{front, ipc_message_write(message, front)},
		{(void *)(uintptr_t)message->payload, message->length}};
	struct msghdr packet = {.msg_iov = parts, .msg_iovlen = message->length ? 2 : 1};
	ssize_t sent;

	do
		sent = sendmsg(client->descriptor, &packet, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	/* It may have said why before it hung up: that is read next. */
	if (sent < 0 && errno != EPIPE)
		return error_system(err, errno, "cannot send to the daemon");
	return 0;
}

static int packet_receive(
	struct ipc_client *client, uint64_t deadline_ms, size_t *length, struct error *err)
{
	struct pollfd ready = {.fd = client->descriptor, .events = POLLIN};
	struct iovec part = {client->buffer, IPC_MESSAGE_MAX};
	struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t count;

	for (;;) {
		uint64_t now = clock_monotonic_ms(),
			 left = deadline_ms > now ? deadline_ms - now : 0;

		count = poll(&ready, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (count == 0)
			return error_set(err, ETIMEDOUT, "no answer in time");
		if (count > 0)
			count = recvmsg(client->descriptor, &packet, MSG_DONTWAIT);
		if (count >= 0)
			break;
		/* A reset is told once, in front of the words with which the daemon hung up. */
		if (errno != EINTR && errno != EAGAIN && errno != ECONNRESET)
			return error_system(err, errno, "cannot hear the daemon");
	}
	if (count == 0)
		return error_set(err, ECONNRESET, "the daemon closed the connection");
	if (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return error_set(err, EBADMSG, "the daemon sent what is no message");
	*length = (size_t)count;
	return 0;
}

static void event_keep(struct ipc_client *client, const struct ipc_message *message)
{
	struct event *event = &client->events[client->event_count];

	if (client->event_count == EVENTS_KEPT)
		return;
	client->event_count++;
	event->topic = message->number;
	event->length = message->length;
	event->payload = vector_resize(NULL, message->length + 1, 1);
	memcpy(event->payload, message->payload, message->length);
	event->payload[message->length] = '\0';
}

/* The next message of that kind and number, events set aside. *message borrows the buffer. */
static int message_await(struct ipc_client *client, enum ipc_kind kind, uint32_t number,
	uint64_t deadline_ms, struct ipc_message *message, struct error *err)
{
	for (;;) {
		size_t length = 0;
		int result = packet_receive(client, deadline_ms, &length, err);

		if (result == 0)
			result = ipc_message_read(client->buffer, length, IPC_SERVER, message, err);
		if (result < 0)
			return result;
		client->buffer[length] = '\0';
		if (message->kind == IPC_REFUSAL)
			return error_set(err, EACCES, "%.*s", (int)message->length,
				(const char *)message->payload);
		if (message->kind == IPC_EVENT)
			event_keep(client, message);
		if (message->kind == kind && (kind == IPC_EVENT || message->number == number))
			return 0;
	}
}

static int greet(struct ipc_client *client, uint64_t deadline_ms, struct error *err)
{
	const struct ipc_message hello = {
		.kind = IPC_HELLO, .oldest = IPC_VERSION_OLDEST, .newest = IPC_VERSION_NEWEST};
	struct ipc_message welcome;
	int result = message_send(client, &hello, err);

	if (result == 0)
		result = message_await(client, IPC_WELCOME, 0, deadline_ms, &welcome, err);
	if (result == 0 &&
		(welcome.newest < IPC_VERSION_OLDEST || welcome.newest > IPC_VERSION_NEWEST))
		return error_set(err, EPROTONOSUPPORT,
			"the daemon speaks version %u, which is not %d to %d", welcome.newest,
			IPC_VERSION_OLDEST, IPC_VERSION_NEWEST);
	return result;
}

int ipc_client_open(
	const char *name, uint64_t timeout_ms, struct ipc_client **client, struct error *err)
{
	CLEANUP(cleanup_ipc_client) struct ipc_client *fresh = NULL;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_close) int folder = -1;
	uint64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
	uid_t owner;
	int result = ipc_socket_place_path(name, &path, err);

	if (result == 0)
		result = ipc_socket_place_open(path, &folder, &owner, err);
	if (result == -EPERM && folder >= 0)
		return squatter_tell(folder, path, timeout_ms, err);
	if (result < 0)
		return result;
	fresh = vector_resize(NULL, 1, sizeof(*fresh));
	memset(fresh, 0, sizeof(*fresh));
	fresh->descriptor = -1;
	result = dial(folder, path, timeout_ms, &fresh->descriptor, err);
	if (result == 0)
		result = listener_check(fresh->descriptor, owner, path, err);
	if (result == 0)
		result = greet(fresh, deadline_ms, err);
	if (result == 0)
		*client = TAKE(fresh);
	return result;
}

void ipc_client_free(struct ipc_client *client)
{
	if (!client)
		return;
	while (client->event_count)
		free(client->events[--client->event_count].payload);
	free(client->event_payload);
	if (client->descriptor >= 0)
		close(client->descriptor);
	free(client);
}

int ipc_client_descriptor(const struct ipc_client *client)
{
	return client->descriptor;
}

static int ask(struct ipc_client *client, struct ipc_message *message, uint64_t timeout_ms,
	struct ipc_message *reply, struct error *err)
{
	uint64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
	int result;

	if (!++client->last_number)
		client->last_number = 1;
	message->number = client->last_number;
	result = message_send(client, message, err);
	if (result < 0)
		return result;
	return message_await(client, IPC_REPLY, message->number, deadline_ms, reply, err);
}

int ipc_client_ask(struct ipc_client *client, const void *request, size_t length,
	uint64_t timeout_ms, const char **reply, size_t *reply_length, struct error *err)
{
	struct ipc_message message = {.kind = IPC_REQUEST, .payload = request, .length = length},
			   answer;
	int result;

	if (length > IPC_PAYLOAD_MAX)
		return error_set(err, EMSGSIZE, "a request of %zu bytes; the limit is %d", length,
			IPC_PAYLOAD_MAX);
	result = ask(client, &message, timeout_ms, &answer, err);
	if (result < 0)
		return result;
	*reply = answer.payload;
	*reply_length = answer.length;
	return 0;
}

int ipc_client_subscribe(
	struct ipc_client *client, uint32_t topics, uint64_t timeout_ms, struct error *err)
{
	struct ipc_message message = {.kind = IPC_SUBSCRIBE, .topics = topics}, answer;

	return ask(client, &message, timeout_ms, &answer, err);
}

int ipc_client_event(struct ipc_client *client, uint64_t timeout_ms, uint32_t *topic,
	const char **payload, size_t *length, struct error *err)
{
	struct ipc_message message;
	struct event event;
	int result = 0;

	if (!client->event_count)
		result = message_await(
			client, IPC_EVENT, 0, clock_monotonic_ms() + timeout_ms, &message, err);
	if (result < 0)
		return result;
	event = client->events[0];
	client->event_count--;
	memmove(&client->events[0], &client->events[1], client->event_count * sizeof(event));
	free(client->event_payload);
	client->event_payload = event.payload;
	*topic = event.topic;
	*payload = event.payload;
	*length = event.length;
	return 0;
}
