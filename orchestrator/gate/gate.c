/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may hold a step that the engine would allow. */
#include "orchestrator/gate/gate.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/gate/held_words.h"
#include "orchestrator/gate/hook.h"
#include "orchestrator/gate/pause.h"
#include "orchestrator/journal/note.h"

struct gate {
	struct gate_setup setup;
	struct window_list windows; /* those that apply; items owned */
	struct pause_set pauses;
	struct expected_duration expect;
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	struct gate_run run;
	struct hook_context hooks;
	bool approved[PLAN_STEPS_MAX];
	/* Node hooks that have succeeded, in this process or an earlier one. */
	bool begun[PLAN_NODES_MAX], ended[PLAN_NODES_MAX];
};

static int add_given(
	const char **list, size_t *count, const char *words, const char *option, struct error *err)
{
	if (*count == GATE_GIVEN_MAX)
		return error_set(
			err, E2BIG, "%s: given more than %d times", option, GATE_GIVEN_MAX);
	list[(*count)++] = words;
	return 0;
}

int gate_options_window(struct gate_options *options, const char *words, struct error *err)
{
	struct window ignored;

	if (strcmp(words, "always") != 0 && window_parse(words, &ignored, err) < 0)
		return -EINVAL;
	return add_given(options->windows, &options->window_count, words, "--window", err);
}

int gate_options_pause(struct gate_options *options, const char *words, struct error *err)
{
	return add_given(options->pauses, &options->pause_count, words, "--pause-after", err);
}

static void add_window(struct window_list *list, const struct window *window)
{
	*VECTOR_APPEND(list->items, list->count) = *window;
}

static int set_windows(struct gate *gate, struct error *err)
{
	const struct gate_options *options = gate->setup.options;
	const struct window_list *own = &gate->setup.target->nodes->cluster->gates.windows;
	const bool own_hold = !options->window_count && gate->setup.target->kind != PLAN_ROLLBACK;
	struct window window;

	/* A way back is needed when it is needed; who wants it held says so with the command. */
	for (size_t i = 0; own_hold && i < own->count; i++)
		add_window(&gate->windows, &own->items[i]);
	for (size_t i = 0; i < options->window_count; i++) {
		if (strcmp(options->windows[i], "always") == 0) {
			gate->windows.count = 0;
			return 0;
		}
		if (window_parse(options->windows[i], &window, err) < 0)
			return -EINVAL;
		add_window(&gate->windows, &window);
	}
	return 0;
}

static void tell(struct gate *gate, const char *what, const char *node, bool good, const char *text)
{
	const struct gate_news news = {
		.what = what, .name = "", .node = node, .good = good, .text = text};

	if (gate->setup.told)
		gate->setup.told(gate->setup.data, &news);
}

static int pass_over(struct gate *gate, struct error *err)
{
	CLEANUP(cleanup_free) char *words = text_format("%s: passed over", error_text(err));

	tell(gate, "pause", "", true, words);
	error_release(err);
	return 0;
}

static int set_pauses(struct gate *gate, struct error *err)
{
	const struct gate_options *options = gate->setup.options;
	const struct target *target = gate->setup.target;
	const struct word_list *own = &target->nodes->cluster->gates.pause_after;
	int result = 0;

	/* The cluster file says where an upgrade stops; it was not written for this one plan. */
	for (size_t i = 0; i < own->count && result == 0 && target->kind != PLAN_ROLLBACK; i++) {
		result = pause_add(&gate->pauses, own->items[i], target->nodes->cluster,
			gate->setup.plan, err);
		if (result == -ENOENT)
			result = pass_over(gate, err);
		if (result < 0)
			return error_prefix(err, "%s", target->nodes->cluster->file);
	}
	for (size_t i = 0; i < options->pause_count && result == 0; i++) {
		result = pause_add(&gate->pauses, options->pauses[i], target->nodes->cluster,
			gate->setup.plan, err);
		/* A plan that was made anew may have no such step: that ends no run at night. */
		if (result < 0 && options->pauses_recalled)
			result = pass_over(gate, err);
	}
	/* To a caller the one is as wrong as the other. */
	return result == -ENOENT ? -EINVAL : result;
}

