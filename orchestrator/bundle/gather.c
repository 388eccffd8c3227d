/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads all that a folder holds; and what both kinds of bundles share. */
#include "orchestrator/bundle/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/folder.h"

bool gather_tick(void *data)
{
	const struct gather *gather = data;
	const struct bundle_options *options = gather->options;

	if (options->progress)
		options->progress(options->data,
			gather->done ? gather->done : pool_progress(gather->pool), gather->total);
	return !options->cancel || !*options->cancel;
}

static void take_reading(void *data, size_t token, struct reading *reading)
{
	struct gather *gather = data;
	struct bundle_file *file = &gather->content->files[token];

	if (file->cut) {
		reading_clear(reading);
		reading->failure = text_copy("the archive ends or is damaged within it");
	}
	if (gather->digests_only && !reading->failure) {
		digests_clear(&file->reading.digests);
		file->reading.digests = reading->digests;
		reading->digests = (struct digests){0};
		return;
	}
	reading_clear(&file->reading);
	file->reading = *reading;
	*reading = (struct reading){0};
}

int gather_begin(struct gather *gather, struct error *err)
{
	const struct pool_config config = {
		.workers = gather->options->workers,
		.keyring = gather->keyring,
		.data = gather,
		.done = take_reading,
		.tick = gather_tick,
	};

	return pool_open(&config, &gather->pool, err);
}

bool gather_has_room(struct gather *gather, const char *name, size_t length)
{
	struct bundle_content *content = gather->content;

	gather->attached += length;
	if (gather->attached <= CONTENT_ATTACHMENTS_MAX)
		return true;
	/* Once is enough. */
	if (gather->attached - length <= CONTENT_ATTACHMENTS_MAX)
		bundle_find(&content->findings, BUNDLE_PROBLEM, name,
			"with it the manifests and their signatures come to more than 16 MiB, and no more of them are read: no bundle has so many");
	return false;
}

static int read_attachment(const char *path, struct text *bytes, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = -1;
	CLEANUP(cleanup_free) char *content = NULL;
	size_t length;
	int result = file_open_regular(path, &descriptor);

	if (result == -EINVAL)
		return error_set(err, EINVAL, "%s: not a regular file", path);
	if (result < 0)
		return error_system(err, -result, "%s: cannot open", path);
	result = file_read_descriptor(
		descriptor, path, CONTENT_ATTACHMENT_MAX, &content, &length, err);
	if (result == 0)
		text_append_bytes(bytes, content, length);
	return result;
}

static int attach(struct gather *gather, const char *name, struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", gather->path, name);
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(error_release) struct error why = {0};
	int result = read_attachment(path, &bytes, &why);

	if (result == -EFBIG) {
		bundle_find(&gather->content->findings, BUNDLE_PROBLEM, name,
			"larger than 1 MiB, which no manifest or signature is");
		return 0;
	}
	if (result < 0)
		return error_set(err, -result, "%s", error_text(&why));
	if (gather_has_room(gather, name, bytes.length))
		content_attach(gather->content, name, &bytes);
	return 0;
}

static void add_file(struct bundle_content *content, const char *name)
{
	*VECTOR_APPEND(content->files, content->file_count) =
		(struct bundle_file){.name = text_copy(name)};
}

/* The packages, and whatever a manifest names. */
static void choose_files(struct gather *gather, const struct folder_names *names)
{
	struct bundle_content *content = gather->content;

	for (size_t i = 0; i < names->count; i++)
		if (content_is_package(names->items[i]))
			add_file(content, names->items[i]);
	for (size_t i = 0; i < content->manifest_count; i++) {
		const struct manifest *manifest = content->manifests[i];

		for (size_t j = 0; j < manifest->count; j++)
			if (manifest->entries[j].form == MANIFEST_GOOD &&
				*manifest->entries[j].name)
				add_file(content, manifest->entries[j].name);
	}
	content_sort(content);
	/* Here a name comes twice because several list it. */
	for (size_t i = 0; i < content->file_count; i++)
		content->files[i].again = false;
}

/* Whether there is nothing of that name, not even a link that leads nowhere. */
static bool is_missing(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0;
}

/* -1: it is not there, or cannot be opened, which is said in *file then. */
static int open_file(const struct gather *gather, struct bundle_file *file)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", gather->path, file->name);
	int descriptor = -1, result = file_open_regular(path, &descriptor);

	if (result == -EINVAL)
		file->reading.failure = text_copy("not a regular file");
	else if (result < 0 &&
		 ((result != -ENOENT && result != -ENOTDIR && result != -ENAMETOOLONG) ||
			 !is_missing(path)))
		file->reading.failure = text_format("cannot be opened: %s", strerror(-result));
	return descriptor;
}

static void add_sizes(struct gather *gather)
{
	for (size_t i = 0; i < gather->content->file_count; i++) {
		CLEANUP(cleanup_free)
		char *path = text_format("%s/%s", gather->path, gather->content->files[i].name);
		struct stat status;

		if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
			gather->total += (uint64_t)status.st_size;
	}
}

static int read_files(struct gather *gather, struct error *err)
{
	struct bundle_content *content = gather->content;
	struct digest_wanted wanted = content_wanted(content);

	for (size_t i = 0; i < content->file_count; i++) {
		struct bundle_file *file = &content->files[i];
		CLEANUP(cleanup_close) int descriptor = open_file(gather, file);
		struct reading_request request = {.descriptor = descriptor,
			.name = file->name,
			.wanted = wanted,
			.is_package = content_is_package(file->name)};
		int result;

		if (descriptor < 0)
			continue;
		file->computed = wanted;
		result = pool_give(gather->pool, i, &request, err);
		if (result < 0)
			return result;
	}
	return pool_finish(gather->pool, err);
}

/* Names that manifests list and that are nowhere are no files of the bundle. */
static void drop_missing(struct bundle_content *content)
{
	size_t kept = 0;

	for (size_t i = 0; i < content->file_count; i++) {
		struct bundle_file *file = &content->files[i];

		if (file->computed.kinds || file->reading.failure)
			content->files[kept++] = *file;
		else
			free(file->name);
	}
	content->file_count = kept;
}

int gather_folder(struct gather *gather, struct error *err)
{
	CLEANUP(folder_names_clear) struct folder_names names = {0};
	int result = folder_list(gather->path, &names, err);

	gather->content->top = text_copy("");
	for (size_t i = 0; i < names.count && result == 0; i++)
		if (!strchr(names.items[i], '/') && content_is_attachment(names.items[i]))
			result = attach(gather, names.items[i], err);
	if (result < 0)
		return result;
	content_parse(gather->content);
	choose_files(gather, &names);
	add_sizes(gather);
	result = gather_begin(gather, err);
	if (result == 0)
		result = read_files(gather, err);
	drop_missing(gather->content);
	return result;
}
