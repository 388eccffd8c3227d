/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of what is printed, and the thread that writes it. */
#include "lib/program/output_queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"

/* What was put in one go. */
struct piece {
	struct piece *next;
	int descriptor;
	struct text bytes;
};

/* A stream of ours in the place of one of the process. */
struct way {
	struct output_queue *queue;
	int descriptor;
	FILE *stream, *before;
};

struct output_queue {
	pthread_t thread;
	struct way out, errors; /* streams NULL: not captured */
	pthread_mutex_t mutex;	/* guards all below */
	pthread_cond_t changed;
	struct piece *first, *last; /* the first one stays until it is written */
	size_t waiting;		    /* bytes of them */
	uint64_t lost;		    /* lines */
	bool ending;
	bool abandoned; /* it belongs to the thread, which may never come back from its write */
};

static void piece_free(struct piece *piece)
{
	text_clear(&piece->bytes);
	free(piece);
}

/* Whoever reads may be slow, or be gone: then that is all there is to do. */
static void write_piece(const struct piece *piece)
{
	struct pollfd room = {.fd = piece->descriptor, .events = POLLOUT};
	size_t done = 0;

	while (done < piece->bytes.length) {
		ssize_t count = write(
			piece->descriptor, piece->bytes.data + done, piece->bytes.length - done);

		if (count >= 0)
			done += (size_t)count;
		else if (errno == EAGAIN)
			poll(&room, 1, -1);
		else if (errno != EINTR)
			return;
	}
}

static void release(struct output_queue *queue)
{
	while (queue->first) {
		struct piece *piece = queue->first;

		queue->first = piece->next;
		piece_free(piece);
	}
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->mutex);
	free(queue);
}

static void *write_on(void *data)
{
	struct output_queue *queue = data;
	bool abandoned;

	pthread_mutex_lock(&queue->mutex);
	while (!queue->abandoned && !(queue->ending && !queue->first)) {
		struct piece *piece = queue->first;

		if (!piece) {
			pthread_cond_wait(&queue->changed, &queue->mutex);
			continue;
		}
		pthread_mutex_unlock(&queue->mutex);
		write_piece(piece);
		pthread_mutex_lock(&queue->mutex);
		queue->first = piece->next;
		queue->waiting -= piece->bytes.length;
		piece_free(piece);
		pthread_cond_broadcast(&queue->changed);
	}
	abandoned = queue->abandoned;
	pthread_mutex_unlock(&queue->mutex);
	if (abandoned)
		release(queue);
	return NULL;
}

int output_queue_start(struct output_queue **queue, struct error *err)
{
	struct output_queue *made = vector_resize(NULL, 1, sizeof(*made));
	int result;

	*made = (struct output_queue){.out = {.queue = made, .descriptor = STDOUT_FILENO},
		.errors = {.queue = made, .descriptor = STDERR_FILENO}};
	pthread_mutex_init(&made->mutex, NULL);
	thread_condition(&made->changed);
	result = thread_start(&made->thread, write_on, made);
	if (result < 0) {
		release(made);
		return error_system(err, -result, "cannot start a thread that prints");
	}
	*queue = made;
	return 0;
}

static uint64_t count_lines(const char *bytes, size_t length)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < length; i++)
		lines += bytes[i] == '\n';
	return lines;
}

bool output_queue_put(struct output_queue *queue, int descriptor, const char *bytes, size_t length)
{
	struct piece *piece;
	bool fits;

	pthread_mutex_lock(&queue->mutex);
	fits = queue->waiting + length <= OUTPUT_QUEUE_WAITING_MAX;
	if (!fits) {
		queue->lost += count_lines(bytes, length);
	} else if (length) {
		piece = vector_resize(NULL, 1, sizeof(*piece));
		*piece = (struct piece){.descriptor = descriptor};
		text_append_bytes(&piece->bytes, bytes, length);
		*(queue->first ? &queue->last->next : &queue->first) = piece;
		queue->last = piece;
		queue->waiting += length;
		pthread_cond_broadcast(&queue->changed);
	}
	pthread_mutex_unlock(&queue->mutex);
	return fits;
}

bool output_queue_is_idle(struct output_queue *queue)
{
	bool idle;

	pthread_mutex_lock(&queue->mutex);
	idle = !queue->first;
	pthread_mutex_unlock(&queue->mutex);
	return idle;
}

static ssize_t take(void *cookie, const char *bytes, size_t length)
{
	const struct way *way = cookie;

	output_queue_put(way->queue, way->descriptor, bytes, length);
	return (ssize_t)length;
}

/* mode and size as for setvbuf: large enough to take any line whole. */
static FILE *open_way(struct way *way, int mode, size_t size)
{
	FILE *stream = fopencookie(way, "w", (cookie_io_functions_t){.write = take});

	if (stream)
		setvbuf(stream, NULL, mode, size);
	return stream;
}

int output_queue_capture(struct output_queue *queue, struct error *err)
{
	enum { LINE_SIZE = 65536 };
	CLEANUP(cleanup_fclose) FILE *out = open_way(&queue->out, _IOLBF, LINE_SIZE);
	CLEANUP(cleanup_fclose) FILE *errors = open_way(&queue->errors, _IONBF, 0);

	if (!out || !errors)
		return error_set(err, ENOMEM, "no memory for what is to be printed");
	fflush(stdout);
	fflush(stderr);
	queue->out.before = stdout;
	queue->errors.before = stderr;
	stdout = queue->out.stream = TAKE(out);
	stderr = queue->errors.stream = TAKE(errors);
	return 0;
}

static void give_back(struct output_queue *queue)
{
	if (!queue->out.stream)
		return;
	stdout = queue->out.before;
	stderr = queue->errors.before;
	fclose(queue->out.stream);
	fclose(queue->errors.stream);
}

/* False when it was cancelled first. */
static bool await_idle(struct output_queue *queue, const volatile sig_atomic_t *cancel)
{
	enum { LOOK_EVERY_MS = 100 };
	struct timespec next;

	while (queue->first && !(cancel && *cancel)) {
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_nsec += LOOK_EVERY_MS * 1000000L;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&queue->changed, &queue->mutex, &next);
	}
	return !queue->first;
}

uint64_t output_queue_end(struct output_queue *queue, const volatile sig_atomic_t *cancel)
{
	pthread_t thread;
	bool abandoned;
	uint64_t lost;

	if (!queue)
		return 0;
	give_back(queue);
	pthread_mutex_lock(&queue->mutex);
	queue->abandoned = abandoned = !await_idle(queue, cancel);
	queue->ending = true;
	thread = queue->thread;
	lost = queue->lost;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->mutex);
	if (abandoned) {
		pthread_detach(thread);
		return lost;
	}
	pthread_join(thread, NULL);
	release(queue);
	return lost;
}
