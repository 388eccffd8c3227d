/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands as root through a real sudo: with and without a password, refused in every way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/remote/credentials.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/remote/session_fixture.h"

#define PASSWORD "ge heim'$(x)"

/* In a copy of /etc that ends with the test; sshd must see it, too. */
static const char users_script[] =
	"set -e; chmod 711 /tmp/haupgrade-sshd.*\n"
	"cp -a /etc /tmp/etc; mount --bind /tmp/etc /etc\n"
	"hash=$(openssl passwd -6 \"ge heim'\\$(x)\")\n"
	"for user in free asks stranger term some; do\n"
	"  useradd -M -d /tmp -s /bin/sh -p \"$hash\" $user\n"
	"done\n"
	"{ echo 'Defaults use_pty'; echo 'Defaults:term requiretty'\n"
	"  echo 'free ALL=(ALL:ALL) NOPASSWD: ALL'; echo 'asks ALL=(ALL:ALL) ALL'\n"
	"  echo 'term ALL=(ALL:ALL) NOPASSWD: ALL'; echo 'some ALL=(ALL) NOPASSWD: /bin/ls'\n"
	"} >/etc/sudoers\n"
	"rm -rf /etc/sudoers.d; chmod 440 /etc/sudoers\n";

static int begin(void **state)
{
	int result = session_fixture_begin(state);

	if (result < 0)
		return result;
	sshd_kill(*state);
	if (system(users_script) != 0)
		return -1;
	sshd_start(*state);
	return 0;
}

/* A descriptor that holds those bytes. */
static int holding(const char *bytes)
{
	int descriptor = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(write(descriptor, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	assert_int_equal(lseek(descriptor, 0, SEEK_SET), 0);
	return descriptor;
}

static struct credentials *credentials_of(int password)
{
	const struct credentials_source source = {.password_file = password, .passphrase_file = -1};

	return credentials_new(&source);
}

static struct session_target target_of(
	const struct sshd *sshd, const char *user, struct credentials *credentials)
{
	struct session_target target = session_fixture_target(sshd);

	target.hop.user = user;
	target.sudo = true;
	target.credentials = credentials;
	return target;
}

static struct session *open_target(const struct session_target *target)
{
	struct session *session = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (session_open(target, &session, &err) < 0)
		fail_msg("%s", error_text(&err));
	return session;
}

/* Input goes to the command whole and alone; streams and status are the command's. */
static void expect_root(struct session *session)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *line = session_fixture_script(
		"id -u; echo \"$1\" >&2; cat; exit 7", "an 'odd' $argument\n2");
	CLEANUP(error_release) struct error err = {0};
	struct session_command command = {
		.line = line, .input = "first\nsecond", .input_length = 12};

	if (session_run(session, &command, &result, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(result.output, "0\nfirst\nsecond");
	assert_string_equal(result.errors, "an 'odd' $argument\n2\n");
	assert_int_equal(result.status, 7);
}

static void expect_upload(const struct sshd *sshd, struct session *session)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/uploaded", sshd->folder);
	CLEANUP(cleanup_close) int file = holding("abc");
	CLEANUP(error_release) struct error err = {0};

	if (session_upload(session,
		    &(const struct session_file){
			    .file = file,
			    .name = "abc",
			    .remote_path = path,
			    .mode = 0600,
			    .sha256 =
				    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		    },
		    &err) < 0)
		fail_msg("%s", error_text(&err));
}

static void test_without_password(void **state)
{
	const struct sshd *sshd = *state;
	const struct session_target target = target_of(sshd, "free", NULL);
	CLEANUP(cleanup_session) struct session *session = open_target(&target);

	expect_root(session);
	expect_upload(sshd, session);
	expect_root(session);
}

static void test_with_password(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int file = holding(PASSWORD "\nnot a word more\n");
	CLEANUP(cleanup_credentials) struct credentials *credentials = credentials_of(file);
	struct session_target target = target_of(sshd, "asks", credentials);
	CLEANUP(cleanup_session) struct session *first = open_target(&target);
	CLEANUP(cleanup_session) struct session *second = NULL;
	char rest[32] = "";

	expect_root(first);
	expect_upload(sshd, first);
	expect_root(first);
	/* On another node the same password is tried before anyone is asked. */
	target.node = "web2";
	second = open_target(&target);
	expect_root(second);
	assert_int_equal(read(file, rest, sizeof(rest) - 1), 16);
	assert_string_equal(rest, "not a word more\n");
}

static void test_background_job_survives(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int file = holding(PASSWORD);
	CLEANUP(cleanup_credentials) struct credentials *credentials = credentials_of(file);
	const struct session_target target = target_of(sshd, "asks", credentials);
	CLEANUP(cleanup_session) struct session *session = open_target(&target);
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *path = text_format("%s/job", sshd->folder);
	CLEANUP(cleanup_free)
	char *line = session_fixture_script(
		"setsid sh -c 'while [ ! -e \"$1.go\" ]; do sleep 0.02; done; echo done >\"$1\"' sh \"$1\" >/dev/null 2>&1 </dev/null &\nexit 0",
		path);
	CLEANUP(cleanup_free) char *go = text_format("touch %s.go", path);
	CLEANUP(error_release) struct error err = {0};
	const struct session_command command = {.line = line};

	if (session_run(session, &command, &result, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(result.status, 0);
	session_free(TAKE(session));
	assert_int_equal(system(go), 0);
	session_fixture_await(path);
}

static void test_wrong_password(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int file = holding("falsch\n");
	CLEANUP(cleanup_credentials) struct credentials *credentials = credentials_of(file);
	struct session_target target = target_of(sshd, "asks", credentials);

	session_fixture_refused(&target, EACCES,
		"web1 (127.0.0.1 port 2222): sudo does not accept the password of asks");
	target.node = "web2";
	session_fixture_refused(&target, EACCES,
		"web2 (127.0.0.1 port 2222): the password of asks for sudo was refused on web1 and is not tried elsewhere, so that no account is locked");
}

static void test_nobody_to_ask(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int file = holding("");
	CLEANUP(cleanup_credentials) struct credentials *empty = credentials_of(file);
	struct session_target target = target_of(sshd, "asks", NULL);

	session_fixture_refused(
		&target, ENOTTY, "sudo wants the password of asks, and nobody can be asked for it");
	target.credentials = empty;
	session_fixture_refused(
		&target, ENODATA, "the password of asks for sudo: nothing came from --password-fd");
}

static void test_refused(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_close) int file = holding(PASSWORD "\n");
	CLEANUP(cleanup_credentials) struct credentials *credentials = credentials_of(file);
	struct session_target target = target_of(sshd, "term", credentials);

	session_fixture_refused(&target, EPERM,
		"sudo there wants a terminal: add \"Defaults:term !requiretty\" to its sudoers");
	target.hop.user = "some";
	session_fixture_refused(&target, EPERM,
		"user some may not run a shell (sh) as root by sudo there: sudoers must allow it all commands");
	target.hop.user = "stranger";
	session_fixture_refused(
		&target, EPERM, "user stranger may not use sudo there: add it to sudoers (visudo)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_password),
		cmocka_unit_test(test_with_password),
		cmocka_unit_test(test_background_job_survives),
		cmocka_unit_test(test_wrong_password),
		cmocka_unit_test(test_nobody_to_ask),
		cmocka_unit_test(test_refused),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	if (access("/usr/bin/sudo", X_OK) < 0) {
		fprintf(stderr, "skipped: there is no /usr/bin/sudo (Debian: sudo)\n");
		return 77;
	}
	return cmocka_run_group_tests_name("session sudo", tests, begin, session_fixture_end);
}
