/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name resolution and connecting within a deadline. */
#include "orchestrator/remote/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"

/*
 * getaddrinfo() takes as long as the name servers like, and cannot be interrupted. So it runs in a
 * thread of its own; who gives up leaves it behind, and the last of the two frees this.
 */
struct lookup {
	atomic_int owners;
	int finished; /* eventfd: answered is true */
	atomic_bool answered;
	char *address;
	char port[8];
	int status; /* of getaddrinfo */
	int number; /* errno when status is EAI_SYSTEM */
	struct addrinfo *answer;
};

static void lookup_release(struct lookup **place)
{
	struct lookup *lookup = *place;

	if (!lookup || atomic_fetch_sub(&lookup->owners, 1) > 1)
		return;
	if (lookup->answer)
		freeaddrinfo(lookup->answer);
	close(lookup->finished);
	free(lookup->address);
	free(lookup);
}

static const struct addrinfo hints = {
	.ai_family = AF_UNSPEC,
	.ai_socktype = SOCK_STREAM,
	.ai_flags = AI_NUMERICSERV,
};

static void *lookup_thread(void *argument)
{
	CLEANUP(lookup_release) struct lookup *lookup = argument;
	uint64_t one = 1;

	lookup->status = getaddrinfo(lookup->address, lookup->port, &hints, &lookup->answer);
	/* errno is a thread's own: whoever waits could not read this one's later. */
	lookup->number = errno;
	atomic_store(&lookup->answered, true);
	/* An eventfd at 0 takes a 1 at once and whole. */
	(void)!write(lookup->finished, &one, sizeof(one));
	return NULL;
}

static int lookup_begin(
	const char *address, unsigned port, struct lookup **result, struct error *err)
{
	CLEANUP(lookup_release) struct lookup *lookup = calloc(1, sizeof(*lookup));
	pthread_t thread;
	int number;

	if (!lookup)
		return error_set(err, ENOMEM, "no memory to look up %s", address);
	atomic_init(&lookup->owners, 1);
	lookup->address = text_copy(address);
	snprintf(lookup->port, sizeof(lookup->port), "%u", port);
	lookup->finished = eventfd(0, EFD_CLOEXEC);
	if (lookup->finished < 0)
		return error_system(err, errno, "cannot look up %s", address);
	atomic_store(&lookup->owners, 2);
	number = thread_start(&thread, lookup_thread, lookup);
	if (number < 0) {
		atomic_store(&lookup->owners, 1);
		return error_system(err, -number, "cannot start a thread to look up %s", address);
	}
	pthread_detach(thread);
	*result = TAKE(lookup);
	return 0;
}

static int lookup_await(struct lookup *lookup, const struct wait *wait, struct error *err)
{
	int result = wait_for(wait, lookup->finished, POLLIN);

	if (result == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT,
			"the name %s was not resolved in time; check the name servers, or give an address instead",
			lookup->address);
	if (result < 0)
		return error_set(err, -result, "cancelled while looking up %s", lookup->address);
	/* The flag, not the poll, is what makes the thread's writes ours to read. */
	if (!atomic_load(&lookup->answered))
		return error_set(err, EAGAIN, "the name %s was not resolved", lookup->address);
	if (lookup->status == EAI_SYSTEM)
		return error_system(err, lookup->number, "cannot look up %s", lookup->address);
	if (lookup->status != 0)
		return error_set(err, lookup->status == EAI_MEMORY ? ENOMEM : EAGAIN,
			"cannot look up the name %s: %s", lookup->address,
			gai_strerror(lookup->status));
	return 0;
}

static int option(int descriptor, int level, int name, unsigned value)
{
	return setsockopt(descriptor, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Data on its way is watched by TCP_USER_TIMEOUT, an idle connection by keepalive. */
static int watch_silence(int descriptor, uint64_t silence_ms)
{
	unsigned limit = silence_ms > 3600000 ? 3600000 : (unsigned)silence_ms;
	unsigned second = limit / 4000 ? limit / 4000 : 1;
	int result = option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, limit);

	if (result == 0)
		result = option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (result == 0)
		result = option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, second);
	if (result == 0)
		result = option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, second);
	if (result == 0)
		result = option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
	/* ssh sends small packets and waits for the answer: Nagle would only delay them. */
	if (result == 0)
		result = option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
	return result;
}

/* One address. 0 with *connected owned, or a negative errno. */
static int dial_one(const struct addrinfo *address, uint64_t silence_ms, const struct wait *wait,
	int *connected)
{
	CLEANUP(cleanup_close)
	int descriptor =
		socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	socklen_t length = sizeof(int);
	int number = 0;
	int result;

	if (descriptor < 0)
		return -errno;
	result = watch_silence(descriptor, silence_ms);
	if (result < 0)
		return result;
	/* The socket does not block, so it only begins here; writable says that it ended, SO_ERROR
	 * how. */
	if (connect(descriptor, address->ai_addr, address->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		result = wait_for(wait, descriptor, POLLOUT);
		if (result < 0)
			return result;
		if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) < 0)
			number = errno;
		if (number)
			return -number;
	}
	*connected = descriptor;
	descriptor = -1;
	return 0;
}

/* The time left is shared among the addresses, so that a dead first one leaves some. */
static int dial_each(
	const struct addrinfo *first, uint64_t silence_ms, const struct wait *wait, int *descriptor)
{
	uint64_t count = 0;
	int result = -EHOSTUNREACH;

	for (const struct addrinfo *each = first; each; each = each->ai_next)
		count++;
	for (const struct addrinfo *each = first; each; each = each->ai_next, count--) {
		uint64_t now = clock_monotonic_ms();
		struct wait share = *wait;

		if (wait->deadline_ms > now)
			share.deadline_ms = now + (wait->deadline_ms - now) / count;
		result = dial_one(each, silence_ms, &share, descriptor);
		if (result == 0 || result == -ECANCELED)
			break;
	}
	return result;
}

int dial_tcp(const char *address, unsigned port, uint64_t silence_ms, const struct wait *wait,
	int *descriptor, struct error *err)
{
	CLEANUP(lookup_release) struct lookup *lookup = NULL;
	int result = lookup_begin(address, port, &lookup, err);

	if (result == 0)
		result = lookup_await(lookup, wait, err);
	if (result < 0)
		return result;
	result = dial_each(lookup->answer, silence_ms, wait, descriptor);
	if (result == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT,
			"%s port %u does not answer; is the machine up, and does a firewall let ssh through?",
			address, port);
	if (result == -ECANCELED)
		return error_set(err, ECANCELED, "cancelled while connecting to %s", address);
	if (result < 0)
		return error_system(err, -result, "cannot connect to %s port %u", address, port);
	return 0;
}
