/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thread, all connections in one poll. */
#include "tests/unit/probe/http_server.h"

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
static bool serve(struct http_server *server, int connection)
{
	enum http_server_manner manner = (enum http_server_manner)atomic_load(&server->manner);
	char text[1024];
	int length;

	if (recv(connection, text, sizeof(text), 0) <= 0)
		return false;
	atomic_fetch_add(&server->asked, 1);
	if (manner == SERVER_HANGS)
		return true;
	length = snprintf(text, sizeof(text),
		"HTTP/1.1 %s\r\nContent-Length: 11\r\n%s\r\nall is well",
		manner == SERVER_FORBIDS ? "403 Forbidden" : "200 OK",
		manner == SERVER_LAST ? "Connection: close\r\n" : "");
	(void)send(connection, text, (size_t)length, MSG_NOSIGNAL);
	atomic_fetch_add(&server->answered, 1);
	return manner == SERVER_KEEPS || manner == SERVER_FORBIDS;
}

static void *keep(void *argument)
{
	struct http_server *server = argument;
	struct pollfd entries[SERVER_MAX + 1] = {{.fd = server->listener, .events = POLLIN}};
	nfds_t count = 1;

	while (!atomic_load(&server->stop)) {
		while (count > 1 && atomic_load(&server->breaks)) {
			atomic_fetch_sub(&server->breaks, 1);
			break_off(entries[--count].fd);
		}
		if (poll(entries, count, 10) <= 0)
			continue;
		for (nfds_t i = count - 1; i >= 1; i--) {
			if (entries[i].revents && !serve(server, entries[i].fd)) {
				close(entries[i].fd);
				entries[i] = entries[--count];
			}
		}
		if (entries[0].revents && count <= SERVER_MAX) {
			entries[count++] = (struct pollfd){
				.fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC),
				.events = POLLIN};
			atomic_fetch_add(&server->connected, 1);
		}
	}
	while (count > 1)
		break_off(entries[--count].fd);
	return NULL;
}

void http_server_start(struct http_server *server)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	*server = (struct http_server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(listen(server->listener, SERVER_MAX), 0);
	server->port = ntohs(address.sin_port);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u/", server->port);
	snprintf(server->tcp, sizeof(server->tcp), "tcp://127.0.0.1:%u", server->port);
	assert_int_equal(pthread_create(&server->thread, NULL, keep, server), 0);
}

void http_server_stop(struct http_server *server)
{
	atomic_store(&server->stop, true);
	pthread_join(server->thread, NULL);
	close(server->listener);
}
