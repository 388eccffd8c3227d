/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives of any bytes, drained entry by entry: what is not refused is a path below the top, and
 * no more is unpacked than the limits say. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "orchestrator/bundle/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that a round is short. */
static const struct container_limits limits = {
	.entries = 50, .entry_size = 1 << 20, .ratio = 10, .total_size = 2 << 20};

static void check_name(const char *name)
{
	if (!*name || *name == '/' || strstr(name, "//"))
		abort();
	for (; *name; name += strcspn(name, "/"), name += *name == '/')
		if (strncmp(name, "..", 2) == 0 && (name[2] == '/' || !name[2]))
			abort();
}

static int drain(struct container *container, uint64_t *total, struct error *err)
{
	const void *bytes;
	size_t length;
	int result;

	do {
		result = container_read(container, &bytes, &length, err);
		if (result == 0)
			*total += length;
	} while (result == 0 && length);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_close) int file = memfd_create("archive", MFD_CLOEXEC);
	CLEANUP(cleanup_container) struct container *container = NULL;
	struct container_entry entry;
	CLEANUP(error_release) struct error err = {0};
	uint64_t total = 0;
	int result;

	if (file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	result = container_open(file, "archive", &limits, &container, &err);
	while (result == 0) {
		result = container_next(container, &entry, &err);
		if (result <= 0)
			break;
		result = 0;
		if (!entry.refusal) {
			check_name(entry.name);
			result = drain(container, &total, &err);
		}
	}
	if (result < 0 && !*error_text(&err))
		abort();
	if (total > limits.total_size && total > size * limits.ratio)
		abort();
	return 0;
}
