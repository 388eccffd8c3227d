/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a state in words. */
#include "tests/sim/trace.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const words[SIM_EVENT_COUNT] = {
	[SIM_BEGIN] = "the run begins",
	[SIM_POWER_CUT] = "loses power",
	[SIM_POWER_BACK] = "has power again and boots",
	[SIM_POWER_BACK_BAD] = "has power again and boots, its services do not start",
	[SIM_LINK_CUT] = "cannot be reached any more",
	[SIM_LINK_BACK] = "can be reached again",
	[SIM_SERVICES_DIE] = "its services die",
	[SIM_SERVICES_START] = "somebody starts its services",
	[SIM_ROLES_MOVE] = "takes over by itself",
	[SIM_PREVIOUS_PACKAGES] = "somebody puts its previous packages back",
	[SIM_JOB_HALF] = "the installation ends half done",
	[SIM_BOOTED] = "has booted",
	[SIM_BOOTED_BAD] = "has booted, its services do not start",
	[SIM_AGREED] = "takes its role or the floating IP as the cluster software wants it",
	[SIM_JOB_ENDED] = "the installation ends",
	[SIM_KILLED] = "haupgrade is killed",
	[SIM_INTERRUPT] = "the operator presses ^C",
	[SIM_ABORT] = "the operator asks for an abort",
	[SIM_LEASE_LOST] = "the lease is lost",
	[SIM_BUDGET_GONE] = "the clients' budget is used up",
	[SIM_RESUME] = "haupgrade resume",
	[SIM_ROLLBACK] = "haupgrade rollback",
	[SIM_UPGRADE] = "haupgrade upgrade, anew",
	[SIM_BOOTSTRAP] = "haupgrade bootstrap, anew",
	[SIM_ABORT_DEAD] = "haupgrade abort, of a run that nobody works on",
	[SIM_FILES_CHANGED] = "somebody changes the configuration files here",
	[SIM_STEP_DONE] = "is done: the evidence is there",
	[SIM_STEP_WAIT] = "waits for its evidence",
	[SIM_STEP_RETRY] = "meets trouble that may go away",
	[SIM_STEP_REFUSED] = "is refused",
	[SIM_ACT_LOST] = "took effect, but its answer is lost",
	[SIM_ACT_LIE] = "says yes, without effect",
	[SIM_ACT_HALF] = "ends half done",
	[SIM_GATE_GO] = "may begin",
	[SIM_GATE_WAIT] = "is made to wait by a gate",
	[SIM_GATE_HOLD] = "is held by a gate",
	[SIM_LOOKED] = "the cluster is looked at",
	[SIM_INTENDED] = "its intent is journaled",
	[SIM_CONFIRMED] = "\"done\" is journaled",
	[SIM_JOURNAL_BROKEN] = "the journal cannot be written",
	[SIM_PAUSED] = "a pause",
	[SIM_PAUSED_GRACE] = "a long pause",
	[SIM_PAUSED_DEADLINE] = "a pause until the deadline is over",
	[SIM_UNDONE] = "is undone: the services are started again",
	[SIM_WROTE_STOP] = "the failure or refusal is journaled",
	[SIM_ENDED] = "the run's end is journaled, haupgrade ends",
	[SIM_RESCUED] = "the run's end is journaled, nobody serves, what is stopped is started",
	[SIM_RESCUED_LATE] = "the same, and an installation was waited for before",
};

static void say_node(const struct sim_node *node, size_t index)
{
	static const char *const powers[] = {"", " booting", " without power"};
	static const char *const packages[] = {"old", "new", "half-installed"};
	static const char *const services[] = {"stopped", "runs", "partly stopped"};

	printf("  node%zu:%s", index + 1, powers[node->power]);
	if (node->power == POWER_ON)
		printf(" %s, %s%s", services[node->services], plan_role_name((enum role)node->role),
			node->holds ? ", holds the IP" : "");
	printf(", %s", packages[node->packages]);
	if (node->running != node->packages)
		printf(" (booted with %s)", packages[node->running]);
	printf("%s%s\n", node->cut_off ? ", not reachable" : "", node->job ? ", installing" : "");
}

static void say_event(const struct sim_state *before, enum sim_event event, int node)
{
	const struct plan *plan = sim_plan(before->plan);

	if (node != PLAN_NO_NODE) {
		printf("node%d %s\n", node + 1, words[event]);
	} else if (event < SIM_STEP_DONE || before->step >= plan->count) {
		printf("%s\n", words[event]);
	} else {
		const struct step *step = &plan->steps[before->step];

		printf("%s", plan_step_name(step->kind));
		if (step->node != PLAN_NO_NODE)
			printf(" on node%d", step->node + 1);
		printf(" [%s]: %s\n", engine_state_name((enum engine_state)before->engine),
			words[event]);
	}
}

void trace_print(const struct store *store, size_t node_count, uint32_t number,
	const struct store_origin *last)
{
	uint32_t *way = calloc(store_count(store) + 1UL, sizeof(*way));
	struct sim_state before, state;
	size_t count = 0, i;
	struct sim_key key;

	if (!way)
		return;
	for (way[count++] = number; store_origin(store, way[count - 1]).parent != way[count - 1];
		count++)
		way[count] = store_origin(store, way[count - 1]).parent;
	for (i = count; i-- > 0;) {
		struct store_origin origin = store_origin(store, way[i]);

		key = store_key(store, origin.parent);
		sim_unpack(&key, &before);
		printf("%4zu  ", count - i);
		say_event(&before, (enum sim_event)origin.event, origin.node);
	}
	key = store_key(store, number);
	sim_unpack(&key, &state);
	if (last) {
		printf("%4zu  ", count + 1);
		say_event(&state, (enum sim_event)last->event, last->node);
		puts("before that:");
	}
	for (i = 0; i < node_count; i++)
		say_node(&state.nodes[i], i);
	free(way);
}
