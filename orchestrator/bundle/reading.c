/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reading of a file: a thread computes its digests and passes the same bytes on to the reader
 * of packages through a pipe. */
#include "orchestrator/bundle/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"

enum { BLOCK_SIZE = 256 * 1024, PIPE_SIZE = 1024 * 1024 };

struct feed {
	const struct reading_request *request;
	struct digest_work *work;
	char *block;
	int output; /* -1: nobody else wants the bytes (any more) */
	int result;
	struct error err;
};

/* The reader of packages may stop early: the rest is read for the digests all the same. */
static void pass_on(struct feed *feed, const char *bytes, size_t length)
{
	if (feed->output < 0 || file_write_all(feed->output, bytes, length) == 0)
		return;
	close(feed->output);
	feed->output = -1;
}

static void *feed_run(void *data)
{
	struct feed *feed = data;
	const struct reading_request *request = feed->request;
	ssize_t count = 1;

	while (feed->result == 0 && count) {
		count = read(request->descriptor, feed->block, BLOCK_SIZE);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			feed->result = error_system(&feed->err, errno, "cannot read");
			break;
		}
		/* First to the other reader, so that both work at the same time. */
		pass_on(feed, feed->block, (size_t)count);
		feed->result = digest_work_add(feed->work, feed->block, (size_t)count, &feed->err);
		if (request->progress)
			atomic_fetch_add_explicit(
				request->progress, (uint64_t)count, memory_order_relaxed);
	}
	if (feed->output >= 0)
		close(feed->output);
	feed->output = -1;
	return NULL;
}

/* The message without the name that it begins with. */
static char *without_name(const char *words, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(words, name, length) == 0 && words[length] == ':' && words[length + 1] == ' ')
		words += length + 2;
	return text_copy(words);
}

static void read_package(
	const struct reading_request *request, int descriptor, struct reading *reading)
{
	CLEANUP(error_release) struct error damage = {0};

	reading->is_package = true;
	if (package_read_descriptor(
		    descriptor, request->name, request->keyring, &reading->package, &damage) < 0)
		reading->damage = without_name(error_text(&damage), request->name);
}

static int read_both(struct feed *feed, struct reading *reading, struct error *err)
{
	CLEANUP(cleanup_close) int input = -1;
	pthread_t thread;
	int pair[2], result;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_system(err, errno, "cannot make a pipe");
	input = pair[0];
	feed->output = pair[1];
	/* Larger is faster; a machine may allow less. */
	(void)fcntl(pair[1], F_SETPIPE_SZ, PIPE_SIZE);
	result = pthread_create(&thread, NULL, feed_run, feed);
	if (result != 0) {
		close(pair[1]);
		return error_system(err, result, "cannot start a thread");
	}
	read_package(feed->request, input, reading);
	close(input);
	input = -1;
	pthread_join(thread, NULL);
	return 0;
}

int reading_take(const struct reading_request *request, struct reading *reading, struct error *err)
{
	CLEANUP(cleanup_digest_work) struct digest_work *work = NULL;
	CLEANUP(cleanup_free) char *block = malloc(BLOCK_SIZE);
	CLEANUP(cleanup_reading) struct reading found = {0};
	struct feed feed = {.request = request, .block = block, .output = -1};
	int result = block ? digest_work_begin(&request->wanted, &work, err)
			   : error_set(err, ENOMEM, "out of memory");

	if (result < 0)
		return result;
	feed.work = work;
	if (request->is_package)
		result = read_both(&feed, &found, err);
	else
		feed_run(&feed);
	/* Without the thread nothing was read, and nothing said. */
	if (result < 0)
		return result;
	if (feed.result == 0)
		feed.result = digest_work_end(work, &found.digests, &feed.err);
	if (feed.result < 0) {
		reading_clear(&found);
		found.failure = text_copy(error_text(&feed.err));
	}
	error_release(&feed.err);
	*reading = found;
	found = (struct reading){0};
	return 0;
}

void reading_clear(struct reading *reading)
{
	digests_clear(&reading->digests);
	package_clear(&reading->package);
	free(reading->failure);
	free(reading->damage);
	*reading = (struct reading){0};
}
