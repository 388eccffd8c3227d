/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs another program: without a shell, bounded in time, with nothing of ours but what is said. */
#include "lib/program/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* Between SIGTERM and SIGKILL, and after that until it is left alone: one that hangs in the kernel,
 * on a dead file server say, does not even die. How often it is looked whether to end it. */
enum { GRACE_MS = 2000, LEAVE_MS = 5000, LOOK_MS = 100 };
/* Of its output at once: more than a pipe holds. */
enum { READS_MAX = 64 };

/* What it says, as far as it has been read. */
struct stream {
	int descriptor; /* read end; -1 after its end, or where there is none */
	struct text kept;
};

struct child {
	const struct child_job *job;
	pid_t pid;
	int watch; /* pidfd: readable when the program has ended */
	struct stream output, errors;
};

void child_end_clear(struct child_end *end)
{
	free(end->output);
	free(end->errors);
	*end = (struct child_end){0};
}

/* Owned array of owned strings, NULL at its end. */
static char **make_environment(const char *const *more)
{
	static const char *const passed[] = {
		"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ"};
	char **items = NULL;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = getenv(passed[i]);

		if (value)
			*VECTOR_APPEND(items, count) = text_format("%s=%s", passed[i], value);
	}
	for (size_t i = 0; more && more[i]; i++)
		*VECTOR_APPEND(items, count) = text_copy(more[i]);
	*VECTOR_APPEND(items, count) = NULL;
	return items;
}

static void free_environment(char **items)
{
	for (size_t i = 0; items && items[i]; i++)
		free(items[i]);
	free(items);
}

/* A file in memory with the input, at its beginning; or a negative errno. */
static int open_input(const struct child_job *job)
{
	int descriptor = memfd_create("haupgrade-facts", MFD_CLOEXEC), result;

	if (descriptor < 0)
		return -errno;
	result = job->length ? file_write_all(descriptor, job->input, job->length) : 0;
	if (result == 0 && lseek(descriptor, 0, SEEK_SET) < 0)
		result = -errno;
	if (result == 0)
		return descriptor;
	close(descriptor);
	return result;
}

/* 0 or a positive errno. The descriptors become its first three. */
static int spawn(const struct child_job *job, const int descriptors[3], pid_t *pid)
{
	char **own = job->as_we ? NULL : make_environment(job->environment);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int result = 0;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes,
		(short)(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
	for (int i = 0; i < 3 && !result; i++)
		result = posix_spawn_file_actions_adddup2(&actions, descriptors[i], i);
	/* Journal, locks, ssh connections, passwords' descriptors: none of its business. */
	if (!result)
		result = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	if (!result && !job->as_we)
		result = posix_spawn_file_actions_addchdir_np(&actions, "/");
	if (!result)
		result = posix_spawnp(
			pid, job->argv[0], &actions, &attributes, job->argv, own ?: environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	free_environment(own);
	return result;
}

/* The end that it writes to, or a negative errno. */
static int open_stream(struct stream *stream)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	stream->descriptor = ends[0];
	return ends[1];
}

static int start(struct child *child, struct error *err)
{
	const struct child_job *job = child->job;
	CLEANUP(cleanup_close) int input = open_input(job);
	CLEANUP(cleanup_close) int output = -1;
	CLEANUP(cleanup_close) int errors = -1;
	int result;

	if (input < 0)
		return error_system(
			err, -input, "%s: cannot keep its input in memory", job->argv[0]);
	output = open_stream(&child->output);
	if (output >= 0 && job->as_we)
		errors = open_stream(&child->errors);
	if (output < 0 || (job->as_we && errors < 0))
		return error_system(err, output < 0 ? -output : -errors, "%s: cannot make a pipe",
			job->argv[0]);
	result =
		spawn(job, (const int[]){input, output, job->as_we ? errors : output}, &child->pid);
	if (result)
		return error_system(err, result, "%s: cannot run it", job->argv[0]);
	child->watch = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return 0;
}

static void read_stream(struct stream *stream)
{
	char buffer[4096];
	ssize_t count;

	/* Not to its end: who writes faster than this reads would never meet its deadline. */
	for (int i = 0; i < READS_MAX && stream->descriptor >= 0; i++) {
		count = read(stream->descriptor, buffer, sizeof(buffer));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN)
			return;
		if (count <= 0) {
			cleanup_close(&stream->descriptor);
			stream->descriptor = -1;
			return;
		}
		for (ssize_t k = 0; k < count && stream->kept.length < CHILD_OUTPUT_MAX; k++)
			text_append_bytes(&stream->kept, buffer[k] ? &buffer[k] : "?", 1);
	}
}

