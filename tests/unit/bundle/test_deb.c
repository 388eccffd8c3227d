/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian packages made by dpkg-deb: read in every compression, damaged, built to deceive. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/package.h"
#include "orchestrator/bundle/package_head.h"
#include "tests/unit/bundle/package_fixture.h"

struct fixture {
	char *folder;
	struct keyring *keyring;
	const char *missing; /* why dpkg-deb's packages are not there */
};

static const char control[] = "Package: demo-x\nVersion: 1:2.0~rc1-3\nArchitecture: all\n"
			      "Maintainer: A Test <test@example.org>\n"
			      "Pre-Depends: dpkg\n"
			      "Depends: libc6 (>= 2.3),\n demo-y (= 1) | demo-z:any\n"
			      "Provides: virtual (= 3)\nInstalled-Size: 12\n"
			      "Source: demo (2.0-2)\n"
			      "Description: for a test\n of several\n .\n lines\n";

static void write_file(const char *folder, const char *name, const char *content)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, name);

	assert_int_equal(file_write(path, content, strlen(content), 0644, NULL), 0);
}

static void make_tree(const char *folder)
{
	CLEANUP(cleanup_free) char *tree = text_format("%s/tree", folder);
	CLEANUP(cleanup_free)
	char *script =
		text_format("cd %s && mkdir -p DEBIAN opt/x etc && seq 3000 >opt/x/numbers "
			    "&& echo two >'opt/x/with blank' && ln opt/x/numbers opt/x/zlink "
			    "&& ln -s numbers opt/x/symbolic && echo x >etc/x.conf && "
			    "echo /etc/x.conf >DEBIAN/conffiles && "
			    "md5sum opt/x/* >DEBIAN/md5sums",
			tree);

	assert_int_equal(mkdir(tree, 0755), 0);
	assert_int_equal(package_fixture_run((const char *const[]){"sh", "-c", script, NULL}), 0);
	write_file(tree, "DEBIAN/control", control);
}

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.folder = package_fixture_begin();
	*state = &fixture;
	assert_int_equal(keyring_open(NULL, &fixture.keyring, NULL), 0);
	if (package_fixture_run((const char *const[]){"dpkg-deb", "--version", NULL}) != 0) {
		fixture.missing = "dpkg-deb is not installed";
		print_message("not tested: %s\n", fixture.missing);
		return 0;
	}
	make_tree(fixture.folder);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	keyring_free(fixture->keyring);
	package_fixture_end(fixture->folder);
	return 0;
}

/* Builds the tree; the file's path, owned. */
static char *build(const struct fixture *fixture, const char *compression)
{
	CLEANUP(cleanup_free) char *tree = text_format("%s/tree", fixture->folder);
	CLEANUP(cleanup_free) char *option = text_format("-Z%s", compression);
	char *path = text_format("%s/%s.deb", fixture->folder, compression);

	assert_int_equal(package_fixture_run((const char *const[]){
				 "dpkg-deb", "--root-owner-group", option, "-b", tree, path, NULL}),
		0);
	return path;
}

static void test_read(void **state)
{
	static const char *const compressions[] = {"none", "gzip", "xz", "zstd"};
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
		CLEANUP(cleanup_free) char *path = build(fixture, compressions[i]);
		struct package package = {0};
		CLEANUP(error_release) struct error err = {0};

		if (package_read(path, fixture->keyring, &package, &err) != 0)
			fail_msg("%s", error_text(&err));
		assert_int_equal(package.format, PACKAGE_DEB);
		assert_string_equal(package.name, "demo-x");
		assert_int_equal(package.epoch, 1);
		assert_string_equal(package.version, "2.0~rc1");
		assert_string_equal(package.release, "3");
		assert_string_equal(package.arch, "all");
		assert_string_equal(package.evr, "1:2.0~rc1-3");
		assert_string_equal(package.nevra, "demo-x_1:2.0~rc1-3_all");
		assert_string_equal(package.source, "demo");
		assert_string_equal(package.source_version, "2.0-2");
		assert_int_equal(package.installed_size, 12 * 1024);
		assert_string_equal(package_signature_name(package.signature), "none");
		assert_int_equal(package.note_count, 0);
		package_clear(&package);
	}
}

static void test_relations(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_text) struct text words = {0};
	struct package package = {0};

	if (fixture->missing)
		skip();
	path = build(fixture, "gzip");
	assert_int_equal(package_read(path, fixture->keyring, &package, NULL), 0);
	for (size_t i = 0; i < package.requires.count; i++) {
		const struct package_relation *relation = &package.requires.items[i];

		text_appendf(&words, "%u %s%s%s\n", relation->group, relation->name,
			package_comparison_name(relation->comparison), relation->version);
	}
	assert_string_equal(text_string(&words), "0 dpkg\n1 libc6>=2.3\n2 demo-y=1\n2 demo-z\n");
	assert_int_equal(package.provides.count, 1);
	assert_string_equal(package.provides.items[0].name, "virtual");
	package_clear(&package);
}

