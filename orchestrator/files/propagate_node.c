/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What propagate does on one node. */
#include "orchestrator/files/propagate_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/files/script.h"
#include "orchestrator/node/job.h"
#include "orchestrator/remote/quote.h"

/* The lease's lock, and so a commit under way, is waited for for most of a minute on the node. */
enum {
	SMALL_DEADLINE_MS = 60000,
	LOCK_DEADLINE_MS = 90000,
	JOB_DEADLINE_MS = 120000,
	/* A node that does not answer for so long is not waited for any more. */
	SILENCE_MS = 20000,
	PAUSE_MS = 200,
};

/* A growing argv for a script; the strings are borrowed. */
struct words {
	const char **items;
	size_t count;
};

static void words_add(struct words *words, const char *word)
{
	*VECTOR_APPEND(words->items, words->count) = word;
}

static void cleanup_words(struct words *words)
{
	free(words->items);
}

static int run_script(struct link *link, const char *what, const char *script, struct words *words,
	uint64_t deadline_ms, struct session_result *result, struct error *err)
{
	words_add(words, NULL);
	return link_script(link, what, script, words->items, deadline_ms, result, err);
}

/* ROOT, the transaction and TOKEN, with which every script begins. */
static struct words words_begin(const struct propagate *propagate)
{
	struct words words = {0};

	words_add(&words, SCRIPT_ROOT);
	words_add(&words, propagate->transaction);
	words_add(&words, propagate->token ?: "");
	return words;
}

int propagate_node_begin(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	CLEANUP(cleanup_words) struct words words = words_begin(data);

	return run_script(&nodes->items[node].link, "make the folder for the files",
		script_files_begin, &words, LOCK_DEADLINE_MS, NULL, err);
}

int propagate_node_look(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct propagate *propagate = data;
	const struct word_list *services = &nodes->cluster->profile->services;
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	CLEANUP(cleanup_words) struct words words = words_begin(propagate);
	struct survey survey = {0};
	int result;
	size_t i;

	for (i = 0; i < propagate->set->count; i++)
		words_add(&words, propagate->set->files[i].entry->target);
	words_add(&words, "--");
	for (i = 0; i < services->count; i++)
		words_add(&words, services->items[i]);
	result = run_script(&nodes->items[node].link, "look at the files", script_files_look,
		&words, SMALL_DEADLINE_MS, &said, err);
	if (result < 0)
		return result;
	result = survey_parse(said.output, said.output_length, propagate->set->count,
		services->count, &survey, err);
	if (result < 0)
		return error_prefix(err, "%s: its files", nodes->cluster->nodes[node].name);
	survey_clear(&propagate->surveys[node]);
	propagate->surveys[node] = survey;
	return 0;
}

int propagate_node_read(struct propagate *propagate, size_t node, size_t file, char **content,
	size_t *length, struct error *err)
{
	const char *arguments[] = {propagate->set->files[file].entry->target, NULL};
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	int result = link_script(&propagate->nodes->items[node].link, "read a file",
		script_files_read, arguments, SMALL_DEADLINE_MS, &said, err);

	if (result < 0)
		return result;
	*length = said.output_length;
	*content = TAKE(said.output);
	return 0;
}

/* Never in a file on this machine: it may be a secret. */
static int open_bytes(const struct wanted_content *content, int *descriptor, struct error *err)
{
	int result;

	*descriptor = memfd_create("haupgrade", MFD_CLOEXEC);
	result = *descriptor < 0 ? -errno
				 : file_write_all(*descriptor, content->bytes, content->length);
	if (result == 0 && lseek(*descriptor, 0, SEEK_SET) < 0)
		result = -errno;
	return result < 0 ? error_system(err, -result, "cannot keep a file in memory for sending")
			  : 0;
}

static int upload(struct link *link, const struct propagate *propagate, size_t file, size_t node,
	struct error *err)
{
	const struct wanted_file *from = &propagate->set->files[file];
	CLEANUP(cleanup_close) int descriptor = -1;
	CLEANUP(cleanup_free)
	char *path = text_format(
		"%s/%s/new%s", SCRIPT_ROOT, propagate->transaction, from->entry->target);
	int result = open_bytes(&from->contents[node], &descriptor, err);

