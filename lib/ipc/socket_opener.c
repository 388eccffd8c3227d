/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that keeps the privileges of now, to make a daemon's socket whenever there is none. */
#include "lib/ipc/socket_opener.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/ipc/server.h"
#include "lib/ipc/socket_place.h"

/* The child's end of the pair; the lowest number that is left to it. */
#define CHANNEL 3
/* Of a reason, as much as the daemon hears. */
#define WORDS_MAX 512

struct ipc_socket_opener {
	int channel;
	pid_t child;
	/* Kept free for the socket that comes when all other descriptors are taken. */
	int spare;
};

static void spare_take(struct ipc_socket_opener *opener)
{
	if (opener->spare < 0)
		opener->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void spare_drop(struct ipc_socket_opener *opener)
{
	if (opener->spare >= 0)
		close(opener->spare);
	opener->spare = -1;
}

/* One byte, for there must be something that the descriptor comes along with. */
static int descriptor_send(int channel, int descriptor)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec part = {&byte, 1};
	struct msghdr packet = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&packet);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &descriptor, sizeof(int));
	return sendmsg(channel, &packet, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

/* Whether what is in the socket's place is what was there when it had been made. */
static bool is_there(const char *path, const struct stat *made)
{
	struct stat now;

	return stat(path, &now) == 0 && S_ISSOCK(now.st_mode) && now.st_dev == made->st_dev &&
	       now.st_ino == made->st_ino;
}

/* Once for each reason, for it may last. What cannot be told now is at the next try. */
static void failure_tell(const struct error *err, char **told)
{
	const char *words = error_text(err);
	size_t length = strnlen(words, WORDS_MAX);

	if (strcmp(words, *told) == 0 ||
		send(CHANNEL, words, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	free(*told);
	*told = text_copy(words);
}

static _Noreturn void child_run(const struct ipc_socket_opener_config *config, const char *path)
{
	struct pollfd parent = {.fd = CHANNEL};
	char *told = text_copy(config->why_not ? config->why_not : "");
	struct stat made = {0};
	int descriptor;

	prctl(PR_SET_NAME, "socket-opener");
	/* What the daemon has in reserve is to be its own, not shared until it writes there. */
	(void)malloc_trim(0);
	if (config->made)
		(void)stat(path, &made);
	/* Readable, or hung up: the daemon has ended, it sends nothing. */
	while (poll(&parent, 1, config->retry_ms) == 0) {
		CLEANUP(error_release) struct error err = {0};

		if (is_there(path, &made))
			continue;
		if (ipc_listen(config->name, config->group, &descriptor, &err) < 0) {
			failure_tell(&err, &told);
			continue;
		}
		told[0] = '\0';
		(void)stat(path, &made);
		if (descriptor_send(CHANNEL, descriptor) < 0)
			_exit(1);
		close(descriptor);
	}
	_exit(0);
}

int ipc_socket_opener_start(const struct ipc_socket_opener_config *config,
	struct ipc_socket_opener **opener, struct error *err)
{
	CLEANUP(cleanup_free) char *folder = NULL;
	CLEANUP(cleanup_free) char *path = NULL;
	int ends[2], result = ipc_socket_place_path(config->name, &folder, err);
	pid_t child;

	if (result < 0)
		return result;
	path = text_format("%s/socket", folder);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_system(err, errno, "cannot make a channel to a child");
	child = fork();
	if (child == 0) {
		/* What the daemon holds, its port for one, ends with the daemon. */
		if (dup2(ends[1], CHANNEL) < 0 || close_range(CHANNEL + 1, ~0U, 0) < 0)
			_exit(1);
		child_run(config, path);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return error_system(err, errno, "cannot make a child");
	}
	*opener = vector_resize(NULL, 1, sizeof(**opener));
	**opener = (struct ipc_socket_opener){ends[0], child, -1};
	spare_take(*opener);
	return 0;
}

void ipc_socket_opener_free(struct ipc_socket_opener *opener)
{
	if (!opener)
		return;
	close(opener->channel);
	while (waitpid(opener->child, NULL, 0) < 0 && errno == EINTR)
		;
	spare_drop(opener);
	free(opener);
}

int ipc_socket_opener_descriptor(const struct ipc_socket_opener *opener)
{
	return opener->channel;
}

int ipc_socket_opener_take(struct ipc_socket_opener *opener, int *descriptor, struct error *err)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char words[WORDS_MAX];
	struct iovec part = {words, sizeof(words)};
	struct msghdr packet = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	const struct cmsghdr *head;
	ssize_t count;
	int number;

	/* The kernel throws away what it finds no descriptor for, but not out of what is looked at.
	 */
	spare_drop(opener);
	count = recvmsg(opener->channel, &packet, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	number = errno;
	spare_take(opener);
	if (count < 0)
		return error_system(err, number, "the child that opens the socket");
	if (count == 0)
		return error_set(err, EIO, "the child that opens the socket has ended");
	if (packet.msg_flags & MSG_CTRUNC)
		return error_set(err, EMFILE,
			"a socket was made, but no descriptor is free to take it: too many open files");
	(void)recv(opener->channel, NULL, 0, MSG_DONTWAIT | MSG_TRUNC);
	head = CMSG_FIRSTHDR(&packet);
	if (!head || head->cmsg_type != SCM_RIGHTS || head->cmsg_len != CMSG_LEN(sizeof(int)))
		return error_set(err, EBUSY, "%.*s", (int)count, words);
	memcpy(descriptor, CMSG_DATA(head), sizeof(int));
	return 0;
}