/* As a process that reads for another says it. */
static void test_pack(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_text) struct text one = {0};
	CLEANUP(cleanup_text) struct text other = {0};
	struct package package = {0}, copy = {0};

	if (fixture->missing)
		skip();
	path = build(fixture, "gzip");
	assert_int_equal(package_read(path, fixture->keyring, &package, NULL), 0);
	package_note(&package, "odd");
	package_pack(&package, &one);
	for (size_t length = 0; length < one.length; length++)
		assert_int_equal(package_unpack(one.data, length, &copy, NULL), -EPROTO);
	assert_null(copy.name);
	assert_int_equal(package_unpack(one.data, one.length, &copy, NULL), 0);
	package_pack(&copy, &other);
	assert_int_equal(one.length, other.length);
	assert_memory_equal(one.data, other.data, one.length);
	package_clear(&package);
	package_clear(&copy);
}

/* Any bit of a compressed package changed is found without a manifest, or changes nothing. */
static void test_damage(void **state)
{
	static const char *const compressions[] = {"gzip", "xz", "zstd"};
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
		CLEANUP(cleanup_free) char *path = build(fixture, compressions[i]);
		CLEANUP(cleanup_free) char *bytes = NULL;
		struct package package = {0};
		CLEANUP(error_release) struct error err = {0};
		size_t length, refused = 0, tried = 0;

		assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
		for (size_t at = 68; at < length; at += 13, tried++) {
			bytes[at] ^= 0x10;
			assert_int_equal(file_write(path, bytes, length, 0600, NULL), 0);
			bytes[at] ^= 0x10;
			if (package_read(path, fixture->keyring, &package, &err) == -EBADMSG)
				refused++;
			package_clear(&package);
		}
		/* Times, owners and the like in headers of ar and the compressions are free. */
		assert_true(refused * 10 > tried * 8);
		for (size_t cut = 1; cut < length; cut += 97) {
			assert_int_equal(file_write(path, bytes, length - cut, 0600, NULL), 0);
			assert_int_equal(
				package_read(path, fixture->keyring, &package, &err), -EBADMSG);
		}
	}
}

/* Tar archives and ar archives as dpkg-deb would never write them. */

struct member {
	const char *name;
	const void *bytes;
	size_t length;
};

static void append_member(struct text *ar, const struct member *member)
{
	text_appendf(ar, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", member->name, 0, 0, 0, "100644",
		member->length);
	text_append_bytes(ar, member->bytes, member->length);
	if (member->length % 2)
		text_append(ar, "\n");
}

struct file {
	const char *name;
	const char *content; /* NULL: a symbolic link to target, or a hard link */
	const char *target;
	bool is_hard;
};

static int append_tar(struct archive *archive, void *data, const void *bytes, size_t length)
{
	(void)archive;
	text_append_bytes(data, bytes, length);
	return (int)length;
}

static la_ssize_t write_tar(struct archive *archive, void *data, const void *bytes, size_t length)
{
	return append_tar(archive, data, bytes, length);
}

static struct text tar_of(const struct file *files, size_t count)
{
	struct archive *archive = archive_write_new();
	struct text text = {0};

	archive_write_set_format_gnutar(archive);
	archive_write_set_bytes_in_last_block(archive, 1);
	archive_write_open(archive, &text, NULL, write_tar, NULL);
	for (size_t i = 0; i < count; i++) {
		struct archive_entry *entry = archive_entry_new();
		const char *content = files[i].content;

		archive_entry_set_pathname(entry, files[i].name);
		archive_entry_set_mode(entry, (content ? S_IFREG : S_IFLNK) | 0644);
		archive_entry_set_size(entry, content ? (la_int64_t)strlen(content) : 0);
		if (files[i].is_hard)
			archive_entry_set_hardlink(entry, files[i].target);
		else if (!content)
			archive_entry_set_symlink(entry, files[i].target);
		assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
		if (content)
			archive_write_data(archive, content, strlen(content));
		archive_entry_free(entry);
	}
	archive_write_free(archive);
	return text;
}

