/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Visits every state that a run of haupgrade can come to, and says whether any rule is broken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/graph.h"
#include "tests/sim/people.h"
#include "tests/sim/trace.h"

struct exploration {
	struct store *store;
	size_t node_count;
	bool bare;		 /* begins with a first installation */
	unsigned int faults_max; /* 0: as many as there can be */
	uint32_t current;
	struct sim_state state; /* of current */
	sim_rules judged;	/* the rules that count */
	enum sim_rule broken;
	struct store_origin last_origin; /* of the newest emitted */
	uint32_t last_number;
	unsigned int misfortunes; /* that led to current */
};

static void no_memory(void)
{
	fputs("explore: out of memory\n", stderr);
	exit(2);
}

/* Takes the first rule that counts; false: there is none, or one was broken before. */
static bool note_broken(struct exploration *all, sim_rules broken)
{
	unsigned int rule;

	broken &= all->judged;
	if (all->broken != RULE_NONE || !broken)
		return false;
	for (rule = RULE_NONE; !(broken >> rule & 1); rule++)
		;
	all->broken = (enum sim_rule)rule;
	return true;
}

static void visit(void *data, const struct sim_state *next, enum sim_class class,
	enum sim_event event, int node, bool misfortune)
{
	struct exploration *all = data;
	struct store_origin origin = {all->current, (uint8_t)event, (int8_t)node};
	struct sim_state state = *next;
	struct sim_key key;
	bool fresh = false;
	unsigned int misfortunes =
		all->misfortunes + (class == CLASS_FAULT || class == CLASS_MISHAP);
	uint32_t number;

	all->last_number = STORE_NONE;
	state.faulty |= misfortune;
	if (all->faults_max && misfortunes > all->faults_max)
		return;
	sim_settle(&state);
	key = sim_pack(&state);
	number = store_add(all->store, &key, &origin, &fresh);
	if (number == STORE_NONE || !store_way(all->store, number, class) ||
		!store_reach(all->store, number, misfortunes, &origin))
		no_memory();
	all->last_number = number;
	all->last_origin = origin;
	if (fresh && note_broken(all, rule_of_state(&state, all->node_count)))
		trace_print(all->store, all->node_count, number, NULL);
}

static void report_broken(void *data, sim_rules rules)
{
	struct exploration *all = data;

	if (all->last_number != STORE_NONE && note_broken(all, rules))
		trace_print(all->store, all->node_count, all->current, &all->last_origin);
}

static void begin(struct exploration *all)
{
	struct store_origin origin = {0, SIM_BEGIN, PLAN_NO_NODE};
	struct sim_state state;
	struct sim_key key;
	bool fresh;

	if (all->bare)
		world_begin_bare(&state, all->node_count);
	else
		world_begin(&state, all->node_count);
	note_broken(all, process_begin(&state));
	sim_settle(&state);
	key = sim_pack(&state);
	if (store_add(all->store, &key, &origin, &fresh) == STORE_NONE ||
		!store_reach(all->store, 0, 0, &origin))
		no_memory();
}

/* All states of one layer: those that the same number of misfortunes leads to, and no fewer. */
static void expand_layer(struct exploration *all)
{
	const struct process_sink sink = {all->node_count, visit, report_broken, all};

	while (!all->broken &&
		(all->current = store_next(all->store, all->misfortunes)) != STORE_NONE) {
		struct sim_key key = store_key(all->store, all->current);

		sim_unpack(&key, &all->state);
		/* What happens after a run that is done is another story, but for its rollback. */
		if (all->state.run == RUN_DONE) {
			people_act(&all->state, &sink);
			continue;
		}
		process_steps(&all->state, &sink);
		people_act(&all->state, &sink);
		world_changes(&all->state, all->node_count, visit, all);
	}
}

static void expand(struct exploration *all)
{
	do
		expand_layer(all);
	while (!all->broken && store_is_reached(all->store, ++all->misfortunes));
}

