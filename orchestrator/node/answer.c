/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a script on a node answered, read line by line. */
#include "orchestrator/node/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

struct answer answer_begin(const char *output, size_t length)
{
	struct answer answer = {0};

	if (output)
		answer.bytes = text_format("%.*s", (int)strnlen(output, length), output);
	answer.rest = answer.bytes;
	return answer;
}

void answer_clear(struct answer *answer)
{
	free(answer->bytes);
	*answer = (struct answer){0};
}

char *answer_line(struct answer *answer)
{
	char *line = strsep(&answer->rest, "\n");

	if (!line)
		return NULL;
	answer->number++;
	text_printable(answer->shown, sizeof(answer->shown), line);
	return line;
}

bool answer_next(struct answer *answer)
{
	char *line = answer->is_whole ? NULL : answer_line(answer);

	if (line && strcmp(line, "end") == 0)
		answer->is_whole = true;
	if (!line || answer->is_whole)
		return false;
	answer->value = line + strcspn(line, " ");
	answer->has_value = *answer->value != '\0';
	if (answer->has_value)
		*answer->value++ = '\0';
	answer->key = line;
	return true;
}

char *answer_word(char **rest)
{
	char *word = strsep(rest, " ");

	return word && *word ? word : NULL;
}

int answer_count(struct answer *answer, size_t limit, const char *what, struct error *err)
{
	if (answer->items++ < limit)
		return 0;
	/* No fault of this line. */
	answer->shown[0] = '\0';
	return error_set(err, EPROTO, "more than %zu %s", limit, what);
}

int answer_finish(struct answer *answer, int result, struct error *err)
{
	if (result == 0 && !answer->is_whole)
		return error_set(err, EPROTO, "the answer is cut off before its end");
	if (result == 0)
		return 0;
	if (answer->shown[0])
		error_prefix(err, "line %zu \"%s\"", answer->number, answer->shown);
	/* A number that is none is no fault of the caller's. */
	if (err)
		err->number = EPROTO;
	return -EPROTO;
}
