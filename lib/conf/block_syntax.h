/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The syntax of a file of blocks: text in, a tree of statements out. Pure; for block.c only. */
#ifndef LIB_CONF_BLOCK_SYNTAX_H
#define LIB_CONF_BLOCK_SYNTAX_H

#include "lib/conf/block.h"
#include "lib/conf/block_token.h"

/* An option with its values, or a section with its statements. Strings belong to the tokens. */
struct block_statement {
	const struct block_option *option; /* NULL: the file as a whole */
	const char *title;		   /* NULL: it has none */
	unsigned int line, end;		   /* of its name and of its closing brace */
	bool bad;			   /* its problem was told, and it is not to be read */
	bool added;			   /* by += */
	/* The WORDs from the one to before the other are the values. */
	const struct block_token *values, *values_end;
	struct block_statement *items;
	size_t count;
};

/* Release with block_syntax_clear. */
struct block_tree {
	struct block_tokens tokens;
	struct block_statement file;
};

/* Adds every violation of the syntax and of the options' names, kinds and counts to problems. */
void block_syntax_read(struct block_tree *tree, const struct block_source *source,
	const struct block_section *root, struct problems *problems);
void block_syntax_clear(struct block_tree *tree);

static inline void cleanup_block_tree(struct block_tree *tree)
{
	block_syntax_clear(tree);
}

/* "node \"a\"", "section \"ssh\"", or that it is the file; owned. */
char *block_syntax_describe(const struct block_statement *statement);

#endif
