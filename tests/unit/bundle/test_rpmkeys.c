/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RPM packages, good and damaged in every region, judged by rpmkeys -K and by us: never otherwise.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/package.h"
#include "tests/unit/bundle/package_fixture.h"

enum { PACKAGES = 3 };

struct fixture {
	char *folder;
	char *database;
	char *paths[PACKAGES]; /* unsigned, signed with a known and with an unknown key */
	char *changed;	       /* where a damaged copy is put */
	struct keyring *keyring;
	const char *missing;
};

static void make_packages(struct fixture *fixture)
{
	static const char *const keys[PACKAGES] = {NULL, "known@example", "unknown@example"};

	for (int i = 0; i < PACKAGES && !fixture->missing; i++) {
		CLEANUP(cleanup_free) char *name = text_format("demo-%d", i);

		fixture->paths[i] = package_fixture_build(fixture->folder, name, 0, "1.0", "1");
		if (keys[i])
			fixture->missing = package_fixture_sign(
				fixture->folder, fixture->paths[i], keys[i], i == 1);
	}
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.folder = package_fixture_begin();
	fixture.missing = package_fixture_missing();
	fixture.database = text_format("%s/db", fixture.folder);
	fixture.changed = text_format("%s/changed.rpm", fixture.folder);
	*state = &fixture;
	make_packages(&fixture);
	if (fixture.missing) {
		print_message("not tested: %s\n", fixture.missing);
		return 0;
	}
	assert_int_equal(keyring_open(fixture.database, &fixture.keyring, NULL), 0);
	assert_true(keyring_is_chosen(fixture.keyring));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < PACKAGES; i++)
		free(fixture->paths[i]);
	free(fixture->database);
	free(fixture->changed);
	keyring_free(fixture->keyring);
	package_fixture_end(fixture->folder);
	return 0;
}

/* Compares the two on a file; whether it was accepted. */
static bool compare(const struct fixture *fixture, const char *path, const char *what)
{
	const char *const rpmkeys[] = {"rpmkeys", "--dbpath", fixture->database, "-K", path, NULL};
	bool theirs = package_fixture_run(rpmkeys) == 0, ours;
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};
	int result = package_read(path, fixture->keyring, &package, &err);

	ours = result == 0 && package.signature <= PACKAGE_SIGNATURE_OK;
	if (ours != theirs)
		fail_msg("%s: rpmkeys %s it, we say: %s", what, theirs ? "accepts" : "refuses",
			result < 0 ? error_text(&err) : package_signature_name(package.signature));
	if (result < 0 && result != -EBADMSG)
		fail_msg("%s: %s", what, error_text(&err));
	package_clear(&package);
	return ours;
}

static void test_whole(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_keyring) struct keyring *by_file = NULL;
	CLEANUP(cleanup_free) char *key = text_format("%s/known@example.asc", fixture->folder);
	struct package package = {0};

	if (fixture->missing)
		skip();
	assert_true(compare(fixture, fixture->paths[0], "unsigned"));
	assert_true(compare(fixture, fixture->paths[1], "known key"));
	assert_false(compare(fixture, fixture->paths[2], "unknown key"));
	/* The key's file does as well as a database that it was imported into. */
	assert_int_equal(keyring_open(key, &by_file, NULL), 0);
	assert_int_equal(package_read(fixture->paths[1], by_file, &package, NULL), 0);
	assert_int_equal(package.signature, PACKAGE_SIGNATURE_OK);
	assert_int_equal(strlen(package.key), 8);
	package_clear(&package);
	assert_int_equal(package_read(fixture->paths[2], by_file, &package, NULL), 0);
	assert_int_equal(package.signature, PACKAGE_SIGNATURE_UNKNOWN_KEY);
	package_clear(&package);
}

/* How the bytes of a package are spoilt. */
struct damage {
	const char *what;
	size_t at; /* behind the region's beginning */
	unsigned char flip;
};

enum region { LEAD, SIGNATURE, HEADER, PAYLOAD, REGION_COUNT };

static size_t number_at(const char *bytes, size_t at)
{
	const unsigned char *octets = (const unsigned char *)bytes + at;

	return (size_t)octets[0] << 24 | (size_t)octets[1] << 16 | (size_t)octets[2] << 8 |
	       octets[3];
}

/* Where the header structure at start ends (rpm's format.md). */
static size_t structure_end(const char *bytes, size_t start)
{
	return start + 16 + 16 * number_at(bytes, start + 8) + number_at(bytes, start + 12);
}

