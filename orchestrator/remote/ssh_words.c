/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and patterns as ssh_config(5) has them. */
#include "orchestrator/remote/ssh_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f';
}

static const char *skip_blanks(const char *cursor)
{
	while (is_blank(*cursor))
		cursor++;
	return cursor;
}

/* The keyword ends at a blank or "="; it has no quotes. */
static const char *take_keyword(const char *cursor, char **word)
{
	size_t length = strcspn(cursor, " \t\r\f=");

	*word = text_format("%.*s", (int)length, cursor);
	cursor = skip_blanks(cursor + length);
	return *cursor == '=' ? cursor + 1 : cursor;
}

/* NULL when a quote is not closed; *word is owned then, too. */
static const char *take_word(const char *cursor, char **word)
{
	struct text text = {0};
	char quote = '\0';

	for (; *cursor && (quote || !is_blank(*cursor)); cursor++) {
		if (*cursor == '\\' && cursor[1] && strchr("\"'\\", cursor[1]))
			cursor++;
		else if (quote ? *cursor == quote : *cursor == '"' || *cursor == '\'') {
			quote = quote ? '\0' : *cursor;
			continue;
		}
		text_append_bytes(&text, cursor, 1);
	}
	*word = text_take(&text);
	return quote ? NULL : cursor;
}

const char *ssh_words_split(const char *line, struct ssh_words *words)
{
	const char *cursor = skip_blanks(line);

	words->count = 0;
	if (!*cursor || *cursor == '#')
		return NULL;
	cursor = skip_blanks(take_keyword(cursor, &words->words[words->count++]));
	while (*cursor && *cursor != '#') {
		if (words->count == SSH_WORDS_MAX) {
			ssh_words_clear(words);
			return "more than 64 words";
		}
		cursor = take_word(cursor, &words->words[words->count++]);
		if (!cursor) {
			ssh_words_clear(words);
			return "a quote is not closed";
		}
		cursor = skip_blanks(cursor);
	}
	return NULL;
}

void ssh_words_clear(struct ssh_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->words[i]);
	words->count = 0;
}

/* Backs up to the last "*" only, which is enough, and linear in each. */
static bool matches(const char *pattern, const char *word)
{
	const char *star = NULL, *resume = NULL;

	while (*word) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = word;
		} else if (*pattern == '?' ||
			   tolower((unsigned char)*pattern) == tolower((unsigned char)*word)) {
			pattern++;
			word++;
		} else if (star) {
			pattern = star;
			word = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool ssh_words_match(const char *const *patterns, size_t count, const char *word)
{
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		if (*patterns[i] == '!' && matches(patterns[i] + 1, word))
			return false;
		found |= *patterns[i] != '!' && matches(patterns[i], word);
	}
	return found;
}
