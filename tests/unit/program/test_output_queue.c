/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printing that waits for nobody: a pipe that is read late, never, or by nobody any more. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/program/output_queue.h"

static int pipe_ends[2];
static struct output_queue *queue;

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return pipe2(pipe_ends, O_CLOEXEC) < 0 ? -1 : output_queue_start(&queue, NULL);
}

static int teardown(void **state)
{
	(void)state;
	close(pipe_ends[0]);
	return 0;
}

/* All until the other end is closed. */
static void read_all(struct text *all)
{
	char buffer[65536];
	ssize_t count;

	while ((count = read(pipe_ends[0], buffer, sizeof(buffer))) > 0)
		text_append_bytes(all, buffer, (size_t)count);
}

static void read_until_idle(struct text *all)
{
	struct pollfd wanted = {.fd = pipe_ends[0], .events = POLLIN};
	char buffer[4096];
	ssize_t count;

	while (!output_queue_is_idle(queue)) {
		if (poll(&wanted, 1, 1) <= 0)
			continue;
		count = read(pipe_ends[0], buffer, sizeof(buffer));
		text_append_bytes(all, buffer, count > 0 ? (size_t)count : 0);
	}
}

static void test_read_late(void **state)
{
	enum { LINES = 40000, LENGTH = 64 };
	CLEANUP(cleanup_text) struct text all = {0};
	uint64_t kept = 0, lost;
	char line[LENGTH + 1];

	(void)state;
	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "%-*d\n", LENGTH - 1, i);
		kept += output_queue_put(queue, pipe_ends[1], line, LENGTH);
	}
	assert_false(output_queue_is_idle(queue));
	assert_in_range(kept, OUTPUT_QUEUE_WAITING_MAX / LENGTH, LINES - 1);
	read_until_idle(&all);
	lost = output_queue_end(TAKE(queue), NULL);
	close(pipe_ends[1]);
	read_all(&all);
	assert_int_equal(all.length, kept * LENGTH);
	assert_int_equal(lost, LINES - kept);
	/* Whole lines in their order, from the first one. */
	for (uint64_t i = 0, last = 0; i < kept; i++) {
		uint64_t number = strtoull(all.data + i * LENGTH, NULL, 10);

		assert_true(i == 0 ? number == 0 : number > last);
		assert_int_equal(all.data[(i + 1) * LENGTH - 1], '\n');
		last = number;
	}
}

static void test_never_read(void **state)
{
	static const volatile sig_atomic_t cancelled = 1;
	CLEANUP(cleanup_free) char *much = calloc(1, OUTPUT_QUEUE_WAITING_MAX);

	(void)state;
	assert_true(output_queue_put(queue, pipe_ends[1], much, OUTPUT_QUEUE_WAITING_MAX));
	assert_false(output_queue_put(queue, pipe_ends[1], "no room\n", 8));
	assert_int_equal(output_queue_end(TAKE(queue), &cancelled), 1);
	close(pipe_ends[1]);
}

static void test_reader_gone(void **state)
{
	int nowhere[2];
	CLEANUP(cleanup_text) struct text all = {0};

	(void)state;
	assert_int_equal(pipe2(nowhere, O_CLOEXEC), 0);
	close(nowhere[0]);
	assert_true(output_queue_put(queue, nowhere[1], "lost\n", 5));
	assert_true(output_queue_put(queue, pipe_ends[1], "told\n", 5));
	assert_int_equal(output_queue_end(TAKE(queue), NULL), 0);
	close(nowhere[1]);
	close(pipe_ends[1]);
	read_all(&all);
	assert_string_equal(text_string(&all), "told\n");
}

/* What uses the streams of the process waits for nobody either, and keeps its order. */
static void test_streams(void **state)
{
	enum { LINES = 8000 };
	CLEANUP(cleanup_text) struct text all = {0}, wanted = {0};
	int before[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	FILE *stream = stdout;
	int result;

	(void)state;
	fflush(stdout);
	dup2(pipe_ends[1], STDOUT_FILENO);
	dup2(pipe_ends[1], STDERR_FILENO);
	close(pipe_ends[1]);
	result = output_queue_capture(queue, NULL);
	printf("first ");
	puts("one");
	fprintf(stderr, "second %s\n", "one");
	for (int i = 0; i < LINES; i++)
		printf("line %d of those that fill the pipe\n", i);
	fputs("unfinished", stdout);
	fflush(stdout);
	read_until_idle(&all);
	output_queue_end(TAKE(queue), NULL);
	fflush(stdout);
	dup2(before[0], STDOUT_FILENO);
	dup2(before[1], STDERR_FILENO);
	close(before[0]);
	close(before[1]);
	read_all(&all);
	assert_int_equal(result, 0);
	assert_ptr_equal(stdout, stream);
	text_append(&wanted, "first one\nsecond one\n");
	for (int i = 0; i < LINES; i++)
		text_appendf(&wanted, "line %d of those that fill the pipe\n", i);
	text_append(&wanted, "unfinished");
	assert_string_equal(text_string(&all), text_string(&wanted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reader_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_streams, setup, teardown),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
