/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a stop: who serves, and how does one go on or back? */
#include "orchestrator/run/advice.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/packager.h"

static const char *node_name(const struct run_context *run, size_t node)
{
	return run->nodes.cluster->nodes[node].name;
}

static int serving_node(const struct run_context *run)
{
	size_t i;

	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_serves(&view))
			return (int)i;
	}
	return PLAN_NO_NODE;
}

/* Some of its services may run: to hand over may have meant to stop but one. */
static bool is_stopped(const struct run_context *run, size_t node)
{
	return run->nodes.items[node].facts.boot &&
	       !facts_own_active(&run->nodes.items[node].facts);
}

static bool is_installing(struct run_context *run, size_t node)
{
	return installation_await(&run->nodes.items[node].link, run->job, NULL, NULL) == -EBUSY;
}

static void say_words(struct text *text, const struct word_list *argv)
{
	size_t i;

	for (i = 0; i < argv->count; i++)
		text_appendf(text, " %s", argv->items[i]);
}

static void say_commands(struct text *text, const struct profile_commands *commands)
{
	size_t i;

	for (i = 0; i < commands->count; i++) {
		if (i)
			text_append(text, ";");
		say_words(text, &commands->items[i]);
	}
}

/* The probe has ended by now; its last answers tell of the moment before. */
static bool was_answered(const struct run_context *run)
{
	enum { RECENT_US = 30000000 };
	struct tally_summary summary = {0};

	if (!run->probe)
		return false;
	probe_snapshot(run->probe, &summary);
	return summary.last_good_us > summary.last_error_us &&
	       clock_monotonic_us() - summary.last_good_us < RECENT_US;
}

/* The only one that cannot be asked, or PLAN_NO_NODE. */
static int only_unreachable(const struct run_context *run)
{
	int found = PLAN_NO_NODE;

	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		if (run->nodes.items[i].facts.boot)
			continue;
		if (found != PLAN_NO_NODE)
			return PLAN_NO_NODE;
		found = (int)i;
	}
	return found;
}

static void say_nobody_serves(const struct run_context *run, struct text *text)
{
	int away = only_unreachable(run);

	if (away != PLAN_NO_NODE && was_answered(run))
		text_appendf(text,
			"The floating IP was answered to the end, and by none of the nodes that can be asked: most likely %s serves.\n",
			node_name(run, (size_t)away));
	else
		text_append(text,
			"No node was seen serving: look at the cluster first (haupgrade status).\n");
}

/* False when nobody does. */
static bool say_who_serves(const struct run_context *run, struct text *text)
{
	int serving = serving_node(run);

	if (serving == PLAN_NO_NODE)
		return false;
	text_appendf(text, "%s serves (primary, holds the floating IP).\n",
		node_name(run, (size_t)serving));
	return true;
}

static void say_installation(struct run_context *run, size_t node, struct text *text)
{
	if (is_installing(run, node))
		text_appendf(text,
			"The installation on %s is still running: /var/lib/haupgrade/jobs/%s-install/output there.\n",
			node_name(run, node), run->job);
}

static void say_how_it_stands(struct run_context *run, struct text *text)
{
	size_t i;

	if (!say_who_serves(run, text))
		say_nobody_serves(run, text);
	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		if (!run->nodes.items[i].facts.boot)
			text_appendf(text, "%s cannot be reached.\n", node_name(run, i));
		if (!is_stopped(run, i))
			continue;
		say_installation(run, i, text);
		text_appendf(text,
			"%s could not take over now: %s. Without resuming, start them there with:\n ",
			node_name(run, i),
			facts_own_stopped(&run->nodes.items[i].facts)
				? "its services are stopped"
				: "not all of its services run");
		say_commands(text, &run->nodes.cluster->profile->start);
		text_append(text, "\n");
	}
}

/* Is the first word of one list anywhere in the other? */
static bool has_word(const char *words, const char *word)
{
	size_t length = strcspn(word, " ");

	for (; *words; words += strcspn(words, " "), words += strspn(words, " ")) {
		if (strcspn(words, " ") == length && strncmp(words, word, length) == 0)
			return true;
	}
	return false;
}

