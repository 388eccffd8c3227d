/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine for tests, and its world. */
#include "tests/unit/engine/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void engine_fixture_prepare(struct engine_fixture *fixture, size_t first_step, bool intended)
{
	const struct plan_node nodes[] = {{ROLE_PRIMARY, true}, {ROLE_BACKUP, true}};
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	unsigned int kind;

	for (kind = 0; kind < STEP_KIND_COUNT; kind++)
		deadlines_ms[kind] = 30000;
	memset(fixture, 0, sizeof(*fixture));
	assert_int_equal(plan_make(PLAN_UPGRADE, nodes, 2, &fixture->plan, NULL), 0);
	engine_init(&fixture->engine, &fixture->plan, first_step, intended, deadlines_ms);
	fixture->view = (struct cluster_view){.node_count = 2, .nodes = {serving, spare}};
}

struct engine_action engine_fixture_send(
	struct engine_fixture *fixture, enum engine_event_kind kind, const char *text)
{
	const struct engine_event event = {.kind = kind, .view = &fixture->view, .text = text};

	return engine_handle(&fixture->engine, &event, fixture->now_ms);
}

void engine_fixture_expect(struct engine_fixture *fixture, enum engine_event_kind kind,
	const char *text, enum engine_action_kind wanted)
{
	assert_int_equal(engine_fixture_send(fixture, kind, text).kind, wanted);
}

void engine_fixture_begin(struct engine_fixture *fixture)
{
	engine_fixture_expect(fixture, EVENT_START, NULL, ACTION_GATE);
	engine_fixture_expect(fixture, EVENT_GO, NULL, ACTION_OBSERVE);
}

struct engine_action engine_fixture_complete(struct engine_fixture *fixture)
{
	engine_fixture_expect(fixture, EVENT_GO, NULL, ACTION_OBSERVE);
	engine_fixture_expect(fixture, EVENT_VIEW, NULL, ACTION_INTEND);
	engine_fixture_expect(fixture, EVENT_JOURNALED, NULL, ACTION_ACT);
	engine_fixture_expect(fixture, EVENT_DONE, NULL, ACTION_CONFIRM);
	return engine_fixture_send(fixture, EVENT_JOURNALED, NULL);
}

void engine_fixture_follow(struct engine_fixture *fixture, const struct step *step)
{
	struct node_view *node =
		step->node == PLAN_NO_NODE ? NULL : &fixture->view.nodes[step->node];

	if (step->kind == STEP_STOP)
		*node = halted;
	if (step->kind == STEP_INSTALL)
		node->upgraded = true;
	if (step->kind == STEP_REBOOT)
		node->reachable = false;
	if (step->kind == STEP_RETURN)
		node->reachable = true;
	if (step->kind == STEP_SERVICES)
		node->services_active = true, node->services_stopped = false;
	if (step->kind == STEP_ROLE)
		node->role = ROLE_BACKUP;
	if (step->kind == STEP_FAILOVER) {
		bool upgraded = fixture->view.nodes[1].upgraded;

		fixture->view.nodes[0] = spare;
		fixture->view.nodes[1] = serving;
		fixture->view.nodes[1].upgraded = upgraded;
	}
}
