/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run as it goes, drawn in place on a terminal. */
#include "orchestrator/screen/screen.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"
#include "orchestrator/screen/layout.h"

enum { FRAME_MS = 100, DEFAULT_WIDTH = 80, DEFAULT_HEIGHT = 24 };

/* The process went on after ^Z: what was drawn is no longer right above the cursor. */
static volatile sig_atomic_t continued;

struct screen {
	int terminal;
	struct output_queue *queue;
	struct screen_style style;
	const char *upgraded;
	struct probe *probe;
	void (*more)(void *data, char *words, size_t size);
	void *data;
	pthread_t thread;
	struct sigaction old_action;
	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t changed;
	struct model model;
	uint64_t probe_cursor;
	uint64_t second_us; /* of the newest second of the model */
	bool suspended, ending;
	size_t shown; /* lines above the cursor that are ours */
	struct winsize size;
};

static void on_continue(int number)
{
	(void)number;
	continued = 1;
}

bool screen_is_possible(int terminal)
{
	const char *kind = getenv("TERM");

	return isatty(terminal) && kind && *kind && strcmp(kind, "dumb") != 0;
}

static bool names_utf8(const char *locale)
{
	for (; *locale; locale++) {
		if (strncasecmp(locale, "utf-8", 5) == 0 || strncasecmp(locale, "utf8", 4) == 0)
			return true;
	}
	return false;
}

struct screen_style screen_style(void)
{
	/* As setlocale(3) looks; the first that is set decides. */
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *no_colour = getenv("NO_COLOR");
	struct screen_style style = {.colour = !no_colour || !*no_colour};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value) {
			style.utf8 = names_utf8(value);
			break;
		}
	}
	return style;
}

static struct model_second *second_at(struct screen *screen, uint64_t second_us)
{
	struct model *model = &screen->model;

	if (!model->second_count || second_us > screen->second_us) {
		if (model->second_count == MODEL_SECONDS)
			memmove(model->seconds, model->seconds + 1,
				(MODEL_SECONDS - 1) * sizeof(model->seconds[0]));
		else
			model->second_count++;
		model->seconds[model->second_count - 1] = (struct model_second){0};
		screen->second_us = second_us;
	}
	return &model->seconds[model->second_count - 1];
}

static void read_probe(struct screen *screen)
{
	enum { BUCKETS = 64 };
	struct timeline_bucket buckets[BUCKETS];
	struct tally_summary summary = {0};
	struct model *model = &screen->model;
	uint64_t since_us;
	size_t count;

	if (!screen->probe)
		return;
	while ((count = probe_buckets(screen->probe, &screen->probe_cursor, buckets, BUCKETS)) >
		0) {
		for (size_t i = 0; i < count; i++) {
			struct model_second *second =
				second_at(screen, buckets[i].from_us / 1000000 * 1000000);

			second->good += buckets[i].good;
			second->failed += buckets[i].failed;
			if (buckets[i].latency_max_us > second->latency_max_us)
				second->latency_max_us = buckets[i].latency_max_us;
		}
	}
	if (screen->more)
		screen->more(screen->data, model->more, sizeof(model->more));
	probe_snapshot(screen->probe, &summary);
	since_us = summary.last_good_us ? summary.last_good_us : summary.started_us;
	model->asked = summary.asked;
	model->failed = summary.failed;
	model->longest_gap_ms = summary.longest_gap_ms;
	model->gap_ms = model->now_ms > since_us / 1000 ? model->now_ms - since_us / 1000 : 0;
}

/* Moves to where the tree begins. */
static void append_home(struct screen *screen, struct text *frame)
{
	text_append(frame, "\r");
	if (screen->shown)
		text_appendf(frame, "\033[%zuA", screen->shown);
	screen->shown = 0;
}

