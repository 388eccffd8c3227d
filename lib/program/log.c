/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon says: a bounded queue of lines, and the thread that writes them. */
#include "lib/program/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"

#define RETRY_MS 10000
/* So long log_close waits for whoever takes the lines. */
#define CLOSE_S 5
/* A line's words, and how many lines wait at most. */
#define WORDS_MAX 4032
#define LINES_MAX 256

struct line {
	int priority;
	bool durable;
	uint64_t wall_us;
	char words[WORDS_MAX];
};

/*
 * One per process, and all of its memory there from the start: saying something must not fail.
 * descriptor and the fields behind it belong to the writing thread once that runs.
 */
static struct {
	bool open;
	char *program, *node, *file;
	int level;
	bool journal; /* stderr is the journal */
	bool to_stderr, to_syslog;
	atomic_bool reopen;
	bool started, threadless;
	pthread_t thread;
	int descriptor;
	uint64_t retry_at;
	bool complained;
	bool torn; /* the last line in the file has no end */
} state = {.descriptor = -1};

/* What is not written yet. Nobody writes, or waits for a disk, under its lock. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct line lines[LINES_MAX];
	size_t first, count;
	uint64_t lost;
	bool busy; /* one is being written */
	bool ending;
} queue = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static const char *priority_name(int priority)
{
	static const char *const names[] = {
		"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};

	return priority >= 0 && priority <= LOG_DEBUG ? names[priority] : "debug";
}

static char *line_format(const struct line *line)
{
	char stamp[40];

	return text_format("%s %s %s[%d]: %s: %s\n",
		clock_format(stamp, sizeof(stamp), line->wall_us), state.node, state.program,
		(int)getpid(), priority_name(line->priority), line->words);
}

/* A log that cannot be written must not stop anything: what does not go out is lost. */
static bool write_line(int descriptor, const char *line)
{
	size_t left = strlen(line);

	while (left) {
		ssize_t count = write(descriptor, line, left);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		line += count;
		left -= (size_t)count;
	}
	return true;
}

static void to_stderr(const struct line *line)
{
	CLEANUP(cleanup_free)
	char *text = state.journal ? text_format("<%d>%s\n", line->priority, line->words)
				   : line_format(line);

	write_line(STDERR_FILENO, text);
}

static void file_complain(const char *what, int number)
{
	if (state.complained)
		return;
	state.complained = true;
	/* By hand: the log cannot log from within its own thread. */
	dprintf(STDERR_FILENO, "%s%s: cannot %s the logfile: %s; going on without it\n",
		state.journal ? "<4>" : "", state.file, what, strerror(number));
}

static void file_open(void)
{
	if (state.descriptor >= 0)
		close(state.descriptor);
	state.descriptor = open(state.file,
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		0640);
	state.retry_at = clock_monotonic_ms() + RETRY_MS;
	if (state.descriptor < 0)
		file_complain("open", errno);
	else
		state.complained = false;
}

static void to_file(const struct line *line)
{
	CLEANUP(cleanup_free) char *text = line_format(line);
	bool due = state.descriptor < 0 && clock_monotonic_ms() >= state.retry_at;

	if (atomic_exchange(&state.reopen, false) || due)
		file_open();
	if (state.descriptor < 0)
		return;
	/* When there is room again, the line must stand at the beginning of one. */
	if ((state.torn && !write_line(state.descriptor, "\n")) ||
		!write_line(state.descriptor, text)) {
		file_complain("write to", errno);
		state.torn = true;
	} else {
		state.complained = state.torn = false;
	}
	if (line->durable)
		fdatasync(state.descriptor);
}

static void to_all(const struct line *line)
{
	if (state.to_stderr)
		to_stderr(line);
	if (state.to_syslog)
		syslog(line->priority, "%s", line->words);
	/* Not before the privileges are dropped: the file is to be the user's. */
	if (state.file && state.started)
		to_file(line);
}

/* The next to be written, false at the end. What was lost is told behind what was not. */
static bool line_next(struct line *line)
{
	bool more = true;

	pthread_mutex_lock(&queue.mutex);
	queue.busy = false;
	pthread_cond_broadcast(&queue.changed);
	while (!queue.count && !queue.lost && !queue.ending)
		pthread_cond_wait(&queue.changed, &queue.mutex);
	if (queue.count) {
		*line = queue.lines[queue.first];
		queue.first = (queue.first + 1) % LINES_MAX;
		queue.count--;
	} else if (queue.lost) {
		*line = (struct line){.priority = LOG_WARNING, .wall_us = clock_wall_us()};
		snprintf(line->words, sizeof(line->words),
			"log: %llu lines were lost, as they could not be written as fast as they came",
			(unsigned long long)queue.lost);
		queue.lost = 0;
	} else {
		more = false;
	}
	queue.busy = more;
	pthread_mutex_unlock(&queue.mutex);
	return more;
}

static void *write_on(void *unused)
{
	static struct line line;

	(void)unused;
	while (line_next(&line))
		to_all(&line);
	return NULL;
}

/* systemd sets JOURNAL_STREAM to device:inode of what it connected stderr to (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

void log_open(const struct log_config *config)
{
	if (state.open)
		log_close();
	state.open = true;
	state.program = text_copy(config->program);
	state.node = text_copy(config->node);
	state.file = config->file ? text_copy(config->file) : NULL;
	state.level = config->level;
	state.journal = stderr_is_journal();
	state.complained = false;
	state.to_syslog = config->facility >= 0;
	/* Syslog ends up in the journal too; the line should be there once. */
	state.to_stderr = !state.to_syslog || !state.journal;
	if (state.to_syslog)
		openlog(state.program, LOG_PID | LOG_NDELAY, config->facility);
}

