/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of a manifest, made by gpg and openssl: good, unknown, of other bytes, damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "orchestrator/bundle/manifest_signature.h"
#include "tests/unit/bundle/package_fixture.h"

/* Two keys of each kind: "good" is in the keyring, "other" is not. */
static const char make[] =
	"cd \"$0\" && printf 'line one\\n- dash \\nlast\\n' >m && mkdir keys empty && "
	"g='gpg --batch --yes --quiet --passphrase= --pinentry-mode loopback' && "
	"for k in rsa2048 ed25519; do for w in good other; do "
	"$g --quick-gen-key $k-$w@example.org $k sign never || exit 1; "
	"for d in SHA256 SHA512 SHA1; do "
	"$g --digest-algo $d -u $k-$w@example.org -a -o $k-$w-$d.asc -b m || exit 1; done; "
	"$g -u $k-$w@example.org -o $k-$w.sig -b m || exit 1; "
	"$g -u $k-$w@example.org --textmode -o $k-$w-text.sig -b m || exit 1; "
	"$g -u $k-$w@example.org -o $k-$w.clear --clearsign m || exit 1; done; "
	"$g -a -o keys/$k.asc --export $k-good@example.org || exit 1; done && "
	"$g --export rsa2048-good@example.org ed25519-good@example.org >both.gpg && "
	"cat keys/*.asc >both.asc && cat rsa2048-good.sig ed25519-other.sig >two.sig && "
	"cat ed25519-other.sig rsa2048-other.sig >none.sig && "
	"for w in good other; do openssl genpkey -algorithm ed25519 -out $w.pem && "
	"openssl pkey -in $w.pem -pubout -out $w.pub && "
	"openssl pkeyutl -sign -inkey $w.pem -rawin -in m -out $w.ed25519 && "
	"openssl base64 -A -in $w.ed25519 -out $w.base64 || exit 1; done";

struct fixture {
	char *folder;
	struct keyring *keyring;
	const char *missing;
};

static char *path_of(const struct fixture *fixture, const char *name)
{
	return text_format("%s/%s", fixture->folder, name);
}

static struct text read_file(const struct fixture *fixture, const char *name)
{
	CLEANUP(cleanup_free) char *path = path_of(fixture, name);
	CLEANUP(cleanup_free) char *bytes = NULL;
	struct text text = {0};
	size_t length;

	assert_int_equal(file_read(path, 1 << 20, &bytes, &length, NULL), 0);
	text_append_bytes(&text, bytes, length);
	return text;
}

