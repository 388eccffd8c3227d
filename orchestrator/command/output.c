/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees: plain lines, a live tree on a terminal, or JSON events. */
#include "orchestrator/command/output.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/step/watch.h"

void output_event(json_t *event)
{
	char now[32];

	/* Never in silence: a reader waits for its event. */
	if (!event)
		event = json_pack("{s:s, s:s}", "event", "error", "message",
			"internal error: an event could not be written");
	json_object_set_new(
		event, "time", json_string(clock_format(now, sizeof(now), clock_wall_us())));
	json_dumpf(event, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	fflush(stdout);
	json_decref(event);
}

void output_unblock(const struct settings *settings)
{
	CLEANUP(error_release) struct error ignored = {0};

	if (*settings->queue || output_queue_start(settings->queue, &ignored) < 0)
		return;
	if (output_queue_capture(*settings->queue, &ignored) < 0)
		output_queue_end(TAKE(*settings->queue), NULL);
}

static void tell_waiting(void *data, const char *words)
{
	output_say(data, "%s\n", words);
}

int output_take_lease(const struct settings *settings, struct nodes *nodes,
	const struct run_lease_wish *wish, struct lease **lease, struct error *err)
{
	struct run_lease_wish whole = *wish;

	whole.state_folder = settings->state_folder;
	whole.waiting = tell_waiting;
	whole.data = (void *)settings;
	output_unblock(settings);
	return run_lease_take(nodes, &whole, lease, err);
}

void output_finish(const struct settings *settings)
{
	uint64_t lost;
	char words[160];

	/* The signal that ended the run does not take its last words; the next one does. */
	*settings->interrupted = 0;
	lost = output_queue_end(TAKE(*settings->queue), settings->interrupted);
	if (!lost || *settings->interrupted)
		return;
	snprintf(words, sizeof(words),
		"%" PRIu64
		" lines are missing above: nobody read them in time; the journal has all of the run (haupgrade report)",
		lost);
	command_complain(settings, words);
}

void output_lines(const struct settings *settings, FILE *stream, const char *lines)
{
	struct screen *screen = __atomic_load_n(settings->screen, __ATOMIC_ACQUIRE);
	/* Here and not where they are made: nobody can forget it. */
	CLEANUP(cleanup_free) char *printable = text_printable_lines(lines);

	/* Complaints that go to a file are for there. */
	if (screen && (stream == stdout || isatty(STDERR_FILENO)) && screen_say(screen, printable))
		return;
	fputs(printable, stream);
	fflush(stream);
}

void output_nothing(const struct settings *settings, int64_t run_id, const char *reason)
{
	if (settings->json)
		output_event(json_pack("{s:s, s:I, s:s, s:f, s:s}", "event", "end", "run",
			(json_int_t)run_id, "result", "done", "seconds", 0.0, "reason", reason));
	else if (run_id)
		output_say(settings, "run %" PRId64 ": %s\n", run_id, reason);
	else
		output_say(settings, "%s\n", reason);
}

void output_say(const struct settings *settings, const char *format, ...)
{
	CLEANUP(cleanup_free) char *words = NULL;
	va_list arguments;

	if (settings->json || settings->quiet)
		return;
	va_start(arguments, format);
	if (vasprintf(&words, format, arguments) < 0)
		words = NULL;
	va_end(arguments);
	if (words)
		output_lines(settings, stdout, words);
}

void output_complain(const struct settings *settings, const char *words)
{
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);
	CLEANUP(cleanup_free) char *line = text_format("haupgrade: %s\n", printable);

	output_lines(settings, stderr, line);
}

static const char *node_name(const struct output *output, const struct step *step)
{
	return step->node == PLAN_NO_NODE ? "" : output->cluster->nodes[step->node].name;
}

/* "node2: reboot, seen down" */
static void step_words(
	const struct output *output, const struct step *step, char *words, size_t size)
{
	const char *node = node_name(output, step);

	snprintf(words, size, "%s%s%s", node, node[0] ? ": " : "", plan_step_title(step->kind));
}