int gate_new(const struct gate_setup *setup, struct gate **gate, struct error *err)
{
	CLEANUP(cleanup_gate) struct gate *made = vector_resize(NULL, 1, sizeof(*made));
	int result;

	*made = (struct gate){.setup = *setup};
	memcpy(made->deadlines_ms, setup->deadlines_ms, sizeof(made->deadlines_ms));
	result = set_windows(made, err);
	if (result == 0)
		result = set_pauses(made, err);
	if (result == 0)
		result = expected_duration_learn(
			setup->journal, setup->target->nodes->cluster, &made->expect, err);
	if (result == 0)
		*gate = TAKE(made);
	return result;
}

void gate_free(struct gate *gate)
{
	if (gate)
		free(gate->windows.items);
	free(gate);
}

const struct expected_duration *gate_expected_duration(const struct gate *gate)
{
	return &gate->expect;
}

/* What is told of a node is to be true now. */
static void look(struct gate *gate)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	/* One that does not answer is told as such. */
	nodes_ask_all(gate->setup.target->nodes, PLAN_NO_NODE, errors);
}

/* hook_context.told */
static void told_of_hook(
	void *data, const char *name, const char *node, int result, const char *text)
{
	struct gate *gate = data;
	const struct gate_news news = {
		.what = text_starts_with(name, "pre-") || text_starts_with(name, "post-")
				? "hook"
				: "notification",
		.name = name,
		.node = node,
		.good = result == 0,
		.text = text,
	};

	if (gate->setup.told)
		gate->setup.told(gate->setup.data, &news);
}

