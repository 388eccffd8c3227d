/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is alive, which message is new, and the generation on disk. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemons/heartbeat/membership.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/cluster/generation.h"
#include "lib/cluster/sequence.h"

static void collect(const struct membership_event *event, void *context)
{
	struct text *text = context;

	switch (event->kind) {
	case MEMBERSHIP_PEER:
		text_appendf(text, "%u %s>%s %" PRIu64 "; ", event->node,
			membership_state_name(event->before), membership_state_name(event->after),
			event->silent_ms);
		break;
	case MEMBERSHIP_LINK_UP:
		text_appendf(text, "%u link %d up; ", event->node, event->link);
		break;
	case MEMBERSHIP_LINK_DEAD:
		text_appendf(text, "%u link %d dead; ", event->node, event->link);
		break;
	}
}

static struct membership *make(struct text *text)
{
	struct membership_config config = {
		.node_count = 3,
		.self = 1,
		.link_count = 2,
		.warntime_ms = 200,
		.deadtime_ms = 400,
		.initdead_ms = 2000,
		.function = collect,
		.context = text,
	};

	return membership_new(&config, 1000);
}

static void assert_events(struct text *text, const char *expected)
{
	assert_string_equal(text_string(text), expected);
	text_clear(text);
}

static void test_life(void **state)
{
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_membership) struct membership *membership = make(&text);
	int up;

	(void)state;
	assert_int_equal(membership_next(membership), 3000);
	membership_heard(membership, 0, 0, 1100);
	assert_events(&text, "0 link 0 up; 0 unknown>up 100; ");
	assert_int_equal(membership_next(membership), 1300);
	membership_tick(membership, 1299);
	assert_events(&text, "");
	membership_tick(membership, 1300);
	assert_events(&text, "0 up>late 200; ");
	membership_heard(membership, 0, 0, 1350);
	assert_events(&text, "0 late>up 250; ");
	assert_int_equal(membership_age(membership, 0, 1360), 10);
	assert_int_equal(membership_age(membership, 2, 1360), UINT64_MAX);
	membership_tick(membership, 1749);
	assert_events(&text, "0 up>late 399; ");
	membership_tick(membership, 1750);
	assert_events(&text, "0 link 0 dead; 0 late>dead 400; ");
	assert_int_equal(membership_link_age(membership, 0, 0, 1750, &up), 400);
	assert_int_equal(up, 0);
	membership_tick(membership, 3000);
	assert_events(&text, "2 unknown>dead 2000; ");
	assert_int_equal(membership_next(membership), UINT64_MAX);
	membership_heard(membership, 2, 1, 9000);
	assert_events(&text, "2 link 1 up; 2 dead>up 8000; ");
}

static void test_goodbye_and_pause(void **state)
{
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_membership) struct membership *membership = make(&text);

	(void)state;
	membership_heard(membership, 0, 0, 1100);
	membership_gone(membership, 0, 1150);
	assert_events(&text, "0 link 0 up; 0 unknown>up 100; 0 up>gone 50; ");
	membership_tick(membership, 2900);
	assert_events(&text, "");
	membership_heard(membership, 0, 0, 2950);
	assert_events(&text, "0 link 0 up; 0 gone>up 1850; ");
	/* Scheduled out for long: all steps at once. */
	membership_tick(membership, 9000);
	assert_events(
		&text, "0 link 0 dead; 0 up>late 6050; 0 late>dead 6050; 2 unknown>dead 8000; ");
}

static void test_second_link(void **state)
{
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_membership) struct membership *membership = make(&text);
	uint64_t now;

	(void)state;
	membership_heard(membership, 0, 0, 1100);
	membership_link_heard(membership, 0, 1, 1100);
	assert_events(&text, "0 link 0 up; 0 unknown>up 100; 0 link 1 up; ");
	for (now = 1200; now <= 1500; now += 100)
		membership_heard(membership, 0, 0, now);
	membership_tick(membership, 1500);
	assert_events(&text, "0 link 1 dead; ");
	assert_int_equal(membership_state(membership, 0), MEMBERSHIP_UP);
}

static void test_sequence(void **state)
{
	struct sequence sequence = {0};

	(void)state;
	assert_int_equal(sequence_check(&sequence, 5, 10), SEQUENCE_NEW_GENERATION);
	assert_int_equal(sequence_check(&sequence, 5, 10), SEQUENCE_COPY);
	assert_int_equal(sequence_check(&sequence, 5, 9), SEQUENCE_OLD);
	assert_int_equal(sequence_check(&sequence, 5, 11), SEQUENCE_NEW);
	assert_int_equal(sequence_check(&sequence, 4, 99), SEQUENCE_OLD_GENERATION);
	assert_int_equal(sequence_check(&sequence, 6, 1), SEQUENCE_NEW_GENERATION);
	assert_int_equal(sequence_check(&sequence, 5, 12), SEQUENCE_OLD_GENERATION);
	assert_int_equal(sequence_check(&sequence, 6, 2), SEQUENCE_NEW);
}

static void test_generation(void **state)
{
	char folder[] = "/tmp/test_generation.XXXXXX";
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(error_release) struct error err = {0};
	struct rlimit before, none;
	uint64_t generation = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = text_format("%s/generation", folder);
	assert_int_equal(generation_next(folder, 1000, &generation, &err), 0);
	assert_int_equal(generation, 1000);
	/* From then on it counts starts, whatever the clock says. */
	assert_int_equal(generation_next(folder, 5000, &generation, &err), 0);
	assert_int_equal(generation, 1001);
	assert_int_equal(file_write(path, "junk", 4, 0600, &err), 0);
	assert_int_equal(generation_next(folder, 6000, &generation, &err), 0);
	assert_int_equal(generation, 6000);
	/* Not readable now is neither missing nor damaged: a clock that is behind must not decide.
	 */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(generation_next(folder, 7, &generation, &err), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_non_null(strstr(error_text(&err), "cannot read the generation: "));
	assert_int_equal(generation_next(folder, 7, &generation, &err), 0);
	assert_int_equal(generation, 6001);
	unlink(path);
	rmdir(folder);
	assert_true(generation_next(folder, 1, &generation, &err) < 0);
	assert_non_null(strstr(error_text(&err), "cannot keep the generation: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_goodbye_and_pause),
		cmocka_unit_test(test_second_link),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_generation),
	};

	return cmocka_run_group_tests_name("membership", tests, NULL, NULL);
}
