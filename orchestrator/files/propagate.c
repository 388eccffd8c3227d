/* SPDX-License-Identifier: GPL-2.0-or-later */
/* propagate: a set of files comes to all nodes or to none. */
#include "orchestrator/files/propagate.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/files/propagate_node.h"
#include "orchestrator/files/recovery.h"

void propagate_init(
	struct propagate *propagate, struct nodes *nodes, const struct wanted_files *set)
{
	const size_t count = nodes->count;

	*propagate = (struct propagate){.nodes = nodes, .set = set};
	propagate->surveys = vector_resize(NULL, count, sizeof(*propagate->surveys));
	memset(propagate->surveys, 0, count * sizeof(*propagate->surveys));
	propagate->before = vector_resize(NULL, set->count * count, sizeof(*propagate->before));
	memset(propagate->before, 0, set->count * count * sizeof(*propagate->before));
}

void propagate_clear(struct propagate *propagate)
{
	for (size_t i = 0; propagate->surveys && i < propagate->nodes->cluster->node_count; i++)
		survey_clear(&propagate->surveys[i]);
	free(propagate->surveys);
	free(propagate->before);
	propagate->surveys = NULL;
	propagate->before = NULL;
}

/* Sorts by time: the newest is the one before. The random part tells two machines apart. */
static int make_name(struct propagate *propagate, struct error *err)
{
	uint64_t now_us = clock_wall_us();
	time_t now = (time_t)(now_us / 1000000);
	unsigned char random[4];
	struct tm tm;
	size_t length;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_system(err, errno, "the kernel gives no random bytes");
	gmtime_r(&now, &tm);
	length = strftime(
		propagate->transaction, sizeof(propagate->transaction), "%Y%m%dT%H%M%S", &tm);
	snprintf(propagate->transaction + length, sizeof(propagate->transaction) - length,
		"%06uZ-%02x%02x%02x%02x.%s", (unsigned int)(now_us % 1000000), random[0], random[1],
		random[2], random[3], propagate->nodes->cluster->name);
	return 0;
}

static void tell_phase(const struct propagate *propagate, const char *phase)
{
	if (propagate->listener)
		propagate->listener->phase(propagate->listener, phase);
}

static void tell_note(
	const struct propagate *propagate, size_t node, const char *kind, const char *text)
{
	if (propagate->listener)
		propagate->listener->note(propagate->listener,
			propagate->nodes->cluster->nodes[node].name, kind, text);
}

/* Runs an act on all nodes; every node's failure is told. */
static int on_each(struct propagate *propagate, const char *phase, nodes_act *act, void *data,
	struct error *err)
{
	CLEANUP(cluster_release_errors) struct error errors[CLUSTER_NODES_MAX] = {0};
	int result;

	if (phase)
		tell_phase(propagate, phase);
	result = nodes_each(propagate->nodes, act, data, errors, err);
	for (size_t i = 0; i < propagate->nodes->cluster->node_count; i++)
		if (result < 0 && error_is_set(&errors[i]))
			tell_note(propagate, i, "failed", error_text(&errors[i]));
	return result;
}

int propagate_look(struct propagate *propagate, struct error *errors, struct error *err)
{
	return nodes_each(propagate->nodes, propagate_node_look, propagate, errors, err);
}

static int treat(struct propagate *propagate, const struct recovery_item *item, struct error *err)
{
	struct propagate_node_other other = {
		.propagate = propagate, .transaction = item->transaction};
	size_t count = propagate->nodes->cluster->node_count, i;
	bool there[CLUSTER_NODES_MAX];
	int result;

	for (i = 0; i < count; i++) {
		enum survey_state state =
			survey_state_of(&propagate->surveys[i], item->transaction);

		there[i] = state == SURVEY_COMMITTING || state == SURVEY_COMMITTED;
	}
	/* Both find nothing to do on a node that has nothing of it or is that far already. */
	result = on_each(propagate, NULL,
		item->settle ? propagate_node_settle : propagate_node_revert, &other, err);
	for (i = 0; i < count; i++) {
		if (result == 0 && there[i])
			tell_note(propagate, i, item->settle ? "finished" : "put back",
				item->transaction);
		if (other.said[i] && other.said[i][0])
			tell_note(propagate, i, "kept", other.said[i]);
		free(other.said[i]);
	}
	return result;
}

static int recover(struct propagate *propagate, struct error *err)
{
	CLEANUP(cleanup_recovery) struct recovery recovery = {0};
	const struct cluster *cluster = propagate->nodes->cluster;
	const char *names[CLUSTER_NODES_MAX];
	int result;
	size_t i;

	for (i = 0; i < cluster->node_count; i++)
		names[i] = cluster->nodes[i].name;
	result = recovery_decide(
		propagate->surveys, names, cluster->node_count, cluster->name, &recovery, err);
	if (result < 0 || !recovery.count)
		return result;
	tell_phase(propagate, "recover");
	for (i = 0; i < recovery.count && result == 0; i++)
		result = treat(propagate, &recovery.items[i], err);
	return result < 0 ? result : propagate_look(propagate, NULL, err);
}

