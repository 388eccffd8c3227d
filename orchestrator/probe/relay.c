/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A listening socket in the abstract namespace, with a name that the kernel finds. */
#include "orchestrator/probe/relay.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int relay_open(struct relay *relay, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = sizeof(address.sun_family);

	relay->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (relay->listener < 0 || bind(relay->listener, (struct sockaddr *)&address, length) < 0 ||
		listen(relay->listener, 8) < 0)
		return error_system(err, errno, "no socket for a vantage point");
	length = sizeof(address);
	if (getsockname(relay->listener, (struct sockaddr *)&address, &length) < 0)
		return error_system(err, errno, "no socket for a vantage point");
	snprintf(relay->name, sizeof(relay->name), "%.*s",
		(int)(length - offsetof(struct sockaddr_un, sun_path) - 1), address.sun_path + 1);
	return 0;
}

void relay_close(struct relay *relay)
{
	if (relay->listener >= 0)
		close(relay->listener);
	relay->listener = -1;
}

int relay_accept(const struct relay *relay)
{
	struct ucred peer = {0};
	socklen_t length = sizeof(peer);
	int descriptor = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (descriptor < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	/* Anybody on this machine may connect to it. */
	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
		peer.pid == getpid())
		return descriptor;
	close(descriptor);
	return -EAGAIN;
}
