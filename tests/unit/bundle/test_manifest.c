/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists in the forms coreutils, BSD and OpenSSL write, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/manifest.h"

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define B2_16 "fd3a"

static struct manifest *parse(const char *bytes, enum digest_kind kind)
{
	return manifest_parse("SUMS", bytes, strlen(bytes), kind);
}

static void expect(const struct manifest *manifest, size_t i, unsigned int line,
	enum digest_kind kind, const char *digest, const char *name)
{
	assert_true(i < manifest->count);
	assert_int_equal(manifest->entries[i].form, MANIFEST_GOOD);
	assert_int_equal(manifest->entries[i].line, line);
	assert_int_equal(manifest->entries[i].kind, kind);
	assert_string_equal(manifest->entries[i].digest, digest);
	assert_string_equal(manifest->entries[i].name, name);
}

static void expect_form(
	const struct manifest *manifest, size_t i, unsigned int line, enum manifest_form form)
{
	assert_true(i < manifest->count);
	assert_int_equal(manifest->entries[i].form, form);
	assert_int_equal(manifest->entries[i].line, line);
}

static void test_forms(void **state)
{
	CLEANUP(cleanup_manifest)
	struct manifest *manifest =
		parse("# made by hand\r\n"
		      "\n" MD5 "  a.rpm\r\n" MD5 " *b c.rpm\n"
		      "\\" MD5 "  back\\\\slash\\nnew\n"
		      "MD5 (d (1).rpm) = " MD5 "\n"
		      "\\MD5 (e\\n) = " MD5 "\n"
		      "MD5(f.rpm)= " MD5 "\n"
		      "D41D8CD98F00B204E9800998ECF8427E  g.rpm\n" MD5 "  ./h.rpm\n" MD5
		      "   blank first\n \t" MD5 "  rpms//./i.rpm\n" MD5 "  last",
			DIGEST_MD5);

	(void)state;
	assert_int_equal(manifest->count, 11);
	assert_int_equal(manifest->proper, 11);
	expect(manifest, 0, 3, DIGEST_MD5, MD5, "a.rpm");
	expect(manifest, 1, 4, DIGEST_MD5, MD5, "b c.rpm");
	expect(manifest, 2, 5, DIGEST_MD5, MD5, "back\\slash\nnew");
	expect(manifest, 3, 6, DIGEST_MD5, MD5, "d (1).rpm");
	expect(manifest, 4, 7, DIGEST_MD5, MD5, "e\n");
	expect(manifest, 5, 8, DIGEST_MD5, MD5, "f.rpm");
	expect(manifest, 6, 9, DIGEST_MD5, MD5, "g.rpm");
	expect(manifest, 7, 10, DIGEST_MD5, MD5, "h.rpm");
	expect(manifest, 8, 11, DIGEST_MD5, MD5, " blank first");
	expect(manifest, 9, 12, DIGEST_MD5, MD5, "rpms/i.rpm");
	expect(manifest, 10, 13, DIGEST_MD5, MD5, "last");
}

/* BSD's form, "digest name": the first line decides, as in md5sum. */
static void test_reversed(void **state)
{
	CLEANUP(cleanup_manifest)
	struct manifest *manifest = parse(MD5 " a\n" MD5 "  b\n", DIGEST_MD5);
	CLEANUP(cleanup_manifest)
	struct manifest *mixed = parse(MD5 "  a\n" MD5 " b\n", DIGEST_MD5);

	(void)state;
	expect(manifest, 0, 1, DIGEST_MD5, MD5, "a");
	expect(manifest, 1, 2, DIGEST_MD5, MD5, " b");
	expect(mixed, 0, 1, DIGEST_MD5, MD5, "a");
	expect_form(mixed, 1, 2, MANIFEST_IMPROPER);
}

