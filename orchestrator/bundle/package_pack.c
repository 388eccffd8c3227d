/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A package as bytes and back; the contract is in package.h. */
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/vector.h"
#include "lib/wire/reader.h"
#include "orchestrator/bundle/package.h"

/* Within one program only, so there is no version in it. */

static void pack_u32(struct text *bytes, uint32_t number)
{
	const unsigned char octets[] = {(unsigned char)(number >> 24),
		(unsigned char)(number >> 16), (unsigned char)(number >> 8), (unsigned char)number};

	text_append_bytes(bytes, octets, sizeof(octets));
}

static void pack_words(struct text *bytes, const char *words)
{
	size_t length = words ? strlen(words) : 0;

	pack_u32(bytes, (uint32_t)length);
	text_append_bytes(bytes, words ? words : "", length);
}

static void pack_relations(struct text *bytes, const struct package_relations *relations)
{
	pack_u32(bytes, (uint32_t)relations->count);
	for (size_t i = 0; i < relations->count; i++) {
		const struct package_relation *relation = &relations->items[i];

		pack_words(bytes, relation->name);
		pack_u32(bytes, relation->comparison);
		pack_words(bytes, relation->version);
		pack_u32(bytes, relation->group);
	}
}

void package_pack(const struct package *package, struct text *bytes)
{
	pack_u32(bytes, package->format);
	pack_words(bytes, package->name);
	pack_u32(bytes, package->epoch);
	pack_words(bytes, package->version);
	pack_words(bytes, package->release);
	pack_words(bytes, package->arch);
	pack_words(bytes, package->evr);
	pack_words(bytes, package->nevra);
	pack_words(bytes, package->source);
	pack_words(bytes, package->source_version);
	pack_u32(bytes, (uint32_t)(package->installed_size >> 32));
	pack_u32(bytes, (uint32_t)package->installed_size);
	pack_u32(bytes, package->signature);
	pack_words(bytes, package->key);
	pack_relations(bytes, &package->requires);
	pack_relations(bytes, &package->provides);
	pack_u32(bytes, (uint32_t)package->note_count);
	for (size_t i = 0; i < package->note_count; i++)
		pack_words(bytes, package->notes[i]);
}

static char *unpack_words(struct reader *reader)
{
	size_t length = reader_u32(reader);
	const char *words = reader_bytes(reader, length);
	char *copy;

	if (!words || memchr(words, '\0', length)) {
		reader->failed = true;
		return text_copy("");
	}
	copy = vector_resize(NULL, length + 1, 1);
	memcpy(copy, words, length);
	copy[length] = '\0';
	return copy;
}

static uint32_t unpack_at_most(struct reader *reader, uint32_t limit)
{
	uint32_t number = reader_u32(reader);

	reader->failed |= number > limit;
	return number > limit ? 0 : number;
}

static void unpack_relations(struct reader *reader, struct package_relations *relations)
{
	uint32_t count = unpack_at_most(reader, PACKAGE_RELATIONS_MAX);

	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct package_relation *relation =
			VECTOR_APPEND(relations->items, relations->count);

		relation->name = unpack_words(reader);
		relation->comparison = unpack_at_most(reader, PACKAGE_GREATER);
		relation->version = unpack_words(reader);
		relation->group = reader_u32(reader);
	}
}

int package_unpack(const void *bytes, size_t length, struct package *package, struct error *err)
{
	struct reader reader = reader_start(bytes, length);
	struct package found = {0};
	uint32_t count;

	found.format = unpack_at_most(&reader, PACKAGE_DEB);
	found.name = unpack_words(&reader);
	found.epoch = reader_u32(&reader);
	found.version = unpack_words(&reader);
	found.release = unpack_words(&reader);
	found.arch = unpack_words(&reader);
	found.evr = unpack_words(&reader);
	found.nevra = unpack_words(&reader);
	found.source = unpack_words(&reader);
	found.source_version = unpack_words(&reader);
	found.installed_size = reader_u64(&reader);
	found.signature = unpack_at_most(&reader, PACKAGE_SIGNATURE_NOT_TRUSTED);
	found.key = unpack_words(&reader);
	unpack_relations(&reader, &found.requires);
	unpack_relations(&reader, &found.provides);
	count = unpack_at_most(&reader, PACKAGE_NOTES_MAX);
	for (uint32_t i = 0; i < count && !reader.failed; i++)
		*VECTOR_APPEND(found.notes, found.note_count) = unpack_words(&reader);
	if (reader.failed || reader.left) {
		package_clear(&found);
		return error_set(err, EPROTO, "what a reading process said is no package");
	}
	*package = found;
	return 0;
}
