/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the files of a Debian package those that its md5sums say? */
#include "orchestrator/bundle/deb_data.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/md5sums.h"

struct check {
	struct tarball *data;
	struct md5sums list;
	const char *conffiles;
	EVP_MD_CTX *digest;
	struct package *package;
	uint64_t unlisted;
	char first_unlisted[200];
	bool has_devices;
};

static void cleanup_check(struct check *check)
{
	md5sums_clear(&check->list);
	EVP_MD_CTX_free(check->digest);
}

/* A line of conffiles: "/etc/name", in newer packages with flags before it. */
static bool is_conffile(const struct check *check, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = check->conffiles; *line;) {
		size_t size = strcspn(line, "\n");

		if (size > length && strncmp(line + size - length, name, length) == 0 &&
			line[size - length - 1] == '/')
			return true;
		line += size;
		line += *line == '\n';
	}
	return false;
}

static void note_unlisted(struct check *check, const char *name)
{
	if (is_conffile(check, md5sums_name(name)))
		return;
	if (!check->unlisted++)
		text_printable(check->first_unlisted, sizeof(check->first_unlisted), name);
}

static int compare(const struct check *check, const char *name, const char *expected,
	const char *actual, struct error *err)
{
	char printable[300];

	if (strcmp(expected, actual) == 0)
		return 0;
	return error_set(err, EBADMSG,
		"%s: damaged: %s in it is not what its md5sums say (expected %s, actual %s)",
		tarball_path(check->data), text_printable(printable, sizeof(printable), name),
		expected, actual);
}

static int check_file(struct check *check, const char *entry_name, struct error *err)
{
	/* The entry's own name is borrowed only until its data is read. */
	CLEANUP(cleanup_free) char *name = text_copy(entry_name);
	struct md5sums_entry *listed = md5sums_find(&check->list, name);
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned int size = 0;
	const void *bytes;
	size_t length;
	int result, fine = EVP_DigestInit_ex(check->digest, EVP_md5(), NULL);

	while ((result = tarball_data(check->data, &bytes, &length, err)) > 0)
		if (listed && fine)
			fine = EVP_DigestUpdate(check->digest, bytes, length);
	if (result < 0)
		return result;
	if (!listed)
		return note_unlisted(check, name), 0;
	if (!fine || !EVP_DigestFinal_ex(check->digest, digest, &size))
		return error_set(err, EIO, "%s: MD5 failed", tarball_path(check->data));
	for (unsigned int i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	listed->seen = true;
	return compare(check, name, listed->digest, hex, err);
}

/* A hard link has its target's content, whose digest was checked before. */
static int check_hard_link(
	struct check *check, const struct tarball_entry *entry, struct error *err)
{
	struct md5sums_entry *listed = md5sums_find(&check->list, entry->name);
	const struct md5sums_entry *target = md5sums_find(&check->list, entry->target);

	if (!listed)
		return note_unlisted(check, entry->name), 0;
	listed->seen = true;
	return target ? compare(check, entry->name, listed->digest, target->digest, err) : 0;
}

static int check_entry(struct check *check, const struct tarball_entry *entry, struct error *err)
{
	struct md5sums_entry *listed;
	char printable[200];

	switch (entry->kind) {
	case TARBALL_FILE:
		return check_file(check, entry->name, err);
	case TARBALL_HARD_LINK:
		return check_hard_link(check, entry, err);
	case TARBALL_SYMBOLIC_LINK:
		/* Some tools list what it leads to, which may be in another package. */
		listed = md5sums_find(&check->list, entry->name);
		if (listed)
			listed->seen = true;
		return 0;
	case TARBALL_FOLDER:
		return 0;
	case TARBALL_DEVICE:
		if (!check->has_devices)
			package_note(check->package, "it holds a device, socket or FIFO: %s",
				text_printable(printable, sizeof(printable), entry->name));
		check->has_devices = true;
		return 0;
	}
	return 0;
}

static int judge(struct check *check, struct error *err)
{
	char printable[300];

	for (size_t i = 0; i < check->list.count; i++)
		if (!check->list.entries[i].seen)
			return error_set(err, EBADMSG,
				"%s: damaged: its md5sums list %s, which is not in it",
				tarball_path(check->data),
				text_printable(
					printable, sizeof(printable), check->list.entries[i].name));
	if (check->list.bad_line)
		package_note(check->package, "line %u of its md5sums cannot be read",
			check->list.bad_line);
	if (check->unlisted && !check->list.count)
		package_note(check->package,
			"it has no md5sums: only a manifest tells whether its files are whole");
	else if (check->unlisted)
		package_note(check->package, "%llu of its files not in its md5sums, the first: %s",
			(unsigned long long)check->unlisted, check->first_unlisted);
	return 0;
}

int deb_data_check(struct tarball *data, char *md5sums, const char *conffiles,
	struct package *package, struct error *err)
{
	CLEANUP(cleanup_check)
	struct check check = {.data = data, .conffiles = conffiles, .package = package};
	struct tarball_entry entry;
	int result;

	md5sums_parse(&check.list, md5sums);
	check.digest = EVP_MD_CTX_new();
	if (!check.digest)
		return error_set(err, ENOMEM, "%s: no memory to read it", tarball_path(data));
	while ((result = tarball_next(data, &entry, err)) > 0) {
		result = check_entry(&check, &entry, err);
		if (result < 0)
			return result;
	}
	return result < 0 ? result : judge(&check, err);
}
