/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of a plan: what its steps share. */
#include "orchestrator/step/run.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/step/watch.h"

void run_init(struct run *run, const struct cluster *cluster, struct bundle *bundle,
	const volatile sig_atomic_t *cancel)
{
	size_t i;

	*run = (struct run){.cluster = cluster,
		.node_count = cluster->node_count,
		.bundle = bundle,
		.access = access_new(cluster),
		.cancel = cancel};
	run->nodes = vector_resize(NULL, cluster->node_count, sizeof(*run->nodes));
	memset(run->nodes, 0, cluster->node_count * sizeof(*run->nodes));
	for (i = 0; i < cluster->node_count; i++)
		link_init(&run->nodes[i].link, cluster, i, run->access, cancel);
}

void run_clear(struct run *run)
{
	size_t i;

	for (i = 0; run->nodes && i < run->node_count; i++) {
		link_clear(&run->nodes[i].link);
		facts_clear(&run->nodes[i].facts);
		free(run->nodes[i].versions);
		free(run->nodes[i].goal);
	}
	free(run->nodes);
	access_free(run->access);
	bundle_free(run->bundle);
	bundle_free(run->previous);
	*run = (struct run){0};
}

struct thread_task {
	struct run *run;
	run_act *act;
	void *data;
	size_t node;
	int result;
	struct error error;
	pthread_t thread;
	bool started;
};

static void *thread_main(void *data)
{
	struct thread_task *task = data;

	task->result = task->act(task->run, task->node, task->data, &task->error);
	return NULL;
}

int run_each_node(
	struct run *run, run_act *act, void *data, struct error *errors, struct error *err)
{
	size_t count = run->cluster->node_count, i;
	CLEANUP(cleanup_free) struct thread_task *tasks = calloc(count, sizeof(*tasks));
	int result = 0;

	if (!tasks)
		return error_set(err, ENOMEM, "out of memory");
	for (i = 0; i < count; i++) {
		tasks[i] = (struct thread_task){.run = run, .act = act, .data = data, .node = i};
		tasks[i].started = thread_start(&tasks[i].thread, thread_main, &tasks[i]) == 0;
		/* Without a thread to spare it takes longer, that is all. */
		if (!tasks[i].started)
			thread_main(&tasks[i]);
	}
	for (i = 0; i < count; i++) {
		if (tasks[i].started)
			pthread_join(tasks[i].thread, NULL);
		if (errors)
			error_copy(&errors[i], &tasks[i].error);
		if (tasks[i].result < 0 && result == 0) {
			result = tasks[i].result;
			error_move(err, &tasks[i].error);
		}
		error_release(&tasks[i].error);
	}
	return result;
}

int run_ask(struct run *run, int node, bool with_packages, struct error *err)
{
	struct facts facts = {0};
	int result = link_facts(&run->nodes[node].link, with_packages, &facts, err);

	if (result < 0)
		return result;
	facts_clear(&run->nodes[node].facts);
	run->nodes[node].facts = facts;
	run->nodes[node].looked_us = 0;
	return 0;
}

int run_look(struct run *run, int node, struct error *err)
{
	struct run_node *state = &run->nodes[node];
	const uint64_t looked_us = state->looked_us;

	state->looked_us = 0;
	if (looked_us && clock_monotonic_us() - looked_us < RUN_FRESH_MS * 1000)
		return 0;
	return run_ask(run, node, true, err);
}

/*
 * Who did not answer the last time is knocked at first: while a dead node is waited for as long as
 * a login may take, nothing is done for those who live.
 */
static int ask(struct run *run, size_t node, void *data, struct error *err)
{
	enum { KNOCK_MS = 3000 };
	struct run_node *state = &run->nodes[node];
	const int *skip = data;
	const uint64_t now_us = clock_monotonic_us();
	int result = 0;

	facts_clear(&state->facts);
	state->looked_us = 0;
	if ((int)node == *skip)
		return 0;
	if (state->silent && !state->link.session)
		result = link_dial(&state->link, KNOCK_MS, err);
	if (result == 0)
		result = run_ask(run, (int)node, true, err);
	state->silent = result < 0;
	if (result == 0)
		state->looked_us = now_us;
	return result;
}

