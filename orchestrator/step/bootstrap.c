/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that a first installation alone has: the files come to all nodes, a node is started. */
#include <errno.h>

#include "orchestrator/node/start.h"
#include "orchestrator/step/step.h"

static void say_files(const struct propagate *propagate, struct text *evidence)
{
	text_appendf(evidence, "%zu files on every node, checked there, services start at boot",
		propagate->set->count);
}

/* Has somebody, this run's dead process perhaps, brought all of it there? */
static enum step_result look_at_files(
	struct propagate *propagate, struct text *evidence, struct error *err)
{
	CLEANUP(cleanup_text) struct text wants = {0};

	if (propagate_look(propagate, NULL, err) < 0)
		return STEP_RETRY;
	propagate_wants(propagate, &wants);
	if (wants.length) {
		error_set(err, EAGAIN, "%s", text_string(&wants));
		return STEP_WAIT;
	}
	say_files(propagate, evidence);
	return STEP_DONE;
}

enum step_result step_propagate(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct propagate *propagate = run->propagate;
	int result;

	(void)node;
	if (!may_act)
		return look_at_files(propagate, evidence, err);
	/* What it does on a node it does under this lease, or not at all. */
	propagate->token = run->lease ? lease_held_token(run->lease) : NULL;
	result = propagate_run(propagate, err);
	if (result < 0)
		return link_may_recover(result) ? STEP_RETRY : STEP_REFUSED;
	say_files(propagate, evidence);
	return STEP_DONE;
}

enum step_result step_start(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct step_node *state = &run->state.nodes[node];

	if (nodes_look(&run->nodes, node, err) < 0)
		return STEP_RETRY;
	if (may_act && !state->start_sent && !facts_own_active(&run->nodes.items[node].facts)) {
		int result = node_start(
			&run->nodes.items[node].link, run->nodes.cluster->deadlines.services, err);

		/* One that runs already may complain: whether they run decides. */
		if (result < 0 && result != -EREMOTEIO)
			return STEP_RETRY;
		state->start_sent = true;
	}
	return step_services(run, node, may_act, evidence, err);
}