/* Journals and tells what a gate decided. */
static void take_down(struct gate *gate, const char *what, int node, bool good, const char *text)
{
	const char *name =
		node == PLAN_NO_NODE ? "" : gate->setup.target->nodes->cluster->nodes[node].name;
	CLEANUP(cleanup_free) char *printable = text_printable_copy(text);
	json_t *note = json_pack("{s:s, s:s, s:b}", "what", what, "text", printable, "go", good);
	CLEANUP(cleanup_free) char *words = NULL;
	CLEANUP(error_release) struct error ignored = {0};

	if (*name)
		json_object_set_new(note, "node", json_string(name));
	words = json_dumps(note, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(note);
	journal_note(
		gate->setup.journal, gate->run.run_id, NOTE_GATE, words ? words : "{}", &ignored);
	tell(gate, what, name, good, text);
}

static enum gate_answer hold(
	struct gate *gate, const char *what, const struct step *step, const struct error *err)
{
	take_down(gate, what, step->node, false, error_text(err));
	return GATE_HOLD;
}

/* Seconds that must be left; false when the step is not held by windows. */
static bool window_need(const struct gate *gate, size_t index, uint64_t *needed_s)
{
	const struct plan *plan = gate->setup.plan;
	enum step_kind kind = plan->steps[index].kind;

	if (kind == STEP_VERIFY || kind == STEP_PREFLIGHT || kind == STEP_FINAL)
		return false;
	*needed_s = (expected_duration_needed_ms(&gate->expect, plan, index, gate->deadlines_ms) +
			    999) /
		    1000;
	return true;
}

static int64_t now_s(void)
{
	return (int64_t)(clock_wall_us() / 1000000);
}

int gate_may_begin(struct gate *gate, size_t first_step, struct error *err)
{
	const struct plan *plan = gate->setup.plan;
	uint64_t needed_s = 0;

	for (size_t i = first_step; i < plan->count; i++) {
		if (window_need(gate, i, &needed_s))
			return window_ask(&gate->windows, now_s(), needed_s, err);
	}
	return 0;
}

/* A node's steps from STOP on are not parted: their time was looked at before the first. */
static int ask_window(struct gate *gate, size_t index, struct error *err)
{
	enum step_kind kind = gate->setup.plan->steps[index].kind;
	uint64_t needed_s = 0;

	if ((kind > STEP_STOP && kind <= STEP_ROLE) || !window_need(gate, index, &needed_s))
		return 0;
	return window_ask(&gate->windows, now_s(), needed_s, err);
}

/* Only what this process has done is paused after: a resumed run goes on. */
static bool is_pause(const struct gate *gate, size_t index)
{
	return index > gate->run.first_step && gate->pauses.after[index - 1];
}

static enum gate_answer pause_here(struct gate *gate, const struct step *step, struct error *err)
{
	held_words_pause(gate->setup.target->nodes->cluster, step - 1, gate->run.run_id, err);
	return hold(gate, "pause", step, err);
}

static bool needs_approval(const struct gate *gate, size_t index)
{
	enum step_kind kind = gate->setup.plan->steps[index].kind;

	const struct gate_options *options = gate->setup.options;

	return (options->approve || options->approval_wanted) && !gate->approved[index] &&
	       (kind == STEP_STOP || kind == STEP_FAILOVER || kind == STEP_REHEARSE);
}

/* What is asked, and how an answer that nobody can give is waited for. */
static char *approval_words(const struct gate *gate, const struct step *step)
{
	const struct target *target = gate->setup.target;
	CLEANUP(cleanup_free)
	char *node = notification_node_words(&gate->hooks.notification, step->node);

	return text_format("%s%s: %s", target->nodes->cluster->nodes[step->node].name,
		step->kind == STEP_FAILOVER   ? ": fail over from it"
		: step->kind == STEP_REHEARSE ? ": rehearse a fail-over from it and back"
					      : "",
		node);
}

/* Whoever is not at the terminal may want the run to end meanwhile. */
static bool is_abort_wanted(void *data)
{
	const struct gate *gate = data;
	CLEANUP(error_release) struct error ignored = {0};
	bool asked = false;

	return journal_requested(gate->setup.journal, gate->run.run_id, "abort", &asked, NULL,
		       &ignored) == 0 &&
	       asked;
}

static enum gate_answer ask_approval(
	struct gate *gate, size_t index, const struct step *step, struct error *err)
{
	CLEANUP(cleanup_free) char *words = NULL;
	CLEANUP(cleanup_free) char *question = NULL;
	int answer;

	/* The command line is the answer: by whoever read what it was held for. */
	if (!gate->setup.ask && gate->setup.options->approve && gate->run.resumed &&
		index == gate->run.first_step) {
		gate->approved[index] = true;
		take_down(gate, "approval", step->node, true, "given by resume");
		return GATE_GO;
	}
	look(gate);
	words = approval_words(gate, step);
	if (!gate->setup.ask) {
		held_words_nobody(words, gate->run.run_id, err);
		return hold(gate, "approval", step, err);
	}
	question = text_format("%s. Go on? [y/N] ", words);
	answer = gate->setup.ask(gate->setup.data, question, is_abort_wanted, gate);
	if (answer == -EINTR || answer == -ECANCELED)
		return error_set(err, -answer,
			       answer == -EINTR ? "interrupted" : "an abort is asked for"),
		       GATE_WAIT;
	if (answer <= 0) {
		held_words_not_approved(gate->setup.target->nodes->cluster->nodes[step->node].name,
			gate->run.run_id, err);
		return hold(gate, "approval", step, err);
	}
	gate->approved[index] = true;
	take_down(gate, "approval", step->node, true, "given at the terminal");
	return GATE_GO;
}

/* A rehearsal is over before the node's turn comes, and ends it neither. */
static bool is_of_turn(const struct step *step, int node)
{
	return step->node == node && step->kind != STEP_REHEARSE && step->kind != STEP_RESTORE;
}

static size_t first_step_of(const struct plan *plan, int node)
{
	size_t i = 0;

	while (i < plan->count && !is_of_turn(&plan->steps[i], node))
		i++;
	return i;
}

static size_t last_step_of(const struct plan *plan, int node)
{
	size_t i = plan->count;

	while (i > 0 && !is_of_turn(&plan->steps[i - 1], node))
		i--;
	return i ? i - 1 : plan->count;
}

/* Before the node's first step, and never in the middle of what an earlier process began. */
static enum gate_answer begin_node(
	struct gate *gate, size_t index, const struct step *step, struct error *err)
{
	const struct notification_event event = {.node = step->node};

	if (step->node == PLAN_NO_NODE || gate->begun[step->node] ||
		index != first_step_of(gate->setup.plan, step->node))
		return GATE_GO;
	if (gate->setup.target->nodes->cluster->gates.hooks[HOOK_PRE_NODE].count)
		look(gate);
	if (hook_run(&gate->hooks, HOOK_PRE_NODE, step->node, &event, gate->setup.interrupted,
		    err) < 0)
		return hold(gate, "hook", step, err);
	gate->begun[step->node] = true;
	return GATE_GO;
}

/* Of every node that is behind index: also one that an earlier process ended without telling. */
static void end_nodes(struct gate *gate, size_t index)
{
	const struct target *target = gate->setup.target;
	const struct notification_event event = {.node = PLAN_NO_NODE, .result = "done"};
	CLEANUP(error_release) struct error ignored = {0};

	for (int node = 0; node < (int)target->nodes->count; node++) {
		size_t last = last_step_of(gate->setup.plan, node);

		if (last >= index || gate->ended[node] ||
			(last < gate->run.first_step && !gate->begun[node]))
			continue;
		gate->ended[node] = true;
		hook_run(&gate->hooks, HOOK_POST_NODE, node, &event, gate->setup.interrupted,
			&ignored);
	}
}

enum gate_answer gate_ask(struct gate *gate, const struct step *step, struct error *err)
{
	size_t index = (size_t)(step - gate->setup.plan->steps);
	enum gate_answer answer;

	end_nodes(gate, index);
	if (is_pause(gate, index))
		return pause_here(gate, step, err);
	if (ask_window(gate, index, err) < 0)
		return hold(gate, "window", step, err);
	if (needs_approval(gate, index)) {
		answer = ask_approval(gate, index, step, err);
		if (answer != GATE_GO)
			return answer;
		/* The answer may have taken the night. */
		if (ask_window(gate, index, err) < 0)
			return hold(gate, "window", step, err);
	}
	return begin_node(gate, index, step, err);
}

/* Which hooks of nodes an earlier process has run already. */
static int recall_hooks(struct gate *gate, struct error *err)
{
	const struct target *target = gate->setup.target;
	int result = 0;

	for (size_t i = 0; i < target->nodes->count && result == 0; i++) {
		const char *name = target->nodes->cluster->nodes[i].name;

		result = hook_was_run(gate->setup.journal, gate->run.run_id, HOOK_PRE_NODE, name,
			&gate->begun[i], err);
		if (result == 0)
			result = hook_was_run(gate->setup.journal, gate->run.run_id, HOOK_POST_NODE,
				name, &gate->ended[i], err);
	}
	return result;
}

int gate_begin(struct gate *gate, const struct gate_run *run, struct error *err)
{
	const struct notification_event event = {.node = PLAN_NO_NODE};
	int result;

	gate->run = *run;
	gate->hooks = (struct hook_context){
		.notification = {.target = gate->setup.target,
			.probe = gate->setup.probe,
			.run_id = run->run_id,
			.kind = run->kind,
			.resumed = run->resumed},
		.journal = gate->setup.journal,
		.told = told_of_hook,
		.data = gate,
	};
	result = run->resumed ? recall_hooks(gate, err) : 0;
	if (result < 0)
		return result;
	hook_notify(&gate->hooks, NOTICE_START, &event);
	return hook_run(
		&gate->hooks, HOOK_PRE_RUN, PLAN_NO_NODE, &event, gate->setup.interrupted, err);
}

void gate_end(struct gate *gate, enum engine_cause cause, const char *reason)
{
	const struct notification_event event = {
		.node = PLAN_NO_NODE,
		.result = cause == CAUSE_NONE ? "done" : "stopped",
		.cause = cause == CAUSE_NONE ? NULL : engine_cause_name(cause),
		.reason = cause == CAUSE_NONE ? NULL : reason,
	};
	enum gate_notice notice = NOTICE_STOPPED;
	CLEANUP(error_release) struct error ignored = {0};

	if (cause == CAUSE_NONE)
		notice = text_equal(gate->run.kind, "rollback") ? NOTICE_ROLLED_BACK : NOTICE_DONE;
	else if (cause == CAUSE_GATE)
		notice = NOTICE_HELD;
	/* Not ended by the ^C that ended the run; the next one ends all. */
	hook_run(&gate->hooks, HOOK_POST_RUN, PLAN_NO_NODE, &event, NULL, &ignored);
	hook_notify(&gate->hooks, notice, &event);
}