void run_ask_all(struct run *run, int skip, struct error *errors)
{
	run_each_node(run, ask, &skip, errors, NULL);
}

struct node_view run_node_view(const struct run *run, size_t node)
{
	const struct facts *facts = &run->nodes[node].facts;
	size_t held = facts_count_addresses(facts, &run->cluster->floating_ips);

	return (struct node_view){
		.name = run->cluster->nodes[node].name,
		.reachable = facts->boot != NULL,
		.services_active = facts_services_active(facts),
		.services_stopped = facts->boot != NULL && facts_own_stopped(facts),
		.upgraded = facts->package_count > 0 && !run_needs_upgrade(run, node),
		.unbooted = facts->unbooted,
		.holds_floating_ip = held > 0,
		.holds_all = held > 0 && held == run->cluster->floating_ips.count,
		.role = facts->role,
	};
}

bool run_is_served(const struct run *run)
{
	for (size_t i = 0; i < run->node_count; i++) {
		const struct node_view view = run_node_view(run, i);

		if (view_serves(&view))
			return true;
	}
	return false;
}

enum role run_role(const struct run *run, size_t node)
{
	const struct node_view view = run_node_view(run, node);

	return run->back ? view_role(&view) : view.role;
}

const char *run_role_source(const struct cluster *cluster)
{
	const struct profile *profile = cluster->profile;

	return profile->role_log ?: profile->role_command.items[0];
}

/* Longer than a few requests at the probe's rate, and a second. */
static uint64_t silence_ms(const struct run *run)
{
	uint32_t rate = run->cluster->probe.rate ?: 1;

	return 1000 + 3000 / rate;
}

/* How long ago the probe's thread was let run. */
static bool is_starved(const struct run *run, const struct tally_summary *summary)
{
	uint64_t now_us = clock_monotonic_us();

	return now_us > summary->looked_us &&
	       (now_us - summary->looked_us) / 1000 > silence_ms(run);
}

/* A thread that this machine does not let run comes to its turn soon, as a rule. */
static void view_probe(const struct run *run, struct cluster_view *view)
{
	enum { PATIENCE_MS = 10000, LOOK_MS = 20 };
	struct tally_summary summary;
	uint64_t waited_ms = 0;

	if (!run->probe)
		return;
	probe_snapshot(run->probe, &summary);
	while (is_starved(run, &summary) && waited_ms < PATIENCE_MS && !*run->cancel) {
		clock_sleep_ms(LOOK_MS);
		waited_ms += LOOK_MS;
		probe_snapshot(run->probe, &summary);
	}
	view->probe_starved = is_starved(run, &summary);
	view->probe_silent = !view->probe_starved && summary.present_gap_ms > silence_ms(run);
	view->probe_answered = !view->probe_starved && !view->probe_silent;
	view->probe_failed = summary.failed;
	view->longest_gap_ms = summary.longest_gap_ms;
	watch_view(run->watch, &summary, view);
}

bool run_lost_lease(const struct run *run, struct error *err)
{
	int result = run->lease_check ? run->lease_check(run->lease, err) : 0;

	/* Nobody knows is lost as well, unless nobody can be reached to do harm to. */
	for (size_t i = 0; result == -EAGAIN && i < run->node_count; i++) {
		if (run->nodes[i].facts.boot)
			return true;
	}
	return result < 0 && result != -EAGAIN;
}

void run_nodes_view(const struct run *run, struct cluster_view *view)
{
	*view = (struct cluster_view){.node_count = run->cluster->node_count};
	for (size_t i = 0; i < view->node_count; i++)
		view->nodes[i] = run_node_view(run, i);
}

void run_view(struct run *run, struct cluster_view *view)
{
	CLEANUP(error_release) struct error ignored = {0};

	run_nodes_view(run, view);
	view->going_back = run->back;
	view->lease_lost = run_lost_lease(run, &ignored);
	view->probe_budget = run->unserved ? UINT64_MAX : run->cluster->probe.budget;
	view->gap_budget_ms = run->unserved ? 0 : run->cluster->probe.gap_budget_ms;
	view->held_budget = run->unserved ? UINT64_MAX : run->cluster->probe.held_budget;
	view_probe(run, view);
}

