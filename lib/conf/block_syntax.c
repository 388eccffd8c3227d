/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The syntax of a file of blocks: text in, a tree of statements out. */
#include "lib/conf/block_syntax.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* Far beyond what anybody writes: many things are compared with each other. */
#define STATEMENTS_MAX 1000
#define VALUES_MAX 1000

/* A section that is open. */
struct scope {
	const struct scope *parent; /* NULL: the file itself */
	const struct block_section *section;
	struct block_statement statement;
};

struct parser {
	const char *path;
	const struct block_token *at; /* the next token */
	struct problems *problems;
	bool given_up;
};

char *block_syntax_describe(const struct block_statement *statement)
{
	if (!statement->option)
		return text_copy("the file, outside all sections");
	if (!statement->title)
		return text_format("section \"%s\"", statement->option->name);
	return text_format("%s \"%s\"", statement->option->name, statement->title);
}

static bool is_section(const struct block_option *option)
{
	return option->kind == BLOCK_SECTION || option->kind == BLOCK_NAMED;
}

static bool is_list(const struct block_option *option)
{
	return option->kind == BLOCK_LIST || option->kind == BLOCK_COMMAND ||
	       option->kind == BLOCK_OWN_LIST;
}

static const struct block_option *find_option(const struct block_section *section, const char *name)
{
	for (size_t i = 0; i < section->option_count; i++)
		if (strcmp(section->options[i].name, name) == 0)
			return &section->options[i];
	return NULL;
}

/* Leaves out the rest of a statement: up to a new line outside braces, or the section's end. */
static void skip_statement(struct parser *parser)
{
	unsigned int line = parser->at->line, depth = 0;

	for (; parser->at->kind != BLOCK_TOKEN_END; parser->at++) {
		if (parser->at->kind == BLOCK_TOKEN_OPEN) {
			depth++;
		} else if (!depth &&
			   (parser->at->kind == BLOCK_TOKEN_CLOSE || parser->at->line > line)) {
			return;
		} else if (parser->at->kind == BLOCK_TOKEN_CLOSE) {
			depth--;
		}
		line = parser->at->line;
	}
}

/* Reports the next token, told where it was expected, and leaves out the rest of its statement. */
static void expected(struct parser *parser, const char *what)
{
	bool fresh = parser->at->line > parser->at[-1].line;

	/* A bad token's problem stands in the list already. */
	if (!parser->at->reported)
		problems_add(parser->problems, parser->path, parser->at[-1].line,
			parser->at->kind == BLOCK_TOKEN_END ? "expected %s, found %s"
							    : "expected %s, found \"%s\"",
			what, parser->at->text);
	/* A word on a new line begins the next statement, which may well be whole. */
	if (!fresh || parser->at->kind != BLOCK_TOKEN_WORD)
		skip_statement(parser);
}

/* Whether the next tokens, behind a name, look like the beginning of a section. */
static bool looks_like_section(const struct block_token *at)
{
	return at->kind == BLOCK_TOKEN_OPEN ||
	       (at->kind == BLOCK_TOKEN_WORD && at[1].kind == BLOCK_TOKEN_OPEN);
}

/* Whether the name begins a section that belongs one or more levels further out. */
static bool belongs_outside(const struct parser *parser, const struct scope *scope)
{
	const struct block_option *option;

	if (!looks_like_section(parser->at + 1))
		return false;
	while ((scope = scope->parent)) {
		option = find_option(scope->section, parser->at->text);
		if (option && is_section(option))
			return true;
	}
	return false;
}

static void refuse_unknown(struct parser *parser, const struct scope *scope)
{
	CLEANUP(cleanup_text) struct text known = {0};
	CLEANUP(cleanup_free) char *where = block_syntax_describe(&scope->statement);

	for (size_t i = 0; i < scope->section->option_count; i++)
		text_appendf(&known, "%s%s", i ? ", " : "", scope->section->options[i].name);
	problems_add(parser->problems, parser->path, parser->at->line,
		"unknown option \"%s\" in %s; known are: %s", parser->at->text, where,
		text_string(&known));
	parser->at++;
	/* The brace of a section may stand on a line of its own. */
	if (looks_like_section(parser->at) && parser->at->kind == BLOCK_TOKEN_WORD)
		parser->at++;
	skip_statement(parser);
}

/* False, with a problem, when the option, or the section of this title, was given before. */
static bool is_first(struct parser *parser, const struct scope *scope,
	const struct block_option *option, const char *title, unsigned int line)
{
	for (size_t i = 0; i < scope->statement.count; i++) {
		const struct block_statement *given = &scope->statement.items[i];

		if (given->option != option || !text_equal(given->title, title) ||
			(option->kind == BLOCK_NAMED && !title))
			continue;
		problems_add(parser->problems, parser->path, line,
			title ? "%s \"%s\" is given again, first in line %u: keep one"
			      : "\"%s%s\" is given again, first in line %u: keep one",
			option->name, title ? title : "", given->line);
		return false;
	}
	return true;
}

