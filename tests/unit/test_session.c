/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ssh sessions against a real sshd, in a network namespace that ends with the test. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/sshd.h"

static struct sshd sshd;

static struct session_target target_good(void)
{
	return (struct session_target){
		.node = "web1",
		.address = "127.0.0.1",
		.port = SSHD_PORT,
		.user = "root",
		.identity = sshd.identity,
		.known_hosts = sshd.known_hosts,
	};
}

static struct session *open_good(void)
{
	struct session_target target = target_good();
	struct session *session = NULL;
	struct error err = {0};

	if (session_open(&target, &session, &err) < 0)
		fail_msg("%s", err.text);
	return session;
}

static void expect_refused(const struct session_target *target, int number, const char *text)
{
	struct session *session = NULL;
	struct error err = {0};

	assert_int_equal(session_open(target, &session, &err), -number);
	assert_null(session);
	if (!strstr(err.text, text))
		fail_msg("no \"%s\" in: %s", text, err.text);
}

/* sh -c script with arguments up to NULL. */
static char *script(const char *words, const char *argument)
{
	struct error err = {0};
	char *line = NULL;

	assert_int_equal(quote_script(words, &argument, argument ? 1 : 0, &line, &err), 0);
	return line;
}

static int run_script(struct session *session, const char *words, uint64_t deadline_ms,
	struct session_result *result, struct error *err)
{
	CLEANUP(cleanup_free) char *line = script(words, NULL);
	struct session_command command = {.line = line, .deadline_ms = deadline_ms};

	return session_run(session, &command, result, err);
}

static size_t open_descriptors(void)
{
	CLEANUP(cleanup_closedir) DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(directory))
		count++;
	return count;
}

static void test_run(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *line = script("printf '%s' \"$1\"; echo bad >&2; exit 7", "it's\n$x");
	struct session_command command = {.line = line};
	struct error err = {0};

	(void)state;
	assert_string_equal(session_node(session), "web1");
	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_int_equal(result.status, 7);
	assert_string_equal(result.output, "it's\n$x");
	assert_string_equal(result.errors, "bad\n");
	assert_false(result.output_cut || result.errors_cut);
}

static void test_many_commands(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	struct error err = {0};

	(void)state;
	for (int i = 0; i < 50; i++) {
		CLEANUP(cleanup_session_result) struct session_result result = {0};

		assert_int_equal(run_script(session, "echo again", 0, &result, &err), 0);
		assert_int_equal(result.status, 0);
		assert_string_equal(result.output, "again\n");
		assert_string_equal(result.errors, "");
	}
}

static void test_signal(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(run_script(session, "kill -TERM $$", 0, &result, &err), 0);
	assert_int_equal(result.status, 128 + SIGTERM);
}

static void test_expect(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *bad = script("printf 'no\\033space\\nleft\\n' >&2; exit 3", NULL);
	CLEANUP(cleanup_free) char *good = script("echo fine", NULL);
	struct session_command command = {.line = bad};
	struct error err = {0};

	(void)state;
	assert_int_equal(
		session_expect(session, "install packages", &command, &result, &err), -EREMOTEIO);
	assert_null(result.output);
	assert_string_equal(err.text,
		"web1 (127.0.0.1 port 2222): install packages failed with exit status 3: "
		"no\\x1bspace left");
	command.line = good;
	assert_int_equal(session_expect(session, "ask", &command, &result, &err), 0);
	assert_string_equal(result.output, "fine\n");
	assert_int_equal(session_expect(session, "ask", &command, NULL, &err), 0);
}

static void test_output_is_bounded(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free)
	char *line = script("head -c 30000000 /dev/zero; head -c 30000000 /dev/zero >&2", NULL);
	struct session_command command = {.line = line, .output_limit = 100000};
	struct error err = {0};

	(void)state;
	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.output_length, 100000);
	assert_int_equal(result.errors_length, 100000);
	assert_true(result.output_cut && result.errors_cut);
}

