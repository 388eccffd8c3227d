/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The syntax of a file of blocks, checked as a whole before libconfuse sees it. */
#include "lib/conf/block_syntax.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/block_token.h"

/* What was given in a section so far, to find what is given twice. */
struct given {
	const cfg_opt_t *option;
	const char *title; /* NULL: not a titled section */
	unsigned int line;
};

/* A section that is open. */
struct scope {
	const struct scope *parent; /* NULL: the file itself */
	cfg_opt_t *options;
	const char *name;
	const char *title; /* NULL: has none */
	unsigned int line;
	struct given *given;
	size_t given_count;
};

struct parser {
	const char *path;
	const struct block_token *at; /* the next token */
	struct problems *problems;
	struct text clean;
	unsigned int clean_line;
	unsigned int muted; /* inside sections that are read only for their problems */
};

static void emit(struct parser *parser, const struct block_token *token)
{
	if (parser->muted)
		return;
	for (; parser->clean_line < token->line; parser->clean_line++)
		text_append(&parser->clean, "\n");
	if (token->kind != BLOCK_TOKEN_WORD) {
		text_appendf(&parser->clean, "%s ", token->text);
		return;
	}
	text_append(&parser->clean, "\"");
	for (const char *p = token->text; *p; p++) {
		if (strchr("\\\"$", *p))
			text_append(&parser->clean, "\\");
		if (*p == '\n')
			text_append(&parser->clean, "\\n");
		else
			text_append_bytes(&parser->clean, p, 1);
	}
	text_append(&parser->clean, "\" ");
}

/* A closing brace that the file lacks. */
static void emit_close(struct parser *parser)
{
	struct block_token close = {.kind = BLOCK_TOKEN_CLOSE, .text = (char[]){"}"}};

	close.line = parser->clean_line;
	emit(parser, &close);
}

/* "node \"a\"", "ssh", "the file": owned. */
static char *scope_describe(const struct scope *scope)
{
	if (!scope->parent)
		return text_copy("the file, outside all sections");
	if (!scope->title)
		return text_format("section \"%s\"", scope->name);
	return text_format("%s \"%s\"", scope->name, scope->title);
}

static cfg_opt_t *option_find(cfg_opt_t *options, const char *name)
{
	for (; options && options->name; options++)
		if (strcmp(options->name, name) == 0)
			return options->type == CFGT_FUNC ? NULL : options;
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
	const cfg_opt_t *option;

	if (!looks_like_section(parser->at + 1))
		return false;
	while ((scope = scope->parent)) {
		option = option_find(scope->options, parser->at->text);
		if (option && option->type == CFGT_SEC)
			return true;
	}
	return false;
}

static void refuse_unknown(struct parser *parser, const struct scope *scope)
{
	CLEANUP(cleanup_text) struct text known = {0};
	CLEANUP(cleanup_free) char *where = scope_describe(scope);

	for (const cfg_opt_t *option = scope->options; option && option->name; option++)
		if (option->type != CFGT_FUNC)
			text_appendf(&known, "%s%s", known.length ? ", " : "", option->name);
	problems_add(parser->problems, parser->path, parser->at->line,
		"unknown option \"%s\" in %s; known are: %s", parser->at->text, where,
		text_string(&known));
	parser->at++;
	/* The brace of a section may stand on a line of its own. */
	if (looks_like_section(parser->at) && parser->at->kind == BLOCK_TOKEN_WORD)
		parser->at++;
	skip_statement(parser);
}

/* Notes that the option was given; false, with a problem, when it was given before. */
static bool give(struct parser *parser, struct scope *scope, const cfg_opt_t *option,
	const char *title, unsigned int line)
{
	struct given *given;
	bool again = false;

	for (size_t i = 0; i < scope->given_count && !again; i++) {
		given = &scope->given[i];
		again = given->option == option &&
			(option->flags & CFGF_MULTI ? title && text_equal(given->title, title)
						    : true);
		if (again)
			problems_add(parser->problems, parser->path, line,
				title ? "%s \"%s\" is given again, first in line %u: keep one"
				      : "\"%s%s\" is given again, first in line %u: keep one",
				option->name, title ? title : "", given->line);
	}
	given = VECTOR_APPEND(scope->given, scope->given_count);
	*given = (struct given){.option = option, .title = title, .line = line};
	return !again;
}

