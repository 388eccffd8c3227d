/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tar archive that is a member of a Debian package. Two readers, one for the compression and one
 * for the tar archive in it: so the stream is read to its end, where its checksum stands, though
 * the tar archive ends before. */
#include "orchestrator/bundle/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/md5sums.h"
#include "orchestrator/bundle/stream.h"

enum {
	BUFFER_SIZE = 65536,
	/* Distributions' largest packages hold some ten thousand files. */
	ENTRIES_MAX = 4 << 20,
	/* Nothing in earnest is compressed a thousandfold, but for small archives of zeros. */
	RATIO_MAX = 1000,
	RATIO_FREE = 64 << 20,
};

struct tarball {
	struct tarball_source source;
	uint64_t left; /* bytes of the member not read yet */
	uint64_t decoded, entries;
	int failure; /* of reading the descriptor; negative errno */
	bool is_short;
	struct archive *stream; /* the compression */
	struct archive *tar;	/* in it */
	void *links;		/* names of symbolic links; a tree of tsearch(3) */
	char buffer[BUFFER_SIZE];
};

static ssize_t read_member(struct archive *archive, void *data, const void **bytes)
{
	struct tarball *tarball = data;
	size_t wanted = tarball->left < BUFFER_SIZE ? (size_t)tarball->left : BUFFER_SIZE;
	ssize_t count =
		wanted ? stream_read(tarball->source.descriptor, tarball->buffer, wanted) : 0;

	(void)archive;
	*bytes = tarball->buffer;
	if (count < 0) {
		tarball->failure = (int)count;
		return ARCHIVE_FATAL;
	}
	if (count == 0 && wanted) {
		tarball->is_short = true;
		return ARCHIVE_FATAL;
	}
	tarball->left -= (uint64_t)count;
	return count;
}

static bool is_bomb(const struct tarball *tarball)
{
	uint64_t taken = tarball->source.size - tarball->left;

	if (tarball->source.decoded_max)
		return tarball->decoded > tarball->source.decoded_max;
	return tarball->decoded > RATIO_FREE && tarball->decoded / RATIO_MAX > taken;
}

static ssize_t read_stream(struct archive *archive, void *data, const void **bytes)
{
	struct tarball *tarball = data;
	size_t length = 0;
	la_int64_t offset;
	int result = archive_read_data_block(tarball->stream, bytes, &length, &offset);

	(void)archive;
	if (result == ARCHIVE_EOF)
		return 0;
	tarball->decoded += length;
	if (result != ARCHIVE_OK || is_bomb(tarball))
		return ARCHIVE_FATAL;
	return (ssize_t)length;
}

static int complain(const struct tarball *tarball, struct archive *archive, struct error *err)
{
	const struct tarball_source *source = &tarball->source;
	const char *why = archive_error_string(archive);

	if (tarball->failure)
		return error_system(err, -tarball->failure, "%s: cannot read", source->path);
	if (tarball->is_short)
		return error_set(err, EBADMSG, "%s: damaged: cut off within %s", source->path,
			source->member);
	if (is_bomb(tarball))
		return error_set(err, EBADMSG,
			"%s: %s grows to more than %llu bytes when it is decompressed (from %llu bytes), which no package does in earnest",
			source->path, source->member, (unsigned long long)tarball->decoded - 1,
			(unsigned long long)(source->size - tarball->left));
	if (archive == tarball->tar && archive_error_string(tarball->stream))
		why = archive_error_string(tarball->stream);
	return error_set(err, EBADMSG, "%s: damaged: %s: %s", source->path, source->member,
		why ? why : "it cannot be read");
}

/* The compression that the member's name says; no other, so that it is read as dpkg reads it. */
static int support(struct tarball *tarball, struct error *err)
{
	static const struct {
		const char *end;
		int (*support)(struct archive *archive);
	} known[] = {
		{".tar", archive_read_support_filter_none},
		{".tar.gz", archive_read_support_filter_gzip},
		{".tar.xz", archive_read_support_filter_xz},
		{".tar.zst", archive_read_support_filter_zstd},
		{".tar.bz2", archive_read_support_filter_bzip2},
		{".tar.lzma", archive_read_support_filter_lzma},
	};
	const struct tarball_source *source = &tarball->source;
	char printable[80];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!text_ends_with(source->member, known[i].end) ||
			strlen(source->member) - strlen(known[i].end) !=
				strcspn(source->member, "."))
			continue;
		if (known[i].support(tarball->stream) != ARCHIVE_OK)
			return complain(tarball, tarball->stream, err);
		return 0;
	}
	return error_set(err, EBADMSG, "%s: the compression of its member %s is not known",
		source->path, text_printable(printable, sizeof(printable), source->member));
}

int tarball_open(const struct tarball_source *source, struct tarball **tarball, struct error *err)
{
	CLEANUP(cleanup_tarball) struct tarball *opened = vector_resize(NULL, 1, sizeof(*opened));
	struct archive_entry *entry;
	int result;

	*opened = (struct tarball){.source = *source, .left = source->size};
	if (!opened->source.entries_max)
		opened->source.entries_max = ENTRIES_MAX;
	opened->stream = archive_read_new();
	opened->tar = archive_read_new();
	if (!opened->stream || !opened->tar)
		return error_set(err, ENOMEM, "%s: no memory to read it", source->path);
	result = support(opened, err);
	if (result < 0)
		return result;
	if (archive_read_support_format_raw(opened->stream) != ARCHIVE_OK ||
		archive_read_open(opened->stream, opened, NULL, read_member, NULL) != ARCHIVE_OK ||
		archive_read_next_header(opened->stream, &entry) != ARCHIVE_OK)
		return complain(opened, opened->stream, err);
	if (archive_read_support_format_tar(opened->tar) != ARCHIVE_OK ||
		archive_read_open(opened->tar, opened, NULL, read_stream, NULL) != ARCHIVE_OK)
		return complain(opened, opened->tar, err);
	*tarball = TAKE(opened);
	return 0;
}