static void test_input(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *bytes = calloc(1, 5000000);
	CLEANUP(cleanup_free) char *count = script("wc -c", NULL);
	CLEANUP(cleanup_free) char *deaf = script("exec <&-; echo gone", NULL);
	struct session_command command = {.line = count, .input = bytes, .input_length = 5000000};
	struct error err = {0};

	(void)state;
	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_string_equal(result.output, "5000000\n");
	session_result_clear(&result);
	/* A command that does not read its input is no error. */
	command.line = deaf;
	assert_int_equal(session_run(session, &command, &result, &err), 0);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.output, "gone\n");
}

static void test_unknown_host(void **state)
{
	CLEANUP(cleanup_free) char *empty = text_format("%s/empty", sshd.folder);
	CLEANUP(cleanup_free) char *expected = NULL;
	struct session_target target = target_good();

	(void)state;
	assert_int_equal(file_write(empty, "", 0, 0600, NULL), 0);
	target.known_hosts = empty;
	expect_refused(&target, EKEYREJECTED,
		"web1 (127.0.0.1 port 2222): host key unknown: [127.0.0.1]:2222 showed SHA256:");
	expected = text_format("and %s has no entry for it. Compare the fingerprint on the node's "
			       "console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only "
			       "if it is the same: ssh-keyscan -t ed25519 -p 2222 127.0.0.1 >> %s",
		empty, empty);
	expect_refused(&target, EKEYREJECTED, expected);
	target.known_hosts = "/nonexistent/known_hosts";
	expect_refused(&target, ENOENT,
		"host key of [127.0.0.1]:2222 not checked, there is no file "
		"/nonexistent/known_hosts; it showed SHA256:");
}

/* A known_hosts file with one entry for our sshd. */
static char *write_known(const char *name, const char *key_file, size_t cut)
{
	CLEANUP(cleanup_free) char *key_path = text_format("%s/%s.pub", sshd.folder, key_file);
	CLEANUP(cleanup_free) char *key = NULL;
	CLEANUP(cleanup_free) char *line = NULL;
	char *path = text_format("%s/%s", sshd.folder, name);

	assert_int_equal(file_read(key_path, 10000, &key, NULL, NULL), 0);
	key[strlen(key) - cut] = '\0';
	line = text_format("[127.0.0.1]:%d %s", SSHD_PORT, key);
	assert_int_equal(file_write(path, line, strlen(line), 0600, NULL), 0);
	return path;
}

static void test_changed_host(void **state)
{
	CLEANUP(cleanup_free) char *changed = write_known("changed", "stranger", 0);
	CLEANUP(cleanup_free)
	char *expected = text_format("%s has another key for it. Either the node was installed "
				     "anew, or another machine answers in its place. Remove the "
				     "old key with ssh-keygen -f %s -R '[127.0.0.1]:2222' only "
				     "after this: Compare",
		changed, changed);
	struct session_target target = target_good();

	(void)state;
	target.known_hosts = changed;
	expect_refused(&target, EKEYREJECTED, "HOST KEY CHANGED: [127.0.0.1]:2222 showed SHA256:");
	expect_refused(&target, EKEYREJECTED, expected);
}

static void test_other_type_of_key(void **state)
{
	CLEANUP(cleanup_free)
	char *make = text_format("ssh-keygen -q -t ecdsa -N '' -C test -f %s/other", sshd.folder);
	CLEANUP(cleanup_free) char *known = NULL;
	struct session_target target = target_good();

	(void)state;
	assert_int_equal(system(make), 0);
	known = write_known("other_known", "other", 0);
	target.known_hosts = known;
	expect_refused(
		&target, EKEYREJECTED, "host key of another type: [127.0.0.1]:2222 showed SHA256:");
}

static void test_damaged_known_hosts(void **state)
{
	CLEANUP(cleanup_free) char *known = write_known("damaged", "host", 40);
	struct session_target target = target_good();
	struct session *session = NULL;
	struct error err = {0};

	(void)state;
	target.known_hosts = known;
	/* Whether libssh sees a bad line or no line: never a login. */
	assert_true(session_open(&target, &session, &err) < 0);
	assert_non_null(strstr(err.text, known));
}

