/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a package file that may be a pipe. */
#include "orchestrator/bundle/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* Large enough that the two sides seldom wait for each other. */
enum { PIPE_SIZE = 1 << 18 };

struct stream {
	const struct text *head;
	int input;
	int output;
	int failure; /* of reading; negative errno */
	pthread_t thread;
};

ssize_t stream_read(int descriptor, void *buffer, size_t size)
{
	ssize_t count;

	do
		count = read(descriptor, buffer, size);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

ssize_t stream_fill(int descriptor, void *buffer, size_t size)
{
	size_t filled = 0;

	while (filled < size) {
		ssize_t count = stream_read(descriptor, (char *)buffer + filled, size - filled);

		if (count < 0)
			return count;
		if (count == 0)
			break;
		filled += (size_t)count;
	}
	return (ssize_t)filled;
}

/* Whether all was written: the other side may have closed its end. */
static bool write_all(int descriptor, const char *bytes, size_t length)
{
	while (length) {
		ssize_t count = write(descriptor, bytes, length);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0) {
			bytes += count;
			length -= (size_t)count;
		}
	}
	return true;
}

/* Where splice does not know the kind of descriptor. */
static void copy_rest(struct stream *stream)
{
	char buffer[16384];
	ssize_t count;

	while ((count = stream_read(stream->input, buffer, sizeof(buffer))) > 0)
		if (!write_all(stream->output, buffer, (size_t)count))
			return;
	if (count < 0)
		stream->failure = (int)count;
}

static void *pump(void *data)
{
	struct stream *stream = data;
	ssize_t count;

	if (write_all(stream->output, text_string(stream->head), stream->head->length)) {
		do
			count = splice(stream->input, NULL, stream->output, NULL, PIPE_SIZE,
				SPLICE_F_MOVE);
		while (count > 0 || (count < 0 && errno == EINTR));
		if (count < 0 && errno == EINVAL)
			copy_rest(stream);
		else if (count < 0 && errno != EPIPE)
			stream->failure = -errno;
	}
	close(stream->output);
	return NULL;
}

/* Signals are for the program's own threads; a closed pipe is no reason to end either. */
static int start_thread(struct stream *stream)
{
	sigset_t all, before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&stream->thread, NULL, pump, stream);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

struct stream *stream_start(const struct text *head, int descriptor, int *output)
{
	struct stream *stream;
	int ends[2], result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	/* The limit of a user's pipes may forbid it; it only goes slower then. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	stream = vector_resize(NULL, 1, sizeof(*stream));
	*stream = (struct stream){.head = head, .input = descriptor, .output = ends[1]};
	result = start_thread(stream);
	if (result != 0) {
		close(ends[0]);
		close(ends[1]);
		free(stream);
		errno = result;
		return NULL;
	}
	*output = ends[0];
	return stream;
}

int stream_join(struct stream *stream)
{
	int failure;

	pthread_join(stream->thread, NULL);
	failure = stream->failure;
	free(stream);
	return failure;
}
