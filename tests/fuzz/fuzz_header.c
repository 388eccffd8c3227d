/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes finding the end of an RPM file's headers: what is accepted is the file's beginning, and
 * what is refused leaves the output as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/package_head.h"

/* Lead, and the intros of two headers without entries. */
enum { SMALLEST = 96 + 16 + 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_close) int file = memfd_create("package", MFD_CLOEXEC);
	CLEANUP(cleanup_free) char *path = text_format("/proc/self/fd/%d", file);
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(error_release) struct error err = {0};
	int result;

	if (file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	text_append_bytes(&bytes, "before", 6);
	result = package_head_read(path, &bytes, &err);
	if (bytes.length < 6 || memcmp(bytes.data, "before", 6) != 0)
		abort();
	if (result < 0) {
		if (bytes.length != 6 || !*error_text(&err))
			abort();
		return 0;
	}
	if (bytes.length - 6 < SMALLEST || bytes.length - 6 > size ||
		memcmp(bytes.data + 6, data, bytes.length - 6) != 0)
		abort();
	return 0;
}
