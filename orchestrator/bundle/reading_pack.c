/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reading as bytes and back; the contract is in reading.h. */
#include <errno.h>
#include <string.h>

#include "lib/wire/reader.h"
#include "lib/wire/writer.h"
#include "orchestrator/bundle/reading.h"

/* Between a process and its children only, so there is no version in it. */
enum { FLAG_FAILURE = 1, FLAG_PACKAGE = 2, FLAG_DAMAGE = 4 };
/* All kinds, BLAKE2b in all its lengths. */
enum { DIGESTS_MAX = DIGEST_COUNT + 63 };

static void pack_words(struct writer *writer, const char *words)
{
	size_t length = words ? strlen(words) : 0;

	length = length < ERROR_TEXT_MAX ? length : ERROR_TEXT_MAX;
	writer_u16(writer, (uint16_t)length);
	writer_bytes(writer, words ? words : "", length);
}

void reading_pack(const struct reading *reading, struct text *bytes)
{
	char buffer[DIGESTS_MAX * (DIGEST_HEX_MAX + 3) + 2 * ERROR_TEXT_MAX + 32];
	struct writer writer = writer_start(buffer, sizeof(buffer));

	writer_u8(&writer, (uint8_t)((reading->failure ? FLAG_FAILURE : 0) |
				     (reading->is_package ? FLAG_PACKAGE : 0) |
				     (reading->damage ? FLAG_DAMAGE : 0)));
	pack_words(&writer, reading->failure);
	pack_words(&writer, reading->damage);
	writer_u64(&writer, reading->digests.size);
	writer_u8(&writer, (uint8_t)reading->digests.count);
	for (size_t i = 0; i < reading->digests.count; i++) {
		writer_u8(&writer, (uint8_t)reading->digests.items[i].kind);
		pack_words(&writer, reading->digests.items[i].hex);
	}
	text_append_bytes(bytes, buffer, writer.length);
	if (reading->is_package && !reading->damage)
		package_pack(&reading->package, bytes);
}

/* Owned words without a zero byte; NULL when there are none such. */
static char *unpack_words(struct reader *reader)
{
	size_t length = reader_u16(reader);
	const char *bytes = reader_bytes(reader, length);
	struct text words = {0};

	if (!bytes || length > ERROR_TEXT_MAX || memchr(bytes, '\0', length)) {
		reader->failed = true;
		return NULL;
	}
	text_append_bytes(&words, bytes, length);
	return text_take(&words);
}

static void unpack_digest(struct reader *reader, struct digest *digest)
{
	uint8_t kind = reader_u8(reader);
	CLEANUP(cleanup_free) char *hex = unpack_words(reader);
	size_t length = hex ? strlen(hex) : 0;

	if (!hex || kind >= DIGEST_COUNT || length % 2 || !length ||
		length > digest_length((enum digest_kind)kind) ||
		(kind != DIGEST_BLAKE2B && length != digest_length((enum digest_kind)kind)) ||
		hex[strspn(hex, "0123456789abcdef")]) {
		reader->failed = true;
		return;
	}
	digest->kind = (enum digest_kind)kind;
	memcpy(digest->hex, hex, length + 1);
}

static void unpack_digests(struct reader *reader, struct digests *digests)
{
	size_t count;

	digests->size = reader_u64(reader);
	count = reader_u8(reader);
	if (count > DIGESTS_MAX)
		reader->failed = true;
	if (reader->failed || !count)
		return;
	digests->items = calloc(count, sizeof(*digests->items));
	if (!digests->items) {
		reader->failed = true;
		return;
	}
	digests->count = count;
	for (size_t i = 0; i < count && !reader->failed; i++)
		unpack_digest(reader, &digests->items[i]);
}

int reading_unpack(const void *bytes, size_t length, struct reading *reading, struct error *err)
{
	struct reader reader = reader_start(bytes, length);
	CLEANUP(cleanup_reading) struct reading found = {0};
	uint8_t flags = reader_u8(&reader);
	int result;

	found.failure = unpack_words(&reader);
	found.damage = unpack_words(&reader);
	unpack_digests(&reader, &found.digests);
	if (reader.failed || flags > (FLAG_FAILURE | FLAG_PACKAGE | FLAG_DAMAGE))
		return error_set(err, EPROTO, "the reading process answered with nonsense");
	if (!(flags & FLAG_FAILURE)) {
		free(found.failure);
		found.failure = NULL;
	}
	if (!(flags & FLAG_DAMAGE)) {
		free(found.damage);
		found.damage = NULL;
	}
	found.is_package = flags & FLAG_PACKAGE;
	if (found.is_package && !found.damage && !found.failure) {
		result = package_unpack(reader.next, reader.left, &found.package, err);
		if (result < 0)
			return result;
	}
	*reading = found;
	found = (struct reading){0};
	return 0;
}
