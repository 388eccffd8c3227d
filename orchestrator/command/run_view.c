/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a run, and asked: plain lines, a live tree on a terminal, or JSON events. */
#include "orchestrator/command/run_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "orchestrator/command/confirm.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/output_checks.h"
#include "orchestrator/command/run_told.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/step/watch.h"

static struct run_view *of(struct teller *teller)
{
	return (struct run_view *)((char *)teller - offsetof(struct run_view, teller));
}

static struct run_view *of_steps(struct drive_listener *listener)
{
	return (struct run_view *)((char *)listener - offsetof(struct run_view, steps));
}

static struct run_view *of_files(struct propagate_listener *listener)
{
	return (struct run_view *)((char *)listener - offsetof(struct run_view, files));
}

static const char *node_name(const struct run_view *view, const struct step *step)
{
	return step->node == PLAN_NO_NODE ? "" : view->cluster->nodes[step->node].name;
}

/* "node2: reboot, seen down" */
static void step_words(
	const struct run_view *view, const struct step *step, char *words, size_t size)
{
	const char *node = node_name(view, step);

	snprintf(words, size, "%s%s%s", node, node[0] ? ": " : "", plan_step_title(step->kind));
}

static void step_event(const struct run_view *view, const struct step *step, const char *state,
	const char *key, const char *words, int64_t elapsed_ms)
{
	const char *node = node_name(view, step);
	json_t *event = json_pack("{s:s, s:s, s:s}", "event", "step", "step",
		plan_step_name(step->kind), "state", state);

	if (node[0])
		json_object_set_new(event, "node", json_string(node));
	if (elapsed_ms >= 0)
		json_object_set_new(event, "elapsed_ms", json_integer(elapsed_ms));
	if (key)
		json_object_set_new(event, key, note_string(words));
	output_event(event);
}

static size_t step_index(const struct run_view *view, const struct step *step)
{
	return (size_t)(step - view->plan->steps);
}

static void observed(struct drive_listener *listener, const struct cluster_view *seen)
{
	struct run_view *view = of_steps(listener);

	/* A look that was broken off says nothing of the nodes. */
	if (view->screen && !*view->settings->process.interrupted)
		screen_observed(view->screen, seen);
}

static void step_began(struct drive_listener *listener, const struct step *step)
{
	struct run_view *view = of_steps(listener);

	view->waits[0] = '\0';
	view->said_ms = clock_monotonic_ms();
	if (view->settings->json) {
		step_event(view, step, "began", NULL, NULL, -1);
		return;
	}
	if (view->screen)
		screen_step_began(view->screen, step_index(view, step));
}

/* Once per reason, and again every now and then: a long silence looks like a hang. */
static bool worth_saying(struct run_view *view, const char *words, uint64_t every_ms)
{
	uint64_t now_ms = clock_monotonic_ms();
	bool changed = strncmp(view->waits, words, sizeof(view->waits) - 1) != 0;

	if (every_ms ? now_ms - view->said_ms < every_ms : !changed)
		return false;
	snprintf(view->waits, sizeof(view->waits), "%s", words);
	view->said_ms = now_ms;
	return true;
}

static void step_waits(struct drive_listener *listener, const struct step *step, const char *words)
{
	enum { EVERY_MS = 15000 };
	struct run_view *view = of_steps(listener);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);

	if (view->settings->json) {
		if (worth_saying(view, words, 0))
			step_event(view, step, "waits", "reason", words, -1);
		return;
	}
	if (view->screen)
		screen_step_waits(view->screen, step_index(view, step), printable);
	else if (worth_saying(view, words, view->settings->verbose ? 0 : EVERY_MS))
		output_say(view->settings, "      waiting: %s\n", printable);
}

/* Long evidence goes on a line of its own, where it can be read. */
static void print_step(struct run_view *view, const struct step *step, const char *mark,
	uint64_t elapsed_ms, const char *words)
{
	char title[256];
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);
	CLEANUP(cleanup_free) char *line = NULL;

	step_words(view, step, title, sizeof(title));
	line = text_format(
		"%-5s %-40s %7.2f s  %s\n", mark, title, (double)elapsed_ms / 1000, printable);
	output_lines(view->settings, stdout, line);
}

