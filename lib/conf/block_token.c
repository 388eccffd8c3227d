/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words and signs of a file of blocks, each with its line. */
#include "lib/conf/block_token.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/encoding.h"

/* What ends a word that has no quotes. */
#define WORD_ENDS " \t\r\n{}()=,#\"'"

#define LONG_QUOTE "'''"

struct lexer {
	const char *path;
	const char *at;
	unsigned int line;
	struct block_tokens *tokens;
	struct problems *problems;
};

static struct block_token *token_add(struct lexer *lexer, enum block_token_kind kind, char *text)
{
	struct block_token *token = VECTOR_APPEND(lexer->tokens->items, lexer->tokens->count);

	*token = (struct block_token){.kind = kind, .line = lexer->line, .text = text};
	return token;
}

/*
 * A token that cannot be used, its problem told already. The rest of the line goes with it, but for
 * closing braces at its end: these are hardly part of the mistake, and all that follows would seem
 * to be in the wrong section without them. from: where such braces may begin.
 */
static void token_add_bad(struct lexer *lexer, const char *from)
{
	const char *end = from + strcspn(from, "\n");

	while (end > from && strchr(" \t\r}", end[-1]))
		end--;
	token_add(lexer, BLOCK_TOKEN_BAD, text_copy(""))->reported = true;
	lexer->at = end;
}

static void refuse_variable(struct lexer *lexer)
{
	const char *end = lexer->at + strcspn(lexer->at, "}\n");

	problems_add(lexer->problems, lexer->path, lexer->line,
		"\"${\" would mean an environment variable, and these are not looked up here: write the value itself, or single quotes around the characters");
	token_add_bad(lexer, end + (*end == '}'));
}

/* Resolves the escape whose backslash was read; false when there is none of that name. */
static bool read_escape(struct lexer *lexer, char quote, struct text *value)
{
	static const char names[] = "nrt\\\"'$";
	static const char values[] = "\n\r\t\\\"'$";
	const char *found = *lexer->at ? strchr(names, *lexer->at) : NULL;

	if (quote == '\'' && *lexer->at != '\\' && *lexer->at != '\'') {
		text_append(value, "\\");
		return true;
	}
	if (!found)
		return false;
	text_append_bytes(value, &values[found - names], 1);
	lexer->at++;
	return true;
}

static void read_string(struct lexer *lexer)
{
	CLEANUP(cleanup_text) struct text value = {0};
	const char *first = lexer->at + 1;
	char quote = *lexer->at++;

	while (*lexer->at != quote) {
		if (*lexer->at == '\0' || *lexer->at == '\n') {
			problems_add(lexer->problems, lexer->path, lexer->line,
				"the string is not closed by %c on its own line", quote);
			token_add_bad(lexer, first);
			return;
		}
		if (quote == '"' && lexer->at[0] == '$' && lexer->at[1] == '{') {
			refuse_variable(lexer);
			return;
		}
		if (*lexer->at != '\\') {
			text_append_bytes(&value, lexer->at++, 1);
			continue;
		}
		lexer->at++;
		if (!read_escape(lexer, quote, &value)) {
			problems_add(lexer->problems, lexer->path, lexer->line,
				"unknown escape \"\\%.1s\" in a string: write \"\\\\\" for a backslash",
				lexer->at);
			token_add_bad(lexer, lexer->at);
			return;
		}
	}
	lexer->at++;
	token_add(lexer, BLOCK_TOKEN_WORD, text_take(&value));
}

/* A script, say: as it stands, over any number of lines. */
static void read_long_string(struct lexer *lexer)
{
	const char *start = lexer->at + strlen(LONG_QUOTE);
	const char *end = strstr(start, LONG_QUOTE);
	CLEANUP(cleanup_text) struct text value = {0};

	if (!end) {
		problems_add(lexer->problems, lexer->path, lexer->line,
			"the string that begins here is not closed by " LONG_QUOTE);
		token_add(lexer, BLOCK_TOKEN_BAD, text_copy(""))->reported = true;
		lexer->at += strlen(lexer->at);
		return;
	}
	text_append_bytes(&value, start, (size_t)(end - start));
	token_add(lexer, BLOCK_TOKEN_WORD, text_take(&value));
	for (lexer->at = end + strlen(LONG_QUOTE); start < end; start++)
		lexer->line += *start == '\n';
}

