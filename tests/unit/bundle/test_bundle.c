/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bundles of real packages: whole, altered, incomplete; every finding in its words. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/bundle.h"
#include "tests/unit/bundle/package_fixture.h"

#define A "demo-a-1.0-1.noarch.rpm"
#define B "demo-b-1.0-1.noarch.rpm"
#define NEWER "demo-b-1.1-1.noarch.rpm"

struct fixture {
	char *folder;
	char *bundle; /* made anew for each test */
	char *a, *b, *newer;
};

static int setup(void **state)
{
	static struct fixture fixture;
	const char *missing;

	fixture.folder = package_fixture_begin();
	*state = &fixture;
	missing = package_fixture_missing();
	if (missing) {
		print_message("bundles of packages are not tested: %s\n", missing);
		return 0;
	}
	fixture.a = package_fixture_build(fixture.folder, "demo-a", 0, "1.0", "1");
	fixture.b = package_fixture_build(fixture.folder, "demo-b", 0, "1.0", "1");
	fixture.newer = package_fixture_build(fixture.folder, "demo-b", 0, "1.1", "1");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->a);
	free(fixture->b);
	free(fixture->newer);
	free(fixture->bundle);
	package_fixture_end(fixture->folder);
	return 0;
}

static void begin(struct fixture *fixture)
{
	static int number;

	if (!fixture->a)
		skip();
	free(fixture->bundle);
	fixture->bundle = text_format("%s/bundle%d", fixture->folder, number++);
	assert_int_equal(mkdir(fixture->bundle, 0700), 0);
}

static char *inside(const struct fixture *fixture, const char *name)
{
	return text_format("%s/%s", fixture->bundle, name);
}

static void put(const struct fixture *fixture, const char *name, const char *content)
{
	CLEANUP(cleanup_free) char *path = inside(fixture, name);

	assert_int_equal(file_write(path, content, strlen(content), 0600, NULL), 0);
}

static void put_package(const struct fixture *fixture, const char *source)
{
	const char *const words[] = {"cp", source, fixture->bundle, NULL};

	assert_int_equal(package_fixture_run(words), 0);
}

/* Writes the manifest as the real program does. */
static void put_sums(const struct fixture *fixture, const char *program, const char *manifest)
{
	CLEANUP(cleanup_free)
	char *command = text_format("cd %s && %s *.rpm >%s", fixture->bundle, program, manifest);
	const char *const words[] = {"sh", "-c", command, NULL};

	assert_int_equal(package_fixture_run(words), 0);
}

static char *digest_of(const struct fixture *fixture, const char *name, enum digest_kind kind)
{
	CLEANUP(cleanup_free) char *path = inside(fixture, name);
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY);
	CLEANUP(cleanup_digests) struct digests digests = {0};
	const struct digest_wanted wanted = {.kinds = DIGEST_BIT(kind)};

	assert_int_equal(digest_descriptor(descriptor, path, &wanted, &digests, NULL), 0);
	return text_copy(digests_find(&digests, kind, digest_length(kind)));
}

/* Changes one byte in the middle of the payload. */
static void change_byte(const struct fixture *fixture, const char *name)
{
	CLEANUP(cleanup_free) char *path = inside(fixture, name);
	CLEANUP(cleanup_free) char *bytes = NULL;
	size_t length;

	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
	bytes[length - 100] ^= 0x10;
	assert_int_equal(file_write(path, bytes, length, 0600, NULL), 0);
}