static bool has_ended(const struct sim_state *state)
{
	return !state->alive;
}

static bool works(const struct sim_state *state, unsigned int misfortunes)
{
	(void)misfortunes;
	return state->alive;
}

/* Its deadline is not over yet, or it waits for a gate, which may take days. */
static bool may_go_on(const struct sim_state *state)
{
	return !state->alive || state->time != TIME_DEADLINE_OVER ||
	       state->engine == ENGINE_GATING ||
	       (state->engine == ENGINE_PAUSING && state->after_pause == ENGINE_GATING);
}

static bool is_done(const struct sim_state *state)
{
	return state->run == RUN_DONE;
}

static bool may_be_resumed(const struct sim_state *state, unsigned int misfortunes)
{
	(void)misfortunes;
	return !state->alive && (state->run == RUN_RUNNING || state->run == RUN_STOPPED);
}

static bool may_be_resumed_after_one(const struct sim_state *state, unsigned int misfortunes)
{
	return misfortunes <= 1 && may_be_resumed(state, misfortunes);
}

static bool any(const struct sim_state *state, unsigned int misfortunes)
{
	(void)state;
	(void)misfortunes;
	return true;
}

/* The rules of the whole, in the order in which a reader wants to know of them. */
static void judge_whole(struct exploration *all)
{
	enum { PROCESS = 1 << CLASS_PROCESS, TIME = 1 << CLASS_PAUSE, OWN = 1 << CLASS_MISHAP };
	enum {
		RESUME = PROCESS | TIME | 1 << CLASS_PROGRESS | 1 << CLASS_HEALING |
			 1 << CLASS_RESUME,
		ROLLBACK = RESUME | 1 << CLASS_ROLLBACK,
		ANYTHING = ROLLBACK | 1 << CLASS_UPGRADE
	};
	const struct {
		enum sim_rule rule;
		bool (*good)(const struct sim_state *state); /* NULL: no circles */
		/* NULL: it must not take for ever to get to a good one */
		bool (*must)(const struct sim_state *state, unsigned int misfortunes);
		unsigned int classes;
	} wholes[] = {
		{RULE_NO_SPINNING, NULL, NULL, PROCESS},
		{RULE_ENDS, has_ended, works, PROCESS | TIME},
		{RULE_ENDS, may_go_on, NULL, PROCESS | TIME | OWN},
		{RULE_WAY_ON, is_done, may_be_resumed_after_one, RESUME},
		{RULE_WAY_ON, is_done, may_be_resumed, ROLLBACK},
		{RULE_WAY_OUT, is_done, any, ANYTHING},
	};
	size_t i;

	for (i = 0; i < sizeof(wholes) / sizeof(*wholes) && !all->broken; i++) {
		uint32_t state = STORE_NONE;

		if (!(all->judged & rule_bit(wholes[i].rule)))
			continue;
		if (wholes[i].must)
			state = graph_stuck(
				all->store, wholes[i].good, wholes[i].must, wholes[i].classes);
		else if (wholes[i].good)
			state = graph_lingering(all->store, wholes[i].good, wholes[i].classes);
		else
			state = graph_circle(all->store, wholes[i].classes);
		if (state != STORE_NONE && note_broken(all, rule_bit(wholes[i].rule)))
			trace_print(all->store, all->node_count, state, NULL);
	}
}