static void say_way_back(const struct run_context *run, size_t node, struct text *text)
{
	const struct packager *packager = packager_of(run->nodes.cluster->profile);
	const struct node_view view = target_node_view(&run->target, node);
	const char *word = run->target.before[node];
	CLEANUP(cleanup_free) char *now = nodes_versions(&run->nodes, node);
	size_t i;

	text_appendf(text, "To go back on %s, with its previous packages in a folder there",
		node_name(run, node));
	if (view.holds_floating_ip) {
		text_append(text, ": first fail over, for it holds the floating IP:\n ");
		say_words(text, &run->nodes.cluster->profile->failover);
		text_append(text, "\n  then");
	} else {
		text_append(text, ":\n ");
	}
	for (i = 0; packager->back[i]; i++)
		text_appendf(text, " %s", packager->back[i]);
	for (; *word; word += strcspn(word, " "), word += strspn(word, " ")) {
		CLEANUP(cleanup_free) char *file = NULL;

		/* Nobody should have to look for packages that are there as they were. */
		if (has_word(now, word))
			continue;
		file = packager_file(packager, word, strcspn(word, " "));
		text_appendf(text, " %s", file);
	}
	text_append(text, "\n ");
	say_words(text, &run->nodes.cluster->profile->reboot);
	text_append(text, "\n");
}

/* Would a rollback be refused as things stand? Then why, else NULL. */
static const char *why_no_rollback(const struct run_context *run)
{
	bool held = false, broken = false;

	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (!view.reachable)
			return "once every node can be reached";
		held |= view.holds_floating_ip;
		broken |= !view.services_active;
	}
	return target_is_served(&run->target) || (broken && !held)
		       ? NULL
		       : "once a node serves, or the services of one are stopped and none holds a floating IP";
}

static void say_rollback(const struct run_context *run, const char *run_name, struct text *words)
{
	const char *not_yet = why_no_rollback(run);

	text_appendf(words, "To go back%s%s:  haupgrade rollback %s\n", not_yet ? ", " : "",
		not_yet ?: "", run_name);
}

/* Of a first installation: what is not there cannot be started, nor gone back to. */
static void say_fresh(struct run_context *run, const struct advice *advice, struct text *words)
{
	say_who_serves(run, words);
	for (size_t i = 0; i < run->nodes.count; i++) {
		if (!run->nodes.items[i].facts.boot)
			text_appendf(words, "%s cannot be reached.\n", node_name(run, i));
		else if (is_stopped(run, i))
			say_installation(run, i, words);
	}
	switch (advice->end) {
	case ADVICE_STOPPED:
		text_appendf(words,
			"Mend the cause, then run the same bootstrap again: it looks first and goes on. Or:  haupgrade resume %s\n",
			advice->run_name);
		return;
	case ADVICE_ABORTED:
		text_append(words,
			"An aborted run is not resumed. To go forward:  haupgrade bootstrap\n");
		return;
	}
}

void advice_say(struct run_context *run, const struct advice *advice, struct text *words)
{
	bool told = false;
	size_t i;

	if (run->target.kind == PLAN_BOOTSTRAP) {
		say_fresh(run, advice, words);
		return;
	}
	say_how_it_stands(run, words);
	switch (advice->end) {
	case ADVICE_STOPPED:
		text_appendf(words, "To go on once the cause is mended:  haupgrade resume %s\n",
			advice->run_name);
		break;
	case ADVICE_ABORTED:
		text_append(words,
			"An aborted run is not resumed. To go forward:  haupgrade upgrade\n");
		break;
	}
	/* A rollback that stopped is on its way back. */
	for (i = 0; i < run->nodes.cluster->node_count && run->target.kind != PLAN_ROLLBACK; i++) {
		if (!target_was_changed(&run->target, i))
			continue;
		if (advice->way_back && !told)
			say_rollback(run, advice->run_name, words);
		told = true;
		if (!advice->way_back || why_no_rollback(run))
			say_way_back(run, i, words);
	}
}

int advice_nothing_to_abort(const struct journal_record *record, struct error *err)
{
	switch (record->kind) {
	case PLAN_BOOTSTRAP:
		return error_set(err, EINVAL,
			"run %" PRId64
			" is done: there is nothing to abort, and nothing was there before it to go back to",
			record->run_id);
	case PLAN_ROLLBACK:
		return error_set(err, EINVAL,
			"run %" PRId64
			" is done: there is nothing to abort; `haupgrade upgrade` would go forward again",
			record->run_id);
	case PLAN_UPGRADE:
	case PLAN_KIND_COUNT:
		break;
	}
	return error_set(err, EINVAL,
		"run %" PRId64 " is done: there is nothing to abort; `haupgrade rollback %" PRId64
		"` would take it back",
		record->run_id, record->run_id);
}

int advice_left_stopped(
	const struct journal_record *record, size_t stopped, size_t nodes, struct error *err)
{
	return error_set(err, EAGAIN,
		"run %" PRId64
		" is aborted, but the services that it had stopped do not run on %zu of %zu nodes (named above): start them there, or go back with `haupgrade rollback %" PRId64
		"`",
		record->run_id, stopped, nodes,
		record->kind == PLAN_ROLLBACK ? record->of_run : record->run_id);
}
