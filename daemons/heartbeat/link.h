/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways to the other nodes: one UDP socket per network device, tied to that device. */
#ifndef DAEMONS_HEARTBEAT_LINK_H
#define DAEMONS_HEARTBEAT_LINK_H

#include <stddef.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/cluster/ha_cf.h"

struct link_set;

/* A way began to fail (number: errno) or works again (0). link: index of config->links. */
typedef void link_trouble_function(unsigned int link, int number, void *context);

/*
 * Opens and binds the sockets (ports below 1024 need CAP_NET_BIND_SERVICE). A device that is not
 * there yet is no error: its socket is tied to it by link_set_retry later. *set is owned
 * (link_set_free) and borrows config.
 */
int link_set_open(const struct ha_cf *config, link_trouble_function *function, void *context,
	struct link_set **set, struct error *err);
void link_set_free(struct link_set *set);
CLEANUP_DEFINE(link_set);

/* How many sockets there are, and each one's descriptor, for polling. */
unsigned int link_set_count(const struct link_set *set);
int link_set_descriptor(const struct link_set *set, unsigned int socket);

/* Ties sockets to devices that have appeared. */
void link_set_retry(struct link_set *set);

/* Sends the datagram over every link; never blocks. What fails is told to the function. */
void link_set_send(struct link_set *set, const void *bytes, size_t length);

/*
 * Takes one datagram; never blocks. *link: the link whose device and address it came from, or the
 * first one of that device. -EAGAIN when there is none, -EMSGSIZE when it was cut.
 */
int link_set_receive(struct link_set *set, unsigned int socket, void *buffer, size_t size,
	size_t *length, unsigned int *link);

#endif