static void step_done(struct drive_listener *listener, const struct step *step, uint64_t elapsed_ms,
	const char *evidence)
{
	struct run_view *view = of_steps(listener);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(evidence);

	if (view->screen)
		screen_step_done(view->screen, step_index(view, step), elapsed_ms, printable);
	if (view->settings->json)
		step_event(view, step, "done", "evidence", evidence, (int64_t)elapsed_ms);
	else if (view->screen ? view->settings->verbose : !view->settings->quiet)
		print_step(view, step, "ok", elapsed_ms, evidence);
}

static void step_stopped(struct drive_listener *listener, const struct step *step,
	uint64_t elapsed_ms, const char *reason)
{
	struct run_view *view = of_steps(listener);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(reason);

	if (view->screen)
		screen_step_stopped(view->screen, step_index(view, step), elapsed_ms, printable);
	else if (view->settings->json)
		step_event(view, step, "stopped", "reason", reason, (int64_t)elapsed_ms);
	else
		print_step(view, step, "STOP", elapsed_ms, reason);
}

/* "node2 asks too: 58, failed 0; held connections: 2 of 2 survived" */
static void watch_words(void *data, char *words, size_t size)
{
	struct run_view *view = data;
	CLEANUP(cleanup_text) struct text text = {0}, held = {0};
	struct tally_summary seen;

	for (size_t i = 0; i < view->cluster->node_count; i++) {
		if (watch_vantage(view->watch, i, &seen))
			text_appendf(&text, "%s%s asks too: failed %" PRIu64,
				text.length ? ", " : "", view->cluster->nodes[i].name, seen.failed);
	}
	watch_held_words(view->watch, &held);
	snprintf(words, size, "%s%s%s", text_string(&text), text.length && held.length ? "; " : "",
		text_string(&held));
}

static void begin_steps(struct run_view *view, const struct told_steps *steps)
{
	const struct settings *settings = view->settings;
	const bool back = steps->kind == PLAN_ROLLBACK;
	CLEANUP(cleanup_free)
	char *title = text_format("run %" PRId64 ": %scluster %s", steps->run_id,
		back ? "rollback of " : "", steps->cluster->name);
	const struct screen_setup setup = {
		.terminal = STDOUT_FILENO,
		.queue = *settings->queue,
		.style = screen_style(),
		.title = title,
		.upgraded = back ? "gone back" : "upgraded",
		.plan = steps->plan,
		.cluster = steps->cluster,
		.expect = steps->expect,
		.probe = steps->probe,
		.first_step = steps->first_step,
		.more = watch_words,
		.data = view,
	};

	view->plan = steps->plan;
	view->cluster = steps->cluster;
	view->watch = steps->watch;
	if (settings->json || settings->quiet || !*settings->queue ||
		!screen_is_possible(STDOUT_FILENO))
		return;
	fflush(stdout);
	view->screen = screen_start(&setup);
	__atomic_store_n(settings->screen, view->screen, __ATOMIC_RELEASE);
}

/* When no thread has anything to say any more. */
static void forget_steps(struct run_view *view)
{
	if (!view->screen)
		return;
	__atomic_store_n(view->settings->screen, NULL, __ATOMIC_RELEASE);
	screen_free(TAKE(view->screen));
}

static int ask(
	struct teller *teller, const char *question, bool (*given_up)(void *data), void *data)
{
	const struct run_view *view = of(teller);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(question);
	int result;

	if (view->screen)
		screen_suspend(view->screen);
	printf("%s", printable);
	fflush(stdout);
	result = confirm_answer(view->settings, given_up, data);
	/* The next line does not begin behind the question. */
	if (result < 0)
		printf("\n");
	if (view->screen)
		screen_resume(view->screen);
	return result;
}