const struct facts_package *run_installed(const struct run *run, size_t node, const char *name)
{
	const struct facts *facts = &run->nodes[node].facts;
	size_t i;

	for (i = 0; i < facts->package_count; i++) {
		if (strcmp(facts->packages[i].name, name) == 0)
			return &facts->packages[i];
	}
	return NULL;
}

/*
 * Compares every installed instance: after an interrupted transaction there can be two. One that is
 * not whole is taken for an older one.
 */
static bool installed_any(const struct run *run, size_t node, const struct bundle_package *package,
	bool (*wanted)(int comparison))
{
	const struct facts *facts = &run->nodes[node].facts;
	size_t i;

	for (i = 0; i < facts->package_count; i++) {
		const struct facts_package *there = &facts->packages[i];

		if (strcmp(there->name, package->package.name) != 0)
			continue;
		if (there->state[0] || wanted(package_compare_evr(package->package.format,
					       package->package.evr, there->evr)))
			return true;
	}
	return false;
}

static bool is_newer(int comparison)
{
	return comparison > 0;
}

static bool is_other(int comparison)
{
	return comparison != 0;
}

/* Is a package of that name among these? */
static bool lists_package(const struct run *run, const char *word, const char *name)
{
	const struct packager *packager = packager_of(run->cluster->profile);

	while (word && *word) {
		size_t length = strcspn(word, " ");

		if (packager_label_has(packager, word, length, name))
			return true;
		word += length;
		word += strspn(word, " ");
	}
	return false;
}

/*
 * A package that was there before the run and is not any more: a transaction went wrong. In a first
 * installation none was there, and all must be.
 */
static bool is_lost(const struct run *run, size_t node, const struct bundle_package *package)
{
	const char *name = package->package.name;

	return (run->fresh || lists_package(run, run->nodes[node].versions, name) ||
		       lists_package(run, run->nodes[node].goal, name)) &&
	       !run_installed(run, node, name);
}

bool run_wants(const struct run *run, size_t node, const struct bundle_package *package)
{
	return installed_any(run, node, package, run->back ? is_other : is_newer) ||
	       is_lost(run, node, package);
}

bool run_needs_upgrade(const struct run *run, size_t node)
{
	size_t i;

	for (i = 0; run->bundle && i < run->bundle->package_count; i++) {
		const struct bundle_package *package = &run->bundle->packages[i];

		if (installed_any(run, node, package, is_other) || is_lost(run, node, package))
			return true;
	}
	return false;
}

char *run_versions(const struct run *run, size_t node)
{
	const struct packager *packager = packager_of(run->cluster->profile);
	const struct facts *facts = &run->nodes[node].facts;
	struct text text = {0};
	size_t i;

	for (i = 0; i < facts->package_count; i++) {
		const struct facts_package *package = &facts->packages[i];
		CLEANUP(cleanup_free)
		char *label = packager_label(packager, package->name, package->evr, package->arch);

		text_appendf(&text, "%s%s", i ? " " : "", label);
		if (package->state[0])
			text_appendf(&text, "(%s)", package->state);
	}
	return text_take(&text);
}

bool run_was_changed(const struct run *run, size_t node)
{
	CLEANUP(cleanup_free) char *now = NULL;

	if (!run->nodes[node].versions || !run->nodes[node].versions[0] ||
		!run->nodes[node].facts.package_count)
		return false;
	now = run_versions(run, node);
	return strcmp(now, run->nodes[node].versions) != 0;
}

void run_note_start(struct run *run, int node, const char *why)
{
	json_t *object =
		json_pack("{s:s, s:s}", "node", run->cluster->nodes[node].name, "text", why);
	CLEANUP(cleanup_free) char *words = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (run->note && words)
		run->note(run->note_data, NOTE_START, words);
}

int run_commands(struct run *run, int node, const char *what,
	const struct profile_commands *commands, uint64_t deadline_ms, struct error *err)
{
	CLEANUP(error_release) struct error ignored = {0};
	int result = 0, status = 0;
	size_t i;

	/* An init script may complain that there is nothing to stop: the next one may have. */
	for (i = 0; i < commands->count && (status == 0 || status == -EREMOTEIO); i++) {
		status = link_words(&run->nodes[node].link, what, &commands->items[i], deadline_ms,
			result ? &ignored : err);
		if (result == 0)
			result = status;
	}
	return result;
}