/* What lies there that propagate would not replace in a way that anybody expects. */
static int refuse_oddities(struct propagate *propagate, struct error *err)
{
	const struct cluster *cluster = propagate->nodes->cluster;

	for (size_t n = 0; n < cluster->node_count; n++) {
		for (size_t f = 0; f < propagate->set->count; f++) {
			const struct survey_file *found = &propagate->surveys[n].files[f];
			const char *target = propagate->set->files[f].entry->target;
			char printable[512];

			switch (found->kind) {
			case SURVEY_SYMLINK:
				return error_set(err, EPERM,
					"%s: %s is a symbolic link to %s; give that file as target in the cluster file, or replace the link there",
					cluster->nodes[n].name, target,
					text_printable(printable, sizeof(printable), found->link));
			case SURVEY_OTHER:
				return error_set(err, EPERM,
					"%s: %s is no file; it is left as it is",
					cluster->nodes[n].name, target);
			case SURVEY_FOLDERLESS:
				return error_set(err, EPERM,
					"%s: there is no folder for %s; is the software installed there? (haupgrade bootstrap does it)",
					cluster->nodes[n].name, target);
			case SURVEY_FILE:
			case SURVEY_ABSENT:
				break;
			}
		}
	}
	return 0;
}

/* How many files on how many nodes are not as they shall be. */
static size_t count_drift(const struct propagate *propagate, unsigned int *into)
{
	size_t nodes = propagate->nodes->cluster->node_count, count = 0;

	for (size_t f = 0; f < propagate->set->count; f++) {
		for (size_t n = 0; n < nodes; n++) {
			unsigned int drift = wanted_files_compare(
				propagate->set, f, n, &propagate->surveys[n].files[f]);

			count += drift != WANTED_SAME;
			if (into)
				into[f * nodes + n] = drift;
		}
	}
	return count;
}

/* Seen there, not believed: every node says it has committed, and has every file as it shall be. */
static int confirm(struct propagate *propagate, struct error *err)
{
	const struct cluster *cluster = propagate->nodes->cluster;
	int result = propagate_look(propagate, NULL, err);

	for (size_t n = 0; n < cluster->node_count && result == 0; n++) {
		if (survey_state_of(&propagate->surveys[n], propagate->transaction) !=
			SURVEY_COMMITTED)
			result = error_set(err, EREMOTEIO, "%s: has not taken the files",
				cluster->nodes[n].name);
		for (size_t f = 0; f < propagate->set->count && result == 0; f++)
			if (wanted_files_compare(
				    propagate->set, f, n, &propagate->surveys[n].files[f]))
				result = error_set(err, EREMOTEIO,
					"%s: %s is not what was put there; does anybody else write it?",
					cluster->nodes[n].name,
					propagate->set->files[f].entry->target);
	}
	return result;
}

/* By a look at all nodes now; who cannot be asked may have begun. */
static bool nobody_has_begun(struct propagate *propagate)
{
	CLEANUP(error_release) struct error ignored = {0};

	if (propagate_look(propagate, NULL, &ignored) < 0)
		return false;
	for (size_t n = 0; n < propagate->nodes->cluster->node_count; n++) {
		switch (survey_state_of(&propagate->surveys[n], propagate->transaction)) {
		case SURVEY_BEGUN:
		case SURVEY_STAGED:
		case SURVEY_REVERTED:
			break;
		case SURVEY_COMMITTING:
		case SURVEY_COMMITTED:
		case SURVEY_SETTLED:
			return false;
		}
	}
	return true;
}

/* The last word on a set that not every node took; why stays the error. */
static int take_back(struct propagate *propagate, int why, struct error *err)
{
	const struct recovery_item item = {.transaction = propagate->transaction};
	CLEANUP(error_release) struct error trouble = {0};

	tell_phase(propagate, "revert");
	if (propagate_look(propagate, NULL, &trouble) == 0 &&
		treat(propagate, &item, &trouble) == 0) {
		error_prefix(err, "nothing was changed on any node");
		return why;
	}
	/* Whoever answers is put back; the others are when they are back. */
	treat(propagate, &item, &trouble);
	/* The lease was lost before the first file, say: there is nothing to put back. */
	if (nobody_has_begun(propagate))
		error_prefix(err,
			"no node had replaced a file when they were looked at last, but what lies ready there could not be removed (%s); the next propagate does it",
			error_text(&trouble));
	else
		error_prefix(err,
			"not every node could be put back (%s); the next propagate does it",
			error_text(&trouble));
	return why;
}

