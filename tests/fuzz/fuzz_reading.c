/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reading process answers, of any bytes: it may be in the hands of the file it read. What is
 * accepted is the same when packed and unpacked again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/bundle/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_reading) struct reading reading = {0};
	CLEANUP(cleanup_reading) struct reading again = {0};
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(error_release) struct error err = {0};

	if (reading_unpack(data, size, &reading, &err) < 0) {
		if (!*error_text(&err))
			abort();
		return 0;
	}
	if (reading.is_package && !reading.damage && !reading.failure && !reading.package.name)
		abort();
	for (size_t i = 0; i < reading.digests.count; i++) {
		const struct digest *digest = &reading.digests.items[i];
		size_t length = strlen(digest->hex);

		if (digest->kind >= DIGEST_COUNT || !length || length % 2 ||
			length > digest_length(digest->kind))
			abort();
	}
	/* A failure hides the package, which is packed all the same. */
	if (reading.failure)
		return 0;
	reading_pack(&reading, &bytes);
	if (reading_unpack(bytes.data, bytes.length, &again, &err) < 0 ||
		again.digests.count != reading.digests.count ||
		again.is_package != reading.is_package || !again.damage != !reading.damage)
		abort();
	return 0;
}
