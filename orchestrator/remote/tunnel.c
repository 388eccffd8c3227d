/* SPDX-License-Identifier: GPL-2.0-or-later */
/* direct-tcpip channels (RFC 4254, 7.2), each with a thread that moves its bytes. */
#include "orchestrator/remote/tunnel.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "orchestrator/remote/channel.h"
#include "orchestrator/remote/libssh_words.h"

#define CHUNK 32768

/* Used by its thread alone from the moment that runs. */
struct tunnel {
	struct tunnel *below;
	ssh_session ssh;
	bool borrowed; /* ssh is not ours to free */
	bool carries;  /* the thread runs */
	ssh_channel channel;
	int near; /* our end of the pair; the other one is the far session's */
	pthread_t thread;
	char held[CHUNK]; /* came out of the channel, not yet taken by the near side */
	size_t held_start;
	size_t held_end;
};

/* 1 something moved, 0 nothing to do now, -1 this direction has ended. */
static int move_near(struct tunnel *tunnel)
{
	ssize_t count;

	if (tunnel->held_start == tunnel->held_end) {
		int came = ssh_channel_read_nonblocking(
			tunnel->channel, tunnel->held, sizeof(tunnel->held), 0);

		if (came == 0 && ssh_is_connected(tunnel->ssh) &&
			!ssh_channel_is_eof(tunnel->channel) &&
			!ssh_channel_is_closed(tunnel->channel))
			return 0;
		if (came <= 0)
			return -1;
		tunnel->held_start = 0;
		tunnel->held_end = (size_t)came;
	}
	count = send(tunnel->near, tunnel->held + tunnel->held_start,
		tunnel->held_end - tunnel->held_start, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (count < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	tunnel->held_start += (size_t)count;
	return 1;
}

/* How much the channel takes without making libssh queue it. */
static size_t far_room(const struct tunnel *tunnel)
{
	size_t window = ssh_channel_window_size(tunnel->channel);

	if (ssh_get_poll_flags(tunnel->ssh) & SSH_WRITE_PENDING)
		return 0;
	return window < CHUNK ? window : CHUNK;
}

static int move_far(struct tunnel *tunnel)
{
	size_t room = far_room(tunnel), sent = 0;
	char bytes[CHUNK];
	ssize_t count;

	if (!room)
		return 0;
	count = recv(tunnel->near, bytes, room, MSG_DONTWAIT);
	if (count < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (count == 0)
		return -1;
	/* No more was taken than the window has room for, so this comes to its end without waiting.
	 */
	while (sent < (size_t)count) {
		int result = ssh_channel_write(
			tunnel->channel, bytes + sent, (uint32_t)((size_t)count - sent));

		if (result <= 0)
			return -1;
		sent += (size_t)result;
	}
	return 1;
}

static void await_bytes(const struct tunnel *tunnel)
{
	struct pollfd entries[] = {
		{.fd = ssh_get_fd(tunnel->ssh), .events = POLLIN},
		{.fd = tunnel->near},
	};

	if (ssh_get_poll_flags(tunnel->ssh) & SSH_WRITE_PENDING)
		entries[0].events |= POLLOUT;
	if (tunnel->held_start != tunnel->held_end)
		entries[1].events |= POLLOUT;
	if (far_room(tunnel))
		entries[1].events |= POLLIN;
	poll(entries, 2, -1);
}

/* Ends when either side has ended; the near side's user frees its session for that. */
static void *pump(void *argument)
{
	struct tunnel *tunnel = argument;

	for (;;) {
		int near = move_near(tunnel);
		int far = near < 0 ? near : move_far(tunnel);

		if (far < 0)
			break;
		if (near == 0 && far == 0)
			await_bytes(tunnel);
	}
	/* The user of the pair sees the end; the descriptor itself is closed by tunnel_free. */
	shutdown(tunnel->near, SHUT_RDWR);
	return NULL;
}

/* Who connects, in messages. */
static const char *connector(const struct tunnel *tunnel)
{
	return tunnel->borrowed ? "the node" : "the jump host";
}

/* What connect(2) or the resolver told the peer, as an errno of ours. */
static int number_of(enum libssh_words words)
{
	switch (words) {
	case LIBSSH_WORDS_REFUSED:
		return ECONNREFUSED;
	case LIBSSH_WORDS_TIMED_OUT:
		return ETIMEDOUT;
	case LIBSSH_WORDS_NO_NETWORK:
		return ENETUNREACH;
	case LIBSSH_WORDS_NO_NAME:
		return EAGAIN;
	case LIBSSH_WORDS_NOT_ALLOWED:
		return EACCES;
	case LIBSSH_WORDS_NO_COMMON_ALGORITHM:
	case LIBSSH_WORDS_TOO_MANY_KEYS:
	case LIBSSH_WORDS_OTHER:
		break;
	}
	return EHOSTUNREACH;
}

static int refused(
	const struct tunnel *tunnel, const char *address, unsigned port, struct error *err)
{
	char reason[256];
	int number;

	channel_reason(tunnel->ssh, reason, sizeof(reason));
	/* Had the other machine answered "no", that would be SSH_REQUEST_DENIED: this is the way to
	 * it. */
	if (!ssh_is_connected(tunnel->ssh) || ssh_get_error_code(tunnel->ssh) == SSH_FATAL)
		return error_set(err, ENOLINK, "%s was lost: %s", connector(tunnel), reason);
	number = number_of(libssh_words_read(reason));
	if (number == EACCES)
		return error_set(err, EACCES,
			"%s does not forward to %s port %u; allow it there (AllowTcpForwarding, PermitOpen in its sshd_config)",
			connector(tunnel), address, port);
	return error_set(err, number, "%s cannot connect to %s port %u: %s", connector(tunnel),
		address, port, reason);
}

static int open_channel(struct tunnel *tunnel, const char *address, unsigned port,
	const struct wait *wait, struct error *err)
{
	int result;

	tunnel->channel = ssh_channel_new(tunnel->ssh);
	if (!tunnel->channel)
		return error_set(err, ENOMEM, "no memory for a jump");
	while ((result = ssh_channel_open_forward(
			tunnel->channel, address, (int)port, "127.0.0.1", 0)) == SSH_AGAIN) {
		result = channel_wait(tunnel->ssh, wait);
		if (result == -ETIMEDOUT)
			return error_set(err, ETIMEDOUT,
				"%s port %u does not answer %s; is the machine up?", address, port,
				connector(tunnel));
		if (result < 0)
			return error_set(
				err, -result, "cancelled while %s connected", connector(tunnel));
	}
	return result == SSH_OK ? 0 : refused(tunnel, address, port, err);
}

static void cleanup_own(struct tunnel **tunnel)
{
	if (!*tunnel)
		return;
	if ((*tunnel)->channel)
		ssh_channel_free((*tunnel)->channel);
	if ((*tunnel)->near >= 0)
		close((*tunnel)->near);
	free(*tunnel);
}

/* With an open channel. */
static int make(ssh_session ssh, bool borrowed, const struct tunnel_place *place,
	const struct wait *wait, struct tunnel **result, struct error *err)
{
	CLEANUP(cleanup_own) struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
	int status;

	if (!tunnel)
		return error_set(err, ENOMEM, "no memory for a jump");
	tunnel->ssh = ssh;
	tunnel->borrowed = borrowed;
	tunnel->near = -1;
	status = open_channel(tunnel, place->address, place->port, wait, err);
	if (status < 0)
		return status;
	*result = TAKE(tunnel);
	return 0;
}

int tunnel_carry(struct tunnel *tunnel, int descriptor, struct error *err)
{
	int status;

	tunnel->near = descriptor;
	status = thread_start(&tunnel->thread, pump, tunnel);
	if (status < 0)
		return error_system(err, -status, "cannot start a thread for a jump");
	tunnel->carries = true;
	return 0;
}

int tunnel_open(ssh_session ssh, struct tunnel *below, const char *address, unsigned port,
	const struct wait *wait, struct tunnel **result, int *descriptor, struct error *err)
{
	const struct tunnel_place place = {.address = address, .port = port};
	CLEANUP(cleanup_own) struct tunnel *tunnel = NULL;
	CLEANUP(cleanup_close) int other = -1;
	int pair[2], status = make(ssh, false, &place, wait, &tunnel, err);

	if (status < 0)
		return status;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return error_system(err, errno, "no sockets for a jump");
	other = pair[1];
	status = tunnel_carry(tunnel, pair[0], err);
	if (status < 0)
		return status;
	tunnel->below = below;
	*descriptor = other;
	other = -1;
	*result = TAKE(tunnel);
	return 0;
}

int tunnel_borrow(ssh_session ssh, const struct tunnel_place *place, const struct wait *wait,
	struct tunnel **result, struct error *err)
{
	return make(ssh, true, place, wait, result, err);
}

void tunnel_free(struct tunnel *tunnel)
{
	while (tunnel) {
		struct tunnel *below = tunnel->below;

		if (tunnel->carries) {
			/* The pump ends, also when the other end is not closed yet. */
			shutdown(tunnel->near, SHUT_RDWR);
			pthread_join(tunnel->thread, NULL);
		}
		if (tunnel->near >= 0)
			close(tunnel->near);
		ssh_channel_free(tunnel->channel);
		/* As in session.c: it closes the connection, without waiting. */
		if (!tunnel->borrowed)
			ssh_free(tunnel->ssh);
		free(tunnel);
		tunnel = below;
	}
}