static void step_event(const struct output *output, const struct step *step, const char *state,
	const char *key, const char *words, int64_t elapsed_ms)
{
	const char *node = node_name(output, step);
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

static size_t step_index(const struct output *output, const struct step *step)
{
	return (size_t)(step - output->plan->steps);
}

static void observed(void *data, const struct cluster_view *view)
{
	struct output *output = data;

	/* A look that was broken off says nothing of the nodes. */
	if (output->screen && !*output->settings->interrupted)
		screen_observed(output->screen, view);
}

static void step_began(void *data, const struct step *step)
{
	struct output *output = data;

	output->waits[0] = '\0';
	output->said_ms = clock_monotonic_ms();
	if (output->settings->json) {
		step_event(output, step, "began", NULL, NULL, -1);
		return;
	}
	if (output->screen)
		screen_step_began(output->screen, step_index(output, step));
}

/* Once per reason, and again every now and then: a long silence looks like a hang. */
static bool worth_saying(struct output *output, const char *words, uint64_t every_ms)
{
	uint64_t now_ms = clock_monotonic_ms();
	bool changed = strncmp(output->waits, words, sizeof(output->waits) - 1) != 0;

	if (every_ms ? now_ms - output->said_ms < every_ms : !changed)
		return false;
	snprintf(output->waits, sizeof(output->waits), "%s", words);
	output->said_ms = now_ms;
	return true;
}

static void step_waits(void *data, const struct step *step, const char *words)
{
	enum { EVERY_MS = 15000 };
	struct output *output = data;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);

	if (output->settings->json) {
		if (worth_saying(output, words, 0))
			step_event(output, step, "waits", "reason", words, -1);
		return;
	}
	if (output->screen)
		screen_step_waits(output->screen, step_index(output, step), printable);
	else if (worth_saying(output, words, output->settings->verbose ? 0 : EVERY_MS))
		output_say(output->settings, "      waiting: %s\n", printable);
}

/* Long evidence goes on a line of its own, where it can be read. */
static void print_step(struct output *output, const struct step *step, const char *mark,
	uint64_t elapsed_ms, const char *words)
{
	char title[256];
	CLEANUP(cleanup_free) char *printable = text_printable_copy(words);
	CLEANUP(cleanup_free) char *line = NULL;

	step_words(output, step, title, sizeof(title));
	line = text_format(
		"%-5s %-40s %7.2f s  %s\n", mark, title, (double)elapsed_ms / 1000, printable);
	output_lines(output->settings, stdout, line);
}

static void step_done(
	void *data, const struct step *step, uint64_t elapsed_ms, const char *evidence)
{
	struct output *output = data;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(evidence);

	if (output->screen)
		screen_step_done(output->screen, step_index(output, step), elapsed_ms, printable);
	if (output->settings->json)
		step_event(output, step, "done", "evidence", evidence, (int64_t)elapsed_ms);
	else if (output->screen ? output->settings->verbose : !output->settings->quiet)
		print_step(output, step, "ok", elapsed_ms, evidence);
}

static void step_stopped(
	void *data, const struct step *step, uint64_t elapsed_ms, const char *reason)
{
	struct output *output = data;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(reason);

	if (output->screen)
		screen_step_stopped(
			output->screen, step_index(output, step), elapsed_ms, printable);
	else if (output->settings->json)
		step_event(output, step, "stopped", "reason", reason, (int64_t)elapsed_ms);
	else
		print_step(output, step, "STOP", elapsed_ms, reason);
}

void output_init(
	struct output *output, const struct settings *settings, const struct cluster *cluster)
{
	*output = (struct output){
		.settings = settings,
		.cluster = cluster,
		.listener =
			{
				.step_began = step_began,
				.step_waits = step_waits,
				.step_done = step_done,
				.step_stopped = step_stopped,
				.observed = observed,
			},
	};
	output->listener.data = output;
}

/* "node2 asks too: 58, failed 0; held connections: 2 of 2 survived" */
static void watch_words(void *data, char *words, size_t size)
{
	struct output *output = data;
	CLEANUP(cleanup_text) struct text text = {0}, held = {0};
	struct tally_summary seen;

	for (size_t i = 0; i < output->cluster->node_count; i++) {
		if (watch_vantage(output->watch, i, &seen))
			text_appendf(&text, "%s%s asks too: failed %" PRIu64,
				text.length ? ", " : "", output->cluster->nodes[i].name,
				seen.failed);
	}
	watch_held_words(output->watch, &held);
	snprintf(words, size, "%s%s%s", text_string(&text), text.length && held.length ? "; " : "",
		text_string(&held));
}

