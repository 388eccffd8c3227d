/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between libssh and the user's ssh agent. */
#include "orchestrator/remote/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/base/text.h"
#include "lib/base/thread.h"

enum {
	AGENT_FAILURE = 5,
	AGENT_REQUEST_IDENTITIES = 11,
	AGENT_IDENTITIES_ANSWER = 12,
	AGENT_SIGN_REQUEST = 13,
};

struct message {
	size_t length;
	uint8_t bytes[AGENT_MESSAGE_MAX];
};

struct agent {
	int socket; /* the real agent's */
	struct message identities;
	struct agent_key keys[AGENT_KEYS_MAX];
	size_t count;
	atomic_int shown; /* -1: all */
	/* What follows is for the serving thread. */
	bool serving;
	pthread_t thread;
	int near;
	struct wait wait;
	struct message message;
};

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void put_u32(uint8_t *bytes, size_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

/* A string of the wire at *cursor; false when it is not whole. */
static bool take_string(const uint8_t **cursor, size_t *left, struct agent_key *string)
{
	uint32_t length;

	if (*left < 4)
		return false;
	length = get_u32(*cursor);
	if (length > *left - 4)
		return false;
	*string = (struct agent_key){.blob = *cursor + 4, .length = length};
	*cursor += 4 + (size_t)length;
	*left -= 4 + (size_t)length;
	return true;
}

int agent_parse(const uint8_t *bytes, size_t length, struct agent_key *keys, size_t limit,
	struct error *err)
{
	const uint8_t *cursor;
	size_t left, kept = 0;
	uint32_t count;

	if (length < 5 || bytes[0] != AGENT_IDENTITIES_ANSWER)
		return error_set(err, EPROTO, "the ssh agent does not tell its keys");
	cursor = bytes + 5;
	count = get_u32(bytes + 1);
	left = length - 5;
	for (uint32_t i = 0; i < count; i++) {
		struct agent_key key, comment;

		if (!take_string(&cursor, &left, &key) || !take_string(&cursor, &left, &comment))
			return error_set(err, EPROTO, "the ssh agent's list of keys is cut off");
		if (kept < limit)
			keys[kept++] = key;
	}
	return (int)kept;
}

/* All length bytes, or a negative errno; -ENOTCONN at the end of the stream. */
static int read_all(int descriptor, uint8_t *bytes, size_t length, const struct wait *wait)
{
	while (length) {
		ssize_t count = recv(descriptor, bytes, length, MSG_DONTWAIT);

		if (count == 0)
			return -ENOTCONN;
		if (count < 0 && errno == EAGAIN) {
			int result = wait_for(wait, descriptor, POLLIN);

			if (result < 0)
				return result;
			continue;
		}
		if (count < 0)
			return -errno;
		bytes += count;
		length -= (size_t)count;
	}
	return 0;
}

static int write_all(int descriptor, const uint8_t *bytes, size_t length, const struct wait *wait)
{
	while (length) {
		ssize_t count = send(descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (count < 0 && errno == EAGAIN) {
			int result = wait_for(wait, descriptor, POLLOUT);

			if (result < 0)
				return result;
			continue;
		}
		if (count < 0)
			return -errno;
		bytes += count;
		length -= (size_t)count;
	}
	return 0;
}

static int read_message(int descriptor, struct message *message, const struct wait *wait)
{
	uint8_t head[4];
	int result = read_all(descriptor, head, sizeof(head), wait);

	if (result < 0)
		return result;
	message->length = get_u32(head);
	if (!message->length || message->length > sizeof(message->bytes))
		return -EPROTO;
	return read_all(descriptor, message->bytes, message->length, wait);
}

static int write_message(int descriptor, const struct message *message, const struct wait *wait)
{
	uint8_t head[4];
	int result;

	put_u32(head, message->length);
	result = write_all(descriptor, head, sizeof(head), wait);
	return result < 0 ? result : write_all(descriptor, message->bytes, message->length, wait);
}

static int connect_to(const char *path, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(cleanup_close) int descriptor = -1;
	int result;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(
			err, ENAMETOOLONG, "the ssh agent's socket %s has too long a name", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_system(err, errno, "cannot connect to the ssh agent at %s", path);
	result = descriptor;
	descriptor = -1;
	return result;
}

int agent_open(const char *path, const struct wait *wait, struct agent **result, struct error *err)
{
	static const uint8_t request[] = {0, 0, 0, 1, AGENT_REQUEST_IDENTITIES};
	CLEANUP(cleanup_agent) struct agent *agent = calloc(1, sizeof(*agent));
	int status;

	if (!agent)
		return error_set(err, ENOMEM, "no memory for the ssh agent's keys");
	agent->near = -1;
	atomic_init(&agent->shown, -1);
	agent->socket = connect_to(path, err);
	if (agent->socket < 0)
		return agent->socket;
	status = write_all(agent->socket, request, sizeof(request), wait);
	if (status == 0)
		status = read_message(agent->socket, &agent->identities, wait);
	if (status < 0)
		return error_system(err, -status, "the ssh agent at %s does not answer", path);
	status = agent_parse(agent->identities.bytes, agent->identities.length, agent->keys,
		AGENT_KEYS_MAX, err);
	if (status < 0)
		return status;
	agent->count = (size_t)status;
	*result = TAKE(agent);
	return 0;
}

void agent_free(struct agent *agent)
{
	if (!agent)
		return;
	if (agent->serving) {
		shutdown(agent->near, SHUT_RDWR);
		shutdown(agent->socket, SHUT_RDWR);
		pthread_join(agent->thread, NULL);
	}
	if (agent->near >= 0)
		close(agent->near);
	if (agent->socket >= 0)
		close(agent->socket);
	free(agent);
}

size_t agent_count(const struct agent *agent)
{
	return agent->count;
}

int agent_find(const struct agent *agent, const void *blob, size_t length)
{
	for (size_t i = 0; i < agent->count; i++) {
		if (agent->keys[i].length == length &&
			memcmp(agent->keys[i].blob, blob, length) == 0)
			return (int)i;
	}
	return -1;
}

void agent_show(struct agent *agent, int key)
{
	atomic_store(&agent->shown, key);
}

/* The identities answer with the keys that are shown, without comments. */
static void list_keys(struct agent *agent)
{
	struct message *message = &agent->message;
	int shown = atomic_load(&agent->shown);
	uint8_t *cursor = message->bytes + 5;
	size_t count = 0;

	/* It cannot grow longer than the answer it is made of. */
	for (size_t i = 0; i < agent->count; i++) {
		const struct agent_key *key = &agent->keys[i];

		if (shown >= 0 && (size_t)shown != i)
			continue;
		put_u32(cursor, key->length);
		memcpy(cursor + 4, key->blob, key->length);
		put_u32(cursor + 4 + key->length, 0);
		cursor += 8 + key->length;
		count++;
	}
	message->bytes[0] = AGENT_IDENTITIES_ANSWER;
	put_u32(message->bytes + 1, count);
	message->length = (size_t)(cursor - message->bytes);
}

static int answer(struct agent *agent)
{
	struct message *message = &agent->message;
	int result = 0;

	switch (message->bytes[0]) {
	case AGENT_REQUEST_IDENTITIES:
		list_keys(agent);
		break;
	case AGENT_SIGN_REQUEST:
		result = write_message(agent->socket, message, &agent->wait);
		if (result == 0)
			result = read_message(agent->socket, message, &agent->wait);
		break;
	default:
		message->length = 1;
		message->bytes[0] = AGENT_FAILURE;
		break;
	}
	return result < 0 ? result : write_message(agent->near, message, &agent->wait);
}

static void *serve(void *argument)
{
	struct agent *agent = argument;

	while (read_message(agent->near, &agent->message, &agent->wait) == 0 && answer(agent) == 0)
		;
	/* libssh sees the end instead of waiting for ever. */
	shutdown(agent->near, SHUT_RDWR);
	return NULL;
}

int agent_serve(struct agent *agent, const struct wait *wait, struct error *err)
{
	int pair[2], result;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_system(err, errno, "no sockets for the ssh agent");
	agent->near = pair[0];
	agent->wait = *wait;
	result = thread_start(&agent->thread, serve, agent);
	if (result < 0) {
		close(pair[1]);
		return error_system(err, -result, "cannot start a thread for the ssh agent");
	}
	agent->serving = true;
	return pair[1];
}