static void find_regions(const char *bytes, size_t regions[REGION_COUNT])
{
	regions[LEAD] = 0;
	regions[SIGNATURE] = 96;
	regions[HEADER] = (structure_end(bytes, 96) + 7) & ~(size_t)7;
	regions[PAYLOAD] = structure_end(bytes, regions[HEADER]);
}

static void compare_bytes(
	const struct fixture *fixture, const char *bytes, size_t length, const char *what)
{
	assert_int_equal(file_write(fixture->changed, bytes, length, 0600, NULL), 0);
	compare(fixture, fixture->changed, what);
}

static void test_fields(void **state)
{
	static const struct damage damages[REGION_COUNT][10] = {
		[LEAD] = {{"lead magic", 0, 1}, {"lead magic's end", 3, 1}, {"lead major", 4, 4},
			{"lead minor", 5, 1}, {"lead type", 7, 1}, {"lead architecture", 9, 1},
			{"lead name", 12, 1}, {"lead system", 77, 2},
			{"lead signature type", 79, 1}, {"lead reserved", 90, 1}},
		[SIGNATURE] = {{"signature magic", 0, 1}, {"signature version", 3, 3},
			{"signature reserved", 5, 1}, {"signature entries", 11, 1},
			{"signature size", 15, 8}, {"signature's first tag", 19, 1},
			{"signature's first type", 23, 1}, {"signature's first offset", 27, 1},
			{"signature's first count", 31, 1}, {"signature's entry", 40, 1}},
		[HEADER] = {{"header magic", 0, 1}, {"header version", 3, 3},
			{"header reserved", 4, 1}, {"header entries", 11, 1},
			{"header size", 15, 1}, {"header's first tag", 19, 1},
			{"header's first type", 23, 1}, {"header's entry", 40, 1},
			{"header's store", 1200, 1}, {"header's entry", 60, 0x80}},
		[PAYLOAD] = {{"payload's magic", 0, 1}, {"payload", 30, 0x80},
			{"payload's end", 100, 1}},
	};
	const struct fixture *fixture = *state;

	for (int i = 0; i < PACKAGES && !fixture->missing; i++) {
		CLEANUP(cleanup_free) char *bytes = NULL;
		size_t length, regions[REGION_COUNT];

		assert_int_equal(file_read(fixture->paths[i], 1 << 20, &bytes, &length, NULL), 0);
		find_regions(bytes, regions);
		for (int region = 0; region < REGION_COUNT; region++) {
			for (int j = 0; j < 10 && damages[region][j].what; j++) {
				const struct damage *damage = &damages[region][j];
				char *byte = &bytes[regions[region] + damage->at];

				*byte = (char)(*byte ^ damage->flip);
				compare_bytes(fixture, bytes, length, damage->what);
				*byte = (char)(*byte ^ damage->flip);
			}
		}
		/* rpmsign leaves room in the signature header, mostly zeros. */
		bytes[regions[HEADER] - 9] ^= 1;
		compare_bytes(fixture, bytes, length, "reserved space of the signature header");
		bytes[regions[HEADER] - 9] ^= 1;
		for (int region = SIGNATURE; region < REGION_COUNT; region++) {
			compare_bytes(fixture, bytes, regions[region], "cut between two parts");
			compare_bytes(fixture, bytes, regions[region] + 10, "cut within a part");
			compare_bytes(fixture, bytes, regions[region] - 10, "cut within a part");
		}
		compare_bytes(fixture, bytes, length - 1, "cut at the end");
		compare_bytes(fixture, bytes, 0, "empty");
		bytes = vector_resize(bytes, length + 4, 1);
		memcpy(bytes + length, "\0\0\0", 4);
		compare_bytes(fixture, bytes, length + 1, "longer by a zero");
		compare_bytes(fixture, bytes, length + 4, "longer by zeros");
	}
}

/* Any other bit. */
static void test_sweep(void **state)
{
	const struct fixture *fixture = *state;

	for (int i = 0; i < PACKAGES - 1 && !fixture->missing; i++) {
		CLEANUP(cleanup_free) char *bytes = NULL;
		size_t length;

		assert_int_equal(file_read(fixture->paths[i], 1 << 20, &bytes, &length, NULL), 0);
		for (size_t at = 97; at < length; at += 113) {
			char what[40];

			snprintf(what, sizeof(what), "package %d, byte %zu", i, at);
			bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
			compare_bytes(fixture, bytes, length, what);
			bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
