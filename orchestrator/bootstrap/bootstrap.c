/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bootstrap: from nodes with nothing but sshd and a package manager to a running cluster. */
#include "orchestrator/bootstrap/bootstrap.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/bootstrap/serving.h"
#include "orchestrator/keep/tidy.h"

/* Good answers from outside that are asked for before the end is believed. */
enum { GOOD_ANSWERS = 5, PAUSE_MS = 200 };

static const char *node_name(const struct bootstrap *bootstrap, size_t node)
{
	return bootstrap->run->nodes.cluster->nodes[node].name;
}

/* Whoever has the nodes now may be at work there: nothing is done, or waited for, any more. */
static int check_lease(const struct bootstrap *bootstrap, struct error *err)
{
	if (!run_lost_lease(bootstrap->run, err))
		return 0;
	error_prefix(err, "this run's lease on the nodes is lost");
	return -EPERM;
}

/* 0 to go on waiting; -ETIMEDOUT leaves err, which says what is missing. */
static int pause_until(const struct bootstrap *bootstrap, uint64_t deadline_ms, struct error *err)
{
	if (bootstrap->run->nodes.cancel && *bootstrap->run->nodes.cancel)
		return error_set(err, ECANCELED, "interrupted by the operator");
	if (clock_monotonic_ms() >= deadline_ms)
		return error_prefix(err, "not done within its deadline"), -ETIMEDOUT;
	clock_sleep_ms(PAUSE_MS);
	return check_lease(bootstrap, err);
}

/* Asks all nodes, packages included; all must answer. */
static int ask_all(struct bootstrap *bootstrap, struct error *err)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};

	nodes_ask_all(&bootstrap->run->nodes, PLAN_NO_NODE, errors);
	for (size_t i = 0; i < bootstrap->run->nodes.cluster->node_count; i++) {
		if (bootstrap->run->nodes.items[i].facts.boot)
			continue;
		return error_move(err, &errors[i]) ?: -EIO;
	}
	return 0;
}

static bool serves(const struct bootstrap *bootstrap, size_t node, struct text *evidence)
{
	return serving_is(&bootstrap->run->nodes.items[node].facts,
		&bootstrap->run->nodes.cluster->floating_ips, evidence);
}

static int refuse_serving(const struct bootstrap *bootstrap, const char *why, struct error *err)
{
	for (size_t i = 0; i < bootstrap->run->nodes.cluster->node_count; i++) {
		struct text evidence = {0};

		if (serves(bootstrap, i, &evidence)) {
			error_set(err, EPERM,
				"%s serves already (%s)%s%s; bootstrap touches no node that serves: use `haupgrade upgrade` and `haupgrade propagate`",
				node_name(bootstrap, i), text_string(&evidence),
				*why ? ", and " : "", why);
			text_clear(&evidence);
			return -EPERM;
		}
		text_clear(&evidence);
	}
	return 0;
}

/* Exactly one node serves and every other could take over. */
static bool one_serves(const struct bootstrap *bootstrap, size_t *primary, struct error *err)
{
	const struct run *run = bootstrap->run;
	size_t serving = 0;

	for (size_t i = 0; i < run->nodes.cluster->node_count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_serves(&view)) {
			serving++;
			*primary = i;
		} else if (!view_can_take_over(&view)) {
			error_set(err, EAGAIN,
				"%s neither serves nor could take over: role %s, services %s",
				node_name(bootstrap, i), plan_role_name(view.role),
				view.services_active ? "active" : "not all active");
			return false;
		}
	}
	if (serving != 1)
		error_set(err, EAGAIN, "%zu nodes serve, exactly one must", serving);
	return serving == 1;
}

/* What of packages, files and start at boot is not as wanted; "" when all is. */
static int find_wants(struct bootstrap *bootstrap, struct text *wants, struct error *err)
{
	struct propagate *propagate = bootstrap->propagate;
	int result = propagate_look(propagate, NULL, err);

	for (size_t n = 0; n < bootstrap->run->nodes.cluster->node_count && result == 0; n++) {
		const struct survey *survey = &propagate->surveys[n];

		if (target_needs_upgrade(&bootstrap->run->target, n))
			text_appendf(wants, "%s%s has other packages than the bundle's",
				wants->length ? ", " : "", node_name(bootstrap, n));
		for (size_t f = 0; f < propagate->set->count; f++)
			if (set_compare(propagate->set, f, n, &survey->files[f]) != SET_SAME)
				text_appendf(wants, "%s%s of %s is not as here",
					wants->length ? ", " : "",
					propagate->set->files[f].entry->target,
					node_name(bootstrap, n));
		for (size_t i = 0; i < survey->service_count; i++)
			if (!survey_is_enabled(&survey->services[i]))
				text_appendf(wants, "%s%s of %s does not start at boot",
					wants->length ? ", " : "", survey->services[i].name,
					node_name(bootstrap, n));
	}
	return result;
}

