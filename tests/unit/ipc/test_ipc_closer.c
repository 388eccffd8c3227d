/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of what closes sockets of which others decide how long that takes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/ipc/socket_closer.h"

#define SOCKETS 200
#define NEIGHBOURS 100
#define WAIT_MS 10000

static const char filled[] = {
	'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n', 'n'};

/* A socket that is not closed at once, for there is a descriptor in its queue. */
static int loaded(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	char byte = 0;
	struct iovec part = {&byte, 1};
	struct msghdr packet = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	memcpy(CMSG_DATA(&control.head), &ends[1], sizeof(int));
	assert_int_equal(sendmsg(ends[1], &packet, MSG_NOSIGNAL), 1);
	close(ends[1]);
	return ends[0];
}

static int descriptors_open(void)
{
	int count = 0, i;

	for (i = 0; i < 2 * SOCKETS; i++)
		count += fcntl(i, F_GETFD) >= 0;
	return count;
}

static void test_more_sockets_than_were_expected_are_closed_too(void **state)
{
	CLEANUP(cleanup_ipc_socket_closer)
	struct ipc_socket_closer *closer = ipc_socket_closer_new(1);
	const struct timespec pause = {0, 1000000};
	const int before = descriptors_open();
	char *neighbours[NEIGHBOURS];
	int i;

	(void)state;
	/* What lies behind the closer's memory, also where no sanitizer watches it. */
	for (i = 0; i < NEIGHBOURS; i++)
		neighbours[i] = memset(malloc(sizeof(filled)), 'n', sizeof(filled));
	for (i = 0; i < SOCKETS; i++)
		ipc_socket_closer_take(closer, loaded());
	assert_int_equal(ipc_socket_closer_count(closer), SOCKETS);
	for (i = 0; ipc_socket_closer_count(closer) && i < WAIT_MS; i++) {
		nanosleep(&pause, NULL);
		ipc_socket_closer_tend(closer);
	}
	assert_int_equal(ipc_socket_closer_count(closer), 0);
	assert_int_equal(descriptors_open(), before);
	for (i = 0; i < NEIGHBOURS; i++) {
		assert_memory_equal(neighbours[i], filled, sizeof(filled));
		free(neighbours[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_more_sockets_than_were_expected_are_closed_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
