/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which profiles there are, in the folders where they are looked for. */
#include "orchestrator/cluster/catalog.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/value.h"

static bool has_name(const struct catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->count; i++)
		if (strcmp(catalog->items[i].name, name) == 0)
			return true;
	return false;
}

static void read_folder(const char *folder, struct catalog *catalog)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		CLEANUP(cleanup_free) struct dirent *entry = entries[i];
		CLEANUP(cleanup_free) char *name = NULL;
		struct catalog_entry *item;
		bool hidden;

		if (!text_ends_with(entry->d_name, ".conf"))
			continue;
		name = text_format(
			"%.*s", (int)(strlen(entry->d_name) - strlen(".conf")), entry->d_name);
		if (!value_is_name(name))
			continue;
		hidden = has_name(catalog, name);
		item = VECTOR_APPEND(catalog->items, catalog->count);
		item->hidden = hidden;
		item->path = text_format("%s/%s", folder, entry->d_name);
		item->name = TAKE(name);
	}
	free(entries);
}

void catalog_read(const char *folder, struct catalog *catalog)
{
	if (folder)
		read_folder(folder, catalog);
	read_folder(SYSCONFDIR "/haupgrade/profiles", catalog);
	read_folder(PKGDATADIR "/profiles", catalog);
}

void catalog_clear(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->count; i++) {
		free(catalog->items[i].name);
		free(catalog->items[i].path);
	}
	free(catalog->items);
	*catalog = (struct catalog){0};
}
