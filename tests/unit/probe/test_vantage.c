/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The view through a node: a real sshd that forwards, or does not, to a real server. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/probe/probe.h"
#include "orchestrator/probe/vantage.h"
#include "tests/unit/probe/http_server.h"
#include "tests/unit/remote/session_fixture.h"

#define NODES 2

/* What the vantage point told. */
struct heard {
	struct sshd *sshd;
	pthread_mutex_t mutex;
	char words[512];
	unsigned warnings;
};

static int open_session(void *data, size_t node, const volatile sig_atomic_t *cancel,
	struct session **session, struct error *err)
{
	const struct heard *heard = data;
	struct session_target target = session_fixture_target(heard->sshd);

	/* Nobody is at home at the second node. */
	if (node == 1)
		target.hop.port = 1;
	target.cancel = cancel;
	return session_open(&target, session, err);
}

static void told(void *data, size_t node, bool warning, const char *words)
{
	struct heard *heard = data;

	(void)node;
	pthread_mutex_lock(&heard->mutex);
	snprintf(heard->words, sizeof(heard->words), "%s", words);
	heard->warnings += warning;
	pthread_mutex_unlock(&heard->mutex);
}

static struct vantage *start(struct heard *heard, const struct probe_config *service)
{
	const struct vantage_config config = {
		.service = service,
		.rate = VANTAGE_RATE_MAX,
		.node_count = NODES,
		.open = open_session,
		.told = told,
		.data = heard,
	};
	struct vantage *vantage = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (vantage_start(&config, &vantage, &err) < 0)
		fail_msg("%s", error_text(&err));
	return vantage;
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

static struct tally_summary await(
	struct vantage *vantage, size_t node, number_of *number, uint64_t least)
{
	uint64_t deadline = clock_monotonic_ms() + 60000;
	struct tally_summary summary;

	for (;;) {
		vantage_snapshot(vantage, node, &summary);
		if (number(&summary) >= least)
			return summary;
		if (clock_monotonic_ms() > deadline)
			fail_msg("only %llu of %llu, skipped %llu: %s",
				(unsigned long long)number(&summary), (unsigned long long)least,
				(unsigned long long)summary.skipped, summary.last_error);
		poll(NULL, 0, 1);
	}
}

static void test_asks_through_the_node(void **state)
{
	struct heard heard = {.sshd = *state, .mutex = PTHREAD_MUTEX_INITIALIZER};
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_vantage) struct vantage *vantage = NULL;
	struct probe_config service = {.timeout_ms = 30000, .expect = "all is well"};
	struct timeline_bucket bucket;
	struct tally_summary summary;
	uint64_t good, failed, cursor = 0;

	http_server_start(&server);
	service.url = server.url;
	vantage = start(&heard, &service);
	vantage_snapshot(vantage, 0, &summary);
	assert_int_equal(summary.asked, 0);
	vantage_move(vantage, 0);
	await(vantage, 0, answered, 20);
	vantage_stop(vantage);
	vantage_snapshot(vantage, 0, &summary);
	assert_int_equal(summary.failed, 0);
	assert_true(atomic_load(&server.answered) >= summary.answered);
	/* Each over a connection of its own, as the probe's. */
	assert_true(atomic_load(&server.connected) >= summary.answered);
	vantage_between(vantage, 0, UINT64_MAX, &good, &failed);
	assert_int_equal(good, summary.answered);
	assert_int_equal(failed, 0);
	assert_int_equal(vantage_buckets(vantage, 0, &cursor, &bucket, 1), 1);
	assert_int_equal(vantage_buckets(vantage, 1, &cursor, &bucket, 1), 0);
	assert_string_equal(heard.words, "asks the floating IP too");
	assert_int_equal(heard.warnings, 0);
}

static void test_failures_are_the_services(void **state)
{
	struct heard heard = {.sshd = *state, .mutex = PTHREAD_MUTEX_INITIALIZER};
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_vantage) struct vantage *vantage = NULL;
	struct probe_config service = {.timeout_ms = 300};
	struct tally_summary summary;

	http_server_start(&server);
	service.url = server.url;
	vantage = start(&heard, &service);
	vantage_move(vantage, 0);
	await(vantage, 0, answered, 2);
	atomic_store(&server.manner, SERVER_FORBIDS);
	summary = await(vantage, 0, failures, 1);
	assert_string_equal(summary.last_error, "HTTP status 403");
	/* It can be logged in to, so it was the service that hung. */
	atomic_store(&server.manner, SERVER_HANGS);
	while (!strstr(summary.last_error, "no whole answer within 300 ms"))
		summary = await(vantage, 0, failures, summary.failed + 1);
}