/* Goes to the end of the file: there is too much of something to read on. */
static void give_up(struct parser *parser)
{
	while (parser->at->kind != BLOCK_TOKEN_END)
		parser->at++;
	parser->given_up = true;
}

static void keep(
	struct parser *parser, struct scope *scope, const struct block_statement *statement)
{
	CLEANUP(cleanup_free) char *where = NULL;

	if (scope->statement.count == STATEMENTS_MAX && !parser->given_up) {
		where = block_syntax_describe(&scope->statement);
		problems_add(parser->problems, parser->path, statement->line,
			"more than %d options and sections in %s", STATEMENTS_MAX, where);
		give_up(parser);
	}
	*VECTOR_APPEND(scope->statement.items, scope->statement.count) = *statement;
}

/* Whether a word in a list is rather the next statement, the list's brace being forgotten. */
static bool begins_statement(const struct block_token *word)
{
	return word[1].kind == BLOCK_TOKEN_EQUAL || word[1].kind == BLOCK_TOKEN_PLUS_EQUAL ||
	       looks_like_section(word + 1);
}

/* Goes behind the end of a list of which the rest cannot be understood. */
static void skip_list(struct parser *parser)
{
	while (parser->at->kind != BLOCK_TOKEN_END && parser->at->kind != BLOCK_TOKEN_CLOSE &&
		(parser->at->kind != BLOCK_TOKEN_WORD || !begins_statement(parser->at)))
		parser->at++;
	parser->at += parser->at->kind == BLOCK_TOKEN_CLOSE;
}

/* Reads what stands between the braces of a list, with them; false when it is of no use. */
static bool parse_list(struct parser *parser, const struct block_option *option)
{
	bool fits = true;

	parser->at++;
	while (parser->at->kind == BLOCK_TOKEN_WORD && !begins_statement(parser->at)) {
		parser->at++;
		if (parser->at->kind == BLOCK_TOKEN_COMMA) {
			parser->at++;
		} else if (parser->at->kind != BLOCK_TOKEN_WORD) {
			break;
		} else if (!begins_statement(parser->at)) {
			problems_add(parser->problems, parser->path, parser->at->line,
				"a \",\" is missing before \"%s\" in the list of %s",
				parser->at->text, option->name);
			fits = false;
		}
	}
	if (parser->at->kind == BLOCK_TOKEN_CLOSE) {
		parser->at++;
		return fits;
	}
	if (!parser->at->reported)
		problems_add(parser->problems, parser->path, parser->at[-1].line,
			parser->at->kind == BLOCK_TOKEN_END
				? "the list of %s is not closed by \"}\" before %s"
				: "the list of %s is not closed by \"}\" before \"%s\"",
			option->name, parser->at->text);
	skip_list(parser);
	return false;
}

static size_t count_values(const struct block_statement *statement)
{
	size_t count = 0;

	for (const struct block_token *value = statement->values; value < statement->values_end;
		value++)
		count += value->kind == BLOCK_TOKEN_WORD;
	return count;
}

/* Of all statements that add to the same list. */
static void refuse_many(
	struct parser *parser, const struct scope *scope, struct block_statement *statement)
{
	size_t count = count_values(statement);

	for (size_t i = 0; i < scope->statement.count && statement->added; i++) {
		if (scope->statement.items[i].option == statement->option &&
			!scope->statement.items[i].bad)
			count += count_values(&scope->statement.items[i]);
	}
	if (count <= VALUES_MAX)
		return;
	problems_add(parser->problems, parser->path, statement->line,
		"the list of %s has %zu values, the limit is %d", statement->option->name, count,
		VALUES_MAX);
	statement->bad = true;
}

static void parse_assignment(
	struct parser *parser, struct scope *scope, const struct block_option *option)
{
	struct block_statement statement = {.option = option, .line = parser->at->line};
	CLEANUP(cleanup_free) char *what = text_format("\"=\" after \"%s\"", option->name);

	parser->at++;
	statement.added = is_list(option) && parser->at->kind == BLOCK_TOKEN_PLUS_EQUAL;
	if (parser->at->kind != BLOCK_TOKEN_EQUAL && !statement.added) {
		expected(parser, what);
		return;
	}
	/* Adding to a list twice is fine; setting anything twice is a mistake. */
	statement.bad = !statement.added && !is_first(parser, scope, option, NULL, statement.line);
	statement.values = ++parser->at;
	if (is_list(option) && parser->at->kind == BLOCK_TOKEN_OPEN) {
		statement.bad |= !parse_list(parser, option);
	} else if (parser->at->kind == BLOCK_TOKEN_WORD &&
		   parser->at[1].kind != BLOCK_TOKEN_EQUAL) {
		parser->at++;
	} else {
		free(what);
		what = text_format("%s for \"%s\"",
			is_list(option) ? "a list in braces" : "one value", option->name);
		statement.bad = true;
		expected(parser, what);
	}
	statement.values_end = parser->at;
	refuse_many(parser, scope, &statement);
	keep(parser, scope, &statement);
}