/* When somebody serves already. */
static int look_at_serving(struct bootstrap *bootstrap, enum bootstrap_state *state,
	struct text *evidence, struct error *err)
{
	CLEANUP(cleanup_text) struct text wants = {0};
	CLEANUP(error_release) struct error unhealthy = {0};
	size_t primary = 0;
	int result = find_wants(bootstrap, &wants, err);

	if (result < 0)
		return result;
	*state = BOOTSTRAP_FRESH;
	if (wants.length)
		return refuse_serving(bootstrap, text_string(&wants), err);
	if (one_serves(bootstrap, &primary, &unhealthy)) {
		text_appendf(evidence,
			"a running cluster with the bundle's packages and these files: %s is primary",
			node_name(bootstrap, primary));
		*state = BOOTSTRAP_WANTED;
		return 0;
	}
	if (!bootstrap->start_intended)
		return refuse_serving(bootstrap, error_text(&unhealthy), err);
	text_append(evidence, "this run has started services already; they are left alone");
	*state = BOOTSTRAP_BEGUN;
	return 0;
}

int bootstrap_look(struct bootstrap *bootstrap, enum bootstrap_state *state, struct text *evidence,
	struct error *err)
{
	CLEANUP(cleanup_checks) struct checks checks = {0};
	size_t i, count = bootstrap->run->nodes.cluster->node_count, running = 0;
	int result = ask_all(bootstrap, err);

	/* What this run has started may be about to serve. */
	for (i = 0; i < count && result == 0; i++)
		running += serves(bootstrap, i, NULL) ||
			   (bootstrap->start_intended &&
				   facts_own_active(&bootstrap->run->nodes.items[i].facts));
	*state = BOOTSTRAP_FRESH;
	if (running)
		result = look_at_serving(bootstrap, state, evidence, err);
	if (running && (result < 0 || *state != BOOTSTRAP_FRESH))
		return result;
	/* Tells of every node what stands in the way, reachability among it. */
	result = preflight(&bootstrap->run->target, NULL, &checks, err);
	bootstrap->listener->checks(bootstrap->listener->data, &checks);
	if (result < 0)
		return result;
	for (i = 0; i < count; i++)
		bootstrap->run->target.before[i] = nodes_versions(&bootstrap->run->nodes, i);
	text_appendf(
		evidence, "%zu nodes reached, none serves, the packages can be installed", count);
	*state = BOOTSTRAP_FRESH;
	return 0;
}

static int outcome(enum step_result result, const struct error *err)
{
	switch (result) {
	case STEP_DONE:
		return 0;
	case STEP_WAIT:
	case STEP_RETRY:
		return -EAGAIN;
	case STEP_REFUSED:
		break;
	}
	return -(err->number ? err->number : EPERM);
}

/* Runs a step of the upgrade until it is done, refused or late. */
static int repeat(struct bootstrap *bootstrap, step_act *act, int node, uint64_t deadline_ms,
	struct text *evidence, struct error *err)
{
	int result;

	for (;;) {
		result = outcome(act(bootstrap->run, node, true, evidence, err), err);
		if (result != -EAGAIN)
			return result;
		result = pause_until(bootstrap, deadline_ms, err);
		if (result < 0)
			return result;
	}
}

static int upload(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	return repeat(
		bootstrap, step_upload, PLAN_NO_NODE, clock_monotonic_ms() + 600000, evidence, err);
}

/* What was installed before may run, without serving. Asked again: minutes may have gone by. */
static int stop(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	int result = ask_all(bootstrap, err);

	if (result == 0)
		result = refuse_serving(bootstrap, "", err);
	for (size_t i = 0; i < bootstrap->run->nodes.cluster->node_count && result == 0; i++) {
		CLEANUP(cleanup_text) struct text words = {0};

		result = repeat(bootstrap, step_stop, (int)i,
			clock_monotonic_ms() + bootstrap->run->nodes.cluster->deadlines.stop,
			&words, err);
	}
	if (result == 0)
		text_append(evidence, "no service of the cluster is active on any node");
	return result;
}