void tarball_free(struct tarball *tarball)
{
	if (!tarball)
		return;
	archive_read_free(tarball->tar);
	archive_read_free(tarball->stream);
	tdestroy(tarball->links, free);
	free(tarball);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(left, right);
}

static bool has_dots(const char *name)
{
	while (*name) {
		size_t length = strcspn(name, "/");

		if (length == 2 && name[0] == '.' && name[1] == '.')
			return true;
		name += length;
		name += *name == '/';
	}
	return false;
}

/* Whether a folder on its way is a symbolic link of this archive. */
static bool is_below_link(const struct tarball *tarball, const char *name)
{
	CLEANUP(cleanup_free) char *folder = text_copy(md5sums_name(name));
	char *slash;

	while (tarball->links && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		if (tfind(folder, &tarball->links, compare_names))
			return true;
	}
	return false;
}

static int check_name(const struct tarball *tarball, const char *name, struct error *err)
{
	const char *path = tarball->source.path;
	char printable[300];

	text_printable(printable, sizeof(printable), name);
	if (*name == '/')
		return error_set(err, EBADMSG, "%s: \"%s\" in %s is an absolute path", path,
			printable, tarball->source.member);
	if (has_dots(name))
		return error_set(err, EBADMSG, "%s: \"%s\" in %s leads out of it", path, printable,
			tarball->source.member);
	if (is_below_link(tarball, name))
		return error_set(err, EBADMSG,
			"%s: \"%s\" in %s lies below one of its symbolic links, and so anywhere",
			path, printable, tarball->source.member);
	return 0;
}

static void remember_link(struct tarball *tarball, const char *name)
{
	char *copy = text_copy(md5sums_name(name));
	char *const *node;

	while (text_ends_with(copy, "/"))
		copy[strlen(copy) - 1] = '\0';
	node = tsearch(copy, &tarball->links, compare_names);
	if (!node || *node != copy)
		free(copy);
}

static enum tarball_kind kind_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return TARBALL_HARD_LINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return TARBALL_FILE;
	case AE_IFLNK:
		return TARBALL_SYMBOLIC_LINK;
	case AE_IFDIR:
		return TARBALL_FOLDER;
	}
	return TARBALL_DEVICE;
}

int tarball_next(struct tarball *tarball, struct tarball_entry *entry, struct error *err)
{
	struct tarball_entry found = {0};
	struct archive_entry *next;
	int result = archive_read_next_header(tarball->tar, &next);

	if (result == ARCHIVE_EOF)
		return 0;
	/* A warning says that a name is no text of this locale; that is no harm. */
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return complain(tarball, tarball->tar, err);
	if (++tarball->entries > tarball->source.entries_max)
		return error_set(err, EBADMSG, "%s: %s holds more than %llu files",
			tarball->source.path, tarball->source.member,
			(unsigned long long)tarball->source.entries_max);
	found.kind = kind_of(next);
	found.name = archive_entry_pathname(next);
	found.target = found.kind == TARBALL_HARD_LINK ? archive_entry_hardlink(next)
						       : archive_entry_symlink(next);
	if (!found.name)
		return error_set(err, EBADMSG, "%s: damaged: a file in %s has no name",
			tarball->source.path, tarball->source.member);
	result = check_name(tarball, found.name, err);
	if (result == 0 && found.kind == TARBALL_HARD_LINK)
		result = check_name(tarball, found.target, err);
	if (result < 0)
		return result;
	if (found.kind == TARBALL_SYMBOLIC_LINK)
		remember_link(tarball, found.name);
	found.size = (uint64_t)archive_entry_size(next);
	*entry = found;
	return 1;
}

int tarball_data(struct tarball *tarball, const void **bytes, size_t *length, struct error *err)
{
	la_int64_t offset;
	int result;

	do
		result = archive_read_data_block(tarball->tar, bytes, length, &offset);
	while (result == ARCHIVE_OK && *length == 0);
	if (result == ARCHIVE_EOF)
		return 0;
	return result == ARCHIVE_OK ? 1 : complain(tarball, tarball->tar, err);
}

int tarball_finish(struct tarball *tarball, struct error *err)
{
	char rest[4096];
	const void *bytes;
	ssize_t count;

	while ((count = read_stream(NULL, tarball, &bytes)) > 0)
		;
	if (count < 0)
		return complain(tarball, tarball->stream, err);
	/* Behind the end of a compressed stream there should be nothing, but it harms nobody. */
	while (tarball->left) {
		size_t wanted = tarball->left < sizeof(rest) ? (size_t)tarball->left : sizeof(rest);

		count = stream_read(tarball->source.descriptor, rest, wanted);
		tarball->failure = count < 0 ? (int)count : 0;
		tarball->is_short = count == 0;
		if (count <= 0)
			return complain(tarball, tarball->stream, err);
		tarball->left -= (uint64_t)count;
	}
	return 0;
}

const char *tarball_path(const struct tarball *tarball)
{
	return tarball->source.path;
}