/* Opens and verifies; what was found as "severity file: message" lines, owned. */
static char *verify(const struct fixture *fixture, int wanted)
{
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	struct text text = {0};
	CLEANUP(error_release) struct error err = {0};

	if (bundle_open(fixture->bundle, NULL, &bundle, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(bundle_verify(bundle, &findings, &err), wanted);
	if (wanted == 0)
		assert_int_equal(bundle_problem_count(&findings), 0);
	else
		assert_true(text_starts_with(error_text(&err), fixture->bundle));
	for (size_t i = 0; i < findings.count; i++)
		text_appendf(&text, "%s%s %s: %s", i ? "\n" : "",
			findings.items[i].severity == BUNDLE_NOTE ? "note" : "problem",
			findings.items[i].file ? findings.items[i].file : "bundle",
			findings.items[i].message);
	return text_take(&text);
}

static void test_whole(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	CLEANUP(cleanup_free) char *found = NULL, *digest = NULL;

	begin(fixture);
	put_package(fixture, fixture->b);
	put_package(fixture, fixture->a);
	put_sums(fixture, "md5sum", "MD5SUM");
	put_sums(fixture, "sha256sum --tag", "SHA256SUMS");
	put(fixture, "README", "not listed, not looked at");
	found = verify(fixture, 0);
	assert_string_equal(found, "");
	assert_int_equal(bundle_open(fixture->bundle, NULL, &bundle, NULL), 0);
	assert_int_equal(bundle->package_count, 2);
	assert_string_equal(bundle->packages[0].file, A);
	assert_string_equal(bundle->packages[0].package.nevra, "demo-a-1.0-1.noarch");
	assert_string_equal(bundle->packages[1].file, B);
	digest = digest_of(fixture, A, DIGEST_SHA256);
	assert_string_equal(bundle->packages[0].sha256, digest);
	assert_true(bundle->packages[0].size > 1000);
}

static void test_md5_only_is_noted(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	put_sums(fixture, "md5sum -b", "MD5SUM");
	found = verify(fixture, 0);
	assert_string_equal(found,
		"note bundle: its manifest holds MD5 digests only: these show integrity, not authenticity (files with the same MD5 can be made on purpose)");
}

/* The runbook's case: a byte changed under way; file, manifest line and both digests are named. */
static void test_changed_byte(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *before = NULL, *after = NULL, *found = NULL, *wanted = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	put_package(fixture, fixture->b);
	put_sums(fixture, "sha256sum", "SHA256SUMS");
	before = digest_of(fixture, B, DIGEST_SHA256);
	change_byte(fixture, B);
	after = digest_of(fixture, B, DIGEST_SHA256);
	found = verify(fixture, -EBADMSG);
	wanted = text_format(
		"problem " B
		": its SHA256 digest is not the one in SHA256SUMS:2 (expected %s, actual %s): it was altered or damaged, copy or download it again\n"
		"problem " B ": damaged: Payload SHA256 digest: BAD (Expected ",
		before, after);
	if (!text_starts_with(found, wanted))
		assert_string_equal(found, wanted);
}

/* Damage that a manifest made afterwards hides is found by rpm's own digests. */
static void test_manifest_made_after_damage(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	change_byte(fixture, A);
	put_sums(fixture, "sha256sum", "SHA256SUMS");
	found = verify(fixture, -EBADMSG);
	assert_true(text_starts_with(
		found, "problem " A ": damaged: Payload SHA256 digest: BAD (Expected "));
}

static void test_everything_wrong_at_once(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *a = NULL, *manifest = NULL, *found = NULL, *wanted = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	put_package(fixture, fixture->b);
	put_package(fixture, fixture->newer);
	put(fixture, "broken.rpm", "no package");
	put(fixture, "LICENSE", "all rights reversed\n");
	a = digest_of(fixture, A, DIGEST_MD5);
	manifest = text_format("%s  " A "\n%s  missing.rpm\n%s  ../outside.rpm\nnonsense\n"
			       "%s  LICENSE\n%s  " B "\n",
		a, a, a, a, a);
	put(fixture, "MD5SUM", manifest);
	put(fixture, "SHA256SUMS", "");
	found = verify(fixture, -EBADMSG);
	free(a);
	a = digest_of(fixture, B, DIGEST_MD5);
	wanted = text_format(
		"problem missing.rpm: MD5SUM:2 names it, but it is not in the bundle: copy or download it again\n"
		"problem MD5SUM: line 3 names \"../outside.rpm\", which is no file of the bundle: only paths below the manifest's folder, without \"..\", are read\n"
		"note MD5SUM: line 4 is improperly formatted and was left out (\"digest  name\" or \"SHA256 (name) = digest\" is expected)\n"
		"problem LICENSE: its MD5 digest is not the one in MD5SUM:5 (expected %.32s, actual bd2cb140d6915c0ec2f82fddb60faab6): it was altered or damaged, copy or download it again\n"
		"problem " B
		": its MD5 digest is not the one in MD5SUM:6 (expected %.32s, actual %s): it was altered or damaged, copy or download it again\n"
		"problem SHA256SUMS: no properly formatted checksum line in it\n"
		"note bundle: its manifest holds MD5 digests only: these show integrity, not authenticity (files with the same MD5 can be made on purpose)\n"
		"problem broken.rpm: no manifest lists it: either it does not belong here or the manifest is not complete\n"
		"problem broken.rpm: not an RPM package\n"
		"problem " NEWER
		": no manifest lists it: either it does not belong here or the manifest is not complete\n"
		"problem " NEWER ": it holds demo-b-1.1-1.noarch, and " B
		" holds demo-b-1.0-1.noarch: a bundle has each package once, remove one\n"
		"note bundle: its packages demo* differ in version: demo-a 1.0-1, demo-b 1.0-1, demo-b 1.1-1",
		manifest, manifest, a);
	assert_string_equal(found, wanted);
}

static void test_nothing_in_it(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL;

	begin(fixture);
	found = verify(fixture, -EBADMSG);
	assert_string_equal(found,
		"problem bundle: there is no manifest (MD5SUM, SHA256SUMS, ...) in it, so nothing tells whether the packages are those that were shipped\n"
		"problem bundle: there is no package (*.rpm, *.deb) in it");
}

/* A name could be taken for an option or for more than one word on a node. */
static void test_odd_file_name(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL, *from = NULL, *to = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	from = inside(fixture, A);
	to = inside(fixture, "-a b.rpm");
	assert_int_equal(rename(from, to), 0);
	put_sums(fixture, "sha256sum --", "SHA256SUMS");
	found = verify(fixture, -EBADMSG);
	assert_string_equal(found,
		"problem -a b.rpm: its file name has other characters than letters, digits and \"._+~^:-\": rename it, in the manifest too");
}

static void test_cannot_open(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *archive = NULL, *fifo = NULL, *wanted = NULL, *found = NULL;
	struct bundle *bundle = NULL;
	CLEANUP(error_release) struct error err = {0};

	begin(fixture);
	assert_int_equal(bundle_open("/nonexistent", NULL, &bundle, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"/nonexistent: cannot open the bundle: No such file or directory");
	put(fixture, "a.zip", "PK");
	archive = inside(fixture, "a.zip");
	assert_int_equal(bundle_open(archive, NULL, &bundle, &err), -ENOTSUP);
	wanted = text_format(
		"%s: neither a folder nor an archive that can be read (tar, zip, iso9660, cpio; gzip, bzip2, xz, zstd, lz4)",
		archive);
	assert_string_equal(error_text(&err), wanted);
	/* A named pipe must not make it wait for ever. */
	fifo = inside(fixture, "a.rpm");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(bundle);
	found = verify(fixture, -EBADMSG);
	assert_non_null(strstr(found, "problem a.rpm: could not be read: not a regular file"));
}

/* A package that is named but not there is no whole bundle, though no manifest lists it. */
static void test_link_to_nowhere(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *link = NULL, *found = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	put_sums(fixture, "sha256sum --", "SHA256SUMS");
	link = inside(fixture, B);
	assert_int_equal(symlink("nowhere.rpm", link), 0);
	found = verify(fixture, -EBADMSG);
	assert_non_null(strstr(found,
		"problem " B ": could not be read: cannot be opened: No such file or directory"));
}

static void test_manifests_without_end(void **state)
{
	enum { SIZE = 1 << 20, COUNT = 18 };
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *line = NULL, *found = NULL;

	begin(fixture);
	put_package(fixture, fixture->a);
	put_sums(fixture, "sha256sum --", "SHA256SUMS");
	line = text_format("# %*s\n", SIZE - 3, "");
	for (int i = 0; i < COUNT; i++) {
		CLEANUP(cleanup_free) char *name = text_format("%02d.md5", i);

		put(fixture, name, line);
	}
	found = verify(fixture, -EBADMSG);
	assert_non_null(strstr(found,
		"problem 16.md5: with it the manifests and their signatures come to more than 16 MiB, and no more of them are read: no bundle has so many"));
	assert_null(strstr(found, "17.md5: with it"));
}

static void test_changed_after_verification(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	CLEANUP(cleanup_free) char *after = NULL, *wanted = NULL;
	CLEANUP(error_release) struct error err = {0};
	int descriptor = -1;
	char byte;

	begin(fixture);
	put_package(fixture, fixture->a);
	assert_int_equal(bundle_open(fixture->bundle, NULL, &bundle, NULL), 0);
	assert_int_equal(bundle_open_package(&bundle->packages[0], &descriptor, NULL), 0);
	assert_int_equal(read(descriptor, &byte, 1), 1);
	assert_int_equal((unsigned char)byte, 0xed);
	close(descriptor);
	change_byte(fixture, A);
	descriptor = -1;
	assert_int_equal(bundle_open_package(&bundle->packages[0], &descriptor, &err), -ESTALE);
	assert_int_equal(descriptor, -1);
	after = digest_of(fixture, A, DIGEST_SHA256);
	wanted = text_format(
		"%s/" A
		": changed since it was verified (SHA256 was %s, is %s): verify the bundle again and find out who writes to it",
		bundle->path, bundle->packages[0].sha256, after);
	assert_string_equal(error_text(&err), wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_md5_only_is_noted),
		cmocka_unit_test(test_changed_byte),
		cmocka_unit_test(test_manifest_made_after_damage),
		cmocka_unit_test(test_everything_wrong_at_once),
		cmocka_unit_test(test_nothing_in_it),
		cmocka_unit_test(test_odd_file_name),
		cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_link_to_nowhere),
		cmocka_unit_test(test_manifests_without_end),
		cmocka_unit_test(test_changed_after_verification),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