static int setup(void **state)
{
	static struct fixture fixture;
	CLEANUP(cleanup_free) char *keys = NULL, *public = NULL;

	fixture.folder = package_fixture_begin();
	*state = &fixture;
	if (package_fixture_run((const char *const[]){"bash", "-c", make, fixture.folder, NULL}) !=
		0) {
		fixture.missing = "gpg or openssl cannot make keys here";
		print_message("%s\n", fixture.missing);
		return 0;
	}
	keys = path_of(&fixture, "keys");
	public = path_of(&fixture, "good.pub");
	assert_int_equal(keyring_open(keys, &fixture.keyring, NULL), 0);
	assert_int_equal(keyring_add_ed25519(fixture.keyring, public, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	keyring_free(fixture->keyring);
	package_fixture_end(fixture->folder);
	return 0;
}

static void assert_verdict(const struct fixture *fixture, const char *name,
	enum signature_verdict verdict, const char *why)
{
	CLEANUP(cleanup_text) struct text message = read_file(fixture, "m");
	CLEANUP(cleanup_text) struct text signature = read_file(fixture, name);
	struct signature_result result;

	manifest_signature_check(&message, &signature, fixture->keyring, &result);
	if (result.verdict != verdict || strcmp(result.why, why) != 0)
		fail_msg("%s: verdict %d, %s, %s", name, result.verdict, result.key, result.why);
	assert_true(verdict == SIGNATURE_BAD || *result.key);
}

static void test_openpgp(void **state)
{
	const struct fixture *fixture = *state;
	static const char *const good[] = {"rsa2048-good-SHA256.asc", "rsa2048-good-SHA512.asc",
		"rsa2048-good.sig", "rsa2048-good-text.sig", "ed25519-good-SHA256.asc",
		"ed25519-good-SHA512.asc", "ed25519-good.sig", "ed25519-good-text.sig", "two.sig"};
	static const char *const unknown[] = {"rsa2048-other-SHA256.asc", "rsa2048-other.sig",
		"ed25519-other-SHA256.asc", "ed25519-other.sig", "none.sig"};

	if (fixture->missing)
		skip();
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_verdict(fixture, good[i], SIGNATURE_OK, "");
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_verdict(fixture, unknown[i], SIGNATURE_UNKNOWN_KEY, "");
	assert_verdict(fixture, "rsa2048-good-SHA1.asc", SIGNATURE_UNCHECKED,
		"its digest is SHA1, with which signatures can be forged");
}

static void test_ed25519(void **state)
{
	const struct fixture *fixture = *state;
	const char *other = "it is not of this file, made with another key, or one of them is "
			    "damaged";

	if (fixture->missing)
		skip();
	assert_verdict(fixture, "good.ed25519", SIGNATURE_OK, "");
	assert_verdict(fixture, "good.base64", SIGNATURE_OK, "");
	assert_verdict(fixture, "other.ed25519", SIGNATURE_BAD, other);
	assert_verdict(fixture, "other.base64", SIGNATURE_BAD, other);
}

static void test_without_keys(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_keyring) struct keyring *empty = NULL;
	struct fixture without = *fixture;

	if (fixture->missing)
		skip();
	assert_int_equal(keyring_open(NULL, &empty, NULL), 0);
	assert_false(keyring_is_chosen(empty));
	assert_true(keyring_is_chosen(fixture->keyring));
	without.keyring = empty;
	assert_verdict(&without, "good.ed25519", SIGNATURE_UNKNOWN_KEY, "");
	assert_verdict(&without, "rsa2048-good.sig", SIGNATURE_UNKNOWN_KEY, "");
}

/* One bit changed in message or signature never makes a good one. */
static void test_damage(void **state)
{
	static const char *const names[] = {"rsa2048-good.sig", "ed25519-good-SHA256.asc",
		"good.ed25519", "rsa2048-good-text.sig"};
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_text) struct text message = {0};
	struct signature_result result;

	if (fixture->missing)
		skip();
	message = read_file(fixture, "m");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_text) struct text signature = read_file(fixture, names[i]);
		size_t fine = 0;

		for (size_t at = 0; at < message.length; at++) {
			message.data[at] ^= 1;
			manifest_signature_check(&message, &signature, fixture->keyring, &result);
			message.data[at] ^= 1;
			assert_int_equal(result.verdict, SIGNATURE_BAD);
			assert_true(*result.why);
		}
		for (size_t at = 0; at < signature.length; at++) {
			signature.data[at] ^= 1;
			manifest_signature_check(&message, &signature, fixture->keyring, &result);
			signature.data[at] ^= 1;
			fine += result.verdict == SIGNATURE_OK;
		}
		/* The part of an OpenPGP signature that is not signed (its issuer), and comments
		 * and line ends of the armour, may change. */
		assert_true(fine * 3 < signature.length);
		for (size_t length = 0; length + 3 < signature.length; length++) {
			struct text cut = {.data = signature.data, .length = length};

			/* Armour without its last line is still all of it. */
			if (signature.data[0] == '-' && length + 40 > signature.length)
				break;
			manifest_signature_check(&message, &cut, fixture->keyring, &result);
			assert_int_not_equal(result.verdict, SIGNATURE_OK);
		}
	}
}

static void test_clear_signed(void **state)
{
	static const char *const names[] = {"rsa2048-good.clear", "ed25519-good.clear"};
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_text) struct text bytes = read_file(fixture, names[i]);
		CLEANUP(cleanup_text) struct text message = {0};
		CLEANUP(cleanup_text) struct text signature = {0};
		struct signature_result result;

		assert_int_equal(manifest_signature_unwrap(&bytes, &message, &signature, NULL), 1);
		assert_string_equal(message.data, "line one\n- dash\nlast");
		manifest_signature_check(&message, &signature, fixture->keyring, &result);
		if (result.verdict != SIGNATURE_OK)
			fail_msg("%s: %s", names[i], result.why);
		message.data[3] ^= 1;
		manifest_signature_check(&message, &signature, fixture->keyring, &result);
		assert_int_equal(result.verdict, SIGNATURE_BAD);
	}
}

