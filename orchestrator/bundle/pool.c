/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files read by several processes at once. */
#include "orchestrator/bundle/pool.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/base/vector.h"
#include "lib/wire/reader.h"
#include "orchestrator/bundle/worker.h"

enum { WORKERS_MAX = 16, TICK_MS = 250, ANSWER_HEAD = 4 };

struct member {
	pid_t process; /* 0: not started */
	int control;
	bool busy;
	size_t token;
	struct text answer; /* what has come of it */
};

struct pool {
	struct pool_config config;
	struct member members[WORKERS_MAX];
	unsigned int count;
	_Atomic uint64_t *progress; /* shared with the processes */
};

static unsigned int processors(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : (unsigned int)count;
}

int pool_open(const struct pool_config *config, struct pool **pool, struct error *err)
{
	void *shared = mmap(
		NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pool *opened;

	if (shared == MAP_FAILED)
		return error_system(err, errno, "cannot get shared memory");
	opened = vector_resize(NULL, 1, sizeof(*opened));
	*opened = (struct pool){.config = *config, .progress = shared};
	opened->count = config->workers ? config->workers : processors();
	if (opened->count > WORKERS_MAX)
		opened->count = WORKERS_MAX;
	*pool = opened;
	return 0;
}

/* Ends it; the exit status as waitpid gives it. */
static int member_end(struct member *member)
{
	int status = 0;

	close(member->control);
	kill(member->process, SIGKILL);
	while (waitpid(member->process, &status, 0) < 0 && errno == EINTR)
		;
	text_clear(&member->answer);
	member->process = 0;
	member->busy = false;
	return status;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (unsigned int i = 0; i < pool->count; i++)
		if (pool->members[i].process)
			member_end(&pool->members[i]);
	munmap(pool->progress, sizeof(*pool->progress));
	free(pool);
}

uint64_t pool_progress(const struct pool *pool)
{
	return atomic_load_explicit(pool->progress, memory_order_relaxed);
}

static void member_done(struct pool *pool, struct member *member, struct reading *reading)
{
	size_t token = member->token;

	member->busy = false;
	text_clear(&member->answer);
	pool->config.done(pool->config.data, token, reading);
	reading_clear(reading);
}

/* It closed its socket: what it was at is the likely reason. */
static void member_died(struct pool *pool, struct member *member)
{
	bool busy = member->busy;
	struct reading reading = {0};
	/* By itself, unless it closed the socket and goes on: then by us. */
	int status = member_end(member);

	if (!busy)
		return;
	if (WIFSIGNALED(status))
		/* SIGKILL comes from outside, most often for want of memory. */
		reading.failure = text_format("the process reading it died of signal %d (%s): %s",
			WTERMSIG(status), strsignal(WTERMSIG(status)),
			WTERMSIG(status) == SIGKILL
				? "somebody ended it, or memory was short; verify it again"
				: "the file is broken, or made to break its readers");
	else
		reading.failure = text_format(
			"the process reading it ended with status %d", WEXITSTATUS(status));
	member_done(pool, member, &reading);
}

/* Reads what is there of the answer. */
static void member_receive(struct pool *pool, struct member *member)
{
	struct reading reading = {0};
	char buffer[16384];
	struct reader reader;
	CLEANUP(error_release) struct error err = {0};
	ssize_t count = recv(member->control, buffer, sizeof(buffer), MSG_DONTWAIT);
	size_t length;

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count <= 0 || !member->busy) {
		member_died(pool, member);
		return;
	}
	text_append_bytes(&member->answer, buffer, (size_t)count);
	if (member->answer.length < ANSWER_HEAD)
		return;
	reader = reader_start(member->answer.data, member->answer.length);
	length = reader_u32(&reader);
	if (length <= WORKER_ANSWER_MAX && reader.left < length)
		return;
	if (length > WORKER_ANSWER_MAX || reader.left > length)
		error_set(&err, EPROTO, "the reading process answered with nonsense");
	else
		reading_unpack(reader.next, length, &reading, &err);
	if (err.number) {
		/* One that talks nonsense is not asked again. */
		member_end(member);
		reading.failure = text_copy(error_text(&err));
	}
	member_done(pool, member, &reading);
}

/* Waits for an answer, or until extra can be written; 0, or -ECANCELED. */
static int pool_wait(struct pool *pool, int extra, struct error *err)
{
	struct pollfd watched[WORKERS_MAX + 1];
	struct member *members[WORKERS_MAX];
	nfds_t count = 0, i;

	for (i = 0; i < pool->count; i++) {
		if (!pool->members[i].busy)
			continue;
		members[count] = &pool->members[i];
		watched[count++] = (struct pollfd){pool->members[i].control, POLLIN, 0};
	}
	if (extra >= 0)
		watched[count] = (struct pollfd){extra, POLLOUT, 0};
	if (poll(watched, count + (extra >= 0), TICK_MS) < 0 && errno != EINTR)
		return error_system(err, errno, "cannot wait for the reading processes");
	if (pool->config.tick && !pool->config.tick(pool->config.data))
		return error_set(err, ECANCELED, "interrupted");
	for (i = 0; i < count; i++)
		if (watched[i].revents)
			member_receive(pool, members[i]);
	return 0;
}

static struct member *idle_member(struct pool *pool)
{
	struct member *unborn = NULL;

	for (unsigned int i = 0; i < pool->count; i++) {
		struct member *member = &pool->members[i];

		if (member->process && !member->busy)
			return member;
		if (!member->process && !unborn)
			unborn = member;
	}
	return unborn;
}

int pool_give(
	struct pool *pool, size_t token, const struct reading_request *request, struct error *err)
{
	struct member *member;
	int result = 0;

	while (!(member = idle_member(pool))) {
		result = pool_wait(pool, -1, err);
		if (result < 0)
			return result;
	}
	if (!member->process)
		result = worker_start(pool->config.keyring, pool->progress, &member->process,
			&member->control, err);
	if (result < 0)
		return result;
	member->token = token;
	member->busy = true;
	if (worker_ask(member->control, request, err) < 0)
		member_died(pool, member);
	return 0;
}

int pool_feed(
	struct pool *pool, int descriptor, const void *bytes, size_t length, struct error *err)
{
	const char *at = bytes;

	while (length) {
		ssize_t count = send(descriptor, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		int result;

		if (count >= 0) {
			at += count;
			length -= (size_t)count;
			continue;
		}
		if (errno == EPIPE || errno == ECONNRESET)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return error_system(err, errno, "cannot write to a reading process");
		result = pool_wait(pool, descriptor, err);
		if (result < 0)
			return result;
	}
	return 1;
}

int pool_finish(struct pool *pool, struct error *err)
{
	for (unsigned int i = 0; i < pool->count; i++) {
		while (pool->members[i].busy) {
			int result = pool_wait(pool, -1, err);

			if (result < 0)
				return result;
		}
	}
	return 0;
}