/*
 * From the first replaced file to the last decision a signal must not leave it half done; that
 * takes seconds. -ECANCELED when one has come already.
 */
static int hold_signals(const struct propagate *propagate, sigset_t *before, struct error *err)
{
	const volatile sig_atomic_t *cancel = propagate->nodes->cancel;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, before);
	if (!cancel || !*cancel)
		return 0;
	pthread_sigmask(SIG_SETMASK, before, NULL);
	return error_set(err, ECANCELED, "interrupted; nothing was changed on any node");
}

static int commit(struct propagate *propagate, struct error *err)
{
	struct propagate_node_other other = {
		.propagate = propagate, .transaction = propagate->transaction};
	sigset_t before;
	int result = hold_signals(propagate, &before, err);

	if (result < 0)
		return result;
	result = on_each(propagate, "commit", propagate_node_commit, propagate, err);
	if (result == 0)
		result = confirm(propagate, err);
	if (result < 0)
		result = take_back(propagate, result, err);
	else
		result = on_each(propagate, "settle", propagate_node_settle, &other, err);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static int enable(struct propagate *propagate, struct error *err)
{
	const struct cluster *cluster = propagate->nodes->cluster;
	int result;

	for (size_t n = 0; n < cluster->node_count; n++) {
		propagate->was_enabled[n] = true;
		for (size_t i = 0; i < propagate->surveys[n].service_count; i++)
			if (!survey_is_enabled(&propagate->surveys[n].services[i]))
				propagate->was_enabled[n] = false;
	}
	result = on_each(propagate, "enable", propagate_node_enable, propagate, err);
	if (result == 0)
		result = propagate_look(propagate, NULL, err);
	for (size_t n = 0; n < cluster->node_count && result == 0; n++) {
		for (size_t i = 0; i < propagate->surveys[n].service_count && result == 0; i++) {
			const struct survey_service *service = &propagate->surveys[n].services[i];

			if (!survey_is_enabled(service))
				result = error_set(err, EREMOTEIO,
					"%s: %s does not start at boot: it is %s",
					cluster->nodes[n].name, service->name, service->enabled);
		}
	}
	return result < 0 ? error_prefix(err, "the files are in place, but") : 0;
}

static int bring(struct propagate *propagate, struct error *err)
{
	int result = propagate_look(propagate, NULL, err);

	if (result == 0)
		result = recover(propagate, err);
	if (result == 0)
		result = refuse_oddities(propagate, err);
	if (result < 0)
		return result;
	if (count_drift(propagate, propagate->before)) {
		result = on_each(propagate, "stage", propagate_node_stage, propagate, err);
		if (result == 0)
			result = on_each(propagate, "check", propagate_node_check, propagate, err);
		if (result < 0)
			return error_prefix(err, "nothing was changed on any node"), result;
		result = commit(propagate, err);
	}
	return result == 0 ? enable(propagate, err) : result;
}

void propagate_wants(const struct propagate *propagate, struct text *wants)
{
	const struct cluster *cluster = propagate->nodes->cluster;

	for (size_t n = 0; n < cluster->node_count; n++) {
		const struct survey *survey = &propagate->surveys[n];

		for (size_t f = 0; f < propagate->set->count; f++)
			if (wanted_files_compare(propagate->set, f, n, &survey->files[f]) !=
				WANTED_SAME)
				text_appendf(wants, "%s%s of %s is not as here",
					wants->length ? ", " : "",
					propagate->set->files[f].entry->target,
					cluster->nodes[n].name);
		for (size_t i = 0; i < survey->service_count; i++)
			if (!survey_is_enabled(&survey->services[i]))
				text_appendf(wants, "%s%s of %s does not start at boot",
					wants->length ? ", " : "", survey->services[i].name,
					cluster->nodes[n].name);
	}
}

bool propagate_is_stale(const struct propagate *propagate, size_t node)
{
	const struct survey *survey = &propagate->surveys[node];

	for (size_t i = 0; i < survey->service_count; i++)
		for (size_t f = 0; f < survey->file_count; f++)
			if (survey->services[i].since_s &&
				survey->files[f].changed_s > survey->services[i].since_s)
				return true;
	return false;
}

int propagate_run(struct propagate *propagate, struct error *err)
{
	int result = make_name(propagate, err);

	if (result < 0)
		return result;
	result = on_each(propagate, "begin", propagate_node_begin, propagate, err);
	if (result == 0)
		result = bring(propagate, err);
	/* Also after a failure, where it removes what was staged. */
	nodes_each(propagate->nodes, propagate_node_end, propagate, NULL, NULL);
	for (size_t n = 0; n < propagate->nodes->cluster->node_count; n++)
		propagate->stale[n] = propagate_is_stale(propagate, n);
	return result;
}
