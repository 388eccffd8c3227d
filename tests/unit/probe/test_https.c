/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe over https: whose certificates count, and what a good answer holds. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/gate/webhook.h"
#include "orchestrator/probe/probe.h"

/* A server of openssl(1), which answers "GET /hello" with the file of that name. */
struct server {
	char *folder; /* owned */
	char *ca;     /* likewise: the certificate of the server's authority */
	pid_t process;
	unsigned port;
};

static const char certificates[] =
	"set -e; cd \"$1\"; echo 'all is well' >hello\n"
	"openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
	"ca.key "
	"-out ca.pem -subj /CN=authority -days 2 2>/dev/null || "
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key "
	"-out ca.pem -subj /CN=authority -days 2 2>/dev/null\n"
	"openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out "
	"request.pem -subj /CN=service 2>/dev/null\n"
	"echo 'subjectAltName = IP:127.0.0.1' >extensions\n"
	"openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
	"-extfile "
	"extensions -out cert.pem 2>/dev/null\n";

static void run(const char *script, const char *argument)
{
	pid_t process = fork();
	int status = 0;

	if (process == 0) {
		execlp("sh", "sh", "-c", script, "sh", argument, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_int_equal(status, 0);
}

/* A port that nobody listens on now. */
static unsigned free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &length), 0);
	close(descriptor);
	return ntohs(address.sin_port);
}

static int begin(void **state)
{
	static struct server server;
	char folder[] = "/tmp/test_https.XXXXXX", accept[32];
	pid_t parent = getpid();

	assert_non_null(mkdtemp(folder));
	server.folder = text_copy(folder);
	server.ca = text_format("%s/ca.pem", folder);
	run(certificates, folder);
	server.port = free_port();
	snprintf(accept, sizeof(accept), "127.0.0.1:%u", server.port);
	server.process = fork();
	if (server.process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent || chdir(folder) < 0)
			_exit(1);
		execlp("openssl", "openssl", "s_server", "-accept", accept, "-cert", "cert.pem",
			"-key", "key.pem", "-WWW", "-quiet", NULL);
		_exit(127);
	}
	*state = &server;
	return server.process > 0 ? 0 : -1;
}

static int end(void **state)
{
	struct server *server = *state;

	kill(server->process, SIGKILL);
	waitpid(server->process, NULL, 0);
	run("rm -r -- \"$1\"", server->folder);
	free(server->folder);
	free(server->ca);
	return 0;
}

static struct probe *start(const struct server *server, struct probe_config config)
{
	CLEANUP(cleanup_free)
	char *url = text_format("https://127.0.0.1:%u/hello", server->port);
	struct probe *probe = NULL;
	CLEANUP(error_release) struct error err = {0};

	config.url = url;
	config.rate = 20;
	config.timeout_ms = 30000;
	if (probe_start(&config, &probe, &err) < 0)
		fail_msg("%s", error_text(&err));
	return probe;
}

/* Also passes over what happens before the server listens. */
static void expect_good(const struct server *server, struct probe_config config)
{
	CLEANUP(cleanup_probe) struct probe *probe = start(server, config);
	uint64_t deadline = clock_monotonic_ms() + 60000;
	struct tally_summary summary = {0};

	while (summary.answered < 3) {
		probe_snapshot(probe, &summary);
		if (clock_monotonic_ms() > deadline)
			fail_msg("%s", summary.last_error);
		poll(NULL, 0, 1);
	}
}

static void expect_bad(const struct server *server, struct probe_config config, const char *text)
{
	CLEANUP(cleanup_probe) struct probe *probe = start(server, config);
	uint64_t deadline = clock_monotonic_ms() + 60000;
	struct tally_summary summary = {0};

	while (!strstr(summary.last_error, text)) {
		probe_snapshot(probe, &summary);
		if (clock_monotonic_ms() > deadline)
			fail_msg("%s", summary.last_error);
		poll(NULL, 0, 1);
	}
	assert_int_equal(summary.answered, 0);
}

static void test_whose_certificate(void **state)
{
	const struct server *server = *state;

	expect_good(server, (struct probe_config){.ca = server->ca});
	expect_good(server, (struct probe_config){.insecure = true});
	/* The system knows no such authority. */
	expect_bad(server, (struct probe_config){0}, "SSL certificate problem");
}

