/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a script on a node answered, read line by line: "KEY VALUE" up to a line "end", which proves
 * that the answer is whole. Pure.
 *
 *     CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
 *
 *     while (result == 0 && answer_next(&answer))
 *             result = take(answer.key, answer.value, &draft, err);
 *     result = answer_finish(&answer, result, err);
 *
 * Login scripts of a node may chatter before and after: whoever does not know a key passes over it.
 */
#ifndef ORCHESTRATOR_NODE_ANSWER_H
#define ORCHESTRATOR_NODE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

struct answer {
	char *bytes;	/* owned; cut into lines and words while it is read */
	char *rest;	/* what was not read yet; NULL: nothing */
	size_t number;	/* of the line read last, from 1 */
	char *key;	/* its first word, "" when it begins with a blank */
	char *value;	/* what stands behind that and one blank; "" */
	bool has_value; /* there was a blank */
	char shown[80]; /* the line as it may be printed, for messages; cut */
	bool is_whole;	/* the end was read */
	size_t items;
};

/* Takes a copy up to the first NUL byte, which no answer has: then the end is missing. */
struct answer answer_begin(const char *output, size_t length);
void answer_clear(struct answer *answer);

/* Goes to the next line and cuts it into key and value; false behind the last, and at the end. */
bool answer_next(struct answer *answer);
/* The next line uncut, whatever it says, for what has no end of its own; NULL behind the last. */
char *answer_line(struct answer *answer);

/* Cuts the next word, up to one blank, off *rest; NULL when there is none. *rest may be NULL. */
char *answer_word(char **rest);

/* Counts one more of what there may be limit of; what: "items". -EPROTO when it is one too many. */
int answer_count(struct answer *answer, size_t limit, const char *what, struct error *err);

/*
 * The result of the reading. A line that could not be taken (result < 0) is named in front of err's
 * text, with its number; an answer without its end is one that is cut off. Always 0 or -EPROTO.
 */
int answer_finish(struct answer *answer, int result, struct error *err);

#endif