static void test_refused_login(void **state)
{
	CLEANUP(cleanup_free)
	char *expected = text_format(
		"web1 (127.0.0.1 port 2222): login refused: user root on 127.0.0.1 does not take "
		"the key %s; add its .pub to ~root/.ssh/authorized_keys there",
		sshd.stranger);
	struct session_target target = target_good();

	(void)state;
	target.identity = sshd.stranger;
	expect_refused(&target, EACCES, expected);
	target.identity = "/nonexistent/key";
	expect_refused(&target, EINVAL, "cannot open the identity file /nonexistent/key");
	target.identity = sshd.known_hosts;
	expect_refused(&target, EINVAL, "is no private key that can be used");
}

static void test_identity_with_passphrase(void **state)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/secret", sshd.folder);
	CLEANUP(cleanup_free)
	char *make = text_format("ssh-keygen -q -t ed25519 -N geheim -C test -f %s", path);
	struct session_target target = target_good();

	(void)state;
	assert_int_equal(system(make), 0);
	target.identity = path;
	expect_refused(
		&target, EINVAL, "protected by a passphrase, for which nobody could be asked");
}

static void test_nonsense_target(void **state)
{
	struct session_target target = target_good();

	(void)state;
	target.address = "root@127.0.0.1";
	expect_refused(&target, EINVAL,
		"web1: \"root@127.0.0.1\" is no address or host name; correct it in the cluster "
		"file");
	target = target_good();
	target.port = 65536;
	expect_refused(&target, EINVAL, "web1: port 65536 is not in 1 to 65535");
	target = target_good();
	target.known_hosts = NULL;
	expect_refused(&target, EINVAL, "web1: no known_hosts file is given");
}

static void test_unreachable(void **state)
{
	struct session_target target = target_good();

	(void)state;
	target.port = 1;
	expect_refused(&target, ECONNREFUSED,
		"web1 (127.0.0.1 port 1): cannot connect to 127.0.0.1 port 1: Connection refused");
	/* The namespace has no route. */
	target.address = "192.0.2.1";
	expect_refused(&target, ENETUNREACH, "Network is unreachable");
	target.address = "web1.invalid";
	expect_refused(&target, EAGAIN, "cannot look up the name web1.invalid: ");
	assert_true(session_is_unreachable(-ECONNREFUSED) && session_is_unreachable(-ENETUNREACH));
	assert_false(session_is_unreachable(-EKEYREJECTED) || session_is_unreachable(-EACCES));
}

static int listen_on(unsigned port, int backlog)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	assert_true(listener >= 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, backlog), 0);
	return listener;
}

/* The kernel accepts the connection, and nobody ever says anything. */
static void test_silent_server(void **state)
{
	CLEANUP(cleanup_close) int listener = listen_on(3333, 10);
	struct session_target target = target_good();

	(void)state;
	assert_true(listener >= 0);
	target.port = 3333;
	target.connect_timeout_ms = 200;
	expect_refused(&target, ETIMEDOUT,
		"web1 (127.0.0.1 port 3333): connected, but no end of the key exchange within 200 "
		"ms; is the machine overloaded, or is it no ssh server?");
}

/* The queue of new connections is full: packets get no answer at all, as from a dead machine. */
static void test_black_hole(void **state)
{
	CLEANUP(cleanup_close) int listener = listen_on(3334, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(3334),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct session_target target = target_good();
	int fillers[4];

	(void)state;
	assert_true(listener >= 0);
	for (size_t i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
	}
	target.port = 3334;
	target.connect_timeout_ms = 200;
	expect_refused(&target, ETIMEDOUT,
		"web1 (127.0.0.1 port 3334): 127.0.0.1 port 3334 does not answer; is the machine "
		"up, and does a firewall let ssh through?");
	for (size_t i = 0; i < 4; i++)
		close(fillers[i]);
}

static void *greet_wrongly(void *argument)
{
	int listener = *(int *)argument;
	static const char words[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	(void)!write(connection, words, strlen(words));
	close(connection);
	return NULL;
}

static void test_no_ssh_server(void **state)
{
	CLEANUP(cleanup_close) int listener = listen_on(3335, 10);
	struct session_target target = target_good();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, greet_wrongly, &listener), 0);
	target.port = 3335;
	expect_refused(&target, ECONNRESET, "connection lost during the key exchange: ");
	pthread_join(thread, NULL);
}

