/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of two nodes that are what the test says they are. */
#include "tests/unit/step/fake_node.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/vector.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/start.h"
#include "orchestrator/step/step.h"
#include "orchestrator/step/watch.h"

#define FLOATING_IP "192.0.2.100"

struct fake fake;
static uint64_t slept_ms;
static volatile sig_atomic_t interrupted;

uint64_t __real_clock_monotonic_ms(void);
uint64_t __wrap_clock_monotonic_ms(void);
void __wrap_clock_sleep_ms(uint64_t ms);
int __wrap_nodes_ask(struct nodes *nodes, int node, bool with_packages, struct error *err);
int __wrap_nodes_look(struct nodes *nodes, int node, struct error *err);
void __wrap_nodes_ask_all(struct nodes *nodes, int skip, struct error *errors);
void __wrap_link_close(struct link *link);
int __wrap_link_dial(struct link *link, uint64_t timeout_ms, struct error *err);
int __wrap_link_words(struct link *link, const char *what, const struct word_list *argv,
	uint64_t deadline_ms, struct error *err);
void __wrap_watch_moved(struct watch *watch);
int __wrap_installation_await(
	struct link *link, const char *run, const struct job_patience *patience, struct error *err);
int __wrap_node_start(struct link *link, uint64_t deadline_ms, struct error *err);
int __wrap_step_unmark(struct run_context *run, int node, struct error *err);
void __wrap_run_context_note_start(const struct run_context *run, int node, const char *why);
int __wrap_lease_check(struct lease *lease, struct error *err);
const char *__wrap_lease_held_token(const struct lease *lease);

uint64_t __wrap_clock_monotonic_ms(void)
{
	return __real_clock_monotonic_ms() + slept_ms;
}

void __wrap_clock_sleep_ms(uint64_t ms)
{
	slept_ms += ms;
}

static struct facts answer(const struct fake_node *node)
{
	struct facts facts = {
		.boot = text_copy(node->boot),
		.role = node->serves ? ROLE_PRIMARY : ROLE_BACKUP,
		.role_line = text_copy("its line"),
		.role_trouble = "",
	};

	if (node->roleless)
		facts.role = ROLE_UNKNOWN;
	*VECTOR_APPEND(facts.services, facts.service_count) = (struct facts_service){
		.kind = FACTS_OWN, .name = text_copy("ha"), .active = node->runs || node->serves};
	if (node->unhealthy)
		*VECTOR_APPEND(facts.services, facts.service_count) =
			(struct facts_service){.kind = FACTS_HEALTH, .name = text_copy("healthy")};
	if (node->serves || node->holds)
		*VECTOR_APPEND(facts.addresses, facts.address_count) = text_copy(FLOATING_IP);
	for (size_t i = 0; node->versions[i]; i++)
		*VECTOR_APPEND(facts.packages, facts.package_count) =
			(struct facts_package){text_copy("a"), text_copy(node->versions[i]),
				text_copy("noarch"), text_copy(node->state ?: "")};
	return facts;
}

int __wrap_nodes_ask(struct nodes *nodes, int node, bool with_packages, struct error *err)
{
	(void)with_packages;
	if (fake.nodes[node].trouble)
		return error_set(
			err, -fake.nodes[node].trouble, "%s: away", fake.cluster_nodes[node].name);
	facts_clear(&nodes->items[node].facts);
	nodes->items[node].facts = answer(&fake.nodes[node]);
	return 0;
}

int __wrap_nodes_look(struct nodes *nodes, int node, struct error *err)
{
	return __wrap_nodes_ask(nodes, node, true, err);
}

void __wrap_nodes_ask_all(struct nodes *nodes, int skip, struct error *errors)
{
	fake.looks++;
	for (int i = 0; i < FAKE_NODES; i++) {
		if (fake.nodes[i].serves_at_look && fake.looks >= fake.nodes[i].serves_at_look)
			fake.nodes[i].serves = true;
		if (i == skip || __wrap_nodes_ask(nodes, i, true, &errors[i]) < 0)
			facts_clear(&nodes->items[i].facts);
	}
}

static size_t number_of(const struct link *link)
{
	return (size_t)(link->node - fake.cluster_nodes);
}

void __wrap_link_close(struct link *link)
{
	fake.nodes[number_of(link)].closed = true;
}

