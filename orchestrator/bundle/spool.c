/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages of an archive in files without a name. */
#include "orchestrator/bundle/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/container.h"

struct spooled {
	char *name;
	int descriptor; /* -1: not unpacked */
};

struct spool {
	char *path;
	pthread_mutex_t lock; /* of all below, from the first spool_open on */
	struct spooled *entries;
	size_t count;
	bool filled;
};

struct spool *spool_new(const char *path)
{
	struct spool *spool = vector_resize(NULL, 1, sizeof(*spool));

	*spool = (struct spool){.path = text_copy(path), .lock = PTHREAD_MUTEX_INITIALIZER};
	return spool;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	for (size_t i = 0; i < spool->count; i++) {
		cleanup_close(&spool->entries[i].descriptor);
		free(spool->entries[i].name);
	}
	pthread_mutex_destroy(&spool->lock);
	free(spool->entries);
	free(spool->path);
	free(spool);
}

size_t spool_add(struct spool *spool, const char *name)
{
	*VECTOR_APPEND(spool->entries, spool->count) =
		(struct spooled){.name = text_copy(name), .descriptor = -1};
	return spool->count - 1;
}

static const char *temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	/* Not /tmp, which often is memory. */
	return folder && *folder ? folder : "/var/tmp";
}

/* A file without a name, gone with its last descriptor however we end. */
static int open_temporary(struct error *err)
{
	const char *folder = temporary_folder();
	int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Not every file system can do that. */
	if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		CLEANUP(cleanup_free) char *path = text_format("%s/haupgrade.XXXXXX", folder);

		descriptor = mkostemp(path, O_CLOEXEC);
		if (descriptor >= 0)
			unlink(path);
	}
	if (descriptor < 0)
		return error_system(err, errno,
			"%s: cannot make a file there to unpack a package into; set TMPDIR to another folder",
			folder);
	return descriptor;
}

static int unpack(struct container *container, struct spooled *entry, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = open_temporary(err);

	if (descriptor < 0)
		return descriptor;
	for (;;) {
		const void *bytes;
		size_t length;
		int result = container_read(container, &bytes, &length, err);

		if (result < 0)
			return result;
		if (!length)
			break;
		result = file_write_all(descriptor, bytes, length);
		if (result < 0)
			return error_system(err, -result,
				"%s: cannot unpack a package into it; make room, or set TMPDIR to another folder",
				temporary_folder());
	}
	entry->descriptor = descriptor;
	descriptor = -1;
	return 0;
}

static int fill(struct spool *spool, struct error *err)
{
	CLEANUP(cleanup_container) struct container *container = NULL;
	CLEANUP(cleanup_close) int archive = open(spool->path, O_RDONLY | O_CLOEXEC);
	struct container_entry entry;
	int result;

	if (archive < 0)
		return error_system(err, errno, "%s: cannot open", spool->path);
	result = container_open(archive, spool->path, NULL, &container, err);
	while (result == 0) {
		result = container_next(container, &entry, err);
		if (result <= 0)
			return result;
		result = 0;
		for (size_t i = 0; i < spool->count && result == 0 && !entry.refusal; i++)
			if (spool->entries[i].descriptor < 0 &&
				strcmp(spool->entries[i].name, entry.name) == 0)
				result = unpack(container, &spool->entries[i], err);
	}
	return result;
}

static int open_filled(struct spool *spool, size_t index, int *descriptor, struct error *err)
{
	const struct spooled *entry = &spool->entries[index];
	CLEANUP(cleanup_free) char *path = text_format("/proc/self/fd/%d", entry->descriptor);

	if (entry->descriptor < 0)
		return error_set(err, ESTALE,
			"%s: changed since it was verified: %s is no longer in it", spool->path,
			entry->name);
	/* Anew rather than a duplicate: each reader has a position of its own. */
	*descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (*descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	return 0;
}

int spool_open(struct spool *spool, size_t index, int *descriptor, struct error *err)
{
	int result = 0;

	pthread_mutex_lock(&spool->lock);
	if (!spool->filled)
		result = fill(spool, err);
	if (result == 0) {
		spool->filled = true;
		result = open_filled(spool, index, descriptor, err);
	}
	pthread_mutex_unlock(&spool->lock);
	return result;
}
