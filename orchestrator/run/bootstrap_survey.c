/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the nodes before a first installation, and after it. */
#include "orchestrator/run/bootstrap_survey.h"

#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/run/serving_evidence.h"

enum { PAUSE_MS = 200 };

static const char *node_name(const struct run_context *run, size_t node)
{
	return run->nodes.cluster->nodes[node].name;
}

/* As engine and plan see it: what they would refuse is refused here, with the evidence. */
static bool serves(const struct run_context *run, size_t node, struct text *evidence)
{
	const struct node_view view = target_node_view(&run->target, node);

	if (!view_takes_part(&view))
		return false;
	if (evidence)
		serving_evidence_say(
			&run->nodes.items[node].facts, &run->nodes.cluster->floating_ips, evidence);
	return true;
}

static int refuse_serving(const struct run_context *run, const char *why, struct error *err)
{
	for (size_t i = 0; i < run->nodes.count; i++) {
		CLEANUP(cleanup_text) struct text evidence = {0};

		if (serves(run, i, &evidence))
			return error_set(err, EPERM,
				"%s serves already (%s)%s%s; bootstrap touches no node that serves: use `haupgrade upgrade` and `haupgrade propagate`",
				node_name(run, i), text_string(&evidence), *why ? ", and " : "",
				why);
	}
	return 0;
}

/* Exactly one node serves and every other could take over. */
static bool one_serves(const struct run_context *run, size_t *primary, struct error *err)
{
	size_t serving = 0;

	for (size_t i = 0; i < run->nodes.count; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_serves(&view)) {
			serving++;
			*primary = i;
		} else if (!view_can_take_over(&view)) {
			error_set(err, EAGAIN,
				"%s neither serves nor could take over: role %s, services %s",
				node_name(run, i), plan_role_name(view.role),
				view.services_active ? "active" : "not all active");
			return false;
		}
	}
	if (serving != 1)
		error_set(err, EAGAIN, "%zu nodes serve, exactly one must", serving);
	return serving == 1;
}

/* What of packages, files and start at boot is not as wanted; "" when all is. */
static int find_wants(const struct run_context *run, struct text *wants, struct error *err)
{
	int result = propagate_look(run->propagate, NULL, err);

	for (size_t n = 0; n < run->nodes.count && result == 0; n++)
		if (target_needs_upgrade(&run->target, n))
			text_appendf(wants, "%s%s has other packages than the bundle's",
				wants->length ? ", " : "", node_name(run, n));
	if (result == 0)
		propagate_wants(run->propagate, wants);
	return result;
}

/* When somebody serves already. */
static int look_at_serving(const struct run_context *run, bool start_intended,
	enum bootstrap_state *state, struct text *evidence, struct error *err)
{
	CLEANUP(cleanup_text) struct text wants = {0};
	CLEANUP(error_release) struct error unhealthy = {0};
	size_t primary = 0;
	int result = find_wants(run, &wants, err);

	if (result < 0)
		return result;
	if (wants.length)
		return refuse_serving(run, text_string(&wants), err);
	if (one_serves(run, &primary, &unhealthy)) {
		text_appendf(evidence,
			"a running cluster with the bundle's packages and these files: %s is primary",
			node_name(run, primary));
		*state = BOOTSTRAP_WANTED;
		return 0;
	}
	if (!start_intended)
		return refuse_serving(run, error_text(&unhealthy), err);
	*state = BOOTSTRAP_BEGUN;
	return 0;
}

int bootstrap_survey(struct run_context *run, bool start_intended, enum bootstrap_state *state,
	struct text *evidence, struct error *err)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	size_t running = 0, asked = 0;
	int result;

	nodes_ask_all(&run->nodes, PLAN_NO_NODE, errors);
	/* What an earlier run has started may be about to serve. */
	for (size_t i = 0; i < run->nodes.count; i++) {
		asked += run->nodes.items[i].facts.boot != NULL;
		running += serves(run, i, NULL) ||
			   (start_intended && facts_own_active(&run->nodes.items[i].facts));
	}
	*state = BOOTSTRAP_FRESH;
	if (!running)
		return 0;
	if (asked < run->nodes.count)
		return refuse_serving(run, "not every node answers", err);
	result = look_at_serving(run, start_intended, state, evidence, err);
	return result;
}

int bootstrap_survey_answer(const struct run_context *run, struct text *evidence, struct error *err)
{
	uint64_t deadline_ms = clock_monotonic_ms() + run->nodes.cluster->deadlines.services;
	uint64_t since_us = clock_monotonic_us();

	if (!run->probe) {
		text_append(evidence, "nobody asked: the cluster file has no probe");
		return 0;
	}
	while (!probe_answers(run->probe, since_us, NULL)) {
		if (*run->nodes.cancel)
			return error_set(err, ECANCELED, "interrupted by the operator");
		if (clock_monotonic_ms() >= deadline_ms)
			return error_set(err, ETIMEDOUT,
				"not done within its deadline: the floating IP does not answer from outside");
		clock_sleep_ms(PAUSE_MS);
	}
	text_append(evidence, "the floating IP answers from outside");
	return 0;
}