/* 0: no rule is broken; 1: one is. */
static int explore(bool bare, size_t node_count, unsigned int faults_max, sim_rules judged)
{
	struct exploration all = {.store = store_new(),
		.node_count = node_count,
		.bare = bare,
		.faults_max = faults_max,
		.judged = judged};
	struct timespec before, after;

	if (!all.store)
		no_memory();
	clock_gettime(CLOCK_MONOTONIC, &before);
	begin(&all);
	expand(&all);
	if (!all.broken)
		judge_whole(&all);
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (all.broken)
		printf("broken: %s: %s\n", rule_name(all.broken), rule_sentence(all.broken));
	printf("%zu %snodes, ", node_count, bare ? "bare " : "");
	if (faults_max)
		printf("at most %u misfortune%s", faults_max, faults_max == 1 ? "" : "s");
	else
		printf("any number of misfortunes");
	printf(": explored %u states, %llu transitions, %d violations (%.1f s)\n",
		store_count(all.store), (unsigned long long)store_ways(all.store),
		all.broken != RULE_NONE,
		(double)(after.tv_sec - before.tv_sec) +
			(double)(after.tv_nsec - before.tv_nsec) / 1e9);
	fflush(stdout);
	store_free(all.store);
	return all.broken == RULE_NONE ? 0 : 1;
}

static void say_usage(void)
{
	unsigned int rule;

	fputs("Usage: explore [--rule NAME] [[bare:]NODES:MISFORTUNES...]\n"
	      "\n"
	      "Visits every state that a run of haupgrade can come to with that many nodes (2 or 3)\n"
	      "and at most that many misfortunes on one way (0: any number), and checks the rules\n"
	      "below. Misfortunes are: a step fails, is half done or lies, power cuts, links cut,\n"
	      "services that die or do not start, roles that move by themselves, packages put\n"
	      "back by hand, configuration files of a first installation that change here, kill -9,\n"
	      "^C, abort, a lost lease, a used-up budget, a full disk. What\n"
	      "heals, and resume, rollback or a new upgrade, may come at any time and any number\n"
	      "of times. bare: the run is a bootstrap of nodes with nothing on them, not an upgrade.\n"
	      "Without arguments: 2:2 3:1 bare:2:2 bare:3:1. --rule: only that rule is judged.\n"
	      "\n"
	      "The first way that breaks a rule is the shortest; it is printed in words.\n"
	      "Exit status: 0 no rule is broken, 1 one is, 2 usage or memory.\n"
	      "\n"
	      "Rules:\n",
		stdout);
	for (rule = RULE_NONE + 1; rule < RULE_COUNT; rule++)
		printf("  %-17s %s\n", rule_name((enum sim_rule)rule),
			rule_sentence((enum sim_rule)rule));
}

static int explore_argument(const char *argument, sim_rules judged)
{
	unsigned int nodes = 0, faults = 0;
	int end = 0;
	const bool bare = strncmp(argument, "bare:", 5) == 0;
	const char *numbers = bare ? argument + 5 : argument;

	if (sscanf(numbers, "%1u:%2u%n", &nodes, &faults, &end) == 2 && !numbers[end] &&
		nodes >= 2 && nodes <= SIM_NODES_MAX && faults < 16)
		return explore(bare, nodes, faults, judged);
	fprintf(stderr,
		"explore: %s: NODES:MISFORTUNES has 2 or 3 nodes and 0 to 15 misfortunes; try --help\n",
		argument);
	return 2;
}

static int explore_all(int argc, char **argv, sim_rules judged)
{
	static const char *const usual[] = {"2:2", "3:1", "bare:2:2", "bare:3:1"};
	const size_t count = argc ? (size_t)argc : sizeof(usual) / sizeof(*usual);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = explore_argument(argc ? argv[i] : usual[i], judged);
	if (result == 0)
		puts("explore: no rule is broken");
	return result;
}

int main(int argc, char **argv)
{
	sim_rules judged = ~(sim_rules)0;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		say_usage();
		return 0;
	}
	if (argc > 2 && strcmp(argv[1], "--rule") == 0) {
		enum sim_rule rule = rule_find(argv[2]);

		if (rule == RULE_NONE) {
			fprintf(stderr, "explore: %s is no rule; see --help\n", argv[2]);
			return 2;
		}
		judged = rule_bit(rule);
		argc -= 2;
		argv += 2;
	}
	return explore_all(argc - 1, argv + 1, judged);
}