/* What reading says of a package with these members. "" when it is fine. */
static void assert_members(const struct fixture *fixture, const struct member *members,
	size_t count, const char *expected)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/made.deb", fixture->folder);
	CLEANUP(cleanup_text) struct text ar = {0};
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};
	const char *said = "";

	text_append(&ar, "!<arch>\n");
	for (size_t i = 0; i < count; i++)
		append_member(&ar, &members[i]);
	assert_int_equal(file_write(path, ar.data, ar.length, 0600, NULL), 0);
	if (package_read(path, fixture->keyring, &package, &err) < 0) {
		assert_int_equal(err.number, EBADMSG);
		said = error_text(&err) + strlen(path) + 2;
	} else if (package.note_count) {
		said = package.notes[0];
	}
	assert_string_equal(said, expected);
	package_clear(&package);
}

static const struct member binary = {"debian-binary", "2.0\n", 4};
static const char small_control[] = "Package: a\nVersion: 1\nArchitecture: all\n";
#define EMPTY_MD5 "d41d8cd98f00b204e9800998ecf8427e"

static void assert_data(const struct fixture *fixture, const char *md5sums,
	const struct file *files, size_t count, const char *expected)
{
	const struct file inner[] = {
		{.name = "./control", .content = small_control},
		{.name = "./md5sums", .content = md5sums},
	};
	CLEANUP(cleanup_text) struct text control_tar = tar_of(inner, 2);
	CLEANUP(cleanup_text) struct text data_tar = tar_of(files, count);
	const struct member members[] = {
		binary,
		{"control.tar", control_tar.data, control_tar.length},
		{"data.tar", data_tar.data, data_tar.length},
	};

	assert_members(fixture, members, 3, expected);
}

static void test_data(void **state)
{
	const struct fixture *fixture = *state;
	const struct file good[] = {{.name = "./a", .content = ""}};
	const struct file absolute[] = {{.name = "/etc/passwd", .content = ""}};
	const struct file dots[] = {{.name = "./a/../../b", .content = ""}};
	const struct file below[] = {
		{.name = "./opt/l", .target = "/etc"}, {.name = "./opt/l/b", .content = ""}};
	const struct file hard[] = {{.name = "./a", .target = "../b", .is_hard = true}};

	assert_data(fixture, EMPTY_MD5 "  a\n", good, 1, "");
	assert_data(fixture, EMPTY_MD5 "  ./a", good, 1, "");
	assert_data(fixture, "", good, 1,
		"it has no md5sums: only a manifest tells whether its files are whole");
	assert_data(fixture, EMPTY_MD5 "  a\nrubbish\n", good, 1,
		"line 2 of its md5sums cannot be read");
	assert_data(fixture, EMPTY_MD5 "  a\n" EMPTY_MD5 "  b\n", good, 1,
		"damaged: its md5sums list b, which is not in it");
	assert_data(fixture, "d41d8cd98f00b204e9800998ecf8427f  a\n", good, 1,
		"damaged: ./a in it is not what its md5sums say (expected "
		"d41d8cd98f00b204e9800998ecf8427f, actual " EMPTY_MD5 ")");
	assert_data(fixture, "", absolute, 1, "\"/etc/passwd\" in data.tar is an absolute path");
	assert_data(fixture, "", dots, 1, "\"./a/../../b\" in data.tar leads out of it");
	assert_data(fixture, "", below, 2,
		"\"./opt/l/b\" in data.tar lies below one of its symbolic links, and so anywhere");
	assert_data(fixture, "", hard, 1, "\"../b\" in data.tar leads out of it");
}

static void test_members(void **state)
{
	const struct fixture *fixture = *state;
	const struct file inner[] = {{.name = "./control", .content = small_control}};
	const struct file twice[] = {{.name = "./control", .content = small_control},
		{.name = "control", .content = small_control}};
	CLEANUP(cleanup_text) struct text tar = tar_of(inner, 1);
	CLEANUP(cleanup_text) struct text both = tar_of(twice, 2);
	CLEANUP(cleanup_text) struct text none = tar_of(inner, 0);
	const struct member control_tar = {"control.tar", tar.data, tar.length};
	const struct member data_tar = {"data.tar", none.data, none.length};
	const struct member extra = {"_gpgorigin", "x", 1}, rubbish = {"rubbish", "x", 1};

	assert_members(fixture, (struct member[]){binary, control_tar, data_tar}, 3, "");
	assert_members(
		fixture, (struct member[]){binary, extra, control_tar, extra, data_tar}, 5, "");
	assert_members(fixture, (struct member[]){binary, control_tar, data_tar, extra}, 4,
		"behind its data there is another member, _gpgorigin, which dpkg ignores");
	assert_members(fixture, (struct member[]){control_tar, data_tar}, 2,
		"not a Debian package: its first member is not debian-binary");
	assert_members(fixture, (struct member[]){binary, data_tar, control_tar}, 3,
		"damaged: control.tar should follow and is not there");
	assert_members(fixture, (struct member[]){binary, control_tar, rubbish}, 3,
		"damaged: data.tar should follow and is not there");
	assert_members(fixture, (struct member[]){binary, control_tar}, 2,
		"damaged: data.tar should follow and is not there");
	assert_members(fixture,
		(struct member[]){{"debian-binary", "3.0\n", 4}, control_tar, data_tar}, 3,
		"its format is not 2.x: only this one is known");
	assert_members(fixture,
		(struct member[]){binary, {"control.tar", both.data, both.length}, data_tar}, 3,
		"damaged: its control archive holds control twice");
	assert_members(fixture,
		(struct member[]){binary, {"control.tar", none.data, none.length}, data_tar}, 3,
		"damaged: it has no control file");
	assert_members(fixture,
		(struct member[]){binary, {"control.tar.lz4", tar.data, tar.length}, data_tar}, 3,
		"the compression of its member control.tar.lz4 is not known");
}