/* Where the lines went when the window was resized, every terminal decides by itself. */
static void look_at_size(struct screen *screen, struct text *frame)
{
	struct winsize now = {0};

	if (ioctl(screen->terminal, TIOCGWINSZ, &now) < 0 || !now.ws_col || !now.ws_row)
		now = (struct winsize){.ws_col = DEFAULT_WIDTH, .ws_row = DEFAULT_HEIGHT};
	if (screen->size.ws_col && screen->shown &&
		(now.ws_col != screen->size.ws_col || now.ws_row != screen->size.ws_row)) {
		text_append(frame, "\033[H\033[J");
		screen->shown = 0;
	}
	screen->size = now;
}

/* The last column stays free: some terminals wrap as soon as it is written to. */
static void append_tree(struct screen *screen, struct text *frame, size_t height)
{
	CLEANUP(cleanup_layout) struct layout layout = {0};

	layout_make(&screen->model, screen->size.ws_col > 1 ? screen->size.ws_col - 1U : 1, height,
		&screen->style, &layout);
	for (size_t i = 0; i < layout.count; i++)
		text_appendf(frame, "%s\033[K\n", layout.lines[i]);
	text_append(frame, "\033[J");
	screen->shown = layout.count;
}

static bool is_in_background(const struct screen *screen)
{
	pid_t group = tcgetpgrp(screen->terminal);

	return group > 0 && group != getpgrp();
}

/*
 * In one piece, so that nothing flickers. lines: what is to stay above, or "". While the terminal
 * has not taken what was drawn before, there is no tree: it would be old when it is seen.
 */
static void draw(struct screen *screen, const char *lines, bool last)
{
	CLEANUP(cleanup_text) struct text frame = {0};
	bool room = output_queue_is_idle(screen->queue);
	struct winsize size = screen->size;
	size_t shown;

	if (!room && !*lines && !last)
		return;
	if (continued) {
		continued = 0;
		screen->shown = 0;
	}
	shown = screen->shown;
	screen->model.now_ms = clock_monotonic_ms();
	read_probe(screen);
	look_at_size(screen, &frame);
	append_home(screen, &frame);
	if (*lines || last)
		text_append(&frame, "\033[J");
	text_append(&frame, lines);
	if (last || (room && !screen->suspended))
		append_tree(screen, &frame,
			last			  ? LAYOUT_HEIGHT_ANY
			: screen->size.ws_row > 1 ? screen->size.ws_row - 1U
						  : 1);
	if (output_queue_put(screen->queue, screen->terminal, frame.data, frame.length))
		return;
	screen->shown = shown;
	screen->size = size;
}

static void *draw_on(void *data)
{
	struct screen *screen = data;
	struct timespec next;

	pthread_mutex_lock(&screen->mutex);
	while (!screen->ending) {
		if (!screen->suspended && !is_in_background(screen))
			draw(screen, "", false);
		clock_gettime(CLOCK_MONOTONIC, &next);
		next.tv_nsec += FRAME_MS * 1000000L;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		while (!screen->ending &&
			pthread_cond_timedwait(&screen->changed, &screen->mutex, &next) == 0)
			;
	}
	pthread_mutex_unlock(&screen->mutex);
	return NULL;
}

static void fill_model(struct model *model, const struct screen_setup *setup)
{
	snprintf(model->title, sizeof(model->title), "%s", setup->title);
	model->plan = setup->plan;
	model->has_probe = setup->probe != NULL;
	model->began_ms = model->now_ms = clock_monotonic_ms();
	for (size_t i = 0; i < setup->cluster->node_count && i < PLAN_NODES_MAX; i++)
		model->nodes[i].name = setup->cluster->nodes[i].name;
	for (size_t i = 0; i < setup->plan->count; i++) {
		model->steps[i].expected_ms =
			expected_duration_step_ms(setup->expect, &setup->plan->steps[i]);
		model->steps[i].state = i < setup->first_step ? MODEL_EARLIER : MODEL_AHEAD;
	}
}

struct screen *screen_start(const struct screen_setup *setup)
{
	struct screen *screen = vector_resize(NULL, 1, sizeof(*screen));
	struct sigaction action = {.sa_handler = on_continue, .sa_flags = SA_RESTART};

