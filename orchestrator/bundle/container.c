/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An archive read entry by entry, through libarchive. */
#include "orchestrator/bundle/container.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/manifest.h"

enum { BLOCK_SIZE = 256 * 1024, NAME_LIMIT = 1024, DEPTH_LIMIT = 8 };

static const struct container_limits usual = {
	.entries = 10000,
	.entry_size = UINT64_C(16) << 30,
	.ratio = 200,
	.total_size = UINT64_C(64) << 20,
};

struct container {
	struct archive *archive;
	struct container_limits limits;
	char *path;
	char *name; /* of the entry */
	char *block;
	uint64_t most;	/* bytes of all entries */
	uint64_t total; /* bytes of all entries so far */
	uint64_t size;	/* bytes of this entry so far */
	size_t entries;
	bool known; /* a first entry was found, so that it is an archive */
};

/* No external programs, and no "rpm" filter, which takes a package for a compressed cpio. */
static bool support(struct archive *archive)
{
	static int (*const wanted[])(struct archive *) = {archive_read_support_filter_gzip,
		archive_read_support_filter_bzip2, archive_read_support_filter_xz,
		archive_read_support_filter_lzma, archive_read_support_filter_lzip,
		archive_read_support_filter_zstd, archive_read_support_filter_lz4,
		archive_read_support_filter_compress, archive_read_support_format_tar,
		archive_read_support_format_zip, archive_read_support_format_iso9660,
		archive_read_support_format_cpio};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (wanted[i](archive) < ARCHIVE_WARN)
			return false;
	return true;
}

static int failed(const struct container *container, struct error *err)
{
	const char *words = archive_error_string(container->archive);
	int number = archive_errno(container->archive);

	/* libarchive's ARCHIVE_ERRNO_FILE_FORMAT, which its header does not tell. */
	if (!container->known && number == EILSEQ)
		return error_set(err, ENOTSUP,
			"%s: neither a folder nor an archive that can be read (tar, zip, iso9660, cpio; gzip, bzip2, xz, zstd, lz4)",
			container->path);
	return error_set(err, EBADMSG, "%s: the archive is damaged: %s: copy or download it again",
		container->path, words ? words : "no reason given");
}

int container_open(int descriptor, const char *path, const struct container_limits *limits,
	struct container **container, struct error *err)
{
	CLEANUP(cleanup_container)
	struct container *opened = vector_resize(NULL, 1, sizeof(*opened));
	struct stat status;

	*opened = (struct container){.limits = limits ? *limits : usual, .path = text_copy(path)};
	if (fstat(descriptor, &status) < 0)
		return error_system(err, errno, "%s: cannot stat", path);
	if (lseek(descriptor, 0, SEEK_SET) < 0)
		return error_system(err, errno, "%s: cannot seek", path);
	opened->most = (uint64_t)status.st_size > UINT64_MAX / opened->limits.ratio
			       ? UINT64_MAX
			       : (uint64_t)status.st_size * opened->limits.ratio;
	if (opened->most < opened->limits.total_size)
		opened->most = opened->limits.total_size;
	opened->block = malloc(BLOCK_SIZE);
	opened->archive = archive_read_new();
	if (!opened->archive || !opened->block || !support(opened->archive))
		return error_set(err, ENOMEM, "%s: cannot set up libarchive", path);
	if (archive_read_open_fd(opened->archive, descriptor, BLOCK_SIZE) != ARCHIVE_OK)
		return failed(opened, err);
	*container = TAKE(opened);
	return 0;
}

void container_free(struct container *container)
{
	if (!container)
		return;
	archive_read_free(container->archive);
	free(container->path);
	free(container->name);
	free(container->block);
	free(container);
}

uint64_t container_position(const struct container *container)
{
	la_int64_t position = archive_filter_bytes(container->archive, -1);

	return position > 0 ? (uint64_t)position : 0;
}

static int too_large(const struct container *container, struct error *err)
{
	return error_set(err, E2BIG,
		"%s: it unpacks to more than %" PRIu64 " MiB, %" PRIu64
		" times its size: made to exhaust its readers; pack it again",
		container->path, container->most >> 20, container->limits.ratio);
}

/* Whether a link's target stays below the top; depth: folders the link itself is in. */
static bool stays_inside(const char *target, int depth)
{
	if (!target || *target == '/')
		return false;
	while (*target) {
		size_t length = strcspn(target, "/");

		if (length == 2 && target[0] == '.' && target[1] == '.')
			depth--;
		else if (length && !(length == 1 && target[0] == '.'))
			depth++;
		if (depth < 0)
			return false;
		target += length + strspn(target + length, "/");
	}
	return true;
}

