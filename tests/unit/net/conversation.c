/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP conversations for the network tests; whatever fails or takes too long fails the test. */
#include "tests/unit/net/conversation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/net/connections.h"
#include "tests/unit/net/namespace.h"

struct in_addr conversation_ip(const char *words)
{
	struct in_addr ip;

	assert_int_equal(inet_pton(AF_INET, words, &ip), 1);
	return ip;
}

/* A TCP socket whose every wait ends at the deadline. */
static int tcp_socket(int family)
{
	struct timeval patience = {.tv_sec = CONVERSATION_DEADLINE_S};
	int one = 1, sock = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(sock >= 0);
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
	return sock;
}

int conversation_listen(int family)
{
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(80)};
	int sock = tcp_socket(family);

	if (family == AF_INET6)
		assert_int_equal(bind(sock, (struct sockaddr *)&any6, sizeof(any6)), 0);
	else
		assert_int_equal(bind(sock, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(sock, 16), 0);
	return sock;
}

int conversation_connect(const char *ip)
{
	return conversation_connect_from(0, ip);
}

int conversation_connect_from(uint16_t port, const char *ip)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = conversation_ip(ip)};
	int sock = tcp_socket(AF_INET);

	assert_int_equal(bind(sock, (struct sockaddr *)&own, sizeof(own)), 0);
	if (connect(sock, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail_msg("connect to %s: %s", ip, strerror(errno));
	return sock;
}

void conversation_abort(int sock)
{
	const struct linger at_once = {.l_onoff = 1};

	assert_int_equal(setsockopt(sock, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(sock);
}

int conversation_accept(int listener)
{
	struct timeval patience = {.tv_sec = CONVERSATION_DEADLINE_S};
	int sock = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (sock < 0)
		fail_msg("accept: %s", strerror(errno));
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return sock;
}

void conversation_say(int from, int to, const char *words)
{
	char heard[64] = "";
	ssize_t length;

	assert_int_equal(send(from, words, strlen(words), MSG_NOSIGNAL), strlen(words));
	length = recv(to, heard, sizeof(heard) - 1, 0);
	if (length < 0)
		fail_msg("'%s' did not arrive: %s", words, strerror(errno));
	assert_string_equal(heard, words);
}

void conversation_count(const struct in_addr *addresses, size_t count, unsigned expected)
{
	uint64_t deadline = clock_monotonic_ms() + CONVERSATION_DEADLINE_S * 1000;
	unsigned counted = UINT32_MAX;
	CLEANUP(error_release) struct error err = {0};

	do
		if (connections_count(namespace_netlink(), addresses, count, &counted, &err) != 0)
			fail_msg("connections_count: %s", error_text(&err));
	while (counted != expected && clock_monotonic_ms() < deadline);
	assert_int_equal(counted, expected);
}
