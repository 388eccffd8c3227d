/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the event loop, most of them by a clock of their own. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "lib/event/loop.h"

/* What happened, a letter each. */
struct record {
	struct event_loop *loop;
	struct event_timer *timer;
	char text[32];
	uint64_t at[32];
	size_t count;
	int victim;
};

static uint64_t simulated_now(void *context)
{
	return *(const uint64_t *)context;
}

/* Time passes only when nothing is ready. */
static int simulated_wait(
	int epoll, struct epoll_event *events, int room, uint64_t deadline_ms, void *context)
{
	uint64_t *now = context;
	int ready = epoll_wait(epoll, events, room, 0);

	if (ready == 0 && deadline_ms != UINT64_MAX && deadline_ms > *now)
		*now = deadline_ms;
	return ready;
}

static struct event_loop *new_loop(const struct event_clock *clock)
{
	struct event_loop *loop = NULL;

	assert_int_equal(event_loop_new(clock, &loop, NULL), 0);
	return loop;
}

static struct event_loop *simulated_loop(uint64_t *now)
{
	const struct event_clock clock = {simulated_now, simulated_wait, now};

	return new_loop(&clock);
}

static void write_down(struct record *record, char letter)
{
	record->at[record->count] = event_loop_now(record->loop);
	record->text[record->count++] = letter;
}

static void on_first(void *context)
{
	write_down(context, 'a');
}

static void on_second(void *context)
{
	write_down(context, 'b');
}

static void on_again(void *context)
{
	struct record *record = context;

	write_down(record, 'c');
	if (record->count < 3)
		event_timer_set(record->timer, event_loop_now(record->loop) + 50);
	else
		event_loop_stop(record->loop);
}

static void test_timers_go_off_in_the_order_of_their_deadlines(void **state)
{
	uint64_t now = 1000;
	CLEANUP(cleanup_event_loop) struct event_loop *loop = simulated_loop(&now);
	struct record record = {.loop = loop};
	CLEANUP(cleanup_event_timer)
	struct event_timer *first = event_timer_new(loop, on_first, &record);
	CLEANUP(cleanup_event_timer)
	struct event_timer *second = event_timer_new(loop, on_second, &record);

	(void)state;
	event_timer_set(first, 1300);
	event_timer_set(second, 1200);
	event_loop_turn(loop);
	event_loop_turn(loop);
	assert_string_equal(record.text, "ba");
	assert_int_equal(record.at[0], 1200);
	assert_int_equal(record.at[1], 1300);
	/* A deadline that is replaced by none is never met. */
	event_timer_set(first, 1400);
	event_timer_set(first, UINT64_MAX);
	event_timer_set(second, 1500);
	event_loop_turn(loop);
	assert_string_equal(record.text, "bab");
}

static void test_a_timer_may_set_itself_again(void **state)
{
	uint64_t now = 0;
	CLEANUP(cleanup_event_loop) struct event_loop *loop = simulated_loop(&now);
	struct record record = {.loop = loop};
	CLEANUP(cleanup_event_timer)
	struct event_timer *timer = event_timer_new(loop, on_again, &record);

	(void)state;
	record.timer = timer;
	event_timer_set(timer, 0);
	event_loop_run(loop);
	assert_string_equal(record.text, "ccc");
	assert_int_equal(now, 100);
}

static void on_readable(int descriptor, uint32_t events, void *context)
{
	char letter;

	assert_true(events & EPOLLIN);
	assert_int_equal(read(descriptor, &letter, 1), 1);
	write_down(context, letter);
}

static void on_readable_remove(int descriptor, uint32_t events, void *context)
{
	struct record *record = context;

	on_readable(descriptor, events, context);
	event_loop_remove(record->loop, record->victim);
	event_loop_remove(record->loop, descriptor);
}

static void add(struct event_loop *loop, int descriptor, uint32_t events, event_function *function,
	struct record *record)
{
	assert_int_equal(event_loop_add(loop, descriptor, events, function, record, NULL), 0);
}

static void test_whoever_was_added_first_is_served_first_and_the_removed_not_at_all(void **state)
{
	uint64_t now = 0;
	CLEANUP(cleanup_event_loop) struct event_loop *loop = simulated_loop(&now);
	struct record record = {.loop = loop};
	int pipes[3][2], i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
		assert_int_equal(write(pipes[i][1], &"xyz"[i], 1), 1);
	}
	record.victim = pipes[2][0];
	add(loop, pipes[1][0], EPOLLIN, on_readable, &record);
	add(loop, pipes[0][0], EPOLLIN, on_readable_remove, &record);
	add(loop, pipes[2][0], EPOLLIN, on_readable, &record);
	event_loop_turn(loop);
	assert_string_equal(record.text, "yx");
	event_loop_turn(loop);
	assert_string_equal(record.text, "yx");
	/* The number of a descriptor that was closed may come again. */
	add(loop, pipes[2][0], EPOLLIN, on_readable, &record);
	event_loop_turn(loop);
	assert_string_equal(record.text, "yxz");
	for (i = 0; i < 3; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void on_signal(int number, void *context)
{
	struct record *record = context;

	write_down(record, number == SIGUSR1 ? 'u' : '?');
	event_loop_stop(record->loop);
}

static void test_signals_come_through_the_loop(void **state)
{
	CLEANUP(cleanup_event_loop) struct event_loop *loop = new_loop(NULL);
	static const int numbers[] = {SIGUSR1};
	struct record record = {.loop = loop};

	(void)state;
	assert_int_equal(event_loop_signals(loop, numbers, 1, on_signal, &record, NULL), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	event_loop_run(loop);
	assert_string_equal(record.text, "u");
}

static void test_the_machine_s_clock_meets_a_deadline(void **state)
{
	CLEANUP(cleanup_event_loop) struct event_loop *loop = new_loop(NULL);
	struct record record = {.loop = loop};
	CLEANUP(cleanup_event_timer)
	struct event_timer *timer = event_timer_new(loop, on_first, &record);
	uint64_t due = event_loop_now(loop) + 20;

	(void)state;
	event_timer_set(timer, due);
	while (!record.count)
		event_loop_turn(loop);
	assert_true(record.at[0] >= due);
}

/* poll(2) would say EINVAL here, for ever. */
static void test_a_loop_goes_on_when_the_limit_of_descriptors_falls(void **state)
{
	uint64_t now = 0;
	CLEANUP(cleanup_event_loop) struct event_loop *loop = simulated_loop(&now);
	struct record record = {.loop = loop};
	struct rlimit before, none;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	add(loop, ends[0], EPOLLIN, on_readable, &record);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(write(ends[1], "r", 1), 1);
	event_loop_turn(loop);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_string_equal(record.text, "r");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers_go_off_in_the_order_of_their_deadlines),
		cmocka_unit_test(test_a_timer_may_set_itself_again),
		cmocka_unit_test(
			test_whoever_was_added_first_is_served_first_and_the_removed_not_at_all),
		cmocka_unit_test(test_a_loop_goes_on_when_the_limit_of_descriptors_falls),
		cmocka_unit_test(test_signals_come_through_the_loop),
		cmocka_unit_test(test_the_machine_s_clock_meets_a_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
