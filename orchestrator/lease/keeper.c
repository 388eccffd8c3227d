/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renews the lease of every node, by a thread and a link for each. */
#include "orchestrator/lease/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"
#include "orchestrator/lease/lease.h"
#include "orchestrator/lease/script.h"

enum {
	RENEW_DEADLINE_MS = 15000,
	/* A node that could not be asked may just be rebooting. */
	RETRY_MS = 5000,
	/* So old a renewal does not prove any more that the lease is ours. */
	STALE_MS = 1000 * (LEASE_SECONDS - LEASE_RENEW_SECONDS),
	CHECK_WAIT_MS = 30000,
};

struct keeper_node {
	struct keeper *keeper;
	size_t index;
	struct link link;
	pthread_t thread;
	bool started;
	/* Under the keeper's mutex: */
	/* When the newest renewal was begun, 0: never. By clock_boottime_ms: on the nodes the lease
	 * runs out while this machine sleeps, too. */
	uint64_t renewed_ms;
	uint64_t due_ms; /* when the next is */
	bool lost;
	struct error loss;
};

struct keeper {
	const struct nodes *all; /* whose nodes they are; borrowed */
	char token[LEASE_TOKEN_SIZE], identity[LEASE_TOKEN_SIZE];
	char *owner;
	char **earlier; /* tokens of dead processes of this run */
	size_t earlier_count;
	struct keeper_node *nodes;
	volatile sig_atomic_t ending; /* ends what the links wait for, too */
	pthread_mutex_t mutex;
	pthread_cond_t change; /* of anything under the mutex */
	/* Under the mutex: */
	char *purpose;
	bool heir_any;
};

int keeper_ask(struct link *link, const char *how, const struct keeper_terms *terms,
	uint64_t deadline_ms, struct lease_answer *answer, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *seconds = text_format("%d", LEASE_SECONDS);
	const char *arguments[] = {LEASE_FOLDER, terms->token, terms->inherited, seconds, how,
		terms->identity, terms->owner, terms->purpose, terms->cluster,
		terms->heir_any ? "any" : "resume", NULL};
	int status = link_script(
		link, "take the lease", script_lease_take, arguments, deadline_ms, &result, err);

	if (status < 0)
		return status;
	status = lease_answer_parse(result.output, result.output_length, answer, err);
	return status < 0 ? error_prefix(err, "%s", link->node->name) : 0;
}

/*
 * Of a node that was never taken and has somebody else's lease: -EAGAIN when that may be our own
 * run's dead process and nobody knows yet.
 */
static int inherit(struct keeper *keeper, struct link *link, struct keeper_terms *terms,
	struct lease_answer *answer, struct error *err)
{
	const struct lease_claim claim = {
		.token = keeper->token,
		.identity = keeper->identity[0] ? keeper->identity : NULL,
		.tokens = (const char *const *)keeper->earlier,
		.token_count = keeper->earlier_count,
	};
	const struct lease_answer before = *answer;
	struct lease_answer judged = *answer;

	/* Whose heir anybody is may be ours: the rollback that takes over in this very process. */
	judged.text.heir_any = false;
	switch (lease_judge(&judged, &claim)) {
	case LEASE_WAIT:
		return error_set(err, EAGAIN,
			"%s: whether the haupgrade that holds the lease there still lives is not known yet",
			link->node->name);
	case LEASE_HELD:
	case LEASE_OURS:
		return 0;
	case LEASE_FREE:
	case LEASE_INHERITED:
		break;
	}
	terms->inherited = before.text.token;
	*answer = (struct lease_answer){0};
	return keeper_ask(link, "take", terms, RENEW_DEADLINE_MS, answer, err);
}

/* Nobody knows what happened since the last renewal. Owned. */
static char *gone_words(const char *node)
{
	return text_format(
		"%s: " LEASE_FILE
		" is gone there; it was removed, or its disk put back, and another haupgrade may have been at work meanwhile: make sure that none is, then resume",
		node);
}

int keeper_renew_by(struct keeper *keeper, size_t index, struct link *link, struct error *err)
{
	struct keeper_node *node = &keeper->nodes[index];
	uint64_t began_ms = clock_monotonic_ms(), renewed_ms = clock_boottime_ms();
	CLEANUP(cleanup_free) char *purpose = NULL;
	struct keeper_terms terms = {
		.token = keeper->token,
		.inherited = "",
		.identity = keeper->identity,
		.owner = keeper->owner,
		.cluster = keeper->all->cluster->name,
	};
	struct lease_answer answer = {0};
	bool was_ours;
	int result;

	pthread_mutex_lock(&keeper->mutex);
	terms.purpose = purpose = text_copy(keeper->purpose);
	terms.heir_any = keeper->heir_any;
	was_ours = node->renewed_ms > 0;
	pthread_mutex_unlock(&keeper->mutex);
	result = keeper_ask(link, "renew", &terms, RENEW_DEADLINE_MS, &answer, err);
	if (result == 0 && !answer.taken && !was_ours)
		result = inherit(keeper, link, &terms, &answer, err);
	pthread_mutex_lock(&keeper->mutex);
	if (result == 0 && answer.taken) {
		node->renewed_ms = renewed_ms;
		node->due_ms = began_ms + 1000 * LEASE_RENEW_SECONDS;
	} else if (result == 0) {
		CLEANUP(cleanup_free)
		char *words = answer.there ? lease_words(link->node->name, &answer)
					   : gone_words(link->node->name);

		node->lost = true;
		error_set(&node->loss, EPERM, "the lease on the cluster was lost: %s", words);
	}
	if (!answer.taken)
		node->due_ms = clock_monotonic_ms() + RETRY_MS;
	pthread_cond_broadcast(&keeper->change);
	pthread_mutex_unlock(&keeper->mutex);
	return result;
}

