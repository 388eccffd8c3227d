/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a session trusts and as whom it logs in, against a real sshd. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/remote/session_fixture.h"

static void test_unknown_host(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *empty = text_format("%s/empty", sshd->folder);
	CLEANUP(cleanup_free) char *expected = NULL;
	struct session_target target = session_fixture_target(sshd);

	assert_int_equal(file_write(empty, "", 0, 0600, NULL), 0);
	target.hop.known_hosts[0] = empty;
	session_fixture_refused(&target, EKEYREJECTED,
		"web1 (127.0.0.1 port 2222): host key unknown: [127.0.0.1]:2222 showed SHA256:");
	expected = text_format(
		"and %s has no entry for it. Compare the fingerprint on the node's console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only if it is the same: ssh-keyscan -t ed25519 -p 2222 127.0.0.1 >> %s",
		empty, empty);
	session_fixture_refused(&target, EKEYREJECTED, expected);
	target.hop.known_hosts[0] = "/nonexistent/known_hosts";
	session_fixture_refused(&target, ENOENT,
		"host key of [127.0.0.1]:2222 not checked, there is no file /nonexistent/known_hosts; it showed SHA256:");
}

/* A known_hosts file with one entry for our sshd-> */
static char *write_known(
	const struct sshd *sshd, const char *name, const char *key_file, size_t cut)
{
	CLEANUP(cleanup_free) char *key_path = text_format("%s/%s.pub", sshd->folder, key_file);
	CLEANUP(cleanup_free) char *key = NULL;
	CLEANUP(cleanup_free) char *line = NULL;
	char *path = text_format("%s/%s", sshd->folder, name);

	assert_int_equal(file_read(key_path, 10000, &key, NULL, NULL), 0);
	key[strlen(key) - cut] = '\0';
	line = text_format("[127.0.0.1]:%d %s", SSHD_PORT, key);
	assert_int_equal(file_write(path, line, strlen(line), 0600, NULL), 0);
	return path;
}

static void test_changed_host(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *changed = write_known(sshd, "changed", "stranger", 0);
	CLEANUP(cleanup_free)
	char *expected = text_format(
		"%s has another key for it. Either the node was installed anew, or another machine answers in its place. Remove the old key with ssh-keygen -f %s -R '[127.0.0.1]:2222' only after this: Compare",
		changed, changed);
	struct session_target target = session_fixture_target(sshd);

	target.hop.known_hosts[0] = changed;
	session_fixture_refused(
		&target, EKEYREJECTED, "HOST KEY CHANGED: [127.0.0.1]:2222 showed SHA256:");
	session_fixture_refused(&target, EKEYREJECTED, expected);
}

/* In another file than that with the key, and for other hosts. */
static void test_revoked_key(void **state)
{
	struct sshd *sshd = *state;
	struct session_target target = session_fixture_target(sshd);
	CLEANUP(cleanup_free) char *path = text_format("%s/revoked", sshd->folder);
	CLEANUP(cleanup_free) char *expected = text_format(", which %s marks as @revoked", path);
	CLEANUP(cleanup_free) char *known = NULL;
	CLEANUP(cleanup_text) struct text revoked = {0};
	struct session *session = NULL;
	char *rest;

	assert_int_equal(file_read(target.hop.known_hosts[0], 10000, &known, NULL, NULL), 0);
	rest = strchr(known, ' ');
	text_appendf(&revoked, "# none\n@revoked\n@revoked * ssh-ed25519 AAAA\n");
	assert_int_equal(file_write(path, revoked.data, revoked.length, 0600, NULL), 0);
	target.hop.known_hosts[1] = path;
	assert_int_equal(session_open(&target, &session, NULL), 0);
	session_free(session);
	text_appendf(&revoked, "@revoked\telsewhere%s", rest);
	assert_int_equal(file_write(path, revoked.data, revoked.length, 0600, NULL), 0);
	session_fixture_refused(
		&target, EKEYREJECTED, "HOST KEY REVOKED: [127.0.0.1]:2222 showed SHA256:");
	session_fixture_refused(&target, EKEYREJECTED, expected);
}

