/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP sockets, one per network device. */
#include "daemons/heartbeat/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/vector.h"

/* Above bulk traffic on the way out; 7 and more would need CAP_NET_ADMIN (socket(7)). */
#define PRIORITY 6

struct link_socket {
	int descriptor;
	bool tied; /* to its device */
	unsigned int first_link;
	char device[IFNAMSIZ];
};

struct link_set {
	const struct ha_cf *config;
	link_trouble_function *function;
	void *context;
	struct link_socket sockets[HA_CF_LINKS_MAX];
	unsigned int count;
	unsigned int socket_of[HA_CF_LINKS_MAX];
	int trouble[HA_CF_LINKS_MAX]; /* the errno of the last sending, 0: none */
};

static bool socket_tie(struct link_socket *at)
{
	at->tied = setsockopt(at->descriptor, SOL_SOCKET, SO_BINDTODEVICE, at->device,
			   (socklen_t)strlen(at->device)) == 0;
	return at->tied;
}

static int socket_open(struct link_socket *at, uint16_t port, struct error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int on = 1, priority = PRIORITY;

	at->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (at->descriptor < 0)
		return error_system(err, errno, "cannot make a UDP socket");
	/*
	 * Several sockets share the port, each for its device. Not SO_REUSEADDR: with that
	 * anybody's socket may join, and have what was for ours. With this only our own user's.
	 */
	if (setsockopt(at->descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
		return error_system(err, errno, "cannot set SO_REUSEPORT");
	(void)setsockopt(at->descriptor, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
	if (!socket_tie(at) && errno != ENODEV)
		return error_system(err, errno, "cannot tie a socket to the device %s", at->device);
	if (bind(at->descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_system(err, errno,
			"cannot bind UDP port %u for device %s; does another heartbeat, or another program, use it (ss -lunp)?",
			port, at->device);
	return 0;
}

/* From here on nobody joins; and sockets that are tied later are no group that shares datagrams. */
static int sockets_close_ranks(const struct link_set *set, struct error *err)
{
	const int off = 0;
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (setsockopt(set->sockets[i].descriptor, SOL_SOCKET, SO_REUSEPORT, &off,
			    sizeof(off)) < 0)
			return error_system(err, errno, "cannot unset SO_REUSEPORT");
	return 0;
}

int link_set_open(const struct ha_cf *config, link_trouble_function *function, void *context,
	struct link_set **set, struct error *err)
{
	CLEANUP(cleanup_link_set) struct link_set *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	unsigned int i, j;
	int result;

	*fresh = (struct link_set){.config = config, .function = function, .context = context};
	for (i = 0; i < config->link_count; i++) {
		const char *device = config->links[i].device;

		for (j = 0; j < fresh->count; j++)
			if (strcmp(fresh->sockets[j].device, device) == 0)
				break;
		fresh->socket_of[i] = j;
		if (j < fresh->count)
			continue;
		fresh->sockets[j] = (struct link_socket){.descriptor = -1, .first_link = i};
		memcpy(fresh->sockets[j].device, device, sizeof(fresh->sockets[j].device));
		fresh->count++;
		result = socket_open(&fresh->sockets[j], config->udpport, err);
		if (result < 0)
			return result;
	}
	result = sockets_close_ranks(fresh, err);
	if (result < 0)
		return result;
	*set = TAKE(fresh);
	return 0;
}

void link_set_free(struct link_set *set)
{
	unsigned int i;

	if (!set)
		return;
	for (i = 0; i < set->count; i++)
		if (set->sockets[i].descriptor >= 0)
			close(set->sockets[i].descriptor);
	free(set);
}

unsigned int link_set_count(const struct link_set *set)
{
	return set->count;
}

int link_set_descriptor(const struct link_set *set, unsigned int socket)
{
	return set->sockets[socket].descriptor;
}

void link_set_retry(struct link_set *set)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		if (!set->sockets[i].tied)
			socket_tie(&set->sockets[i]);
}

void link_set_send(struct link_set *set, const void *bytes, size_t length)
{
	unsigned int i;

	for (i = 0; i < set->config->link_count; i++) {
		const struct link_socket *at = &set->sockets[set->socket_of[i]];
		struct sockaddr_in to = {
			.sin_family = AF_INET,
			.sin_port = htons(set->config->udpport),
			.sin_addr = set->config->links[i].address,
		};
		int number = at->tied ? 0 : ENODEV;

		if (at->tied && sendto(at->descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL,
					(struct sockaddr *)&to, sizeof(to)) < 0)
			number = errno;
		/* That one was the answer (ICMP) to an earlier datagram; this one may have gone. */
		if (number == ECONNREFUSED)
			number = 0;
		if (number != set->trouble[i])
			set->function(i, number, set->context);
		set->trouble[i] = number;
	}
}

int link_set_receive(struct link_set *set, unsigned int socket, void *buffer, size_t size,
	size_t *length, unsigned int *link)
{
	const struct link_socket *at = &set->sockets[socket];
	struct sockaddr_in from = {0};
	socklen_t from_size = sizeof(from);
	ssize_t count;
	unsigned int i;

	count = recvfrom(at->descriptor, buffer, size, MSG_DONTWAIT | MSG_TRUNC,
		(struct sockaddr *)&from, &from_size);
	if (count < 0)
		return -errno;
	if ((size_t)count > size)
		return -EMSGSIZE;
	/* An untied socket hears every device: not what the configuration says. */
	if (!at->tied)
		return -ENODEV;
	*link = at->first_link;
	for (i = 0; i < set->config->link_count; i++)
		if (set->socket_of[i] == socket &&
			set->config->links[i].address.s_addr == from.sin_addr.s_addr)
			*link = i;
	*length = (size_t)count;
	return 0;
}
