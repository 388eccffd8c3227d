/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon says: libqb's threaded log, with targets of our own for the line's form. */
#include "lib/program/log.h"

#include <errno.h>
#include <fcntl.h>
#include <qb/qblog.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

/* The tag of lines that are to be synced; libqb has its own bit, 31. */
#define TAG_DURABLE 1U
#define RETRY_MS 10000
/* What libqb is told as the source file of our lines. */
#define ORIGIN "our-own-words"

/*
 * libqb's log is one per process, so this is too. descriptor and the fields behind it belong to the
 * writing thread once that runs.
 */
static struct {
	bool open;
	char *program, *node, *file;
	bool journal; /* stderr is the journal */
	int32_t stderr_target, file_target;
	atomic_bool reopen;
	atomic_bool started;
	int descriptor;
	uint64_t retry_at;
	bool complained;
	bool torn; /* the last line in the file has no end */
} state = {.descriptor = -1, .stderr_target = -1, .file_target = -1};

static const char *priority_name(int priority)
{
	static const char *const names[] = {
		"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};

	return priority >= 0 && priority <= LOG_DEBUG ? names[priority] : "debug";
}

static char *line_format(
	const struct qb_log_callsite *site, const struct timespec *when, const char *text)
{
	uint64_t wall_us = (uint64_t)when->tv_sec * 1000000 + (uint64_t)when->tv_nsec / 1000;
	char stamp[40];

	return text_format("%s %s %s[%d]: %s: %s\n", clock_format(stamp, sizeof(stamp), wall_us),
		state.node, state.program, (int)getpid(), priority_name(site->priority), text);
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

static void to_stderr(
	int32_t target, struct qb_log_callsite *site, struct timespec *when, const char *text)
{
	CLEANUP(cleanup_free)
	char *line = state.journal ? text_format("<%d>%s\n", site->priority, text)
				   : line_format(site, when, text);

	(void)target;
	write_line(STDERR_FILENO, line);
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

static void to_file(
	int32_t target, struct qb_log_callsite *site, struct timespec *when, const char *text)
{
	CLEANUP(cleanup_free) char *line = line_format(site, when, text);
	bool due = state.descriptor < 0 && clock_monotonic_ms() >= state.retry_at;

	(void)target;
	if (!atomic_load(&state.started))
		return;
	if (atomic_exchange(&state.reopen, false) || due)
		file_open();
	if (state.descriptor < 0)
		return;
	/* When there is room again, the line must stand at the beginning of one. */
	if ((state.torn && !write_line(state.descriptor, "\n")) ||
		!write_line(state.descriptor, line)) {
		file_complain("write to", errno);
		state.torn = true;
	} else {
		state.complained = state.torn = false;
	}
	if (site->tags & TAG_DURABLE)
		fdatasync(state.descriptor);
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

static void target_start(int32_t target, int level)
{
	if (target < 0)
		return;
	/* Our own words, and of libqb's only what is wrong. */
	qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE, ORIGIN, (uint8_t)level);
	qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE, "*", LOG_WARNING);
	qb_log_ctl(target, QB_LOG_CONF_MAX_LINE_LEN, QB_LOG_ABSOLUTE_MAX_LEN);
	qb_log_ctl(target, QB_LOG_CONF_ENABLED, QB_TRUE);
}

void log_open(const struct log_config *config)
{
	bool to_syslog = config->facility >= 0;

	if (state.open)
		log_close();
	state.open = true;
	state.program = text_copy(config->program);
	state.node = text_copy(config->node);
	state.file = config->file ? text_copy(config->file) : NULL;
	state.journal = stderr_is_journal();
	state.complained = false;
	qb_log_init(
		state.program, to_syslog ? config->facility : LOG_DAEMON, (uint8_t)config->level);
	/* Syslog ends up in the journal too; the line should be there once. */
	qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, to_syslog ? QB_TRUE : QB_FALSE);
	if (!to_syslog || !state.journal) {
		state.stderr_target = qb_log_custom_open(to_stderr, NULL, NULL, NULL);
		target_start(state.stderr_target, config->level);
	}
	if (state.file) {
		state.file_target = qb_log_custom_open(to_file, NULL, NULL, NULL);
		target_start(state.file_target, config->level);
	}
}

void log_start(void)
{
	if (state.file)
		file_open();
	atomic_store(&state.started, true);
	qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_THREADED, QB_TRUE);
	if (state.stderr_target >= 0)
		qb_log_ctl(state.stderr_target, QB_LOG_CONF_THREADED, QB_TRUE);
	if (state.file_target >= 0)
		qb_log_ctl(state.file_target, QB_LOG_CONF_THREADED, QB_TRUE);
	qb_log_thread_start();
}

void log_reopen(void)
{
	atomic_store(&state.reopen, true);
}

void log_close(void)
{
	if (!state.open)
		return;
	qb_log_fini();
	if (state.descriptor >= 0)
		close(state.descriptor);
	free(state.program);
	free(state.node);
	free(state.file);
	state.program = state.node = state.file = NULL;
	state.descriptor = state.stderr_target = state.file_target = -1;
	atomic_store(&state.started, false);
	state.open = false;
}

static void log_pass(int priority, unsigned int tag, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void log_pass(int priority, unsigned int tag, const char *format, va_list arguments)
{
	char text[QB_LOG_ABSOLUTE_MAX_LEN - 64];

	if (!state.open)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	/* libqb keeps one call site per line number: priority and tag must tell them apart. */
	qb_log_from_external_source("log", ORIGIN, "%s", (uint8_t)priority,
		(uint32_t)priority + 1 + (tag ? 16U : 0U), tag, text);
}

void log_write(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_pass(priority, 0, format, arguments);
	va_end(arguments);
}

void log_write_durable(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_pass(priority, TAG_DURABLE, format, arguments);
	va_end(arguments);
}

int log_facility(const char *name, int *facility, struct error *err)
{
	static const char *const known[] = {"auth", "authpriv", "cron", "daemon", "kern", "lpr",
		"mail", "news", "syslog", "user", "uucp", "local0", "local1", "local2", "local3",
		"local4", "local5", "local6", "local7"};
	size_t i;

	if (strcmp(name, "none") == 0) {
		*facility = -1;
		return 0;
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i]) == 0) {
			*facility = qb_log_facility2int(name);
			return 0;
		}
	}
	return error_set(err, EINVAL,
		"'%.32s' is not a syslog facility; use none, daemon, user, auth, authpriv, local0 to local7 or another of syslog(3)",
		name);
}
