/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of its condition, read. */
#include "orchestrator/node/condition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/node/answer.h"

/* How far reading has come. */
struct draft {
	struct condition condition;
	size_t spaces, inodes, writes; /* how many of these lines there were */
	bool has_clock;
};

static int parse_kib(const char *value, const char *what, uint64_t *number, struct error *err)
{
	return number_parse(value, what, 0, INT64_MAX / 1024, number, err);
}

/*
 * "DEVICE TOTAL USED FREE 22% MOUNT": device and mount point may hold blanks, so that the percents
 * are looked for, which are "-" where nothing is counted.
 */
static bool split_df(char *line, char *columns[2], const char **mount)
{
	char *words[5] = {NULL}, *cursor = line;

	while (*cursor) {
		char *word = cursor + strspn(cursor, " ");
		size_t length = strcspn(word, " ");
		bool percents =
			length && (word[length - 1] == '%' || (length == 1 && *word == '-'));

		cursor = word + length;
		if (percents && words[0] && (*cursor == ' ' || !*cursor)) {
			const char *rest = cursor + strspn(cursor, " ");

			if (*rest == '/') {
				columns[0] = words[0];
				columns[1] = words[2];
				words[0][strcspn(words[0], " ")] = '\0';
				words[2][strcspn(words[2], " ")] = '\0';
				*mount = rest;
				return true;
			}
		}
		words[0] = words[1];
		words[1] = words[2];
		words[2] = word;
	}
	return false;
}

/* total, used, free are the three words before the percents. */
static int parse_space(char *value, struct draft *draft, struct error *err)
{
	struct condition_space *space;
	const char *mount;
	char *columns[2];

	if (draft->spaces == CONDITION_PLACE_COUNT)
		return error_set(err, EPROTO, "more file systems than were asked for");
	if (!split_df(value, columns, &mount))
		return error_set(err, EPROTO, "df says something else than -P promises");
	space = &draft->condition.spaces[draft->spaces++];
	space->is_known = true;
	snprintf(space->mount, sizeof(space->mount), "%s", mount);
	return parse_kib(columns[1], "free space", &space->free_kib, err);
}

/* Not every file system counts them, nor every df: then nobody knows. */
static void parse_inodes(char *value, struct draft *draft)
{
	struct condition_space *space = &draft->condition.spaces[draft->inodes];
	const char *mount;
	char *columns[2];
	uint64_t total = 0, left = 0;

	draft->inodes++;
	if (!split_df(value, columns, &mount) ||
		number_parse(columns[0], "inodes", 0, INT64_MAX, &total, NULL) < 0 ||
		number_parse(columns[1], "inodes", 0, INT64_MAX, &left, NULL) < 0)
		return;
	space->inodes = total;
	space->inodes_free = left;
}

/* "2 0123...": the index of the file, and its digest. */
static int parse_file(const char *value, struct condition *condition, struct error *err)
{
	CLEANUP(cleanup_free) char *word = strndup(value, strcspn(value, " "));
	const char *digest = strchr(value, ' ');
	uint64_t index = 0;
	int result;

	if (!condition->digest_count)
		return error_set(err, EPROTO, "the digest of a file that was not asked for");
	result = number_parse(word ?: "", "index", 0, condition->digest_count - 1, &index, err);
	if (result < 0)
		return result;
	if (!digest || strspn(digest + 1, "0123456789abcdef") != 64 || digest[65])
		return error_set(err, EPROTO, "a digest that is none");
	memcpy(condition->digests[index], digest + 1, 65);
	return 0;
}

static const char *const keys[CONDITION_KIND_COUNT] = {
	[CONDITION_LOCK] = "lock",
	[CONDITION_PROCESS] = "process",
	[CONDITION_LEFTOVER] = "leftover",
	[CONDITION_AUDIT] = "audit",
	[CONDITION_JOB] = "job",
	[CONDITION_FAILED] = "failed",
	[CONDITION_UNIT] = "unit",
	[CONDITION_ROUTE] = "route",
	[CONDITION_KERNEL] = "kernel",
	[CONDITION_REBOOT] = "reboot",
	[CONDITION_SCHEDULED] = "scheduled",
};

