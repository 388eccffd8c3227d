/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and checks a Debian package: ar members, in them compressed tar archives. */
#include "orchestrator/bundle/deb.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/ar.h"
#include "orchestrator/bundle/deb_control.h"
#include "orchestrator/bundle/deb_data.h"
#include "orchestrator/bundle/md5sums.h"
#include "orchestrator/bundle/stream.h"
#include "orchestrator/bundle/tarball.h"

enum {
	/* dpkg writes "2.0\n"; more than a few bytes are no version. */
	FORMAT_MAX = 64,
	CONTROL_MAX = 1 << 20,
	/* A kernel's sources with all their files have 9 MiB. */
	MD5SUMS_MAX = 64 << 20,
	/* Scripts, translations, lists: what else may be beside it. */
	CONTROL_ARCHIVE_MAX = 128 << 20,
	CONTROL_ENTRIES_MAX = 4096,
	EXTRA_MEMBERS_MAX = 16,
};

struct deb {
	int descriptor;
	const char *path;
	struct text control, md5sums, conffiles;
};

static void cleanup_deb(struct deb *deb)
{
	text_clear(&deb->control);
	text_clear(&deb->md5sums);
	text_clear(&deb->conffiles);
}

/* The next member's header: 1, 0 at the end of the file, or a negative errno. */
static int next_member(struct deb *deb, struct ar_member *member, struct error *err)
{
	char header[AR_HEADER_SIZE];
	ssize_t count = stream_fill(deb->descriptor, header, sizeof(header));

	if (count < 0)
		return error_system(err, (int)-count, "%s: cannot read", deb->path);
	if (count == 0)
		return 0;
	if (count < (ssize_t)sizeof(header) || ar_parse(header, member) < 0)
		return error_set(err, EBADMSG,
			"%s: damaged: where an ar member should begin is none", deb->path);
	return 1;
}

static int skip(struct deb *deb, uint64_t size, const char *what, struct error *err)
{
	char buffer[4096];

	while (size) {
		size_t wanted = size < sizeof(buffer) ? (size_t)size : sizeof(buffer);
		ssize_t count = stream_read(deb->descriptor, buffer, wanted);

		if (count < 0)
			return error_system(err, (int)-count, "%s: cannot read", deb->path);
		if (count == 0)
			return error_set(
				err, EBADMSG, "%s: damaged: cut off within %s", deb->path, what);
		size -= (uint64_t)count;
	}
	return 0;
}

static int skip_padding(struct deb *deb, const struct ar_member *member, struct error *err)
{
	return skip(deb, member->size % 2, member->name, err);
}

static int read_format(struct deb *deb, struct error *err)
{
	struct ar_member member = {0};
	char words[FORMAT_MAX + 1] = "";
	ssize_t count;
	int result = next_member(deb, &member, err);

	if (result < 0)
		return result;
	if (result == 0 || strcmp(member.name, "debian-binary") != 0 || member.size > FORMAT_MAX)
		return error_set(err, EBADMSG,
			"%s: not a Debian package: its first member is not debian-binary",
			deb->path);
	count = stream_fill(deb->descriptor, words, (size_t)member.size);
	if (count < 0)
		return error_system(err, (int)-count, "%s: cannot read", deb->path);
	/* deb(5): later minor numbers may add things and are to be accepted. */
	if (count != (ssize_t)member.size || !text_starts_with(words, "2."))
		return error_set(err, EBADMSG, "%s: its format is not 2.x: only this one is known",
			deb->path);
	return skip_padding(deb, &member, err);
}

/* Appends an entry's content, which is at most limit bytes. */
static int keep_entry(struct tarball *tarball, const struct tarball_entry *entry, size_t limit,
	struct text *content, struct error *err)
{
	const void *bytes;
	size_t length;
	int result;

	if (content->length)
		return error_set(err, EBADMSG, "%s: damaged: its control archive holds %s twice",
			tarball_path(tarball), entry->name);
	if (entry->kind != TARBALL_FILE)
		return error_set(err, EBADMSG, "%s: damaged: %s in its control archive is no file",
			tarball_path(tarball), entry->name);
	if (entry->size > limit)
		return error_set(err, EBADMSG,
			"%s: %s in its control archive has %llu bytes, more than the limit of %zu",
			tarball_path(tarball), entry->name, (unsigned long long)entry->size, limit);
	while ((result = tarball_data(tarball, &bytes, &length, err)) > 0) {
		if (content->length + length > limit)
			return error_set(err, EBADMSG, "%s: damaged: %s in its control archive",
				tarball_path(tarball), entry->name);
		text_append_bytes(content, bytes, length);
	}
	if (result == 0 && memchr(text_string(content), '\0', content->length))
		return error_set(err, EBADMSG,
			"%s: damaged: %s in its control archive holds zero bytes",
			tarball_path(tarball), entry->name);
	return result;
}

