/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What host names mean: each question is put to ssh once, whoever and how many may ask. */
#include "orchestrator/remote/ssh_config.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/thread.h"
#include "lib/base/vector.h"

/* How often one who waits for another's answer looks whether he is cancelled. */
#define LOOK_MS 100

enum entry_state {
	ENTRY_OPEN,   /* nobody is asking ssh, and nothing is known */
	ENTRY_ASKING, /* somebody is */
	ENTRY_KNOWN,
	ENTRY_FAILED, /* ssh gave no answer, and would give none again */
};

/* Each in memory of its own, so that a growing list moves no answer. */
struct entry {
	char *key; /* the question in words */
	enum entry_state state;
	struct ssh_config_answer answer;
	struct error trouble;
};

struct ssh_config {
	char *config; /* NULL: ssh's own */
	/* getpwuid is not for several threads. NULL: the user database does not have us. */
	char *local_user, *home;
	pthread_mutex_t lock; /* over what follows; never held while ssh is asked */
	pthread_cond_t changed;
	struct entry **entries;
	size_t count;
};

struct ssh_config *ssh_config_new(const char *config)
{
	struct ssh_config *ssh_config = vector_resize(NULL, 1, sizeof(*ssh_config));
	const struct passwd *local = getpwuid(getuid());

	*ssh_config = (struct ssh_config){
		.config = config ? text_copy(config) : NULL,
		.local_user = local ? text_copy(local->pw_name) : NULL,
		.home = local ? text_copy(local->pw_dir) : NULL,
	};
	pthread_mutex_init(&ssh_config->lock, NULL);
	thread_condition(&ssh_config->changed);
	return ssh_config;
}

void ssh_config_free(struct ssh_config *ssh_config)
{
	if (!ssh_config)
		return;
	for (size_t i = 0; i < ssh_config->count; i++) {
		free(ssh_config->entries[i]->key);
		ssh_config_answer_clear(&ssh_config->entries[i]->answer);
		error_release(&ssh_config->entries[i]->trouble);
		free(ssh_config->entries[i]);
	}
	free(ssh_config->entries);
	free(ssh_config->config);
	free(ssh_config->local_user);
	free(ssh_config->home);
	pthread_cond_destroy(&ssh_config->changed);
	pthread_mutex_destroy(&ssh_config->lock);
	free(ssh_config);
}

/* The same words are the same question: no part of it holds a newline. */
static char *key_of(const struct ssh_question *question)
{
	return text_format("%s\n%s\n%u\n%s\n%s", question->host, question->user ?: "",
		question->port, question->jump ?: "", question->default_user ?: "");
}

static struct entry *find_entry(struct ssh_config *ssh_config, const char *key)
{
	struct entry *entry;

	for (size_t i = 0; i < ssh_config->count; i++) {
		if (strcmp(ssh_config->entries[i]->key, key) == 0)
			return ssh_config->entries[i];
	}
	entry = vector_resize(NULL, 1, sizeof(*entry));
	*entry = (struct entry){.key = text_copy(key)};
	*VECTOR_APPEND(ssh_config->entries, ssh_config->count) = entry;
	return entry;
}

/* For one who waits for another's answer. Under the lock. */
static int await_change(
	struct ssh_config *ssh_config, const struct ssh_question *question, struct error *err)
{
	struct timespec until;

	if (question->cancel && *question->cancel)
		return error_set(
			err, ECANCELED, "cancelled while ssh was asked about %s", question->host);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&ssh_config->changed, &ssh_config->lock, &until);
	return 0;
}

static int find_answer(struct ssh_config *ssh_config, struct ssh_config_query *query,
	const char *key, const struct ssh_config_answer **answer, struct error *err);

/* No question's: each has newlines. */
#define KEY_OF_DEFAULTS ""

static int ask_ssh(struct ssh_config *ssh_config, struct ssh_config_query *query, const char *key,
	struct ssh_config_answer *answer, struct error *err)
{
	struct ssh_config_query other = *query;
	const struct ssh_config_answer *defaults;
	int result;

	if (strcmp(key, KEY_OF_DEFAULTS) == 0)
		return ssh_config_query_defaults(query, answer, err);
	result = ssh_config_query_host(query, answer, err);
	if (result == 0) {
		const uint64_t begun_ms = clock_monotonic_ms();

		result = find_answer(ssh_config, &other, KEY_OF_DEFAULTS, &defaults, err);
		query->until_ms += clock_monotonic_ms() - begun_ms;
		query->has_run = other.has_run;
	}
	if (result == 0)
		result = ssh_config_query_identities(query, defaults, answer, err);
	if (result < 0)
		ssh_config_answer_clear(answer);
	return result;
}

/* Under the lock, which is let go meanwhile. The entry's state says what became of it. */
static int fill_entry(struct ssh_config *ssh_config, struct ssh_config_query *query,
	struct entry *entry, struct error *err)
{
	CLEANUP(error_release) struct error trouble = {0};
	struct ssh_config_answer answer = {0};
	int result;

	entry->state = ENTRY_ASKING;
	/* From here on: how long others took, or the question that needs this answer, is not its
	 * time. */
	query->until_ms =
		clock_monotonic_ms() + (query->question->limit_ms ?: SSH_CONFIG_QUERY_LIMIT_MS);
	pthread_mutex_unlock(&ssh_config->lock);
	result = ask_ssh(ssh_config, query, entry->key, &answer, &trouble);
	if (result < 0)
		error_copy(err, &trouble);
	pthread_mutex_lock(&ssh_config->lock);
	if (result == 0) {
		entry->state = ENTRY_KNOWN;
		entry->answer = answer;
	} else if (result != -ECANCELED && query->has_run) {
		entry->state = ENTRY_FAILED;
		error_move(&entry->trouble, &trouble);
	} else {
		/* Left to others: he was cancelled, or this machine could not start ssh. */
		entry->state = ENTRY_OPEN;
	}
	pthread_cond_broadcast(&ssh_config->changed);
	return result;
}

static int find_answer(struct ssh_config *ssh_config, struct ssh_config_query *query,
	const char *key, const struct ssh_config_answer **answer, struct error *err)
{
	struct entry *entry;
	int result = 0;

	pthread_mutex_lock(&ssh_config->lock);
	entry = find_entry(ssh_config, key);
	while (entry->state == ENTRY_ASKING && result == 0)
		result = await_change(ssh_config, query->question, err);
	if (result == 0 && entry->state == ENTRY_FAILED) {
		query->has_run = true;
		result = error_copy(err, &entry->trouble);
	} else if (result == 0 && entry->state == ENTRY_OPEN) {
		result = fill_entry(ssh_config, query, entry, err);
	}
	pthread_mutex_unlock(&ssh_config->lock);
	if (result == 0)
		*answer = &entry->answer;
	return result;
}

int ssh_config_host(struct ssh_config *ssh_config, const struct ssh_question *question,
	const struct ssh_config_answer **answer, struct error *err)
{
	CLEANUP(cleanup_free) char *key = key_of(question);
	struct ssh_config_query query = {
		.question = question,
		.config = ssh_config->config,
		.local_user = ssh_config->local_user,
		.home = ssh_config->home,
	};

	return find_answer(ssh_config, &query, key, answer, err);
}
