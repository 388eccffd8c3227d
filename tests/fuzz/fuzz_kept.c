/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says it keeps, and of its configuration files. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/keep/kept_packages.h"
#include "orchestrator/keep/tidy.h"
#include "orchestrator/node/config_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_kept(enum profile_packager kind, const char *bytes, size_t size)
{
	const struct profile profile = {.packager = kind};
	CLEANUP(cleanup_kept_packages) struct kept_packages kept = {0};
	CLEANUP(error_release) struct error err = {0};

	if (kept_packages_parse(packager_of(&profile), bytes, size, &kept, &err) < 0)
		return;
	for (size_t i = 0; i < kept.count; i++) {
		const char *label = kept.packages[i].label;
		char *path = kept_packages_path(&kept.packages[i]);

		free(path);
		/* Whatever a node says, it names a file in one folder below the root. */
		if (!kept_packages_find(&kept, label, strlen(label)) ||
			strchr(kept.packages[i].folder, '/') || strchr(kept.packages[i].file, '/'))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_config_changes) struct config_changes changes = {0};
	CLEANUP(cleanup_text) struct text told = {0};
	CLEANUP(cleanup_free) char *names = tidy_parse((const char *)data, size);
	CLEANUP(error_release) struct error err = {0};

	/* They go into a note of one line. */
	if (strpbrk(names, "\n\x1b"))
		abort();
	read_kept(PROFILE_RPM, (const char *)data, size);
	read_kept(PROFILE_DPKG, (const char *)data, size);
	if (config_changes_parse((const char *)data, size, &changes, &err) == 0)
		config_changes_tell(&changes, &told);
	return 0;
}
