/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that are held: survive, break, are opened anew, or cannot be held at all. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "orchestrator/probe/held_connections.h"
#include "orchestrator/probe/probe.h"
#include "tests/unit/probe/http_server.h"

static pthread_mutex_t broke_mutex = PTHREAD_MUTEX_INITIALIZER;
static char broke_text[128];

static void broke(void *data, const struct held_connections_break *held_break)
{
	(void)data;
	pthread_mutex_lock(&broke_mutex);
	snprintf(broke_text, sizeof(broke_text), "%s", held_break->text);
	pthread_mutex_unlock(&broke_mutex);
	assert_true(held_break->at_us > held_break->age_us);
}

static struct held_connections *start(const char *url, unsigned count)
{
	const struct probe_config service = {.url = url, .timeout_ms = 30000};
	const struct held_connections_config config = {
		.service = &service, .count = count, .broke = broke};
	struct held_connections *held = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (held_connections_start(&config, &held, &err) < 0)
		fail_msg("%s", error_text(&err));
	return held;
}

typedef bool wanted_of(const struct held_connections_summary *summary, unsigned number);

static bool has_open(const struct held_connections_summary *summary, unsigned number)
{
	return summary->open == number;
}

static bool has_broken(const struct held_connections_summary *summary, unsigned number)
{
	return summary->broken >= number && summary->open == summary->wanted;
}

static bool is_unheld(const struct held_connections_summary *summary, unsigned number)
{
	(void)number;
	return summary->unheld;
}

static struct held_connections_summary await(
	struct held_connections *held, wanted_of *wanted, unsigned number)
{
	uint64_t deadline = clock_monotonic_ms() + 60000;
	struct held_connections_summary summary;

	for (;;) {
		held_connections_snapshot(held, &summary);
		if (wanted(&summary, number))
			return summary;
		if (clock_monotonic_ms() > deadline)
			fail_msg("open %u, survivors %u, broken %llu, ended %llu", summary.open,
				summary.survivors, (unsigned long long)summary.broken,
				(unsigned long long)summary.ended);
		poll(NULL, 0, 1);
	}
}

static void await_number(atomic_uint *number, unsigned least)
{
	uint64_t deadline = clock_monotonic_ms() + 60000;

	while (atomic_load(number) < least) {
		assert_true(clock_monotonic_ms() < deadline);
		poll(NULL, 0, 1);
	}
}

static void test_survive(void **state)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	(void)state;
	http_server_start(&server);
	held = start(server.url, 3);
	await_number(&server.answered, 9);
	held_connections_stop(held);
	held_connections_snapshot(held, &summary);
	assert_int_equal(summary.wanted, 3);
	assert_int_equal(summary.survivors, 3);
	assert_int_equal(summary.broken, 0);
	assert_int_equal(summary.ended, 0);
	assert_false(summary.unheld);
	assert_int_equal(atomic_load(&server.connected), 3);
}

/* A bad status is carried by a good connection. */
static void test_bad_status(void **state)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	(void)state;
	http_server_start(&server);
	atomic_store(&server.manner, SERVER_FORBIDS);
	held = start(server.url, 1);
	await_number(&server.answered, 2);
	summary = await(held, has_open, 1);
	assert_int_equal(summary.broken, 0);
}

static void test_break(void **state)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	(void)state;
	http_server_start(&server);
	held = start(server.url, 2);
	await_number(&server.answered, 4);
	atomic_store(&server.breaks, 1);
	summary = await(held, has_broken, 1);
	assert_int_equal(summary.broken, 1);
	assert_int_equal(summary.survivors, 1);
	assert_int_equal(summary.open, 2);
	pthread_mutex_lock(&broke_mutex);
	assert_string_equal(broke_text, "closed or reset by the other end");
	pthread_mutex_unlock(&broke_mutex);
}

