/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel over netlink and their whole answers, with a bounded wait. */
#include "lib/net/netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/base/vector.h"

static const int buses[] = {NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_NETFILTER};
#define BUSES (sizeof(buses) / sizeof(buses[0]))

struct netlink {
	struct mnl_socket *sockets[BUSES]; /* NULL: not there, or lost and to be opened again */
	unsigned int sequence;
	/* The kernel fills at most this much per message of a dump (it asks the size we read). */
	_Alignas(struct nlmsghdr) char buffer[32768];
};

static int socket_open(struct netlink *netlink, size_t at, struct error *err)
{
	const struct timeval patience = {.tv_sec = 1};
	struct mnl_socket *sock = mnl_socket_open2(buses[at], SOCK_CLOEXEC);
	int number;

	if (!sock)
		return error_system(
			err, errno, "netlink socket (bus %d) cannot be opened", buses[at]);
	if (setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience)) < 0 ||
		mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		number = errno;
		mnl_socket_close(sock);
		return error_system(
			err, number, "netlink socket (bus %d) cannot be set up", buses[at]);
	}
	netlink->sockets[at] = sock;
	return 0;
}

static void socket_close(struct netlink *netlink, size_t at)
{
	if (netlink->sockets[at])
		mnl_socket_close(netlink->sockets[at]);
	netlink->sockets[at] = NULL;
}

int netlink_open(struct netlink **netlink, struct error *err)
{
	CLEANUP(cleanup_netlink) struct netlink *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	size_t i;

	*fresh = (struct netlink){0};
	for (i = 0; i < BUSES; i++) {
		int result = socket_open(fresh, i, err);

		if (result < 0 && result != -EPROTONOSUPPORT)
			return result;
	}
	*netlink = TAKE(fresh);
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	size_t i;

	if (!netlink)
		return;
	for (i = 0; i < BUSES; i++)
		socket_close(netlink, i);
	free(netlink);
}

bool netlink_is_answer(int result)
{
	switch (-result) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EINTR:
	case EAGAIN:
	case EBUSY:
	case ETIMEDOUT:
	case EIO:
		return false;
	default:
		return true;
	}
}

static int fail(int number, struct error *err)
{
	if (number == EAGAIN)
		return error_set(err, ETIMEDOUT, "the kernel did not answer within a second");
	if (number == EPERM)
		return error_set(err, EPERM, "the kernel refused it: CAP_NET_ADMIN is missing");
	return error_system(err, number, "the kernel answered");
}

/* Does the packet hold the end of an answer? A dump that went wrong must be read to its end. */
static bool is_end(const char *buffer, size_t length)
{
	const struct nlmsghdr *message = (const void *)buffer;
	int left = (int)length;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE)
			return true;
	return false;
}

/* 0, or the errno of the answer; -1 with errno when no answer could be had. */
static int answer_read(
	struct netlink *netlink, struct mnl_socket *sock, mnl_cb_t each, void *context)
{
	const struct nlmsghdr *first = (const void *)netlink->buffer;
	int failure = 0;

	for (;;) {
		ssize_t length =
			mnl_socket_recvfrom(sock, netlink->buffer, sizeof(netlink->buffer));
		int result;

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -1;
		/* What is left of an earlier question that nobody waits for any more. */
		if ((size_t)length < sizeof(*first) || first->nlmsg_seq != netlink->sequence)
			continue;
		result = mnl_cb_run(netlink->buffer, (size_t)length, netlink->sequence,
			mnl_socket_get_portid(sock), failure ? NULL : each, context);
		if (result < 0 && !failure)
			failure = errno;
		if (result == MNL_CB_STOP || is_end(netlink->buffer, (size_t)length))
			return failure;
	}
}

static int exchange(struct netlink *netlink, size_t at, const void *bytes, size_t length,
	mnl_cb_t each, void *context, struct error *err)
{
	int result = netlink->sockets[at] ? 0 : socket_open(netlink, at, err);

	if (result < 0)
		return result;
	if (mnl_socket_sendto(netlink->sockets[at], bytes, length) < 0)
		result = -1;
	else
		result = answer_read(netlink, netlink->sockets[at], each, context);
	if (result < 0) {
		result = errno;
		/* Whatever it still holds is not for the next question. */
		socket_close(netlink, at);
		(void)socket_open(netlink, at, NULL);
	}
	return result ? fail(result, err) : 0;
}

static size_t bus_index(int bus)
{
	size_t i;

	for (i = 0; i < BUSES - 1 && buses[i] != bus; i++)
		;
	return i;
}

int netlink_ask(struct netlink *netlink, int bus, struct nlmsghdr *request, mnl_cb_t each,
	void *context, struct error *err)
{
	request->nlmsg_seq = ++netlink->sequence;
	return exchange(netlink, bus_index(bus), request, request->nlmsg_len, each, context, err);
}

int netlink_ask_batch(
	struct netlink *netlink, int bus, void *messages, size_t length, struct error *err)
{
	struct nlmsghdr *message = messages;
	int left = (int)length;

	netlink->sequence++;
	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		message->nlmsg_seq = netlink->sequence;
	return exchange(netlink, bus_index(bus), messages, length, NULL, NULL, err);
}