static void read_word(struct lexer *lexer)
{
	CLEANUP(cleanup_text) struct text value = {0};

	while (*lexer->at && !strchr(WORD_ENDS, *lexer->at)) {
		if (text_starts_with(lexer->at, "+="))
			break;
		if (text_starts_with(lexer->at, "${")) {
			refuse_variable(lexer);
			return;
		}
		text_append_bytes(&value, lexer->at++, 1);
	}
	token_add(lexer, BLOCK_TOKEN_WORD, text_take(&value));
}

static void skip_block_comment(struct lexer *lexer)
{
	unsigned int first = lexer->line;
	const char *end = strstr(lexer->at + 2, "*/");
	const char *stop = end ? end + 2 : lexer->at + strlen(lexer->at);

	for (; lexer->at < stop; lexer->at++)
		lexer->line += *lexer->at == '\n';
	if (!end)
		problems_add(lexer->problems, lexer->path, first,
			"the comment that begins here is not closed by \"*/\"");
}

/* Skips what stands between tokens; true when something was there. */
static bool skip_space(struct lexer *lexer)
{
	const char *at = lexer->at;

	if (*at == '\n')
		lexer->line++;
	if (strchr(" \t\r\n", *at) && *at)
		lexer->at++;
	else if (*at == '#' || text_starts_with(at, "//"))
		lexer->at += strcspn(at, "\n");
	else if (text_starts_with(at, "/*"))
		skip_block_comment(lexer);
	else
		return false;
	return true;
}

static void read_token(struct lexer *lexer)
{
	static const struct {
		const char *sign;
		enum block_token_kind kind;
	} signs[] = {
		{"{", BLOCK_TOKEN_OPEN},
		{"}", BLOCK_TOKEN_CLOSE},
		{"=", BLOCK_TOKEN_EQUAL},
		{"+=", BLOCK_TOKEN_PLUS_EQUAL},
		{",", BLOCK_TOKEN_COMMA},
		{"(", BLOCK_TOKEN_BAD},
		{")", BLOCK_TOKEN_BAD},
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!text_starts_with(lexer->at, signs[i].sign))
			continue;
		token_add(lexer, signs[i].kind, text_copy(signs[i].sign));
		lexer->at += strlen(signs[i].sign);
		return;
	}
	if (text_starts_with(lexer->at, LONG_QUOTE))
		read_long_string(lexer);
	else if (*lexer->at == '"' || *lexer->at == '\'')
		read_string(lexer);
	else
		read_word(lexer);
}

/* The first one is enough: where there is one, there are many. */
static void refuse_lone_return(struct lexer *lexer)
{
	unsigned int line = 1;

	for (const char *p = lexer->at; *p; p++) {
		if (*p == '\r' && p[1] && p[1] != '\n') {
			problems_add(lexer->problems, lexer->path, line, TEXT_LONE_RETURN);
			return;
		}
		line += *p == '\n';
	}
}

void block_tokens_read(
	struct block_tokens *tokens, const char *path, const char *bytes, struct problems *problems)
{
	struct lexer lexer = {
		.path = path, .at = bytes, .line = 1, .tokens = tokens, .problems = problems};

	if (text_starts_with(bytes, TEXT_MARK)) {
		problems_add(problems, path, 1, TEXT_HAS_MARK);
		lexer.at += strlen(TEXT_MARK);
	}
	refuse_lone_return(&lexer);
	while (*lexer.at)
		if (!skip_space(&lexer))
			read_token(&lexer);
	token_add(&lexer, BLOCK_TOKEN_END, text_copy("the end of the file"));
}

void block_tokens_clear(struct block_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++)
		free(tokens->items[i].text);
	free(tokens->items);
	*tokens = (struct block_tokens){0};
}
