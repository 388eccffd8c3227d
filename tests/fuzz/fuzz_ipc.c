/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the messages between a daemon and its clients; the first byte says who sent the rest. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc_message message, again;
	uint8_t bytes[IPC_FRONT_MAX];
	enum ipc_side from;
	size_t length;

	if (size < 1 || size > IPC_MESSAGE_MAX + 1)
		return 0;
	from = data[0] & 1 ? IPC_SERVER : IPC_CLIENT;
	if (ipc_message_read(data + 1, size - 1, from, &message, NULL) < 0)
		return 0;
	/* What was understood is written as it was read, but for the byte that nobody looks at. */
	length = ipc_message_write(&message, bytes);
	if (length + message.length != size - 1 || memcmp(bytes, data + 1, 3) != 0 ||
		memcmp(bytes + 4, data + 5, length - 4) != 0)
		abort();
	if (ipc_message_read(bytes, length, from, &again, NULL) < 0 || again.kind != message.kind)
		abort();
	if (message.kind == IPC_HELLO)
		(void)ipc_version_choose(&message, IPC_VERSION_OLDEST, IPC_VERSION_NEWEST, NULL);
	return 0;
}
