/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ASCII armour of OpenPGP signatures. */
#include "orchestrator/bundle/armour.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/cleanup.h"

/* A line is decoded at a time; RFC 4880 allows 76 characters, others write more. */
enum { LINE_MAX_LENGTH = 1024 };

/* RFC 4880, 6.1 */
static uint32_t checksum(const struct text *binary)
{
	uint32_t sum = 0xb704ce;

	for (size_t i = 0; i < binary->length; i++) {
		sum ^= (uint32_t)(unsigned char)binary->data[i] << 16;
		for (int j = 0; j < 8; j++)
			sum = sum & 0x800000 ? sum << 1 ^ 0x1864cfb : sum << 1;
	}
	return sum & 0xffffff;
}

/* How many bytes a line of Base64 stands for, or -1. */
static int decode_line(const char *line, size_t length, unsigned char *bytes)
{
	int count, padding = 0;

	if (length % 4 || length > LINE_MAX_LENGTH || !length)
		return -1;
	while (padding < 2 && line[length - 1 - (size_t)padding] == '=')
		padding++;
	/* In the middle it would be taken for zeros. */
	if (memchr(line, '=', length - (size_t)padding))
		return -1;
	count = EVP_DecodeBlock(bytes, (const unsigned char *)line, (int)length);
	return count < 0 ? -1 : count - padding;
}

static bool is_sum(const char *line, size_t length, const struct text *binary)
{
	unsigned char bytes[LINE_MAX_LENGTH];

	return length == 5 && decode_line(line + 1, 4, bytes) == 3 &&
	       checksum(binary) == ((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2]);
}

/* Reads the body up to the last line of the armour. */
static bool decode_body(const char *line, struct text *binary)
{
	static const char end[] = "-----END PGP SIGNATURE-----";
	bool has_sum = false;

	for (; *line; line += strspn(line, "\n")) {
		unsigned char bytes[LINE_MAX_LENGTH];
		size_t size = strcspn(line, "\n"), length = size;
		int count;

		while (length && strchr(" \t\r", line[length - 1]))
			length--;
		if (length == strlen(end) && strncmp(line, end, length) == 0)
			return binary->length > 0;
		if (length && *line == '=' && !has_sum) {
			has_sum = true;
			if (!is_sum(line, length, binary))
				return false;
		} else if (length) {
			count = has_sum ? -1 : decode_line(line, length, bytes);
			if (count < 0)
				return false;
			text_append_bytes(binary, bytes, (size_t)count);
		}
		line += size;
	}
	return false;
}

/* The first line behind the headers ("Version: ...") and the empty line that ends them. */
static const char *skip_headers(const char *line)
{
	while (line && *line) {
		const char *end = strchr(line, '\n');
		bool is_empty = line[strspn(line, " \t\r")] == '\n';

		line = end ? end + 1 : NULL;
		if (is_empty)
			return line;
	}
	return NULL;
}

int armour_decode(const struct text *words, struct text *binary)
{
	static const char begin[] = "-----BEGIN PGP SIGNATURE-----";
	CLEANUP(cleanup_text) struct text read = {0};
	const char *line = strstr(text_string(words), begin);

	if (!line || strlen(text_string(words)) != words->length)
		return -EBADMSG;
	line = strchr(line, '\n');
	line = line ? skip_headers(line + 1) : NULL;
	if (!line || !decode_body(line, &read))
		return -EBADMSG;
	text_append_bytes(binary, read.data, read.length);
	return 0;
}
