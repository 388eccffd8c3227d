/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's end of a connection: what is first in its queue, what can be sent at once. */
#ifndef LIB_IPC_PACKET_H
#define LIB_IPC_PACKET_H

#include "lib/ipc/message.h"

/* To be called before ipc_packet_look: from here on the kernel says of each packet who sent it. */
void ipc_packet_prepare(int descriptor);

enum ipc_packet {
	IPC_PACKET_NONE,	/* nothing is there now */
	IPC_PACKET_END,		/* nothing is there, nor will be */
	IPC_PACKET_PLAIN,	/* a packet, which may be empty */
	IPC_PACKET_DESCRIPTORS, /* one that somebody's descriptors came along with */
};

/*
 * What the next packet of a connection is, without taking it: whoever takes one with descriptors
 * closes them, whether he wants them or not (unix(7): they are discarded when there is no room for
 * them), and has to wait for that. The look takes nothing over. Else a negative errno;
 * -ECONNRESET comes once, before packets that are still there.
 */
int ipc_packet_look(int descriptor);

/* 0, or a negative errno: whoever does not read at once what is for him, never will have to. */
int ipc_packet_send(int descriptor, const struct ipc_message *message);

#endif
