/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a first installation makes of what it finds. The nodes are what the test says they are. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "orchestrator/run/bootstrap_survey.h"

static char name1[] = "web1", name2[] = "web2", boot[] = "0a:1", line[] = "now backup", none[] = "";
static char first[] = "first", second[] = "second";
static struct cluster_node cluster_nodes[] = {{.name = name1}, {.name = name2}};
static struct profile profile;
static const struct cluster cluster = {
	.nodes = cluster_nodes, .node_count = 2, .profile = &profile};
static const char *wanted; /* of the files */

void __wrap_nodes_ask_all(struct nodes *nodes, int skip, struct error *errors);
int __wrap_propagate_look(struct propagate *propagate, struct error *errors, struct error *err);
void __wrap_propagate_wants(const struct propagate *propagate, struct text *wants);

void __wrap_nodes_ask_all(struct nodes *nodes, int skip, struct error *errors)
{
	(void)nodes, (void)skip, (void)errors;
}

int __wrap_propagate_look(struct propagate *propagate, struct error *errors, struct error *err)
{
	(void)propagate, (void)errors, (void)err;
	return 0;
}

void __wrap_propagate_wants(const struct propagate *propagate, struct text *wants)
{
	(void)propagate;
	text_append(wants, wanted);
}

struct fixture {
	struct facts_service services[2][2];
	struct node nodes[2];
	struct run_context run;
	struct text evidence;
	struct error error;
};

static void prepare(struct fixture *fixture)
{
	*fixture = (struct fixture){
		.services = {{{FACTS_OWN, first, false}, {FACTS_OWN, second, false}},
			{{FACTS_OWN, first, false}, {FACTS_OWN, second, false}}},
		.run = {.nodes = {.cluster = &cluster, .count = 2},
			.target = {.kind = PLAN_BOOTSTRAP}},
	};
	for (size_t i = 0; i < 2; i++)
		fixture->nodes[i].facts = (struct facts){
			.boot = boot,
			.role_line = none,
			.services = fixture->services[i],
			.service_count = 2,
		};
	fixture->run.nodes.items = fixture->nodes;
	fixture->run.target.nodes = &fixture->run.nodes;
	wanted = "";
}

static void expect_state(
	struct fixture *fixture, bool start_intended, enum bootstrap_state expected)
{
	enum bootstrap_state state = BOOTSTRAP_WANTED;

	if (bootstrap_survey(
		    &fixture->run, start_intended, &state, &fixture->evidence, &fixture->error) < 0)
		fail_msg("%s", error_text(&fixture->error));
	assert_int_equal(state, expected);
	text_clear(&fixture->evidence);
}

static void expect_refused(struct fixture *fixture, bool start_intended, const char *words)
{
	enum bootstrap_state state = BOOTSTRAP_WANTED;

	assert_int_equal(bootstrap_survey(&fixture->run, start_intended, &state, &fixture->evidence,
				 &fixture->error),
		-EPERM);
	if (!strstr(error_text(&fixture->error), words))
		fail_msg("%s", error_text(&fixture->error));
	error_release(&fixture->error);
	text_clear(&fixture->evidence);
}

static void nobody_serves_so_it_is_fresh(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	expect_state(&fixture, false, BOOTSTRAP_FRESH);
	/* A line from before the stop makes nobody serve. */
	fixture.nodes[1].facts.role = ROLE_BACKUP;
	expect_state(&fixture, false, BOOTSTRAP_FRESH);
	/* Nor do services without a role. */
	fixture.nodes[1].facts.role = ROLE_UNKNOWN;
	fixture.services[1][0].active = true;
	expect_state(&fixture, false, BOOTSTRAP_FRESH);
}

/* Whoever takes part for the engine takes part here: else preflight and files would be left out. */
static void who_serves_in_part_serves(void **state)
{
	struct fixture fixture;

	(void)state;
	prepare(&fixture);
	fixture.services[1][0].active = true;
	fixture.nodes[1].facts.role = ROLE_BACKUP;
	fixture.nodes[1].facts.role_line = line;
	expect_refused(&fixture, false,
		"web2 serves already (some of its services are active and it is backup since this boot: now backup)");
	/* By an earlier run: it goes on, unless files or packages would have to be replaced. */
	expect_state(&fixture, true, BOOTSTRAP_BEGUN);
	wanted = "/etc/x of web1 is not as here";
	expect_refused(&fixture, true, ", and /etc/x of web1 is not as here; bootstrap touches");
	fixture.services[1][1].active = true;
	expect_refused(&fixture, true, "web2 serves already (its services are active and");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_serves_so_it_is_fresh),
		cmocka_unit_test(who_serves_in_part_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
