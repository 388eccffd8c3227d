/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All nodes of one cluster, and how to ask all of them at once. */
#include "orchestrator/node/nodes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"
#include "orchestrator/node/packager.h"

void nodes_init(
	struct nodes *nodes, const struct cluster *cluster, const volatile sig_atomic_t *cancel)
{
	*nodes = (struct nodes){.cluster = cluster,
		.access = access_new(cluster),
		.items = vector_resize(NULL, cluster->node_count, sizeof(*nodes->items)),
		.count = cluster->node_count,
		.cancel = cancel};
	memset(nodes->items, 0, cluster->node_count * sizeof(*nodes->items));
	for (size_t i = 0; i < nodes->count; i++)
		link_init(&nodes->items[i].link, cluster, i, nodes->access, cancel);
}

void nodes_clear(struct nodes *nodes)
{
	for (size_t i = 0; nodes->items && i < nodes->count; i++) {
		link_clear(&nodes->items[i].link);
		facts_clear(&nodes->items[i].facts);
	}
	free(nodes->items);
	access_free(nodes->access);
	*nodes = (struct nodes){0};
}

struct thread_task {
	struct nodes *nodes;
	nodes_act *act;
	void *data;
	size_t node;
	int result;
	struct error error;
	pthread_t thread;
	bool started;
};

static void *thread_main(void *data)
{
	struct thread_task *task = data;

	task->result = task->act(task->nodes, task->node, task->data, &task->error);
	return NULL;
}

int nodes_each(
	struct nodes *nodes, nodes_act *act, void *data, struct error *errors, struct error *err)
{
	size_t count = nodes->count, i;
	CLEANUP(cleanup_free) struct thread_task *tasks = calloc(count, sizeof(*tasks));
	int result = 0;

	if (!tasks)
		return error_set(err, ENOMEM, "out of memory");
	for (i = 0; i < count; i++) {
		tasks[i] =
			(struct thread_task){.nodes = nodes, .act = act, .data = data, .node = i};
		tasks[i].started = thread_start(&tasks[i].thread, thread_main, &tasks[i]) == 0;
		/* Without a thread to spare it takes longer, that is all. */
		if (!tasks[i].started)
			thread_main(&tasks[i]);
	}
	for (i = 0; i < count; i++) {
		if (tasks[i].started)
			pthread_join(tasks[i].thread, NULL);
		if (errors)
			error_copy(&errors[i], &tasks[i].error);
		if (tasks[i].result < 0 && result == 0) {
			result = tasks[i].result;
			error_move(err, &tasks[i].error);
		}
		error_release(&tasks[i].error);
	}
	return result;
}

int nodes_ask(struct nodes *nodes, int node, bool with_packages, struct error *err)
{
	struct facts facts = {0};
	int result = link_facts(&nodes->items[node].link, with_packages, &facts, err);

	if (result < 0)
		return result;
	facts_clear(&nodes->items[node].facts);
	nodes->items[node].facts = facts;
	nodes->items[node].looked_us = 0;
	return 0;
}

int nodes_look(struct nodes *nodes, int node, struct error *err)
{
	struct node *state = &nodes->items[node];
	const uint64_t looked_us = state->looked_us;

	state->looked_us = 0;
	if (looked_us && clock_monotonic_us() - looked_us < NODES_FRESH_MS * 1000)
		return 0;
	return nodes_ask(nodes, node, true, err);
}

/*
 * Who did not answer the last time is knocked at first: while a dead node is waited for as long as
 * a login may take, nothing is done for those who live.
 */
static int ask(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	enum { KNOCK_MS = 3000 };
	struct node *state = &nodes->items[node];
	const int *skip = data;
	const uint64_t now_us = clock_monotonic_us();
	int result = 0;

	facts_clear(&state->facts);
	state->looked_us = 0;
	if ((int)node == *skip)
		return 0;
	if (state->silent && !state->link.session)
		result = link_dial(&state->link, KNOCK_MS, err);
	if (result == 0)
		result = nodes_ask(nodes, (int)node, true, err);
	state->silent = result < 0;
	if (result == 0)
		state->looked_us = now_us;
	return result;
}

void nodes_ask_all(struct nodes *nodes, int skip, struct error *errors)
{
	nodes_each(nodes, ask, &skip, errors, NULL);
}

const struct facts_package *nodes_installed(
	const struct nodes *nodes, size_t node, const char *name)
{
	const struct facts *facts = &nodes->items[node].facts;
	size_t i;

	for (i = 0; i < facts->package_count; i++) {
		if (strcmp(facts->packages[i].name, name) == 0)
			return &facts->packages[i];
	}
	return NULL;
}

char *nodes_versions(const struct nodes *nodes, size_t node)
{
	const struct packager *packager = packager_of(nodes->cluster->profile);
	const struct facts *facts = &nodes->items[node].facts;
	struct text text = {0};
	size_t i;

	for (i = 0; i < facts->package_count; i++) {
		const struct facts_package *package = &facts->packages[i];
		CLEANUP(cleanup_free)
		char *label = packager_label(packager, package->name, package->evr, package->arch);

		text_appendf(&text, "%s%s", i ? " " : "", label);
		if (package->state[0])
			text_appendf(&text, "(%s)", package->state);
	}
	return text_take(&text);
}

int nodes_commands(struct nodes *nodes, int node, const char *what,
	const struct profile_commands *commands, uint64_t deadline_ms, struct error *err)
{
	return link_commands(&nodes->items[node].link, what, commands, deadline_ms, err);
}
