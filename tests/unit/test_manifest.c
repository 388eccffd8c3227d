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

static struct manifest *parse(const char *bytes, enum digest_kind kind, char **text)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct manifest *manifest = manifest_parse("SUMS", bytes, strlen(bytes), kind, &problems);

	*text = problems_text(&problems);
	return manifest;
}

static void expect(const struct manifest *manifest, size_t i, unsigned int line,
	enum digest_kind kind, const char *digest, const char *name)
{
	assert_true(i < manifest->count);
	assert_int_equal(manifest->entries[i].line, line);
	assert_int_equal(manifest->entries[i].kind, kind);
	assert_string_equal(manifest->entries[i].digest, digest);
	assert_string_equal(manifest->entries[i].name, name);
}

static void test_forms(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct manifest *manifest = parse("# made by hand\r\n"
					  "\n" MD5 "  a.rpm\r\n" MD5 " *b c.rpm\n"
					  "\\" MD5 "  back\\\\slash\\nnew\n"
					  "SHA256 (d (1).rpm) = " SHA256 "\n"
					  "\\MD5 (e\\n) = " MD5 "\n"
					  "SHA1(f.rpm)= " SHA1 "\n"
					  "D41D8CD98F00B204E9800998ECF8427E g.rpm\n" MD5
					  "  ./h.rpm\n" MD5 "   blank first\n" MD5 "  last",
		DIGEST_MD5, &text);

	(void)state;
	assert_string_equal(text, "");
	assert_int_equal(manifest->count, 10);
	expect(manifest, 0, 3, DIGEST_MD5, MD5, "a.rpm");
	expect(manifest, 1, 4, DIGEST_MD5, MD5, "b c.rpm");
	expect(manifest, 2, 5, DIGEST_MD5, MD5, "back\\slash\nnew");
	expect(manifest, 3, 6, DIGEST_SHA256, SHA256, "d (1).rpm");
	expect(manifest, 4, 7, DIGEST_MD5, MD5, "e\n");
	expect(manifest, 5, 8, DIGEST_SHA1, SHA1, "f.rpm");
	expect(manifest, 6, 9, DIGEST_MD5, MD5, "g.rpm");
	expect(manifest, 7, 10, DIGEST_MD5, MD5, "h.rpm");
	expect(manifest, 8, 11, DIGEST_MD5, MD5, " blank first");
	expect(manifest, 9, 12, DIGEST_MD5, MD5, "last");
	manifest_free(manifest);
}

static void test_kind_by_length(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct manifest *manifest = parse(MD5 "  a\n" SHA256 "  b\nabcd  c\n", DIGEST_COUNT, &text);

	(void)state;
	assert_string_equal(
		text, "SUMS:3: the kind of digest is not known: MD5, SHA1, SHA256 and SHA512 are");
	assert_int_equal(manifest->count, 2);
	expect(manifest, 0, 1, DIGEST_MD5, MD5, "a");
	expect(manifest, 1, 2, DIGEST_SHA256, SHA256, "b");
	manifest_free(manifest);
}

/* All that is wrong is told, with its line; the rest is kept. */
static void test_refused(void **state)
{
	static const char folder[] = "only files in the manifest's own folder can be listed, "
				     "without any folder in the name";
	static const char digits[] =
		"the digest has not the number of hexadecimal digits of its kind";
	static const char form[] = "not a line of a checksum list (\"digest  name\" or \"SHA256 "
				   "(name) = digest\")";
	CLEANUP(cleanup_free)
	char *wanted = text_format("SUMS:1: %s\nSUMS:2: %s\nSUMS:3: %s\nSUMS:4: %s\nSUMS:5: %s\n"
				   "SUMS:6: the file name is missing\n"
				   "SUMS:7: unknown escape in the file name: \\\\, \\n and \\r are "
				   "known\n"
				   "SUMS:8: the kind of digest is not known: MD5, SHA1, SHA256 and "
				   "SHA512 are\nSUMS:9: %s\nSUMS:10: %s\nSUMS:12: %s\nSUMS:13: %s",
		folder, folder, folder, folder, digits, form, digits, digits, folder);
	CLEANUP(cleanup_free) char *text = NULL;
	struct manifest *manifest = parse(MD5 "  ../a\n" MD5 "  /etc/passwd\n" MD5 "  ..\n"
					      "MD5 (b/c) = " MD5 "\n" SHA256 "  d\n" MD5 " \n"
					      "\\" MD5 "  e\\t\n"
					      "CRC (f) = " MD5 "\n"
					      "hello\n"
					      "MD5 (g) = xyz\n" MD5 "  good\n"
					      "MD5 (h) = " MD5 "0\n" MD5 "  ././i\n",
		DIGEST_MD5, &text);

	(void)state;
	assert_string_equal(text, wanted);
	assert_int_equal(manifest->count, 1);
	expect(manifest, 0, 11, DIGEST_MD5, MD5, "good");
	manifest_free(manifest);
}

static void test_odd_bytes(void **state)
{
	static const char bytes[] = MD5 "  a\0b\n" MD5 "  c\n";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *text = NULL;
	struct manifest *manifest =
		manifest_parse("SUMS", bytes, sizeof(bytes) - 1, DIGEST_MD5, &problems);

	(void)state;
	assert_int_equal(manifest->count, 1);
	expect(manifest, 0, 2, DIGEST_MD5, MD5, "c");
	manifest_free(manifest);
	manifest = manifest_parse("EMPTY", "", 0, DIGEST_MD5, &problems);
	assert_int_equal(manifest->count, 0);
	manifest_free(manifest);
	text = problems_text(&problems);
	assert_string_equal(text, "SUMS:1: a zero byte: this is not a text file\n"
				  "EMPTY: no digest in it");
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
		cmocka_unit_test(test_kind_by_length),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