static int keep_control(struct deb *deb, struct tarball *tarball, struct error *err)
{
	struct tarball_entry entry;
	int result;

	while ((result = tarball_next(tarball, &entry, err)) > 0) {
		const char *name = md5sums_name(entry.name);

		if (strcmp(name, "control") == 0)
			result = keep_entry(tarball, &entry, CONTROL_MAX, &deb->control, err);
		else if (strcmp(name, "md5sums") == 0)
			result = keep_entry(tarball, &entry, MD5SUMS_MAX, &deb->md5sums, err);
		else if (strcmp(name, "conffiles") == 0)
			result = keep_entry(tarball, &entry, CONTROL_MAX, &deb->conffiles, err);
		if (result < 0)
			return result;
	}
	return result < 0 ? result : tarball_finish(tarball, err);
}

/* Members whose names begin with "_" may stand before the control archive and between the two. */
static int next_archive(
	struct deb *deb, const char *stem, struct ar_member *member, struct error *err)
{
	for (int i = 0; i < EXTRA_MEMBERS_MAX; i++) {
		int result = next_member(deb, member, err);

		if (result < 0)
			return result;
		if (result > 0 && member->name[0] == '_') {
			result = skip(deb, member->size + member->size % 2, member->name, err);
			if (result < 0)
				return result;
			continue;
		}
		if (result == 0 || !text_starts_with(member->name, stem))
			return error_set(err, EBADMSG,
				"%s: damaged: %s should follow and is not there", deb->path, stem);
		return 0;
	}
	return error_set(err, EBADMSG, "%s: more than %d members before %s", deb->path,
		EXTRA_MEMBERS_MAX, stem);
}

static int read_control(struct deb *deb, struct package *package, struct error *err)
{
	CLEANUP(cleanup_tarball) struct tarball *tarball = NULL;
	struct ar_member member;
	int result = next_archive(deb, "control.tar", &member, err);

	if (result == 0)
		result = tarball_open(
			&(struct tarball_source){
				.descriptor = deb->descriptor,
				.path = deb->path,
				.member = member.name,
				.size = member.size,
				.decoded_max = CONTROL_ARCHIVE_MAX,
				.entries_max = CONTROL_ENTRIES_MAX,
			},
			&tarball, err);
	if (result == 0)
		result = keep_control(deb, tarball, err);
	if (result == 0)
		result = skip_padding(deb, &member, err);
	if (result < 0)
		return result;
	if (!deb->control.length)
		return error_set(err, EBADMSG, "%s: damaged: it has no control file", deb->path);
	return deb_control_parse(deb->control.data, deb->path, package, err);
}

static int read_data(struct deb *deb, struct package *package, struct error *err)
{
	CLEANUP(cleanup_tarball) struct tarball *tarball = NULL;
	struct ar_member member;
	int result = next_archive(deb, "data.tar", &member, err);

	if (result == 0)
		result = tarball_open(
			&(struct tarball_source){
				.descriptor = deb->descriptor,
				.path = deb->path,
				.member = member.name,
				.size = member.size,
			},
			&tarball, err);
	if (result == 0)
		result = deb_data_check(tarball, text_take(&deb->md5sums),
			text_string(&deb->conffiles), package, err);
	if (result == 0)
		result = tarball_finish(tarball, err);
	if (result == 0)
		result = skip_padding(deb, &member, err);
	return result;
}

/* deb(5): what follows the data may come later and is to be ignored. */
static int read_rest(struct deb *deb, struct package *package, struct error *err)
{
	struct ar_member member;
	int result, count = 0;

	while ((result = next_member(deb, &member, err)) > 0) {
		char printable[80];

		if (++count > EXTRA_MEMBERS_MAX)
			return error_set(err, EBADMSG, "%s: more than %d members behind its data",
				deb->path, EXTRA_MEMBERS_MAX);
		package_note(package,
			"behind its data there is another member, %s, which dpkg ignores",
			text_printable(printable, sizeof(printable), member.name));
		result = skip(deb, member.size + member.size % 2, "its last member", err);
		if (result < 0)
			return result;
	}
	return result;
}

int deb_read(int descriptor, const char *path, struct package *package, struct error *err)
{
	CLEANUP(cleanup_deb) struct deb deb = {.descriptor = descriptor, .path = path};
	int result = read_format(&deb, err);

	if (result == 0)
		result = read_control(&deb, package, err);
	if (result == 0)
		result = read_data(&deb, package, err);
	if (result == 0)
		result = read_rest(&deb, package, err);
	if (result < 0)
		return result;
	package->signature = PACKAGE_SIGNATURE_NONE;
	package->key = text_copy("");
	return 0;
}
