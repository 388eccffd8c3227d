/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bundles in archives: the same verdict as of the folder, packages handed out again, and what a
 * reading process that dies comes to. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/bundle.h"
#include "orchestrator/bundle/identity.h"
#include "orchestrator/bundle/pool.h"
#include "tests/unit/bundle/package_fixture.h"

#define A "demo-a-1.0-1.noarch.rpm"
#define B "demo-b-1.0-1.noarch.rpm"

struct fixture {
	char *folder;
	char *bundle; /* $folder/bundle: A, B, MD5SUM, SHA256SUMS, README */
	char *archive;
};

/* Runs a shell command in the fixture's folder. */
static void run(const struct fixture *fixture, const char *command)
{
	CLEANUP(cleanup_free) char *whole = text_format("cd %s && %s", fixture->folder, command);
	const char *const words[] = {"sh", "-c", whole, NULL};

	assert_int_equal(package_fixture_run(words), 0);
}

static int setup(void **state)
{
	static struct fixture fixture;
	CLEANUP(cleanup_free) char *a = NULL, *b = NULL;
	const char *missing;

	fixture.folder = package_fixture_begin();
	fixture.bundle = text_format("%s/bundle", fixture.folder);
	fixture.archive = text_format("%s/x", fixture.folder);
	*state = &fixture;
	missing = package_fixture_missing();
	if (missing) {
		print_message("bundles in archives are not tested: %s\n", missing);
		free(fixture.bundle);
		fixture.bundle = NULL;
		return 0;
	}
	a = package_fixture_build(fixture.folder, "demo-a", 0, "1.0", "1");
	b = package_fixture_build(fixture.folder, "demo-b", 0, "1.0", "1");
	run(&fixture, "mkdir bundle && mv top/RPMS/*.rpm bundle && cd bundle && echo hello >README "
		      "&& md5sum -- * >MD5SUM && sha256sum -- *.rpm >SHA256SUMS");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->bundle);
	free(fixture->archive);
	package_fixture_end(fixture->folder);
	return 0;
}