	if (result < 0)
		return result;
	return link_upload(link,
		&(const struct session_file){
			.file = descriptor,
			.name = from->source,
			.remote_path = path,
			.mode = 0600,
			.sha256 = from->contents[node].sha256,
			.deadline_ms = SMALL_DEADLINE_MS,
		},
		err);
}

int propagate_node_stage(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct propagate *propagate = data;
	const struct wanted_files *set = propagate->set;
	struct link *link = &nodes->items[node].link;
	CLEANUP(cleanup_words) struct words folders = words_begin(propagate);
	CLEANUP(cleanup_words) struct words words = words_begin(propagate);
	int result;
	size_t i;

	for (i = 0; i < set->count; i++) {
		const struct file_entry *entry = set->files[i].entry;

		words_add(&folders, entry->target);
		words_add(&words, entry->owner);
		words_add(&words, entry->group);
		words_add(&words, entry->mode);
		words_add(&words, entry->target);
	}
	result = run_script(link, "make folders for the files", script_files_prepare, &folders,
		LOCK_DEADLINE_MS, NULL, err);
	for (i = 0; i < set->count && result == 0; i++)
		result = upload(link, propagate, i, node, err);
	if (result == 0)
		result = run_script(link, "stage the files", script_files_stage, &words,
			LOCK_DEADLINE_MS, NULL, err);
	return result;
}

/* word with every "what" in it replaced; owned. */
static char *substitute(const char *word, const char *what, const char *by)
{
	struct text text = {0};
	const char *found;

	while ((found = strstr(word, what))) {
		text_append_bytes(&text, word, (size_t)(found - word));
		text_append(&text, by);
		word = found + strlen(what);
	}
	text_append(&text, word);
	return text_take(&text);
}

/* The check's own words, with the targets' names where it told those of the staged files. */
static int rejected(const char *node, const char *staged, const char *said, const char *status,
	struct error *err)
{
	CLEANUP(cleanup_free) char *plain = substitute(said, staged, "");
	CLEANUP(cleanup_free) char *printable = NULL;
	char *line = text_trim(plain);

	for (char *newline = line; (newline = strchr(newline, '\n')); newline++)
		*newline = '|';
	printable = text_printable_copy(line);
	return error_set(err, EREMOTEIO, "%s: its own check rejects the files (status %.20s): %s",
		node, status, printable);
}

/* Cuts "status N" off the end of what script_files_check printed; NULL when it is not there. */
static char *last_status(char *said)
{
	char *line = strstr(said, "status "), *next;

	while (line && (next = strstr(line + 1, "status ")))
		line = next;
	if (!line)
		return NULL;
	*line = '\0';
	return text_trim(line + strlen("status "));
}

int propagate_node_check(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct propagate *propagate = data;
	const struct word_list *check = &nodes->cluster->profile->check;
	const char *name = nodes->cluster->nodes[node].name;
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	CLEANUP(cleanup_free)
	char *staged = text_format("%s/%s/new", SCRIPT_ROOT, propagate->transaction);
	struct words words = {0};
	CLEANUP(cleanup_words) struct words borrowed = {0};
	char *status;
	int result;

	if (!check->count)
		return 0;
	for (size_t i = 0; i < check->count; i++) {
		CLEANUP(cleanup_free) char *named = substitute(check->items[i], "%node%", name);

		words_add(&words, substitute(named, "%staged%", staged));
		words_add(&borrowed, words.items[i]);
	}
	result = run_script(&nodes->items[node].link, "check the files", script_files_check,
		&borrowed, SMALL_DEADLINE_MS, &said, err);
	for (size_t i = 0; i < words.count; i++)
		free((char *)(uintptr_t)words.items[i]);
	cleanup_words(&words);
	if (result < 0)
		return result;
	status = last_status(said.output);
	if (!status)
		return error_set(err, EPROTO, "%s: no word about the end of the check", name);
	if (strcmp(status, "0") == 0)
		return 0;
	if (strcmp(status, "127") == 0)
		return error_set(err, EREMOTEIO,
			"%s: there is no program %s to check the files with; is the software installed? (haupgrade bootstrap does it)",
			name, check->items[0]);
	/* timeout(1): it was ended, or killed as it did not want to. */
	if (strcmp(status, "124") == 0 || strcmp(status, "137") == 0)
		return error_set(err, ETIMEDOUT,
			"%s: its own check of the files (%s) did not end within 45 s", name,
			check->items[0]);
	return rejected(name, staged, said.output, status, err);
}