static void test_deadline(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	struct session_result result = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(run_script(session, "sleep 60", 300, &result, &err), -ETIMEDOUT);
	assert_string_equal(err.text,
		"web1 (127.0.0.1 port 2222): the command did not end within 300 ms; it may still "
		"be running there");
	assert_int_equal(run_script(session, "true", 0, &result, &err), -ENOTCONN);
	assert_string_equal(
		err.text, "web1 (127.0.0.1 port 2222): the connection has ended; open a new one");
	assert_null(result.output);
}

static void test_deadline_of_a_talker(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	struct session_result result = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(run_script(session, "exec cat /dev/zero", 300, &result, &err), -ETIMEDOUT);
}

/* The node takes no input while the pipe is full: the deadline holds there, too. */
static void test_deadline_while_giving_input(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(cleanup_free) char *bytes = calloc(1, 10000000);
	CLEANUP(cleanup_free) char *line = script("sleep 60", NULL);
	struct session_command command = {
		.line = line, .input = bytes, .input_length = 10000000, .deadline_ms = 500};
	struct session_result result = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(session_run(session, &command, &result, &err), -ETIMEDOUT);
}

struct later {
	volatile sig_atomic_t cancel;
	char *flag; /* a file that says the command has begun */
};

static void await_file(const char *path)
{
	uint64_t deadline = clock_monotonic_ms() + 30000;

	while (access(path, F_OK) < 0) {
		assert_true(clock_monotonic_ms() < deadline);
		sched_yield();
	}
}

static void *cancel_later(void *argument)
{
	struct later *later = argument;

	await_file(later->flag);
	later->cancel = 1;
	return NULL;
}

static void *kill_later(void *argument)
{
	struct later *later = argument;

	await_file(later->flag);
	sshd_kill(&sshd);
	return NULL;
}

static void test_cancel(void **state)
{
	struct later later = {.flag = text_format("%s/cancel-now", sshd.folder)};
	CLEANUP(cleanup_free) char *line = script("touch \"$1\"; exec sleep 60", later.flag);
	struct session_target target = target_good();
	struct session_command command = {.line = line};
	struct session *session = NULL;
	struct session_result result = {0};
	struct error err = {0};
	pthread_t thread;

	(void)state;
	target.cancel = &later.cancel;
	assert_int_equal(session_open(&target, &session, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, cancel_later, &later), 0);
	assert_int_equal(session_run(session, &command, &result, &err), -ECANCELED);
	assert_string_equal(err.text,
		"web1 (127.0.0.1 port 2222): cancelled while a command ran; it may still be "
		"running there");
	pthread_join(thread, NULL);
	session_free(session);
	expect_refused(&target, ECANCELED, "cancelled while looking up 127.0.0.1");
	free(later.flag);
}

static void test_connection_lost(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	struct later later = {.flag = text_format("%s/kill-now", sshd.folder)};
	CLEANUP(cleanup_free) char *line = script("touch \"$1\"; exec sleep 60", later.flag);
	struct session_command command = {.line = line};
	struct session_result result = {0};
	struct error err = {0};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, kill_later, &later), 0);
	assert_int_equal(session_run(session, &command, &result, &err), -ECONNRESET);
	if (!text_starts_with(
		    err.text, "web1 (127.0.0.1 port 2222): connection lost while a command ran: "))
		fail_msg("%s", err.text);
	pthread_join(thread, NULL);
	free(later.flag);
	sshd_start(&sshd);
	/* A session whose peer went away between commands says the same. */
	session_free(session);
	session = open_good();
	sshd_kill(&sshd);
	assert_int_equal(run_script(session, "true", 0, &result, &err), -ECONNRESET);
	sshd_start(&sshd);
}

static void loopback(bool up)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = (short)(up ? IFF_UP : 0)};
	CLEANUP(cleanup_close) int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(descriptor >= 0);
	assert_int_equal(ioctl(descriptor, SIOCSIFFLAGS, &request), 0);
}

static void *cut_later(void *argument)
{
	struct later *later = argument;

	await_file(later->flag);
	loopback(false);
	return NULL;
}

