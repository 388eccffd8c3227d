/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives of every kind, made by libarchive: read entry by entry, and what is refused in them. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "orchestrator/bundle/container.h"

/* An archive being written into memory. */
struct made {
	int file;
	struct archive *archive;
};

static struct made begin(int format, int filter)
{
	struct made made = {memfd_create("archive", MFD_CLOEXEC), archive_write_new()};

	assert_int_equal(archive_write_set_format(made.archive, format), ARCHIVE_OK);
	assert_true(archive_write_add_filter(made.archive, filter) >= ARCHIVE_WARN);
	assert_int_equal(archive_write_open_fd(made.archive, made.file), ARCHIVE_OK);
	return made;
}

static void add(struct made *made, const char *name, unsigned int type, const char *target,
	const void *bytes, size_t length)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)length);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, target);
	else if (target)
		archive_entry_set_hardlink(entry, target);
	assert_true(archive_write_header(made->archive, entry) >= ARCHIVE_WARN);
	if (length)
		assert_int_equal(archive_write_data(made->archive, bytes, length), length);
	archive_entry_free(entry);
}

static void add_file(struct made *made, const char *name, const char *words)
{
	add(made, name, AE_IFREG, NULL, words, strlen(words));
}

static int end(struct made *made)
{
	assert_int_equal(archive_write_free(made->archive), ARCHIVE_OK);
	return made->file;
}

/* What one entry holds, owned; NULL with err filled. */
static char *content(struct container *container, struct error *err)
{
	CLEANUP(cleanup_text) struct text text = {0};
	const void *bytes;
	size_t length = 1;

	while (length) {
		if (container_read(container, &bytes, &length, err) < 0)
			return NULL;
		text_append_bytes(&text, bytes, length);
	}
	return text_take(&text);
}

/* The whole archive as "name=content" or "name! refusal" lines; at the end the error. Owned. */
static char *listing(int file, const struct container_limits *limits, int *result)
{
	CLEANUP(cleanup_container) struct container *container = NULL;
	CLEANUP(cleanup_text) struct text text = {0};
	struct container_entry entry;
	CLEANUP(error_release) struct error err = {0};

	*result = container_open(file, "x", limits, &container, &err);
	while (*result == 0 && (*result = container_next(container, &entry, &err)) > 0) {
		*result = 0;
		if (entry.refusal) {
			text_appendf(&text, "%s%s %s\n", entry.name, entry.harmless ? "~" : "!",
				entry.refusal);
		} else {
			CLEANUP(cleanup_free) char *name = text_copy(entry.name);
			CLEANUP(cleanup_free) char *words = content(container, &err);

			if (words)
				text_appendf(&text, "%s=%s\n", name, words);
			else
				*result = -err.number;
		}
	}
	if (*result < 0)
		text_append(&text, error_text(&err));
	close(file);
	return text_take(&text);
}

static void expect(int file, const struct container_limits *limits, int wanted, const char *words)
{
	int result;
	CLEANUP(cleanup_free) char *found = listing(file, limits, &result);

	assert_string_equal(found, words);
	assert_int_equal(result, wanted);
}

static void test_kinds(void **state)
{
	static const int formats[] = {ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FORMAT_TAR_GNUTAR,
		ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FORMAT_CPIO_SVR4_NOCRC,
		ARCHIVE_FORMAT_ZIP, ARCHIVE_FORMAT_ISO9660};
	static const int filters[] = {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP,
		ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_LZMA, ARCHIVE_FILTER_LZIP,
		ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_LZ4, ARCHIVE_FILTER_COMPRESS};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		for (size_t j = 0; j < sizeof(filters) / sizeof(filters[0]); j++) {
			struct made made = begin(formats[i], filters[j]);

			add_file(&made, "bundle/SHA256SUMS", "sums");
			add_file(&made, "bundle/a-1.0.rpm", "package");
			expect(end(&made), NULL, 0,
				"bundle/SHA256SUMS=sums\nbundle/a-1.0.rpm=package\n");
		}
	}
}

static void test_names(void **state)
{
	static const int formats[] = {ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FORMAT_ZIP};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct made made = begin(formats[i], ARCHIVE_FILTER_NONE);

		add_file(&made, "./r\xc3\xa9sum\xc3\xa9 1", "utf-8");
		add_file(&made, "a//./b", "plain");
		expect(end(&made), NULL, 0, "r\xc3\xa9sum\xc3\xa9 1=utf-8\na/b=plain\n");
	}
}

