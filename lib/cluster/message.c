/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in Heartbeat 3's text form. */
#include "lib/cluster/message.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

#define START ">>>\n"
#define END "<<<\n"
#define NETSTRING_START "###\n"
#define AUTH "auth"

struct field {
	char *name, *value;
};

struct message {
	struct field fields[MESSAGE_FIELDS_MAX];
	size_t count;
	size_t size; /* of all "name=value\n" */
};

struct message *message_new(void)
{
	struct message *message = vector_resize(NULL, 1, sizeof(*message));

	memset(message, 0, sizeof(*message));
	return message;
}

void message_free(struct message *message)
{
	size_t i;

	if (!message)
		return;
	for (i = 0; i < message->count; i++) {
		free(message->fields[i].name);
		free(message->fields[i].value);
	}
	free(message);
}

const char *message_get(const struct message *message, const char *name)
{
	size_t i;

	for (i = 0; i < message->count; i++)
		if (strcmp(message->fields[i].name, name) == 0)
			return message->fields[i].value;
	return NULL;
}

static bool is_name(const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (bytes[i] <= ' ' || bytes[i] >= 0x7f || bytes[i] == '=')
			return false;
	return length > 0 && length <= MESSAGE_NAME_MAX;
}

static bool is_value(const char *bytes, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((unsigned char)bytes[i] < 0x20 || bytes[i] == 0x7f)
			return false;
	return true;
}

