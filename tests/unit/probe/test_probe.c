/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe against a small real server on the loopback, which serves well and badly. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/probe/probe.h"

enum manner { GOOD, BROKEN, BIG, RESET, HANG, SLOW, GARBAGE };

#define SLOW_MS 60

struct server {
	int listener;
	unsigned port;
	_Atomic int manner;
	atomic_bool stop;
	atomic_uint served;
	pthread_t thread;
};

static void answer(int connection, const char *status, size_t length)
{
	CLEANUP(cleanup_free) char *body = calloc(1, length + 1);
	CLEANUP(cleanup_free)
	char *head = text_format("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", status, length);

	assert_non_null(body);
	(void)send(connection, head, strlen(head), MSG_NOSIGNAL);
	(void)send(connection, body, length, MSG_NOSIGNAL);
}

static void serve(struct server *server, int connection)
{
	static const struct linger now = {.l_onoff = 1};
	char request[1024];
	/* One that connects and leaves without asking, as the TCP probe does. */
	ssize_t count = recv(connection, request, sizeof(request), 0);

	atomic_fetch_add(&server->served, 1);
	if (count <= 0)
		return;
	switch ((enum manner)atomic_load(&server->manner)) {
	case SLOW:
		/* Not waiting for anything: this is what the server does. */
		clock_sleep_ms(SLOW_MS);
		answer(connection, "200 OK", 10);
		break;
	case GOOD:
		answer(connection, "200 OK", 10);
		break;
	case BROKEN:
		answer(connection, "500 Internal Server Error", 10);
		break;
	case BIG:
		answer(connection, "200 OK", 5000000);
		break;
	case RESET:
		setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		break;
	case GARBAGE:
		(void)send(connection, "\x1b[2J\r\n\r\n", 8, MSG_NOSIGNAL);
		break;
	case HANG:
		break;
	}
}

static void *server_thread(void *argument)
{
	struct server *server = argument;
	struct pollfd entry = {.fd = server->listener, .events = POLLIN};
	int held[4096];
	size_t held_count = 0;

	while (!atomic_load(&server->stop)) {
		if (poll(&entry, 1, 20) <= 0)
			continue;
		int connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection < 0)
			continue;
		if (atomic_load(&server->manner) == HANG && held_count < 4096) {
			held[held_count++] = connection;
			continue;
		}
		serve(server, connection);
		close(connection);
	}
	while (held_count)
		close(held[--held_count]);
	return NULL;
}

static void server_open(struct server *server)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
	server->port = ntohs(address.sin_port);
}

static void server_start(struct server *server, enum manner manner)
{
	*server = (struct server){.manner = (int)manner};
	server_open(server);
	assert_int_equal(listen(server->listener, 1000), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, server_thread, server), 0);
}

static void server_stop(struct server *server)
{
	if (server->thread) {
		atomic_store(&server->stop, true);
		pthread_join(server->thread, NULL);
	}
	close(server->listener);
}

static struct probe *start(const struct server *server, const char *form, unsigned rate)
{
	CLEANUP(cleanup_free) char *url = text_format("%s://127.0.0.1:%u", form, server->port);
	struct probe_config config = {
		.url = url, .rate = rate, .timeout_ms = 30000, .slow_ms = SLOW_MS / 2};
	struct probe *probe = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (probe_start(&config, &probe, &err) < 0)
		fail_msg("%s", error_text(&err));
	return probe;
}

typedef uint64_t number_of(const struct tally_summary *summary);

static uint64_t answered(const struct tally_summary *summary)
{
	return summary->answered;
}

static uint64_t failures(const struct tally_summary *summary)
{
	return summary->failed;
}

static uint64_t outstanding(const struct tally_summary *summary)
{
	return summary->outstanding;
}

/* Waits until that many. */
static struct tally_summary await(struct probe *probe, number_of *number, uint64_t least)
{
	uint64_t deadline = clock_monotonic_ms() + 60000;
	struct tally_summary summary;

	for (;;) {
		probe_snapshot(probe, &summary);
		if (number(&summary) >= least)
			return summary;
		if (clock_monotonic_ms() > deadline)
			fail_msg("only %llu of %llu: %s", (unsigned long long)number(&summary),
				(unsigned long long)least, summary.last_error);
		poll(NULL, 0, 1);
	}
}

static void test_good(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	(void)state;
	server_start(&server, GOOD);
	probe = start(&server, "http", 200);
	await(probe, answered, 50);
	assert_true(probe_good_since(probe, 0) >= 50);
	assert_int_equal(probe_good_since(probe, UINT64_MAX), 0);
	probe_stop(probe, &summary);
	assert_int_equal(summary.failed, 0);
	assert_int_equal(summary.outstanding, 0);
	assert_int_equal(summary.asked, summary.answered);
	assert_true(summary.latency_max_us > 0);
	/* Each came over a connection of its own. */
	assert_int_equal(atomic_load(&server.served), summary.asked);
	probe_stop(probe, NULL);
	probe_stop(probe, &summary);
	assert_int_equal(summary.asked, summary.answered);
}

static void test_connect_only(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	(void)state;
	server_start(&server, BROKEN);
	probe = start(&server, "tcp", 200);
	await(probe, answered, 50);
	probe_stop(probe, &summary);
	assert_int_equal(summary.failed, 0);
	assert_int_equal(summary.asked, summary.answered);
}

