/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of what is printed, and the thread that writes it. */
#include "lib/program/outlet.h"

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
	struct outlet *outlet;
	int descriptor;
	FILE *stream, *before;
};

struct outlet {
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

static void release(struct outlet *outlet)
{
	while (outlet->first) {
		struct piece *piece = outlet->first;

		outlet->first = piece->next;
		piece_free(piece);
	}
	pthread_cond_destroy(&outlet->changed);
	pthread_mutex_destroy(&outlet->mutex);
	free(outlet);
}

static void *write_on(void *data)
{
	struct outlet *outlet = data;
	bool abandoned;

	pthread_mutex_lock(&outlet->mutex);
	while (!outlet->abandoned && !(outlet->ending && !outlet->first)) {
		struct piece *piece = outlet->first;

		if (!piece) {
			pthread_cond_wait(&outlet->changed, &outlet->mutex);
			continue;
		}
		pthread_mutex_unlock(&outlet->mutex);
		write_piece(piece);
		pthread_mutex_lock(&outlet->mutex);
		outlet->first = piece->next;
		outlet->waiting -= piece->bytes.length;
		piece_free(piece);
		pthread_cond_broadcast(&outlet->changed);
	}
	abandoned = outlet->abandoned;
	pthread_mutex_unlock(&outlet->mutex);
	if (abandoned)
		release(outlet);
	return NULL;
}

int outlet_start(struct outlet **outlet, struct error *err)
{
	struct outlet *made = vector_resize(NULL, 1, sizeof(*made));
	int result;

	*made = (struct outlet){.out = {.outlet = made, .descriptor = STDOUT_FILENO},
		.errors = {.outlet = made, .descriptor = STDERR_FILENO}};
	pthread_mutex_init(&made->mutex, NULL);
	thread_condition(&made->changed);
	result = thread_start(&made->thread, write_on, made);
	if (result < 0) {
		release(made);
		return error_system(err, -result, "cannot start a thread that prints");
	}
	*outlet = made;
	return 0;
}

static uint64_t count_lines(const char *bytes, size_t length)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < length; i++)
		lines += bytes[i] == '\n';
	return lines;
}

bool outlet_put(struct outlet *outlet, int descriptor, const char *bytes, size_t length)
{
	struct piece *piece;
	bool fits;

	pthread_mutex_lock(&outlet->mutex);
	fits = outlet->waiting + length <= OUTLET_WAITING_MAX;
	if (!fits) {
		outlet->lost += count_lines(bytes, length);
	} else if (length) {
		piece = vector_resize(NULL, 1, sizeof(*piece));
		*piece = (struct piece){.descriptor = descriptor};
		text_append_bytes(&piece->bytes, bytes, length);
		*(outlet->first ? &outlet->last->next : &outlet->first) = piece;
		outlet->last = piece;
		outlet->waiting += length;
		pthread_cond_broadcast(&outlet->changed);
	}
	pthread_mutex_unlock(&outlet->mutex);
	return fits;
}

bool outlet_is_idle(struct outlet *outlet)
{
	bool idle;

	pthread_mutex_lock(&outlet->mutex);
	idle = !outlet->first;
	pthread_mutex_unlock(&outlet->mutex);
	return idle;
}

static ssize_t take(void *cookie, const char *bytes, size_t length)
{
	const struct way *way = cookie;

	outlet_put(way->outlet, way->descriptor, bytes, length);
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

int outlet_capture(struct outlet *outlet, struct error *err)
{
	enum { LINE_SIZE = 65536 };
	CLEANUP(cleanup_fclose) FILE *out = open_way(&outlet->out, _IOLBF, LINE_SIZE);
	CLEANUP(cleanup_fclose) FILE *errors = open_way(&outlet->errors, _IONBF, 0);

	if (!out || !errors)
		return error_set(err, ENOMEM, "no memory for what is to be printed");
	fflush(stdout);
	fflush(stderr);
	outlet->out.before = stdout;
	outlet->errors.before = stderr;
	stdout = outlet->out.stream = TAKE(out);
	stderr = outlet->errors.stream = TAKE(errors);
	return 0;
}

static void give_back(struct outlet *outlet)
{
	if (!outlet->out.stream)
		return;
	stdout = outlet->out.before;
	stderr = outlet->errors.before;
	fclose(outlet->out.stream);
	fclose(outlet->errors.stream);
}

/* False when it was cancelled first. */
static bool await_idle(struct outlet *outlet, const volatile sig_atomic_t *cancel)
{
	enum { LOOK_EVERY_MS = 100 };
	struct timespec next;

	while (outlet->first && !(cancel && *cancel)) {
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_nsec += LOOK_EVERY_MS * 1000000L;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&outlet->changed, &outlet->mutex, &next);
	}
	return !outlet->first;
}

uint64_t outlet_end(struct outlet *outlet, const volatile sig_atomic_t *cancel)
{
	pthread_t thread;
	bool abandoned;
	uint64_t lost;

	if (!outlet)
		return 0;
	give_back(outlet);
	pthread_mutex_lock(&outlet->mutex);
	outlet->abandoned = abandoned = !await_idle(outlet, cancel);
	outlet->ending = true;
	thread = outlet->thread;
	lost = outlet->lost;
	pthread_cond_broadcast(&outlet->changed);
	pthread_mutex_unlock(&outlet->mutex);
	if (abandoned) {
		pthread_detach(thread);
		return lost;
	}
	pthread_join(thread, NULL);
	release(outlet);
	return lost;
}