/* Packets vanish from one moment to the next: nobody says goodbye. */
static void test_power_cut(void **state)
{
	struct later later = {.flag = text_format("%s/cut-now", sshd.folder)};
	CLEANUP(cleanup_free) char *line = script("touch \"$1\"; exec sleep 600", later.flag);
	struct session_target target = target_good();
	struct session_command command = {.line = line, .deadline_ms = 120000};
	struct session *session = NULL;
	struct session_result result = {0};
	struct error err = {0};
	pthread_t thread;

	(void)state;
	target.silence_timeout_ms = 2000;
	assert_int_equal(session_open(&target, &session, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, cut_later, &later), 0);
	assert_int_equal(session_run(session, &command, &result, &err), -ECONNRESET);
	pthread_join(thread, NULL);
	/* The flag file is there: cut again, and now with a deadline before the silence ends. */
	session_free(session);
	loopback(true);
	target.silence_timeout_ms = 60000;
	assert_int_equal(session_open(&target, &session, &err), 0);
	loopback(false);
	assert_int_equal(run_script(session, "true", 300, &result, &err), -ETIMEDOUT);
	session_free(session);
	loopback(true);
	free(later.flag);
}

static void digest_of(const void *bytes, size_t length, char *hex)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(bytes, length, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

struct upload {
	char hex[65];
	char *path;
	int file;
};

enum { UPLOAD_SIZE = 20 << 20 };

static void upload_make(struct upload *upload)
{
	CLEANUP(cleanup_free) char *bytes = malloc(UPLOAD_SIZE);

	assert_non_null(bytes);
	srandom(1);
	for (size_t i = 0; i < UPLOAD_SIZE; i++)
		bytes[i] = (char)random();
	digest_of(bytes, UPLOAD_SIZE, upload->hex);
	upload->path = text_format("%s/it's a package.rpm", sshd.folder);
	upload->file = memfd_create("package", MFD_CLOEXEC);
	assert_int_equal(write(upload->file, bytes, UPLOAD_SIZE), UPLOAD_SIZE);
	lseek(upload->file, 0, SEEK_SET);
}

static void upload_clear(struct upload *upload)
{
	close(upload->file);
	unlink(upload->path);
	free(upload->path);
}

static size_t count_temporaries(void)
{
	CLEANUP(cleanup_closedir) DIR *directory = opendir(sshd.folder);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(directory)))
		count += text_starts_with(entry->d_name, ".haupgrade.");
	return count;
}

