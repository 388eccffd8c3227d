/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hooks and notifications are told of a run. */
#include "orchestrator/gate/notification.h"

#include <inttypes.h>
#include <jansson.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/journal/note.h"

static void put(json_t *object, const char *name, const char *words)
{
	if (words)
		json_object_set_new(object, name, note_string(words));
}

static json_t *node_json(const struct target *target, size_t node)
{
	const struct node_view view = target_node_view(target, node);
	CLEANUP(cleanup_free) char *now = nodes_versions(target->nodes, node);
	json_t *object = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b}", "name",
		target->nodes->cluster->nodes[node].name, "address",
		target->nodes->cluster->nodes[node].address, "role", plan_role_name(view.role),
		"reachable", view.reachable, "services_active", view.services_active,
		"holds_floating_ip", view.holds_floating_ip, "upgraded", view.upgraded);

	put(object, "before", target->before[node] ?: "");
	put(object, "now", now);
	return object;
}

static json_t *probe_json(struct probe *probe)
{
	struct tally_summary summary = {0};

	if (!probe)
		return json_null();
	probe_snapshot(probe, &summary);
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "asked", (json_int_t)summary.asked,
		"answered", (json_int_t)summary.answered, "failed", (json_int_t)summary.failed,
		"slow", (json_int_t)summary.slow, "longest_gap_ms",
		(json_int_t)summary.longest_gap_ms);
}

char *notification_json(
	const struct notification *notification, const struct notification_event *event)
{
	const struct target *target = notification->target;
	json_t *root = json_pack("{s:i, s:s, s:I, s:s, s:b, s:s}", "version", NOTIFICATION_VERSION,
		"event", event->event, "run", (json_int_t)notification->run_id, "kind",
		notification->kind, "resumed", notification->resumed, "cluster",
		target->nodes->cluster->name);
	json_t *nodes = json_array(), *packages = json_array();
	CLEANUP(cleanup_free) char *text = NULL;
	char now[32];

	put(root, "time", clock_format(now, sizeof(now), clock_wall_us()));
	put(root, "cluster_file", target->nodes->cluster->file);
	put(root, "bundle", target->bundle ? target->bundle->path : NULL);
	for (size_t i = 0; target->bundle && i < target->bundle->package_count; i++)
		json_array_append_new(packages,
			json_pack("{s:o, s:o}", "name",
				note_string(target->bundle->packages[i].package.name), "evr",
				note_string(target->bundle->packages[i].package.evr)));
	json_object_set_new(root, "packages", packages);
	if (event->node != PLAN_NO_NODE)
		put(root, "node", target->nodes->cluster->nodes[event->node].name);
	for (size_t i = 0; i < target->nodes->count; i++)
		json_array_append_new(nodes, node_json(target, i));
	json_object_set_new(root, "nodes", nodes);
	json_object_set_new(root, "probe", probe_json(notification->probe));
	put(root, "result", event->result);
	put(root, "cause", event->cause);
	put(root, "reason", event->reason);
	text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(root);
	return text_format("%s\n", text ? text : "{}");
}

char *notification_title(
	const struct notification *notification, const struct notification_event *event)
{
	const char *word = text_equal(event->event, "start")
				   ? notification->resumed ? "goes on" : "has begun"
			   : text_equal(event->event, "done")	     ? "is done"
			   : text_equal(event->event, "held")	     ? "is held"
			   : text_equal(event->event, "rolled-back") ? "has gone back"
								     : "has stopped";

	return text_format("%s %" PRId64 " of cluster %s %s",
		text_equal(notification->kind, "rollback") ? "rollback" : "run",
		notification->run_id, notification->target->nodes->cluster->name, word);
}

static void append_probe(struct text *text, struct probe *probe)
{
	struct tally_summary summary = {0};

	if (!probe)
		return;
	probe_snapshot(probe, &summary);
	text_appendf(text,
		"probe: asked %" PRIu64 ", failed %" PRIu64 ", longest gap %" PRIu64 " ms",
		summary.asked, summary.failed, summary.longest_gap_ms);
}

char *notification_words(
	const struct notification *notification, const struct notification_event *event)
{
	CLEANUP(cleanup_free) char *title = notification_title(notification, event);
	CLEANUP(cleanup_free) char *reason = text_printable_copy(event->reason ?: "");
	const struct target *target = notification->target;
	struct text text = {0};

	text_appendf(&text, "%s.\n", title);
	if (*reason)
		text_appendf(&text, "\n%s\n", reason);
	text_append(&text, "\n");
	for (size_t i = 0; i < target->nodes->count; i++) {
		const struct node_view view = target_node_view(target, i);
		CLEANUP(cleanup_free) char *versions = nodes_versions(target->nodes, i);
		CLEANUP(cleanup_free) char *printable = text_printable_copy(versions);

		text_appendf(&text, "%s: %s%s, %s\n", target->nodes->cluster->nodes[i].name,
			view.reachable ? "" : "not reachable, ", plan_role_name(view.role),
			printable);
	}
	append_probe(&text, notification->probe);
	text_append(&text, "\n");
	if (text_equal(event->event, "stopped") || text_equal(event->event, "held"))
		text_appendf(&text, "\nhaupgrade resume %" PRId64 " goes on with it.\n",
			notification->run_id);
	return text_take(&text);
}

char *notification_node_words(const struct notification *notification, int node)
{
	const struct target *target = notification->target;
	CLEANUP(cleanup_free) char *versions = nodes_versions(target->nodes, (size_t)node);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(versions);
	struct text text = {0};

	text_appendf(&text, "%s, %s; ", plan_role_name(target_node_view(target, (size_t)node).role),
		printable);
	if (notification->probe)
		append_probe(&text, notification->probe);
	else
		text_append(&text, "no probe");
	return text_take(&text);
}
