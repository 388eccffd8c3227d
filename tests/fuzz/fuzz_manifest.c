/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists of any bytes: whatever is accepted is a plain name and a digest of its kind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/bundle/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct manifest_entry *entry)
{
	if (!*entry->name || strchr(entry->name, '/') || strcmp(entry->name, "..") == 0)
		abort();
	if (entry->kind >= DIGEST_COUNT || strlen(entry->digest) != digest_length(entry->kind) ||
		entry->digest[strspn(entry->digest, "0123456789abcdef")])
		abort();
	if (!entry->line)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (enum digest_kind kind = DIGEST_MD5; kind <= DIGEST_COUNT; kind++) {
		struct problems problems = {0};
		struct manifest *manifest =
			manifest_parse("SUMS", (const char *)data, size, kind, &problems);

		for (size_t i = 0; i < manifest->count; i++)
			check(&manifest->entries[i]);
		if (!manifest->count && !problems.count)
			abort();
		manifest_free(manifest);
		problems_clear(&problems);
	}
	return 0;
}
