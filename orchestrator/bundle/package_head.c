/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a package file before its payload. */
#include "orchestrator/bundle/package_head.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/ar.h"
#include "orchestrator/bundle/stream.h"

enum {
	LEAD_SIZE = 96,
	INTRO_SIZE = 16,
	INDEX_ENTRY_SIZE = 16,
	HEADERS_MAX = 64 << 20,
	MEMBERS_MAX = 16,
};

static uint32_t big_endian(const char *bytes)
{
	const unsigned char *octets = (const unsigned char *)bytes;

	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
	       octets[3];
}

/* Reads on until bytes has that length. */
static int extend(
	int descriptor, const char *path, uint64_t length, struct text *bytes, struct error *err)
{
	char buffer[16384];

	while (bytes->length < length) {
		uint64_t left = length - bytes->length;
		size_t wanted = left < sizeof(buffer) ? (size_t)left : sizeof(buffer);
		ssize_t count = stream_read(descriptor, buffer, wanted);

		if (count < 0)
			return error_system(err, (int)-count, "%s: cannot read", path);
		if (count == 0)
			return error_set(
				err, EBADMSG, "%s: damaged: cut off within its header", path);
		text_append_bytes(bytes, buffer, (size_t)count);
	}
	return 0;
}

/* The size of the header structure that begins with this intro, or 0. */
static uint64_t structure_size(const char *intro)
{
	static const unsigned char magic[] = {0x8e, 0xad, 0xe8, 0x01};

	if (memcmp(intro, magic, sizeof(magic)) != 0)
		return 0;
	return INTRO_SIZE + (uint64_t)big_endian(intro + 8) * INDEX_ENTRY_SIZE +
	       big_endian(intro + 12);
}

static int too_large(const char *path, uint64_t size, struct error *err)
{
	return error_set(err, EBADMSG, "%s: its headers of %llu bytes are larger than %d bytes",
		path, (unsigned long long)size, HEADERS_MAX);
}

/* Reads the header structure that begins where bytes ends, and the padding behind it. */
static int extend_structure(int descriptor, const char *path, const char *otherwise,
	uint64_t alignment, struct text *bytes, struct error *err)
{
	size_t start = bytes->length;
	uint64_t size;
	int result = extend(descriptor, path, start + INTRO_SIZE, bytes, err);

	if (result == -EBADMSG)
		return error_set(err, EBADMSG, "%s: %s", path, otherwise);
	if (result < 0)
		return result;
	size = structure_size(bytes->data + start);
	if (!size)
		return error_set(err, EBADMSG, "%s: %s", path, otherwise);
	size = start + (size + alignment - 1) / alignment * alignment;
	if (size > HEADERS_MAX)
		return too_large(path, size, err);
	return extend(descriptor, path, size, bytes, err);
}

int package_head_complete_rpm(
	int descriptor, const char *path, struct text *bytes, struct error *err)
{
	int result = extend(descriptor, path, LEAD_SIZE, bytes, err);

	if (result == -EBADMSG)
		return error_set(err, EBADMSG, "%s: not an RPM package", path);
	if (result < 0)
		return result;
	/* The signature header is padded to eight bytes; the main header is not. */
	result = extend_structure(descriptor, path, "not an RPM package", 8, bytes, err);
	if (result < 0)
		return result;
	return extend_structure(
		descriptor, path, "damaged: its main header is none", 1, bytes, err);
}

static void append_empty_data(struct text *bytes)
{
	/* What ends a tar archive: two blocks of zeros. */
	static const char nothing[1024];

	text_appendf(bytes, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", "data.tar", 0, 0, 0, "100644",
		sizeof(nothing));
	text_append_bytes(bytes, nothing, sizeof(nothing));
}

/* Members up to the control archive; others in between are left out. */
static int complete_deb(int descriptor, const char *path, struct text *bytes, struct error *err)
{
	bool is_control = false;
	int result, i;

	for (i = 0; i < MEMBERS_MAX && !is_control; i++) {
		size_t start = bytes->length;
		struct ar_member member;
		uint64_t size;

		result = extend(descriptor, path, start + AR_HEADER_SIZE, bytes, err);
		if (result < 0)
			return result;
		if (ar_parse(bytes->data + start, &member) < 0 ||
			text_starts_with(member.name, "data.tar"))
			break;
		size = start + AR_HEADER_SIZE + member.size + member.size % 2;
		if (size > HEADERS_MAX)
			return too_large(path, size, err);
		result = extend(descriptor, path, size, bytes, err);
		if (result < 0)
			return result;
		is_control = text_starts_with(member.name, "control.tar");
		if (!is_control && i > 0)
			bytes->length = start;
	}
	if (!is_control)
		return error_set(err, EBADMSG, "%s: it has no control archive", path);
	append_empty_data(bytes);
	return 0;
}

int package_head_read_descriptor(
	int descriptor, const char *path, struct text *bytes, struct error *err)
{
	CLEANUP(cleanup_text) struct text read = {0};
	int result = extend(descriptor, path, STREAM_MAGIC_SIZE, &read, err);

	if (result == -EBADMSG)
		return error_set(err, EBADMSG, "%s: neither an RPM nor a Debian package", path);
	if (result < 0)
		return result;
	result = memcmp(read.data, STREAM_MAGIC_DEB, STREAM_MAGIC_SIZE) == 0
			 ? complete_deb(descriptor, path, &read, err)
			 : package_head_complete_rpm(descriptor, path, &read, err);
	if (result < 0)
		return result;
	text_append_bytes(bytes, read.data, read.length);
	return 0;
}

int package_head_read(const char *path, struct text *bytes, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO by mistake must not hang. */
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	return package_head_read_descriptor(descriptor, path, bytes, err);
}
