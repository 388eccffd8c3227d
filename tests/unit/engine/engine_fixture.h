/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the engine share: an engine over the upgrade of two nodes, whose world is what
 * the test says it is. Whatever fails here fails the test. */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/engine/engine.h"

/* Nodes as they are seen: the primary, one out of service, and one that can take over. */
static const struct node_view serving = {
	.reachable = true,
	.services_active = true,
	.holds_floating_ip = true,
	.holds_all = true,
	.role = ROLE_PRIMARY,
};
static const struct node_view halted = {.reachable = true, .services_stopped = true};
static const struct node_view spare = {
	.reachable = true,
	.services_active = true,
	.role = ROLE_BACKUP,
};

/* Plain data; a test changes view and now_ms as it likes. */
struct engine_fixture {
	struct plan plan;
	struct engine engine;
	struct cluster_view view;
	uint64_t now_ms;
};

/* An engine at first_step, 30 s for each step, in a view of one that serves and a spare one.
 * intended: an earlier process had noted that it would do that step. */
void engine_fixture_prepare(struct engine_fixture *fixture, size_t first_step, bool intended);

/* Tells the engine of an event, in the view and at the time of now; text may be NULL. */
struct engine_action engine_fixture_send(
	struct engine_fixture *fixture, enum engine_event_kind kind, const char *text);
/* The same, and what the engine wants then is of that kind. */
void engine_fixture_expect(struct engine_fixture *fixture, enum engine_event_kind kind,
	const char *text, enum engine_action_kind wanted);

/* From the question whether the first step may begin to the look at the cluster. */
void engine_fixture_begin(struct engine_fixture *fixture);
/* Drives the current step, whose gate has been asked, to the end. */
struct engine_action engine_fixture_complete(struct engine_fixture *fixture);
/* Makes of the view what a faithful world looks like after the step. */
void engine_fixture_follow(struct engine_fixture *fixture, const struct step *step);

#endif
