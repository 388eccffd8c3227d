/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node is told to reboot, seen down, and seen back with a new boot identity. */
#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/step/step.h"

/* One knock at the node's door, and how long the reboot command may take to be accepted. */
enum { DOWN_DIAL_MS = 1000, REBOOT_COMMAND_DEADLINE_MS = 15000 };

/* What a look at a node that reboots finds. */
enum sight {
	SIGHT_DOWN,  /* nobody accepts connections there */
	SIGHT_VAGUE, /* somebody does, but does not answer as it should (yet); err says how */
	SIGHT_UP,    /* fresh facts */
};

static enum sight look(struct run_context *run, int node, uint64_t dial_ms, struct error *err)
{
	struct link *link = &run->nodes.items[node].link;
	int result;

	/* Only a new connection tells: an old one can stay open to a machine that is gone. */
	link_close(link);
	result = link_dial(link, dial_ms, err);
	if (result < 0)
		return session_is_unreachable(result) ? SIGHT_DOWN : SIGHT_VAGUE;
	return nodes_ask(&run->nodes, node, false, err) < 0 ? SIGHT_VAGUE : SIGHT_UP;
}

static bool rebooted(const struct run_context *run, int node)
{
	return strcmp(run->nodes.items[node].facts.boot, run->state.nodes[node].boot_before) != 0;
}

static enum step_result seen_down(struct run_context *run, int node, struct text *evidence)
{
	/* What was known of it is history now. */
	facts_clear(&run->nodes.items[node].facts);
	text_appendf(
		evidence, "no longer answers, boot=%s before", run->state.nodes[node].boot_before);
	return STEP_DONE;
}

/* STEP_DONE when the command was taken, or the connection broke in the course of it. */
static enum step_result send_reboot(struct run_context *run, int node, struct error *err)
{
	struct step_node *state = &run->state.nodes[node];
	int result = link_words(&run->nodes.items[node].link, "reboot",
		&run->nodes.cluster->profile->reboot, REBOOT_COMMAND_DEADLINE_MS, err);

	if (result < 0 && !session_is_unreachable(result))
		return STEP_RETRY;
	state->reboot_sent = true;
	return STEP_DONE;
}

enum step_result step_reboot(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct step_node *state = &run->state.nodes[node];

	if (!state->boot_before[0]) {
		error_set(err, EINVAL, "%s: its boot identity before the reboot is not known",
			run->nodes.cluster->nodes[node].name);
		return may_act ? STEP_REFUSED : STEP_WAIT;
	}
	if (may_act && !state->reboot_sent && send_reboot(run, node, err) != STEP_DONE)
		return STEP_RETRY;
	switch (look(run, node, DOWN_DIAL_MS, err)) {
	case SIGHT_DOWN:
		return seen_down(run, node, evidence);
	case SIGHT_VAGUE:
		return STEP_WAIT;
	case SIGHT_UP:
		break;
	}
	if (rebooted(run, node)) {
		text_appendf(evidence, "already up again, boot=%s before", state->boot_before);
		return STEP_DONE;
	}
	error_set(err, EAGAIN, "%s: told to reboot, still up with the same boot identity",
		run->nodes.cluster->nodes[node].name);
	return STEP_WAIT;
}

/*
 * A packet sent to a machine that is down is lost, and the next one leaves with the next knock: the
 * shorter the knocks, the sooner it is seen up. But a long way needs long ones. So they grow with
 * the time waited for, of which they are a small part.
 */
static uint64_t knock_ms(struct step_node *state)
{
	enum { KNOCK_MIN_MS = 100, KNOCK_MAX_MS = 1000, PART = 32 };
	const uint64_t now_ms = clock_monotonic_ms();
	uint64_t part_ms;

	if (!state->awaited_ms)
		state->awaited_ms = now_ms;
	part_ms = (now_ms - state->awaited_ms) / PART;
	if (part_ms > KNOCK_MAX_MS)
		return KNOCK_MAX_MS;
	return part_ms < KNOCK_MIN_MS ? KNOCK_MIN_MS : part_ms;
}

enum step_result step_return(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct step_node *state = &run->state.nodes[node];

	(void)may_act;
	if (look(run, node, knock_ms(state), err) != SIGHT_UP)
		return STEP_WAIT;
	if (!rebooted(run, node)) {
		error_set(err, EAGAIN,
			"%s: answers with the boot identity it had before the reboot (%s)",
			run->nodes.cluster->nodes[node].name, state->boot_before);
		return STEP_WAIT;
	}
	state->awaited_ms = 0;
	text_appendf(evidence, "boot identity %s, was %s", run->nodes.items[node].facts.boot,
		state->boot_before);
	return STEP_DONE;
}