static int depth_of(const char *name)
{
	int depth = 0;

	for (; *name; name++)
		depth += *name == '/';
	return depth;
}

static const char *name_refusal(char *name)
{
	const char *fault = manifest_plain_name(name);

	if (fault)
		return fault;
	if (!*name)
		return "no name";
	if (strlen(name) > NAME_LIMIT)
		return "a name of more than 1024 bytes";
	if (depth_of(name) > DEPTH_LIMIT)
		return "more than 8 folders deep";
	return NULL;
}

/* Why the entry is not to be read, from what it is. */
static const char *kind_refusal(struct archive_entry *entry, const char *name, bool *harmless)
{
	const char *hard = archive_entry_hardlink(entry);

	if (hard || archive_entry_filetype(entry) == AE_IFLNK) {
		const char *target = hard ? hard : archive_entry_symlink(entry);

		if (!stays_inside(target, hard ? 0 : depth_of(name)))
			return "a link that leads out of the bundle";
		*harmless = true;
		return "a link to another entry, which is not followed in archives";
	}
	if (archive_entry_filetype(entry) != AE_IFREG)
		return "a device, FIFO or socket";
	if (archive_entry_is_encrypted(entry))
		return "encrypted";
	return NULL;
}

static const char *entry_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	/* What the locale cannot say, UTF-8 can. */
	return name ? name : archive_entry_pathname_utf8(entry);
}

static int judge(struct container *container, struct archive_entry *raw,
	struct container_entry *entry, struct error *err)
{
	const char *name = entry_name(raw);
	CLEANUP(cleanup_free) char *plain = text_copy(name ? name : "");
	la_int64_t size = archive_entry_size_is_set(raw) ? archive_entry_size(raw) : 0;

	*entry = (struct container_entry){0};
	entry->refusal = name ? name_refusal(plain) : "a name that cannot be read";
	if (!entry->refusal)
		entry->refusal = kind_refusal(raw, plain, &entry->harmless);
	free(container->name);
	container->name = entry->refusal ? text_copy(name ? name : "") : TAKE(plain);
	entry->name = container->name;
	/* The archive's maker chose the name, and its length: it is cut. */
	if (size < 0 || (uint64_t)size > container->limits.entry_size)
		return error_set(err, E2BIG,
			"%s: its entry %.256s is said to be of %" PRIi64
			" bytes; more than %" PRIu64 " are not read",
			container->path, container->name, (int64_t)size,
			container->limits.entry_size);
	return 1;
}

int container_next(struct container *container, struct container_entry *entry, struct error *err)
{
	struct archive_entry *raw;

	for (;;) {
		int result = archive_read_next_header(container->archive, &raw);

		if (result == ARCHIVE_RETRY)
			continue;
		if (result == ARCHIVE_EOF)
			return 0;
		if (result < ARCHIVE_WARN)
			return failed(container, err);
		container->known = true;
		container->size = 0;
		if (++container->entries > container->limits.entries)
			return error_set(err, E2BIG,
				"%s: it has more than %zu entries: no bundle has so many",
				container->path, container->limits.entries);
		/* What was skipped is unpacked on the way, too. */
		if (archive_filter_bytes(container->archive, 0) > 0 &&
			(uint64_t)archive_filter_bytes(container->archive, 0) > container->most)
			return too_large(container, err);
		if (archive_entry_filetype(raw) == AE_IFDIR && !archive_entry_hardlink(raw))
			continue;
		return judge(container, raw, entry, err);
	}
}

int container_read(
	struct container *container, const void **bytes, size_t *length, struct error *err)
{
	la_ssize_t count;

	/* Holes of sparse files come as zeros, and count. */
	do
		count = archive_read_data(container->archive, container->block, BLOCK_SIZE);
	while (count == ARCHIVE_RETRY);
	if (count < 0)
		return failed(container, err);
	container->size += (uint64_t)count;
	container->total += (uint64_t)count;
	if (container->total > container->most)
		return too_large(container, err);
	if (container->size > container->limits.entry_size)
		return error_set(err, E2BIG,
			"%s: its entry %.256s has more than %" PRIu64
			" bytes, which is the most that is read",
			container->path, container->name, container->limits.entry_size);
	*bytes = container->block;
	*length = (size_t)count;
	return 0;
}