static void parse_scope(struct parser *parser, struct scope *scope);

/* From the name of a section up to its closing brace. */
static void parse_section(
	struct parser *parser, struct scope *scope, const struct block_option *option)
{
	struct scope inner = {.parent = scope,
		.section = option->section,
		.statement = {.option = option, .line = parser->at->line}};
	struct block_statement *statement = &inner.statement;
	const bool titled = option->kind == BLOCK_NAMED;

	parser->at++;
	if (parser->at->kind == BLOCK_TOKEN_WORD &&
		(parser->at[1].kind == BLOCK_TOKEN_OPEN ||
			(titled && parser->at->line == parser->at[-1].line &&
				!begins_statement(parser->at))))
		statement->title = parser->at++->text;
	if (parser->at->kind != BLOCK_TOKEN_OPEN) {
		CLEANUP(cleanup_free) char *title = block_syntax_describe(statement);
		CLEANUP(cleanup_free)
		char *what = statement->title ? text_format("\"{\" after %s", title)
					      : text_format("%s\"{\" after \"%s\"",
							titled ? "a name and " : "", option->name);

		expected(parser, what);
		return;
	}
	if (titled != (statement->title != NULL)) {
		problems_add(parser->problems, parser->path, statement->line,
			titled ? "section \"%s\" needs a name before its \"{\""
			       : "section \"%s\" takes no name before its \"{\"",
			option->name);
		statement->title = NULL;
		statement->bad = true;
	} else {
		statement->bad =
			!is_first(parser, scope, option, statement->title, statement->line);
	}
	parser->at++;
	parse_scope(parser, &inner);
	keep(parser, scope, statement);
}

/* Reads one statement; false when the section must have ended before it. */
static bool parse_statement(struct parser *parser, struct scope *scope)
{
	const struct block_option *option = find_option(scope->section, parser->at->text);

	if (!option && belongs_outside(parser, scope)) {
		CLEANUP(cleanup_free) char *where = block_syntax_describe(&scope->statement);

		problems_add(parser->problems, parser->path, parser->at->line,
			"section \"%s\" cannot stand inside %s (line %u): is its \"}\" missing?",
			parser->at->text, where, scope->statement.line);
		return false;
	}
	if (!option)
		refuse_unknown(parser, scope);
	else if (is_section(option))
		parse_section(parser, scope, option);
	else
		parse_assignment(parser, scope, option);
	return true;
}

/* Reads statements up to the closing brace of the section, or to the end of the file. */
static void parse_scope(struct parser *parser, struct scope *scope)
{
	for (;;) {
		const struct block_token *token = parser->at;

		if (problems_are_full(parser->problems))
			give_up(parser);
		if (parser->at->kind == BLOCK_TOKEN_END)
			break;
		if (token->kind == BLOCK_TOKEN_WORD) {
			if (!parse_statement(parser, scope)) {
				scope->statement.end = token[-1].line;
				return;
			}
		} else if (token->kind != BLOCK_TOKEN_CLOSE) {
			if (!token->reported)
				problems_add(parser->problems, parser->path, token->line,
					"expected the name of an option, found \"%s\"",
					token->text);
			skip_statement(parser);
		} else if (scope->parent) {
			scope->statement.end = parser->at++->line;
			return;
		} else {
			problems_add(parser->problems, parser->path, token->line,
				"this \"}\" closes nothing: no section is open here");
			parser->at++;
		}
	}
	if (scope->parent && !parser->given_up) {
		CLEANUP(cleanup_free) char *where = block_syntax_describe(&scope->statement);

		problems_add(parser->problems, parser->path, scope->statement.line,
			"%s begins here and is not closed: add its \"}\"", where);
		scope->statement.end = parser->at[-1].line;
	}
}

void block_syntax_read(struct block_tree *tree, const struct block_source *source,
	const struct block_section *root, struct problems *problems)
{
	struct parser parser = {.path = source->path, .problems = problems};
	struct scope scope = {.section = root};

	*tree = (struct block_tree){0};
	block_tokens_read(&tree->tokens, source->path, source->bytes, problems);
	parser.at = tree->tokens.items;
	parse_scope(&parser, &scope);
	tree->file = scope.statement;
}

static void clear_statement(struct block_statement *statement)
{
	for (size_t i = 0; i < statement->count; i++)
		clear_statement(&statement->items[i]);
	free(statement->items);
}

void block_syntax_clear(struct block_tree *tree)
{
	clear_statement(&tree->file);
	block_tokens_clear(&tree->tokens);
}
