/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hooks and notifications are told of a run. */
#include "orchestrator/gate/account.h"

#include <inttypes.h>
#include <jansson.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"

/* A JSON string of words that may hold anything. */
static json_t *json_words(const char *words)
{
	json_t *text = json_string(words);
	CLEANUP(cleanup_free) char *printable = text ? NULL : text_printable_copy(words);

	return text ? text : json_string(printable);
}

static void put(json_t *object, const char *name, const char *words)
{
	if (words)
		json_object_set_new(object, name, json_words(words));
}

static json_t *node_json(const struct run *run, size_t node)
{
	const struct node_view view = run_node_view(run, node);
	CLEANUP(cleanup_free) char *now = run_versions(run, node);
	json_t *object = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b}", "name",
		run->cluster->nodes[node].name, "address", run->cluster->nodes[node].address,
		"role", plan_role_name(view.role), "reachable", view.reachable, "services_active",
		view.services_active, "holds_floating_ip", view.holds_floating_ip, "upgraded",
		view.upgraded);

	put(object, "before", run->nodes[node].versions ?: "");
	put(object, "now", now);
	return object;
}

static json_t *probe_json(const struct run *run)
{
	struct tally_summary summary = {0};

	if (!run->probe)
		return json_null();
	probe_snapshot(run->probe, &summary);
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "asked", (json_int_t)summary.asked,
		"answered", (json_int_t)summary.answered, "failed", (json_int_t)summary.failed,
		"slow", (json_int_t)summary.slow, "longest_gap_ms",
		(json_int_t)summary.longest_gap_ms);
}

char *account_json(const struct account *account, const struct account_event *event)
{
	const struct run *run = account->run;
	json_t *root = json_pack("{s:i, s:s, s:I, s:s, s:b, s:s}", "version", ACCOUNT_VERSION,
		"event", event->event, "run", (json_int_t)account->run_id, "kind", account->kind,
		"resumed", account->resumed, "cluster", run->cluster->name);
	json_t *nodes = json_array(), *packages = json_array();
	CLEANUP(cleanup_free) char *text = NULL;
	char now[32];

	put(root, "time", clock_format(now, sizeof(now), clock_wall_us()));
	put(root, "cluster_file", run->cluster->file);
	put(root, "bundle", run->bundle ? run->bundle->path : NULL);
	for (size_t i = 0; run->bundle && i < run->bundle->package_count; i++)
		json_array_append_new(
			packages, json_pack("{s:o, s:o}", "name",
					  json_words(run->bundle->packages[i].package.name), "evr",
					  json_words(run->bundle->packages[i].package.evr)));
	json_object_set_new(root, "packages", packages);
	if (event->node != PLAN_NO_NODE)
		put(root, "node", run->cluster->nodes[event->node].name);
	for (size_t i = 0; i < run->node_count; i++)
		json_array_append_new(nodes, node_json(run, i));
	json_object_set_new(root, "nodes", nodes);
	json_object_set_new(root, "probe", probe_json(run));
	put(root, "result", event->result);
	put(root, "cause", event->cause);
	put(root, "reason", event->reason);
	text = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(root);
	return text_format("%s\n", text ? text : "{}");
}

char *account_title(const struct account *account, const struct account_event *event)
{
	const char *word = text_equal(event->event, "start")
				   ? account->resumed ? "goes on" : "has begun"
			   : text_equal(event->event, "done")	     ? "is done"
			   : text_equal(event->event, "held")	     ? "is held"
			   : text_equal(event->event, "rolled-back") ? "has gone back"
								     : "has stopped";

	return text_format("%s %" PRId64 " of cluster %s %s",
		text_equal(account->kind, "rollback") ? "rollback" : "run", account->run_id,
		account->run->cluster->name, word);
}

static void append_probe(struct text *text, const struct run *run)
{
	struct tally_summary summary = {0};

	if (!run->probe)
		return;
	probe_snapshot(run->probe, &summary);
	text_appendf(text,
		"probe: asked %" PRIu64 ", failed %" PRIu64 ", longest gap %" PRIu64 " ms",
		summary.asked, summary.failed, summary.longest_gap_ms);
}

char *account_words(const struct account *account, const struct account_event *event)
{
	CLEANUP(cleanup_free) char *title = account_title(account, event);
	CLEANUP(cleanup_free) char *reason = text_printable_copy(event->reason ?: "");
	const struct run *run = account->run;
	struct text text = {0};

	text_appendf(&text, "%s.\n", title);
	if (*reason)
		text_appendf(&text, "\n%s\n", reason);
	text_append(&text, "\n");
	for (size_t i = 0; i < run->node_count; i++) {
		const struct node_view view = run_node_view(run, i);
		CLEANUP(cleanup_free) char *versions = run_versions(run, i);
		CLEANUP(cleanup_free) char *printable = text_printable_copy(versions);

		text_appendf(&text, "%s: %s%s, %s\n", run->cluster->nodes[i].name,
			view.reachable ? "" : "not reachable, ", plan_role_name(view.role),
			printable);
	}
	append_probe(&text, run);
	text_append(&text, "\n");
	if (text_equal(event->event, "stopped") || text_equal(event->event, "held"))
		text_appendf(&text, "\nhaupgrade resume %" PRId64 " goes on with it.\n",
			account->run_id);
	return text_take(&text);
}

char *account_node_words(const struct account *account, int node)
{
	const struct run *run = account->run;
	CLEANUP(cleanup_free) char *versions = run_versions(run, (size_t)node);
	CLEANUP(cleanup_free) char *printable = text_printable_copy(versions);
	struct text text = {0};

	text_appendf(&text, "%s, %s; ", plan_role_name(run_node_view(run, (size_t)node).role),
		printable);
	if (run->probe)
		append_probe(&text, run);
	else
		text_append(&text, "no probe");
	return text_take(&text);
}
