/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RPM files made by rpmbuild: read, damaged in every region, compared. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/package.h"
#include "tests/unit/bundle/package_fixture.h"

struct fixture {
	char *folder;
	char *path;		/* a good package */
	char *known, *unknown;	/* copies, signed with a key that rpm knows and one it does not */
	const char *unsignable; /* why these are not there */
	struct keyring *keyring;
};

static char *copy_of(const struct fixture *fixture, const char *name)
{
	char *path = text_format("%s/%s.rpm", fixture->folder, name);

	package_fixture_run((const char *const[]){"cp", fixture->path, path, NULL});
	return path;
}

static void setup_signed(struct fixture *fixture)
{
	fixture->known = copy_of(fixture, "known");
	fixture->unknown = copy_of(fixture, "unknown");
	fixture->unsignable =
		package_fixture_sign(fixture->folder, fixture->known, "known@example", true);
	if (!fixture->unsignable)
		fixture->unsignable = package_fixture_sign(
			fixture->folder, fixture->unknown, "unknown@example", false);
	if (fixture->unsignable)
		print_message("signatures are not tested: %s\n", fixture->unsignable);
}

static int setup(void **state)
{
	static struct fixture fixture;
	const char *missing;

	fixture.folder = package_fixture_begin();
	*state = &fixture;
	missing = package_fixture_missing();
	if (missing)
		print_message("packages are not tested: %s\n", missing);
	else
		fixture.path = package_fixture_build(fixture.folder, "demo-a", 2, "1.0~rc1", "3");
	if (fixture.path)
		setup_signed(&fixture);
	assert_int_equal(keyring_open(NULL, &fixture.keyring, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->path);
	free(fixture->known);
	free(fixture->unknown);
	keyring_free(fixture->keyring);
	package_fixture_end(fixture->folder);
	return 0;
}

static void test_read(void **state)
{
	struct fixture *fixture = *state;
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};

	if (!fixture->path)
		skip();
	assert_int_equal(package_read(fixture->path, fixture->keyring, &package, &err), 0);
	assert_string_equal(package.name, "demo-a");
	assert_int_equal(package.epoch, 2);
	assert_string_equal(package.version, "1.0~rc1");
	assert_string_equal(package.release, "3");
	assert_string_equal(package.arch, "noarch");
	assert_string_equal(package.evr, "2:1.0~rc1-3");
	assert_string_equal(package.nevra, "demo-a-2:1.0~rc1-3.noarch");
	assert_int_equal(package.installed_size, 3893);
	assert_int_equal(package.signature, PACKAGE_SIGNATURE_NONE);
	package_clear(&package);
}

static void test_signatures(void **state)
{
	struct fixture *fixture = *state;
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};

	if (!fixture->path || fixture->unsignable)
		skip();
	assert_int_equal(package_read(fixture->known, fixture->keyring, &package, &err), 0);
	assert_string_equal(package_signature_name(package.signature), "ok");
	package_clear(&package);
	assert_int_equal(package_read(fixture->unknown, fixture->keyring, &package, &err), 0);
	assert_string_equal(package_signature_name(package.signature), "unknown key");
	package_clear(&package);
	assert_int_equal(package_read(fixture->path, fixture->keyring, &package, &err), 0);
	assert_string_equal(package_signature_name(package.signature), "none");
	package_clear(&package);
}

/* A signature that does not fit the header is damage, whatever the digests say. */
static void test_wrong_signature(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *bytes = NULL, *changed = NULL;
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};
	size_t length;
	int refused = 0;

	if (!fixture->path || fixture->unsignable)
		skip();
	changed = text_format("%s/changed.rpm", fixture->folder);
	assert_int_equal(file_read(fixture->known, 1 << 20, &bytes, &length, NULL), 0);
	/* Somewhere in the signature header are the bytes of the signature itself. */
	for (size_t i = 200; i < 600; i += 20) {
		bytes[i] ^= 0x40;
		assert_int_equal(file_write(changed, bytes, length, 0600, NULL), 0);
		bytes[i] ^= 0x40;
		if (package_read(changed, fixture->keyring, &package, &err) == 0)
			package_clear(&package);
		else if (strstr(error_text(&err), "Signature") && strstr(error_text(&err), "BAD"))
			refused++;
	}
	assert_true(refused > 0);
}

/* Where rpm's digests begin: behind the 96 bytes of the lead and the signature header, which is
 * padded to 8 bytes (rpm's format.md). */
