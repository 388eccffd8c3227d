/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an OpenPGP packet ends (RFC 4880, 4.2). */
#include "orchestrator/bundle/packet.h"

#include "lib/wire/reader.h"

/* 4.2.2; lengths in parts are for data only, never for keys and signatures. */
static uint32_t new_length(struct reader *reader)
{
	uint32_t first = reader_u8(reader);

	if (first < 192)
		return first;
	if (first < 224)
		return ((first - 192) << 8) + reader_u8(reader) + 192;
	if (first == 255)
		return reader_u32(reader);
	reader->failed = true;
	return 0;
}

/* 4.2.1 */
static uint32_t old_length(struct reader *reader, unsigned int type)
{
	switch (type) {
	case 0:
		return reader_u8(reader);
	case 1:
		return reader_u16(reader);
	case 2:
		return reader_u32(reader);
	}
	reader->failed = true;
	return 0;
}

bool packet_first(const uint8_t *bytes, size_t length, struct packet *packet)
{
	struct reader reader = reader_start(bytes, length);
	uint8_t first = reader_u8(&reader);
	bool is_new = first & 0x40;
	uint32_t size;

	if (!(first & 0x80))
		return false;
	size = is_new ? new_length(&reader) : old_length(&reader, first & 3);
	if (!reader_bytes(&reader, size) && size)
		return false;
	if (reader.failed)
		return false;
	packet->tag = is_new ? first & 0x3f : (first >> 2) & 0xf;
	packet->bytes = bytes;
	packet->size = length - reader.left;
	return true;
}
