/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways to a node: IPv6, jump hosts, the ssh agent, keys with passphrases. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/remote/credentials.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/remote/session_fixture.h"

static const char *agent_path;

/* sshd on all addresses, on port 22, too; the keys "locked" (passphrase "geheim") and "second". */
static const char setup_script[] =
	"set -e; cd \"$1\"\n"
	"sed -i 's/^ListenAddress.*//' sshd_config; echo 'Port 22' >>sshd_config\n"
	"ip -6 address add fe80::1/64 dev lo nodad\n"
	"key=$(cut -d ' ' -f 1,2 host.pub)\n"
	"for name in '[::1]:2222' ::1 '[fe80::1%lo]:2222' alias; do echo \"$name $key\"; done >>known_hosts\n"
	"echo \"127.0.0.1 $key\" >elsewhere; : >empty\n"
	"ssh-keygen -q -t ed25519 -N geheim -C test -f locked\n"
	"ssh-keygen -q -t ecdsa -N '' -C test -f second\n"
	"cat locked.pub second.pub >>identity.pub\n";

static void shell(const struct sshd *sshd, const char *script)
{
	CLEANUP(cleanup_free)
	char *line = text_format("sh -c '%s' sh %s", script, sshd->folder);

	if (system(line) != 0)
		fail_msg("failed: %s", script);
}

static char *in_folder(const struct sshd *sshd, const char *name)
{
	return text_format("%s/%s", sshd->folder, name);
}

static pid_t start_agent(const struct sshd *sshd)
{
	pid_t child;

	agent_path = in_folder(sshd, "agent");
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("ssh-agent", "ssh-agent", "-D", "-a", agent_path, NULL);
		_exit(127);
	}
	session_fixture_await(agent_path);
	return child;
}

static pid_t agent_process;

static int begin(void **state)
{
	CLEANUP(cleanup_free) char *script = NULL;
	struct sshd *sshd;

	/* ssh-agent's words are of no interest. */
	setenv("SSH_CONFIGPASS_REQUIRE", "never", 1);
	if (session_fixture_begin(state) < 0)
		return -1;
	sshd = *state;
	sshd_kill(sshd);
	script = in_folder(sshd, "setup");
	FILE *file = fopen(script, "we");

	if (!file || fputs(setup_script, file) < 0 || fclose(file) != 0)
		return -1;
	shell(sshd, "exec sh \"$1/setup\" \"$1\"");
	sshd_start(sshd);
	agent_process = start_agent(sshd);
	return 0;
}

static int end(void **state)
{
	kill(agent_process, SIGKILL);
	waitpid(agent_process, NULL, 0);
	free((char *)agent_path);
	return session_fixture_end(state);
}