static void sleep_until(struct keeper *keeper, uint64_t until_ms)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};

	pthread_cond_timedwait(&keeper->change, &keeper->mutex, &until);
}

static void *keep(void *data)
{
	struct keeper_node *node = data;
	struct keeper *keeper = node->keeper;

	pthread_mutex_lock(&keeper->mutex);
	while (!keeper->ending) {
		CLEANUP(error_release) struct error ignored = {0};

		if (clock_monotonic_ms() < node->due_ms) {
			sleep_until(keeper, node->due_ms);
			continue;
		}
		pthread_mutex_unlock(&keeper->mutex);
		keeper_renew_by(keeper, node->index, &node->link, &ignored);
		pthread_mutex_lock(&keeper->mutex);
	}
	pthread_mutex_unlock(&keeper->mutex);
	return NULL;
}

struct keeper *keeper_new(const struct nodes *nodes, const struct keeper_terms *terms,
	const struct lease_claim *claim, const bool *on)
{
	struct keeper *keeper = vector_resize(NULL, 1, sizeof(*keeper));
	uint64_t now_ms = clock_monotonic_ms();

	*keeper = (struct keeper){
		.all = nodes,
		.owner = text_copy(terms->owner),
		.heir_any = terms->heir_any,
		.nodes = vector_resize(NULL, nodes->count, sizeof(*keeper->nodes)),
		.purpose = text_copy(terms->purpose),
	};
	strncpy(keeper->token, terms->token, sizeof(keeper->token) - 1);
	strncpy(keeper->identity, terms->identity, sizeof(keeper->identity) - 1);
	for (size_t i = 0; i < claim->token_count; i++)
		*VECTOR_APPEND(keeper->earlier, keeper->earlier_count) =
			text_copy(claim->tokens[i]);
	pthread_mutex_init(&keeper->mutex, NULL);
	thread_condition(&keeper->change);
	for (size_t i = 0; i < nodes->count; i++) {
		struct keeper_node *node = &keeper->nodes[i];

		*node = (struct keeper_node){.keeper = keeper, .index = i};
		node->renewed_ms = on[i] ? clock_boottime_ms() : 0;
		node->due_ms = on[i] ? now_ms + 1000 * LEASE_RENEW_SECONDS : 0;
		link_init(&node->link, nodes->cluster, i, nodes->access, &keeper->ending);
	}
	/* Without its thread a node's lease runs out unrenewed, and keeper_check will say so. */
	for (size_t i = 0; i < nodes->count; i++)
		keeper->nodes[i].started =
			thread_start(&keeper->nodes[i].thread, keep, &keeper->nodes[i]) == 0;
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->mutex);
	keeper->ending = 1;
	pthread_cond_broadcast(&keeper->change);
	pthread_mutex_unlock(&keeper->mutex);
	for (size_t i = 0; i < keeper->all->count; i++) {
		if (keeper->nodes[i].started)
			pthread_join(keeper->nodes[i].thread, NULL);
		link_clear(&keeper->nodes[i].link);
		error_release(&keeper->nodes[i].loss);
	}
	pthread_cond_destroy(&keeper->change);
	pthread_mutex_destroy(&keeper->mutex);
	free(keeper->nodes);
	for (size_t i = 0; i < keeper->earlier_count; i++)
		free(keeper->earlier[i]);
	free(keeper->earlier);
	free(keeper->owner);
	free(keeper->purpose);
	free(keeper);
}

const char *keeper_token(const struct keeper *keeper)
{
	return keeper->token;
}

void keeper_say(struct keeper *keeper, const char *purpose, bool heir_any)
{
	pthread_mutex_lock(&keeper->mutex);
	keeper->heir_any = heir_any;
	free(keeper->purpose);
	keeper->purpose = text_copy(purpose);
	pthread_mutex_unlock(&keeper->mutex);
}

/* Under the mutex. */
static const struct keeper_node *find_lost(const struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->all->count; i++) {
		if (keeper->nodes[i].lost)
			return &keeper->nodes[i];
	}
	return NULL;
}

/*
 * One node is enough: whoever wants the lease wants all of them, and finds ours there. Under the
 * mutex.
 */
static bool is_fresh(const struct keeper *keeper)
{
	uint64_t newest_ms = 0;

	for (size_t i = 0; i < keeper->all->count; i++) {
		if (keeper->nodes[i].renewed_ms > newest_ms)
			newest_ms = keeper->nodes[i].renewed_ms;
	}
	return newest_ms + STALE_MS > clock_boottime_ms();
}

int keeper_check(struct keeper *keeper, struct error *err)
{
	uint64_t until_ms = clock_monotonic_ms() + CHECK_WAIT_MS;
	const struct keeper_node *lost;
	int result = 0;

	pthread_mutex_lock(&keeper->mutex);
	for (size_t i = 0; !is_fresh(keeper) && i < keeper->all->count; i++)
		keeper->nodes[i].due_ms = 0;
	pthread_cond_broadcast(&keeper->change);
	while (!is_fresh(keeper) && !find_lost(keeper) && clock_monotonic_ms() < until_ms &&
		!*keeper->all->cancel)
		sleep_until(keeper, clock_monotonic_ms() + RETRY_MS);
	lost = find_lost(keeper);
	if (lost) {
		error_copy(err, &lost->loss);
		result = -EPERM;
	} else if (!is_fresh(keeper)) {
		result = error_set(err, EAGAIN,
			"the lease on the cluster could be renewed on no node for more than %d s",
			STALE_MS / 1000);
	}
	pthread_mutex_unlock(&keeper->mutex);
	return result;
}