static char *copy_bytes(const char *bytes, size_t length)
{
	char *copy = vector_resize(NULL, length + 1, 1);

	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

/* The bytes have been checked to hold no zero. */
static int field_append(struct message *message, const char *name, size_t name_length,
	const char *value, size_t value_length, struct error *err)
{
	size_t size = name_length + value_length + 2, i;

	for (i = 0; i < message->count; i++)
		if (strlen(message->fields[i].name) == name_length &&
			memcmp(message->fields[i].name, name, name_length) == 0)
			return error_set(
				err, EEXIST, "field '%.*s' is there twice", (int)name_length, name);
	if (message->count == MESSAGE_FIELDS_MAX)
		return error_set(err, EMSGSIZE, "more than %d fields", MESSAGE_FIELDS_MAX);
	/* Room is left for the frame and the longest auth field. */
	if (message->size + size > MESSAGE_SIZE_MAX - 128)
		return error_set(err, EMSGSIZE, "larger than %d bytes", MESSAGE_SIZE_MAX);
	message->fields[message->count++] =
		(struct field){copy_bytes(name, name_length), copy_bytes(value, value_length)};
	message->size += size;
	return 0;
}

static int field_parse(struct message *message, const char *line, size_t length, struct error *err)
{
	const char *equals = memchr(line, '=', length);
	size_t name_length, value_length;
	int result;

	if (!equals)
		return error_set(err, EBADMSG, "a line without '='");
	name_length = (size_t)(equals - line);
	value_length = length - name_length - 1;
	if (!is_name(line, name_length))
		return error_set(err, EBADMSG,
			"a field name that is empty, longer than %d or not printable",
			MESSAGE_NAME_MAX);
	if (!is_value(equals + 1, value_length))
		return error_set(err, EBADMSG, "field '%.*s' holds control characters",
			(int)name_length, line);
	result = field_append(message, line, name_length, equals + 1, value_length, err);
	return result == -EEXIST ? -EBADMSG : result;
}

int message_parse(const void *bytes, size_t length, struct message **message, struct error *err)
{
	CLEANUP(cleanup_message) struct message *fresh = message_new();
	struct reader reader = reader_start(bytes, length);
	const char *line;
	size_t size;
	int result;

	if (length > MESSAGE_SIZE_MAX)
		return error_set(
			err, EMSGSIZE, "%zu bytes, the limit is %d", length, MESSAGE_SIZE_MAX);
	line = reader_line(&reader, &size);
	if (line && size == 3 && memcmp(line, NETSTRING_START, 3) == 0)
		return error_set(err, EPROTONOSUPPORT,
			"in netstring form, the only one that Heartbeat 3 sends; this version does not read it");
	if (!line || size != 3 || memcmp(line, START, 3) != 0)
		return error_set(err, EBADMSG, "does not begin with '>>>'");
	for (;;) {
		line = reader_line(&reader, &size);
		if (!line)
			return error_set(err, EBADMSG, "does not end with '<<<'");
		if (size == 3 && memcmp(line, END, 3) == 0)
			break;
		result = field_parse(fresh, line, size, err);
		if (result < 0)
			return result;
	}
	if (reader.left > 1 || (reader.left == 1 && reader_u8(&reader) != 0))
		return error_set(err, EBADMSG, "more bytes behind '<<<'");
	*message = TAKE(fresh);
	return 0;
}

int message_get_hex(
	const struct message *message, const char *name, uint64_t *number, struct error *err)
{
	const char *value = message_get(message, name), *at;
	uint64_t result = 0;

	if (!value)
		return error_set(err, ENOENT, "field '%s' is missing", name);
	for (at = value; *at; at++) {
		int digit = *at >= '0' && *at <= '9'   ? *at - '0'
			    : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10
			    : *at >= 'A' && *at <= 'F' ? *at - 'A' + 10
						       : -1;

		if (digit < 0 || at - value >= 16)
			break;
		result = result << 4 | (uint64_t)digit;
	}
	if (*at || at == value)
		return error_set(
			err, EBADMSG, "field '%s' is not a number of 1 to 16 hex digits", name);
	*number = result;
	return 0;
}

int message_add(struct message *message, const char *name, const char *value, struct error *err)
{
	if (!is_name(name, strlen(name)) || !is_value(value, strlen(value)))
		return error_set(err, EINVAL, "field '%.64s' cannot be sent", name);
	return field_append(message, name, strlen(name), value, strlen(value), err);
}

int message_add_hex(struct message *message, const char *name, uint64_t number, struct error *err)
{
	char text[20];

	snprintf(text, sizeof(text), "%" PRIx64, number);
	return message_add(message, name, text, err);
}

/* What the code covers, behind whatever the writer holds already. */
static void body_write(const struct message *message, struct writer *writer)
{
	size_t i;

	for (i = 0; i < message->count; i++) {
		if (strcmp(message->fields[i].name, AUTH) == 0)
			continue;
		writer_text(writer, message->fields[i].name);
		writer_u8(writer, '=');
		writer_text(writer, message->fields[i].value);
		writer_u8(writer, '\n');
	}
}

int message_write(const struct message *message, const struct authkeys *keys, void *buffer,
	size_t size, size_t *length, struct error *err)
{
	struct writer writer = writer_start(buffer, size);
	char code[AUTHKEYS_CODE_MAX + 1], number[16];
	size_t head;
	int result;

	writer_text(&writer, START);
	head = writer.length;
	body_write(message, &writer);
	if (writer.failed)
		return error_set(err, EMSGSIZE, "message larger than %zu bytes", size);
	result = authkeys_code(keys, authkeys_current(keys), (char *)buffer + head,
		writer.length - head, code, err);
	if (result < 0)
		return result;
	snprintf(number, sizeof(number), "%u ", authkeys_current(keys));
	writer_text(&writer, AUTH "=");
	writer_text(&writer, number);
	writer_text(&writer, code);
	writer_text(&writer, "\n" END);
	if (writer.failed)
		return error_set(err, EMSGSIZE, "message larger than %zu bytes", size);
	*length = writer.length;
	return 0;
}

int message_authenticate(
	const struct message *message, const struct authkeys *keys, struct error *err)
{
	const char *auth = message_get(message, AUTH);
	char code[AUTHKEYS_CODE_MAX + 1];
	CLEANUP(cleanup_free) char *body = NULL;
	struct writer writer;
	unsigned int number = 0;
	const char *at;
	int result;

	if (!auth)
		return error_set(err, EACCES, "no auth field");
	for (at = auth; *at >= '0' && *at <= '9' && at - auth < 3; at++)
		number = number * 10 + (unsigned int)(*at - '0');
	if (at == auth || *at != ' ')
		return error_set(err, EACCES, "the auth field is not 'NUMBER CODE'");
	at++;
	body = vector_resize(NULL, message->size + 1, 1);
	writer = writer_start(body, message->size + 1);
	body_write(message, &writer);
	result = authkeys_code(keys, number, body, writer.length, code, err);
	if (result < 0)
		return err ? (err->number = EACCES, -EACCES) : -EACCES;
	if (strlen(at) != strlen(code) || CRYPTO_memcmp(at, code, strlen(code)) != 0)
		return error_set(err, EACCES,
			"wrong code for key %u; is authkeys the same on all nodes?", number);
	return 0;
}