void output_begin(struct output *output, const struct output_run *run)
{
	const struct settings *settings = output->settings;
	CLEANUP(cleanup_free)
	char *title = text_format("run %" PRId64 ": %scluster %s", run->run_id,
		run->rollback ? "rollback of " : "", output->cluster->name);
	const struct screen_setup setup = {
		.terminal = STDOUT_FILENO,
		.queue = *settings->queue,
		.style = screen_style(),
		.title = title,
		.upgraded = run->rollback ? "gone back" : "upgraded",
		.plan = run->plan,
		.cluster = output->cluster,
		.expect = run->expect,
		.probe = run->probe,
		.first_step = run->first_step,
		.more = watch_words,
		.data = output,
	};

	output->plan = run->plan;
	output->watch = run->watch;
	if (settings->json || settings->quiet || !*settings->queue ||
		!screen_is_possible(STDOUT_FILENO))
		return;
	fflush(stdout);
	output->screen = screen_start(&setup);
	__atomic_store_n(settings->screen, output->screen, __ATOMIC_RELEASE);
}

void output_end(struct output *output)
{
	screen_end(output->screen);
}

void output_clear(struct output *output)
{
	if (!output->screen)
		return;
	__atomic_store_n(output->settings->screen, NULL, __ATOMIC_RELEASE);
	screen_free(TAKE(output->screen));
}

void output_findings(const struct settings *settings, const struct bundle_findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++) {
		const struct bundle_finding *finding = &findings->items[i];
		bool problem = finding->severity == BUNDLE_PROBLEM;
		CLEANUP(cleanup_free) char *file = text_printable_copy(finding->file ?: "");
		CLEANUP(cleanup_free) char *message = text_printable_copy(finding->message);

		if (settings->json) {
			output_event(json_pack("{s:s, s:s, s:o, s:o}", "event", "finding",
				"severity", problem ? "problem" : "note", "file",
				finding->file ? note_string(finding->file) : json_null(), "message",
				note_string(finding->message)));
			continue;
		}
		if (!problem && settings->quiet)
			continue;
		fprintf(problem ? stderr : stdout, "%s: %s%s%s\n", problem ? "problem" : "note",
			file, file[0] ? ": " : "", message);
	}
}

void output_steps(const struct output *output, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		char words[256];

		if (output->settings->json) {
			step_event(output, step, "planned", NULL, NULL, -1);
			continue;
		}
		step_words(output, step, words, sizeof(words));
		output_say(output->settings, "%3zu. %s\n", i + 1, words);
	}
}

void output_gate(struct output *output, const struct gate_news *news)
{
	/* A gate that a failed hook holds has no name of a hook's. */
	const bool hook = text_equal(news->what, "hook") && news->name[0];
	const bool gate = !hook && !text_equal(news->what, "notification");
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_free) char *words = text_printable_copy(news->text);

	if (output->settings->json) {
		json_t *event =
			gate   ? json_pack("{s:s, s:s}", "event", "gate", "what", news->what)
			: hook ? json_pack("{s:s, s:s}", "event", "hook", "name", news->name)
			       : json_pack(
					 "{s:s, s:s}", "event", "notification", "name", news->name);

		json_object_set_new(
			event, "node", news->node[0] ? json_string(news->node) : json_null());
		json_object_set_new(event, "good", json_boolean(news->good));
		json_object_set_new(event, "text", note_string(news->text));
		output_event(event);
		return;
	}
	/* What held the run is said as the reason of its stop. */
	if (news->good ? output->settings->quiet : gate)
		return;
	line = text_format("%-5s %s%s%s%s%s: %s\n", news->good ? "ok" : "FAIL", news->node,
		news->node[0] ? ": " : "", news->what, news->name[0] ? " " : "", news->name,
		news->good && !words[0] ? "done" : words);
	output_lines(output->settings, news->good ? stdout : stderr, line);
}