/* Above PROBE_LINGER_RATE: connections end by a reset, which must not hurt the answers. */
static void test_full_rate(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	(void)state;
	server_start(&server, GOOD);
	probe = start(&server, "http", PROBE_RATE_MAX);
	await(probe, answered, 1000);
	probe_stop(probe, &summary);
	assert_int_equal(summary.failed, 0);
}

static void expect_failures(enum manner manner, const char *text)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	server_start(&server, manner);
	probe = start(&server, "http", 100);
	summary = await(probe, failures, 5);
	assert_int_equal(summary.answered, 0);
	assert_true(summary.last_error_us > summary.started_us);
	if (!strstr(summary.last_error, text))
		fail_msg("%s", summary.last_error);
}

static void test_bad_answers(void **state)
{
	(void)state;
	expect_failures(BROKEN, "HTTP status 500");
	expect_failures(RESET, "Recv failure: Connection reset by peer");
	expect_failures(GARBAGE, "Received HTTP/0.9 when not allowed");
}

static void test_refused(void **state)
{
	CLEANUP(server_stop) struct server server = {0};
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	(void)state;
	server_open(&server); /* bound, but not listening */
	probe = start(&server, "http", 100);
	summary = await(probe, failures, 5);
	assert_non_null(strstr(summary.last_error, "Failed to connect to 127.0.0.1 port"));
	assert_int_equal(summary.answered, 0);
}

static void test_big_answer_is_cut(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	(void)state;
	server_start(&server, BIG);
	probe = start(&server, "http", 20);
	summary = await(probe, answered, 5);
	assert_int_equal(summary.failed, 0);
}

static void test_slow(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	struct tally_summary summary;

	(void)state;
	server_start(&server, SLOW);
	probe = start(&server, "http", 10);
	summary = await(probe, answered, 5);
	assert_int_equal(summary.slow, summary.answered);
	assert_int_equal(summary.failed, 0);
	assert_true(summary.longest_gap_ms >= SLOW_MS);
}

/* Nobody answers, and still it asks at its rate: outstanding requests grow. */
static void test_hanging(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	CLEANUP(cleanup_free) char *url = NULL;
	struct probe_config config = {.rate = 100, .timeout_ms = 300};
	struct tally_summary summary;

	(void)state;
	server_start(&server, HANG);
	probe = start(&server, "http", 100);
	await(probe, outstanding, 50);
	/* Does not wait 30 s for them. */
	probe_free(TAKE(probe));
	url = text_format("http://127.0.0.1:%u/", server.port);
	config.url = url;
	assert_int_equal(probe_start(&config, &probe, NULL), 0);
	await(probe, failures, 5);
	probe_stop(probe, &summary);
	assert_int_equal(summary.outstanding, 0);
	assert_int_equal(summary.failed, summary.asked);
	assert_non_null(strstr(summary.last_error, "no whole answer within 300 ms"));
	assert_true(summary.last_error_us - summary.last_failed_start_us >= 299000);
}

/* As at a fail-over: good, then failing, then good again. */
static void test_recovery(void **state)
{
	CLEANUP(server_stop) struct server server;
	CLEANUP(cleanup_probe) struct probe *probe = NULL;
	uint64_t since;

	(void)state;
	server_start(&server, GOOD);
	probe = start(&server, "http", 200);
	await(probe, answered, 10);
	atomic_store(&server.manner, RESET);
	await(probe, failures, 10);
	since = clock_monotonic_us();
	atomic_store(&server.manner, GOOD);
	uint64_t deadline = clock_monotonic_ms() + 60000;

	while (probe_good_since(probe, since) < 10) {
		assert_true(clock_monotonic_ms() < deadline);
		poll(NULL, 0, 1);
	}
}

static void expect_bad_config(const char *url, unsigned rate, uint64_t timeout, const char *text)
{
	struct probe_config config = {.url = url, .rate = rate, .timeout_ms = timeout};
	struct probe *probe = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(probe_start(&config, &probe, &err), -EINVAL);
	assert_null(probe);
	assert_string_equal(error_text(&err), text);
}

static void test_bad_config(void **state)
{
	(void)state;
	expect_bad_config(NULL, 0, 0, "the probe has no url to ask");
	expect_bad_config("ftp://x/", 0, 0,
		"probe url \"ftp://x/\" does not start with http://, https:// or tcp://");
	expect_bad_config("http://x:99999/", 0, 0,
		"probe url \"http://x:99999/\" cannot be understood; write http://HOST[:PORT]/PATH or tcp://HOST:PORT");
	expect_bad_config("tcp://x", 0, 0,
		"probe url \"tcp://x\": write tcp://HOST:PORT, an IPv6 address in [ ]");
	expect_bad_config(
		"http://x/", 1001, 0, "probe rate 1001 per second is above the limit of 1000");
	expect_bad_config(
		"http://x/", 1, 60001, "probe timeout 60001 ms is above the limit of 60000 ms");
	probe_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_connect_only),
		cmocka_unit_test(test_full_rate),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_big_answer_is_cut),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_hanging),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_bad_config),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