static size_t main_header_offset(const unsigned char *bytes)
{
	size_t entries = (size_t)bytes[96 + 10] << 8 | bytes[96 + 11];
	size_t store = (size_t)bytes[96 + 14] << 8 | bytes[96 + 15];

	return (96 + 16 + 16 * entries + store + 7) & ~(size_t)7;
}

/* One byte changed anywhere in header or payload is found without any manifest. */
static void test_every_region_is_checked(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *bytes = NULL, *copy = NULL, *start = NULL;
	struct package package = {0};
	size_t length, count = 0;

	if (!fixture->path)
		skip();
	copy = text_format("%s/changed.rpm", fixture->folder);
	start = text_format("%s: damaged: ", copy);
	assert_int_equal(file_read(fixture->path, 1 << 20, &bytes, &length, NULL), 0);
	for (size_t i = main_header_offset((unsigned char *)bytes); i < length; i += 41, count++) {
		CLEANUP(error_release) struct error err = {0};

		bytes[i] ^= 0x01;
		assert_int_equal(file_write(copy, bytes, length, 0600, NULL), 0);
		bytes[i] ^= 0x01;
		assert_int_equal(package_read(copy, fixture->keyring, &package, &err), -EBADMSG);
		if (!text_starts_with(error_text(&err), start))
			fail_msg("byte %zu: %s", i, error_text(&err));
	}
	assert_true(count > 20);
	assert_null(package.name);
}

static void test_damage_is_named(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *bytes = NULL, *copy = NULL, *wanted = NULL;
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (!fixture->path)
		skip();
	copy = text_format("%s/changed.rpm", fixture->folder);
	assert_int_equal(file_read(fixture->path, 1 << 20, &bytes, &length, NULL), 0);
	/* Cut off, longer, last byte changed: all in the payload. */
	for (int i = -1; i <= 1; i++) {
		bytes[length - 1] ^= i == 0;
		assert_int_equal(file_write(copy, bytes, length + (size_t)(long)i, 0600, NULL), 0);
		free(wanted);
		wanted = text_format("%s: damaged: Payload SHA256 digest: BAD (Expected ", copy);
		assert_int_equal(package_read(copy, fixture->keyring, &package, &err), -EBADMSG);
		if (!text_starts_with(error_text(&err), wanted))
			fail_msg("%s", error_text(&err));
	}
	assert_int_equal(file_write(copy, "no package", 10, 0600, NULL), 0);
	free(wanted);
	wanted = text_format("%s: not an RPM package", copy);
	assert_int_equal(package_read(copy, fixture->keyring, &package, &err), -EBADMSG);
	assert_string_equal(error_text(&err), wanted);
}

static void test_cannot_read(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *wanted = text_format("%s: not a regular file", fixture->folder);
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(
		package_read("/nonexistent.rpm", fixture->keyring, &package, &err), -ENOENT);
	assert_string_equal(
		error_text(&err), "/nonexistent.rpm: cannot open: No such file or directory");
	assert_int_equal(package_read(fixture->folder, fixture->keyring, &package, &err), -EINVAL);
	assert_string_equal(error_text(&err), wanted);
}

static void test_compare(void **state)
{
	/* left < right */
	static const char *const less[][2] = {
		{"1.0-1", "1.0-2"},
		{"1.9-1", "1.10-1"},
		{"1.0~rc1-1", "1.0-1"},
		{"1.0-1", "1.0^git1-1"},
		{"9.9-9", "1:0.1-1"},
		{"1.0a-1", "1.0.1-1"},
		{"10.0.0_20050318-1", "10.0.0_20060728-1"},
		{"", "1"},
	};
	static const char *const same[][2] = {
		{"1.0-1", "0:1.0-1"},
		{"1.0", "1.0-7"},
		{"1.00-1", "1.0-1"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
		assert_true(package_compare_evr(PACKAGE_RPM, less[i][0], less[i][1]) < 0);
		assert_true(package_compare_evr(PACKAGE_RPM, less[i][1], less[i][0]) > 0);
	}
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_int_equal(package_compare_evr(PACKAGE_RPM, same[i][0], same[i][1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_wrong_signature),
		cmocka_unit_test(test_every_region_is_checked),
		cmocka_unit_test(test_damage_is_named),
		cmocka_unit_test(test_cannot_read),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
