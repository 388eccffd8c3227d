/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's end of a connection. */
#include "lib/ipc/packet.h"

#include <errno.h>
#include <sys/socket.h>

void ipc_packet_prepare(int descriptor)
{
	const int on = 1;

	(void)setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

int ipc_packet_look(int descriptor)
{
	/*
	 * Room for the sender's credentials and nothing else. They come with every packet, so that
	 * an empty one is not taken for the end; descriptors find no room, which is what we ask.
	 */
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr packet = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(descriptor, &packet, MSG_PEEK | MSG_DONTWAIT);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? IPC_PACKET_NONE : -errno;
	if (packet.msg_flags & MSG_CTRUNC)
		return IPC_PACKET_DESCRIPTORS;
	return length > 0 || CMSG_FIRSTHDR(&packet) ? IPC_PACKET_PLAIN : IPC_PACKET_END;
}

int ipc_packet_send(int descriptor, const struct ipc_message *message)
{
	uint8_t front[IPC_FRONT_MAX];
	struct iovec parts[2] = {{front, ipc_message_write(message, front)},
		{(void *)(uintptr_t)message->payload, message->length}};
	struct msghdr packet = {.msg_iov = parts, .msg_iovlen = message->length ? 2 : 1};

	return sendmsg(descriptor, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