static void test_refused(void **state)
{
	struct made made = begin(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE);

	(void)state;
	add_file(&made, "/etc/passwd", "x");
	add_file(&made, "../up", "x");
	add_file(&made, "a/../../up", "x");
	add_file(&made, "a/b/c/d/e/f/g/h/i/j", "x");
	add(&made, "out", AE_IFLNK, "../x", NULL, 0);
	add(&made, "d/in", AE_IFLNK, "../x", NULL, 0);
	add(&made, "d/far", AE_IFLNK, "a/../../../x", NULL, 0);
	add(&made, "abs", AE_IFLNK, "/etc/shadow", NULL, 0);
	add(&made, "hard", AE_IFREG, "/etc/shadow", NULL, 0);
	add(&made, "same", AE_IFREG, "good", NULL, 0);
	add(&made, "fifo", AE_IFIFO, NULL, NULL, 0);
	add(&made, "null", AE_IFCHR, NULL, NULL, 0);
	add(&made, "folder", AE_IFDIR, NULL, NULL, 0);
	add_file(&made, "good", "kept");
	expect(end(&made), NULL, 0,
		"/etc/passwd! an absolute path\n"
		"../up! a path with \"..\" in it\n"
		"a/../../up! a path with \"..\" in it\n"
		"a/b/c/d/e/f/g/h/i/j! more than 8 folders deep\n"
		"out! a link that leads out of the bundle\n"
		"d/in~ a link to another entry, which is not followed in archives\n"
		"d/far! a link that leads out of the bundle\n"
		"abs! a link that leads out of the bundle\n"
		"hard! a link that leads out of the bundle\n"
		"same~ a link to another entry, which is not followed in archives\n"
		"fifo! a device, FIFO or socket\n"
		"null! a device, FIFO or socket\n"
		"good=kept\n");
}

static void test_encrypted(void **state)
{
	struct made made = {memfd_create("archive", MFD_CLOEXEC), archive_write_new()};

	(void)state;
	assert_int_equal(archive_write_set_format_zip(made.archive), ARCHIVE_OK);
	if (archive_write_set_options(made.archive, "zip:encryption=traditional") != ARCHIVE_OK) {
		print_message("this libarchive encrypts nothing\n");
		archive_write_free(made.archive);
		skip();
	}
	assert_int_equal(archive_write_set_passphrase(made.archive, "secret"), ARCHIVE_OK);
	assert_int_equal(archive_write_open_fd(made.archive, made.file), ARCHIVE_OK);
	add_file(&made, "a.rpm", "x");
	expect(end(&made), NULL, 0, "a.rpm! encrypted\n");
}

static void test_limits(void **state)
{
	static const struct container_limits few = {2, 100, 200, 1 << 20};
	static const struct container_limits bomb = {9, UINT64_C(1) << 40, 10, 1 << 20};
	struct made made = begin(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_GZIP);
	CLEANUP(cleanup_free) char *zeros = calloc(1, 4 << 20);

	(void)state;
	add_file(&made, "a", "1");
	add_file(&made, "b", "2");
	add_file(&made, "c", "3");
	expect(end(&made), &few, -E2BIG,
		"a=1\nb=2\nx: it has more than 2 entries: no bundle has so many");
	made = begin(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_GZIP);
	add(&made, "large", AE_IFREG, NULL, zeros, 1000);
	expect(end(&made), &few, -E2BIG,
		"x: its entry large is said to be of 1000 bytes; more than 100 are not read");
	made = begin(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE);
	add(&made, "zeros", AE_IFREG, NULL, zeros, 4 << 20);
	expect(end(&made), &bomb, -E2BIG,
		"x: it unpacks to more than 1 MiB, 10 times its size: made to exhaust its readers; pack it again");
	/* What is skipped counts as well. */
	made = begin(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_GZIP);
	add(&made, "/skipped", AE_IFREG, NULL, zeros, 4 << 20);
	add_file(&made, "a", "1");
	expect(end(&made), &bomb, -E2BIG,
		"/skipped! an absolute path\nx: it unpacks to more than 1 MiB, 10 times its size: made to exhaust its readers; pack it again");
}

static void test_damaged(void **state)
{
	struct made made = begin(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_GZIP);
	char random[3000];
	int file, result;
	CLEANUP(cleanup_free) char *found = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(random); i++)
		random[i] = (char)(i * i * 7 % 251);
	add(&made, "a", AE_IFREG, NULL, random, sizeof(random));
	file = end(&made);
	assert_int_equal(ftruncate(file, lseek(file, 0, SEEK_END) / 2), 0);
	found = listing(file, NULL, &result);
	assert_int_equal(result, -EBADMSG);
	assert_true(text_starts_with(found, "x: the archive is damaged: "));
	file = memfd_create("text", MFD_CLOEXEC);
	assert_int_equal(write(file, "hello", 5), 5);
	expect(file, NULL, -ENOTSUP,
		"x: neither a folder nor an archive that can be read (tar, zip, iso9660, cpio; gzip, bzip2, xz, zstd, lz4)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
