/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a package file that may be a pipe. */
#include "orchestrator/bundle/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
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

/* Where splice does not know the kind of descriptor. */
static void copy_rest(struct stream *stream)
{
	char buffer[16384];
	ssize_t count;

	while ((count = stream_read(stream->input, buffer, sizeof(buffer))) > 0)
		/* The other side may have closed its end. */
		if (file_write_all(stream->output, buffer, (size_t)count) < 0)
			return;
	if (count < 0)
		stream->failure = (int)count;
}

static void *pump(void *data)
{
	struct stream *stream = data;
	ssize_t count;

	if (file_write_all(stream->output, text_string(stream->head), stream->head->length) == 0) {
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
	/* Without signals: a closed pipe is no reason to end. */
	result = thread_start(&stream->thread, pump, stream);
	if (result < 0) {
		close(ends[0]);
		close(ends[1]);
		free(stream);
		errno = -result;
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
