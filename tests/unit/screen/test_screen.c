/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a run looks on terminals of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "orchestrator/screen/layout.h"

static const struct screen_style plain = {.utf8 = false, .colour = false};
static const struct screen_style full = {.utf8 = true, .colour = true};

static struct plan plan;
static struct model model;

static int setup(void **state)
{
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};

	(void)state;
	if (plan_make(PLAN_UPGRADE, nodes, 2, &plan, NULL) < 0)
		return -1;
	model = (struct model){.title = "run 7: cluster web",
		.plan = &plan,
		.nodes = {{.name = "web1", .words = "primary, floating IP"},
			{.name = "web2", .words = "backup"}},
		.has_probe = true,
		.asked = 4200,
		.longest_gap_ms = 24,
		.began_ms = 1000,
		.now_ms = 13300};
	return 0;
}

/* All steps before that one are done, in half a second each; that one is under way for 2 s. */
static void go_to(size_t step)
{
	for (size_t i = 0; i < step; i++) {
		model.steps[i].state = MODEL_DONE;
		model.steps[i].elapsed_ms = 500;
	}
	model.steps[step].state = MODEL_NOW;
	model.steps[step].began_ms = model.now_ms - 2000;
}

static char *show(size_t width, size_t height, const struct screen_style *style)
{
	CLEANUP(cleanup_layout) struct layout layout = {0};
	struct text text = {0};

	layout_make(&model, width, height, style, &layout);
	assert_true(layout.count <= height);
	for (size_t i = 0; i < layout.count; i++)
		text_appendf(&text, "%s\n", layout.lines[i]);
	return text_take(&text);
}

static void expect(
	size_t width, size_t height, const struct screen_style *style, const char *wanted)
{
	CLEANUP(cleanup_free) char *text = show(width, height, style);

	assert_string_equal(text, wanted);
}

static void test_whole(void **state)
{
	(void)state;
	go_to(4);
	model.steps[4].expected_ms = 3000;
	model.steps[5].expected_ms = 4000;
	snprintf(model.steps[4].words, sizeof(model.steps[4].words), "rpm still runs");
	snprintf(model.steps[3].words, sizeof(model.steps[3].words), "no longer active");
	model.seconds[0] = (struct model_second){.good = 100, .latency_max_us = 900};
	model.seconds[1] = (struct model_second){.good = 100, .latency_max_us = 3000};
	model.seconds[2] = (struct model_second){.good = 99, .failed = 1, .latency_max_us = 10};
	model.seconds[3] = (struct model_second){0};
	model.seconds[4] = (struct model_second){.good = 100, .latency_max_us = 4000000};
	model.second_count = 5;
	model.failed = 1;
	expect(81, 40, &plain,
		"run 7: cluster web  12.3 s\n"
		"ok     verify the bundle                       0.50 s\n"
		"ok     preflight                               0.50 s\n"
		"ok     upload the packages                     0.50 s\n"
		"web2  backup\n"
		"|- ok     stop the services                    0.50 s  no longer active\n"
		"|- > now  install the packages                 2.00 s  of ~3.00 s  rpm still runs\n"
		"|- .      reboot, seen down                   ~4.00 s\n"
		"|- .      up with a new boot identity\n"
		"|- .      versions and services\n"
		"`- .      back as backup\n"
		"web1  primary, floating IP\n"
		"|- .      fail over\n"
		"|- .      stop the services\n"
		"|- .      install the packages\n"
		"|- .      reboot, seen down\n"
		"|- .      up with a new boot identity\n"
		"|- .      versions and services\n"
		"`- .      back as backup\n"
		".      final check\n"
		"probe  failed 1, longest gap 24 ms, asked 4200  _-X #\n");
}

static void test_narrow(void **state)
{
	(void)state;
	go_to(4);
	snprintf(model.steps[4].words, sizeof(model.steps[4].words), "rpm still runs");
	expect(40, 24, &plain,
		"run 7: cluster web  12.3 s\n"
		"ok     verify the bundle         0.50 s\n"
		"ok     preflight                 0.50 s\n"
		"ok     upload the packages       0.50 s\n"
		"web2  backup\n"
		"|- ok     stop the services      0.50 s\n"
		"|- > now  install the packages   2.00 s\n"
		"|- .      reboot, seen down\n"
		"|- .      up with a new boot i\n"
		"|- .      versions and service\n"
		"`- .      back as backup\n"
		"web1  primary, floating IP\n"
		"|- .      fail over\n"
		"|- .      stop the services\n"
		"|- .      install the packages\n"
		"|- .      reboot, seen down\n"
		"|- .      up with a new boot i\n"
		"|- .      versions and service\n"
		"`- .      back as backup\n"
		".      final check\n"
		"probe  failed 0, gap 24 ms\n");
}

static void test_low(void **state)
{
	(void)state;
	go_to(12);
	model.steps[12].expected_ms = 3000;
	/* What is done is put together, then what is to do; then only what is around the step. */
	expect(60, 16, &plain,
		"run 7: cluster web  12.3 s\n"
		"ok     web2  backup                            3.00 s  6 ste\n"
		"web1  primary, floating IP\n"
		"|- ok     fail over                            0.50 s\n"
		"|- ok     stop the services                    0.50 s\n"
		"|- ok     install the packages                 0.50 s\n"
		"|- > now  reboot, seen down                    2.00 s  of ~3\n"
		"|- .      up with a new boot identity\n"
		"|- .      versions and services\n"
		"`- .      back as backup\n"
		".      final check\n"
		"probe  failed 0, gap 24 ms\n");
	expect(60, 6, &plain,
		"run 7: cluster web  12.3 s\n"
		"|- ok     stop the services                    0.50 s\n"
		"|- ok     install the packages                 0.50 s\n"
		"|- > now  reboot, seen down                    2.00 s  of ~3\n"
		"|- .      up with a new boot identity\n"
		"probe  failed 0, gap 24 ms\n");
	expect(60, 1, &plain, "|- > now  reboot, seen down                    2.00 s  of ~3\n");
}