/* The floating IP has moved: nobody shall wait for the held connections. */
static void test_let_go(void **state)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	(void)state;
	http_server_start(&server);
	held = start(server.url, 2);
	await_number(&server.answered, 4);
	held_connections_let_go(held);
	held_connections_let_go(held);
	summary = await(held, has_open, 0);
	assert_int_equal(summary.survivors, 2);
	assert_int_equal(summary.broken, 0);
	held_connections_go_on(held);
	await_number(&server.connected, 4);
	summary = await(held, has_open, 2);
	/* The first ones did; of later ones nobody says so. */
	assert_int_equal(summary.survivors, 2);
	assert_int_equal(summary.broken, 0);
}

/* All connections ask at once: a service that hangs costs one time-out, not one of each. */
static void test_hanging(void **state)
{
	enum { COUNT = 16 };
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;

	(void)state;
	http_server_start(&server);
	held = start(server.url, COUNT);
	await_number(&server.answered, 2 * COUNT);
	atomic_store(&server.manner, SERVER_HANGS);
	await_number(&server.asked, atomic_load(&server.answered) + COUNT);
	held_connections_let_go(held);
	/* Whoever does not wait for the answers has none to judge. */
	held_connections_stop(held);
}

static void test_announced(void **state)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	(void)state;
	http_server_start(&server);
	held = start(server.url, 1);
	await_number(&server.answered, 2);
	atomic_store(&server.manner, SERVER_LAST);
	await_number(&server.answered, 4);
	held_connections_stop(held);
	held_connections_snapshot(held, &summary);
	assert_true(summary.ended >= 1);
	assert_int_equal(summary.broken, 0);
	assert_false(summary.unheld);
}

static void expect_unheld(enum http_server_manner manner)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	http_server_start(&server);
	atomic_store(&server.manner, (int)manner);
	held = start(server.url, 2);
	summary = await(held, is_unheld, 0);
	assert_int_equal(summary.broken, 0);
	assert_int_equal(summary.survivors, 0);
}

static void test_unheld(void **state)
{
	(void)state;
	expect_unheld(SERVER_LAST);
	expect_unheld(SERVER_CLOSES);
}

static void test_silent_connections(void **state)
{
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_held_connections) struct held_connections *held = NULL;
	struct held_connections_summary summary;

	(void)state;
	http_server_start(&server);
	held = start(server.tcp, 2);
	summary = await(held, has_open, 2);
	assert_int_equal(summary.survivors, 2);
	await_number(&server.connected, 2);
	atomic_store(&server.breaks, 2);
	summary = await(held, has_broken, 2);
	assert_int_equal(summary.survivors, 0);
	pthread_mutex_lock(&broke_mutex);
	assert_string_equal(broke_text, "Connection reset by peer");
	pthread_mutex_unlock(&broke_mutex);
	assert_int_equal(atomic_load(&server.answered), 0);
}

static void test_bad_config(void **state)
{
	const struct probe_config service = {.url = "http://127.0.0.1/"};
	struct held_connections_config config = {
		.service = &service, .count = HELD_CONNECTIONS_MAX + 1};
	struct held_connections *held = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(held_connections_start(&config, &held, &err), -EINVAL);
	assert_string_equal(error_text(&err), "101 connections to hold are not in 1 to 100");
	held_connections_free(NULL);
}

/* libcurl is set up by the probe. */
static int begin(void **state)
{
	const struct probe_config config = {.url = "tcp://127.0.0.1:9", .rate = 1};
	struct probe *probe = NULL;

	(void)state;
	if (probe_start(&config, &probe, NULL) < 0)
		return -1;
	probe_free(probe);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_survive),
		cmocka_unit_test(test_bad_status),
		cmocka_unit_test(test_break),
		cmocka_unit_test(test_let_go),
		cmocka_unit_test(test_hanging),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_unheld),
		cmocka_unit_test(test_silent_connections),
		cmocka_unit_test(test_bad_config),
	};

	return cmocka_run_group_tests_name("held", tests, begin, NULL);
}