/* Runs a script as a job and waits for its end, over lost connections too. *said is owned. */
static int run_job(struct nodes *nodes, size_t node, const char *step, const char *script,
	struct words *words, char **said, struct error *err)
{
	const struct job job = {.run = words->items[1], .step = step};
	const char *name = nodes->cluster->nodes[node].name;
	uint64_t deadline_ms = clock_monotonic_ms() + JOB_DEADLINE_MS;
	uint64_t heard_ms = clock_monotonic_ms();
	struct link *link = &nodes->items[node].link;
	CLEANUP(cleanup_free) char *line = NULL;
	int result = quote_script(script, words->items, words->count, &line, err);

	if (result == 0)
		result = job_start(link, &job, line, err);
	if (result < 0)
		return result;
	for (;;) {
		free(*said);
		*said = NULL;
		switch (job_wait(link, &job, said, err)) {
		case JOB_DONE:
			return 0;
		case JOB_FAILED:
			return error_set(err, EREMOTEIO, "%s: %s", name, *said);
		case JOB_NONE:
			return error_set(err, EREMOTEIO,
				"%s: was switched off or restarted while its files were being replaced",
				name);
		case JOB_UNKNOWN:
			break;
		case JOB_RUNNING:
			heard_ms = clock_monotonic_ms();
			error_set(err, ETIMEDOUT, "%s: its files are still being replaced", name);
			break;
		}
		if (clock_monotonic_ms() > deadline_ms ||
			clock_monotonic_ms() > heard_ms + SILENCE_MS)
			return -ETIMEDOUT;
		/* Neither a node that is away nor another run's job is asked without a rest. */
		clock_sleep_ms(PAUSE_MS);
	}
}

int propagate_node_commit(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	CLEANUP(cleanup_words) struct words words = words_begin(data);
	CLEANUP(cleanup_free) char *said = NULL;

	return run_job(nodes, node, "commit", script_files_commit, &words, &said, err);
}

int propagate_node_revert(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct propagate_node_other *other = data;
	CLEANUP(cleanup_words) struct words words = words_begin(other->propagate);
	CLEANUP(cleanup_free) char *step = NULL;

	/* Several transactions may be put back in one propagate: a job of its own for each, so that
	 * nobody takes the end of one for that of another. */
	step = text_format("revert-%s", other->transaction);
	words_add(&words, other->transaction);
	return run_job(nodes, node, step, script_files_revert, &words, &other->said[node], err);
}

int propagate_node_settle(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct propagate_node_other *other = data;
	CLEANUP(cleanup_words) struct words words = words_begin(other->propagate);

	words_add(&words, other->transaction);
	return run_script(&nodes->items[node].link, "settle the files", script_files_settle, &words,
		LOCK_DEADLINE_MS, NULL, err);
}

int propagate_node_end(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	CLEANUP(cleanup_words) struct words words = words_begin(data);

	return run_script(&nodes->items[node].link, "let the node go", script_files_end, &words,
		LOCK_DEADLINE_MS, NULL, err);
}

int propagate_node_enable(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct propagate *propagate = data;
	const struct survey *survey = &propagate->surveys[node];
	CLEANUP(cleanup_words) struct words words = words_begin(propagate);
	size_t i, wanted = 0;

	for (i = 0; i < survey->service_count; i++) {
		if (survey_is_enabled(&survey->services[i]))
			continue;
		words_add(&words, survey->services[i].name);
		wanted++;
	}
	if (!wanted)
		return 0;
	return run_script(&nodes->items[node].link, "enable the services at boot",
		script_files_enable, &words, LOCK_DEADLINE_MS, NULL, err);
}