static bool value_fits(struct parser *parser, const cfg_opt_t *option)
{
	const char *value = parser->at->text, *wanted = NULL;
	char *end = NULL;

	/* With a callback of its own the option decides itself what a value is. */
	if (option->parsecb)
		return true;
	errno = 0;
	if (option->type == CFGT_INT) {
		strtol(value, &end, 0);
		wanted = "a whole number";
	} else if (option->type == CFGT_FLOAT) {
		strtod(value, &end);
		wanted = "a number";
	} else if (option->type == CFGT_BOOL && cfg_parse_boolean(value) < 0) {
		wanted = "true, false, on, off, yes or no";
	}
	if (!wanted || (end && *value && !*end && errno == 0)) {
		errno = 0;
		return true;
	}
	problems_add(parser->problems, parser->path, parser->at->line, "%s must be %s, not \"%s\"",
		option->name, wanted, value);
	return false;
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
static bool parse_list(struct parser *parser, const cfg_opt_t *option)
{
	bool fits = true;

	parser->at++;
	while (parser->at->kind == BLOCK_TOKEN_WORD && !begins_statement(parser->at)) {
		fits &= value_fits(parser, option);
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

static void parse_assignment(struct parser *parser, struct scope *scope, const cfg_opt_t *option)
{
	const struct block_token *first = parser->at++;
	CLEANUP(cleanup_free) char *what = text_format("\"=\" after \"%s\"", option->name);
	bool list = option->flags & CFGF_LIST, fits;

	if (parser->at->kind != BLOCK_TOKEN_EQUAL &&
		!(list && parser->at->kind == BLOCK_TOKEN_PLUS_EQUAL)) {
		expected(parser, what);
		return;
	}
	/* Adding to a list twice is fine; setting anything twice is a mistake. */
	fits = parser->at->kind == BLOCK_TOKEN_PLUS_EQUAL ||
	       give(parser, scope, option, NULL, first->line);
	parser->at++;
	if (list && parser->at->kind == BLOCK_TOKEN_OPEN) {
		fits &= parse_list(parser, option);
	} else if (parser->at->kind == BLOCK_TOKEN_WORD &&
		   parser->at[1].kind != BLOCK_TOKEN_EQUAL) {
		fits &= value_fits(parser, option);
		parser->at++;
	} else {
		free(what);
		what = text_format(
			"%s for \"%s\"", list ? "a list in braces" : "one value", option->name);
		expected(parser, what);
		return;
	}
	for (const struct block_token *token = first; fits && token < parser->at; token++)
		emit(parser, token);
}

static void parse_scope(struct parser *parser, struct scope *scope);

/* From the name of a section up to its closing brace. */
static void parse_section(struct parser *parser, struct scope *scope, const cfg_opt_t *option)
{
	const struct block_token *name = parser->at++, *title = NULL;
	bool titled = option->flags & CFGF_TITLE, fits = true;
	struct scope inner = {.parent = scope,
		.options = option->subopts,
		.name = option->name,
		.line = name->line};

	if (parser->at->kind == BLOCK_TOKEN_WORD && parser->at[1].kind == BLOCK_TOKEN_OPEN)
		title = parser->at++;
	if (parser->at->kind != BLOCK_TOKEN_OPEN) {
		CLEANUP(cleanup_free)
		char *what = text_format(
			"%s\"{\" after \"%s\"", titled ? "a name and " : "", option->name);

		expected(parser, what);
		return;
	}
	if (titled != (title != NULL)) {
		problems_add(parser->problems, parser->path, name->line,
			titled ? "section \"%s\" needs a name before its \"{\""
			       : "section \"%s\" takes no name before its \"{\"",
			option->name);
		fits = false;
	}
	if (fits) {
		inner.title = title ? title->text : NULL;
		fits = give(parser, scope, option, inner.title, name->line);
	}
	parser->muted += !fits;
	emit(parser, name);
	if (title)
		emit(parser, title);
	emit(parser, parser->at++);
	parse_scope(parser, &inner);
	parser->muted -= !fits;
	free(inner.given);
}

/* Reads one statement; false when the section must have ended before it. */
static bool parse_statement(struct parser *parser, struct scope *scope)
{
	cfg_opt_t *option = option_find(scope->options, parser->at->text);

	if (!option && belongs_outside(parser, scope)) {
		CLEANUP(cleanup_free) char *where = scope_describe(scope);

		problems_add(parser->problems, parser->path, parser->at->line,
			"section \"%s\" cannot stand inside %s (line %u): is its \"}\" missing?",
			parser->at->text, where, scope->line);
		return false;
	}
	if (!option)
		refuse_unknown(parser, scope);
	else if (option->type == CFGT_SEC)
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

		if (token->kind == BLOCK_TOKEN_END)
			break;
		if (token->kind == BLOCK_TOKEN_WORD) {
			if (!parse_statement(parser, scope)) {
				emit_close(parser);
				return;
			}
		} else if (token->kind != BLOCK_TOKEN_CLOSE) {
			if (!token->reported)
				problems_add(parser->problems, parser->path, token->line,
					"expected the name of an option, found \"%s\"",
					token->text);
			skip_statement(parser);
		} else if (scope->parent) {
			emit(parser, parser->at++);
			return;
		} else {
			problems_add(parser->problems, parser->path, token->line,
				"this \"}\" closes nothing: no section is open here");
			parser->at++;
		}
	}
	if (scope->parent) {
		CLEANUP(cleanup_free) char *where = scope_describe(scope);

		problems_add(parser->problems, parser->path, scope->line,
			"%s begins here and is not closed: add its \"}\"", where);
		emit_close(parser);
	}
}

char *block_syntax_check(
	const char *path, const char *bytes, cfg_opt_t *options, struct problems *problems)
{
	CLEANUP(cleanup_block_tokens) struct block_tokens tokens = {0};
	struct parser parser = {.path = path, .problems = problems, .clean_line = 1};
	struct scope scope = {.options = options, .name = "", .line = 1};

	block_tokens_read(&tokens, path, bytes, problems);
	parser.at = tokens.items;
	parse_scope(&parser, &scope);
	free(scope.given);
	return text_take(&parser.clean);
}
