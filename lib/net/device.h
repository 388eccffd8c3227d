/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a network device. */
#ifndef LIB_NET_DEVICE_H
#define LIB_NET_DEVICE_H

#include "lib/net/netlink.h"

/* Plain data. */
struct device {
	unsigned int index;
	unsigned int flags; /* IFF_UP, IFF_RUNNING, ... */
};

/*
 * -ENODEV is the kernel's answer that there is no such device. Anything else that
 * netlink_is_answer denies is none: the device may well be there. (if_nametoindex(3) opens a socket
 * for each question and does not tell the two apart.)
 */
int device_find(
	struct netlink *netlink, const char *name, struct device *device, struct error *err);

#endif
