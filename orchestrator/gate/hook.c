/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks and notifications: the programs, mails and posts of a cluster file. */
#include "orchestrator/gate/hook.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/program/child.h"
#include "orchestrator/cluster/gate_settings.h"
#include "orchestrator/gate/mail.h"
#include "orchestrator/gate/webhook.h"
#include "orchestrator/journal/note.h"

/* What of a program's output goes into the journal. */
enum { NOTE_OUTPUT_MAX = 4096 };

static const char *node_name(const struct hook_context *context, int node)
{
	return node == PLAN_NO_NODE
		       ? ""
		       : context->notification.target->nodes->cluster->nodes[node].name;
}

/* Tells and journals it; that the journal fails stops the run at its next step anyway. */
static void take_down(const struct hook_context *context, const char *name, int node, int result,
	const struct error *err, const char *output)
{
	char printable[NOTE_OUTPUT_MAX];
	const char *words = result < 0 ? error_text(err) : output;
	json_t *note =
		json_pack("{s:s, s:s}", "name", name, "status", result < 0 ? "failed" : "ok");
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(error_release) struct error ignored = {0};

	text_printable(printable, sizeof(printable), words);
	json_object_set_new(note, "text", json_string(printable));
	if (node != PLAN_NO_NODE)
		json_object_set_new(note, "node", json_string(node_name(context, node)));
	if (result < 0 && output[0]) {
		char all[NOTE_OUTPUT_MAX];

		json_object_set_new(
			note, "output", json_string(text_printable(all, sizeof(all), output)));
	}
	text = json_dumps(note, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(note);
	journal_note(context->journal, context->notification.run_id, NOTE_HOOK, text ? text : "{}",
		&ignored);
	if (context->told)
		context->told(context->data, name, node_name(context, node), result, words);
}

/* What a program's environment says besides; the strings are in the struct. */
struct environment {
	char run[48], kind[48], cluster[128], event[64], node[320];
	const char *items[6];
};

static void fill_environment(struct environment *environment, const struct hook_context *context,
	const struct notification_event *event)
{
	const struct notification *notification = &context->notification;
	size_t count = 0;

	snprintf(environment->run, sizeof(environment->run), "HAUPGRADE_RUN=%" PRId64,
		notification->run_id);
	snprintf(environment->kind, sizeof(environment->kind), "HAUPGRADE_KIND=%s",
		notification->kind);
	snprintf(environment->cluster, sizeof(environment->cluster), "HAUPGRADE_CLUSTER=%s",
		notification->target->nodes->cluster->name);
	snprintf(
		environment->event, sizeof(environment->event), "HAUPGRADE_EVENT=%s", event->event);
	environment->items[count++] = environment->run;
	environment->items[count++] = environment->kind;
	environment->items[count++] = environment->cluster;
	environment->items[count++] = environment->event;
	if (event->node != PLAN_NO_NODE) {
		snprintf(environment->node, sizeof(environment->node), "HAUPGRADE_NODE=%s",
			node_name(context, event->node));
		environment->items[count++] = environment->node;
	}
	environment->items[count] = NULL;
}

static int run_program(const struct hook_context *context, const char *name,
	const struct notification_event *event, const struct child_job *job, struct error *err)
{
	CLEANUP(cleanup_child_end) struct child_end end = {0};
	struct child_job whole = *job;
	struct environment environment;
	int result;

	fill_environment(&environment, context, event);
	whole.environment = environment.items;
	result = child_run(&whole, &end, err);
	take_down(context, name, event->node, result, err, end.output);
	return result;
}

int hook_run(const struct hook_context *context, enum gate_hook hook, int node,
	const struct notification_event *event, const volatile sig_atomic_t *cancel,
	struct error *err)
{
	const struct cluster_gates *gates = &context->notification.target->nodes->cluster->gates;
	CLEANUP(cleanup_free) char *facts = NULL;
	struct notification_event whole = *event;
	int result;

	if (!gates->hooks[hook].count)
		return 0;
	whole.event = gate_settings_hook_name(hook);
	whole.node = node;
	facts = notification_json(&context->notification, &whole);
	result = run_program(context, whole.event, &whole,
		&(struct child_job){
			.argv = gates->hooks[hook].items,
			.input = facts,
			.length = strlen(facts),
			.timeout_ms = gates->hook_timeout_ms,
			.cancel = cancel,
		},
		err);
	if (result < 0)
		error_prefix(err, "hook %s%s%s", whole.event, node == PLAN_NO_NODE ? "" : " of ",
			node_name(context, node));
	return result;
}

/* Is the line the note of that hook's success? */
static bool is_success(const struct journal_line *line, const char *name, const char *node)
{
	json_t *note;
	bool is;

	if (line->type != JOURNAL_LINE_NOTE || !text_equal(line->kind, NOTE_HOOK))
		return false;
	note = json_loads(line->text, 0, NULL);
	is = text_equal(json_string_value(json_object_get(note, "name")), name) &&
	     text_equal(json_string_value(json_object_get(note, "node")) ?: "", node) &&
	     text_equal(json_string_value(json_object_get(note, "status")), "ok");
	json_decref(note);
	return is;
}

bool hook_is_noted(
	const struct journal_line *lines, size_t count, enum gate_hook hook, const char *node)
{
	for (size_t i = 0; i < count; i++)
		if (is_success(&lines[i], gate_settings_hook_name(hook), node))
			return true;
	return false;
}

int hook_was_run(struct journal *journal, int64_t run_id, enum gate_hook hook, const char *node,
	bool *was_run, struct error *err)
{
	struct journal_line *lines = NULL;
	size_t count = 0;
	int result = journal_run_lines(journal, run_id, &lines, &count, err);

	if (result < 0)
		return result;
	*was_run = hook_is_noted(lines, count, hook, node);
	journal_lines_free(lines, count);
	return 0;
}

static void send_mail(const struct hook_context *context, const struct notification_event *event)
{
	const struct gate_notify *notify =
		&context->notification.target->nodes->cluster->gates.notify;
	CLEANUP(cleanup_free) char *title = notification_title(&context->notification, event);
	CLEANUP(cleanup_free) char *subject = text_format("haupgrade: %s", title);
	CLEANUP(cleanup_free) char *body = notification_words(&context->notification, event);
	CLEANUP(cleanup_free) char *mail = mail_text(&notify->mail, subject, body);
	/* -t: to whom, it reads in the mail; -i: a line with a dot does not end it. */
	char take_headers[] = "-t", ignore_dots[] = "-i";
	char *argv[] = {notify->sendmail, take_headers, ignore_dots, NULL};
	CLEANUP(error_release) struct error err = {0};

	run_program(context, "mail", event,
		&(struct child_job){
			.argv = argv,
			.input = mail,
			.length = strlen(mail),
			.timeout_ms = notify->timeout_ms,
		},
		&err);
}

void hook_notify(const struct hook_context *context, enum gate_notice notice,
	const struct notification_event *event)
{
	const struct gate_notify *notify =
		&context->notification.target->nodes->cluster->gates.notify;
	CLEANUP(cleanup_free) char *facts = NULL;
	struct notification_event whole = *event;
	CLEANUP(error_release) struct error err = {0};
	int result;

	if (!notify->on[notice])
		return;
	whole.event = gate_settings_notice_name(notice);
	whole.node = PLAN_NO_NODE;
	facts = notification_json(&context->notification, &whole);
	if (notify->exec.count)
		run_program(context, "exec", &whole,
			&(struct child_job){
				.argv = notify->exec.items,
				.input = facts,
				.length = strlen(facts),
				.timeout_ms = notify->timeout_ms,
			},
			&err);
	if (notify->mail.count)
		send_mail(context, &whole);
	if (notify->webhook) {
		result = webhook_post(notify, facts, &err);
		take_down(context, "webhook", PLAN_NO_NODE, result, &err, "");
	}
}
