/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read of a bundle, before anything is judged. */
#include "orchestrator/bundle/content.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/vector.h"
#include "orchestrator/bundle/manifest_signature.h"
#include "orchestrator/bundle/spool.h"

static bool has_extension(const char *name, size_t length, const char *extension)
{
	size_t tail = strlen(extension);

	return length > tail && strncasecmp(name + length - tail, extension, tail) == 0;
}

bool content_is_package(const char *name)
{
	return has_extension(name, strlen(name), ".rpm") ||
	       has_extension(name, strlen(name), ".deb");
}

bool content_is_attachment(const char *name)
{
	static const char *const extensions[] = {".asc", ".sig", ".sign", ".gpg", ".ed25519"};
	enum digest_kind kind;

	if (manifest_is_name(name, &kind))
		return true;
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		CLEANUP(cleanup_free) char *bare = NULL;

		if (!has_extension(name, strlen(name), extensions[i]))
			continue;
		bare = text_copy(name);
		bare[strlen(bare) - strlen(extensions[i])] = '\0';
		return manifest_is_name(bare, &kind);
	}
	return false;
}

static int compare_files(const void *left, const void *right)
{
	return strcmp(((const struct bundle_file *)left)->name,
		((const struct bundle_file *)right)->name);
}

struct bundle_file *content_find(const struct bundle_content *content, const char *name)
{
	/* Only looked at. */
	struct bundle_file wanted = {.name = (char *)(uintptr_t)name};

	return content->file_count ? bsearch(&wanted, content->files, content->file_count,
					     sizeof(*content->files), compare_files)
				   : NULL;
}

const struct bundle_attachment *content_attachment(
	const struct bundle_content *content, const char *name)
{
	for (size_t i = 0; i < content->attachment_count; i++)
		if (strcmp(content->attachments[i].name, name) == 0)
			return &content->attachments[i];
	return NULL;
}

void content_attach(struct bundle_content *content, const char *name, struct text *bytes)
{
	struct bundle_attachment *attachment =
		VECTOR_APPEND(content->attachments, content->attachment_count);

	attachment->name = text_copy(name);
	attachment->bytes = *bytes;
	*bytes = (struct text){0};
}

static void file_clear(struct bundle_file *file)
{
	free(file->name);
	reading_clear(&file->reading);
}

void content_sort(struct bundle_content *content)
{
	size_t kept = 0;

	if (!content->file_count)
		return;
	qsort(content->files, content->file_count, sizeof(*content->files), compare_files);
	for (size_t i = 1; i < content->file_count; i++) {
		if (strcmp(content->files[kept].name, content->files[i].name) == 0) {
			content->files[kept].again = true;
			file_clear(&content->files[i]);
		} else {
			content->files[++kept] = content->files[i];
		}
	}
	content->file_count = kept + 1;
}

static int compare_manifests(const void *left, const void *right)
{
	return strcmp(
		(*(struct manifest *const *)left)->file, (*(struct manifest *const *)right)->file);
}

static void clear_manifests(struct bundle_content *content)
{
	for (size_t i = 0; i < content->manifest_count; i++)
		manifest_free(content->manifests[i]);
	free(content->manifests);
	content->manifests = NULL;
	content->manifest_count = 0;
}

void content_parse(struct bundle_content *content)
{
	clear_manifests(content);
	for (size_t i = 0; i < content->attachment_count; i++) {
		const struct bundle_attachment *attachment = &content->attachments[i];
		CLEANUP(cleanup_text) struct text message = {0};
		CLEANUP(cleanup_text) struct text signature = {0};
		const struct text *bytes = &attachment->bytes;
		enum digest_kind kind;

		if (!manifest_is_name(attachment->name, &kind))
			continue;
		/* Of a clear-signed manifest only what is signed counts. */
		if (manifest_signature_unwrap(bytes, &message, &signature, NULL) > 0)
			bytes = &message;
		*VECTOR_APPEND(content->manifests, content->manifest_count) =
			manifest_parse(attachment->name, text_string(bytes), bytes->length, kind);
	}
	if (content->manifest_count)
		qsort(content->manifests, content->manifest_count, sizeof(struct manifest *),
			compare_manifests);
}

struct digest_wanted content_wanted(const struct bundle_content *content)
{
	struct digest_wanted wanted = {.kinds = DIGEST_BIT(DIGEST_SHA256)};

	for (size_t i = 0; i < content->manifest_count; i++)
		manifest_wants(content->manifests[i], &wanted);
	return wanted;
}

void content_free(struct bundle_content *content)
{
	if (!content)
		return;
	for (size_t i = 0; i < content->file_count; i++)
		file_clear(&content->files[i]);
	for (size_t i = 0; i < content->attachment_count; i++) {
		free(content->attachments[i].name);
		text_clear(&content->attachments[i].bytes);
	}
	clear_manifests(content);
	bundle_findings_clear(&content->findings);
	spool_free(content->spool);
	free(content->files);
	free(content->attachments);
	free(content->top);
	free(content);
}