static void expect_open(const struct session_target *target)
{
	CLEANUP(cleanup_session) struct session *session = NULL;
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};

	if (session_open(target, &session, &err) < 0 ||
		session_fixture_run(session, "echo there", 0, &result, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(result.output, "there\n");
}

static void test_ipv6(void **state)
{
	struct session_target target = session_fixture_target(*state);

	target.hop.address = "::1";
	expect_open(&target);
	target.hop.address = "fe80::1%lo";
	expect_open(&target);
	target.hop.address = "::1";
	target.hop.port = 22;
	expect_open(&target);
	target.hop.port = 1;
	session_fixture_refused(&target, ECONNREFUSED, "web1 ([::1] port 1): ");
	/* Another address of the same machine is another entry. */
	target.hop.address = "::ffff:127.0.0.1";
	target.hop.port = SSHD_PORT;
	session_fixture_refused(
		&target, EKEYREJECTED, "host key unknown: [::ffff:127.0.0.1]:2222 showed SHA256:");
}

static void test_known_hosts_files(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *empty = in_folder(sshd, "empty");
	CLEANUP(cleanup_free) char *elsewhere = in_folder(sshd, "elsewhere");
	struct session_target target = session_fixture_target(sshd);

	target.hop.known_hosts[0] = "/nonexistent";
	target.hop.known_hosts[1] = empty;
	target.hop.known_hosts[2] = elsewhere;
	session_fixture_refused(&target, EKEYREJECTED, "has no entry for it");
	target.hop.port = 22;
	expect_open(&target);
	target.hop.known_hosts[2] = sshd->known_hosts;
	session_fixture_refused(&target, EKEYREJECTED, "host key unknown: 127.0.0.1 showed");
	/* HostKeyAlias: looked up without a port. */
	target.hop.port = SSHD_PORT;
	target.hop.key_name = "alias";
	expect_open(&target);
}

static void test_jump(void **state)
{
	struct session_target target = session_fixture_target(*state);
	const struct hop first = target.hop;
	struct hop second = first;
	const struct hop *const jumps[] = {&first, &second};
	CLEANUP(error_release) struct error err = {0};

	target.jumps = jumps;
	target.jump_count = 1;
	expect_open(&target);
	second.address = "::1";
	target.jump_count = 2;
	expect_open(&target);
	assert_int_equal(session_dial(&target, 10000, &err), 0);
	/* What the node does not, and what the jump host does not, are told apart. */
	target.hop.port = 1;
	session_fixture_refused(&target, ECONNREFUSED,
		"web1 (127.0.0.1 port 1): the jump host cannot connect to 127.0.0.1 port 1: ");
	assert_int_equal(session_dial(&target, 10000, &err), -ECONNREFUSED);
	second.port = 1;
	session_fixture_refused(&target, ENOLINK,
		"web1 (127.0.0.1 port 1): jump host ::1 port 1: the jump host cannot connect to ::1 port 1: ");
	assert_int_equal(session_dial(&target, 10000, &err), -ENOLINK);
	assert_false(session_is_unreachable(-ENOLINK));
	second.port = SSHD_PORT;
	second.known_hosts[0] = "/nonexistent";
	session_fixture_refused(&target, ENOENT,
		"jump host ::1 port 2222: host key of [::1]:2222 not checked, there is no file /nonexistent");
}

/* A large amount in both directions through two hosts. */
static void test_jump_carries_much(void **state)
{
	struct session_target target = session_fixture_target(*state);
	const struct hop *const jumps[] = {&target.hop, &target.hop};
	CLEANUP(cleanup_free) char *bytes = calloc(1, 20000000);
	CLEANUP(cleanup_free) char *line = session_fixture_script("cat", NULL);
	CLEANUP(cleanup_session) struct session *session = NULL;
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};
	const struct session_command command = {
		.line = line, .input = bytes, .input_length = 20000000, .output_limit = 30000000};

	target.jumps = jumps;
	target.jump_count = 2;
	for (size_t i = 0; i < 20000000; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	if (session_open(&target, &session, &err) < 0 ||
		session_run(session, &command, &result, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(result.output_length, 20000000);
	assert_memory_equal(result.output, bytes, 20000000);
}

/* The node says nothing any more, while all TCP connections stay as they are. */
static void test_silence_behind_jump(void **state)
{
	struct session_target target = session_fixture_target(*state);
	const struct hop *const jumps[] = {&target.hop};
	CLEANUP(cleanup_session) struct session *session = NULL;
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(error_release) struct error err = {0};

	target.jumps = jumps;
	target.jump_count = 1;
	target.silence_timeout_ms = 1000;
	if (session_open(&target, &session, &err) < 0)
		fail_msg("%s", error_text(&err));
	/* A command that is silent for longer than that is none of this: its sshd answers. */
	if (session_fixture_run(session, "sleep 2.5; echo woke", 0, &result, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(result.output, "woke\n");
	session_result_clear(&result);
	assert_int_equal(session_fixture_run(session, "kill -STOP $PPID; exec sleep 600", 120000,
				 &result, &err),
		-ECONNRESET);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): connection lost while a command ran: no sign of life for 1000 ms");
}

static struct session_target agent_target(const struct sshd *sshd)
{
	struct session_target target = session_fixture_target(sshd);

	target.hop.identities[0] = NULL;
	target.hop.agent = agent_path;
	return target;
}

static void agent_holds(const struct sshd *sshd, const char *keys)
{
	CLEANUP(cleanup_free)
	char *script = text_format("cd \"$1\"; export SSH_AUTH_SOCK=\"$1/agent\"; exec 2>&1\n"
				   "ssh-add -q -D >log && %s >>log || { cat log; exit 1; }",
		keys);

	shell(sshd, script);
}

static void test_agent(void **state)
{
	const struct sshd *sshd = *state;
	struct session_target target = agent_target(sshd);
	CLEANUP(cleanup_free) char *locked = in_folder(sshd, "locked");

	agent_holds(sshd, "true");
	session_fixture_refused(&target, ENOENT, "there is no key to log in with as root");
	agent_holds(sshd, "ssh-add -q stranger");
	session_fixture_refused(&target, EACCES, "does not take the key 1 keys of the ssh agent");
	agent_holds(sshd, "ssh-add -q stranger && ssh-add -q second");
	expect_open(&target);
	/* Only the keys that are named, and their public halves tell which. */
	target.hop.identities_only = true;
	target.hop.identities[0] = sshd->stranger;
	session_fixture_refused(&target, EACCES, "does not take the key ");
	target.hop.identities[0] = locked;
	session_fixture_refused(
		&target, ENOTTY, "has a passphrase, and nobody can be asked for it");
	agent_holds(sshd,
		"cp locked copy && ssh-keygen -q -p -P geheim -N \"\" -f copy && ssh-add -q copy");
	expect_open(&target);
}

/* OpenSSH hears six wrong keys and hangs up; the right one may be the seventh. */
static void test_too_many_keys(void **state)
{
	const struct sshd *sshd = *state;
	struct session_target target = agent_target(sshd);
	CLEANUP(cleanup_free) char *second = in_folder(sshd, "second");

	agent_holds(sshd,
		"for i in 1 2 3 4 5 6; do ssh-keygen -q -t ed25519 -N \"\" -C test -f wrong$i && ssh-add -q wrong$i; done && ssh-add -q second");
	session_fixture_refused(&target, EACCES,
		"web1 (127.0.0.1 port 2222): login refused: 127.0.0.1 hung up after too many keys that user root may not use there (MaxAuthTries in its sshd_config); name the right key by identity in the cluster file, or by IdentityFile with IdentitiesOnly yes in the ssh configuration");
	/* Both ways out that the message names. */
	target.hop.identities[0] = second;
	target.hop.identities_first = true;
	expect_open(&target);
	target.hop.identities_first = false;
	session_fixture_refused(&target, EACCES, "hung up after too many keys");
	target.hop.identities_only = true;
	expect_open(&target);
}

/* There is a socket, and nobody behind it. */
static void test_dead_agents(void **state)
{
	const struct sshd *sshd = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(cleanup_close) int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct session_target target = session_fixture_target(sshd);

	target.hop.agent = "/nonexistent";
	expect_open(&target);
	target.hop.identities[0] = NULL;
	session_fixture_refused(&target, ENOENT, "cannot connect to the ssh agent at /nonexistent");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/deaf", sshd->folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	target.hop.agent = address.sun_path;
	target.connect_timeout_ms = 500;
	session_fixture_refused(&target, ETIMEDOUT, "does not answer");
}

static void test_passphrase(void **state)
{
	const struct sshd *sshd = *state;
	CLEANUP(cleanup_free) char *locked = in_folder(sshd, "locked");
	struct session_target target = session_fixture_target(sshd);
	const char *const words[] = {"geheim\n", "falsch\n"};

	target.hop.identities[0] = locked;
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(cleanup_close) int file = memfd_create("test", MFD_CLOEXEC);
		const struct credentials_source source = {
			.password_file = -1, .passphrase_file = file};
		CLEANUP(cleanup_credentials)
		struct credentials *credentials = credentials_new(&source);

		assert_int_equal(write(file, words[i], strlen(words[i])), 7);
		assert_int_equal(lseek(file, 0, SEEK_SET), 0);
		target.credentials = credentials;
		if (i == 1) {
			session_fixture_refused(&target, EACCES, "the passphrase of the key ");
			continue;
		}
		/* It is asked for once. */
		expect_open(&target);
		expect_open(&target);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_known_hosts_files),
		cmocka_unit_test(test_jump),
		cmocka_unit_test(test_jump_carries_much),
		cmocka_unit_test(test_silence_behind_jump),
		cmocka_unit_test(test_agent),
		cmocka_unit_test(test_too_many_keys),
		cmocka_unit_test(test_dead_agents),
		cmocka_unit_test(test_passphrase),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests_name("session way", tests, begin, end);
}