static void test_low_at_the_beginning(void **state)
{
	(void)state;
	go_to(3);
	for (size_t i = 0; i < plan.count; i++)
		model.steps[i].expected_ms = 1000;
	model.now_ms = model.began_ms + 3725000;
	model.steps[3].began_ms = model.now_ms - 100;
	expect(60, 12, &plain,
		"run 7: cluster web  1:02:05, about 13 s left\n"
		"web2  backup\n"
		"|- > now  stop the services                    0.10 s  of ~1\n"
		"|- .      install the packages                ~1.00 s\n"
		"|- .      reboot, seen down                   ~1.00 s\n"
		"|- .      up with a new boot identity         ~1.00 s\n"
		"|- .      versions and services               ~1.00 s\n"
		"`- .      back as backup                      ~1.00 s\n"
		".      web1  primary, floating IP             ~7.00 s  7 ste\n"
		"probe  failed 0, gap 24 ms\n");
}

static void test_more(void **state)
{
	(void)state;
	go_to(9);
	snprintf(model.more, sizeof(model.more), "web2 asks too: failed 0");
	expect(60, 4, &plain,
		"run 7: cluster web  12.3 s\n"
		"web1  primary, floating IP\n"
		"|- > now  fail over                            2.00 s\n"
		"probe  failed 0, gap 24 ms\n");
	model.plan = &(struct plan){.count = 1, .steps = {{STEP_VERIFY, PLAN_NO_NODE}}};
	expect(60, 16, &plain,
		"run 7: cluster web  12.3 s\n"
		"ok     verify the bundle                       0.50 s\n"
		"probe  failed 0, gap 24 ms\n"
		"       web2 asks too: failed 0\n");
}

static void test_every_size(void **state)
{
	(void)state;
	go_to(9);
	model.second_count = MODEL_SECONDS;
	snprintf(model.steps[9].words, sizeof(model.steps[9].words),
		"\xe3\x82\xaf\xe3\x83\xa9\xe3\x82\xb9\xe3\x82\xbf e\xcc\x81 \xff x");
	for (size_t width = 1; width < 130; width++) {
		for (size_t height = 1; height < 30; height++) {
			CLEANUP(cleanup_layout) struct layout layout = {0};

			layout_make(&model, width, height, &plain, &layout);
			assert_in_range(layout.count, 1, height);
			for (size_t i = 0; i < layout.count; i++)
				assert_true(strlen(layout.lines[i]) <= width);
			layout_make(&model, width, height, &(struct screen_style){.utf8 = true},
				&layout);
			for (size_t i = 0; i < layout.count; i++)
				assert_true(line_width(layout.lines[i]) <= width);
		}
	}
}

static void test_colours_and_signs(void **state)
{
	(void)state;
	go_to(0);
	model.steps[0].state = MODEL_STOPPED;
	model.steps[0].elapsed_ms = 500;
	model.gap_ms = 1500;
	expect(72, 4, &full,
		"\033[1mrun 7: cluster web\033[m  12.3 s\n"
		"\033[1;31m✘ STOP\033[m verify the bundle                       0.50 s\n"
		"\033[2m·\033[m      \033[1mweb2\033[m  backup                                  \033[2m  6 steps\033[m\n"
		"\033[1mprobe  \033[m\033[32mfailed 0\033[m, longest gap 24 ms\033[1;31m, no answer for 1500 ms\033[m, asked 4200\n");
}

static void test_widths(void **state)
{
	struct line line = {.style = &full, .width = 5};

	(void)state;
	assert_int_equal(line_width("abc"), 3);
	assert_int_equal(line_width("\xe3\x82\xaf\xe3\x83\xa9"), 4);
	assert_int_equal(line_width("e\xcc\x81"), 1);
	/* A wide one that does not fit whole is left out. */
	line_put(&line, LINE_PLAIN, "\xe3\x82\xaf\xe3\x83\xa9\xe3\x82\xb9");
	assert_string_equal(text_string(&line.text), "\xe3\x82\xaf\xe3\x83\xa9");
	text_clear(&line.text);
}

static void test_times(void **state)
{
	char buffer[32];

	(void)state;
	assert_string_equal(layout_time(buffer, sizeof(buffer), 0), "0.00 s");
	assert_string_equal(layout_time(buffer, sizeof(buffer), 9994), "9.99 s");
	assert_string_equal(layout_time(buffer, sizeof(buffer), 12345), "12.3 s");
	assert_string_equal(layout_time(buffer, sizeof(buffer), 125000), "2:05");
	assert_string_equal(layout_time(buffer, sizeof(buffer), 3725000), "1:02:05");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_whole, setup),
		cmocka_unit_test_setup(test_narrow, setup),
		cmocka_unit_test_setup(test_low, setup),
		cmocka_unit_test_setup(test_low_at_the_beginning, setup),
		cmocka_unit_test_setup(test_more, setup),
		cmocka_unit_test_setup(test_every_size, setup),
		cmocka_unit_test_setup(test_colours_and_signs, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_times, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
