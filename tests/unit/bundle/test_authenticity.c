/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who made the packages: which of its signatures' states are problems, which are notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/authenticity.h"
#include "tests/unit/bundle/package_fixture.h"

#define A "demo-a-1.0-1.noarch.rpm"
#define B "demo-b-1.0-1.noarch.rpm"

/* Two packages without signatures, and Ed25519 and OpenPGP keys: "good" and "other". */
static const char make[] =
	"cd \"$0\" && mkdir keys bundle && mv top/RPMS/*.rpm bundle && "
	"g='gpg --batch --yes --quiet --passphrase= --pinentry-mode loopback' && "
	"for w in good other; do $g --quick-gen-key $w@example.org ed25519 sign never && "
	"$g -a -o $w.asc --export $w@example.org && "
	"openssl genpkey -algorithm ed25519 -out $w.pem && "
	"openssl pkey -in $w.pem -pubout -out $w.pub || exit 1; done; cp good.asc keys";

struct fixture {
	char *folder;
	struct keyring *empty;	/* nobody chose it */
	struct keyring *chosen; /* both good keys */
	const char *missing;
};

/* Runs a shell command among the files of the bundle, $g being gpg. */
static void run(const struct fixture *fixture, const char *command)
{
	CLEANUP(cleanup_free)
	char *whole = text_format(
		"cd %s/bundle && g='gpg --batch --yes --quiet --passphrase= --pinentry-mode "
		"loopback' && %s",
		fixture->folder, command);

	assert_int_equal(package_fixture_run((const char *const[]){"bash", "-c", whole, NULL}), 0);
}

static int setup(void **state)
{
	static struct fixture fixture;
	CLEANUP(cleanup_free) char *a = NULL, *b = NULL, *keys = NULL, *public = NULL;

	fixture.folder = package_fixture_begin();
	*state = &fixture;
	fixture.missing = package_fixture_missing();
	if (!fixture.missing) {
		a = package_fixture_build(fixture.folder, "demo-a", 0, "1.0", "1");
		b = package_fixture_build(fixture.folder, "demo-b", 0, "1.0", "1");
		if (package_fixture_run(
			    (const char *const[]){"bash", "-c", make, fixture.folder, NULL}) != 0)
			fixture.missing = "gpg or openssl cannot make keys here";
	}
	if (fixture.missing) {
		print_message("%s\n", fixture.missing);
		return 0;
	}
	keys = text_format("%s/keys", fixture.folder);
	public = text_format("%s/good.pub", fixture.folder);
	assert_int_equal(keyring_open(NULL, &fixture.empty, NULL), 0);
	assert_int_equal(keyring_open(keys, &fixture.chosen, NULL), 0);
	assert_int_equal(keyring_add_ed25519(fixture.chosen, public, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	keyring_free(fixture->empty);
	keyring_free(fixture->chosen);
	package_fixture_end(fixture->folder);
	return 0;
}

/* Every finding must begin with wanted's line of the same number. */
static void assert_found(const struct fixture *fixture, const struct keyring *keyring,
	bool is_required, const char *wanted)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/bundle", fixture->folder);
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	const struct bundle_options options = {.keyring = keyring};
	const char *rest = wanted;
	CLEANUP(error_release) struct error err = {0};

	if (bundle_open(path, &options, &bundle, &err) < 0)
		fail_msg("%s", error_text(&err));
	authenticity_check(bundle, keyring, is_required, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct bundle_finding *finding = &findings.items[i];
		CLEANUP(cleanup_free)
		char *line = text_format("%s %s: %s",
			finding->severity == BUNDLE_NOTE ? "note" : "problem",
			finding->file ? finding->file : "bundle", finding->message);
		size_t length = strcspn(rest, "\n");

		if (!length || strncmp(line, rest, length) != 0)
			fail_msg("found: %s\nwanted: %.*s", line, (int)length, rest);
		rest += length + (rest[length] == '\n');
	}
	assert_string_equal(rest, "");
}

#define NOT_PROVEN                                                                       \
	"note bundle: no signature proves who made it: its digests show integrity, not " \
	"authenticity"
#define UNPROVEN(file)                                                                          \
	"problem " file ": nothing proves where it comes from: neither it nor a manifest that " \
	"lists it with a digest better than SHA1 has a good signature"
#define BOTH_UNPROVEN UNPROVEN(A) "\n" UNPROVEN(B)

static void test_nothing_signed(void **state)
{
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	run(fixture, "rm -f [!d]*; sha256sum *.rpm >SHA256SUMS");
	assert_found(fixture, fixture->empty, false, NOT_PROVEN);
	assert_found(fixture, fixture->chosen, false, NOT_PROVEN);
	assert_found(fixture, fixture->empty, true, BOTH_UNPROVEN);
}

static void test_manifest_vouches(void **state)
{
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	run(fixture, "rm -f [!d]*; sha256sum *.rpm >SHA256SUMS; $g -u good@example.org -a -o "
		     "SHA256SUMS.asc -b SHA256SUMS");
	assert_found(fixture, fixture->chosen, true,
		"note SHA256SUMS.asc: a good signature of SHA256SUMS, by key ID ");
	/* Nobody said which keys are good: a note, unless proof is asked for. */
	assert_found(fixture, fixture->empty, false,
		"note SHA256SUMS.asc: signs SHA256SUMS with key ID \n" NOT_PROVEN);
	assert_found(fixture, fixture->empty, true,
		"problem SHA256SUMS.asc: signs SHA256SUMS with key ID \n" BOTH_UNPROVEN);
	/* The manifest that is signed lists one of two. */
	run(fixture, "sha256sum " A " >SHA256SUMS; md5sum *.rpm >MD5SUM; $g -u good@example.org "
		     "-a -o SHA256SUMS.asc -b SHA256SUMS");
	assert_found(fixture, fixture->chosen, true,
		"note SHA256SUMS.asc: a good signature of SHA256SUMS\n" UNPROVEN(B));
	assert_found(fixture, fixture->chosen, false,
		"note SHA256SUMS.asc: a good signature of SHA256SUMS\n"
		"note bundle: only of 1 of its 2 packages a signature proves who made them: "
		"digests show integrity, not authenticity");
}

static void test_weak_digests_do_not(void **state)
{
	static const char *const commands[] = {"md5sum", "sha1sum", "b2sum -l 8", "b2sum -l 128"};
	static const char *const ends[] = {"md5", "sha1", "b2", "b2"};
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		CLEANUP(cleanup_free)
		char *command = text_format("rm -f [!d]*; %s *.rpm >M.%s; $g -u good@example.org "
					    "-a -o M.%s.asc -b M.%s",
			commands[i], ends[i], ends[i], ends[i]);
		CLEANUP(cleanup_free)
		char *wanted = text_format("note M.%s.asc: a good signature of M.%s\n%s", ends[i],
			ends[i], BOTH_UNPROVEN);

		run(fixture, command);
		assert_found(fixture, fixture->chosen, true, wanted);
	}
}