/* As cksum reads them: each line says its kind, or says nothing. */
static void test_tagged(void **state)
{
	CLEANUP(cleanup_manifest)
	struct manifest *manifest = parse("SHA256 (a) = " SHA256 "\nSHA1 (b) = " SHA1
					  "\nBLAKE2b-16 (c) = " B2_16 "\n" MD5 "  d\n"
					  "CRC (e) = " MD5 "\nMD5 (f) = " SHA1 "\n",
		DIGEST_COUNT);
	CLEANUP(cleanup_manifest)
	struct manifest *blake2b = parse(B2_16 "  a\nBLAKE2b-16 (b) = " B2_16 "\nabc  c\n"
					       "BLAKE2b-12 (d) = abc\nSHA1 (e) = " SHA1 "\n",
		DIGEST_BLAKE2B);
	struct digest_wanted wanted = {0};

	(void)state;
	assert_int_equal(manifest->count, 6);
	assert_int_equal(manifest->proper, 3);
	expect(manifest, 0, 1, DIGEST_SHA256, SHA256, "a");
	expect(manifest, 1, 2, DIGEST_SHA1, SHA1, "b");
	expect(manifest, 2, 3, DIGEST_BLAKE2B, B2_16, "c");
	for (unsigned int i = 3; i < 6; i++)
		expect_form(manifest, i, i + 1, MANIFEST_IMPROPER);
	expect(blake2b, 0, 1, DIGEST_BLAKE2B, B2_16, "a");
	expect(blake2b, 1, 2, DIGEST_BLAKE2B, B2_16, "b");
	for (unsigned int i = 2; i < 5; i++)
		expect_form(blake2b, i, i + 1, MANIFEST_IMPROPER);
	manifest_wants(manifest, &wanted);
	assert_int_equal(wanted.kinds, DIGEST_BIT(DIGEST_SHA256) | DIGEST_BIT(DIGEST_SHA1));
	assert_int_equal(wanted.blake2b, 2);
}

/* What is no line is counted and the rest is kept; what leads out is told apart. */
static void test_refused(void **state)
{
	static const unsigned int outside[] = {1, 2, 3, 4, 5};
	CLEANUP(cleanup_manifest)
	struct manifest *manifest =
		parse(MD5 "  ../a\n" MD5 "  /etc/passwd\n" MD5 "  ..\nMD5 (b/../c) = " MD5 "\n" MD5
			  "  -\n" SHA256 "  d\n" MD5 "\n\\" MD5 "  e\\t\n"
			  "SHA256 (f) = " SHA256 "\nhello\nMD5 (g) = xyz\n" MD5 "  good\n"
			  "MD5 (h) = " MD5 "0\n",
			DIGEST_MD5);

	(void)state;
	assert_int_equal(manifest->count, 13);
	assert_int_equal(manifest->proper, 6);
	assert_int_equal(manifest->improper, 7);
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		expect_form(manifest, i, outside[i], MANIFEST_OUTSIDE);
	for (unsigned int i = 5; i < 11; i++)
		expect_form(manifest, i, i + 1, MANIFEST_IMPROPER);
	expect(manifest, 11, 12, DIGEST_MD5, MD5, "good");
	expect_form(manifest, 12, 13, MANIFEST_IMPROPER);
}

/* Endless nonsense does not fill the memory. */
static void test_much_nonsense(void **state)
{
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_manifest) struct manifest *manifest = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_append(&text, "x\n");
	manifest = parse(text.data, DIGEST_MD5);
	assert_int_equal(manifest->improper, 1000);
	assert_int_equal(manifest->count, MANIFEST_IMPROPER_KEPT);
}

/* A zero byte ends the name, as in md5sum; none is needed at the end of the file. */
static void test_odd_bytes(void **state)
{
	static const char bytes[] = MD5 "  a\0b\n\0\n" MD5 "  c\n\r\n";
	CLEANUP(cleanup_manifest)
	struct manifest *manifest = manifest_parse("SUMS", bytes, sizeof(bytes) - 1, DIGEST_MD5);
	CLEANUP(cleanup_manifest) struct manifest *empty = parse("", DIGEST_MD5);

	(void)state;
	assert_int_equal(manifest->count, 3);
	expect(manifest, 0, 1, DIGEST_MD5, MD5, "a");
	expect_form(manifest, 1, 2, MANIFEST_IMPROPER);
	expect(manifest, 2, 3, DIGEST_MD5, MD5, "c");
	assert_int_equal(empty->count, 0);
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool is;
		enum digest_kind kind;
	} cases[] = {
		{"MD5SUM", true, DIGEST_MD5},
		{"md5sums.txt", true, DIGEST_MD5},
		{"SHA256SUMS", true, DIGEST_SHA256},
		{"SHA512SUM", true, DIGEST_SHA512},
		{"SHA384SUMS", true, DIGEST_SHA384},
		{"sha224sum.txt", true, DIGEST_SHA224},
		{"B2SUMS", true, DIGEST_BLAKE2B},
		{"sha1sum", true, DIGEST_SHA1},
		{"CHECKSUMS", true, DIGEST_COUNT},
		{"a-1.0.rpm.sha256", true, DIGEST_SHA256},
		{"SHA256SUMS.asc", false, DIGEST_COUNT},
		{".md5", false, DIGEST_COUNT},
		{"md5", false, DIGEST_COUNT},
		{"README", false, DIGEST_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum digest_kind kind;

		assert_int_equal(manifest_is_name(cases[i].name, &kind), cases[i].is);
		if (cases[i].is)
			assert_int_equal(kind, cases[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_reversed),
		cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_much_nonsense),
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