void log_start(void)
{
	if (state.file)
		file_open();
	thread_condition(&queue.changed);
	queue.ending = false;
	/* Without a thread the lines are written by whoever says them: better than not at all. */
	state.started = true;
	if (thread_start(&state.thread, write_on, NULL) < 0)
		state.threadless = true;
}

void log_reopen(void)
{
	atomic_store(&state.reopen, true);
}

/* False: whoever takes the lines does not; the thread is left behind, and with it all it uses. */
static bool thread_end(void)
{
	struct timespec until;
	bool done;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_S;
	pthread_mutex_lock(&queue.mutex);
	queue.ending = true;
	pthread_cond_broadcast(&queue.changed);
	while ((queue.count || queue.lost || queue.busy) &&
		pthread_cond_timedwait(&queue.changed, &queue.mutex, &until) != ETIMEDOUT)
		;
	done = !queue.count && !queue.lost && !queue.busy;
	pthread_mutex_unlock(&queue.mutex);
	if (done)
		pthread_join(state.thread, NULL);
	else
		pthread_detach(state.thread);
	return done;
}

void log_close(void)
{
	if (!state.open)
		return;
	state.open = false;
	if (state.started && !state.threadless && !thread_end())
		return;
	if (state.descriptor >= 0)
		close(state.descriptor);
	if (state.to_syslog)
		closelog();
	free(state.program);
	free(state.node);
	free(state.file);
	state.program = state.node = state.file = NULL;
	state.descriptor = -1;
	state.started = state.threadless = false;
}

static void line_queue(const struct line *line)
{
	pthread_mutex_lock(&queue.mutex);
	if (queue.count == LINES_MAX) {
		queue.lost++;
	} else {
		struct line *free_one = &queue.lines[(queue.first + queue.count++) % LINES_MAX];

		free_one->priority = line->priority;
		free_one->durable = line->durable;
		free_one->wall_us = line->wall_us;
		strcpy(free_one->words, line->words);
		pthread_cond_broadcast(&queue.changed);
	}
	pthread_mutex_unlock(&queue.mutex);
}

static void log_pass(int priority, bool durable, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void log_pass(int priority, bool durable, const char *format, va_list arguments)
{
	struct line line;

	if (!state.open || priority > state.level)
		return;
	line.priority = priority;
	line.durable = durable;
	line.wall_us = clock_wall_us();
	vsnprintf(line.words, sizeof(line.words), format, arguments);
	if (state.started && !state.threadless)
		line_queue(&line);
	else
		to_all(&line);
}

void log_write(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_pass(priority, false, format, arguments);
	va_end(arguments);
}

void log_write_durable(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_pass(priority, true, format, arguments);
	va_end(arguments);
}

int log_facility(const char *name, int *facility, struct error *err)
{
	static const struct {
		const char *name;
		int facility;
	} known[] = {{"none", -1}, {"auth", LOG_AUTH}, {"authpriv", LOG_AUTHPRIV},
		{"cron", LOG_CRON}, {"daemon", LOG_DAEMON}, {"kern", LOG_KERN}, {"lpr", LOG_LPR},
		{"mail", LOG_MAIL}, {"news", LOG_NEWS}, {"syslog", LOG_SYSLOG}, {"user", LOG_USER},
		{"uucp", LOG_UUCP}, {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},
		{"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},
		{"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) == 0) {
			*facility = known[i].facility;
			return 0;
		}
	}
	return error_set(err, EINVAL,
		"'%.32s' is not a syslog facility; use none, daemon, user, auth, authpriv, local0 to local7 or another of syslog(3)",
		name);
}