void run_view_plan(
	const struct settings *settings, const struct cluster *cluster, const struct plan *plan)
{
	const struct run_view view = {.settings = settings, .cluster = cluster};

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		char words[256];

		if (settings->json) {
			step_event(&view, step, "planned", NULL, NULL, -1);
			continue;
		}
		step_words(&view, step, words, sizeof(words));
		output_say(settings, "%3zu. %s\n", i + 1, words);
	}
}

static void tell_phase(struct propagate_listener *listener, const char *phase)
{
	const struct run_view *view = of_files(listener);

	if (view->settings->json)
		output_event(json_pack("{s:s, s:s}", "event", "phase", "phase", phase));
	else if (view->settings->verbose)
		output_say(view->settings, "      %s\n", phase);
}

static void tell_note(
	struct propagate_listener *listener, const char *node, const char *kind, const char *text)
{
	const struct run_view *view = of_files(listener);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(text);

	if (view->settings->json) {
		output_event(json_pack("{s:s, s:s, s:s, s:o}", "event", "note", "node", node,
			"kind", kind, "text", note_string(text)));
		return;
	}
	/* The failure of a node begins with its name, and the first one is told at the end anyhow.
	 */
	if (strcmp(kind, "failed") == 0)
		fprintf(stderr, "%s\n", printable);
	else
		output_say(view->settings, "%s: interrupted propagate %s: %s\n", node, kind,
			printable);
}

static enum outcome may_proceed(
	struct teller *teller, const struct cluster *cluster, const struct plan *plan)
{
	const struct settings *settings = of(teller)->settings;

	if (!confirm_is_possible(settings))
		return OUTCOME_UNABLE;
	run_view_plan(settings, cluster, plan);
	return confirm_proceed(settings);
}

static void tell_reading(struct run_view *view, uint64_t done, uint64_t total)
{
	if (!total)
		progress_begin(&view->progress, view->settings);
	else
		progress_tell(&view->progress, done, total);
}

static void tell(struct teller *teller, const struct told *told)
{
	struct run_view *view = of(teller);
	const struct settings *settings = view->settings;

	switch (told->kind) {
	case TOLD_WORDS:
		output_say(settings, "%s", told->words);
		return;
	case TOLD_TROUBLE:
		command_complain(settings, told->words);
		return;
	case TOLD_READING:
		tell_reading(view, told->reading.done, told->reading.total);
		return;
	case TOLD_READ:
		progress_end(&view->progress);
		return;
	case TOLD_FINDINGS:
		output_findings(settings, told->findings);
		return;
	case TOLD_CHECKS:
		output_checks(settings, told->preflight.cluster, told->preflight.checks,
			told->preflight.all);
		return;
	case TOLD_NODES_HELD:
		output_unblock(settings);
		return;
	case TOLD_RUN_NUMBERED:
		run_told_numbered(settings, told->numbered.run_id, told->numbered.target);
		return;
	case TOLD_IDLE:
		output_nothing(settings, told->idle.run_id, told->idle.reason);
		return;
	case TOLD_GATE:
		run_told_gate(settings, told->gate);
		return;
	case TOLD_STEPS_BEGIN:
		begin_steps(view, told->steps);
		return;
	case TOLD_STEPS_END:
		screen_end(view->screen);
		return;
	case TOLD_STEPS_GONE:
		forget_steps(view);
		return;
	case TOLD_PROBE:
		run_told_probe(settings, told->probe.summary);
		run_told_watch(settings, view->cluster, told->probe.watch);
		return;
	case TOLD_STOPPED:
		run_told_stopped(settings, told->end);
		return;
	case TOLD_ADVICE:
		run_told_advice(settings, told->words);
		return;
	case TOLD_RUN_ENDS:
		run_told_end(settings, told->end);
		return;
	}
}

void run_view_init(struct run_view *view, const struct settings *settings)
{
	*view = (struct run_view){
		.settings = settings,
		.teller = {.tell = tell,
			.may_proceed = may_proceed,
			.steps = &view->steps,
			.files = &view->files},
		.steps = {step_began, step_waits, step_done, step_stopped, observed},
		.files = {tell_phase, tell_note},
	};
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !settings->json)
		view->teller.ask = ask;
}
