/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading of bytes from the network. */
#include "lib/wire/reader.h"

#include <string.h>

struct reader reader_start(const void *bytes, size_t length)
{
	return (struct reader){.next = bytes, .left = length};
}

const void *reader_bytes(struct reader *reader, size_t length)
{
	const uint8_t *bytes = reader->next;

	if (reader->failed || length > reader->left) {
		reader->failed = true;
		return NULL;
	}
	reader->next += length;
	reader->left -= length;
	return bytes;
}

static uint64_t reader_number(struct reader *reader, size_t size)
{
	const uint8_t *bytes = reader_bytes(reader, size);
	uint64_t number = 0;
	size_t i;

	for (i = 0; bytes && i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

uint8_t reader_u8(struct reader *reader)
{
	return (uint8_t)reader_number(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
	return (uint16_t)reader_number(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
	return (uint32_t)reader_number(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
	return reader_number(reader, 8);
}

const char *reader_line(struct reader *reader, size_t *length)
{
	const uint8_t *end =
		reader->failed || !reader->left ? NULL : memchr(reader->next, '\n', reader->left);
	size_t size;

	if (!end) {
		reader->failed = true;
		return NULL;
	}
	size = (size_t)(end - reader->next);
	*length = size;
	return reader_bytes(reader, size + 1);
}
