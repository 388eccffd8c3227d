/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes reading packages, RPM and Debian: what is accepted survives being packed and unpacked,
 * what is refused says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct package *package)
{
	CLEANUP(cleanup_text) struct text one = {0};
	CLEANUP(cleanup_text) struct text other = {0};
	struct package copy = {0};
	CLEANUP(error_release) struct error err = {0};

	if (!package->name || !*package->name || !package->evr || !package->nevra ||
		!package->arch || !package->source || !package->source_version || !package->key)
		abort();
	package_pack(package, &one);
	if (package_unpack(one.data, one.length, &copy, &err) < 0)
		abort();
	package_pack(&copy, &other);
	if (one.length != other.length || memcmp(one.data, other.data, one.length) != 0)
		abort();
	package_clear(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keyring *keyring;
	CLEANUP(cleanup_close) int file = memfd_create("package", MFD_CLOEXEC);
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};

	if (!keyring && keyring_open(NULL, &keyring, &err) < 0)
		abort();
	if (file < 0 || write(file, data, size) != (ssize_t)size || lseek(file, 0, SEEK_SET) < 0)
		abort();
	if (package_read_descriptor(file, "package", keyring, &package, &err) < 0) {
		if (!*error_text(&err) || package.name)
			abort();
	} else {
		check(&package);
	}
	package_clear(&package);
	/* As what a reading process says, too. */
	if (package_unpack(data, size, &package, &err) == 0)
		package_clear(&package);
	return 0;
}
