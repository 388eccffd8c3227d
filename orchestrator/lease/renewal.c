/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renews the lease of every node, by a thread and a link for each. */
#include "orchestrator/lease/renewal.h"

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

struct renewal_node {
	struct renewal *renewal;
	size_t index;
	struct link link;
	pthread_t thread;
	bool started;
	/* Under the renewal's mutex: */
	/* When the newest renewal was begun, 0: never. By clock_boottime_ms: on the nodes the lease
	 * runs out while this machine sleeps, too. */
	uint64_t renewed_ms;
	uint64_t due_ms; /* when the next is */
	bool lost;
	struct error loss;
};

struct renewal {
	const struct nodes *all; /* whose nodes they are; borrowed */
	char token[LEASE_TOKEN_SIZE], identity[LEASE_TOKEN_SIZE];
	char *owner;
	char **earlier; /* tokens of dead processes of this run */
	size_t earlier_count;
	struct renewal_node *nodes;
	volatile sig_atomic_t ending; /* ends what the links wait for, too */
	pthread_mutex_t mutex;
	pthread_cond_t change; /* of anything under the mutex */
	/* Under the mutex: */
	char *purpose;
	bool heir_any;
};

int renewal_ask(struct link *link, const char *how, const struct renewal_terms *terms,
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
static int inherit(struct renewal *renewal, struct link *link, struct renewal_terms *terms,
	struct lease_answer *answer, struct error *err)
{
	const struct lease_claim claim = {
		.token = renewal->token,
		.identity = renewal->identity[0] ? renewal->identity : NULL,
		.tokens = (const char *const *)renewal->earlier,
		.token_count = renewal->earlier_count,
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
	return renewal_ask(link, "take", terms, RENEW_DEADLINE_MS, answer, err);
}

/* Nobody knows what happened since the last renewal. Owned. */
static char *gone_words(const char *node)
{
	return text_format(
		"%s: " LEASE_FILE
		" is gone there; it was removed, or its disk put back, and another haupgrade may have been at work meanwhile: make sure that none is, then resume",
		node);
}

int renewal_renew_by(struct renewal *renewal, size_t index, struct link *link, struct error *err)
{
	struct renewal_node *node = &renewal->nodes[index];
	uint64_t began_ms = clock_monotonic_ms(), renewed_ms = clock_boottime_ms();
	CLEANUP(cleanup_free) char *purpose = NULL;
	struct renewal_terms terms = {
		.token = renewal->token,
		.inherited = "",
		.identity = renewal->identity,
		.owner = renewal->owner,
		.cluster = renewal->all->cluster->name,
	};
	struct lease_answer answer = {0};
	bool was_ours;
	int result;

	pthread_mutex_lock(&renewal->mutex);
	terms.purpose = purpose = text_copy(renewal->purpose);
	terms.heir_any = renewal->heir_any;
	was_ours = node->renewed_ms > 0;
	pthread_mutex_unlock(&renewal->mutex);
	result = renewal_ask(link, "renew", &terms, RENEW_DEADLINE_MS, &answer, err);
	if (result == 0 && !answer.taken && !was_ours)
		result = inherit(renewal, link, &terms, &answer, err);
	pthread_mutex_lock(&renewal->mutex);
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
	pthread_cond_broadcast(&renewal->change);
	pthread_mutex_unlock(&renewal->mutex);
	return result;
}

static void sleep_until(struct renewal *renewal, uint64_t until_ms)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};

	pthread_cond_timedwait(&renewal->change, &renewal->mutex, &until);
}

static void *keep(void *data)
{
	struct renewal_node *node = data;
	struct renewal *renewal = node->renewal;

	pthread_mutex_lock(&renewal->mutex);
	while (!renewal->ending) {
		CLEANUP(error_release) struct error ignored = {0};

		if (clock_monotonic_ms() < node->due_ms) {
			sleep_until(renewal, node->due_ms);
			continue;
		}
		pthread_mutex_unlock(&renewal->mutex);
		renewal_renew_by(renewal, node->index, &node->link, &ignored);
		pthread_mutex_lock(&renewal->mutex);
	}
	pthread_mutex_unlock(&renewal->mutex);
	return NULL;
}