/* Another file's good entry is no help. */
static void test_a_file_that_cannot_be_read_may_revoke(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *unopened = text_format("%s/socket", sshd->folder);
	const struct {
		const char *path;
		int number;
	} cases[] = {
		{sshd->folder, EISDIR}, /* can be opened, but not read */
		{unopened, ENXIO},
	};

	assert_int_equal(mknod(unopened, S_IFSOCK | 0600, 0), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_free)
		char *expected = text_format("): cannot read %s: ", cases[i].path);
		struct session_target target = session_fixture_target(sshd);

		target.hop.known_hosts[1] = cases[i].path;
		session_fixture_refused(&target, cases[i].number,
			"host key of [127.0.0.1]:2222 not checked (it showed SHA256:");
		session_fixture_refused(&target, cases[i].number, expected);
	}
}

static void test_other_type_of_key(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free)
	char *make = text_format("ssh-keygen -q -t ecdsa -N '' -C test -f %s/other", sshd->folder);
	CLEANUP(cleanup_free) char *known = NULL;
	struct session_target target = session_fixture_target(sshd);

	assert_int_equal(system(make), 0);
	known = write_known(sshd, "other_known", "other", 0);
	target.hop.known_hosts[0] = known;
	session_fixture_refused(
		&target, EKEYREJECTED, "host key of another type: [127.0.0.1]:2222 showed SHA256:");
}

static void test_damaged_known_hosts(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *known = write_known(sshd, "damaged", "host", 40);
	struct session_target target = session_fixture_target(sshd);
	struct session *session = NULL;
	CLEANUP(error_release) struct error err = {0};

	target.hop.known_hosts[0] = known;
	/* Whether libssh sees a bad line or no line: never a login. */
	assert_true(session_open(&target, &session, &err) < 0);
	assert_non_null(strstr(error_text(&err), known));
}

static void test_refused_login(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free)
	char *expected = text_format(
		"web1 (127.0.0.1 port 2222): login refused: user root on 127.0.0.1 does not take the key %s; add its .pub to ~root/.ssh/authorized_keys there",
		sshd->stranger);
	struct session_target target = session_fixture_target(sshd);

	target.hop.identities[0] = sshd->stranger;
	session_fixture_refused(&target, EACCES, expected);
	target.hop.identities[0] = "/nonexistent/key";
	session_fixture_refused(&target, ENOENT, "cannot open the identity file /nonexistent/key");
	target.hop.identities[0] = sshd->known_hosts;
	session_fixture_refused(&target, EINVAL, "is no private key that can be used");
}

static void test_identity_with_passphrase(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *path = text_format("%s/secret", sshd->folder);
	CLEANUP(cleanup_free)
	char *make = text_format("ssh-keygen -q -t ed25519 -N geheim -C test -f %s", path);
	CLEANUP(cleanup_free)
	char *allow = text_format("cat %s.pub >> %s.pub", path, sshd->identity);
	struct session_target target = session_fixture_target(sshd);

	assert_int_equal(system(make), 0);
	target.hop.identities[0] = path;
	/* Nobody is asked for the passphrase of a key that would not be taken. */
	session_fixture_refused(&target, EACCES, "does not take the key ");
	assert_int_equal(system(allow), 0);
	session_fixture_refused(
		&target, ENOTTY, "has a passphrase, and nobody can be asked for it");
}

static void test_nonsense_target(void **state)
{
	struct sshd *sshd = *state;
	struct session_target target = session_fixture_target(sshd);

	target.hop.address = "root@127.0.0.1";
	session_fixture_refused(&target, EINVAL,
		"web1: \"root@127.0.0.1\" is no address or host name; correct it in the cluster file, or HostName in the ssh configuration");
	target = session_fixture_target(sshd);
	target.hop.port = 65536;
	session_fixture_refused(&target, EINVAL, "web1: port 65536 is not in 1 to 65535");
	target = session_fixture_target(sshd);
	target.hop.known_hosts[0] = NULL;
	session_fixture_refused(&target, EINVAL, "web1: no known_hosts file is given");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_host),
		cmocka_unit_test(test_changed_host),
		cmocka_unit_test(test_revoked_key),
		cmocka_unit_test(test_a_file_that_cannot_be_read_may_revoke),
		cmocka_unit_test(test_other_type_of_key),
		cmocka_unit_test(test_damaged_known_hosts),
		cmocka_unit_test(test_refused_login),
		cmocka_unit_test(test_identity_with_passphrase),
		cmocka_unit_test(test_nonsense_target),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests_name(
		"session login", tests, session_fixture_begin, session_fixture_end);
}
