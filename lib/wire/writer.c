/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded writing of bytes for the network. */
#include "lib/wire/writer.h"

#include <string.h>

struct writer writer_start(void *buffer, size_t size)
{
	return (struct writer){.bytes = buffer, .size = size};
}

void writer_bytes(struct writer *writer, const void *bytes, size_t length)
{
	if (writer->failed || length > writer->size - writer->length) {
		writer->failed = true;
		return;
	}
	if (length)
		memcpy(writer->bytes + writer->length, bytes, length);
	writer->length += length;
}

static void writer_number(struct writer *writer, uint64_t number, size_t size)
{
	uint8_t bytes[8];
	size_t i;

	for (i = size; i > 0; i--) {
		bytes[i - 1] = (uint8_t)number;
		number >>= 8;
	}
	writer_bytes(writer, bytes, size);
}

void writer_u8(struct writer *writer, uint8_t number)
{
	writer_number(writer, number, 1);
}

void writer_u16(struct writer *writer, uint16_t number)
{
	writer_number(writer, number, 2);
}

void writer_u32(struct writer *writer, uint32_t number)
{
	writer_number(writer, number, 4);
}

void writer_u64(struct writer *writer, uint64_t number)
{
	writer_number(writer, number, 8);
}

void writer_text(struct writer *writer, const char *words)
{
	writer_bytes(writer, words, strlen(words));
}