struct renewal *renewal_new(const struct nodes *nodes, const struct renewal_terms *terms,
	const struct lease_claim *claim, const bool *on)
{
	struct renewal *renewal = vector_resize(NULL, 1, sizeof(*renewal));
	uint64_t now_ms = clock_monotonic_ms();

	*renewal = (struct renewal){
		.all = nodes,
		.owner = text_copy(terms->owner),
		.heir_any = terms->heir_any,
		.nodes = vector_resize(NULL, nodes->count, sizeof(*renewal->nodes)),
		.purpose = text_copy(terms->purpose),
	};
	strncpy(renewal->token, terms->token, sizeof(renewal->token) - 1);
	strncpy(renewal->identity, terms->identity, sizeof(renewal->identity) - 1);
	for (size_t i = 0; i < claim->token_count; i++)
		*VECTOR_APPEND(renewal->earlier, renewal->earlier_count) =
			text_copy(claim->tokens[i]);
	pthread_mutex_init(&renewal->mutex, NULL);
	thread_condition(&renewal->change);
	for (size_t i = 0; i < nodes->count; i++) {
		struct renewal_node *node = &renewal->nodes[i];

		*node = (struct renewal_node){.renewal = renewal, .index = i};
		node->renewed_ms = on[i] ? clock_boottime_ms() : 0;
		node->due_ms = on[i] ? now_ms + 1000 * LEASE_RENEW_SECONDS : 0;
		link_init(&node->link, nodes->cluster, i, nodes->access, &renewal->ending);
	}
	/* Without its thread a node's lease runs out unrenewed, and renewal_check will say so. */
	for (size_t i = 0; i < nodes->count; i++)
		renewal->nodes[i].started =
			thread_start(&renewal->nodes[i].thread, keep, &renewal->nodes[i]) == 0;
	return renewal;
}

void renewal_free(struct renewal *renewal)
{
	if (!renewal)
		return;
	pthread_mutex_lock(&renewal->mutex);
	renewal->ending = 1;
	pthread_cond_broadcast(&renewal->change);
	pthread_mutex_unlock(&renewal->mutex);
	for (size_t i = 0; i < renewal->all->count; i++) {
		if (renewal->nodes[i].started)
			pthread_join(renewal->nodes[i].thread, NULL);
		link_clear(&renewal->nodes[i].link);
		error_release(&renewal->nodes[i].loss);
	}
	pthread_cond_destroy(&renewal->change);
	pthread_mutex_destroy(&renewal->mutex);
	free(renewal->nodes);
	for (size_t i = 0; i < renewal->earlier_count; i++)
		free(renewal->earlier[i]);
	free(renewal->earlier);
	free(renewal->owner);
	free(renewal->purpose);
	free(renewal);
}

const char *renewal_token(const struct renewal *renewal)
{
	return renewal->token;
}

void renewal_say(struct renewal *renewal, const char *purpose, bool heir_any)
{
	pthread_mutex_lock(&renewal->mutex);
	renewal->heir_any = heir_any;
	free(renewal->purpose);
	renewal->purpose = text_copy(purpose);
	pthread_mutex_unlock(&renewal->mutex);
}

/* Under the mutex. */
static const struct renewal_node *find_lost(const struct renewal *renewal)
{
	for (size_t i = 0; i < renewal->all->count; i++) {
		if (renewal->nodes[i].lost)
			return &renewal->nodes[i];
	}
	return NULL;
}

/*
 * One node is enough: whoever wants the lease wants all of them, and finds ours there. Under the
 * mutex.
 */
static bool is_fresh(const struct renewal *renewal)
{
	uint64_t newest_ms = 0;

	for (size_t i = 0; i < renewal->all->count; i++) {
		if (renewal->nodes[i].renewed_ms > newest_ms)
			newest_ms = renewal->nodes[i].renewed_ms;
	}
	return newest_ms + STALE_MS > clock_boottime_ms();
}

int renewal_check(struct renewal *renewal, struct error *err)
{
	uint64_t until_ms = clock_monotonic_ms() + CHECK_WAIT_MS;
	const struct renewal_node *lost;
	int result = 0;

	pthread_mutex_lock(&renewal->mutex);
	for (size_t i = 0; !is_fresh(renewal) && i < renewal->all->count; i++)
		renewal->nodes[i].due_ms = 0;
	pthread_cond_broadcast(&renewal->change);
	while (!is_fresh(renewal) && !find_lost(renewal) && clock_monotonic_ms() < until_ms &&
		!*renewal->all->cancel)
		sleep_until(renewal, clock_monotonic_ms() + RETRY_MS);
	lost = find_lost(renewal);
	if (lost) {
		error_copy(err, &lost->loss);
		result = -EPERM;
	} else if (!is_fresh(renewal)) {
		result = error_set(err, EAGAIN,
			"the lease on the cluster could be renewed on no node for more than %d s",
			STALE_MS / 1000);
	}
	pthread_mutex_unlock(&renewal->mutex);
	return result;
}