static void test_nobody_listens(void **state)
{
	struct heard heard = {.sshd = *state, .mutex = PTHREAD_MUTEX_INITIALIZER};
	CLEANUP(cleanup_vantage) struct vantage *vantage = NULL;
	const struct probe_config service = {.url = "tcp://127.0.0.1:1", .timeout_ms = 30000};
	struct tally_summary summary;

	vantage = start(&heard, &service);
	vantage_move(vantage, 0);
	summary = await(vantage, 0, failures, 3);
	assert_string_equal(summary.last_error, "connection refused");
	assert_int_equal(summary.answered, 0);
}

/* The node is away: that is no failure of the service. */
static void test_no_way_to_the_node(void **state)
{
	struct heard heard = {.sshd = *state, .mutex = PTHREAD_MUTEX_INITIALIZER};
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_vantage) struct vantage *vantage = NULL;
	struct probe_config service = {.timeout_ms = 30000};
	struct tally_summary summary;

	http_server_start(&server);
	service.url = server.tcp;
	vantage = start(&heard, &service);
	vantage_move(vantage, 1);
	/* At once, though it waits to try the second node again. */
	vantage_move(vantage, 0);
	await(vantage, 0, answered, 3);
	sshd_kill(heard.sshd);
	sshd_start(heard.sshd);
	vantage_snapshot(vantage, 0, &summary);
	summary = await(vantage, 0, answered, summary.answered + 3);
	assert_int_equal(summary.failed, 0);
	vantage_move(vantage, VANTAGE_NONE);
	vantage_snapshot(vantage, 1, &summary);
	assert_int_equal(summary.failed, 0);
}

static void test_forbidden(void **state)
{
	struct heard heard = {.sshd = *state, .mutex = PTHREAD_MUTEX_INITIALIZER};
	CLEANUP(http_server_stop) struct http_server server;
	CLEANUP(cleanup_vantage) struct vantage *vantage = NULL;
	CLEANUP(cleanup_free)
	char *command =
		text_format("echo 'AllowTcpForwarding no' >>%s/sshd_config", heard.sshd->folder);
	struct probe_config service = {.timeout_ms = 30000};
	uint64_t deadline = clock_monotonic_ms() + 60000, cursor = 0;
	struct timeline_bucket bucket, sum = {0};
	struct tally_summary summary;

	sshd_kill(heard.sshd);
	assert_int_equal(system(command), 0);
	sshd_start(heard.sshd);
	http_server_start(&server);
	service.url = server.url;
	vantage = start(&heard, &service);
	vantage_move(vantage, 0);
	while (!vantage_is_forbidden(vantage, 0)) {
		assert_true(clock_monotonic_ms() < deadline);
		poll(NULL, 0, 1);
	}
	vantage_stop(vantage);
	vantage_snapshot(vantage, 0, &summary);
	assert_int_equal(summary.failed, 0);
	assert_int_equal(summary.asked, 0);
	/* Nor is it drawn as asked and not answered. */
	while (vantage_buckets(vantage, 0, &cursor, &bucket, 1))
		timeline_merge(&sum, &bucket);
	assert_int_equal(sum.asked, 0);
	assert_int_equal(sum.skipped, 1);
	assert_int_equal(heard.warnings, 1);
	assert_non_null(strstr(heard.words, "the node does not forward to 127.0.0.1 port"));
	assert_non_null(strstr(heard.words, "AllowTcpForwarding"));
}

static int begin(void **state)
{
	const struct probe_config config = {.url = "tcp://127.0.0.1:9", .rate = 1};
	struct probe *probe = NULL;

	if (session_fixture_begin(state) < 0 || probe_start(&config, &probe, NULL) < 0)
		return -1;
	probe_free(probe);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks_through_the_node),
		cmocka_unit_test(test_failures_are_the_services),
		cmocka_unit_test(test_nobody_listens), cmocka_unit_test(test_no_way_to_the_node),
		cmocka_unit_test(test_forbidden), /* the last: it changes sshd */
	};

	if (!sshd_usable())
		return 77;
	return cmocka_run_group_tests_name("vantage", tests, begin, session_fixture_end);
}
