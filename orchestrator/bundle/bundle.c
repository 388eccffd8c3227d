/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens a bundle and hands out its packages. */
#include "orchestrator/bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/vector.h"
#include "orchestrator/bundle/content.h"
#include "orchestrator/bundle/gather.h"
#include "orchestrator/bundle/package_head.h"
#include "orchestrator/bundle/spool.h"

static int open_path(
	const char *path, char **absolute, int *descriptor, bool *folder, struct error *err)
{
	CLEANUP(cleanup_free) char *real = realpath(path, NULL);
	/* O_NONBLOCK: a FIFO must not make it wait for ever. */
	CLEANUP(cleanup_close)
	int opened = real ? open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat status;

	if (opened < 0 || fstat(opened, &status) < 0)
		return error_system(err, errno, "%s: cannot open the bundle", path);
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return error_set(err, ENOTSUP, "%s: neither a folder nor an archive", path);
	*absolute = TAKE(real);
	*descriptor = opened;
	*folder = S_ISDIR(status.st_mode);
	opened = -1;
	return 0;
}

/* What was read of a file becomes a package. */
static void add_package(struct bundle *bundle, struct bundle_file *file, bool folder)
{
	struct bundle_package *package = VECTOR_APPEND(bundle->packages, bundle->package_count);
	struct bundle_content *content = bundle->content;
	struct reading *reading = &file->reading;
	const char *slash = strrchr(file->name, '/');
	const char *sha256 =
		digests_find(&reading->digests, DIGEST_SHA256, digest_length(DIGEST_SHA256));

	package->entry = text_copy(file->name);
	package->file = text_copy(slash ? slash + 1 : file->name);
	package->path = text_format(folder ? "%s/%s" : "%s: %s", bundle->path, file->name);
	package->size = reading->digests.size;
	if (sha256)
		memcpy(package->sha256, sha256, sizeof(package->sha256));
	package->package = reading->package;
	reading->package = (struct package){0};
	package->damage = reading->failure ? text_format("could not be read: %s", reading->failure)
					   : TAKE(reading->damage);
	if (!folder) {
		CLEANUP(cleanup_free)
		char *name = text_format("%s%s", content->top, file->name);

		package->spool = content->spool;
		package->spool_index = spool_add(content->spool, name);
	}
}

static int gather(struct bundle *bundle, const struct bundle_options *options, int descriptor,
	bool folder, struct error *err)
{
	CLEANUP(cleanup_keyring) struct keyring *usual = NULL;
	struct gather gather = {.path = bundle->path,
		.options = options,
		.keyring = options->keyring,
		.content = bundle->content};
	int result = 0;

	if (!options->keyring) {
		result = keyring_open(NULL, &usual, err);
		gather.keyring = usual;
	}
	if (result == 0)
		result = folder ? gather_folder(&gather, err)
				: gather_archive(&gather, descriptor, err);
	/* Before the keyring, which its processes look at. */
	pool_free(gather.pool);
	return result;
}

int bundle_open(const char *path, const struct bundle_options *options, struct bundle **bundle,
	struct error *err)
{
	static const struct bundle_options none;
	CLEANUP(cleanup_bundle) struct bundle *opened = NULL;
	CLEANUP(cleanup_close) int descriptor = -1;
	char *absolute = NULL;
	bool folder = false;
	int result = open_path(path, &absolute, &descriptor, &folder, err);

	if (result < 0)
		return result;
	opened = vector_resize(NULL, 1, sizeof(*opened));
	*opened = (struct bundle){.path = absolute};
	opened->content = vector_resize(NULL, 1, sizeof(*opened->content));
	*opened->content = (struct bundle_content){0};
	result = gather(opened, options ? options : &none, descriptor, folder, err);
	if (result < 0)
		return result;
	if (!folder)
		opened->content->spool = spool_new(opened->path);
	for (size_t i = 0; i < opened->content->file_count; i++)
		if (content_is_package(opened->content->files[i].name))
			add_package(opened, &opened->content->files[i], folder);
	*bundle = TAKE(opened);
	return 0;
}

void bundle_free(struct bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->package_count; i++) {
		package_clear(&bundle->packages[i].package);
		free(bundle->packages[i].damage);
		free(bundle->packages[i].entry);
		free(bundle->packages[i].file);
		free(bundle->packages[i].path);
	}
	content_free(bundle->content);
	free(bundle->packages);
	free(bundle->path);
	free(bundle);
}

static int open_unchecked(const struct bundle_package *package, int *descriptor, struct error *err)
{
	if (package->spool)
		return spool_open(package->spool, package->spool_index, descriptor, err);
	*descriptor = open(package->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *descriptor < 0 ? error_system(err, errno, "%s: cannot open", package->path) : 0;
}

int bundle_open_package(const struct bundle_package *package, int *descriptor, struct error *err)
{
	static const struct digest_wanted wanted = {.kinds = DIGEST_BIT(DIGEST_SHA256)};
	CLEANUP(cleanup_digests) struct digests now = {0};
	CLEANUP(cleanup_close) int opened = -1;
	const char *actual;
	int result = open_unchecked(package, &opened, err);

	if (result == 0)
		result = digest_descriptor(opened, package->path, &wanted, &now, err);
	if (result < 0)
		return result;
	actual = digests_find(&now, DIGEST_SHA256, digest_length(DIGEST_SHA256));
	if (!text_equal(actual, package->sha256))
		return error_set(err, ESTALE,
			"%s: changed since it was verified (SHA256 was %s, is %s): verify the bundle again and find out who writes to it",
			package->path, package->sha256, actual);
	*descriptor = opened;
	opened = -1;
	return 0;
}

int bundle_read_header(const struct bundle_package *package, struct text *bytes, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = -1;
	int result = open_unchecked(package, &descriptor, err);

	return result < 0 ? result
			  : package_head_read_descriptor(descriptor, package->path, bytes, err);
}
