/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages between a daemon and its local clients, as bytes. */
#include "lib/ipc/message.h"

#include <errno.h>

#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

#define MAGIC 0x4861

static const struct kind {
	const char *name;
	enum ipc_side from;
} kinds[] = {
	[IPC_HELLO] = {"hello", IPC_CLIENT},
	[IPC_WELCOME] = {"welcome", IPC_SERVER},
	[IPC_REFUSAL] = {"refusal", IPC_SERVER},
	[IPC_REQUEST] = {"request", IPC_CLIENT},
	[IPC_REPLY] = {"reply", IPC_SERVER},
	[IPC_SUBSCRIBE] = {"subscribe", IPC_CLIENT},
	[IPC_EVENT] = {"event", IPC_SERVER},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

size_t ipc_message_write(const struct ipc_message *message, uint8_t front[IPC_FRONT_MAX])
{
	struct writer writer = writer_start(front, IPC_FRONT_MAX);

	writer_u16(&writer, MAGIC);
	writer_u8(&writer, (uint8_t)message->kind);
	writer_u8(&writer, 0);
	writer_u32(&writer, message->number);
	switch (message->kind) {
	case IPC_HELLO:
		writer_u8(&writer, message->oldest);
		writer_u8(&writer, message->newest);
		break;
	case IPC_WELCOME:
		writer_u8(&writer, message->newest);
		break;
	case IPC_SUBSCRIBE:
		writer_u32(&writer, message->topics);
		break;
	case IPC_REFUSAL:
	case IPC_REQUEST:
	case IPC_REPLY:
	case IPC_EVENT:
		break;
	}
	return writer.length;
}

/* What stands behind the head; 0 or -EBADMSG. */
static int body_read(struct reader *reader, struct ipc_message *message, struct error *err)
{
	const char *name = kinds[message->kind].name;

	switch (message->kind) {
	case IPC_HELLO:
		message->oldest = reader_u8(reader);
		message->newest = reader_u8(reader);
		if (!reader->failed && (!message->oldest || message->oldest > message->newest))
			return error_set(err, EBADMSG, "a hello with versions %u to %u",
				message->oldest, message->newest);
		break;
	case IPC_WELCOME:
		message->newest = reader_u8(reader);
		break;
	case IPC_SUBSCRIBE:
		message->topics = reader_u32(reader);
		if (!message->number)
			return error_set(err, EBADMSG, "a %s without a number", name);
		break;
	case IPC_REQUEST:
	case IPC_REPLY:
		if (!message->number)
			return error_set(err, EBADMSG, "a %s without a number", name);
		break;
	case IPC_EVENT:
		if (message->number >= IPC_TOPICS_MAX)
			return error_set(err, EBADMSG, "an event of topic %u, not 0..%d",
				message->number, IPC_TOPICS_MAX - 1);
		break;
	case IPC_REFUSAL:
		break;
	}
	if (reader->failed)
		return error_set(err, EBADMSG, "a %s that is cut short", name);
	message->length = reader->left;
	message->payload = reader_bytes(reader, reader->left);
	return 0;
}

int ipc_message_read(const void *bytes, size_t length, enum ipc_side from,
	struct ipc_message *message, struct error *err)
{
	struct reader reader = reader_start(bytes, length);
	struct ipc_message fresh = {0};
	uint16_t magic = reader_u16(&reader);
	uint8_t kind = reader_u8(&reader);
	int result;

	(void)reader_u8(&reader);
	fresh.number = reader_u32(&reader);
	if (length > IPC_MESSAGE_MAX)
		return error_set(err, EBADMSG, "a message of %zu bytes; the limit is %d", length,
			IPC_MESSAGE_MAX);
	if (reader.failed || magic != MAGIC)
		return error_set(err, EBADMSG, "no message of ours");
	if (kind < IPC_HELLO || kind >= KINDS)
		return error_set(err, EBADMSG, "a message of unknown kind %u", kind);
	if (kinds[kind].from != from)
		return error_set(err, EBADMSG, "a %s from the wrong side", kinds[kind].name);
	fresh.kind = (enum ipc_kind)kind;
	result = body_read(&reader, &fresh, err);
	if (result < 0)
		return result;
	*message = fresh;
	return 0;
}

int ipc_version_choose(
	const struct ipc_message *hello, uint8_t oldest, uint8_t newest, struct error *err)
{
	uint8_t version = hello->newest < newest ? hello->newest : newest;

	if (version < oldest || version < hello->oldest)
		return error_set(err, EPROTONOSUPPORT,
			"the client speaks versions %u to %u, the daemon %u to %u; are both of the same release?",
			hello->oldest, hello->newest, oldest, newest);
	return version;
}
