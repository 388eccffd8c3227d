/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thread, all connections in one poll. */
#include "tests/unit/probe/keeper.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* Ends by a reset, as that of a holder that is gone does. */
static void break_off(int connection)
{
	static const struct linger now = {.l_onoff = 1};

	setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(connection);
}

/* False when the connection is at its end. */
static bool serve(struct keeper *keeper, int connection)
{
	enum keeper_manner manner = (enum keeper_manner)atomic_load(&keeper->manner);
	char text[1024];
	int length;

	if (recv(connection, text, sizeof(text), 0) <= 0)
		return false;
	atomic_fetch_add(&keeper->asked, 1);
	if (manner == KEEPER_HANGS)
		return true;
	length = snprintf(text, sizeof(text),
		"HTTP/1.1 %s\r\nContent-Length: 11\r\n%s\r\nall is well",
		manner == KEEPER_FORBIDS ? "403 Forbidden" : "200 OK",
		manner == KEEPER_LAST ? "Connection: close\r\n" : "");
	(void)send(connection, text, (size_t)length, MSG_NOSIGNAL);
	atomic_fetch_add(&keeper->answered, 1);
	return manner == KEEPER_KEEPS || manner == KEEPER_FORBIDS;
}

static void *keep(void *argument)
{
	struct keeper *keeper = argument;
	struct pollfd entries[KEEPER_MAX + 1] = {{.fd = keeper->listener, .events = POLLIN}};
	nfds_t count = 1;

	while (!atomic_load(&keeper->stop)) {
		while (count > 1 && atomic_load(&keeper->breaks)) {
			atomic_fetch_sub(&keeper->breaks, 1);
			break_off(entries[--count].fd);
		}
		if (poll(entries, count, 10) <= 0)
			continue;
		for (nfds_t i = count - 1; i >= 1; i--) {
			if (entries[i].revents && !serve(keeper, entries[i].fd)) {
				close(entries[i].fd);
				entries[i] = entries[--count];
			}
		}
		if (entries[0].revents && count <= KEEPER_MAX) {
			entries[count++] = (struct pollfd){
				.fd = accept4(keeper->listener, NULL, NULL, SOCK_CLOEXEC),
				.events = POLLIN};
			atomic_fetch_add(&keeper->connected, 1);
		}
	}
	while (count > 1)
		break_off(entries[--count].fd);
	return NULL;
}

void keeper_start(struct keeper *keeper)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	*keeper = (struct keeper){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	assert_int_equal(bind(keeper->listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(keeper->listener, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(listen(keeper->listener, KEEPER_MAX), 0);
	keeper->port = ntohs(address.sin_port);
	snprintf(keeper->url, sizeof(keeper->url), "http://127.0.0.1:%u/", keeper->port);
	snprintf(keeper->tcp, sizeof(keeper->tcp), "tcp://127.0.0.1:%u", keeper->port);
	assert_int_equal(pthread_create(&keeper->thread, NULL, keep, keeper), 0);
}

void keeper_stop(struct keeper *keeper)
{
	atomic_store(&keeper->stop, true);
	pthread_join(keeper->thread, NULL);
	close(keeper->listener);
}