static void test_upload(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(upload_clear) struct upload upload = {0};
	CLEANUP(cleanup_free) char *arrived = NULL;
	struct session_file file;
	struct error err = {0};
	struct stat status;
	char hex[65];
	size_t length;

	(void)state;
	upload_make(&upload);
	file = (struct session_file){
		.file = upload.file,
		.name = "package.rpm",
		.remote_path = upload.path,
		.mode = 0640,
		.sha256 = upload.hex,
	};
	if (session_upload(session, &file, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(stat(upload.path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(file_read(upload.path, UPLOAD_SIZE, &arrived, &length, &err), 0);
	digest_of(arrived, length, hex);
	assert_string_equal(hex, upload.hex);
	assert_int_equal(count_temporaries(), 0);
	/* Once more over what is there. */
	lseek(upload.file, 0, SEEK_SET);
	assert_int_equal(session_upload(session, &file, &err), 0);
}

static void test_upload_of_other_bytes(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(upload_clear) struct upload upload = {0};
	CLEANUP(cleanup_free) char *expected = NULL;
	struct session_result result = {0};
	struct session_file file;
	struct error err = {0};
	char real[65];

	(void)state;
	upload_make(&upload);
	strcpy(real, upload.hex);
	upload.hex[0] = upload.hex[0] == '0' ? '1' : '0';
	file = (struct session_file){
		.file = upload.file,
		.name = "package.rpm",
		.remote_path = upload.path,
		.mode = 0644,
		.sha256 = upload.hex,
	};
	expected = text_format("web1 (127.0.0.1 port 2222): package.rpm arrived with sha256 %s, "
			       "expected %s; nothing was put at %s. Verify the bundle again, and "
			       "try again",
		real, upload.hex, upload.path);
	assert_int_equal(session_upload(session, &file, &err), -EBADMSG);
	assert_string_equal(err.text, expected);
	assert_int_equal(access(upload.path, F_OK), -1);
	assert_int_equal(count_temporaries(), 0);
	/* The session is still good. */
	assert_int_equal(run_script(session, "true", 0, &result, &err), 0);
	session_result_clear(&result);
}

static void test_upload_refused(void **state)
{
	CLEANUP(cleanup_session) struct session *session = open_good();
	CLEANUP(upload_clear) struct upload upload = {0};
	struct session_file file;
	struct error err = {0};

	(void)state;
	upload_make(&upload);
	file = (struct session_file){
		.file = upload.file,
		.name = "package.rpm",
		.remote_path = "/nonexistent/package.rpm",
		.mode = 0644,
		.sha256 = upload.hex,
	};
	assert_int_equal(session_upload(session, &file, &err), -EREMOTEIO);
	assert_non_null(
		strstr(err.text, "web1 (127.0.0.1 port 2222): package.rpm could not be written to "
				 "/nonexistent/package.rpm (exit status 1): mktemp: "));
	file.remote_path = "package.rpm";
	assert_int_equal(session_upload(session, &file, &err), -EINVAL);
	assert_string_equal(err.text,
		"web1 (127.0.0.1 port 2222): package.rpm cannot be put at \"package.rpm\": not an "
		"absolute path");
	file.remote_path = "/tmp/package.rpm";
	file.sha256 = "abc";
	assert_int_equal(session_upload(session, &file, &err), -EINVAL);
	assert_string_equal(err.text,
		"web1 (127.0.0.1 port 2222): package.rpm cannot be put there without its sha256 "
		"digest (64 hex digits)");
}

static void *work_alone(void *argument)
{
	(void)argument;
	for (int i = 0; i < 5; i++) {
		struct session_target target = target_good();
		CLEANUP(cleanup_session) struct session *session = NULL;
		CLEANUP(cleanup_session_result) struct session_result result = {0};
		struct error err = {0};

		if (session_open(&target, &session, &err) < 0 ||
			run_script(session, "head -c 300000 /dev/zero | tr '\\0' x", 0, &result,
				&err) < 0 ||
			result.output_length != 300000)
			return text_copy(err.text);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[4];
	void *complaint;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work_alone, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &complaint);
		if (complaint)
			fail_msg("%s", (char *)complaint);
	}
}

static void test_no_descriptor_is_left(void **state)
{
	size_t before = open_descriptors();
	struct session_target target = target_good();
	struct session *session = NULL;
	struct session_result result = {0};
	uint64_t deadline;

	(void)state;
	for (int i = 0; i < 10; i++)
		session_free(open_good());
	session = open_good();
	assert_int_equal(run_script(session, "sleep 60", 100, &result, NULL), -ETIMEDOUT);
	session_free(TAKE(session));
	target.identity = sshd.stranger;
	assert_int_equal(session_open(&target, &session, NULL), -EACCES);
	target.port = 1;
	assert_int_equal(session_open(&target, &session, NULL), -ECONNREFUSED);
	session_free(NULL);
	/* The thread that looked a name up may be closing its last descriptor just now. */
	deadline = clock_monotonic_ms() + 30000;
	while (open_descriptors() > before && clock_monotonic_ms() < deadline)
		sched_yield();
	assert_int_equal(open_descriptors(), before);
}

static int set_up(void **state)
{
	(void)state;
	/* A private /tmp, too: gone with this process, however it ends. */
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777") < 0) {
		perror("no namespaces");
		return -1;
	}
	loopback(true);
	sshd_prepare(&sshd);
	sshd_start(&sshd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sshd_clear(&sshd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_many_commands),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_output_is_bounded),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_unknown_host),
		cmocka_unit_test(test_changed_host),
		cmocka_unit_test(test_other_type_of_key),
		cmocka_unit_test(test_damaged_known_hosts),
		cmocka_unit_test(test_refused_login),
		cmocka_unit_test(test_identity_with_passphrase),
		cmocka_unit_test(test_nonsense_target),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_black_hole),
		cmocka_unit_test(test_no_ssh_server),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_deadline_of_a_talker),
		cmocka_unit_test(test_deadline_while_giving_input),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_connection_lost),
		cmocka_unit_test(test_power_cut),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_upload_of_other_bytes),
		cmocka_unit_test(test_upload_refused),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_no_descriptor_is_left),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests_name("session", tests, set_up, tear_down);
}