/* poll is not restarted after a signal, so ^C ends the question. */
static int await_answer(const struct output *output, bool (*given_up)(void *data), void *data)
{
	enum { LOOK_MS = 300 };
	struct pollfd answered = {.fd = STDIN_FILENO, .events = POLLIN};
	char answer[16] = "";
	int ready;

	while ((ready = poll(&answered, 1, LOOK_MS)) == 0 && !*output->settings->interrupted) {
		if (given_up(data))
			return -ECANCELED;
	}
	if (ready != 1 || *output->settings->interrupted)
		return -EINTR;
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int output_ask(
	struct output *output, const char *question, bool (*given_up)(void *data), void *data)
{
	CLEANUP(cleanup_free) char *printable = text_printable_copy(question);
	int result;

	if (output->screen)
		screen_suspend(output->screen);
	printf("%s", printable);
	fflush(stdout);
	result = await_answer(output, given_up, data);
	/* The next line does not begin behind the question. */
	if (result < 0)
		printf("\n");
	if (output->screen)
		screen_resume(output->screen);
	return result;
}

void output_probe(const struct output *output, const struct tally_summary *summary)
{
	/* Shorter ones hide nothing that a budget would be about. */
	enum { STALL_TOLD_MS = 500 };

	if (output->settings->json)
		output_event(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "event",
			"probe", "asked", (json_int_t)summary->asked, "answered",
			(json_int_t)summary->answered, "failed", (json_int_t)summary->failed,
			"slow", (json_int_t)summary->slow, "longest_gap_ms",
			(json_int_t)summary->longest_gap_ms, "skipped",
			(json_int_t)summary->skipped, "stalled_ms", (json_int_t)summary->stalled_ms,
			"last_error", note_string(summary->last_error)));
	else if (summary->skipped || summary->longest_stall_ms >= STALL_TOLD_MS)
		output_say(output->settings,
			"note: this machine was too busy for the probe: %" PRIu64
			" requests could not be sent in time, %" PRIu64
			" ms are not watched (longest %" PRIu64
			" ms); that is no failure of the service\n",
			summary->skipped, summary->stalled_ms, summary->longest_stall_ms);
	if (!output->settings->json)
		output_say(output->settings,
			"probe: asked %" PRIu64 ", failed %" PRIu64 ", slow %" PRIu64
			", longest gap %" PRIu64 " ms%s%s\n",
			summary->asked, summary->failed, summary->slow, summary->longest_gap_ms,
			summary->failed ? "; last: " : "",
			summary->failed ? summary->last_error : "");
}

static void watch_events(const struct output *output, struct watch *watch)
{
	struct tally_summary seen;
	struct held_summary held;

	for (size_t i = 0; i < output->cluster->node_count; i++) {
		if (watch_vantage(watch, i, &seen))
			output_event(json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "event", "vantage",
				"node", output->cluster->nodes[i].name, "asked",
				(json_int_t)seen.asked, "failed", (json_int_t)seen.failed,
				"skipped", (json_int_t)seen.skipped, "last_error",
				note_string(seen.last_error)));
	}
	if (watch_held(watch, &held))
		output_event(json_pack("{s:s, s:I, s:I, s:I, s:I}", "event", "held", "wanted",
			(json_int_t)held.wanted, "survivors", (json_int_t)held.survivors, "broken",
			(json_int_t)held.broken, "ended", (json_int_t)held.ended));
	if (watch_trouble(watch))
		output_event(json_pack(
			"{s:s, s:o}", "event", "note", "text", note_string(watch_trouble(watch))));
}

void output_watch(const struct output *output, struct watch *watch)
{
	const struct settings *settings = output->settings;
	CLEANUP(cleanup_text) struct text words = {0};
	struct tally_summary seen;

	if (settings->json) {
		watch_events(output, watch);
		return;
	}
	for (size_t i = 0; i < output->cluster->node_count; i++) {
		if (watch_vantage(watch, i, &seen))
			output_say(settings,
				"%s asked it too: %" PRIu64 ", failed %" PRIu64 "%s%s\n",
				output->cluster->nodes[i].name, seen.asked, seen.failed,
				seen.failed ? "; last: " : "", seen.failed ? seen.last_error : "");
	}
	watch_held_words(watch, &words);
	if (words.length)
		output_say(settings, "%s\n", text_string(&words));
	if (watch_trouble(watch))
		output_say(settings, "note: %s\n", watch_trouble(watch));
}
