/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target over every file of its corpus folder, where libFuzzer is not linked in. */
#include <dirent.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (file_read(path, 1 << 24, &bytes, &length, &err) < 0) {
		fprintf(stderr, "%s\n", error_text(&err));
		return -1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
	return 0;
}

int main(int argc, char **argv)
{
	/* tests/fuzz/fuzz_NAME reads tests/fuzz/corpus/NAME, or the folder given. */
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *source = getenv("srcdir") ? getenv("srcdir") : ".";
	CLEANUP(cleanup_free)
	char *folder =
		argc > 1 ? text_copy(argv[1])
			 : text_format("%s/tests/fuzz/corpus/%s", source, name + strlen("fuzz_"));
	CLEANUP(cleanup_closedir) DIR *directory = opendir(folder);
	struct dirent *entry;
	int count = 0;

	if (!directory) {
		perror(folder);
		return 1;
	}
	while ((entry = readdir(directory))) {
		CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		if (replay(path) < 0)
			return 1;
		count++;
	}
	printf("%s: %d inputs\n", name, count);
	/* An empty corpus is a test that cannot fail. */
	return count ? 0 : 1;
}