static void test_control(void **state)
{
	static const struct {
		const char *control, *expected;
	} cases[] = {
		{"Version: 1\n", "damaged: its control file has no field Package"},
		{"Package: a\nVersion: 1\n", "damaged: its control file has no field Architecture"},
		{"Package: a;b\nVersion: 1\nArchitecture: all\n",
			"the package's Package \"a;b\" holds odd characters"},
		{"Package: -a\nVersion: 1\nArchitecture: all\n",
			"the package's Package \"-a\" holds odd characters"},
		{"Package: a\nVersion: $(x)\nArchitecture: all\n",
			"the package's Version \"$(x)\" holds odd characters"},
		{"Package: a\nVersion: 1a:1\nArchitecture: all\n",
			"the epoch in the package's Version \"1a:1\" is no number"},
		{"Package: a\nPackage: b\n",
			"damaged: its control file, line 2: the field is there twice"},
		{"Package: a\nrubbish\n",
			"damaged: its control file, line 2: neither a field nor the next line of "
			"one"},
		{"Package: a\nVersion: 1\nArchitecture: all\nDepends: b (~ 1)\n",
			"damaged: its control file, field Depends: \" b (~ 1)\" is no relation"},
		{"Package: a\nVersion: 1-1\nArchitecture: all\nDepends: ,\n", ""},
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct file inner[] = {{.name = "control", .content = cases[i].control}};
		CLEANUP(cleanup_text) struct text tar = tar_of(inner, 1);
		CLEANUP(cleanup_text) struct text none = tar_of(inner, 0);

		assert_members(fixture,
			(struct member[]){binary, {"control.tar", tar.data, tar.length},
				{"data.tar", none.data, none.length}},
			3, cases[i].expected);
	}
}

/* A kilobyte that grows to hundreds of megabytes. */
static void test_bomb(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *script = text_format("cd %s && rm -rf bomb && mkdir -p bomb/DEBIAN && "
				   "printf 'Package: b\\nVersion: 1\\nArchitecture: all\\n"
				   "Maintainer: a <a@example.org>\\nDescription: b\\n' "
				   ">bomb/DEBIAN/control && truncate -s 300M bomb/zeros && "
				   "dpkg-deb -Zzstd -z19 -b bomb bomb.deb && rm -r bomb",
		fixture->folder);
	CLEANUP(cleanup_free) char *path = text_format("%s/bomb.deb", fixture->folder);
	struct package package = {0};
	CLEANUP(error_release) struct error err = {0};

	if (fixture->missing)
		skip();
	assert_int_equal(package_fixture_run((const char *const[]){"sh", "-c", script, NULL}), 0);
	assert_int_equal(package_read(path, fixture->keyring, &package, &err), -EBADMSG);
	assert_non_null(strstr(error_text(&err), "data.tar.zst grows to more than "));
	assert_non_null(strstr(error_text(&err), ", which no package does in earnest"));
}

/* What preflight lets dpkg try on a node. */
static void test_header(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *path = NULL, *header = NULL;
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(error_release) struct error err = {0};

	if (fixture->missing)
		skip();
	path = build(fixture, "xz");
	header = text_format("%s/header.deb", fixture->folder);
	if (package_head_read(path, &bytes, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(file_write(header, bytes.data, bytes.length, 0600, NULL), 0);
	assert_int_equal(
		package_fixture_run((const char *const[]){"dpkg-deb", "-f", header, NULL}), 0);
	assert_int_equal(
		package_fixture_run((const char *const[]){"dpkg-deb", "-c", header, NULL}), 0);
	assert_int_equal(package_fixture_run((const char *const[]){
				 "sh", "-c", "test -z \"$(dpkg-deb -c \"$0\")\"", header, NULL}),
		0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
