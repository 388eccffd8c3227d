/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words and signs of a file of blocks, each with its line. Pure. */
#ifndef LIB_CONF_BLOCK_TOKEN_H
#define LIB_CONF_BLOCK_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf/problems.h"

enum block_token_kind {
	BLOCK_TOKEN_WORD,	/* quoted or not; text holds the value, escapes resolved */
	BLOCK_TOKEN_OPEN,	/* { */
	BLOCK_TOKEN_CLOSE,	/* } */
	BLOCK_TOKEN_EQUAL,	/* = */
	BLOCK_TOKEN_PLUS_EQUAL, /* += */
	BLOCK_TOKEN_COMMA,	/* , */
	BLOCK_TOKEN_BAD,	/* what has no meaning here; text shows it */
	BLOCK_TOKEN_END,	/* of the file */
};

struct block_token {
	enum block_token_kind kind;
	unsigned int line;
	char *text;    /* owned, never NULL: how to show it, for a word its value */
	bool reported; /* BAD: the problem has been added already */
};

/* Plain data; the last token is always END. Release with block_tokens_clear. */
struct block_tokens {
	struct block_token *items;
	size_t count;
};

/*
 * Splits the text. Strings end on the line they begin; in double quotes \n \t \r \\ \" \' \$ are
 * known escapes, in single quotes \\ and \'. "${" is refused outside single quotes: in
 * files of this kind it often means an environment variable, and none is looked up. Between ''' and
 * ''' all stands for itself, new lines too. Comments: #, //, and C's. A mark of the byte order in
 * front and a CR without LF, behind which a comment would only seem to end, are problems.
 */
void block_tokens_read(struct block_tokens *tokens, const char *path, const char *bytes,
	struct problems *problems);
void block_tokens_clear(struct block_tokens *tokens);

static inline void cleanup_block_tokens(struct block_tokens *tokens)
{
	block_tokens_clear(tokens);
}

#endif
