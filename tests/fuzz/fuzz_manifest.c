/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists of any bytes: whatever is accepted is a path below the folder and a digest of its
 * kind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/bundle/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Neither absolute nor with "..": nothing that leaves the folder. */
static void check_name(const char *name)
{
	if (*name == '/' || strstr(name, "//"))
		abort();
	for (; *name; name += strcspn(name, "/"), name += *name == '/')
		if (strncmp(name, "..", 2) == 0 && (name[2] == '/' || !name[2]))
			abort();
}

static void check(const struct manifest_entry *entry)
{
	size_t length;

	if (!entry->line)
		abort();
	if (entry->form == MANIFEST_IMPROPER)
		return;
	if (entry->form == MANIFEST_GOOD)
		check_name(entry->name);
	length = strlen(entry->digest);
	if (entry->kind >= DIGEST_COUNT || !length || length % 2 ||
		length > digest_length(entry->kind) ||
		(entry->kind != DIGEST_BLAKE2B && length != digest_length(entry->kind)) ||
		entry->digest[strspn(entry->digest, "0123456789abcdef")])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (enum digest_kind kind = DIGEST_MD5; kind <= DIGEST_COUNT; kind++) {
		struct manifest *manifest = manifest_parse("SUMS", (const char *)data, size, kind);
		struct digest_wanted wanted = {0};

		for (size_t i = 0; i < manifest->count; i++)
			check(&manifest->entries[i]);
		if (manifest->proper > manifest->count)
			abort();
		manifest_wants(manifest, &wanted);
		manifest_free(manifest);
	}
	return 0;
}