/* Login scripts may chatter; what is not ours is passed over. */
static int parse_item(struct answer *answer, struct condition *condition, struct error *err)
{
	char words[CONDITION_WORDS_MAX];
	struct condition_item *item;
	unsigned int kind = 0;

	while (kind < CONDITION_KIND_COUNT && strcmp(keys[kind], answer->key) != 0)
		kind++;
	if (kind == CONDITION_KIND_COUNT || !*answer->value)
		return 0;
	if (answer_count(answer, CONDITION_ITEMS_MAX, "items", err) < 0)
		return -EPROTO;
	item = VECTOR_APPEND(condition->items, condition->item_count);
	item->kind = (enum condition_kind)kind;
	item->words = text_copy(text_printable(words, sizeof(words), answer->value));
	text_trim(item->words);
	return 0;
}

static int parse_line(struct answer *answer, struct draft *draft, struct error *err)
{
	const char *key = answer->key;
	char *value = answer->value;
	struct condition *condition = &draft->condition;
	uint64_t nanoseconds = 0;
	int result;

	if (strcmp(key, "clock") == 0) {
		result = number_parse(value, "clock", 0, INT64_MAX, &nanoseconds, err);
		condition->now_us = nanoseconds / 1000;
		draft->has_clock = true;
		return result;
	}
	if (strcmp(key, "space") == 0)
		return parse_space(value, draft, err);
	if (strcmp(key, "inodes") == 0 && draft->inodes < CONDITION_PLACE_COUNT) {
		parse_inodes(value, draft);
		return 0;
	}
	if (strcmp(key, "write") == 0 && draft->writes < CONDITION_PLACE_COUNT) {
		condition->spaces[draft->writes++].is_writable = strcmp(value, "yes") == 0;
		return 0;
	}
	if (strcmp(key, "database") == 0)
		return parse_kib(
			value, "size of the package database", &condition->database_kib, err);
	if (strcmp(key, "system") == 0 && !condition->system && *value) {
		condition->system = text_copy(value);
		return 0;
	}
	if (strcmp(key, "file") == 0)
		return parse_file(value, condition, err);
	return parse_item(answer, condition, err);
}

int condition_parse(const char *output, size_t length, size_t file_count,
	struct condition *condition, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	struct draft draft = {0};
	int result = 0;

	if (file_count) {
		draft.condition.digest_count = file_count;
		draft.condition.digests =
			vector_resize(NULL, file_count, sizeof(*draft.condition.digests));
		memset(draft.condition.digests, 0, file_count * sizeof(*draft.condition.digests));
	}
	while (result == 0 && answer_next(&answer))
		result = parse_line(&answer, &draft, err);
	result = answer_finish(&answer, result, err);
	if (result == 0 && !draft.has_clock)
		result = error_set(err, EPROTO, "the clock is missing");
	if (result < 0) {
		condition_clear(&draft.condition);
		return -EPROTO;
	}
	draft.condition.is_known = true;
	*condition = draft.condition;
	return 0;
}

void condition_clear(struct condition *condition)
{
	for (size_t i = 0; i < condition->item_count; i++)
		free(condition->items[i].words);
	free(condition->items);
	free(condition->digests);
	free(condition->system);
	*condition = (struct condition){0};
}

size_t condition_count(const struct condition *condition, enum condition_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < condition->item_count; i++)
		count += condition->items[i].kind == kind;
	return count;
}

const char *condition_words(
	const struct condition *condition, enum condition_kind kind, size_t index)
{
	for (size_t i = 0; i < condition->item_count; i++)
		if (condition->items[i].kind == kind && index-- == 0)
			return condition->items[i].words;
	return NULL;
}

char *condition_list(const struct condition *condition, enum condition_kind kind, size_t limit)
{
	size_t count = condition_count(condition, kind);
	struct text text = {0};

	for (size_t i = 0; i < count && i < limit; i++)
		text_appendf(&text, "%s%s", i ? ", " : "", condition_words(condition, kind, i));
	if (count > limit)
		text_appendf(&text, " and %zu more", count - limit);
	return text_take(&text);
}