static void test_bad_and_unknown(void **state)
{
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	run(fixture, "rm -f [!d]*; sha256sum *.rpm >SHA256SUMS; $g -u other@example.org -a -o "
		     "SHA256SUMS.asc -b SHA256SUMS");
	assert_found(fixture, fixture->chosen, false,
		"problem SHA256SUMS.asc: signs SHA256SUMS with key ID \n" NOT_PROVEN);
	run(fixture,
		"$g -u good@example.org -a -o SHA256SUMS.asc -b SHA256SUMS; echo >>SHA256SUMS");
	assert_found(fixture, fixture->chosen, false,
		"problem SHA256SUMS.asc: is no good signature of SHA256SUMS by key ID "
		"\n" NOT_PROVEN);
	run(fixture, ": >SHA256SUMS.asc");
	assert_found(fixture, fixture->empty, false,
		"problem SHA256SUMS.asc: is no good signature of SHA256SUMS: it is empty; do not "
		"use the bundle, get both again from where they are made\n" NOT_PROVEN);
	run(fixture,
		"$g --digest-algo SHA1 -u good@example.org -a -o SHA256SUMS.asc -b SHA256SUMS");
	assert_found(fixture, fixture->chosen, false,
		"problem SHA256SUMS.asc: signs SHA256SUMS with key ID \n" NOT_PROVEN);
}

static void test_ed25519(void **state)
{
	const struct fixture *fixture = *state;
	const char *sign = "openssl pkeyutl -sign -inkey ../good.pem -rawin -in SHA256SUMS -out "
			   "SHA256SUMS.ed25519";

	if (fixture->missing)
		skip();
	run(fixture, "rm -f [!d]*; sha256sum *.rpm >SHA256SUMS");
	run(fixture, sign);
	assert_found(fixture, fixture->chosen, true,
		"note SHA256SUMS.ed25519: a good signature of SHA256SUMS, by the Ed25519 key");
	assert_found(fixture, fixture->empty, false,
		"note SHA256SUMS.ed25519: signs SHA256SUMS with an Ed25519 key, which is not in "
		"the keyring, so it proves nothing: get the public key from its owner and give it "
		"with --keyring or --ed25519-key\n" NOT_PROVEN);
	run(fixture, "echo >>SHA256SUMS");
	assert_found(fixture, fixture->chosen, false,
		"problem SHA256SUMS.ed25519: is no good signature of SHA256SUMS by the Ed25519 "
		"key\n" NOT_PROVEN);
}

/* What stands outside the signed text is not vouched for. */
static void test_clear_signed(void **state)
{
	const struct fixture *fixture = *state;

	if (fixture->missing)
		skip();
	run(fixture, "rm -f [!d]*; sha256sum " A " >m; $g -u good@example.org -o SHA256SUMS "
		     "--clearsign m; rm m; sha256sum " B " >>SHA256SUMS");
	assert_found(fixture, fixture->chosen, true,
		"note SHA256SUMS: a good signature of SHA256SUMS, by key ID \n" UNPROVEN(B));
	run(fixture, "rm -f [!d]*; sha256sum *.rpm >m; $g -u good@example.org -o SHA256SUMS "
		     "--clearsign m; rm m");
	assert_found(fixture, fixture->chosen, true,
		"note SHA256SUMS: a good signature of SHA256SUMS, by key ID ");
}

/* The last: it changes a package. */
static void test_signed_package(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *package = text_format("%s/bundle/" A, fixture->folder);

	if (fixture->missing)
		skip();
	if (package_fixture_sign(fixture->folder, package, "maker", false))
		skip();
	run(fixture, "rm -f [!d]*; sha256sum *.rpm >SHA256SUMS");
	assert_found(
		fixture, fixture->empty, false, "note " A ": signed with key ID \n" NOT_PROVEN);
	assert_found(
		fixture, fixture->chosen, false, "problem " A ": signed with key ID \n" NOT_PROVEN);
	assert_found(
		fixture, fixture->empty, true, "problem " A ": signed with key ID \n" UNPROVEN(B));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_signed),
		cmocka_unit_test(test_manifest_vouches),
		cmocka_unit_test(test_weak_digests_do_not),
		cmocka_unit_test(test_bad_and_unknown),
		cmocka_unit_test(test_ed25519),
		cmocka_unit_test(test_clear_signed),
		cmocka_unit_test(test_signed_package),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
