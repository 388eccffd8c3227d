/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens a bundle: reads its packages and manifests once, with every digest they need. */
#include "orchestrator/bundle/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/content.h"

#define MANIFEST_LIMIT (1u << 20)

static bool has_extension(const char *name, const char *extension)
{
	size_t length = strlen(name), tail = strlen(extension);

	return length > tail && strcasecmp(name + length - tail, extension) == 0;
}

static int open_folder(const char *path, char **absolute, DIR **folder, struct error *err)
{
	CLEANUP(cleanup_free) char *real = realpath(path, NULL);
	struct stat status;
	DIR *opened;

	if (!real || stat(real, &status) < 0)
		return error_system(err, errno, "%s: cannot open the bundle", path);
	if (S_ISREG(status.st_mode))
		return error_set(err, ENOTDIR,
			"%s: not a folder; bundles in archives (tar, zip, iso) cannot be read yet: "
			"unpack it and give the folder",
			path);
	if (!S_ISDIR(status.st_mode))
		return error_set(err, ENOTDIR, "%s: not a folder", path);
	opened = opendir(real);
	if (!opened)
		return error_system(err, errno, "%s: cannot open the bundle", path);
	*folder = opened;
	*absolute = TAKE(real);
	return 0;
}

static int read_manifest(
	struct bundle *bundle, const char *name, enum digest_kind kind, struct error *err)
{
	struct bundle_manifests *manifests = bundle->manifests;
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", bundle->path, name);
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct manifest **manifest;
	size_t length;
	int result = file_read(path, MANIFEST_LIMIT, &bytes, &length, err);

	if (result < 0)
		return result;
	manifest = VECTOR_APPEND(manifests->items, manifests->count);
	*manifest = manifest_parse(name, bytes, length, kind, &manifests->problems);
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* A list of file names, owned. */
struct names {
	char **items;
	size_t count;
};

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

/* Reads the folder: manifests are parsed at once, the names of packages come back sorted. */
static int read_folder(
	struct bundle *bundle, DIR *folder, struct names *packages, struct error *err)
{
	CLEANUP(names_clear) struct names manifests = {0};
	struct dirent *entry;
	enum digest_kind kind;
	int result = 0;

