/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What host names mean: each question is put to ssh once, whoever and how many may ask. */
#include "orchestrator/remote/ssh_ask.h"

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
	struct ssh_answer answer;
	struct error trouble;
};

struct ssh_ask {
	char *config; /* NULL: ssh's own */
	/* getpwuid is not for several threads. NULL: the user database does not have us. */
	char *local_user, *home;
	pthread_mutex_t lock; /* over what follows; never held while ssh is asked */
	pthread_cond_t changed;
	struct entry **entries;
	size_t count;
};

struct ssh_ask *ssh_ask_new(const char *config)
{
	struct ssh_ask *ask = vector_resize(NULL, 1, sizeof(*ask));
	const struct passwd *local = getpwuid(getuid());

	*ask = (struct ssh_ask){
		.config = config ? text_copy(config) : NULL,
		.local_user = local ? text_copy(local->pw_name) : NULL,
		.home = local ? text_copy(local->pw_dir) : NULL,
	};
	pthread_mutex_init(&ask->lock, NULL);
	thread_condition(&ask->changed);
	return ask;
}

void ssh_ask_free(struct ssh_ask *ask)
{
	if (!ask)
		return;
	for (size_t i = 0; i < ask->count; i++) {
		free(ask->entries[i]->key);
		ssh_answer_clear(&ask->entries[i]->answer);
		error_release(&ask->entries[i]->trouble);
		free(ask->entries[i]);
	}
	free(ask->entries);
	free(ask->config);
	free(ask->local_user);
	free(ask->home);
	pthread_cond_destroy(&ask->changed);
	pthread_mutex_destroy(&ask->lock);
	free(ask);
}

/* The same words are the same question: no part of it holds a newline. */
static char *key_of(const struct ssh_question *question)
{
	return text_format("%s\n%s\n%u\n%s\n%s", question->host, question->user ?: "",
		question->port, question->jump ?: "", question->default_user ?: "");
}

static struct entry *find_entry(struct ssh_ask *ask, const char *key)
{
	struct entry *entry;

	for (size_t i = 0; i < ask->count; i++) {
		if (strcmp(ask->entries[i]->key, key) == 0)
			return ask->entries[i];
	}
	entry = vector_resize(NULL, 1, sizeof(*entry));
	*entry = (struct entry){.key = text_copy(key)};
	*VECTOR_APPEND(ask->entries, ask->count) = entry;
	return entry;
}

/* For one who waits for another's answer. Under the lock. */
static int await_change(struct ssh_ask *ask, const struct ssh_question *question, struct error *err)
{
	struct timespec until;

	if (question->cancel && *question->cancel)
		return error_set(
			err, ECANCELED, "cancelled while ssh was asked about %s", question->host);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&ask->changed, &ask->lock, &until);
	return 0;
}

static int find_answer(struct ssh_ask *ask, struct ssh_query *query, const char *key,
	const struct ssh_answer **answer, struct error *err);

/* No question's: each has newlines. */
#define KEY_OF_DEFAULTS ""

static int ask_ssh(struct ssh_ask *ask, struct ssh_query *query, const char *key,
	struct ssh_answer *answer, struct error *err)
{
	struct ssh_query other = *query;
	const struct ssh_answer *defaults;
	int result;

	if (strcmp(key, KEY_OF_DEFAULTS) == 0)
		return ssh_query_defaults(query, answer, err);
	result = ssh_query_host(query, answer, err);
	if (result == 0)
		result = find_answer(ask, &other, KEY_OF_DEFAULTS, &defaults, err);
	if (result == 0)
		result = ssh_query_identities(query, defaults, answer, err);
	if (result < 0)
		ssh_answer_clear(answer);
	return result;
}

/* Under the lock, which is let go meanwhile. The entry's state says what became of it. */
static int fill_entry(
	struct ssh_ask *ask, struct ssh_query *query, struct entry *entry, struct error *err)
{
	CLEANUP(error_release) struct error trouble = {0};
	struct ssh_answer answer = {0};
	int result;

	entry->state = ENTRY_ASKING;
	pthread_mutex_unlock(&ask->lock);
	result = ask_ssh(ask, query, entry->key, &answer, &trouble);
	if (result < 0)
		error_copy(err, &trouble);
	pthread_mutex_lock(&ask->lock);
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
	pthread_cond_broadcast(&ask->changed);
	return result;
}

static int find_answer(struct ssh_ask *ask, struct ssh_query *query, const char *key,
	const struct ssh_answer **answer, struct error *err)
{
	struct entry *entry;
	int result = 0;

	pthread_mutex_lock(&ask->lock);
	entry = find_entry(ask, key);
	while (entry->state == ENTRY_ASKING && result == 0)
		result = await_change(ask, query->question, err);
	if (result == 0 && entry->state == ENTRY_FAILED)
		result = error_copy(err, &entry->trouble);
	else if (result == 0 && entry->state == ENTRY_OPEN)
		result = fill_entry(ask, query, entry, err);
	pthread_mutex_unlock(&ask->lock);
	if (result == 0)
		*answer = &entry->answer;
	return result;
}

int ssh_ask_host(struct ssh_ask *ask, const struct ssh_question *question,
	const struct ssh_answer **answer, struct error *err)
{
	CLEANUP(cleanup_free) char *key = key_of(question);
	struct ssh_query query = {
		.question = question,
		.config = ask->config,
		.local_user = ask->local_user,
		.home = ask->home,
		.until_ms = clock_monotonic_ms() + (question->limit_ms ?: SSH_QUERY_LIMIT_MS),
	};

	return find_answer(ask, &query, key, answer, err);
}