	*screen = (struct screen){.terminal = setup->terminal,
		.queue = setup->queue,
		.style = setup->style,
		.upgraded = setup->upgraded,
		.probe = setup->probe,
		.more = setup->more,
		.data = setup->data};
	fill_model(&screen->model, setup);
	pthread_mutex_init(&screen->mutex, NULL);
	thread_condition(&screen->changed);
	continued = 0;
	sigaction(SIGCONT, &action, &screen->old_action);
	if (thread_start(&screen->thread, draw_on, screen) == 0)
		return screen;
	sigaction(SIGCONT, &screen->old_action, NULL);
	screen_free(screen);
	return NULL;
}

void screen_end(struct screen *screen)
{
	if (!screen)
		return;
	pthread_mutex_lock(&screen->mutex);
	screen->ending = true;
	pthread_cond_signal(&screen->changed);
	pthread_mutex_unlock(&screen->mutex);
	pthread_join(screen->thread, NULL);
	draw(screen, "", true);
	sigaction(SIGCONT, &screen->old_action, NULL);
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	pthread_cond_destroy(&screen->changed);
	pthread_mutex_destroy(&screen->mutex);
	free(screen);
}

static void set_step(struct screen *screen, size_t step, enum model_state state,
	uint64_t elapsed_ms, const char *words)
{
	struct model_step *model = &screen->model.steps[step];

	pthread_mutex_lock(&screen->mutex);
	if (state == MODEL_NOW && model->state != MODEL_NOW)
		model->began_ms = clock_monotonic_ms();
	model->state = state;
	model->elapsed_ms = elapsed_ms;
	snprintf(model->words, sizeof(model->words), "%s", words);
	pthread_mutex_unlock(&screen->mutex);
}

void screen_step_began(struct screen *screen, size_t step)
{
	set_step(screen, step, MODEL_NOW, 0, "");
}

void screen_step_waits(struct screen *screen, size_t step, const char *words)
{
	set_step(screen, step, MODEL_NOW, 0, words);
}

void screen_step_done(struct screen *screen, size_t step, uint64_t elapsed_ms, const char *evidence)
{
	set_step(screen, step, MODEL_DONE, elapsed_ms, evidence);
}

void screen_step_stopped(
	struct screen *screen, size_t step, uint64_t elapsed_ms, const char *reason)
{
	set_step(screen, step, MODEL_STOPPED, elapsed_ms, reason);
}

void screen_observed(struct screen *screen, const struct cluster_view *view)
{
	pthread_mutex_lock(&screen->mutex);
	for (size_t i = 0; i < view->node_count && i < PLAN_NODES_MAX; i++) {
		const struct node_view *node = &view->nodes[i];

		snprintf(screen->model.nodes[i].words, sizeof(screen->model.nodes[i].words),
			"%s%s%s%s",
			!node->reachable ? "does not answer"
			: node->role == ROLE_UNKNOWN && !node->services_active
				? "services stopped"
				: plan_role_name(node->role),
			node->holds_floating_ip ? ", floating IP" : "", node->upgraded ? ", " : "",
			node->upgraded ? screen->upgraded : "");
	}
	pthread_mutex_unlock(&screen->mutex);
}

bool screen_say(struct screen *screen, const char *lines)
{
	bool live;

	pthread_mutex_lock(&screen->mutex);
	live = !screen->ending;
	if (live)
		draw(screen, lines, false);
	pthread_mutex_unlock(&screen->mutex);
	return live;
}

void screen_suspend(struct screen *screen)
{
	pthread_mutex_lock(&screen->mutex);
	screen->suspended = true;
	/* Clears it, and draws nothing in its place. */
	draw(screen, "\r", false);
	pthread_mutex_unlock(&screen->mutex);
}

void screen_resume(struct screen *screen)
{
	pthread_mutex_lock(&screen->mutex);
	screen->suspended = false;
	screen->shown = 0;
	pthread_mutex_unlock(&screen->mutex);
}
