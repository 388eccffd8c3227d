/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pause points: after which steps of a plan a run stops until it is told to go on. */
#include "orchestrator/gate/pause.h"

#include <errno.h>
#include <string.h>

/* The node's index, or PLAN_NO_NODE. */
static int find_node(const struct cluster *cluster, const char *name, size_t length)
{
	for (size_t i = 0; i < cluster->node_count; i++) {
		if (strlen(cluster->nodes[i].name) == length &&
			memcmp(cluster->nodes[i].name, name, length) == 0)
			return (int)i;
	}
	return PLAN_NO_NODE;
}

/* All steps of the kind, of that node unless PLAN_NO_NODE; how many. */
static size_t add_steps(
	struct pause_set *set, const struct plan *plan, enum step_kind kind, int node)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (plan->steps[i].kind != kind ||
			(node != PLAN_NO_NODE && plan->steps[i].node != node))
			continue;
		set->after[i] = true;
		count++;
	}
	return count;
}

static size_t add_last(struct pause_set *set, const struct plan *plan, int node)
{
	for (size_t i = plan->count; i-- > 0;) {
		if (plan->steps[i].node == node) {
			set->after[i] = true;
			return 1;
		}
	}
	return 0;
}

int pause_add(struct pause_set *set, const char *words, const struct cluster *cluster,
	const struct plan *plan, struct error *err)
{
	const char *colon = strrchr(words, ':');
	enum step_kind kind = plan_step_kind(colon ? colon + 1 : words);
	int node = find_node(cluster, words, colon ? (size_t)(colon - words) : strlen(words));
	size_t found;

	if (kind == STEP_STOP)
		return error_set(err, EINVAL,
			"pause after \"%.100s\": a run that stops there starts the services again; pause after the step before it, or after install",
			words);
	if (kind == STEP_FINAL)
		return error_set(
			err, EINVAL, "pause after \"%.100s\": the run is at its end then", words);
	if (colon ? node == PLAN_NO_NODE || kind == STEP_KIND_COUNT
		  : node == PLAN_NO_NODE && kind == STEP_KIND_COUNT)
		return error_set(err, EINVAL,
			"pause after \"%.100s\": neither a step (haupgrade(8) lists them), nor a node of cluster %s, nor NODE:STEP",
			words, cluster->name);
	/* A node may be called "install": then it is the node. */
	if (!colon && node != PLAN_NO_NODE)
		found = add_last(set, plan, node);
	else
		found = add_steps(set, plan, kind, node);
	if (!found)
		return error_set(err, ENOENT,
			"pause after \"%.100s\": this run has no such step; `haupgrade plan` shows them",
			words);
	return 0;
}