/* Opens and verifies; what was found as "severity file: message" lines, owned. */
static char *verify(const struct fixture *fixture, int wanted)
{
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(error_release) struct error err = {0};

	if (bundle_open(fixture->archive, NULL, &bundle, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(bundle_verify(bundle, &findings, &err), wanted);
	for (size_t i = 0; i < findings.count; i++)
		text_appendf(&text, "%s%s %s: %s", i ? "\n" : "",
			findings.items[i].severity == BUNDLE_NOTE ? "note" : "problem",
			findings.items[i].file ? findings.items[i].file : "bundle",
			findings.items[i].message);
	return text_take(&text);
}

/* However it is packed: at the top, in a folder, manifests first or last. */
static void test_same_as_folder(void **state)
{
	static const char *const commands[] = {"tar -C bundle -czf x .", "tar -cJf x bundle",
		"tar -C bundle -cf x " B " " A " README SHA256SUMS MD5SUM",
		"tar -C bundle -czf x SHA256SUMS MD5SUM README " A " " B};
	struct fixture *fixture = *state;
	CLEANUP(cleanup_bundle) struct bundle *folder = NULL;
	char wanted[BUNDLE_IDENTITY_SIZE], identity[BUNDLE_IDENTITY_SIZE];

	if (!fixture->bundle)
		skip();
	assert_int_equal(bundle_open(fixture->bundle, NULL, &folder, NULL), 0);
	assert_int_equal(bundle_identity(folder, wanted, NULL), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
		CLEANUP(cleanup_free) char *found = NULL;

		run(fixture, commands[i]);
		found = verify(fixture, 0);
		assert_string_equal(found, "");
		assert_int_equal(bundle_open(fixture->archive, NULL, &bundle, NULL), 0);
		assert_int_equal(bundle->package_count, 2);
		assert_string_equal(bundle->packages[1].entry, B);
		assert_string_equal(bundle->packages[1].package.nevra, "demo-b-1.0-1.noarch");
		assert_int_equal(bundle_identity(bundle, identity, NULL), 0);
		assert_string_equal(identity, wanted);
	}
}

/* Digests that nobody expected, asked for by a manifest at the end, take a second pass. */
static void test_uncommon_digests_last(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL;

	if (!fixture->bundle)
		skip();
	run(fixture, "cp -r bundle more && cd more && rm *SUM* && b2sum -l 24 -- * >../B2 && "
		     "sha384sum -- *.rpm >../S3 && tar -cf ../x * && mv ../B2 B2SUMS && "
		     "mv ../S3 SHA384SUMS && tar -rf ../x B2SUMS SHA384SUMS && rm -r ../more");
	found = verify(fixture, 0);
	assert_string_equal(found, "");
}

static void test_everything_wrong(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL;

	if (!fixture->bundle)
		skip();
	run(fixture, "cp -r bundle bad && cd bad && rm README && printf x >>" A " && "
		     "tar -cf ../x * && ln -s /etc/passwd out && tar -rf ../x out " B
		     " && tar --absolute-names -rf ../x /etc/hostname && rm -r ../bad");
	found = verify(fixture, -EBADMSG);
	assert_true(text_starts_with(found,
		"problem out: a link that leads out of the bundle: such an entry is not read and "
		"must not be unpacked\n"
		"problem /etc/hostname: an absolute path: such an entry is not read and must not "
		"be unpacked\n"
		"problem " B ": it is in the archive more than once, so that nobody knows which "
		"one is meant: pack it again\n"
		"problem README: MD5SUM:1 names it, but it is not in the bundle: copy or download "
		"it again\n"
		"problem " A ": its MD5 digest is not the one in MD5SUM:2 (expected "));
}

static void test_cut_off(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *found = NULL;

	if (!fixture->bundle)
		skip();
	run(fixture, "tar -C bundle -b 1 -cf x MD5SUM README " A " " B " && truncate -s -2048 x");
	found = verify(fixture, -EBADMSG);
	assert_true(text_starts_with(found, "problem bundle: the archive is damaged: "));
	assert_non_null(strstr(found, B ": could not be read: the archive ends or is damaged"));
}

/* What upload and preflight need: bytes and header again, every reader with its own position. */
static void test_packages_again(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	CLEANUP(cleanup_close) int one = -1, other = -1;
	CLEANUP(cleanup_text) struct text header = {0};
	CLEANUP(cleanup_free) char *wanted = NULL;
	CLEANUP(error_release) struct error err = {0};
	char bytes[4];

	if (!fixture->bundle)
		skip();
	run(fixture, "tar -czf x bundle");
	assert_int_equal(bundle_open(fixture->archive, NULL, &bundle, NULL), 0);
	assert_int_equal(bundle_open_package(&bundle->packages[1], &one, &err), 0);
	assert_int_equal(bundle_open_package(&bundle->packages[1], &other, &err), 0);
	assert_int_equal(read(one, bytes, 4), 4);
	assert_memory_equal(bytes, "\xed\xab\xee\xdb", 4);
	assert_int_equal(read(other, bytes, 4), 4);
	assert_memory_equal(bytes, "\xed\xab\xee\xdb", 4);
	assert_int_equal(lseek(one, 0, SEEK_END), bundle->packages[1].size);
	assert_int_equal(bundle_read_header(&bundle->packages[0], &header, &err), 0);
	assert_true(header.length > 100 && header.length < bundle->packages[0].size);
	wanted = text_format("%s: " B, fixture->archive);
	assert_string_equal(bundle->packages[1].path, wanted);
}

static void test_archive_changed(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	CLEANUP(cleanup_free) char *wanted = NULL;
	CLEANUP(error_release) struct error err = {0};
	int descriptor = -1;

	if (!fixture->bundle)
		skip();
	run(fixture, "tar -czf x bundle");
	assert_int_equal(bundle_open(fixture->archive, NULL, &bundle, NULL), 0);
	run(fixture, "tar -czf x bundle/" A);
	assert_int_equal(bundle_open_package(&bundle->packages[1], &descriptor, &err), -ESTALE);
	wanted = text_format("%s: changed since it was verified: bundle/" B " is no longer in it",
		fixture->archive);
	assert_string_equal(error_text(&err), wanted);
	assert_int_equal(descriptor, -1);
}

static void test_cancelled(void **state)
{
	static volatile sig_atomic_t cancel = SIGINT;
	struct fixture *fixture = *state;
	const struct bundle_options options = {.cancel = &cancel};
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (!fixture->bundle)
		skip();
	run(fixture, "tar -czf x bundle");
	assert_int_equal(bundle_open(fixture->archive, &options, &bundle, &err), -ECANCELED);
	assert_string_equal(error_text(&err), "interrupted");
	assert_int_equal(bundle_open(fixture->bundle, &options, &bundle, &err), -ECANCELED);
	assert_null(bundle);
}

static void take(void *data, size_t token, struct reading *reading)
{
	char **said = data;

	said[token] = text_copy(reading->failure ? reading->failure : "read");
}

/* A reading process is killed with a file in its hands; the next file is read by another one. */
static void test_reader_dies(void **state)
{
	char *said[2] = {NULL, NULL};
	const struct pool_config config = {.workers = 1, .data = said, .done = take};
	CLEANUP(cleanup_pool) struct pool *pool = NULL;
	struct reading_request request = {.name = "a"};
	CLEANUP(cleanup_free) char *list = NULL;
	int pair[2], process;
	FILE *file;

	(void)state;
	assert_int_equal(pool_open(&config, &pool, NULL), 0);
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	request.descriptor = pair[0];
	assert_int_equal(pool_give(pool, 0, &request, NULL), 0);
	/* It waits for the pipe's end. The only child there is. */
	list = text_format("/proc/self/task/%d/children", (int)getpid());
	file = fopen(list, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &process), 1);
	fclose(file);
	assert_int_equal(kill(process, SIGKILL), 0);
	assert_int_equal(pool_finish(pool, NULL), 0);
	close(pair[1]);
	assert_int_equal(pool_give(pool, 1, &request, NULL), 0);
	assert_int_equal(pool_finish(pool, NULL), 0);
	close(pair[0]);
	assert_string_equal(said[0], "the process reading it died of signal 9 (Killed): somebody "
				     "ended it, or memory was short; verify it again");
	assert_string_equal(said[1], "read");
	free(said[0]);
	free(said[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_folder),
		cmocka_unit_test(test_uncommon_digests_last),
		cmocka_unit_test(test_everything_wrong),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_packages_again),
		cmocka_unit_test(test_archive_changed),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_reader_dies),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
