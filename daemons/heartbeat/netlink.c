/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the kernel over netlink and its whole answer, with a bounded wait. */
#include "daemons/heartbeat/netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/base/cleanup.h"

static void cleanup_socket(struct mnl_socket **sock)
{
	if (*sock)
		mnl_socket_close(*sock);
}

static int open_socket(int bus, struct mnl_socket **opened, struct error *err)
{
	const struct timeval patience = {.tv_sec = 1};
	CLEANUP(cleanup_socket) struct mnl_socket *sock = mnl_socket_open2(bus, SOCK_CLOEXEC);

	if (!sock)
		return error_system(err, errno, "netlink socket (bus %d) cannot be opened", bus);
	if (setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience)) < 0 ||
		mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return error_system(err, errno, "netlink socket (bus %d) cannot be set up", bus);
	*opened = TAKE(sock);
	return 0;
}

static int fail(int number, struct error *err)
{
	if (number == EAGAIN)
		return error_set(err, ETIMEDOUT, "the kernel did not answer within a second");
	if (number == EPERM)
		return error_set(err, EPERM, "the kernel refused it: CAP_NET_ADMIN is missing");
	return error_system(err, number, "the kernel answered");
}

int netlink_ask(int bus, struct nlmsghdr *request, mnl_cb_t each, void *context, struct error *err)
{
	/* A socket serves one question: the sequence number only has to differ from the 0 of
	 * messages that nobody asked for. */
	const unsigned sequence = 1;
	CLEANUP(cleanup_socket) struct mnl_socket *sock = NULL;
	/* The kernel fills at most this much per message of a dump (it asks the size we read). */
	_Alignas(struct nlmsghdr) char buffer[32768];
	unsigned port;
	int result;

	result = open_socket(bus, &sock, err);
	if (result < 0)
		return result;
	request->nlmsg_seq = sequence;
	port = mnl_socket_get_portid(sock);
	if (mnl_socket_sendto(sock, request, request->nlmsg_len) < 0)
		return fail(errno, err);
	do {
		ssize_t length = mnl_socket_recvfrom(sock, buffer, sizeof(buffer));

		if (length < 0)
			return fail(errno, err);
		result = mnl_cb_run(buffer, (size_t)length, sequence, port, each, context);
		if (result < 0)
			return fail(errno, err);
	} while (result > MNL_CB_STOP);
	return 0;
}