/* The jobs run side by side; each look at one waits for some seconds at most. */
static int install(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	size_t count = bootstrap->run->nodes.cluster->node_count, done = 0;
	uint64_t deadline_ms =
		clock_monotonic_ms() + bootstrap->run->nodes.cluster->deadlines.install;
	bool is_done[CLUSTER_NODES_MAX] = {false};
	int result = 0;

	while (done < count) {
		for (size_t i = 0; i < count; i++) {
			CLEANUP(cleanup_text) struct text words = {0};

			if (is_done[i])
				continue;
			result = outcome(
				step_install(bootstrap->run, (int)i, true, &words, err), err);
			if (result < 0 && result != -EAGAIN)
				return result;
			is_done[i] = result == 0;
			done += is_done[i];
			if (is_done[i] && done == 1)
				text_append(evidence, text_string(&words));
		}
		if (done < count) {
			result = pause_until(bootstrap, deadline_ms, err);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

static int propagate(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	int result = propagate_run(bootstrap->propagate, err);

	if (result == 0)
		text_appendf(evidence,
			"%zu files on every node, checked there, services start at boot",
			bootstrap->propagate->set->count);
	return result;
}

static int start_node(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct bootstrap *bootstrap = data;
	const struct cluster *cluster = nodes->cluster;

	if (facts_own_active(&nodes->items[node].facts))
		return 0;
	if (check_lease(bootstrap, err) < 0)
		return -EPERM;
	bootstrap->started_us[node] = nodes->items[node].facts.now_us;
	return nodes_commands(nodes, (int)node, "start the services", &cluster->profile->start,
		cluster->deadlines.services, err);
}

static const char *first_inactive(const struct facts *facts)
{
	for (size_t i = 0; i < facts->service_count; i++)
		if (!facts->services[i].active)
			return facts->services[i].name;
	return "nothing";
}

/* All of the profile's and of the cluster file's services, on every node. */
static int start(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	uint64_t deadline_ms =
		clock_monotonic_ms() + bootstrap->run->nodes.cluster->deadlines.services;
	size_t count = bootstrap->run->nodes.cluster->node_count, i;
	int result = ask_all(bootstrap, err);

	if (result == 0)
		result = nodes_each(&bootstrap->run->nodes, start_node, bootstrap, NULL, err);
	while (result == 0) {
		result = ask_all(bootstrap, err);
		for (i = 0; i < count && result == 0; i++)
			if (!facts_services_active(&bootstrap->run->nodes.items[i].facts))
				break;
		if (result == 0 && i == count) {
			text_appendf(evidence, "active on all %zu nodes", count);
			return 0;
		}
		if (result == 0)
			error_set(err, EAGAIN, "%s: %s is not active", node_name(bootstrap, i),
				first_inactive(&bootstrap->run->nodes.items[i].facts));
		result = pause_until(bootstrap, deadline_ms, err);
	}
	return result;
}

/* Many logs know whole seconds only: a line of the second in which we started is not older. */
static bool written_since(uint64_t role_us, uint64_t started_us)
{
	if (role_us % 1000000 == 0)
		started_us -= started_us % 1000000;
	return role_us >= started_us;
}

/* A role from before the start proves nothing; one without a time is what is so now. */
static bool has_new_role(const struct bootstrap *bootstrap, size_t node, struct error *err)
{
	const struct facts *facts = &bootstrap->run->nodes.items[node].facts;

	if (facts->role != ROLE_UNKNOWN &&
		(!facts->role_us || written_since(facts->role_us, bootstrap->started_us[node])))
		return true;
	error_set(err, EAGAIN, "%s: no role line since its services were started in %s",
		node_name(bootstrap, node),
		facts_role_source(bootstrap->run->nodes.cluster->profile));
	return false;
}

static int roles(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	uint64_t deadline_ms = clock_monotonic_ms() + bootstrap->run->nodes.cluster->deadlines.role;
	size_t count = bootstrap->run->nodes.cluster->node_count, primary = 0, i;
	int result = 0;

	while (result == 0) {
		result = ask_all(bootstrap, err);
		for (i = 0; i < count && result == 0; i++)
			if (!has_new_role(bootstrap, i, err))
				break;
		if (result == 0 && i == count && one_serves(bootstrap, &primary, err)) {
			text_appendf(evidence, "%s is primary, %s backup since its start",
				node_name(bootstrap, primary),
				count == 2 ? node_name(bootstrap, 1 - primary)
					   : "every other node is");
			return 0;
		}
		result = pause_until(bootstrap, deadline_ms, err);
	}
	return result;
}

int bootstrap_answer(struct bootstrap *bootstrap, struct text *evidence, struct error *err)
{
	uint64_t deadline_ms =
		clock_monotonic_ms() + bootstrap->run->nodes.cluster->deadlines.services;
	uint64_t since_us = clock_monotonic_us();
	int result = 0;

	if (!bootstrap->run->probe) {
		text_append(evidence, "nobody asked: the cluster file has no probe");
		return 0;
	}
	while (probe_good_since(bootstrap->run->probe, since_us) < GOOD_ANSWERS && result == 0) {
		error_set(err, EAGAIN, "the floating IP does not answer from outside");
		result = pause_until(bootstrap, deadline_ms, err);
	}
	if (result == 0)
		text_append(evidence, "the floating IP answers from outside");
	return result;
}

static const struct {
	const char *name, *title;
	int (*act)(struct bootstrap *bootstrap, struct text *evidence, struct error *err);
	bool when_begun; /* also when some nodes serve by this run already */
} steps[BOOTSTRAP_STEP_COUNT] = {
	[BOOTSTRAP_LOOK] = {"look", "look at the nodes", NULL, true},
	[BOOTSTRAP_UPLOAD] = {"upload", "upload the packages", upload, false},
	[BOOTSTRAP_STOP] = {"stop", "stop the services", stop, false},
	[BOOTSTRAP_INSTALL] = {"install", "install the packages", install, false},
	[BOOTSTRAP_PROPAGATE] = {"propagate", "propagate the files", propagate, false},
	[BOOTSTRAP_START] = {"start", "start the services", start, true},
	[BOOTSTRAP_ROLES] = {"roles", "one primary, the others backup", roles, true},
	[BOOTSTRAP_ANSWER] = {"answer", "ask the floating IP", bootstrap_answer, true},
};

const char *bootstrap_step_name(enum bootstrap_step step)
{
	return steps[step].name;
}

const char *bootstrap_step_title(enum bootstrap_step step)
{
	return steps[step].title;
}

static int record(const struct bootstrap *bootstrap, enum bootstrap_step step,
	enum journal_kind kind, const char *detail, struct error *err)
{
	const struct journal_event event = {
		.step = step,
		.name = steps[step].name,
		.kind = kind,
		.detail = detail,
	};

	return journal_step_event(bootstrap->journal, bootstrap->run_id, &event, err);
}

static int run_step(struct bootstrap *bootstrap, enum bootstrap_step step, struct error *err)
{
	const struct bootstrap_listener *listener = bootstrap->listener;
	CLEANUP(cleanup_text) struct text evidence = {0};
	uint64_t began_ms = clock_monotonic_ms();
	CLEANUP(error_release) struct error ignored = {0};
	int result;

	listener->began(listener->data, step);
	result = check_lease(bootstrap, err);
	if (result == 0)
		result = record(bootstrap, step, JOURNAL_INTENDED, "", err);
	if (result == 0)
		result = steps[step].act(bootstrap, &evidence, err);
	if (result == 0)
		result = record(bootstrap, step, JOURNAL_STEP_DONE, text_string(&evidence), err);
	if (result < 0) {
		record(bootstrap, step, JOURNAL_STEP_FAILED, error_text(err), &ignored);
		listener->stopped(
			listener->data, step, clock_monotonic_ms() - began_ms, error_text(err));
		return result;
	}
	listener->done(
		listener->data, step, clock_monotonic_ms() - began_ms, text_string(&evidence));
	return 0;
}

int bootstrap_run(struct bootstrap *bootstrap, enum bootstrap_state state, struct error *err)
{
	CLEANUP(error_release) struct error ignored = {0};
	int result = 0;

	for (int step = BOOTSTRAP_UPLOAD; step < BOOTSTRAP_STEP_COUNT && result == 0; step++)
		if (state == BOOTSTRAP_FRESH || steps[step].when_begun)
			result = run_step(bootstrap, (enum bootstrap_step)step, err);
	if (result == 0)
		free(tidy_nodes(&bootstrap->run->target, bootstrap->run->job));
	if (result == 0)
		result = journal_run_state(
			bootstrap->journal, bootstrap->run_id, JOURNAL_DONE, NULL, err);
	else
		journal_run_state(bootstrap->journal, bootstrap->run_id, JOURNAL_STOPPED,
			error_text(err), &ignored);
	return result;
}
