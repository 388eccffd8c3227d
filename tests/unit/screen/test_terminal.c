/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live tree on a real terminal: drawn in place, lines above it, a size that changes, its end.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/screen/screen.h"

static int master, terminal;
static struct output_queue *queue;
static struct text seen; /* all that was written since the last clear */
static struct plan plan;
static struct cluster_node nodes[] = {{.name = (char[]){"web1"}}, {.name = (char[]){"web2"}}};
static const struct cluster cluster = {.nodes = nodes, .node_count = 2};
static const struct expected_duration nothing;

static void set_size(unsigned short columns, unsigned short rows)
{
	const struct winsize size = {.ws_col = columns, .ws_row = rows};

	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
}

static int setup(void **state)
{
	const struct plan_node roles[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};

	(void)state;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || output_queue_start(&queue, NULL) < 0 ||
		plan_make(PLAN_UPGRADE, roles, 2, &plan, NULL) < 0)
		return -1;
	set_size(100, 40);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(output_queue_end(TAKE(queue), NULL), 0);
	text_clear(&seen);
	close(terminal);
	close(master);
	return 0;
}

static struct screen *start(void)
{
	struct screen *screen = screen_start(&(struct screen_setup){.terminal = terminal,
		.queue = queue,
		.title = "run 7: cluster web",
		.upgraded = "upgraded",
		.plan = &plan,
		.cluster = &cluster,
		.expect = &nothing});

	assert_non_null(screen);
	return screen;
}

/* Are these words there, one behind the other? then may be NULL. */
static bool has_come(const char *words, const char *then)
{
	const char *found = strstr(text_string(&seen), words);

	return found && (!then || strstr(found + strlen(words), then));
}

/* Reads until the words have come, and those behind them; NULL: none. */
static void wait_for_both(const char *words, const char *then)
{
	uint64_t deadline_ms = clock_monotonic_ms() + 20000;
	struct pollfd wanted = {.fd = master, .events = POLLIN};
	char buffer[4096];

	while (!has_come(words, then)) {
		ssize_t count;

		if (clock_monotonic_ms() > deadline_ms)
			fail_msg("never seen: \"%s\", \"%s\" in \"%s\"", words, then ?: "",
				text_string(&seen));
		if (poll(&wanted, 1, 100) <= 0)
			continue;
		count = read(master, buffer, sizeof(buffer));
		assert_true(count > 0);
		text_append_bytes(&seen, buffer, (size_t)count);
	}
}

/* What was read so far is forgotten first when anew is set. */
static void wait_for(const char *words, bool anew)
{
	if (anew)
		text_clear(&seen);
	wait_for_both(words, NULL);
}

/* Everything that is to be seen has been read. */
static void drain(void)
{
	struct pollfd wanted = {.fd = master, .events = POLLIN};
	char buffer[4096];

	text_clear(&seen);
	while (poll(&wanted, 1, 0) > 0 && read(master, buffer, sizeof(buffer)) > 0)
		;
}

static void test_drawn_in_place(void **state)
{
	CLEANUP(cleanup_screen) struct screen *screen = start();

	(void)state;
	screen_step_began(screen, 3);
	wait_for("> now  stop the services", true);
	/* 17 steps, 2 nodes, the title: from there it goes up again. */
	wait_for("\033[20A", true);
	screen_step_done(screen, 3, 700, "no longer active");
	wait_for("0.70 s  no longer active", true);
	assert_true(screen_say(screen, "a line\n"));
	/* Above the tree, which is drawn anew: at once, or when the terminal has taken the line. */
	wait_for_both("\033[Ja line\r\n", "run 7: cluster web");
	screen_step_stopped(screen, 4, 1200, "disk full");
	screen_end(screen);
	wait_for("! STOP install the packages                 1.20 s  disk full", false);
	assert_false(screen_say(screen, "too late\n"));
}

static void test_sizes(void **state)
{
	CLEANUP(cleanup_screen) struct screen *screen = start();

	(void)state;
	wait_for("back as backup", true);
	set_size(30, 10);
	/* Wherever the old lines went: all is cleared. Then the nodes are folded. */
	wait_for("\033[H\033[J", true);
	wait_for("\033[4A", true);
	screen_end(screen);
	/* All of it stays, in spite of the height. */
	wait_for("final check", false);
}

static void test_suspended(void **state)
{
	CLEANUP(cleanup_screen) struct screen *screen = start();

	(void)state;
	wait_for("final check", true);
	screen_suspend(screen);
	drain();
	assert_true(screen_say(screen, "in between\n"));
	wait_for("in between", false);
	assert_null(strstr(text_string(&seen), "final check"));
	screen_resume(screen);
	wait_for("final check", true);
	screen_end(screen);
}

static void test_continued(void **state)
{
	CLEANUP(cleanup_screen) struct screen *screen = start();

	(void)state;
	wait_for("\033[20A", true);
	raise(SIGCONT);
	/* From where the cursor is now. */
	wait_for("\rrun 7: cluster web", true);
	screen_end(screen);
}

static void test_settings_are_kept(void **state)
{
	struct termios before = {0}, after = {0};
	struct screen *screen;

	(void)state;
	assert_int_equal(tcgetattr(terminal, &before), 0);
	screen = start();
	wait_for("final check", true);
	assert_int_equal(tcgetattr(terminal, &after), 0);
	assert_int_equal(before.c_lflag, after.c_lflag);
	assert_int_equal(before.c_iflag, after.c_iflag);
	assert_int_equal(before.c_oflag, after.c_oflag);
	/* No alternate screen, no hidden cursor. */
	assert_null(strstr(text_string(&seen), "\033[?"));
	screen_end(screen);
	screen_free(screen);
}

/* ^S, or a login that hangs: whoever has something to say does not wait for the terminal. */
static void test_nobody_reads(void **state)
{
	enum { LINES = 2000 };
	CLEANUP(cleanup_screen) struct screen *screen = start();

	(void)state;
	for (int i = 0; i < LINES; i++) {
		CLEANUP(cleanup_free) char *line = text_format("line %d of many\n", i);

		screen_step_began(screen, (size_t)i % plan.count);
		assert_true(screen_say(screen, line));
		screen_observed(screen, &(struct cluster_view){.node_count = 2});
	}
	screen_step_stopped(screen, 4, 1200, "disk full");
	screen_end(screen);
	/* All of it is still there for whoever comes back. */
	wait_for("line 0 of many", true);
	wait_for("line 1999 of many", false);
	wait_for("! STOP install the packages                 1.20 s  disk full", false);
	wait_for("final check", false);
}

static void test_environment(void **state)
{
	(void)state;
	setenv("TERM", "dumb", 1);
	assert_false(screen_is_possible(terminal));
	setenv("TERM", "xterm", 1);
	assert_true(screen_is_possible(terminal));
	unsetenv("TERM");
	assert_false(screen_is_possible(terminal));
	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	setenv("LANG", "en_US.UTF-8", 1);
	unsetenv("NO_COLOR");
	assert_true(screen_style().utf8 && screen_style().colour);
	setenv("LC_ALL", "C", 1);
	setenv("NO_COLOR", "1", 1);
	assert_false(screen_style().utf8 || screen_style().colour);
	setenv("LC_ALL", "", 1);
	setenv("LC_CTYPE", "ja_JP.utf8", 1);
	setenv("NO_COLOR", "", 1);
	assert_true(screen_style().utf8 && screen_style().colour);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drawn_in_place, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_suspended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_continued, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