static void assert_unwrap(const char *words, int expected, const char *why)
{
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(cleanup_text) struct text message = {0};
	CLEANUP(cleanup_text) struct text signature = {0};
	CLEANUP(error_release) struct error err = {0};

	text_append(&bytes, words);
	assert_int_equal(manifest_signature_unwrap(&bytes, &message, &signature, &err), expected);
	assert_string_equal(error_text(&err), why);
	if (expected <= 0)
		assert_int_equal(message.length + signature.length, 0);
}

static void test_unwrap(void **state)
{
#define START "-----BEGIN PGP SIGNED MESSAGE-----\n"
#define END "-----BEGIN PGP SIGNATURE-----\n"
	(void)state;
	assert_unwrap("", 0, "");
	assert_unwrap("d41d8cd98f00b204e9800998ecf8427e  a\n" START, 0, "");
	assert_unwrap(START "\n" END, 1, "");
	assert_unwrap(START "Hash: SHA256\r\n\r\na\r\n" END, 1, "");
	assert_unwrap(START "Hash: SHA256\n\na\n", -EBADMSG,
		"begins like a clear-signed text, but its signature is missing");
	assert_unwrap(START "Charset: x\n\na\n" END, -EBADMSG,
		"begins like a clear-signed text, but its headers are not \"Hash: ...\" and an "
		"empty line");
	assert_unwrap(START "\n-a\n" END, -EBADMSG,
		"begins like a clear-signed text, but a line in it begins with \"-\"");
}

static void test_keyrings(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *armoured = path_of(fixture, "both.asc");
	CLEANUP(cleanup_free) char *binary = path_of(fixture, "both.gpg");
	CLEANUP(cleanup_free) char *none = path_of(fixture, "m");
	CLEANUP(cleanup_free) char *empty = path_of(fixture, "empty");
	CLEANUP(cleanup_free) char *wanted = NULL;
	const char *const paths[] = {armoured, binary};
	struct keyring *bad = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (fixture->missing)
		skip();
	for (int i = 0; i < 2; i++) {
		CLEANUP(cleanup_keyring) struct keyring *keyring = NULL;
		struct fixture with = *fixture;

		assert_int_equal(keyring_open(paths[i], &keyring, &err), 0);
		with.keyring = keyring;
		assert_verdict(&with, "rsa2048-good.sig", SIGNATURE_OK, "");
		assert_verdict(&with, "ed25519-good.sig", SIGNATURE_OK, "");
		assert_verdict(&with, "rsa2048-other.sig", SIGNATURE_UNKNOWN_KEY, "");
	}
	assert_int_equal(keyring_open(none, &bad, &err), -EBADMSG);
	wanted = text_format("%s: it holds no OpenPGP public key that can be used; write one with "
			     "gpg --export --armor KEY",
		none);
	assert_string_equal(error_text(&err), wanted);
	assert_int_equal(keyring_open(empty, &bad, &err), -ENOKEY);
	assert_int_equal(keyring_open("/nonexistent", &bad, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"/nonexistent: cannot open the keyring: No such file or directory");
	assert_int_equal(keyring_add_ed25519(fixture->keyring, none, &err), -EBADMSG);
	assert_null(bad);
}

static void test_names(void **state)
{
	size_t length = 0;

	(void)state;
	assert_true(manifest_signature_is_name("SHA256SUMS.asc", &length));
	assert_int_equal(length, 10);
	assert_true(manifest_signature_is_name("a.sha256.ed25519", &length));
	assert_int_equal(length, 8);
	assert_false(manifest_signature_is_name(".asc", &length));
	assert_false(manifest_signature_is_name("SHA256SUMS", &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openpgp),
		cmocka_unit_test(test_ed25519),
		cmocka_unit_test(test_without_keys),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_clear_signed),
		cmocka_unit_test(test_unwrap),
		cmocka_unit_test(test_keyrings),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