int __wrap_link_dial(struct link *link, uint64_t timeout_ms, struct error *err)
{
	struct fake_node *node = &fake.nodes[number_of(link)];

	fake.knock_ms = timeout_ms;
	if (!node->closed)
		return 0;
	node->closed = false;
	return node->dial ? error_set(err, -node->dial, "%s: away", link->node->name) : 0;
}

int __wrap_link_words(struct link *link, const char *what, const struct word_list *argv,
	uint64_t deadline_ms, struct error *err)
{
	struct fake_node *node = &fake.nodes[number_of(link)];

	(void)argv, (void)deadline_ms;
	text_appendf(&fake.log, "tell %s: %s; ", link->node->name, what);
	if (node->hands_over)
		fake_node_swap();
	return node->told ? error_set(err, -node->told, "it said no") : 0;
}

void __wrap_watch_moved(struct watch *watch)
{
	(void)watch;
	fake.let_go++;
}

int __wrap_installation_await(
	struct link *link, const char *run, const struct job_patience *patience, struct error *err)
{
	struct fake_node *node = &fake.nodes[number_of(link)];

	(void)run;
	if (!node->installing)
		return 0;
	if (node->endless || patience->until_ms <= __wrap_clock_monotonic_ms())
		return error_set(
			err, EBUSY, "%s: the installation is still running", link->node->name);
	text_appendf(&fake.log, "await %s; ", link->node->name);
	node->installing = false;
	node->state = node->leaves;
	return 0;
}

int __wrap_node_start(struct link *link, uint64_t deadline_ms, struct error *err)
{
	struct fake_node *node = &fake.nodes[number_of(link)];

	(void)deadline_ms;
	text_appendf(&fake.log, "start %s; ", link->node->name);
	if (node->starts)
		node->runs = true;
	if (node->starts && node->may_serve)
		node->serves = true;
	return node->told_to_start ? error_set(err, -node->told_to_start, "it complains") : 0;
}

int __wrap_step_unmark(struct run_context *run, int node, struct error *err)
{
	(void)err;
	text_appendf(&fake.log, "unmark %s; ", run->nodes.cluster->nodes[node].name);
	return 0;
}

void __wrap_run_context_note_start(const struct run_context *run, int node, const char *why)
{
	text_appendf(&fake.log, "note %s: %s; ", run->nodes.cluster->nodes[node].name, why);
}

int __wrap_lease_check(struct lease *lease, struct error *err)
{
	(void)lease;
	fake.asked++;
	return fake.lease_lost ? error_set(err, EPERM, "another run has the lease") : 0;
}

const char *__wrap_lease_held_token(const struct lease *lease)
{
	(void)lease;
	return "the token";
}

void fake_node_swap(void)
{
	for (size_t i = 0; i < FAKE_NODES; i++) {
		fake.nodes[i].serves = !fake.nodes[i].serves;
		fake.nodes[i].runs = true;
	}
}

int fake_node_begin(void **state)
{
	static char names[FAKE_NODES][8] = {"web1", "web2"}, ip[] = FLOATING_IP;
	static char *ips[] = {ip};

	(void)state;
	fake = (struct fake){0};
	interrupted = 0;
	fake.cluster = (struct cluster){
		.nodes = fake.cluster_nodes,
		.node_count = FAKE_NODES,
		.profile = &fake.profile,
		.floating_ips = {.items = ips, .count = 1},
		.deadlines = {.services = 60000, .install = 600000},
	};
	fake.run.nodes = (struct nodes){.cluster = &fake.cluster,
		.items = fake.items,
		.count = FAKE_NODES,
		.cancel = &interrupted};
	fake.run.target.nodes = &fake.run.nodes;
	/* Only its address counts: whether it holds, the test says. */
	fake.run.lease = (struct lease *)&fake;
	for (size_t i = 0; i < FAKE_NODES; i++) {
		fake.cluster_nodes[i].name = names[i];
		fake.items[i].link.node = &fake.cluster_nodes[i];
		fake.nodes[i] =
			(struct fake_node){.boot = "0a:1", .versions = {"0:1-1"}, .starts = true};
	}
	return 0;
}

int fake_node_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < FAKE_NODES; i++)
		facts_clear(&fake.items[i].facts);
	text_clear(&fake.log);
	error_release(&fake.error);
	return 0;
}