/*
 * The server's authority in the system's folder, another one in its file; false when this libcurl
 * looks into no such folder.
 */
static bool is_trusted_by_system(const struct server *server)
{
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	uint64_t deadline = clock_monotonic_ms() + 60000;
	struct tally_summary summary = {0};

	run("cd \"$1\"; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout other.key -out other.pem -subj /CN=other -days 2 2>/dev/null; "
	    "cp other.pem /etc/ssl/certs/ca-certificates.crt; cp ca.pem /etc/ssl/certs/test.pem; "
	    "openssl rehash /etc/ssl/certs 2>/dev/null",
		server->folder);
	probe = start(server, (struct probe_config){0});
	while (!summary.answered && !summary.failed) {
		probe_snapshot(probe, &summary);
		assert_true(clock_monotonic_ms() < deadline);
		poll(NULL, 0, 1);
	}
	return summary.answered > 0;
}

static bool has_own_folder(void)
{
	return access("/etc/ssl/certs", F_OK) == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/etc/ssl/certs", "tmpfs", 0, "size=1m") == 0;
}

/* With authorities of its own the system's count no more, neither its file nor its folder. In a
 * namespace, so that nobody else trusts the authority of this test. */
static void test_only_the_own_authorities(void **state)
{
	const struct server *server = *state;
	char *other;

	if (!has_own_folder()) {
		print_message("skipped: no mount namespace with an /etc/ssl/certs of its own\n");
		skip();
	}
	if (!is_trusted_by_system(server)) {
		print_message("skipped: libcurl looks into no folder /etc/ssl/certs\n");
		skip();
	}
	other = text_format("%s/other.pem", server->folder);
	expect_good(server, (struct probe_config){.ca = server->ca});
	expect_bad(server, (struct probe_config){.ca = other}, "SSL certificate problem");
	free(other);
}

static void test_what_is_good(void **state)
{
	const struct server *server = *state;

	expect_good(server,
		(struct probe_config){.ca = server->ca, .expect = "is well", .status = 200});
	expect_bad(server, (struct probe_config){.ca = server->ca, .expect = "unwell"},
		"the answer does not hold \"unwell\"");
	expect_bad(server, (struct probe_config){.ca = server->ca, .status = 204},
		"HTTP status 200 in place of 204");
}

/* A webhook goes to its address, whatever proxy the environment names. */
static void test_no_proxy(void **state)
{
	const struct server *server = *state;
	CLEANUP(cleanup_free)
	char *url = text_format("https://127.0.0.1:%u/hello", server->port);
	const struct gate_notify notify = {.webhook = url, .ca = server->ca, .timeout_ms = 30000};
	CLEANUP(error_release) struct error err = {0};

	/* Nobody listens on port 1. The server knows no POST, but it is reached. */
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	webhook_post(&notify, "{}", &err);
	unsetenv("https_proxy");
	assert_int_not_equal(err.number, EHOSTUNREACH);
}

/* It takes the connection and says nothing more: the run that tells it goes on. */
static void test_silent_webhook(void **state)
{
	CLEANUP(cleanup_free) char *url = NULL;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct gate_notify notify = {.timeout_ms = 100};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(descriptor, 1), 0);
	assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &length), 0);
	url = text_format("https://127.0.0.1:%u/token", ntohs(address.sin_port));
	notify.webhook = url;
	assert_int_equal(webhook_post(&notify, "{}", &err), -ETIMEDOUT);
	assert_null(strstr(error_text(&err), "token"));
	close(descriptor);
}

static void test_missing_authorities(void **state)
{
	const struct probe_config config = {.url = "https://127.0.0.1/", .ca = "/nowhere/ca.pem"};
	struct probe *probe = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(probe_start(&config, &probe, &err), -ENOENT);
	assert_non_null(
		strstr(error_text(&err), "/nowhere/ca.pem: cannot read the probe's authorities"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_certificate),
		cmocka_unit_test(test_what_is_good),
		cmocka_unit_test(test_no_proxy),
		cmocka_unit_test(test_silent_webhook),
		cmocka_unit_test(test_missing_authorities),
		cmocka_unit_test(test_only_the_own_authorities),
	};

	return cmocka_run_group_tests_name("https", tests, begin, end);
}