	for (errno = 0; (entry = readdir(folder)); errno = 0) {
		if (has_extension(entry->d_name, ".rpm"))
			*VECTOR_APPEND(packages->items, packages->count) = text_copy(entry->d_name);
		else if (manifest_is_name(entry->d_name, &kind))
			*VECTOR_APPEND(manifests.items, manifests.count) = text_copy(entry->d_name);
	}
	if (errno)
		return error_system(err, errno, "%s: cannot read the folder", bundle->path);
	/* The order of a folder is accidental; that of the findings should not be. */
	if (packages->count)
		qsort(packages->items, packages->count, sizeof(char *), compare_names);
	if (manifests.count)
		qsort(manifests.items, manifests.count, sizeof(char *), compare_names);
	for (size_t i = 0; i < manifests.count && result == 0; i++) {
		manifest_is_name(manifests.items[i], &kind);
		result = read_manifest(bundle, manifests.items[i], kind, err);
	}
	return result;
}

/* The kinds of digest the manifests hold, and the one we always keep. */
static unsigned int wanted_digests(const struct bundle_manifests *manifests)
{
	unsigned int wanted = DIGEST_BIT(DIGEST_SHA256);

	for (size_t i = 0; i < manifests->count; i++)
		for (size_t j = 0; j < manifests->items[i]->count; j++)
			wanted |= DIGEST_BIT(manifests->items[i]->entries[j].kind);
	return wanted;
}

static int read_package(
	struct bundle *bundle, const char *name, unsigned int wanted, struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", bundle->path, name);
	/* One descriptor for both, so that digests and NEVRA are of the same file. */
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct bundle_package *package;
	struct digests digests;
	struct error damage = {0};
	int result;

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	result = digest_descriptor(descriptor, path, wanted, &digests, err);
	if (result < 0)
		return result;
	package = VECTOR_APPEND(bundle->packages, bundle->package_count);
	package->file = text_copy(name);
	package->path = TAKE(path);
	package->digests = digests;
	package->size = digests.size;
	result = package_read_descriptor(
		descriptor, package->path, bundle->manifests->keyring, &package->package, &damage);
	if (result == -EBADMSG)
		package->damage = text_copy(damage.text + strlen(package->path) + 2);
	else if (result < 0)
		return error_set(err, -result, "%s", damage.text);
	return 0;
}

/* Files that a manifest names and that are no packages: a licence, a readme. */
static int read_other(
	struct bundle *bundle, const char *name, unsigned int wanted, struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", bundle->path, name);
	struct bundle_manifests *manifests = bundle->manifests;
	struct bundle_other *other;
	struct digests digests;
	int result;

	if (content_find(bundle, name))
		return 0;
	result = digest_file(path, wanted, &digests, err);
	/* That it is missing is a finding, not a failure of ours. */
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return result;
	other = VECTOR_APPEND(manifests->others, manifests->other_count);
	*other = (struct bundle_other){.name = text_copy(name), .digests = digests};
	return 0;
}

static int read_content(struct bundle *bundle, DIR *folder, struct error *err)
{
	CLEANUP(names_clear) struct names names = {0};
	const struct bundle_manifests *manifests = bundle->manifests;
	unsigned int wanted;
	int result = read_folder(bundle, folder, &names, err);

	if (result < 0)
		return result;
	wanted = wanted_digests(manifests);
	for (size_t i = 0; i < names.count; i++) {
		result = read_package(bundle, names.items[i], wanted, err);
		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < manifests->count; i++) {
		for (size_t j = 0; j < manifests->items[i]->count; j++) {
			result = read_other(
				bundle, manifests->items[i]->entries[j].name, wanted, err);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

int bundle_open(const char *path, struct bundle **bundle, struct error *err)
{
	CLEANUP(cleanup_bundle) struct bundle *opened = NULL;
	CLEANUP(cleanup_closedir) DIR *folder = NULL;
	char *absolute = NULL;
	int result = open_folder(path, &absolute, &folder, err);

	if (result < 0)
		return result;
	opened = vector_resize(NULL, 1, sizeof(*opened));
	*opened = (struct bundle){.path = absolute};
	opened->manifests = vector_resize(NULL, 1, sizeof(*opened->manifests));
	*opened->manifests = (struct bundle_manifests){0};
	result = keyring_open(NULL, &opened->manifests->keyring, err);
	if (result == 0)
		result = read_content(opened, folder, err);
	if (result < 0)
		return result;
	*bundle = TAKE(opened);
	return 0;
}

static void manifests_free(struct bundle_manifests *manifests)
{
	for (size_t i = 0; i < manifests->count; i++)
		manifest_free(manifests->items[i]);
	for (size_t i = 0; i < manifests->other_count; i++)
		free(manifests->others[i].name);
	free(manifests->items);
	free(manifests->others);
	problems_clear(&manifests->problems);
	keyring_free(manifests->keyring);
	free(manifests);
}

void bundle_free(struct bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->package_count; i++) {
		package_clear(&bundle->packages[i].package);
		free(bundle->packages[i].damage);
		free(bundle->packages[i].file);
		free(bundle->packages[i].path);
	}
	manifests_free(bundle->manifests);
	free(bundle->packages);
	free(bundle->path);
	free(bundle);
}

int bundle_open_package(const struct bundle_package *package, int *descriptor, struct error *err)
{
	const char *expected = package->digests.hex[DIGEST_SHA256];
	CLEANUP(cleanup_close)
	int opened = open(package->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct digests now;
	int result;

	if (opened < 0)
		return error_system(err, errno, "%s: cannot open", package->path);
	result = digest_descriptor(opened, package->path, DIGEST_BIT(DIGEST_SHA256), &now, err);
	if (result < 0)
		return result;
	if (strcmp(now.hex[DIGEST_SHA256], expected) != 0)
		return error_set(err, ESTALE,
			"%s: changed since it was verified (SHA256 was %s, is %s): verify the "
			"bundle "
			"again and find out who writes to it",
			package->path, expected, now.hex[DIGEST_SHA256]);
	*descriptor = opened;
	opened = -1;
	return 0;
}
