/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies on a node: its files, transactions and services. */
#include "orchestrator/files/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/node/answer.h"

static int copy_word(char **rest, const char *what, char *into, size_t size, struct error *err)
{
	const char *word = answer_word(rest);

	if (!word || strlen(word) >= size)
		return error_set(err, EPROTO, "%s is missing or too long", what);
	memcpy(into, word, strlen(word) + 1);
	return 0;
}

static int parse_number(char **rest, const char *what, uint64_t *number, struct error *err)
{
	const char *word = answer_word(rest);

	return number_parse(word ? word : "", what, 0, INT64_MAX, number, err) < 0
		       ? error_prefix(err, "malformed answer")
		       : 0;
}

static int parse_file(char *rest, struct survey *survey, struct error *err)
{
	struct survey_file *file = VECTOR_APPEND(survey->files, survey->file_count);
	int result;

	file->kind = SURVEY_FILE;
	result = copy_word(&rest, "mode", file->mode, sizeof(file->mode), err);
	if (result == 0)
		result = copy_word(&rest, "owner", file->user, sizeof(file->user), err);
	if (result == 0)
		result = copy_word(&rest, "group", file->group, sizeof(file->group), err);
	if (result == 0)
		result = copy_word(
			&rest, "owner's name", file->user_name, sizeof(file->user_name), err);
	if (result == 0)
		result = copy_word(
			&rest, "group's name", file->group_name, sizeof(file->group_name), err);
	if (result == 0)
		result = parse_number(&rest, "time of change", &file->changed_s, err);
	if (result == 0)
		result = copy_word(&rest, "digest", file->sha256, sizeof(file->sha256), err);
	if (result == 0 && (strlen(file->sha256) != 64 ||
				   file->sha256[strspn(file->sha256, "0123456789abcdef")]))
		return error_set(err, EPROTO, "a digest is no SHA-256");
	return result;
}

/* What is no file of the usual kind. */
static const struct {
	const char *key;
	enum survey_kind kind;
} kinds[] = {
	{"absent", SURVEY_ABSENT},
	{"symlink", SURVEY_SYMLINK},
	{"folderless", SURVEY_FOLDERLESS},
	{"other", SURVEY_OTHER},
};

static void parse_other_file(const struct answer *answer, struct survey *survey)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct survey_file *file;

		if (strcmp(answer->key, kinds[i].key) != 0)
			continue;
		file = VECTOR_APPEND(survey->files, survey->file_count);
		file->kind = kinds[i].kind;
		if (file->kind == SURVEY_SYMLINK)
			file->link = text_copy(answer->value);
	}
}

static enum survey_state read_state(const char *words)
{
	static const struct {
		const char *words;
		enum survey_state state;
	} states[] = {
		{"staged", SURVEY_STAGED},
		{"committing", SURVEY_COMMITTING},
		{"committed", SURVEY_COMMITTED},
		{"settled", SURVEY_SETTLED},
		{"reverted", SURVEY_REVERTED},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (words && strcmp(words, states[i].words) == 0)
			return states[i].state;
	return SURVEY_BEGUN;
}

static int parse_transaction(char *rest, struct survey *survey, struct error *err)
{
	const char *name = answer_word(&rest);
	struct survey_transaction *transaction;

	if (!name)
		return error_set(err, EPROTO, "a transaction without a name");
	transaction = VECTOR_APPEND(survey->transactions, survey->transaction_count);
	transaction->name = text_copy(name);
	transaction->state = read_state(rest);
	return 0;
}

static int parse_service(char *rest, struct survey *survey, struct error *err)
{
	const char *enabled = answer_word(&rest), *since = answer_word(&rest);
	struct survey_service *service;

	if (!enabled || !since || !rest || !*rest)
		return error_set(err, EPROTO, "a service without state, time and name");
	service = VECTOR_APPEND(survey->services, survey->service_count);
	service->enabled = text_copy(enabled);
	service->name = text_copy(rest);
	if (strcmp(since, "-") == 0)
		return 0;
	return number_parse(since, "start of a service", 0, INT64_MAX, &service->since_s, err);
}

static int parse_line(struct answer *answer, struct survey *survey, struct error *err)
{
	const char *key = answer->key;
	char *value = answer->value;

	if (answer_count(answer, SURVEY_ITEMS_MAX, "items", err) < 0)
		return -EPROTO;
	if (strcmp(key, "now") == 0)
		return parse_number(&value, "clock", &survey->now_s, err);
	if (strcmp(key, "file") == 0)
		return parse_file(value, survey, err);
	if (strcmp(key, "transaction") == 0)
		return parse_transaction(value, survey, err);
	if (strcmp(key, "service") == 0)
		return parse_service(value, survey, err);
	/* Login scripts may chatter; what is not ours is passed over. */
	parse_other_file(answer, survey);
	return 0;
}

int survey_parse(const char *output, size_t length, size_t file_count, size_t service_count,
	struct survey *survey, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	struct survey draft = {0};
	int result = 0;

	while (result == 0 && answer_next(&answer))
		result = parse_line(&answer, &draft, err);
	result = answer_finish(&answer, result, err);
	if (result == 0 && (draft.file_count != file_count || draft.service_count != service_count))
		result = error_set(err, EPROTO,
			"asked for %zu files and %zu services, got %zu and %zu", file_count,
			service_count, draft.file_count, draft.service_count);
	if (result < 0) {
		survey_clear(&draft);
		return result;
	}
	*survey = draft;
	return 0;
}

void survey_clear(struct survey *survey)
{
	size_t i;

	for (i = 0; i < survey->file_count; i++)
		free(survey->files[i].link);
	free(survey->files);
	for (i = 0; i < survey->transaction_count; i++)
		free(survey->transactions[i].name);
	free(survey->transactions);
	for (i = 0; i < survey->service_count; i++) {
		free(survey->services[i].name);
		free(survey->services[i].enabled);
	}
	free(survey->services);
	*survey = (struct survey){0};
}

bool survey_is_enabled(const struct survey_service *service)
{
	/* systemctl(1), is-enabled: those that start at boot, and those that another one starts. */
	static const char *const states[] = {"enabled", "alias", "static", "indirect", "generated"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(service->enabled, states[i]) == 0)
			return true;
	return false;
}

enum survey_state survey_state_of(const struct survey *survey, const char *transaction)
{
	for (size_t i = 0; i < survey->transaction_count; i++)
		if (strcmp(survey->transactions[i].name, transaction) == 0)
			return survey->transactions[i].state;
	return SURVEY_REVERTED;
}
