/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of an RPM file before its payload. */
#include "orchestrator/bundle/header.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"

enum { LEAD_SIZE = 96, INTRO_SIZE = 16, INDEX_ENTRY_SIZE = 16, HEADER_MAX = 256 << 20 };

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The size of the header that begins with this intro, or 0. */
static uint64_t header_size(const unsigned char *intro)
{
	static const unsigned char magic[] = {0x8e, 0xad, 0xe8, 0x01};
	uint64_t size;

	if (memcmp(intro, magic, sizeof(magic)) != 0)
		return 0;
	size = INTRO_SIZE + (uint64_t)big_endian(intro + 8) * INDEX_ENTRY_SIZE +
	       big_endian(intro + 12);
	return size <= HEADER_MAX ? size : 0;
}

static bool intro_size(FILE *file, uint64_t at, uint64_t *size)
{
	unsigned char intro[INTRO_SIZE];

	if (fseeko(file, (off_t)at, SEEK_SET) != 0 || fread(intro, sizeof(intro), 1, file) != 1)
		return false;
	*size = header_size(intro);
	return *size != 0;
}

int header_read(const char *path, struct text *bytes, struct error *err)
{
	CLEANUP(cleanup_fclose) FILE *file = fopen(path, "re");
	CLEANUP(cleanup_text) struct text read = {0};
	uint64_t signature, main_size, left;

	if (!file)
		return error_system(err, errno, "%s: cannot open", path);
	if (!intro_size(file, LEAD_SIZE, &signature))
		return error_set(err, EBADMSG, "%s: not an RPM package", path);
	/* The signature header is padded to eight bytes; the main header is not. */
	signature = (signature + 7) / 8 * 8;
	if (!intro_size(file, LEAD_SIZE + signature, &main_size))
		return error_set(err, EBADMSG, "%s: its main header is damaged", path);
	rewind(file);
	for (left = LEAD_SIZE + signature + main_size; left;) {
		char buffer[16384];
		size_t count = left < sizeof(buffer) ? (size_t)left : sizeof(buffer);

		if (fread(buffer, count, 1, file) != 1)
			return error_set(err, EBADMSG, "%s: cut off within its header", path);
		text_append_bytes(&read, buffer, count);
		left -= count;
	}
	text_append_bytes(bytes, read.data, read.length);
	return 0;
}