static void read_output(struct child *child)
{
	read_stream(&child->output);
	read_stream(&child->errors);
}

/* True when the program itself has ended; what it left behind may go on. */
static bool has_ended(const struct child *child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid == child->pid;
}

/* Waits for its end or that moment or, when it may be, being cancelled; what it says is read. */
static bool wait_until(struct child *child, uint64_t deadline_ms, bool may_cancel)
{
	for (;;) {
		uint64_t now_ms = clock_monotonic_ms();
		struct pollfd wanted[] = {
			{.fd = child->watch, .events = POLLIN},
			{.fd = child->output.descriptor, .events = POLLIN},
			{.fd = child->errors.descriptor, .events = POLLIN},
		};

		read_output(child);
		if (has_ended(child))
			return true;
		if (now_ms >= deadline_ms ||
			(may_cancel && child->job->cancel && *child->job->cancel))
			return false;
		poll(wanted, sizeof(wanted) / sizeof(wanted[0]),
			deadline_ms - now_ms < LOOK_MS ? (int)(deadline_ms - now_ms) : LOOK_MS);
	}
}

/* True when it has ended. */
static bool end_group(struct child *child)
{
	kill(-child->pid, SIGTERM);
	wait_until(child, clock_monotonic_ms() + GRACE_MS, false);
	/* Not yet waited for, so the number is still this group's. */
	kill(-child->pid, SIGKILL);
	return wait_until(child, clock_monotonic_ms() + LEAVE_MS, false);
}

/* Its wait status, or a negative errno: then nobody knows how it ended. */
static int collect(const struct child *child, int *status)
{
	pid_t collected;

	do
		collected = waitpid(child->pid, status, 0);
	while (collected < 0 && errno == EINTR);
	return collected < 0 ? -errno : 0;
}

/* The last line with anything in it; borrowed, its length in *length. */
static const char *last_line(const char *output, size_t *length)
{
	size_t end = strlen(output), begin;

	while (end && (output[end - 1] == '\n' || output[end - 1] == ' '))
		end--;
	for (begin = end; begin && output[begin - 1] != '\n';)
		begin--;
	*length = end - begin < 400 ? end - begin : 400;
	return output + begin;
}

static int judge(const struct child_job *job, int status, const char *output, struct error *err)
{
	size_t length;
	const char *line = last_line(output, &length);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(err, ECHILD, "%s: %s %d%s%.*s", job->argv[0],
		WIFEXITED(status) ? "exit status" : "ended by signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), length ? ": " : "",
		(int)length, line);
}

/* What came of it, in the order of what counts most. */
static int conclude(
	const struct child *child, bool ended, bool gone, const char *output, struct error *err)
{
	const struct child_job *job = child->job;
	int status = 0, result = gone ? collect(child, &status) : 0;

	if (!ended && job->cancel && *job->cancel)
		return error_set(err, EINTR,
			"%s: ended before it was done, as haupgrade was told to stop",
			job->argv[0]);
	if (!gone)
		return error_set(err, ETIMEDOUT,
			"%s: not done within its deadline of %g s, and not even SIGKILL ends it (process %d hangs in the kernel)",
			job->argv[0], (double)job->timeout_ms / 1000, (int)child->pid);
	if (!ended)
		return error_set(err, ETIMEDOUT, "%s: not done within its deadline of %g s",
			job->argv[0], (double)job->timeout_ms / 1000);
	if (result < 0)
		return error_system(err, -result, "%s: cannot learn how it ended", job->argv[0]);
	return judge(job, status, output, err);
}

int child_run(const struct child_job *job, struct child_end *end, struct error *err)
{
	struct child child = {.job = job,
		.watch = -1,
		.output = {.descriptor = -1},
		.errors = {.descriptor = -1}};
	uint64_t began_ms = clock_monotonic_ms();
	int result = start(&child, err);
	bool ended = false, gone = false;

	if (result == 0) {
		ended = gone = wait_until(&child, began_ms + job->timeout_ms, true);
		if (!ended)
			gone = end_group(&child);
		read_output(&child);
	}
	cleanup_close(&child.watch);
	cleanup_close(&child.output.descriptor);
	cleanup_close(&child.errors.descriptor);
	*end = (struct child_end){.output = text_take(&child.output.kept),
		.errors = text_take(&child.errors.kept),
		.elapsed_ms = clock_monotonic_ms() - began_ms};
	return result < 0 ? result : conclude(&child, ended, gone, end->output, err);
}
