/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node is told to reboot, seen down, and seen back with a new boot identity. */
#include <errno.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/step/step.h"

/* One try to reach a node that is probably down; the next try comes at once. */
enum { TRY_TIMEOUT_MS = 1000, REBOOT_COMMAND_DEADLINE_MS = 15000 };

/* STEP_DONE: fresh facts; STEP_WAIT: it does not answer now; STEP_REFUSED: it never will. */
static enum step_result look(struct run *run, int node, struct error *err)
{
	struct run_node *state = &run->nodes[node];
	struct facts facts = {0};
	int result = link_open(&state->link, TRY_TIMEOUT_MS, err);

	if (result == 0)
		result = link_facts(&state->link, false, &facts, err);
	if (result < 0)
		return session_is_unreachable(result) || result == -EREMOTEIO || result == -EPROTO
			       ? STEP_WAIT
			       : STEP_REFUSED;
	facts_clear(&state->facts);
	state->facts = facts;
	return STEP_DONE;
}

static bool rebooted(const struct run_node *state)
{
	return strcmp(state->facts.boot, state->boot_before) != 0;
}

static enum step_result seen_down(struct run *run, int node, struct text *evidence)
{
	/* What was known of it is history now. */
	facts_clear(&run->nodes[node].facts);
	text_appendf(evidence, "no longer answers, boot=%s before", run->nodes[node].boot_before);
	return STEP_DONE;
}

enum step_result step_reboot(
	struct run *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct run_node *state = &run->nodes[node];
	struct error ignored = {0};
	enum step_result seen;

	if (!state->boot_before[0]) {
		error_set(err, EINVAL, "%s: its boot identity before the reboot is not known",
			run->cluster->nodes[node].name);
		return may_act ? STEP_REFUSED : STEP_WAIT;
	}
	if (may_act && !state->reboot_sent) {
		/* The connection may break before the answer comes; being down is the evidence. */
		state->reboot_sent = true;
		link_words(&state->link, "reboot", &run->cluster->profile->reboot,
			REBOOT_COMMAND_DEADLINE_MS, &ignored);
	}
	/* Only a new connection tells: an old one can stay open to a machine that is gone. */
	link_close(&state->link);
	seen = look(run, node, err);
	if (seen == STEP_WAIT)
		return seen_down(run, node, evidence);
	if (seen == STEP_REFUSED)
		return STEP_REFUSED;
	if (rebooted(state)) {
		text_appendf(evidence, "already up again, boot=%s before", state->boot_before);
		return STEP_DONE;
	}
	error_set(err, EAGAIN, "%s: still up since before the reboot%s%.600s",
		run->cluster->nodes[node].name, ignored.number ? "; the command said: " : "",
		ignored.text);
	/* A reboot that was refused outright is tried again. */
	if (ignored.number && !session_is_unreachable(-ignored.number))
		state->reboot_sent = false;
	return STEP_WAIT;
}

enum step_result step_return(
	struct run *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct run_node *state = &run->nodes[node];
	enum step_result seen;

	(void)may_act;
	seen = look(run, node, err);
	if (seen != STEP_DONE)
		return seen;
	if (!rebooted(state)) {
		link_close(&state->link);
		error_set(err, EAGAIN,
			"%s: answers with the boot identity it had before the reboot (%s)",
			run->cluster->nodes[node].name, state->boot_before);
		return STEP_WAIT;
	}
	text_appendf(evidence, "boot identity %s, was %s", state->facts.boot, state->boot_before);
	return STEP_DONE;
}
