/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of its own that reads files for another. */
#include "orchestrator/bundle/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/wire/reader.h"
#include "lib/wire/writer.h"
#include "orchestrator/bundle/sandbox.h"

/* Name and digests wanted; a name in an archive is at most a path of PATH_MAX. */
enum { REQUEST_HEAD = 4 + 8 + 1 + 2, NAME_LIMIT = 4096, REQUEST_MAX = REQUEST_HEAD + NAME_LIMIT };

struct worker {
	int control;
	const struct keyring *keyring;
	_Atomic uint64_t *progress;
};

/* The descriptor comes with the first byte; false at the end. */
static bool receive(int control, void *buffer, size_t length, int *descriptor)
{
	char *at = buffer;

	while (length) {
		union {
			struct cmsghdr align;
			char bytes[CMSG_SPACE(sizeof(int))];
		} space;
		struct iovec piece = {at, length};
		struct msghdr message = {.msg_iov = &piece,
			.msg_iovlen = 1,
			.msg_control = &space,
			.msg_controllen = sizeof(space)};
		ssize_t count = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
		struct cmsghdr *header = count > 0 ? CMSG_FIRSTHDR(&message) : NULL;

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		if (header && header->cmsg_type == SCM_RIGHTS && *descriptor < 0)
			memcpy(descriptor, CMSG_DATA(header), sizeof(int));
		at += count;
		length -= (size_t)count;
	}
	return true;
}

static bool answer(const struct worker *worker, const struct reading *reading)
{
	CLEANUP(cleanup_text) struct text bytes = {0};
	char head[4];
	struct writer writer = writer_start(head, sizeof(head));

	/* Room for the length, which is known only afterwards. */
	text_append_bytes(&bytes, head, sizeof(head));
	reading_pack(reading, &bytes);
	writer_u32(&writer, (uint32_t)(bytes.length - sizeof(head)));
	memcpy(bytes.data, head, sizeof(head));
	return file_write_all(worker->control, bytes.data, bytes.length) == 0;
}

static bool serve_one(const struct worker *worker)
{
	CLEANUP(cleanup_close) int descriptor = -1;
	CLEANUP(cleanup_reading) struct reading reading = {0};
	char head[REQUEST_HEAD] = {0}, name[NAME_LIMIT + 1];
	struct reader reader = reader_start(head, sizeof(head));
	struct reading_request request = {
		.keyring = worker->keyring, .progress = worker->progress, .name = name};
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (!receive(worker->control, head, sizeof(head), &descriptor) || descriptor < 0)
		return false;
	request.wanted.kinds = reader_u32(&reader);
	request.wanted.blake2b = reader_u64(&reader);
	request.is_package = reader_u8(&reader);
	length = reader_u16(&reader);
	if (length > NAME_LIMIT || !receive(worker->control, name, length, &descriptor))
		return false;
	name[length] = '\0';
	request.descriptor = descriptor;
	if (reading_take(&request, &reading, &err) < 0)
		reading.failure = text_copy(error_text(&err));
	return answer(worker, &reading);
}

/* Standard error stays, for the last words of a sanitizer. */
static void close_others(int control)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	/* The highest that can be, so that one range is left below it. */
	if (control > STDERR_FILENO + 1)
		syscall(SYS_close_range, STDERR_FILENO + 1, (unsigned int)control - 1, 0);
	syscall(SYS_close_range, (unsigned int)control + 1, ~0u, 0);
}

static _Noreturn void worker_main(const struct worker *worker, pid_t parent)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	CLEANUP(error_release) struct error err = {0};

	/* ^C reaches us as well; when to end is for the parent to say, by closing the socket. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, "haupgrade-read");
	close_others(worker->control);
	/* All that the parent sees is that its first request is not answered: say why. */
	if (sandbox_reader(&err) < 0) {
		/* No stream: the parent's may be used by a thread of its own just now. */
		dprintf(STDERR_FILENO, "haupgrade: reading process: %s\n", error_text(&err));
		_exit(1);
	}
	while (serve_one(worker))
		;
	_exit(0);
}

int worker_start(const struct keyring *keyring, _Atomic uint64_t *progress, pid_t *process,
	int *control, struct error *err)
{
	pid_t parent = getpid(), child;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_system(err, errno, "cannot make a socket for a reading process");
	child = fork();
	if (child == 0) {
		struct worker worker = {pair[1], keyring, progress};

		worker_main(&worker, parent);
	}
	if (child < 0) {
		int result = error_system(err, errno, "cannot start a reading process");

		close(pair[0]);
		close(pair[1]);
		return result;
	}
	close(pair[1]);
	*process = child;
	*control = pair[0];
	return 0;
}

int worker_ask(int control, const struct reading_request *request, struct error *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space = {0};
	char buffer[REQUEST_MAX];
	struct writer writer = writer_start(buffer, sizeof(buffer));
	size_t length = strlen(request->name);
	struct iovec piece = {buffer, 0};
	struct msghdr message = {.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &space,
		.msg_controllen = sizeof(space)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	length = length < NAME_LIMIT ? length : NAME_LIMIT;
	writer_u32(&writer, request->wanted.kinds);
	writer_u64(&writer, request->wanted.blake2b);
	writer_u8(&writer, request->is_package);
	writer_u16(&writer, (uint16_t)length);
	writer_bytes(&writer, request->name, length);
	piece.iov_len = writer.length;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &request->descriptor, sizeof(int));
	/* A few kilobytes to one that waits for them: they are taken at once or it is dead. */
	if (sendmsg(control, &message, MSG_NOSIGNAL) != (ssize_t)writer.length)
		return error_system(err, EPIPE, "cannot ask a reading process");
	return 0;
}
