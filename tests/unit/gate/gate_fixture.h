/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of gates share: a cluster "shop" of web1 and web2, web1 primary, the plan of its
 * upgrade, a journal in a temporary folder, and a gate. Whatever fails here fails the test. */
#ifndef TESTS_UNIT_GATE_FIXTURE_H
#define TESTS_UNIT_GATE_FIXTURE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"
#include "orchestrator/gate/gate.h"
#include "orchestrator/step/run_context.h"

/* One test's world. */
struct gate_fixture {
	char *folder;
	struct cluster *cluster;
	struct run_context run;
	struct journal *journal;
	struct gate_options options;
	volatile sig_atomic_t interrupted;
	volatile sig_atomic_t cut; /* set: no node is asked */
	struct gate *gate;
	int64_t run_id;
	int answer;	  /* of whoever is asked; yes until a test says otherwise */
	char *question;	  /* the last */
	struct text told; /* "what name node good: text\n" */
};

/* Set-up and tear-down of a test; *state is its struct gate_fixture. */
int gate_fixture_set_up(void **state);
int gate_fixture_tear_down(void **state);

/* Loads the cluster with these statements in its file besides, plans, and begins a run. */
void gate_fixture_load(struct gate_fixture *world, const char *statements);
/* Makes the gate anew. somebody: there is a terminal. As gate_new. */
int gate_fixture_open(struct gate_fixture *world, bool somebody, struct error *err);
/* The same, and the run begins, or is resumed, at first_step. */
void gate_fixture_begin(struct gate_fixture *world, bool somebody, size_t first_step, bool resumed);

/* Where the plan has that step. */
size_t gate_fixture_index(const struct gate_fixture *world, enum step_kind kind, int node);
/* The gate's answer to that step, words in err. */
enum gate_answer gate_fixture_ask(
	struct gate_fixture *world, enum step_kind kind, int node, struct error *err);
/* Asks for all steps of the plan from first on, until one is no: that step, or their count. */
size_t gate_fixture_go(struct gate_fixture *world, size_t first, struct error *err);

#endif
